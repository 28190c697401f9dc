/*
 * UserOwner and GroupOwner: what root does to a user's new file. Nothing the session says is
 * believed: the descriptor shows the object, the kernel its path, and the configuration the owner.
 */
#include "auth/backend.h"
#include "auth/defaultroot.h"
#include "auth/talk.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SET_ID = S_ISUID | S_ISGID,
	NAMES_MAX = 100000,          /* looked up for one session */
};

/* Whether it is the session's own to give: a file or directory of its uid, under one name. */
static int check_object(const struct talk *t, int fd, struct stat *st)
{
	int flags = fcntl(fd, F_GETFL);

	/* O_PATH shows what its holder may not even open */
	if (flags < 0 || (flags & O_PATH) != 0)
		return -EBADF;
	if (fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return -EINVAL;
	if (st->st_uid != t->who.uid)
		return -EPERM;
	return S_ISREG(st->st_mode) && st->st_nlink != 1 ? -EMLINK : 0;
}

/* The host path that the kernel has for it now, if that lies below the session's root. */
static int read_back(const struct talk *t, int fd, const struct stat *st, char path[PATHNAME_SIZE])
{
	size_t jail = strlen(t->who.jail);
	STRBUF(link, 64);
	struct stat there;
	ssize_t n;

	strbuf_addf(&link, "/proc/self/fd/%d", fd);
	n = readlink(link.buf, path, PATHNAME_SIZE - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	/* what was removed, or is in no tree of ours, has a text there too, but not its own name */
	if (path[0] != '/' || lstat(path, &there) < 0 || there.st_dev != st->st_dev ||
	    there.st_ino != st->st_ino)
		return -ESTALE;
	return strncmp(path, t->who.jail, jail) == 0 && path[jail] == '/' &&
	    path[jail + 1] != '\0' ? 0 : -EXDEV;
}

const struct context *owner_section(struct monitor *m, const char *path)
{
	struct talk *t = m->talk;
	struct context *base = (struct context *)(uintptr_t)t->who.base;
	struct context_names names = {
		.user = t->who.account, .home = t->who.home,
		.anon_root = base->kind == CTX_ANON ? t->who.jail : NULL,
	};

	if (!t->owner.resolved) {
		struct home *homes = memory_map(HOMES_MAX * sizeof *homes);

		names.homes = homes;
		names.nhomes = defaultroot_homes(m, base, homes);
		context_resolve(m->config, base, &names);
		memory_unmap(homes, HOMES_MAX * sizeof *homes);
	}
	t->owner.resolved = true;
	return context_for_path(base, path);
}

/* The uid of UserOwner's name, of the sources that know the accounts, or else of the system. */
static int find_user(struct monitor *m, const char *name, uint32_t *uid)
{
	struct talk *t = m->talk;
	struct account acc;
	const struct passwd *pw;

	/* what is not there is remembered as well: a session may ask again and again */
	if (t->owner.user != name) {
		t->owner.user = name;
		t->owner.nobody = false;
		if (account_find(m, name, &acc))
			t->owner.uid = acc.uid;
		else if ((pw = getpwnam(name)) != NULL)
			t->owner.uid = pw->pw_uid;
		else
			t->owner.nobody = true;
	}
	if (t->owner.nobody)
		return -ESRCH;
	*uid = t->owner.uid;
	/* nothing that came over the network becomes root's; -1 is "no change" */
	return *uid == 0 || *uid == UINT32_MAX ? -EPERM : 0;
}

static bool look_up_group(const struct monitor *m, const char *name, uint32_t *gid)
{
	const struct group *gr;

	if (group_find(m, name, gid))
		return *gid != UINT32_MAX;
	gr = getgrnam(name);
	if (gr != NULL)
		*gid = gr->gr_gid;
	return gr != NULL && *gid != UINT32_MAX;
}

/* The gid of GroupOwner, or -1, which changes nothing: also where the session has seen to it. */
static gid_t find_group(struct monitor *m, const char *name)
{
	struct talk *t = m->talk;

	if (name == NULL || strcmp(name, "~") == 0)
		return (gid_t)-1;
	if (t->owner.group != name) {
		t->owner.group = name;
		if (!look_up_group(m, name, &t->owner.gid)) {
			log_write(LOG_WARNING, "GroupOwner %s: there is no such group", name);
			t->owner.gid = (uint32_t)-1;
		}
	}
	return t->owner.gid;
}

static int strip(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return (st.st_mode & SET_ID) != 0 && fchmod(fd, st.st_mode & 07777 & ~SET_ID) < 0 ? -errno :
	    0;
}

/* The bits go twice: until it has a new owner the session can set them. */
static int give(int fd, uid_t uid, gid_t gid)
{
	int err = strip(fd);

	if (err == 0 && fchown(fd, uid, gid) < 0)
		err = -errno;
	return err == 0 ? strip(fd) : err;
}

static int change_owner(struct monitor *m, int fd, bool group_stays)
{
	char path[PATHNAME_SIZE];
	const struct context *c;
	const char *user;
	struct stat st;
	uint32_t uid;
	int err;

	if (!m->privileged)
		return -EPERM;
	if ((err = check_object(m->talk, fd, &st)) < 0 ||
	    (err = read_back(m->talk, fd, &st, path)) < 0)
		return err;
	c = owner_section(m, path);
	user = SETTING(c, D_USER_OWNER, user_owner);
	if (user == NULL)
		return -EACCES;
	if ((err = find_user(m, user, &uid)) < 0)
		return err;
	err = give(fd, uid, group_stays ? (gid_t)-1 :
	    find_group(m, SETTING(c, D_GROUP_OWNER, group_owner)));
	log_debug(2, "UserOwner %s: %s: %s", user, path, err == 0 ? "done" : strerror(-err));
	return err;
}

static void send_result(struct monitor *m, int err, uint32_t value)
{
	struct talk *t = m->talk;

	msg_start(&t->out, PRIV_RESULT);
	msg_put_u32(&t->out, (uint32_t)-err);
	msg_put_u32(&t->out, value);
	talk_send(m, m->boundary);
}

bool answer_owner(struct monitor *m, struct msg *in)
{
	bool group_stays = msg_get_bool(in), good;
	int fd = in->fd;

	in->fd = -1;
	good = msg_done(in) && fd >= 0;
	if (good)
		send_result(m, change_owner(m, fd, group_stays), 0);
	if (fd >= 0)
		(void)close(fd);
	return good;
}

bool answer_group_id(struct monitor *m, struct msg *in)
{
	char name[USER_SIZE];
	uint32_t gid = 0;
	bool found;

	msg_get_str(in, name, sizeof name);
	if (!msg_done(in))
		return false;
	found = ++m->talk->calls[PRIV_GROUP_ID] <= NAMES_MAX && look_up_group(m, name, &gid);
	send_result(m, found ? 0 : -ESRCH, found ? gid : 0);
	return true;
}
