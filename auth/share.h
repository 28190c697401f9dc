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
 * the last `ms` and moved `bytes`: a quarter more than its mean, which this brings up to date, and
 * 1,024. Where it took nearly all of its share it is twice the mean, and a quarter of `equal`, its
 * part of the cap, at least: who grows has all that is his after a few steps, and who takes little
 * in gulps does not keep an equal part for it. SHARE_ALL where there was no bound.
 */
uint64_t share_demand(uint64_t share, uint64_t equal, uint64_t *mean, uint64_t bytes,
    uint64_t ms);

#endif
