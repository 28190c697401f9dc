#ifndef AUTH_VHOST_H
#define AUTH_VHOST_H

#include <stdbool.h>

struct context;
struct monitor;

/*
 * Serve with this server from here on: whom its rules are asked about, conditional sections, log,
 * environment, socket, TimeoutLogin. At connect, and again for HOST, when nothing of the server
 * before it stays.
 */
void vhost_enter(struct monitor *m, struct context *server);
/*
 * PRIV_HOST: another server for a client that has named no user yet (RFC 7151; directives.md,
 * 14.3). The first session is replaced, or told that there is none, or that it is the same.
 */
void vhost_run(struct monitor *m);
/*
 * Whether the peer may be served by `server`, which is then the monitor's: m->server, and all that
 * vhost_enter says. False: nothing has changed.
 */
bool vhost_admit(struct monitor *m, struct context *server);
/*
 * A new first session with the other server's User and Group, which has read nothing that the one
 * before it was told: only the bytes that wait pass over, and not even those without `bytes`.
 */
void vhost_replace(struct monitor *m, bool bytes);

#endif
