/* How long a command waits that comes too soon. Pure: the clock is the caller's. */
#include "session/rate.h"

int64_t rate_delay(struct rate *r, unsigned count, unsigned seconds, int64_t now, bool *first)
{
	int64_t stretch = (int64_t)seconds * 1000, ms;

	*first = false;
	if (r->n == 0 || now - r->began >= stretch) {
		/* a burst goes on where the stretch before was over the rate, and ended just now */
		r->over = r->over && r->n > count && now - r->began < 2 * stretch;
		r->began = now;
		r->n = 0;
	}
	if (r->n < UINT32_MAX)
		r->n++;
	if (r->n <= count)
		return 0;
	*first = !r->over;
	r->over = true;
	/* the time of one command for the first beyond, of two for the second, and so on */
	ms = stretch * (r->n - count) / count;
	return ms < 1 ? 1 : ms < RATE_DELAY ? ms : RATE_DELAY;
}
