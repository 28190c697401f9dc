#ifndef VFS_HIDE_H
#define VFS_HIDE_H

#include "vfs/access.h"

/*
 * Which entries are out of sight (directives.md, 13): by name (HideFiles, of the directory that
 * holds them), by owner (HideUser, HideGroup) and by what the session may do (HideNoAccess). "/"
 * has no name. A link is hidden by its own name, and by all that hides what it leads to.
 */

/* Who hides an entry; line 0: nobody. */
struct hidden {
	const char *name;            /* "HideFiles" */
	struct origin where;
};

/* Whether the entry at `path` (canonical) is hidden. What is not there is so by its name alone. */
bool hide_path(const struct access *a, const char *path, struct hidden *why);
/*
 * The same by owner and access alone, of an entry whose section is `c` and whose data is `st` (no
 * link's): `dir` is a descriptor of the directory that holds it.
 */
bool hide_entry(const struct access *a, const struct context *c, int dir, const char *name,
    const struct stat *st, struct hidden *why);
/* Whether hide_entry can say yes for entries whose section is `c`. */
bool hide_entry_possible(const struct context *c);

#endif
