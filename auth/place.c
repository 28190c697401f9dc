/* The second session's way to its place: the user's ids, the jail, the start directory. */
#include "auth/place.h"

#include "auth/become.h"
#include "config/context.h"
#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is looked up as the user, outside the jail. */
struct outside {
	struct session_start *start;
	const struct identity *id;
	const struct context *base;
	const char *home;
	char real_home[PATHNAME_SIZE];  /* "": there is none, or the user cannot reach it */
};

int place_open_display(const char *path)
{
	struct stat st;
	int fd;

	if (path == NULL || path[0] != '/')
		return -1;
	/* O_NONBLOCK: a FIFO of that name must not stop the session */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	log_debug(1, "%s is not shown: %s", path, fd < 0 ? strerror(errno) : "not a regular file");
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static void look_outside(void *arg)
{
	struct outside *o = arg;
	const struct context *c = o->base;
	struct context_names names = { .user = o->id->account, .home = o->id->home,
	    .homes = o->start->homes, .nhomes = o->start->nhomes };
	char anon_root[PATHNAME_SIZE];

	/* here, since in the jail a path of the host is whatever the user has put there */
	if (o->id->anonymous != 0 && realpath(o->id->jail, anon_root) != NULL)
		names.anon_root = anon_root;
	context_resolve(o->start->config, (struct context *)(uintptr_t)c, &names);
	o->start->display_login = place_open_display(SETTING(c, D_DISPLAY_LOGIN, display_login));
	o->start->display_quit = place_open_display(SETTING(c, D_DISPLAY_QUIT, display_quit));
	o->start->display_file_transfer =
	    place_open_display(SETTING(c, D_DISPLAY_FILE_TRANSFER, display_file_transfer));
	if (o->home[0] != '/' || realpath(o->home, o->real_home) == NULL)
		o->real_home[0] = '\0';
}

/* What is left of `path` below `dir` ("" for "/"), both canonical; NULL: it lies elsewhere. */
static const char *below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return path[n] == '\0' ? "/" : path + n;
}

/*
 * Whether the session can begin in `dir`, a path inside the root. `prefix` is the root's host
 * path where the kernel does not keep the jail, else "". On success `out` gets the canonical path.
 */
static int enter(const char *prefix, const char *dir, char *out)
{
	STRBUF(path, 2 * PATHNAME_SIZE);
	char real[PATHNAME_SIZE];
	const char *inside;

	strbuf_add(&path, prefix);
	strbuf_add(&path, dir);
	if (realpath(path.buf, real) == NULL || chdir(real) < 0)
		return -errno;
	inside = below(real, prefix);
	if (inside == NULL)
		return -EXDEV; /* a link leads out of a jail that only path resolution keeps */
	memcpy(out, inside, strlen(inside) + 1);
	return 0;
}

/* The first of DefaultChdir, the home and, in a jail, "/" that can be entered. */
static int find_start(const struct identity *id, const char *real_home, bool jailed,
    const char *prefix, struct place *p, struct strbuf *why)
{
	const char *home = real_home[0] != '\0' ? below(real_home, p->jail) : NULL;
	STRBUF(wanted, 2 * PATHNAME_SIZE);
	int err = -ENOENT;

	if (id->start[0] != '\0') {
		if (id->start[0] != '/' && home != NULL)
			strbuf_add(&wanted, home);
		if (id->start[0] != '/')
			strbuf_addc(&wanted, '/');
		strbuf_add(&wanted, id->start);
		err = enter(prefix, wanted.buf, p->start);
		if (err == 0)
			return 0;
		log_debug(1, "DefaultChdir %s: not used: %s", id->start, strerror(-err));
	}
	if (home != NULL && (err = enter(prefix, home, p->start)) == 0)
		return 0;
	if (!jailed) {
		strbuf_addf(why, "home directory %s: %s", id->home, strerror(-err));
		return err;
	}
	if (home != NULL)
		log_debug(1, "home directory %s: %s", id->home, strerror(-err));
	err = enter(prefix, "/", p->start);
	if (err < 0)
		strbuf_addf(why, "root directory %s: %s", p->jail, strerror(-err));
	return err;
}

int place_reach(struct session_start *start, const struct identity *id, bool no_links,
    bool root_uid, struct place *out, struct strbuf *why)
{
	struct outside o = { .start = start, .id = id, .home = id->home };
	bool jailed = id->jail[0] != '\0' && strcmp(id->jail, "/") != 0;
	struct become b = {
		.uid = id->uid, .gid = id->gid, .groups = id->groups, .ngroups = id->ngroups,
		.jail = jailed ? id->jail : NULL, .no_links = no_links, .keep_root_uid = root_uid,
		.privileged = start->privileged, .before_jail = look_outside, .arg = &o,
	};
	struct strbuf real;
	int err;

	o.base = id->anonymous == 0 ? start->server :
	    context_anonymous(start->server, id->anonymous);
	if (o.base == NULL) {
		strbuf_add(why, "no such <Anonymous>");
		return -EINVAL;
	}
	if (!start->privileged) {
		if (id->uid != geteuid()) {
			strbuf_addf(why,
			    "started with uid %u; the user field of the inetd entry must be root",
			    (unsigned)geteuid());
			return -EPERM;
		}
		b.gid = getegid();
	}
	strbuf_init(&real, out->jail, sizeof out->jail);
	if ((err = become_user(&b, &out->root_fd, &real, why)) < 0)
		return err;
	err = find_start(id, o.real_home, jailed, start->privileged ? "" : out->jail, out, why);
	if (err == 0 && fchdir(out->root_fd) < 0) {
		err = -errno;
		strbuf_addf(why, "fchdir: %s", strerror(-err));
	}
	return err;
}
