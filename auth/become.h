#ifndef AUTH_BECOME_H
#define AUTH_BECOME_H

#include "config/strbuf.h"

#include <sys/types.h>

/* Whom this process becomes, for good. */
struct become {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t ngroups;
	const char *jail;            /* absolute directory; NULL: none ("/") */
	bool no_links;               /* AllowChrootSymlinks off: refuse a jail reached by a link */
	bool privileged;             /* false: ids stay, the jail is kept by path resolution
	                                alone */
	bool keep_root_uid;          /* RootLogin: uid 0, no capability */
	void (*before_jail)(void *arg);   /* runs as the user, outside the jail: open Display
	                                     files */
	void *arg;
};

/*
 * Become the user for good: groups and ids, keeping CAP_SYS_CHROOT alone; the jail opened as
 * the user, fchdir, chroot("."); every capability dropped, uid 0 made powerless for good
 * (securebits), no-new-privs, not dumpable, umask 0, RLIMIT_NPROC and RLIMIT_CORE 0; then proof
 * that nothing comes back. There is no way back from half of it: on failure (-errno, `why` says
 * what failed) the caller must exit. `root_fd` gets an O_PATH descriptor of the jail (or "/"),
 * `real` (may be NULL) its canonical host path, "" for "/".
 */
int become_user(const struct become *b, int *root_fd, struct strbuf *real, struct strbuf *why);
/*
 * Empty the bounding set too, while this process is still root: forty system calls, so a process
 * that has to wait anyway does it then; no-new-privs keeps what it would keep. Returns as
 * become_user.
 */
int become_close_bounding(struct strbuf *why);

#endif
