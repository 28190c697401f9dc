#ifndef AUTH_SPAWN_H
#define AUTH_SPAWN_H

struct monitor;

/*
 * Fork a session: m->boundary and m->first_pid, or m->boundary_second and m->second_pid. The
 * first becomes `User` and `Group` in the empty directory; the second waits for PRIV_BECOME, reads
 * nothing, and ends the monitor when a back end of it hangs though the client has left.
 * Returns 0 or -errno.
 */
int spawn_first(struct monitor *m);
int spawn_second(struct monitor *m);
/*
 * Fork the TLS process: m->tls_pid, m->tls_boundary, m->tls_session, and talk->tls.plain. It
 * becomes `User` and `Group` in the empty directory, and holds nothing but its four sockets.
 */
int spawn_tls(struct monitor *m);

#endif
