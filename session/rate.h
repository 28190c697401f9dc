#ifndef SESSION_RATE_H
#define SESSION_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_DELAY = 5000 };          /* ms that one command waits at most */

/* MaxCommandRate: the commands of one stretch of time. All 0: none came yet. */
struct rate {
	int64_t began;               /* clock_ms */
	unsigned n;                  /* commands since */
	bool over;                   /* this stretch, or the one before it, had more than it may */
};

/*
 * A command comes at `now` (clock_ms), where `count` may in `seconds`. Returns the milliseconds
 * that it is to wait: 0, or more for each one beyond, up to RATE_DELAY. `first`: it is the first of
 * a burst, which ends with a stretch that is within the rate.
 */
int64_t rate_delay(struct rate *r, unsigned count, unsigned seconds, int64_t now, bool *first);

#endif
