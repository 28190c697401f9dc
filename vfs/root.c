/* Files beneath the session's root: the one openat2, and everything that is opened or looked at. */
#include "vfs/root.h"

#include "config/bounds.h"
#include "vfs/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	OPEN_TRIES = 8,
	/* A FIFO is never waited for, a terminal never becomes ours. */
	OPEN_SAFELY = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
};

/*
 * The kernel's own file systems: procfs and sysfs, and what is mounted inside them, which
 * has a device of its own. They lead out of the root, or change the machine.
 */
static const uint32_t refused_types[] = {
	PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
	TRACEFS_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC,
	EFIVARFS_MAGIC, BINFMTFS_MAGIC, NSFS_MAGIC, 0x62656570 /* configfs */,
};

static bool known_device(const uint64_t *devs, unsigned n, unsigned max, dev_t dev)
{
	for (unsigned i = 0; i < n && i < max; i++)
		if (devs[i] == dev)
			return true;
	return false;
}

/* -ENOENT for what lies on a refused file system; costs a system call once per device. */
static int check_device(struct root *r, int fd, dev_t dev)
{
	enum { SAFE = sizeof r->safe_dev / sizeof r->safe_dev[0],
	       REFUSED = sizeof r->refused_dev / sizeof r->refused_dev[0] };
	struct statfs fs;

	if (known_device(r->safe_dev, r->nsafe, SAFE, dev))
		return 0;
	if (known_device(r->refused_dev, r->nrefused, REFUSED, dev))
		return -ENOENT;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof refused_types / sizeof refused_types[0]; i++) {
		if ((uint32_t)fs.f_type == refused_types[i]) {
			r->refused_dev[r->nrefused++ % REFUSED] = dev;
			return -ENOENT;
		}
	}
	r->safe_dev[r->nsafe++ % SAFE] = dev;
	return 0;
}

/* Open beneath the root, no link anywhere: the kernel alone decides what is inside. */
static int open_beneath(struct root *r, const char *path, int flags, mode_t mode, struct stat *st)
{
	const struct open_how how = {
		.flags = (unsigned)flags, .mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	const char *name = path[1] == '\0' ? "." : path + 1;
	int err, fd = -1;

	/* The kernel answers EAGAIN when a rename elsewhere kept it from being sure. */
	for (int i = 0; fd < 0 && i < OPEN_TRIES; i++) {
		fd = (int)syscall(SYS_openat2, r->fd, name, &how, sizeof how);
		if (fd < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	if (fd < 0)
		return -errno;
	err = fstat(fd, st) < 0 ? -errno : check_device(r, fd, st->st_dev);
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	if (st->st_nlink == 0)
		st->st_nlink = 1; /* some file systems do not count, and 0 means: nothing there */
	return fd;
}

int root_init(struct root *r, int fd, const char *prefix)
{
	struct stat st;
	int probe;

	*r = (struct root){ .fd = fd, .prefix = prefix };
	probe = open_beneath(r, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0, &st);
	if (probe < 0) {
		(void)close(fd);
		r->fd = -1;
		return probe;
	}
	(void)close(probe);
	return 0;
}

int root_host_path(const struct root *r, const char *path, struct strbuf *out)
{
	strbuf_reset(out);
	strbuf_add(out, r->prefix);
	if (r->prefix[0] == '\0' || path[1] != '\0')
		strbuf_add(out, path);
	return out->full ? -ENAMETOOLONG : 0;
}

int root_open_path(struct root *r, const char *path, struct stat *st)
{
	return open_beneath(r, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, st);
}

int root_stat(struct root *r, const char *path, struct stat *st)
{
	int fd = root_open_path(r, path, st);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

static int regular_only(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return S_ISDIR(st->st_mode) ? -EISDIR : S_ISLNK(st->st_mode) ? -ELOOP : -EINVAL;
}

/*
 * Looked at first, because to open a device may rewind a tape. What is swapped in between the
 * look and the opening is opened without waiting, found out by the second look, and neither
 * read, written nor truncated; who can put a device there can open it himself.
 */
static int open_regular(struct root *r, const char *path, int flags, struct stat *st)
{
	int err = root_stat(r, path, st), fd;

	if (err == 0)
		err = regular_only(st);
	if (err != 0)
		return err;
	fd = open_beneath(r, path, flags | OPEN_SAFELY, 0, st);
	if (fd < 0)
		return fd;
	err = regular_only(st);
	if (err != 0) {
		(void)close(fd);
		return err;
	}
	return fd;
}

int root_open_read(struct root *r, const char *path, struct stat *st)
{
	return open_regular(r, path, O_RDONLY, st);
}

/*
 * O_EXCL first: what is there already, be it a link, FIFO or device, is not touched by it, and
 * what was made is known to be new. A file that comes and goes meanwhile is tried again.
 */
int root_open_write(struct root *r, const char *path, mode_t mode, bool exclusive, bool *created,
    struct stat *st)
{
	int fd = -ENOENT;

	for (int i = 0; fd == -ENOENT && i < OPEN_TRIES; i++) {
		fd = open_beneath(r, path, O_WRONLY | O_CREAT | O_EXCL | OPEN_SAFELY, mode & 0777,
		    st);
		*created = fd >= 0;
		if (fd != -EEXIST || exclusive)
			return fd;
		fd = open_regular(r, path, O_WRONLY, st);
	}
	return fd;
}

int root_open_dir(struct root *r, const char *path)
{
	struct stat st;

	return open_beneath(r, path, O_RDONLY | O_DIRECTORY | OPEN_SAFELY, 0, &st);
}

long root_readlink(struct root *r, const char *path, char *out, size_t size)
{
	struct stat st;
	int fd = root_open_path(r, path, &st);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = S_ISLNK(st.st_mode) ? readlinkat(fd, "", out, size) : -1;
	(void)close(fd);
	if (n < 0)
		return -EINVAL;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	out[n] = '\0';
	return n;
}

int root_free_bytes(struct root *r, const char *path, uint64_t *bytes)
{
	struct stat st;
	struct statfs fs;
	int fd = root_open_path(r, path, &st), err = 0;
	uint64_t unit;

	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0) {
		err = -errno;
	} else {
		unit = (uint64_t)(fs.f_frsize > 0 ? fs.f_frsize : fs.f_bsize);
		if (__builtin_mul_overflow((uint64_t)fs.f_bavail, unit, bytes))
			*bytes = UINT64_MAX;
	}
	(void)close(fd);
	return err;
}
