#ifndef VFS_GLOB_H
#define VFS_GLOB_H

#include <stdbool.h>

/*
 * Whether one name matches one component of a pattern: `*`, `?`, `[…]` with ranges and
 * `!` or `^`, `\` quotes. A leading dot is matched by a dot only, unless `dots`. Bytes, not
 * characters; no locale. Bounded: runs in at most GLOB_STEPS steps (then: no match), so
 * many stars cost nothing. Pure.
 */
bool glob_match(const char *pattern, const char *name, bool dots);
/* Whether `s` holds a wildcard that is not quoted; a `[` that is not closed is none. */
bool glob_magic(const char *s);

struct root;

/*
 * Call `each` with every existing path that a cleaned pattern (path_clean: "/a/x?/b")
 * matches, sorted within each directory. A path is as the pattern has it, links in it and all:
 * root_resolve it. Braces and a tilde are ordinary characters; the last component may be a
 * dangling link. `visible` (may be NULL) says which entries of a canonical directory the
 * session may see. Ends early when `each` returns non-zero.
 * Returns the number of matches (0: none, or nothing to be read there), or -errno; -E2BIG
 * for a bound: GLOB_DEPTH components with wildcards, GLOB_MATCHES names, a quarter of a second of
 * processor time. A directory with too many matches is refused before its first is told.
 */
int glob_walk(struct root *r, const char *pattern,
    bool (*visible)(void *arg, const char *dir, const char *name),
    int (*each)(void *arg, const char *path), void *arg);

#endif
