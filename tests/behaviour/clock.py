"""A clock that a test sets: preloaded into the server, whose waits end by it, too."""
import struct
import subprocess
import time

import pytest

import harness

# Both clocks are the machine's and so many nanoseconds as the file holds; a wait looks at it often.
SHIM = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;

__attribute__((constructor)) static void begin(void)
{
	int fd = open(getenv("CLOCK_AHEAD"), O_RDONLY);

	ahead = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, id, t);
	int64_t ns = (int64_t)t->tv_sec * 1000000000 + t->tv_nsec + *ahead;

	if (id != CLOCK_REALTIME)
		ns += (int64_t)1000000000 * 1000000000;      /* set back, it is above 0 all the same */
	t->tv_sec = ns / 1000000000;
	t->tv_nsec = ns % 1000000000;
	return result;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int ppoll(struct pollfd *p, nfds_t n, const struct timespec *wait, const sigset_t *mask)
{
	int64_t end = wait != NULL ? now() + (int64_t)wait->tv_sec * 1000000000 + wait->tv_nsec : -1;

	for (;;) {
		int64_t left = end - now(), step = end < 0 || left > 10000000 ? 10000000 : left > 0 ? left : 0;
		struct timespec slice = { 0, step };
		int got = (int)syscall(SYS_ppoll, p, n, &slice, mask, _NSIG / 8);

		if (got != 0 || (end >= 0 && now() >= end))
			return got;
	}
}

int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *wait, const sigset_t *mask,
    size_t size);
int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *wait, const sigset_t *mask,
    size_t size)
{
	return ppoll(p, n, wait, mask);
}
'''


class Clock:
    """`env` is for the server; set() and pass_by() move its clock, also of sessions under way."""

    def __init__(self, place):
        if harness.SAN:
            pytest.skip('a sanitizer wants to be the first library')
        self.path = place.write('clock', bytes(8))
        shim = place.dir / 'clock.so'
        subprocess.run(['gcc', '-shared', '-fPIC', '-O1', '-o', shim,
                        place.write('clock.c', SHIM)], check=True)
        self.env = {'LD_PRELOAD': str(shim), 'CLOCK_AHEAD': str(self.path),
                    'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}
        self.ahead = 0

    def move(self, ahead):
        self.ahead = int(ahead)
        with open(self.path, 'r+b', buffering=0) as out:
            out.write(struct.pack('=q', self.ahead))

    @property
    def now(self):
        return time.time() + self.ahead / 1e9

    def set(self, text):
        """A local time, `2031-05-01 17:50:00`."""
        self.at(time.mktime(time.strptime(text, '%Y-%m-%d %H:%M:%S')))

    def at(self, moment):
        self.move((moment - time.time()) * 1e9)

    def pass_by(self, seconds):
        self.move(self.ahead + seconds * 1e9)
