#ifndef AUTH_ACTIVE_H
#define AUTH_ACTIVE_H

#include "config/addr.h"

struct context;
struct monitor;

/*
 * A data connection from port L-1 (RFC 959, 3.2) for a session that has asked for one: the monitor
 * checks the target again, makes the socket, binds and connects it, so that no session ever holds
 * a privileged socket of which it may choose the peer. Non-blocking: the connection may
 * still be under way, the session waits for it.
 * Returns a descriptor, -EPERM for a target that is not allowed, or another -errno.
 */
int active_connect(const struct monitor *m, const struct context *base, const struct addr *target);
/* Whether PORT and EPRT may name this target (directives.md: AllowForeignAddress). Pure. */
bool active_allowed(const struct addr *peer, const struct addr *target, bool foreign);

#endif
