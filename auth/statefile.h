#ifndef AUTH_STATEFILE_H
#define AUTH_STATEFILE_H

#include <stddef.h>
#include <sys/stat.h>

struct strbuf;

/*
 * Opening what monitors write and others read. Each returns a descriptor (O_CLOEXEC), or -errno
 * with `why` naming the path: -EPERM where it is a link or of another type, belongs to somebody
 * else, or others may write to it. A FIFO is told, never waited for.
 */

/*
 * The directory of an absolute path, which is made (0755) if it is not there; root's own, or of
 * whoever asks. For names in it alone (O_PATH).
 */
int statefile_directory(const char *path, struct strbuf *why);
/* The file of `path` in it, to read and write; made with `mode` if it is not there. */
int statefile_open(int dir, const char *path, mode_t mode, struct stat *st, struct strbuf *why);
/* A file to read, which root or whoever asks has written; -ENOENT where there is none. */
int statefile_read(const char *path, struct stat *st, struct strbuf *why);
/* Where the last component of an absolute path begins. */
size_t statefile_name_at(const char *path);

#endif
