#ifndef AUTH_STATE_H
#define AUTH_STATE_H

#include <stdbool.h>

struct monitor;

/*
 * What the session does now, for ftpwho and ps: where there is a slot, in its record (auth/live.h),
 * and where titles are shown, in ps.
 */

/* The connection has its slot, or another server's; somebody has logged in. */
void state_connected(struct monitor *m);
void state_logged_in(struct monitor *m);
/* Whether anybody looks: PRIV_STATE is of use. */
bool state_wanted(const struct monitor *m);
/* Between two messages: give back what the last one touched, if it said that nothing is done. */
void state_rest(struct monitor *m);

#endif
