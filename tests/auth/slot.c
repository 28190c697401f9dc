/* Slots: whose are counted, and what their owners' ends leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/slot.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[128], lock[128];

static int begin(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/in.ftpd-slots-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/slots", dir);
	(void)snprintf(lock, sizeof lock, "%s/lock", dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(lock);
	return rmdir(dir);
}

struct seen {
	unsigned n, logged_in;
	bool admit;
};

static void see(void *arg, const struct slot *other)
{
	struct seen *s = arg;

	s->n++;
	s->logged_in += other->state == SLOT_LOGGED_IN;
}

static bool admit(void *arg)
{
	return ((struct seen *)arg)->admit;
}

static int change(struct slots *s, uint32_t state, struct seen *seen)
{
	struct slot_change c = {
		.slot = { .state = state, .since = 5, .server = 1 }, .see = see, .admit = admit, .arg = seen,
	};
	STRBUF(why, 4096);

	seen->n = seen->logged_in = 0;
	s->path = path;
	s->lock = lock;
	return slots_change(s, &c, &why);
}

/* A process that takes a slot, says so, and waits for its end. */
static pid_t other(uint32_t state)
{
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct slots s = { .path = NULL };
		struct seen seen = { .admit = true };

		if (change(&s, state, &seen) != 1 || write(pair[1], "x", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	(void)close(pair[1]);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)close(pair[0]);
	return pid;
}

static void kill_it(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void the_dead_do_not_count(void **state)
{
	pid_t pids[40];
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = true };
	struct stat before, after;

	(void)state;
	for (int i = 0; i < 40; i++)
		pids[i] = other(i % 2 ? SLOT_LOGGED_IN : 0);
	assert_int_equal(change(&s, 0, &seen), 1);
	assert_int_equal(seen.n, 40);
	assert_int_equal(seen.logged_in, 20);
	assert_int_equal(stat(path, &before), 0);
	for (int i = 0; i < 30; i++)
		kill_it(pids[i]);
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 1);
	assert_int_equal(seen.n, 10);
	for (int i = 0; i < 30; i++)
		pids[i] = other(0);
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 1);
	assert_int_equal(seen.n, 40);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);     /* the free ones were taken */
	for (int i = 0; i < 40; i++)
		kill_it(pids[i]);
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 1);
	assert_int_equal(seen.n, 0);
}

static void who_is_not_admitted_is_as_before(void **state)
{
	pid_t pid = other(SLOT_LOGGED_IN);
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = false };

	(void)state;
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 0);
	assert_false(s.held);
	seen.admit = true;
	assert_int_equal(change(&s, 0, &seen), 1);
	seen.admit = false;
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 0);
	assert_int_equal(s.mine.state, 0);
	kill_it(pid);
}

static void a_slot_that_was_changed_counts_for_nothing(void **state)
{
	pid_t pid = other(SLOT_LOGGED_IN);
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = true };
	struct slot slot;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	assert_int_equal(pread(fd, &slot, sizeof slot, 4096), sizeof slot);
	assert_int_equal(slot.owner, pid);
	slot.user++;
	assert_int_equal(pwrite(fd, &slot, sizeof slot, 4096), sizeof slot);
	assert_int_equal(change(&s, 0, &seen), 1);
	assert_int_equal(seen.n, 0);
	(void)close(fd);
	kill_it(pid);
}

static void what_is_not_ours_is_refused(void **state)
{
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = true };

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(change(&s, 0, &seen), -1);  /* EPERM */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("lock", path), 0);
	assert_true(change(&s, 0, &seen) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_true(change(&s, 0, &seen) < 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(change(&s, 0, &seen), 1);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(slot_name(NULL), 0);
	assert_int_not_equal(slot_name(""), 0);
	assert_int_not_equal(slot_name("alice"), slot_name("alicf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_dead_do_not_count, begin, end),
		cmocka_unit_test_setup_teardown(who_is_not_admitted_is_as_before, begin, end),
		cmocka_unit_test_setup_teardown(a_slot_that_was_changed_counts_for_nothing, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_ours_is_refused, begin, end),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
