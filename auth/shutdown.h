#ifndef AUTH_SHUTDOWN_H
#define AUTH_SHUTDOWN_H

#include "config/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct context;
struct monitor;

/*
 * When the server serves: /etc/shutmsg and ShutMsgFile, at admission and for sessions under way;
 * ServiceHours.
 */

/* Whether no file denies new connections by now. False: it is logged, and `text` is for the 421. */
bool shutdown_admits(const struct monitor *m, struct strbuf *text);
/*
 * For whoever waits for a session: look at the files where that is due, and have the session say
 * 421 and end where one says so. Returns when to look again at the latest (clock_ms), -1: never.
 */
int64_t shutdown_look(struct monitor *m);

/* Whether it is within the hours of the server that the client reached; as shutdown_admits. */
bool shutdown_hours(struct monitor *m, struct strbuf *text);
/* The same for `base`, whom a login is for, where other hours hold for it than at connect. */
bool shutdown_login_hours(const struct monitor *m, const struct context *base, struct strbuf *text);

#endif
