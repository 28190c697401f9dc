/* Quota tables as files: whom they are trusted from, their locks, finding and writing a record. */
#include "config/quota.h"

#include "config/bounds.h"
#include "config/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LOCK_WITHIN = 5000,          /* ms: whoever may read a table can lock it, and nobody waits
	                                for him */
	LOCK_PAUSE = 1000000,        /* ns between two tries */
	RECORDS_AT_ONCE = 64,
	TRIES = 16,                  /* a record that moves away from under its lock */
};

static int refuse(struct strbuf *why, const char *path, const char *reason)
{
	strbuf_addf(why, "%s: %s", path, reason);
	return -EPERM;
}

static int failed(struct strbuf *why, const char *path)
{
	int err = -errno;

	strbuf_addf(why, "%s: %s", path, strerror(-err));
	return err;
}

/* Whose writers could put another file there. */
static int check_directory(const char *path, struct strbuf *why)
{
	STRBUF(dir, PATHNAME_SIZE);
	const char *slash = strrchr(path, '/');
	struct stat st;

	strbuf_addn(&dir, slash != NULL ? path : ".",
	    slash != NULL && slash > path ? (size_t)(slash - path) : 1);
	if (dir.full || stat(dir.buf, &st) < 0)
		return failed(why, dir.buf);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(why, dir.buf, "belongs to somebody else");
	if ((st.st_mode & S_IWOTH) != 0 || ((st.st_mode & S_IWGRP) != 0 && st.st_gid != 0))
		return refuse(why, dir.buf, "others may write to it");
	return 0;
}

static int check_file(int fd, const char *path, struct stat *st, struct strbuf *why)
{
	if (fstat(fd, st) < 0)
		return failed(why, path);
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return refuse(why, path, "not a regular file of one name");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(why, path, "belongs to somebody else");
	if ((st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0))
		return refuse(why, path, "others may write to it");
	return 0;
}

static int open_trusted(const char *path, int how, struct stat *st, struct strbuf *why)
{
	/* O_NONBLOCK: a FIFO is told, not waited for */
	int err = check_directory(path, why), fd;

	if (err < 0)
		return err;
	fd = open(path, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return errno == ELOOP ? refuse(why, path, "is a symbolic link") : failed(why, path);
	err = check_file(fd, path, st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

int quota_open_lock(const char *path, struct strbuf *why)
{
	struct stat st;

	return open_trusted(path, O_RDWR | O_CREAT, &st, why);
}

/* Whether the table ends with a whole record. Somebody may be adding one: he is waited for. */
static bool is_whole(struct quota_table *t)
{
	struct flock none = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	struct stat st;

	if ((size_t)(t->size - QUOTA_HEADER) % quota_record_size(t->type) == 0)
		return true;
	if (quota_lock(t->fd, 0, 0, false) < 0 || fstat(t->fd, &st) < 0)
		return false;
	(void)fcntl(t->fd, F_OFD_SETLK, &none);
	t->size = st.st_size;
	return t->size >= QUOTA_HEADER && (size_t)(t->size -
	    QUOTA_HEADER) % quota_record_size(t->type) == 0;
}

/* The header, and a size that holds nothing but whole records. */
static int check_table(struct quota_table *t, struct strbuf *why)
{
	uint32_t magic = 0;

	if (pread(t->fd, &magic, sizeof magic, 0) != sizeof magic || magic != quota_magic(t->type))
		return refuse(why, t->path, t->type == QUOTA_LIMITS ? "not a limit table" :
		    "not a tally table");
	return is_whole(t) ? 0 : refuse(why, t->path, "damaged: its last record is not whole");
}

int quota_open(struct quota_table *t, enum quota_table_type type, const char *path, bool change,
    struct strbuf *why)
{
	struct stat st;
	int err;

	*t = (struct quota_table){ .type = type, .path = path };
	t->fd = open_trusted(path, change ? O_RDWR : O_RDONLY, &st, why);
	if (t->fd < 0)
		return t->fd;
	t->size = st.st_size;
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	err = check_table(t, why);
	if (err < 0)
		quota_close(t);
	return err;
}

void quota_close(struct quota_table *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}

int quota_lock(int fd, off_t at, off_t n, bool change)
{
	/* of the open file, not of the process: it meets ProFTPD's all the same */
	struct flock lock = {
		.l_type = change ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = at,
		.l_len = n > 0 ? n : QUOTA_TURN_AT - at,
	};
	const struct timespec pause = { 0, LOCK_PAUSE };
	int64_t end = clock_ms() + LOCK_WITHIN;

	while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -errno;
		if (clock_ms() >= end)
			return -EAGAIN;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* 1: it is a record; else what is wrong is told. */
static int parse(const struct quota_table *t, off_t at, const unsigned char *bytes,
    struct quota_record *out, struct strbuf *why)
{
	const char *bad = quota_parse(t->type, bytes, out);

	if (bad == NULL)
		return 1;
	strbuf_addf(why, "%s: damaged: record %llu: %s", t->path, (unsigned long long)
	    ((size_t)(at - QUOTA_HEADER) / quota_record_size(t->type)) + 1, bad);
	return -EPERM;
}

int quota_read(struct quota_table *t, off_t at, struct quota_record *out, struct strbuf *why)
{
	unsigned char bytes[QUOTA_RECORD_MAX];
	ssize_t n = pread(t->fd, bytes, quota_record_size(t->type), at);

	if (n < 0)
		return failed(why, t->path);
	/* a part of one is what somebody is just adding: quota_open has looked */
	return (size_t)n == quota_record_size(t->type) ? parse(t, at, bytes, out, why) : 0;
}

static bool is_it(const struct quota_record *r, enum quota_kind kind, const char *name)
{
	return r->kind == kind && (kind == QUOTA_ALL || strcmp(r->name, name) == 0);
}

int quota_find_first(struct quota_table *t, const struct quota_name *names, size_t n, off_t *at,
    struct quota_record *out, struct strbuf *why)
{
	unsigned char block[RECORDS_AT_ONCE * QUOTA_RECORD_MAX];
	size_t size = quota_record_size(t->type), best = n;
	off_t next = QUOTA_HEADER;
	struct quota_record r;
	ssize_t got = 0;

	while (best > 0 && (got = pread(t->fd, block, RECORDS_AT_ONCE * size, next)) > 0) {
		for (size_t i = 0; i + size <= (size_t)got && best > 0; i += size,
		    next += (off_t)size) {
			if (parse(t, next, block + i, &r, why) < 0)
				return -EPERM;
			for (size_t k = 0; k < best; k++) {
				if (names[k].name == NULL ||
				    !is_it(&r, names[k].kind, names[k].name))
					continue;
				*at = next;
				*out = r;
				best = k;
			}
		}
		if ((size_t)got % size != 0)
			break;
	}
	if (best == n)
		*at = next;
	return got < 0 ? failed(why, t->path) : best < n;
}

int quota_find(struct quota_table *t, enum quota_kind kind, const char *name, off_t *at,
    struct quota_record *out, struct strbuf *why)
{
	const struct quota_name one = { kind, name };
	int got;

	if (*at != 0 && (got = quota_read(t, *at, out, why)) != 0 &&
	    (got < 0 || is_it(out, kind, name)))
		return got;
	return quota_find_first(t, &one, 1, at, out, why);
}

int quota_find_locked(struct quota_table *t, enum quota_kind kind, const char *name, off_t *at,
    struct quota_record *out, struct strbuf *why)
{
	struct flock none = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	for (unsigned i = 0; i < TRIES; i++) {
		int got = quota_find(t, kind, name, at, out, why), err;

		if (got <= 0)
			return got;
		err = quota_lock(t->fd, *at, (off_t)quota_record_size(t->type), true);
		if (err < 0) {
			strbuf_addf(why, "%s: somebody holds its lock: %s", t->path,
			    strerror(-err));
			return err;
		}
		got = quota_read(t, *at, out, why);
		if (got < 0 || (got > 0 && is_it(out, kind, name)))
			return got;
		(void)fcntl(t->fd, F_OFD_SETLK, &none);      /* it was moved: look for it again */
	}
	return refuse(why, t->path, "changes all the time");
}

int quota_write(struct quota_table *t, off_t at, const struct quota_record *r, struct strbuf *why)
{
	unsigned char bytes[QUOTA_RECORD_MAX];
	size_t size = quota_record_size(t->type);
	ssize_t n;

	quota_format(t->type, r, bytes);
	n = pwrite(t->fd, bytes, size, at);
	if (n == (ssize_t)size)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	(void)failed(why, t->path);
	/* half a record at the end would spoil all of them */
	if (n > 0 && at >= t->size && ftruncate(t->fd, at) < 0)
		strbuf_addf(why, "; and now it is damaged: %s", strerror(errno));
	return -EIO;
}
