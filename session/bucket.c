/* A rate of bytes: how many may pass, and when the next ones may. Pure. */
#include "session/bucket.h"

enum {
	MILLION = 1000000,           /* credit of one byte; a rate's of one ms is `rate` itself */
	STEPS = 40,                  /* a second */
	AT_ONCE = 10000,             /* ms that one look counts at most: 10^15 times that fits 64
	                                bits */
	LONG = 3600 * 1000,
};

/* What is kept of it; never so little that a byte could not be saved up for. */
static void keep(struct bucket *b)
{
	uint64_t most = b->rate * b->depth;

	if (most < 2 * MILLION)
		most = 2 * MILLION;
	if (b->credit > most)
		b->credit = most;
}

void bucket_begin(struct bucket *b, uint64_t rate, uint64_t free_bytes, unsigned depth, int64_t now)
{
	*b = (struct bucket){ .rate = rate, .free = free_bytes, .depth = depth, .at = now };
}

static void look(struct bucket *b, int64_t now)
{
	int64_t ms = now - b->at;

	if (ms <= 0)
		return;
	b->at = now;
	if (b->free > 0)
		return;              /* who has free bytes saves nothing up meanwhile */
	b->credit += b->rate * (uint64_t)(ms < AT_ONCE ? ms : AT_ONCE);
	keep(b);
}

void bucket_change(struct bucket *b, uint64_t rate, int64_t now)
{
	look(b, now);
	b->rate = rate;
	keep(b);
}

size_t bucket_room(struct bucket *b, int64_t now)
{
	uint64_t n;

	look(b, now);
	if (b->rate == 0)
		return SIZE_MAX;
	n = b->credit / MILLION;
	return b->free < SIZE_MAX - n ? (size_t)(b->free + n) : SIZE_MAX;
}

void bucket_pass(struct bucket *b, size_t n)
{
	uint64_t paid = n > b->free ? n - b->free : 0;

	b->free -= n - paid;
	b->credit -= b->credit / MILLION < paid ? b->credit : paid * MILLION;
}

int64_t bucket_wait(const struct bucket *b, size_t n)
{
	uint64_t need, ms;

	if (b->rate == 0 || n <= b->free || n - b->free <= b->credit / MILLION)
		return 0;
	need = (n - b->free) * MILLION - b->credit;
	ms = need / b->rate + (need % b->rate != 0);
	return ms < LONG ? (int64_t)ms : LONG;
}

size_t bucket_step(const struct bucket *b, size_t most)
{
	uint64_t n = b->rate / (STEPS * 1000);

	if (b->rate == 0 || n > most)
		return most;
	return n > 0 ? (size_t)n : 1;
}
