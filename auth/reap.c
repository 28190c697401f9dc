/* A child's end, waited for with a bound. */
#include "auth/reap.h"

#include "config/io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t wait_now(pid_t pid, int *status, int flags)
{
	pid_t got;

	do
		got = waitpid(pid, status, flags);
	while (got < 0 && errno == EINTR);
	return got;
}

int reap(pid_t pid, int64_t deadline)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;

	/* without a pidfd: look every few milliseconds */
	while ((left = deadline - clock_ms()) > 0) {
		pid_t got = wait_now(pid, &status, WNOHANG);

		if (got != 0) {
			if (fd >= 0)
				(void)close(fd);
			return got == pid ? status : -1;
		}
		(void)poll(&p, fd >= 0, fd >= 0 || left < 10 ? (int)left : 10);
	}
	if (fd >= 0)
		(void)close(fd);
	if (wait_now(pid, &status, WNOHANG) == pid)
		return status;
	(void)kill(pid, SIGKILL);
	(void)wait_now(pid, &status, 0);
	return -1;
}
