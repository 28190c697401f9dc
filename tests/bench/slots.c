/*
 * What being counted costs: microseconds to take a slot, and to change it at login with every limit
 * counted, while 4,000 others live. Nothing is asserted; `make bench` prints.
 */
#include "auth/slot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ALIVE = 4000, TIMES = 200 };

static char dir[] = "/run/in.ftpd-bench-XXXXXX";
static char path[64], lock[64];

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void see(void *arg, const struct slot *other)
{
	*(unsigned *)arg += other->server == 1 && other->user == 2 && other->peer[0] == 3;
}

static bool admit(void *arg)
{
	(void)arg;
	return true;
}

/* Take a slot and log in, in a process of its own; the times of both go into `out`. */
static void one(int out)
{
	struct slots s = { .path = path, .lock = lock };
	unsigned seen = 0;
	struct slot_change change = {
		.slot = { .server = 1, .since = (uint64_t)getpid() }, .see = see, .admit = admit,
		.arg = &seen,
	};
	char text[256];
	struct strbuf why;
	double took[2], start;

	strbuf_init(&why, text, sizeof text);
	for (int i = 0; i < 2; i++) {
		start = now();
		change.slot.state = i == 1 ? SLOT_LOGGED_IN : 0;
		if (slots_change(&s, &change, &why) != 1) {
			(void)fprintf(stderr, "%s\n", why.buf);
			_exit(1);
		}
		took[i] = now() - start;
	}
	if (out >= 0 && write(out, took, sizeof took) != sizeof took)
		_exit(1);
}

static int compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 :
	    *(const double *)a > *(const double *)b;
}

static void measure(unsigned alive)
{
	static double first[TIMES], second[TIMES];
	double took[2] = { 0, 0 };
	int pair[2];

	if (pipe(pair) < 0)
		exit(1);
	for (int i = 0; i < TIMES; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			one(pair[1]);
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
		if (read(pair[0], took, sizeof took) != sizeof took)
			exit(1);
		first[i] = took[0];
		second[i] = took[1];
	}
	qsort(first, TIMES, sizeof *first, compare);
	qsort(second, TIMES, sizeof *second, compare);
	printf("%5u alive: %6.1f us at connect, %6.1f us at login\n", alive, first[TIMES / 2],
	    second[TIMES / 2]);
}

int main(void)
{
	static pid_t pids[ALIVE];

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof path, "%s/slots", dir);
	(void)snprintf(lock, sizeof lock, "%s/slots.lck", dir);
	measure(0);
	(void)fflush(stdout);
	for (int i = 0; i < ALIVE; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			one(-1);
			(void)pause();
			_exit(0);
		}
	}
	(void)sleep(2);
	measure(ALIVE);
	for (int i = 0; i < ALIVE; i++) {
		(void)kill(pids[i], SIGKILL);
		(void)waitpid(pids[i], NULL, 0);
	}
	measure(0);
	(void)unlink(path);
	(void)unlink(lock);
	(void)rmdir(dir);
	return 0;
}
