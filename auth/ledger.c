/* A file of counters that outlives sessions: locked, read, replaced. */
#include "auth/ledger.h"

#include "auth/statefile.h"
#include "config/bounds.h"
#include "config/io.h"
#include "config/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
	MODE = 0600,                 /* addresses of e-mail are nobody else's business */
	LOCK_WITHIN = 10000,         /* ms */
	HURRY = 1000,                /* ms behind a SIGTERM */
	TICK = 1000000,              /* ns: nobody holds it for much longer */
};

static int wrong(struct strbuf *why, const char *what, int err)
{
	strbuf_addf(why, "%s: %s", what, strerror(-err));
	return err;
}

static const char *name_of(const struct ledger *l)
{
	return l->path + statefile_name_at(l->path);
}

/*
 * Not for ever: an administrator may hold it while he edits, or somebody was stopped over it, and
 * our session and its client are to be heard.
 */
static int wait_for(int lock)
{
	static const struct timespec tick = { .tv_nsec = TICK };
	int64_t end = clock_ms() + LOCK_WITHIN, now;
	sigset_t term, before;
	int err = 0;

	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, &before);        /* it comes while ppoll waits */
	while (err == 0 && flock(lock, LOCK_EX | LOCK_NB) < 0) {
		now = clock_ms();
		if (errno != EWOULDBLOCK && errno != EINTR)
			err = -errno;
		else if (now >= end)
			err = -ETIMEDOUT;
		else if (ppoll(NULL, 0, &tick, &before) < 0 && now + HURRY < end)
			end = now + HURRY;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int take_lock(struct ledger *l, struct strbuf *why)
{
	STRBUF(path, PATHNAME_SIZE);
	struct stat st;
	int err;

	strbuf_addf(&path, "%s.lck", l->path);
	if (path.full)
		return wrong(why, l->path, -ENAMETOOLONG);
	l->lock = statefile_open(l->dir, path.buf, MODE, &st, why);
	if (l->lock < 0)
		return l->lock;
	err = wait_for(l->lock);
	if (err == -ETIMEDOUT)
		strbuf_addf(why, "%s: somebody holds it for too long", path.buf);
	return err == 0 || err == -ETIMEDOUT ? err : wrong(why, path.buf, err);
}

static int read_all(struct ledger *l, struct strbuf *why)
{
	int fd = statefile_read(l->path, &l->was, why), err = 0;
	long n;

	if (fd == -ENOENT) {
		strbuf_reset(why);
		return 0;
	}
	if (fd < 0)
		return fd;
	if (l->was.st_size > CONFIG_SIZE) {
		(void)close(fd);
		return wrong(why, l->path, -EFBIG);
	}
	l->size = (size_t)l->was.st_size + 1;
	l->bytes = memory_map(l->size);
	n = read_file(fd, l->bytes, l->size - 1);
	if (n < 0)
		err = wrong(why, l->path, (int)n);
	l->n = n > 0 ? (size_t)n : 0;
	l->there = true;
	(void)close(fd);
	return err;
}

int ledger_open(struct ledger *l, const char *path, struct strbuf *why)
{
	int err;

	*l = (struct ledger){ .path = path, .dir = -1, .lock = -1 };
	l->dir = statefile_directory(path, why);
	if (l->dir < 0)
		return l->dir;
	err = take_lock(l, why);
	return err == 0 ? read_all(l, why) : err;
}

static int write_parts(int fd, const struct ledger_part *parts, size_t nparts)
{
	int err = 0;

	for (size_t i = 0; i < nparts && err == 0; i++)
		err = write_all(fd, parts[i].bytes, parts[i].n);
	return err;
}

int ledger_replace(struct ledger *l, const struct ledger_part *parts, size_t nparts,
    struct strbuf *why)
{
	STRBUF(name, NAME_SIZE);
	int fd, err;

	strbuf_addf(&name, ".%s.new", name_of(l));
	if (name.full)
		return wrong(why, l->path, -ENAMETOOLONG);
	/* who had the lock before us may have been killed over it */
	if (unlinkat(l->dir, name.buf, 0) < 0 && errno != ENOENT)
		return wrong(why, name.buf, -errno);
	fd = openat(l->dir, name.buf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
	if (fd < 0)
		return wrong(why, name.buf, -errno);
	err = write_parts(fd, parts, nparts);
	if (err == 0 && l->there && fchown(fd, (uid_t)-1, l->was.st_gid) < 0)
		err = -errno;
	if (err == 0 && fchmod(fd, l->there ? l->was.st_mode & 0777 : MODE) < 0)
		err = -errno;
	if (err == 0 && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && renameat(l->dir, name.buf, l->dir, name_of(l)) < 0)
		err = -errno;
	if (err < 0) {
		(void)unlinkat(l->dir, name.buf, 0);
		return wrong(why, l->path, err);
	}
	/* if not, a crash brings back what was right a moment ago */
	fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	return 0;
}

void ledger_close(struct ledger *l)
{
	if (l->bytes != NULL)
		memory_unmap(l->bytes, l->size);
	if (l->lock >= 0)
		(void)close(l->lock);
	if (l->dir >= 0)
		(void)close(l->dir);
}
