/* Disposable children: no privilege, three seconds to live. */
#include "auth/helper.h"

#include "auth/identity.h"
#include "auth/monitor.h"
#include "config/context.h"
#include "config/io.h"
#include "config/log.h"
#include "config/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	EXIT_PRIVILEGE = 120,
	LATE_READS = 256,            /* all that a pipe may hold */
};

/* Give up root for good. A child that cannot is worth less than no child. */
static bool drop(const struct monitor *m, const struct helper_user *user)
{
	struct helper_user server = { 0 };
	STRBUF(why, TEXT_SIZE);

	if (!m->privileged)
		return true;
	if (user == NULL) {
		if (identity_of_server(m->server, &server.uid, &server.gid, &why) < 0)
			return false;
		user = &server;
	}
	if (user->uid == 0 || setgroups(user->ngroups, user->groups) < 0 ||
	    setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return false;
	return setuid(0) < 0 && getuid() == user->uid && geteuid() == user->uid;
}

/* 0 to 2 are /dev/null already; everything above them but the two goes. */
static bool close_others(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (a < 0 || b < 0)
		low = high;
	return (low <= 3 || close_range(3, low - 1, 0) == 0) &&
	    (high <= low + 1 || close_range(low + 1, high - 1, 0) == 0) &&
	    close_range(high + 1, ~0U, 0) == 0;
}

static _Noreturn void child(const struct monitor *m, const struct helper_user *user, int keep,
    int out, int (*work)(void *arg, int keep, int out), void *arg)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1 };
	int status;

	(void)setpgid(0, 0); /* so that one kill reaches what it spawned, too */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)signal(signals[i], SIG_DFL);
	(void)alarm(HELPER_MS / 1000 + 1); /* should the monitor die before it can kill */
	log_close();
	if (!close_others(keep, out) || !drop(m, user) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(EXIT_PRIVILEGE);
	/* a change of ids forgot both; the memory is the monitor's, and may hold a hash */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(EXIT_PRIVILEGE);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	status = work(arg, keep, out);
	_exit(status);
}

int helper_start(struct helper *h, const struct monitor *m, const struct helper_user *user,
    int keep, int (*work)(void *arg, int keep, int out), void *arg)
{
	int ends[2];

	*h = (struct helper){ .pid = -1, .fd = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	h->deadline = clock_ms() + HELPER_MS;
	h->pid = fork();
	if (h->pid == 0)
		child(m, user, keep, ends[1], work, arg);
	(void)close(ends[1]);
	if (h->pid < 0) {
		int err = errno;

		(void)close(ends[0]);
		return -err;
	}
	(void)setpgid(h->pid, h->pid); /* whoever of the two comes first */
	h->fd = ends[0];
	return 0;
}

/* Read up to the end of file. False when time is up. */
static bool read_answer(struct helper *h, char *text, size_t size)
{
	unsigned late = 0;
	size_t n = 0;

	text[0] = '\0';
	for (;;) {
		struct pollfd p = { .fd = h->fd, .events = POLLIN };
		int64_t left = h->deadline - clock_ms();
		char piece[256];
		ssize_t k;

		/* an answer that is there counts, however late this process looks */
		if (poll(&p, 1, left > 0 ? (int)left : 0) <= 0) {
			if (left <= 0)
				return false;
			continue;
		}
		if (left <= 0 && ++late > LATE_READS)
			return false;
		k = read(h->fd, piece, sizeof piece);
		if (k == 0)
			return true;
		for (ssize_t i = 0; i < k && n + 1 < size; i++)
			text[n++] = piece[i];
		text[n] = '\0';
	}
}

int helper_wait(struct helper *h, char *text, size_t size)
{
	bool in_time;
	int status = 0;

	if (h->pid < 0)
		return -ECHILD;
	in_time = read_answer(h, text, size);
	(void)close(h->fd);
	if (!in_time)
		(void)kill(-h->pid, SIGKILL);
	while (waitpid(h->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = -1;
			break;
		}
	}
	h->pid = h->fd = -1;
	if (!in_time)
		return -ETIMEDOUT;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == EXIT_PRIVILEGE)
		return -ECHILD;
	return WEXITSTATUS(status);
}
