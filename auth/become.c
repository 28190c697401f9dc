/* Dropping privilege, the only place that does: one way, in DESIGN's order, and proven. */
#include "auth/become.h"

#include "config/bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CAPABILITIES = 64,           /* more than any kernel knows */
	/* uid 0 means nothing to execve(2) and set*uid(2) any more, and that can't be taken back */
	SECURE = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
	    SECBIT_KEEP_CAPS_LOCKED |
	    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
};

static int failed(struct strbuf *why, const char *what)
{
	int err = errno;

	strbuf_addf(why, "%s: %s", what, strerror(err));
	return -err;
}

static int refused(struct strbuf *why, int err, const char *what)
{
	strbuf_add(why, what);
	return -err;
}

/* Permitted and effective become exactly `set` (a bit a capability), inheritable nothing. */
static int set_capabilities(uint64_t set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted = data[i].effective = (uint32_t)(set >> 32 * i);
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &head, data);
}

static bool has_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &head, data) < 0)
		return true;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i].permitted | data[i].effective | data[i].inheritable) != 0)
			return true;
	return false;
}

int become_close_bounding(struct strbuf *why)
{
	for (unsigned long c = 0; c < CAPABILITIES; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0) {
			if (errno == EINVAL && c > CAP_SYS_CHROOT)
				break; /* the kernel knows no further one */
			return failed(why, "prctl(PR_CAPBSET_DROP)");
		}
	return 0;
}

/* Ids and groups, keeping CAP_SYS_CHROOT alone. Needs every privilege, and has none of it after. */
static int change_ids(const struct become *b, struct strbuf *why)
{
	if (b->uid == 0 && !b->keep_root_uid)
		return refused(why, EPERM, "uid 0 is not allowed");
	if (setgroups(b->ngroups, b->groups) < 0)
		return failed(why, "setgroups");
	if (setresgid(b->gid, b->gid, b->gid) < 0)
		return failed(why, "setresgid");
	if (prctl(PR_SET_SECUREBITS, SECURE, 0, 0, 0) < 0)
		return failed(why, "prctl(PR_SET_SECUREBITS)");
	if (setresuid(b->uid, b->uid, b->uid) < 0)
		return failed(why, "setresuid");
	if (set_capabilities(UINT64_C(1) << CAP_SYS_CHROOT) < 0)
		return failed(why, "capset");
	return 0;
}

/* Without privilege the ids are what they are; a set-id bit's leftovers go. */
static int keep_ids(const struct become *b, struct strbuf *why)
{
	if (setresgid(b->gid, b->gid, b->gid) < 0)
		return failed(why, "setresgid");
	if (setresuid(b->uid, b->uid, b->uid) < 0)
		return failed(why, "setresuid");
	return 0;
}

static int open_jail(const struct become *b, const char *jail, struct strbuf *why)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = b->no_links ? RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (jail[0] != '/')
		return refused(why, EINVAL, "the root directory's name is not absolute");
	fd = syscall(SYS_openat2, AT_FDCWD, jail, &how, sizeof how);
	if (fd < 0 && errno == ELOOP && b->no_links) {
		strbuf_addf(why, "%s: reached by a symbolic link (AllowChrootSymlinks off)", jail);
		return -ELOOP;
	}
	return fd < 0 ? failed(why, jail) : (int)fd;
}

/* The canonical host path of an open directory; `path` is how it was reached. */
static int read_real(int fd, const char *path, struct strbuf *real, struct strbuf *why)
{
	STRBUF(link, 64);
	char target[PATHNAME_SIZE];
	struct stat st, there;
	ssize_t n;

	strbuf_addf(&link, "/proc/self/fd/%d", fd);
	n = readlink(link.buf, target, sizeof target - 1);
	if (n > 0)
		target[n] = '\0';
	if ((n <= 0 || target[0] != '/') && realpath(path, target) == NULL)
		return failed(why, path);
	/* a directory that was renamed or removed meanwhile is not where its name says */
	if (fstat(fd, &st) < 0 || lstat(target, &there) < 0)
		return failed(why, target);
	if (st.st_dev != there.st_dev || st.st_ino != there.st_ino)
		return refused(why, ESTALE, "the root directory was moved");
	if (strcmp(target, "/") != 0)
		strbuf_add(real, target);
	return real->full ? refused(why, ENAMETOOLONG, "the root directory's name is too long") : 0;
}

/* Whether `fd` is the directory "/": by whatever name, it locks nobody in. */
static bool is_whole_root(int fd)
{
	struct stat st, root;

	return fstat(fd, &st) < 0 || stat("/", &root) < 0 ||
	    (st.st_dev == root.st_dev && st.st_ino == root.st_ino);
}

static int enter_jail(const struct become *b, int *root_fd, struct strbuf *real,
    struct strbuf *why)
{
	const char *jail = b->jail == NULL || b->jail[0] == '\0' ? "/" : b->jail;
	int fd = open_jail(b, jail, why), result;

	if (fd < 0)
		return fd;
	*root_fd = fd;
	/* a link that the user made, or a path with enough "..", must not undo his jail */
	if (strcmp(jail, "/") != 0 && is_whole_root(fd)) {
		strbuf_addf(why, "%s: leads to /, which is no jail", jail);
		return -EPERM;
	}
	if (real != NULL && strcmp(jail, "/") != 0 &&
	    (result = read_real(fd, jail, real, why)) < 0)
		return result;
	if (fchdir(fd) < 0)
		return failed(why, jail);
	if (b->privileged && b->jail != NULL && chroot(".") < 0)
		return failed(why, "chroot");
	return 0;
}

/* What no session needs, with or without a privilege to lose. */
static int close_doors(struct strbuf *why)
{
	static const struct rlimit none = { 0, 0 };

	(void)umask(0); /* modes are the Umask directive's business alone */
	if (set_capabilities(0) < 0)
		return failed(why, "capset");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(why, "prctl(PR_SET_NO_NEW_PRIVS)");
	/* a change of ids sets it to fs.suid_dumpable */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(why, "prctl(PR_SET_DUMPABLE)");
	if (setrlimit(RLIMIT_NPROC, &none) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return failed(why, "setrlimit");
	return 0;
}

/* Try to come back. Every way that works is a reason not to serve. */
static int prove(const struct become *b, struct strbuf *why)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || r != b->uid || e != b->uid || s != b->uid)
		return refused(why, EPERM, "the uids did not change");
	if (getresgid(&rg, &eg, &sg) < 0 || rg != b->gid || eg != b->gid || sg != b->gid)
		return refused(why, EPERM, "the gids did not change");
	if (b->privileged && getgroups(0, NULL) != (int)b->ngroups)
		return refused(why, EPERM, "the groups did not change");
	if (has_capabilities())
		return refused(why, EPERM, "a capability is left");
	if (b->uid != 0 && (setuid(0) == 0 || setresuid((uid_t)-1, 0, (uid_t)-1) == 0))
		return refused(why, EPERM, "uid 0 can be had again");
	if (chroot(".") == 0)
		return refused(why, EPERM, "chroot can be called again");
	return 0;
}

int become_user(const struct become *b, int *root_fd, struct strbuf *real, struct strbuf *why)
{
	int err;

	*root_fd = -1;
	/* to set*id(2), -1 means "leave it as it is" */
	if (b->uid == (uid_t)-1 || b->gid == (gid_t)-1)
		return refused(why, EINVAL, "invalid id");
	err = b->privileged ? change_ids(b, why) : keep_ids(b, why);
	if (err < 0)
		return err;
	if (b->before_jail != NULL)
		b->before_jail(b->arg);
	if ((err = enter_jail(b, root_fd, real, why)) < 0 || (err = close_doors(why)) < 0)
		return err;
	return prove(b, why);
}
