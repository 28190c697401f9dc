/* Changes beneath the root: names, by a descriptor of their directory; modes and times. */
#include "vfs/root.h"

#include "config/bounds.h"
#include "vfs/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* the same on every architecture; younger than the C library may be */
#endif

/* The directory that holds `path`, as an O_PATH descriptor: it need not be readable. */
static int open_parent(struct root *r, const char *path)
{
	STRBUF(parent, PATHNAME_SIZE);
	struct stat st;
	int fd, err;

	if (path[1] == '\0')
		return -EBUSY;
	err = path_parent(&parent, path);
	if (err != 0)
		return err;
	fd = root_open_path(r, parent.buf, &st);
	if (fd >= 0 && !S_ISDIR(st.st_mode)) {
		(void)close(fd);
		return S_ISLNK(st.st_mode) ? -ELOOP : -ENOTDIR;
	}
	return fd;
}

/* Close `fd`, and turn what a system call returned into 0 or -errno. */
static int finish(int fd, int result)
{
	int err = result < 0 ? -errno : 0;

	(void)close(fd);
	return err;
}

int root_unlink(struct root *r, const char *path)
{
	int fd = open_parent(r, path);

	return fd < 0 ? fd : finish(fd, unlinkat(fd, path_last(path), 0));
}

int root_rmdir(struct root *r, const char *path)
{
	int fd = open_parent(r, path);

	return fd < 0 ? fd : finish(fd, unlinkat(fd, path_last(path), AT_REMOVEDIR));
}

int root_mkdir(struct root *r, const char *path, mode_t mode)
{
	int fd = open_parent(r, path);

	return fd < 0 ? fd : finish(fd, mkdirat(fd, path_last(path), mode & 0777));
}

/*
 * Where the file system has no RENAME_NOREPLACE: a second name is made, which never
 * replaces, and the first one goes. A directory cannot have two names, nor can a file
 * everywhere. There a look must do; what a race can then cost is an empty directory, or a
 * file on a file system without links.
 */
static int rename_careful(int from, const char *old, int to, const char *new)
{
	struct stat st;
	int err;

	if (linkat(from, old, to, new, 0) == 0) {
		err = unlinkat(from, old, 0) < 0 ? -errno : 0;
		if (err != 0)
			(void)unlinkat(to, new, 0);
		return err;
	}
	if (errno == EEXIST || fstatat(to, new, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	return renameat(from, old, to, new) < 0 ? -errno : 0;
}

int root_rename(struct root *r, const char *from, const char *to, bool replace)
{
	const char *old = path_last(from), *new = path_last(to);
	int source = open_parent(r, from), target, err = 0;

	if (source < 0)
		return source;
	target = open_parent(r, to);
	if (target < 0) {
		(void)close(source);
		return target;
	}
	if (renameat2(source, old, target, new, replace ? 0 : RENAME_NOREPLACE) < 0)
		err = -errno;
	if (err == -EINVAL && !replace)
		err = rename_careful(source, old, target, new);
	(void)close(target);
	(void)close(source);
	return err;
}

static int regular_or_directory(const struct stat *st)
{
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return 0;
	return S_ISLNK(st->st_mode) ? -ELOOP : -EINVAL;
}

/* An O_PATH descriptor of a regular file or directory. */
static int open_changeable(struct root *r, const char *path, struct stat *st)
{
	int fd = root_open_path(r, path, st), err;

	if (fd < 0)
		return fd;
	err = regular_or_directory(st);
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	return fd;
}

int root_chmod(struct root *r, const char *path, mode_t mode)
{
	struct stat st;
	int fd = open_changeable(r, path, &st), err;

	if (fd < 0)
		return fd;
	mode &= 0777;
	if (S_ISDIR(st.st_mode))
		mode |= st.st_mode & (S_ISGID | S_ISVTX);
	err = finish(fd, (int)syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH));
	if (err != -ENOSYS)
		return err;
	/* Only a way through /proc would do for a file that its owner may not read. */
	fd = S_ISDIR(st.st_mode) ? root_open_dir(r, path) : root_open_read(r, path, &st);
	return fd < 0 ? fd : finish(fd, fchmod(fd, mode));
}

/* The kernel takes set-id bits only from what can be executed by the group. */
int root_chgrp(struct root *r, const char *path, gid_t gid)
{
	struct stat st;
	int fd = open_changeable(r, path, &st), err = 0;

	if (fd < 0)
		return fd;
	if (fchownat(fd, "", (uid_t)-1, gid, AT_EMPTY_PATH) < 0 || fstat(fd, &st) < 0)
		err = -errno;
	(void)close(fd);
	if (err == 0 && S_ISREG(st.st_mode) && (st.st_mode & (S_ISUID | S_ISGID)) != 0)
		err = root_chmod(r, path, st.st_mode);
	return err;
}

int root_set_mtime(struct root *r, const char *path, int64_t mtime)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = mtime } };
	struct stat st;
	int fd = open_changeable(r, path, &st);

	return fd < 0 ? fd : finish(fd, utimensat(fd, "", times, AT_EMPTY_PATH));
}
