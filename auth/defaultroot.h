#ifndef AUTH_DEFAULTROOT_H
#define AUTH_DEFAULTROOT_H

#include "auth/backend.h"

/*
 * Which directory a user is put into, as the configuration words it: DefaultRoot, an <Anonymous>'s
 * path, DefaultChdir (directives.md, 11). All are texts; place.h makes them real, as the user.
 */

/*
 * Write a path with `~` (the account's home), `~user` and `%u` (the account's name) replaced. False
 * when that can't be done: an unknown user, a name that is no component of a path, a text too long.
 */
bool defaultroot_expand(const struct monitor *m, const struct account *acc, const char *path,
    struct strbuf *out);
/* context_homes, with the homes that the sources of accounts know. `out`: room for HOMES_MAX. */
size_t defaultroot_homes(const struct monitor *m, const struct context *base, struct home *out);
/*
 * The jail of the account in `jail`, "" for none. False, with `why`, when one applies that can't
 * be: then there is no login. `alias`: what led into the <Anonymous>, or NULL.
 */
bool defaultroot_jail(struct monitor *m, const struct context *base, const struct account *acc,
    const char *alias, struct strbuf *jail, struct strbuf *why);
/* The jail of a member of AnonymousGroup who has none: his home, which must be one. */
bool defaultroot_guest(const struct account *acc, struct strbuf *jail, struct strbuf *why);
/* The DefaultRoot that applies to the user of `m->who`, or NULL. */
const struct path_rule *defaultroot_rule(struct monitor *m, const struct context *base);
/* DefaultChdir: relative to the home, or absolute inside the jail; "": the home. */
void defaultroot_chdir(struct monitor *m, const struct context *base, const struct account *acc,
    struct strbuf *start);

#endif
