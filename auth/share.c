/* Who may have how much of a rate that is shared. Pure. */
#include "auth/share.h"

/* Each round comes closer from below: what is left out after the last one is nobody's too much. */
enum { ROUNDS = 32 };
/* What nobody falls below who could begin to move at any moment. */
enum { SLACK = 1024 };
/* ms that the mean is taken of: what comes in bursts will be back. */
enum { MEAN = 1000 };

/* What each has at least, if those who want less than `level` get what they want. */
static uint64_t next_level(uint64_t cap, uint64_t level, uint64_t mine, const uint64_t *others,
    size_t n)
{
	uint64_t left = cap;
	size_t hungry = mine > level;

	if (mine <= level)
		left -= mine < left ? mine : left;
	for (size_t i = 0; i < n; i++) {
		if (others[i] > level)
			hungry++;
		else
			left -= others[i] < left ? others[i] : left;
	}
	return hungry > 0 ? left / hungry : cap;
}

/* What is left of `cap` when all have what they want; 0 where that is too much. */
static uint64_t spare(uint64_t cap, uint64_t mine, const uint64_t *others, size_t n)
{
	uint64_t left = cap > mine ? cap - mine : 0;

	for (size_t i = 0; i < n; i++)
		left -= others[i] < left ? others[i] : left;
	return left;
}

uint64_t share_of(uint64_t cap, uint64_t mine, const uint64_t *others, size_t n)
{
	uint64_t left = spare(cap, mine, others, n), level = cap / (n + 1), share;

	if (left > 0)
		return mine + left / (n + 1) > 0 ? mine + left / (n + 1) : 1;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t next = next_level(cap, level, mine, others, n);

		if (next <= level)
			break;
		level = next;
	}
	share = mine < level ? mine : level;
	return share > 0 ? share : 1;
}

uint64_t share_demand(uint64_t share, uint64_t equal, uint64_t *mean, uint64_t bytes,
    uint64_t ms)
{
	const uint64_t most = UINT64_MAX / 8000;
	uint64_t could, more;

	if (share == 0 || ms == 0 || ms > most || bytes > most || share > most)
		return SHARE_ALL;
	if (*mean > most)
		*mean = most;
	*mean = (*mean + bytes) * MEAN / (MEAN + ms);
	could = *mean + *mean / 4;
	if (bytes * 1000 / ms * 5 >= share * 4) {
		more = *mean < share ? 2 * *mean : 2 * share;
		could = more > equal / 4 ? more : equal / 4;
	}
	return could + SLACK;
}
