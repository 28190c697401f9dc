#ifndef AUTH_PACE_H
#define AUTH_PACE_H

#include "auth/slot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * MaxConnectionRate: connections of a server, noted behind the header of the slots' file. So many
 * may come at once, and then one for each of the times that the seconds are cut into (GCRA: no list
 * of moments is kept, and no stretch of as many seconds sees twice the count).
 */

/*
 * A connection of `server` comes at `now` (clock_ms), of which `count` may in `ms`. True: it may,
 * and the table has changed. Pure. An entry that makes no sense counts for nothing; when there is
 * no room, the server that has been quiet for the longest gives way.
 */
bool pace_admits(unsigned char table[SLOTS_TABLE_SIZE], uint64_t server, unsigned count,
    uint64_t ms, int64_t now);

#endif
