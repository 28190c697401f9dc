#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

/*
 * Whether `secret` is the password that crypt(3) made `hash` from. A hash that can't be one
 * (locked, empty, unknown scheme, NULL) matches nothing, after as much work as one of the system's
 * usual cost: the time must not tell which names exist.
 */
bool password_matches(const char *hash, const char *secret);

#endif
