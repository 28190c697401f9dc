/* Files that monitors share: in a directory that nobody else may write to, and nobody else's. */
#include "auth/statefile.h"

#include "config/bounds.h"
#include "config/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t statefile_name_at(const char *path)
{
	return (size_t)(strrchr(path, '/') + 1 - path);
}

/* Only whoever runs this program, and root where `roots`, may have put it there or change it. */
static int trusted(int fd, const char *what, mode_t type, bool roots, struct stat *st,
    struct strbuf *why)
{
	if (fstat(fd, st) < 0) {
		int err = -errno;

		strbuf_addf(why, "%s: %s", what, strerror(-err));
		return err;
	}
	if ((st->st_mode & S_IFMT) != type || (type == S_IFREG && st->st_nlink != 1))
		strbuf_addf(why, "%s: not a %s", what, type == S_IFDIR ? "directory" :
		    "regular file of one name");
	else if (st->st_uid != geteuid() && (!roots || st->st_uid != 0))
		strbuf_addf(why, "%s: belongs to uid %lu", what, (unsigned long)st->st_uid);
	else if ((st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0))
		strbuf_addf(why, "%s: others may write to it", what);
	else
		return 0;
	return -EPERM;
}

/* Whatever the umask; but never what a link that lies there by now leads to. */
static void open_to_all(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
		(void)fchmod(fd, 0755);
	(void)close(fd);
}

int statefile_directory(const char *path, struct strbuf *why)
{
	STRBUF(parent, PATHNAME_SIZE);
	const char *slash = strrchr(path, '/');
	struct stat st;
	int fd, err;

	strbuf_addn(&parent, path, slash > path ? (size_t)(slash - path) : 1);
	fd = open(parent.buf, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && mkdir(parent.buf, 0755) == 0)
		open_to_all(parent.buf);
	if (fd < 0)
		fd = open(parent.buf, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		strbuf_addf(why, "%s: %s", parent.buf, strerror(errno));
		return err;
	}
	err = trusted(fd, parent.buf, S_IFDIR, true, &st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

int statefile_open(int dir, const char *path, mode_t mode, struct stat *st, struct strbuf *why)
{
	/* O_NONBLOCK: a FIFO is told, not waited for */
	const int how = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int fd = openat(dir, path + statefile_name_at(path), how, mode), err;

	if (fd < 0) {
		err = -errno;
		strbuf_addf(why, "%s: %s", path, errno == ELOOP ? "is a symbolic link" :
		    strerror(errno));
		return err;
	}
	err = trusted(fd, path, S_IFREG, false, st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

int statefile_read(const char *path, struct stat *st, struct strbuf *why)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0) {
		err = -errno;
		strbuf_addf(why, "%s: %s", path, err == -ELOOP ? "is a symbolic link" :
		    strerror(-err));
		return err;
	}
	err = trusted(fd, path, S_IFREG, true, st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}
