#ifndef AUTH_GUEST_H
#define AUTH_GUEST_H

#include "auth/backend.h"

/*
 * AnonymousGroup: whether the account is one that comes in as an anonymous user does, with any
 * password, and yet as itself. Never uid 0. `acc` is written over. A name that nobody has costs
 * what one that is no member does.
 */
bool guest_is_member(struct monitor *m, const char *name, struct account *acc);

#endif
