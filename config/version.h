#ifndef CONFIG_VERSION_H
#define CONFIG_VERSION_H

#include <stdbool.h>

/* The release of ProFTPD whose configuration is understood: what <IfVersion> compares with. */
#define COMPATIBLE "1.3.8"

/*
 * Compare two versions, "1.3.8rc2", "1.3" (the same as 1.3.0), "1.3.8b": `order` is negative,
 * 0 or positive as `a` is older than `b`, the same or newer. False: one of them is none. Pure.
 */
bool version_compare(const char *a, const char *b, int *order);

#endif
