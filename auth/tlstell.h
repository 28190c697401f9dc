#ifndef AUTH_TLSTELL_H
#define AUTH_TLSTELL_H

struct monitor;

/*
 * TLSLog: what a handshake came to, in one line; and StdEnvVars. All of it comes from the network.
 */

/*
 * One line about m->tls_peer, in TLSLog or, where there is none, the log; the environment's
 * variables.
 */
void tlstell_success(struct monitor *m);
/* One line in the log, and in TLSLog. */
void tlstell_failure(struct monitor *m, const char *why);

#endif
