#ifndef AUTH_SHARE_H
#define AUTH_SHARE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What one of those who share `cap` may have of it (TransferRateTotal): an equal part, and of what
 * others leave of theirs as much as everybody else. `mine` and the `n` others are what each could
 * make use of, SHARE_ALL: as much as it may have. What nobody could make use of is divided equally:
 * they may be wrong. The shares of all, of whom each asks so, are no more than the cap; nobody's
 * is 0, and so they may be when it is less than one for each. Pure; any unit.
 */
#define SHARE_ALL UINT64_MAX
uint64_t share_of(uint64_t cap, uint64_t mine, const uint64_t *others, size_t n);
/*
 * What a session could make use of, that had `share` bytes a second (0: as many as it liked) for
 * the last `ms` and moved `bytes`: SHARE_ALL where that was nearly all, else a quarter more, and
 * 1,024; or, if that is more, what is left of its share, half of it after 400 ms.
 */
uint64_t share_demand(uint64_t share, uint64_t bytes, uint64_t ms);

#endif
