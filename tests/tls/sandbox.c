/* What the TLS process's filter of system calls lets through, and what it dies of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls/sandbox.h"

#if defined(WITH_TLS) && !defined(WITH_SANITIZER)

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Behind the filter: the number of a system call and its first arguments. Returns the child's end.
 */
static int try(long number, long a, long b, long c)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (sandbox_load() != NULL || sandbox_enter() != NULL)
			_exit(99);
		(void)syscall(number, a, b, c);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void is_fatal(const char *what, int status)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("%s: status %x", what, (unsigned)status);
}

static void nothing_reaches_out(void **state)
{
	(void)state;
	is_fatal("openat", try(SYS_openat, -100, (long)"/", 0));
	is_fatal("socket", try(SYS_socket, 2, 1, 0));
	is_fatal("connect", try(SYS_connect, 0, 0, 0));
	is_fatal("execve", try(SYS_execve, (long)"/bin/true", 0, 0));
	is_fatal("clone", try(SYS_clone, SIGCHLD, 0, 0));
	is_fatal("ptrace", try(SYS_ptrace, 16, getpid(), 0));
	is_fatal("process_vm_readv", try(SYS_process_vm_readv, getpid(), 0, 0));
	is_fatal("pidfd_getfd", try(SYS_pidfd_getfd, 0, 0, 0));
	is_fatal("kill", try(SYS_kill, getpid(), 0, 0));
	is_fatal("prctl", try(SYS_prctl, 1, 0, 0));
	is_fatal("setsockopt", try(SYS_setsockopt, 0, 1, 13));
	is_fatal("prlimit64", try(SYS_prlimit64, getpid(), 7, 0));
	is_fatal("setsockopt", try(SYS_setsockopt, 0, SOL_SOCKET, SO_BINDTODEVICE));
	is_fatal("setsockopt", try(SYS_setsockopt, 0, IPPROTO_TCP, TCP_ULP));
	assert_int_equal(try(SYS_setsockopt, 0, IPPROTO_TCP, TCP_QUICKACK), 0);
}

/* Signal 0 asks whether one could be sent. */
static void signals_are_for_itself(void **state)
{
	(void)state;
	is_fatal("tgkill", try(SYS_tgkill, getpid(), getpid(), 0));
	is_fatal("tkill", try(SYS_tkill, getpid(), 0, 0));
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

/* What libc does by itself, in any version: abort, large and growing memory, large sorts. */
static void libc_still_works(void **state)
{
	enum { MANY = 100000 };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		long *numbers = NULL;

		if (sandbox_load() != NULL || sandbox_enter() != NULL)
			_exit(99);
		for (size_t n = 1000; n <= MANY; n *= 10) {
			numbers = realloc(numbers, n * sizeof *numbers);
			if (numbers == NULL)
				_exit(98);
			for (size_t i = 0; i < n; i++)
				numbers[i] = (long)(n - i);
			qsort(numbers, n, sizeof *numbers, compare);
		}
		abort();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_reaches_out),
		cmocka_unit_test(signals_are_for_itself),
		cmocka_unit_test(libc_still_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
