/* How often connections may come to a server: what is noted of those that came. Pure. */
#include "auth/pace.h"

#include <string.h>

/* Microseconds, so that a thousand connections a second are told apart. */
struct entry {
	uint64_t server;
	uint64_t due;                /* when the next one would be in time; the past: as if none had
	                                come */
};

enum { ENTRIES = SLOTS_TABLE_SIZE / sizeof(struct entry) };

_Static_assert(sizeof(struct entry) == 16, "entries have 16 bytes");

/* The server's own entry, else the one that matters least. */
static struct entry find(const unsigned char *table, uint64_t server, size_t *at)
{
	struct entry e, best = { .due = UINT64_MAX };

	for (size_t i = 0; i < ENTRIES; i++) {
		memcpy(&e, table + i * sizeof e, sizeof e);
		if (e.server == server) {
			*at = i;
			return e;
		}
		if (e.due < best.due) {
			best = e;
			*at = i;
		}
	}
	return (struct entry){ .server = server };
}

bool pace_admits(unsigned char table[SLOTS_TABLE_SIZE], uint64_t server, unsigned count,
    uint64_t ms, int64_t now)
{
	uint64_t at = (uint64_t)now * 1000, stretch = ms * 1000, each = stretch / count;
	size_t i = 0;
	struct entry e = find(table, server, &i);

	if (e.due < at || e.due > at + stretch)
		e.due = at;          /* nothing is owed; or it was noted under another rate, or
		                        damaged */
	if (e.due + each > at + stretch)
		return false;
	e.due += each;
	memcpy(table + i * sizeof e, &e, sizeof e);
	return true;
}
