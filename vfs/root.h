#ifndef VFS_ROOT_H
#define VFS_ROOT_H

#include "config/strbuf.h"

#include <stdint.h>
#include <sys/stat.h>

/*
 * The session's files: everything is reached beneath one directory descriptor, by
 * canonical pathnames ("/a/b", "/" itself), with openat2 and no symbolic link allowed.
 * What changed between root_resolve and the opening is an error, never an escape.
 * procfs and sysfs are refused everywhere (-ENOENT). All functions return -errno on failure.
 */
struct root {
	int fd;                      /* O_PATH descriptor of the root */
	const char *prefix;          /* its host path without a trailing slash: "" for "/" */
	uint64_t refused_dev[2], safe_dev[4];   /* cache: devices known to be procfs/sysfs, or
	                                           not */
	unsigned nrefused, nsafe;
};

/*
 * Begin at an open directory. Takes `fd` over (on failure it is closed); `prefix` must live as
 * long as `r`. -ENOSYS: the kernel has no openat2.
 */
int root_init(struct root *r, int fd, const char *prefix);

enum resolve {
	RESOLVE_EXISTING,            /* every link is followed; the target must exist */
	RESOLVE_LINK,                /* the last component itself, not what it links to; must
	                                exist */
	RESOLVE_CREATE,              /* the parent must exist; an existing target (link too) is
	                                followed */
	RESOLVE_NAME,                /* the parent must exist; the last component itself, if it
	                                does */
};

/*
 * Turn a cleaned path (path_clean) into the canonical one in `out`: symbolic links are
 * resolved (an absolute one starts at the root), at most LINK_STEPS of them. `st`, unless
 * NULL, gets the target's data; st_nlink is 0 where RESOLVE_CREATE or _NAME found nothing.
 * A dangling link is -ENOENT for RESOLVE_EXISTING and RESOLVE_CREATE alike.
 * On failure `out` says where it would be: the links up to there followed, the rest as it is, so
 * that rules can be asked whether the session may learn that it does not exist.
 * A path without a link in it costs one openat2.
 */
int root_resolve(struct root *r, const char *cleaned, enum resolve how, struct strbuf *out,
    struct stat *st);

/* The host path of a canonical path: prefix and path. */
int root_host_path(const struct root *r, const char *path, struct strbuf *out);

/*
 * Open a canonical path for reading: regular files only (-EISDIR, or -EINVAL for a FIFO,
 * device or socket, which is never waited for). Returns a descriptor, `st` filled.
 */
int root_open_read(struct root *r, const char *path, struct stat *st);
/*
 * Open a canonical path for writing; the file is not truncated, so that a failed data
 * connection costs nobody the old one. `created` says whether it was made now (mode &
 * ~umask applies, umask given: the process's own is 0). `exclusive`: it must not exist
 * (-EEXIST). Regular files only. Returns a descriptor.
 */
int root_open_write(struct root *r, const char *path, mode_t mode, bool exclusive, bool *created,
    struct stat *st);
/* Open a directory for reading its entries. */
int root_open_dir(struct root *r, const char *path);
/*
 * An O_PATH descriptor of a canonical path, the last component not followed: something to
 * act on, that was not opened (a device does not notice). `st` filled.
 */
int root_open_path(struct root *r, const char *path, struct stat *st);
/* Facts of a canonical path; the last component is not followed. */
int root_stat(struct root *r, const char *path, struct stat *st);
/*
 * The target text of a symbolic link, with its NUL. Returns its length; -EINVAL: no link,
 * -ENAMETOOLONG: more than `size`.
 */
long root_readlink(struct root *r, const char *path, char *out, size_t size);
/*
 * The same for a client's eyes. `adjusted`: an absolute target that lies in the root, as the host
 * sees it, is told as the session sees it.
 */
long root_show_link(struct root *r, const char *path, bool adjusted, char *out, size_t size);

/* Act on a canonical path by a descriptor of its parent. "/" itself: -EBUSY. */
int root_unlink(struct root *r, const char *path);      /* a directory: -EISDIR */
int root_rmdir(struct root *r, const char *path);
int root_mkdir(struct root *r, const char *path, mode_t mode);
/* Rename; `replace` false: an existing target is -EEXIST, decided by the kernel. */
int root_rename(struct root *r, const char *from, const char *to, bool replace);
/*
 * chmod of a regular file or directory. Special bits in `mode` are masked off; a directory
 * keeps the set-group-id and sticky bits it has, whose loss would open it to others.
 * Before Linux 6.6 the file must be readable for that (-EACCES).
 */
int root_chmod(struct root *r, const char *path, mode_t mode);
/*
 * Give a regular file or directory of one's own to a group that one is in. A file's set-id bits
 * go, whatever the kernel leaves of them.
 */
int root_chgrp(struct root *r, const char *path, gid_t gid);
/* Set the modification time (seconds since 1970) of a regular file or directory. */
int root_set_mtime(struct root *r, const char *path, int64_t mtime);
/* Bytes free for this user on the file system that holds `path`. */
int root_free_bytes(struct root *r, const char *path, uint64_t *bytes);

#endif
