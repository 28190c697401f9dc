#ifndef VFS_PATH_H
#define VFS_PATH_H

#include "config/strbuf.h"

/*
 * Turn `arg`, as the client sent it, against `cwd` (absolute, canonical) into `out`:
 * absolute, with no empty, "." or ".." component and no trailing slash; ".." at the root
 * stays there. "~" and "~/x" stand for `home` (NULL: they are ordinary names).
 * Pure: symbolic links are not looked at; see root_resolve.
 * Returns 0, -ENAMETOOLONG (PATHNAME_SIZE; a component over 255 bytes), or -EINVAL when
 * `arg` is empty or holds a NUL, CR or LF.
 */
int path_clean(struct strbuf *out, const char *cwd, const char *home, const char *arg, size_t len);

/*
 * Go from the canonical directory `path` to its entry `name`: "" and "." stay where they
 * are, ".." goes up, at the root it stays. -ENAMETOOLONG as above; `path` is then cut short.
 */
int path_step(struct strbuf *path, const char *name, size_t n);
/* The last component of a canonical path ("" for "/"). */
const char *path_last(const char *path);
/* Write the directory that holds a canonical path to `out` ("/" for "/x" and for "/"). */
int path_parent(struct strbuf *out, const char *path);
/* Whether canonical `path` is `dir` or lies below it. */
bool path_within(const char *path, const char *dir);

#endif
