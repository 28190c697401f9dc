/* ftpasswd: one file takes another's place, or nothing happens. */
#include "auth/replace.h"

#include "config/io.h"
#include "config/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LEFTOVERS = 8 };         /* a file system that gives us no file of ours ends somewhere */

static bool wrong(const struct replace *r, struct strbuf *why, const char *reason)
{
	strbuf_addf(why, "%s: %s", r->path, reason);
	return false;
}

static bool failed(const struct replace *r, struct strbuf *why, const char *what)
{
	strbuf_addf(why, "%s: %s: %s", r->path, what, strerror(errno));
	return false;
}

/* The directory, whose writers are the file's writers. */
static bool open_directory(struct replace *r, struct strbuf *why)
{
	const char *slash = strrchr(r->path, '/');
	STRBUF(dir, PATHNAME_SIZE);
	STRBUF(beside, NAME_SIZE);
	struct stat st;

	r->base = slash != NULL ? slash + 1 : r->path;
	if (slash == NULL)
		strbuf_addc(&dir, '.');
	else
		strbuf_addn(&dir, r->path, slash == r->path ? 1 : (size_t)(slash - r->path));
	strbuf_addf(&beside, ".%s.ftpasswd", r->base);
	if (r->base[0] == '\0' || strcmp(r->base, ".") == 0 || strcmp(r->base, "..") == 0)
		return wrong(r, why, "this is no name of a file");
	if (dir.full || beside.full)
		return wrong(r, why, "the name is too long");
	memcpy(r->beside, beside.buf, beside.len + 1);
	r->dir = open(dir.buf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0 || fstat(r->dir, &st) < 0)
		return failed(r, why, "its directory must be there, and be readable");
	if (st.st_mode & S_IWOTH)
		return wrong(r, why,
		    "it is in a world-writable directory, and the server would not use it: move "
		    "it, or chmod o-w the directory");
	return true;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Wait for the file beside. 1: we have it, and it is ours and empty; 0: ask again; -1: `why`. */
static int try_lock(struct replace *r, struct strbuf *why, unsigned *leftovers)
{
	struct stat mine, there;

	r->new = openat(r->dir, r->beside, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC, 0600);
	if (r->new < 0) {
		strbuf_addf(why, "%s: cannot make %s beside it: %s%s", r->path, r->beside,
		    strerror(errno), errno == EACCES ? ": run this as root" : "");
		return -1;
	}
	while (flock(r->new, LOCK_EX) < 0) {
		if (errno != EINTR) {
			(void)failed(r, why, "lock");
			return -1;
		}
	}
	/* who had it before us has renamed it, or taken it away */
	if (fstat(r->new, &mine) == 0 &&
	    fstatat(r->dir, r->beside, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    same_file(&mine, &there)) {
		if (S_ISREG(mine.st_mode) && mine.st_size == 0 && mine.st_nlink == 1 &&
		    mine.st_uid == geteuid())
			return 1;
		if (!S_ISREG(mine.st_mode) || ++*leftovers > LEFTOVERS ||
		    unlinkat(r->dir, r->beside, 0) < 0) {
			strbuf_addf(why, "%s: %s beside it is in the way: remove that", r->path,
			    r->beside);
			return -1;
		}
	}
	(void)close(r->new);
	r->new = -1;
	return 0;
}

static bool take_lock(struct replace *r, struct strbuf *why)
{
	unsigned leftovers = 0;
	int got;

	do
		got = try_lock(r, why, &leftovers);
	while (got == 0);
	if (got < 0 && r->new >= 0) {
		(void)close(r->new);     /* not ours: replace_end must leave it where it is */
		r->new = -1;
	}
	return got > 0;
}

bool replace_begin(struct replace *r, const char *path, bool lock, struct strbuf *why)
{
	*r = (struct replace){ .path = path, .dir = -1, .new = -1, .old = -1 };
	if (!open_directory(r, why) || (lock && !take_lock(r, why)))
		return false;
	r->old = openat(r->dir, r->base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (r->old < 0 && errno == ENOENT)
		return true;
	if (r->old < 0 && errno == ELOOP)
		return wrong(r, why, "it is a symbolic link: give the name of the file itself");
	if (r->old < 0 || fstat(r->old, &r->was) < 0)
		return failed(r, why, "open");
	if (!S_ISREG(r->was.st_mode))
		return wrong(r, why, "it is no regular file");
	if (r->was.st_nlink != 1)
		return wrong(r, why,
		    "it has another name, a hard link, which would keep the old content: remove "
		    "one of the two");
	if (r->was.st_mode & S_IWOTH)
		return wrong(r, why,
		    "it is writable by the world: look who changed it, then chmod o-rw");
	if (r->was.st_size > CONFIG_SIZE)
		return wrong(r, why, "it is too large to be such a file");
	return true;
}

bool replace_read(struct replace *r, char **mem, size_t *size, size_t *n, struct strbuf *why)
{
	long got = 0;

	*size = (size_t)r->was.st_size + 1;
	*mem = memory_map(*size);
	*n = 0;
	if (r->old >= 0)
		got = read_file(r->old, *mem, *size);
	if (got >= 0) {
		*n = (size_t)got;
		return true;
	}
	memory_unmap(*mem, *size);
	errno = (int)-got;
	return failed(r, why, "read");
}

/* Somebody with an editor knows of no lock. */
static bool is_as_it_was(const struct replace *r)
{
	struct stat now;

	if (fstatat(r->dir, r->base, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && r->old < 0;
	return r->old >= 0 && same_file(&now, &r->was) && now.st_size == r->was.st_size &&
	    now.st_mtim.tv_sec == r->was.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == r->was.st_mtim.tv_nsec;
}

bool replace_commit(struct replace *r, const char *bytes, size_t n, struct strbuf *why)
{
	int err = write_all(r->new, bytes, n);
	struct stat now;

	if (err < 0) {
		errno = -err;
		return failed(r, why, "write");
	}
	/*
	 * a directory with a set-group-id bit gave it a group of its own, which would read the
	 * hashes
	 */
	if (fstat(r->new, &now) < 0)
		return failed(r, why, "fstat");
	if (r->old >= 0 && (r->was.st_uid != now.st_uid || r->was.st_gid != now.st_gid) &&
	    fchown(r->new, r->was.st_uid, r->was.st_gid) < 0)
		return failed(r, why, "it must keep its owner and group: run this as root");
	if (fchmod(r->new, r->old >= 0 ? r->was.st_mode & 07777 : 0600) < 0)
		return failed(r, why, "mode");
	if (fsync(r->new) < 0)
		return failed(r, why, "fsync");
	if (!is_as_it_was(r))
		return wrong(r, why,
		    "somebody changed it meanwhile, and nothing else was done: try again");
	if (renameat(r->dir, r->beside, r->dir, r->base) < 0)
		return failed(r, why, "rename");
	(void)close(r->new);
	r->new = -1;
	if (fsync(r->dir) < 0)
		return failed(r, why,
		    "it is changed, but a crash may undo that: fsync of the directory");
	return true;
}

void replace_end(struct replace *r)
{
	if (r->new >= 0) {
		(void)unlinkat(r->dir, r->beside, 0);
		(void)close(r->new);
	}
	if (r->old >= 0)
		(void)close(r->old);
	if (r->dir >= 0)
		(void)close(r->dir);
}
