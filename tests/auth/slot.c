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
#include <sys/syscall.h>
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
		.slot = { .state = state, .since = 5, .server = 1 }, .see = see, .admit = admit,
		.arg = seen,
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

/* As a library that a back end loads may: the next change is the kernel's word again. */
static void a_list_of_somebody_else(void **state)
{
	static struct robust_list_head theirs = { .list = { &theirs.list } };
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = true };
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(change(&s, 0, &seen) == 1 &&
		    syscall(SYS_set_robust_list, &theirs, sizeof theirs) == 0 &&
		    change(&s, SLOT_LOGGED_IN, &seen) == 1 ? 0 : 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(change(&s, 0, &seen), 1);
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

static void count_seen(void *arg, unsigned number, const struct slot *slot)
{
	struct seen *s = arg;

	assert_true(number < 10);
	s->n++;
	s->logged_in += slot->state == SLOT_LOGGED_IN;
}

static int read_all(struct seen *seen)
{
	STRBUF(why, 4096);

	seen->n = seen->logged_in = 0;
	return slots_read(path, count_seen, seen, &why);
}

static void readers_see_the_living_and_change_nothing(void **state)
{
	struct slots s = { .path = NULL };
	struct seen seen = { .admit = true };
	pid_t a, b;
	int fd;

	(void)state;
	assert_int_equal(read_all(&seen), 0);        /* no file yet, and none is made */
	assert_int_equal(access(path, F_OK), -1);
	a = other(SLOT_LOGGED_IN);
	b = other(0);
	assert_int_equal(change(&s, SLOT_LOGGED_IN, &seen), 1);
	assert_int_equal(read_all(&seen), 3);        /* one's own, too */
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.logged_in, 2);
	kill_it(a);
	assert_int_equal(read_all(&seen), 2);
	kill_it(b);
	assert_int_equal(read_all(&seen), 1);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(read_all(&seen), 0);
	assert_int_equal(truncate(path, 5000), 0);
	assert_int_equal(read_all(&seen), 0);        /* somebody makes it just now */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "something else", 14), 14);
	(void)close(fd);
	assert_true(read_all(&seen) < 0);
}

static void readers_trust_no_other_file(void **state)
{
	struct seen seen = { .admit = true };

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_all(&seen), -1);       /* EPERM, at once */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("lock", path), 0);
	assert_true(read_all(&seen) < 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(read_all(&seen), -1);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(read_all(&seen), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
		assert_int_equal(read_all(&seen), -1);
	}
}

/* What others set stays: a change is made of what the slot is. */
static void a_change_keeps_the_rest(void **state)
{
	struct slots s = { .path = path, .lock = lock };
	struct slot_change c = { .slot = { .since = 5, .class = slot_class("a"), .user = 7 } };
	STRBUF(why, 4096);

	(void)state;
	assert_int_equal(slots_change(&s, &c, &why), 1);
	c.slot = s.mine;
	c.slot.state |= SLOT_RETR;
	c.slot.demand = UINT32_MAX;
	assert_int_equal(slots_change(&s, &c, &why), 1);
	assert_int_equal(s.mine.user, 7);
	assert_int_equal(s.mine.class, slot_class("a"));
	assert_int_equal(s.mine.demand, UINT32_MAX);
	/* one's slot is gone with its file: another is taken */
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(slots_change(&s, &c, &why), 1);
	assert_int_equal(s.mine.state, SLOT_RETR);
}

static bool add_one(void *arg, unsigned char *table)
{
	static const unsigned char zeroes[SLOTS_TABLE_SIZE];

	if (table[SLOTS_TABLE_SIZE - 1] == 0)
		assert_memory_equal(table, zeroes, sizeof zeroes);
	*(unsigned *)arg = ++table[SLOTS_TABLE_SIZE - 1];
	return true;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void the_table_is_one_for_all(void **state)
{
	struct slots one = { .path = path, .lock = lock }, two = one;
	unsigned n = 0;
	struct slot_change c = { .slot = { .since = 5 }, .table = add_one, .arg = &n };
	STRBUF(why, 4096);

	(void)state;
	assert_int_equal(slots_change(&one, &c, &why), 1);
	assert_int_equal(n, 1);
	c.admit = never;
	assert_int_equal(slots_change(&two, &c, &why), 0);
	assert_int_equal(slots_change(&two, &c, &why), 0);
	assert_int_equal(n, 3);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(slots_change(&one, &c, &why), 0);
	assert_int_equal(n, 1);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(slot_name(NULL), 0);
	assert_int_not_equal(slot_name(""), 0);
	assert_int_not_equal(slot_name("alice"), slot_name("alicf"));
	assert_int_equal(slot_class(NULL), 0);
	assert_int_not_equal(slot_class(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_dead_do_not_count, begin, end),
		cmocka_unit_test_setup_teardown(a_list_of_somebody_else, begin, end),
		cmocka_unit_test_setup_teardown(who_is_not_admitted_is_as_before, begin, end),
		cmocka_unit_test_setup_teardown(a_slot_that_was_changed_counts_for_nothing, begin,
		    end),
		cmocka_unit_test_setup_teardown(what_is_not_ours_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(readers_see_the_living_and_change_nothing, begin,
		    end),
		cmocka_unit_test_setup_teardown(readers_trust_no_other_file, begin, end),
		cmocka_unit_test_setup_teardown(a_change_keeps_the_rest, begin, end),
		cmocka_unit_test_setup_teardown(the_table_is_one_for_all, begin, end),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
