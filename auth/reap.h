#ifndef AUTH_REAP_H
#define AUTH_REAP_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Wait for a child's end until `deadline` (clock_ms), then kill it. Returns its wait status; -1
 * when it was killed here, or is no child.
 */
int reap(pid_t pid, int64_t deadline);

#endif
