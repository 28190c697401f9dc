/* CreateHome: root's walk to a home that is not there, and the user's own. */
#include "auth/createhome.h"

#include "auth/monitor.h"
#include "auth/skeleton.h"
#include "config/io.h"
#include "config/log.h"
#include "config/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARENTS_MAX = 16, OPEN_DIR = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* What a walk ends with, beside a descriptor. */
enum { THERE_ALREADY = -1, FAILED = -2, AS_USER = -3 };

struct walk {
	const struct create_home *how;
	const struct helper_user *user;
	bool by_root;                /* owners are given, and nothing of the user's is passed */
	const char *home;
	int dir;                     /* where it stands */
	bool may_create;             /* nobody else may put anything into `dir` */
	int parents[PARENTS_MAX];    /* those that were made: given away last */
	size_t nparents;
	struct strbuf *said;
};

static int failed(struct walk *w, const char *name, const char *why)
{
	strbuf_addf(w->said, "%s is not made: %s%s%s", w->home, name, name[0] != '\0' ? ": " : "",
	    why);
	return FAILED;
}

/* Look at the directory that the walk has come to. 0, FAILED or AS_USER. */
static int judge(struct walk *w, int fd, const char *name)
{
	bool shared, sticky;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return failed(w, name, strerror(errno));
	shared = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	sticky = (st.st_mode & S_ISVTX) != 0;
	if (st.st_uid != 0 && st.st_uid != w->user->uid)
		return failed(w, name, "belongs to somebody else");
	/* a name there is whatever somebody who may write to it has renamed to it */
	if (shared && !sticky)
		return failed(w, name, "others may write to it");
	if (w->by_root && st.st_uid != 0)
		return AS_USER;
	/* what a user makes in /tmp by himself is his */
	w->may_create = !shared || w->how->as_user;
	return 0;
}

/* One step down into what exists. 0, FAILED, AS_USER, or 1: there is no such name. */
static int step(struct walk *w, const char *name)
{
	int fd = openat(w->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err = errno,
	    result;
	struct stat st;

	if (fd < 0 && err == ENOENT)
		return 1;
	if (fd < 0) {
		bool link = fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(st.st_mode);

		return failed(w, name, link ? "is a symbolic link" : strerror(err));
	}
	result = judge(w, fd, name);
	if (result != 0) {
		(void)close(fd);
		return result;
	}
	(void)close(w->dir);
	w->dir = fd;
	return 0;
}

static uint32_t owner_of(const struct home_owner *o, uint32_t users)
{
	return o->users ? users : o->id;
}

/*
 * A parent is root's alone until everything below it stands: nobody can step between. What stays
 * root's can be passed at once, for the same user may log in twice at a time.
 */
static int make_directory(const struct walk *w, const char *name)
{
	bool roots = w->by_root && owner_of(&w->how->parents_uid, w->user->uid) == 0 &&
	    (w->how->parents_mode & (S_IWGRP | S_IWOTH)) == 0;
	mode_t before = umask(0);
	int err = mkdirat(w->dir, name, roots ? w->how->parents_mode : 0700) < 0 ? errno : 0;

	(void)umask(before);
	return err;
}

static int make_parent(struct walk *w, const char *name)
{
	int fd, inside, made;

	if (w->nparents == PARENTS_MAX)
		return failed(w, name, "too many directories are missing");
	made = make_directory(w, name);
	if (made != 0) {
		int result = made == EEXIST ? step(w, name) : 1;

		return result == 1 ? failed(w, name, strerror(made)) : result;
	}
	fd = openat(w->dir, name, OPEN_DIR);
	inside = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (inside < 0) {
		int err = errno;

		if (fd >= 0)
			(void)close(fd);
		return failed(w, name, strerror(err));
	}
	w->parents[w->nparents++] = fd;
	(void)close(w->dir);
	w->dir = inside;
	w->may_create = true;
	return 0;
}

static void finish_parents(struct walk *w)
{
	uint32_t uid = owner_of(&w->how->parents_uid, w->user->uid);
	uint32_t gid = owner_of(&w->how->parents_gid, w->user->gid);

	for (size_t i = 0; i < w->nparents; i++) {
		/* the mode last: a change of owner takes set-id bits */
		if ((w->by_root && fchown(w->parents[i], uid, gid) < 0) ||
		    fchmod(w->parents[i], w->how->parents_mode) < 0)
			strbuf_addf(w->said, "; a directory above it: %s", strerror(errno));
		(void)close(w->parents[i]);
	}
}

/* Give the new directory away. 0 or -errno. */
static int dress(const struct walk *w, int fd)
{
	uint32_t gid = owner_of(&w->how->gid, w->user->gid);

	if (w->by_root ? fchown(fd, w->user->uid, gid) < 0 :
	    !w->how->gid.users && fchown(fd, (uid_t)-1, gid) < 0)
		return -errno;
	return fchmod(fd, w->how->mode) < 0 ? -errno : 0;
}

static int move_into_place(int dir, const char *from, const char *to)
{
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* not every file system has it; an empty directory is all that could be replaced */
	if (errno == EINVAL && renameat(dir, from, dir, to) == 0)
		return 0;
	return -errno;
}

/* The home itself: under another name until its owner and mode are right. */
static int make_home(struct walk *w, const char *name)
{
	STRBUF(temp, 64);
	int fd, err;

	strbuf_addf(&temp, ".in.ftpd.%ld", (long)getpid());
	(void)unlinkat(w->dir, temp.buf, AT_REMOVEDIR); /* a killed one's, with the same number */
	if (mkdirat(w->dir, temp.buf, 0700) < 0)
		return failed(w, "", strerror(errno));
	fd = openat(w->dir, temp.buf, OPEN_DIR);
	err = fd < 0 ? -errno : dress(w, fd);
	if (err == 0)
		err = move_into_place(w->dir, temp.buf, name);
	if (err == 0)
		return fd;
	(void)unlinkat(w->dir, temp.buf, AT_REMOVEDIR);
	if (fd >= 0)
		(void)close(fd);
	/* the same user logs in twice at a time */
	return err == -EEXIST || err == -ENOTEMPTY ? THERE_ALREADY : failed(w, "", strerror(-err));
}

/* The next component of a path, skipping `.`; false at its end, or when it is too long (`*bad`). */
static bool next_name(const char **at, char *name, bool *bad)
{
	size_t n;

	do {
		*at += strspn(*at, "/");
		n = strcspn(*at, "/");
		if (n >= NAME_SIZE || (n == 2 && memcmp(*at, "..", 2) == 0)) {
			*bad = true;
			return false;
		}
		memcpy(name, *at, n);
		name[n] = '\0';
		*at += n;
	} while (strcmp(name, ".") == 0);
	return n > 0;
}

/* Go down to the home, and make what is missing. A descriptor of the home, or how it ended. */
static int walk_down(struct walk *w)
{
	char name[NAME_SIZE], next[NAME_SIZE];
	const char *at = w->home;
	bool bad = false, more = next_name(&at, name, &bad);

	w->dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0 || !more)
		return failed(w, "", w->dir < 0 ? strerror(errno) : "no path");
	for (; more; memcpy(name, next, sizeof name)) {
		int result = step(w, name);

		more = next_name(&at, next, &bad);
		if (bad)
			return failed(w, "", "its path has no clean form");
		if (result == 1 && !w->may_create)
			return failed(w, name, "others may write to the directory above it");
		if (result == 1)
			result = more ? make_parent(w, name) : make_home(w, name);
		else if (result == 0 && !more)
			return THERE_ALREADY;
		if (result != 0 || !more)
			return result;
	}
	return FAILED;
}

static int walk(struct walk *w)
{
	int result;

	w->may_create = true;
	result = walk_down(w);
	finish_parents(w);
	if (w->dir >= 0)
		(void)close(w->dir);
	if (result >= 0)
		strbuf_addf(w->said, "%s is made", w->home);
	return result;
}

/* What the child is told. */
struct errand {
	const struct create_home *how;
	const struct helper_user *user;
	const char *home;
};

/* As the user: make the home unless root has (`keep`), and fill it. */
static int run_errand(void *arg, int keep, int out)
{
	const struct errand *e = arg;
	STRBUF(said, TEXT_SIZE);
	struct walk w = { .how = e->how, .user = e->user, .home = e->home, .said = &said };
	int fd = keep >= 0 ? keep : walk(&w), err = 0;

	if (fd >= 0 && e->how->skeleton != NULL)
		err = skeleton_copy(e->how->skeleton, fd, &said);
	(void)write_all(out, said.buf, said.len); /* it is for the log; nobody reads: nobody is
	                                             there */
	return fd == FAILED || err < 0;
}

/* Wait for the child, and write the line. `said` holds what was done before it. */
static void send_child(const struct monitor *m, const struct errand *e, int keep,
    struct strbuf *said)
{
	char text[TEXT_SIZE] = "";
	struct helper h;
	int result = helper_start(&h, m, e->user, keep, run_errand, (void *)(uintptr_t)e);

	if (result == 0)
		result = helper_wait(&h, text, sizeof text);
	strbuf_add(said, text);
	if (result < 0)
		strbuf_addf(said, "%s%s: the child that works as the user: %s", said->len > 0 ?
		    "; " : "", e->home, strerror(-result));
	if (said->len > 0)
		log_write(result == 0 ? LOG_NOTICE : LOG_WARNING, "CreateHome: %s", said->buf);
}

/* Whether there is something of that name, a directory or not. */
static bool exists(const char *home)
{
	struct stat st;

	if (stat(home, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			log_write(LOG_WARNING, "CreateHome: %s is there, and no directory", home);
		return true;
	}
	/* of what root may not look at (NFS), the walk tells more */
	return false;
}

void createhome(const struct monitor *m, const struct create_home *how,
    const struct helper_user *user, const char *home)
{
	const struct errand e = { how, user, home };
	STRBUF(said, 2 * TEXT_SIZE);
	struct walk w = { .how = how, .user = user, .by_root = true, .home = home, .said = &said };
	int fd = AS_USER;

	if (!how->on || exists(home))
		return;
	if (user->uid == 0) {
		log_write(LOG_WARNING, "CreateHome: %s is not made: for uid 0 nothing is", home);
		return;
	}
	if (m->privileged && !how->as_user)
		fd = walk(&w);
	if (fd == AS_USER || (fd >= 0 && how->skeleton != NULL))
		send_child(m, &e, fd >= 0 ? fd : -1, &said);
	else if (said.len > 0)
		log_write(fd >= 0 ? LOG_NOTICE : LOG_WARNING, "CreateHome: %s", said.buf);
	if (fd >= 0)
		(void)close(fd);
}
