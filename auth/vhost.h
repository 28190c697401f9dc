#ifndef AUTH_VHOST_H
#define AUTH_VHOST_H

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

#endif
