/* The files that a new home begins with, copied by their new owner. */
#include "auth/skeleton.h"

#include "config/bounds.h"
#include "config/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 16, ENTRIES_MAX = 2000, BYTES_MAX = 64 * 1024 * 1024, BLOCK = 65536,
	TOLD_MAX = 5,                /* names in the log line */
	LEFT_OUT = 1,                /* no error, and nothing was copied */
};

struct copy {
	struct strbuf *said;
	unsigned entries, copied, left_out;
	size_t bytes;
};

/* A directory on both sides. */
struct pair {
	int from, to;
	unsigned depth;              /* below the top */
};

bool skeleton_link_stays(const char *target, unsigned depth)
{
	unsigned up = 0;
	bool down = false;

	if (target[0] == '/' || target[0] == '\0')
		return false;
	while (*target != '\0') {
		size_t n = strcspn(target, "/");

		if (n == 2 && target[0] == '.' && target[1] == '.') {
			/* behind a name, which may be a link itself, it could be anywhere */
			if (down || ++up > depth)
				return false;
		} else if (n > 0 && !(n == 1 && target[0] == '.')) {
			down = true;
		}
		target += n;
		target += strspn(target, "/");
	}
	return true;
}

static void leave_out(struct copy *c, const char *name, const char *why)
{
	if (c->left_out++ < TOLD_MAX)
		strbuf_addf(c->said, "; %.64s left out: %s", name, why);
}

static int copy_bytes(struct copy *c, int in, int out)
{
	char block[BLOCK];
	ssize_t n;
	int err;

	while ((n = read(in, block, sizeof block)) > 0) {
		if ((size_t)n > BYTES_MAX - c->bytes)
			return -EFBIG;
		c->bytes += (size_t)n;
		if ((err = write_all(out, block, (size_t)n)) < 0)
			return err;
	}
	return n < 0 ? -errno : 0;
}

static int copy_file(struct copy *c, const struct pair *p, const char *name)
{
	/* what it was a moment ago it need not be: nothing is waited for or followed */
	int in = openat(p->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int out = -1, err;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0 || !S_ISREG(st.st_mode)) {
		err = in < 0 ? -errno : -EINVAL;
	} else {
		out = openat(p->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
		err = out < 0 ? -errno : copy_bytes(c, in, out);
	}
	if (err == 0 && fchmod(out, st.st_mode & 0777) < 0)
		err = -errno;
	if (in >= 0)
		(void)close(in);
	if (out >= 0 && close(out) < 0 && err == 0)
		err = -errno;
	if (err < 0 && out >= 0)
		(void)unlinkat(p->to, name, 0); /* half a file is none */
	return err;
}

static int copy_link(struct copy *c, const struct pair *p, const char *name)
{
	char target[PATHNAME_SIZE];
	ssize_t n = readlinkat(p->from, name, target, sizeof target);

	if (n < 0 || (size_t)n >= sizeof target)
		return n < 0 ? -errno : -ENAMETOOLONG;
	target[n] = '\0';
	if (!skeleton_link_stays(target, p->depth)) {
		leave_out(c, name, "a link that leads outside");
		return LEFT_OUT;
	}
	return symlinkat(target, p->to, name) < 0 ? -errno : 0;
}

static int copy_entries(struct copy *c, const struct pair *p);

static int copy_directory(struct copy *c, const struct pair *p, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct pair inner = { .from = -1, .to = -1, .depth = p->depth + 1 };
	struct stat st;
	int err = 0;

	if (inner.depth > DEPTH_MAX)
		return -ELOOP;
	inner.from = openat(p->from, name, flags);
	if (inner.from < 0 || fstat(inner.from, &st) < 0 || mkdirat(p->to, name, 0700) < 0 ||
	    (inner.to = openat(p->to, name, flags)) < 0)
		err = -errno;
	if (err == 0)
		err = copy_entries(c, &inner);
	if (inner.to >= 0 && fchmod(inner.to, st.st_mode & 0777) < 0 && err == 0)
		err = -errno;
	if (inner.from >= 0)
		(void)close(inner.from);
	if (inner.to >= 0)
		(void)close(inner.to);
	return err;
}

/* Failures that would meet every further entry, too. */
static bool ends_it(int err)
{
	return err == -EFBIG || err == -ENOSPC || err == -EDQUOT || err == -E2BIG || err == -EROFS;
}

static int copy_entry(struct copy *c, const struct pair *p, const char *name)
{
	struct stat st;
	int err;

	if (++c->entries > ENTRIES_MAX)
		return -E2BIG;
	if (fstatat(p->from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		err = -errno;
	else if (S_ISREG(st.st_mode))
		err = copy_file(c, p, name);
	else if (S_ISDIR(st.st_mode))
		err = copy_directory(c, p, name);
	else if (S_ISLNK(st.st_mode))
		err = copy_link(c, p, name);
	else {
		leave_out(c, name, "neither a file nor a directory");
		return 0;
	}
	if (err < 0 && !ends_it(err))
		leave_out(c, name, strerror(-err));
	c->copied += err == 0;
	return ends_it(err) ? err : 0;
}

static int copy_entries(struct copy *c, const struct pair *p)
{
	int fd = fcntl(p->from, F_DUPFD_CLOEXEC, 0), err = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (d == NULL) {
		err = -errno;
		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	while (err == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = copy_entry(c, p, e->d_name);
	(void)closedir(d);
	return err;
}

int skeleton_copy(const char *from, int to, struct strbuf *said)
{
	struct copy c = { .said = said };
	struct pair top = { .to = to };
	int err;

	/* its name is the administrator's: here a link is followed */
	top.from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top.from < 0) {
		err = -errno;
		strbuf_addf(said, "; skeleton %s: %s", from, strerror(-err));
		return err;
	}
	err = copy_entries(&c, &top);
	(void)close(top.from);
	if (c.left_out > TOLD_MAX)
		strbuf_addf(said, "; %u more left out", c.left_out - TOLD_MAX);
	strbuf_addf(said, "; %u of the skeleton's files", c.copied);
	if (err < 0)
		strbuf_addf(said, ", then no more: %s", err == -E2BIG || err == -EFBIG ?
		    "it is too large" : strerror(-err));
	return err;
}
