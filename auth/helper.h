#ifndef AUTH_HELPER_H
#define AUTH_HELPER_H

#include "config/bounds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct monitor;

/*
 * A disposable child for what must not run in the monitor: it reads what strangers write (DNS
 * answers, a user's own access tables). It has no privilege and no descriptor but /dev/null, its
 * answer's pipe and `keep`, and HELPER_MS to live, its own children included. The monitor must
 * not reap it behind helper_wait's back.
 */
enum { HELPER_MS = 3000 };

struct helper {
	pid_t pid;
	int fd;                      /* its answer; at its end the child is gone */
	int64_t deadline;
};

/* Whom it becomes: never uid 0. */
struct helper_user {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t ngroups;
};

/*
 * Begin `work` in a child as `user`, or as the server's `User` when it is NULL; without privilege
 * the ids stay. What it writes to `out` is the answer, what it returns (0 to 100) the exit status.
 * `keep` is a descriptor that it may use, or -1. Returns 0 or -errno.
 */
int helper_start(struct helper *h, const struct monitor *m, const struct helper_user *user,
    int keep, int (*work)(void *arg, int keep, int out), void *arg);
/*
 * Wait for the end of the answer and of the child, kill it at its deadline; an answer that is whole
 * by then counts, however late the caller looks. `text` gets what fits of it, with a NUL. Returns
 * the exit status, -ETIMEDOUT, or -ECHILD when it was killed or could not give up its privilege.
 */
int helper_wait(struct helper *h, char *text, size_t size);

#endif
