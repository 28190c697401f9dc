#ifndef AUTH_LOGS_H
#define AUTH_LOGS_H

#include "auth/monitor.h"

/*
 * The ExtendedLogs of a connection: each file is opened once, by the monitor, and no session holds
 * one. Where none is configured nothing is done, and m->logs is NULL.
 */

/* The classes of commands that some ExtendedLog of `base` (an <Anonymous> or a server) wants. */
uint32_t logs_classes(const struct context *base);
/* Open those of m->server, in place of another server's; once the first session is there. */
void logs_open(struct monitor *m);
/* The user is known: with `base` an <Anonymous>, its own come to them. Returns logs_classes. */
uint32_t logs_enter(struct monitor *m, const struct context *base);
/* In a child: close them. */
void logs_leave(const struct monitor *m);
/* The session has ended: the EXIT lines. */
void logs_end(struct monitor *m, const char *reason);

#endif
