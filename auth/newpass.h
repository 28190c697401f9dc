#ifndef AUTH_NEWPASS_H
#define AUTH_NEWPASS_H

#include "config/strbuf.h"

#include <stdbool.h>

/* A new password: asked for, hashed, forgotten. Never an argument: everybody can read those. */

struct method;

/* The hashing method of this name; NULL for none. NULL as a name: what libcrypt prefers. */
const struct method *method_find(const char *name);
/* All their names, with blanks between. */
void method_names(struct strbuf *out);

/*
 * Ask on the terminal, twice, for the password of `whose`, or take one line of standard input and
 * not a byte more, and append what crypt(3) makes of it to `hash`. Nothing is left of the password
 * in memory. False with the reason in `why`.
 */
bool newpass_hash(const struct method *method, bool from_stdin, const char *whose,
    struct strbuf *hash, struct strbuf *why);

#endif
