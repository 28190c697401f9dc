#ifndef AUTH_TLSFILES_H
#define AUTH_TLSFILES_H

#include <stdbool.h>
#include <stdint.h>

struct context;
struct monitor;
struct tls_settings;

/*
 * What a server's directives come to for whoever loads its files. False: one is longer than may be.
 */
bool tlsfiles_settings(const struct context *server, struct tls_settings *out);

/*
 * Tell the TLS process what the server's directives say: its settings, then each file, opened here
 * and never read: certificates with their keys, chain, parameters, CAs, revocation lists. What
 * cannot be had is one line in the log. Returns 0 or -errno.
 */
int tlsfiles_send(struct monitor *m, int64_t deadline);

#endif
