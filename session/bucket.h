#ifndef SESSION_BUCKET_H
#define SESSION_BUCKET_H

#include <stddef.h>
#include <stdint.h>

/*
 * A rate of bytes (TransferRate, and a share of TransferRateTotal): free ones first, then no more
 * than the rate times the time that has passed since the beginning. Time that is not made use of is
 * kept for `depth` ms, so that the mean is exact though the machine or the client hesitates. Pure:
 * the clock (clock_ms) is the caller's.
 */
struct bucket {
	uint64_t rate;               /* thousandths of a byte a second, up to 10^15; 0: as fast as
	                                it goes */
	uint64_t free;               /* bytes that are left of those */
	uint64_t credit;             /* millionths of a byte */
	int64_t at;                  /* up to when credit was counted */
	unsigned depth;              /* up to 1,000 */
};

void bucket_begin(struct bucket *b, uint64_t rate, uint64_t free_bytes, unsigned depth,
    int64_t now);
/* From now on at another rate. */
void bucket_change(struct bucket *b, uint64_t rate, int64_t now);
/* How many bytes may pass at `now`. */
size_t bucket_room(struct bucket *b, int64_t now);
/* `n` bytes have passed, no more than there was room for. */
void bucket_pass(struct bucket *b, size_t n);
/* The ms from the latest bucket_room's `now` on until `n` bytes may pass, `n` up to bucket_step. */
int64_t bucket_wait(const struct bucket *b, size_t n);
/*
 * So many bytes are best moved at once, 1 at least and `most` at most: often enough to look even.
 */
size_t bucket_step(const struct bucket *b, size_t most);

#endif
