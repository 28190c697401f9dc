#ifndef AUTH_TLS_H
#define AUTH_TLS_H

#include <stdbool.h>
#include <stdint.h>

struct context;
struct monitor;

/*
 * The monitor's side of the TLS process (auth/msg.h, enum tls_message): it begins on AUTH, gets
 * what the server's directives name, and shakes hands with the client. It reads the network, so
 * what it says is believed no more than a session.
 */

/* Whether `server` speaks TLS at all: TLSEngine, and ftps in Protocols. */
bool tls_is_on(const struct context *server);
/* Whether it does so from the first byte on (UseImplicitSSL): then no clear byte is ever sent. */
bool tls_is_implicit(const struct context *server);
/*
 * TLSRequired: whether it lets nobody log in whose control connection is in clear, by what `base`,
 * the <Anonymous> or server, says.
 */
bool tls_is_needed(const struct context *base);

/* Nothing of it is there yet: for monitor_run, before anything else. */
void tls_init(struct monitor *m);
/* Do what PRIV_TLS or PRIV_TLS_START asked for. */
void tls_run(struct monitor *m);
/* UseImplicitSSL: the handshake before the first session. False: the connection is over. */
bool tls_begin(struct monitor *m);
/* A message is there from the TLS process, or its end. */
void tls_hear(struct monitor *m);
/* Send `out` to it. Returns 0 or -errno, also when it takes nothing until `deadline`. */
int tls_send(struct monitor *m, int64_t deadline);
/* Forget a process that has not shaken hands: another server is to serve. */
void tls_drop(struct monitor *m);
/* The sessions are gone: let it send their last words, and see its end. */
void tls_end(struct monitor *m);
/* The client's own connection, for who asks the kernel about it, as long as it is the monitor's. */
int tls_client(const struct monitor *m);

#endif
