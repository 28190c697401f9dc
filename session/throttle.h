#ifndef SESSION_THROTTLE_H
#define SESSION_THROTTLE_H

#include "session/bucket.h"
#include "session/copy.h"
#include "session/session.h"

enum { THROTTLE_DEPTH = 1000 };  /* ms of its rates that a transfer may catch up with */

/*
 * What holds a transfer back: its own TransferRate, and its share of the TransferRateTotals. The
 * bytes are those on the data connection, without what TLS adds. Nothing of it is there where no
 * rate holds.
 */
struct throttle {
	struct bucket rate;          /* rate 0: none */
	struct bucket share;         /* the same */
	uint64_t slowest;            /* what `rate` begins with */
	uint64_t free;
	bool shared;                 /* the monitor is asked for a share, */
	int64_t ask_at;              /* next at this time (clock_ms) */
	bool begun;                  /* the first byte was asked for */
	uint64_t bytes;              /* that have passed */
};

/* Find the rates for a command (TRANSFER_…) into `t`. Returns it, or NULL: none holds. */
struct throttle *throttle_find(struct session *s, struct throttle *t, const struct context *c,
    unsigned command);
/*
 * Wait until some of `n` bytes may pass, everything else being seen to meanwhile: ABOR, STAT, the
 * end of the session. Returns how many may, or 0: the transfer is over (result in `r`).
 */
size_t throttle_room(struct session *s, size_t n, struct copy_result *r);
/* They have passed, or as many as did. */
void throttle_pass(struct session *s, size_t n);
/* How large a block to read of a file, `most` at most. */
size_t throttle_block(struct session *s, size_t most);
/*
 * session_wait for a data connection: what the transfer makes use of is told while it waits, so
 * that others have what it leaves.
 */
enum wait_result throttle_wait(struct session *s, int fd, short events, int64_t stalled_ms);

#endif
