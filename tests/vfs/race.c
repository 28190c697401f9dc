/* Links and FIFOs that come and go while a path is used: nothing outside is read or made. */
#include "config/bounds.h"
#include "tests/vfs/tree.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Swap two names as fast as can be, until killed. */
static pid_t start_swapping(const char *one, const char *other)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (renameat2(jail, one, jail, other, RENAME_EXCHANGE) < 0)
				_exit(1);
	}
	return pid;
}

/* It swapped until now? */
static bool stop_swapping(pid_t pid)
{
	int status;

	return kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* So often at least, and until both sides of the swap were met, whoever gets the processors. */
static bool enough(unsigned rounds, unsigned done)
{
	return rounds >= 20000 && done > 0 && done < rounds;
}

/* What a session does with a path: resolved, then used. Counts what succeeded. */
static unsigned use(unsigned i)
{
	STRBUF(path, PATHNAME_SIZE);
	struct stat st;
	char text[64];
	bool created;
	int fd;

	if (root_resolve(&root, i % 2 ? "/d/file" : "/d/new", RESOLVE_CREATE, &path, &st) != 0) {
		/* unresolved, or resolved at another moment: the text alone must not help */
		strbuf_reset(&path);
		strbuf_add(&path, i % 2 ? "/d/file" : "/d/new");
	}
	if (i % 2 == 0) {
		fd = root_open_write(&root, path.buf, 0644, false, &created, &st);
		if (fd < 0)
			return root_mkdir(&root, path.buf, 0755) == 0 &&
			    root_rmdir(&root, path.buf) == 0;
		assert_int_equal(write(fd, "x", 1), 1);
		assert_int_equal(close(fd), 0);
		(void)root_rename(&root, path.buf, "/d/other", true);
		(void)root_unlink(&root, "/d/other");
		return 1;
	}
	fd = root_open_read(&root, path.buf, &st);
	(void)root_chmod(&root, path.buf, 0644);
	(void)root_set_mtime(&root, path.buf, 1000000000);
	if (fd < 0)
		return 0;
	content(fd, text, sizeof text);
	assert_string_equal(text, "inside");
	return 1;
}

static void race(const char *target)
{
	struct stat before, after, dir_before, dir_after, st;
	unsigned done = 0, i;
	int dir;
	pid_t pid;

	assert_int_equal(mkdirat(jail, "d", 0755), 0);
	put(jail, "d/file", "inside");
	assert_int_equal(symlinkat(target, jail, "l"), 0);
	assert_int_equal(fstatat(outside, "file", &before, 0), 0);
	assert_int_equal(fstat(outside, &dir_before), 0);
	pid = start_swapping("d", "l");
	(void)alarm(300);
	for (i = 0; !enough(i, done); i++) {
		done += use(i);
		dir = root_open_dir(&root, "/d");
		if (dir >= 0) {
			assert_int_equal(fstat(dir, &st), 0);
			assert_int_not_equal(st.st_ino, dir_before.st_ino);
			assert_int_equal(close(dir), 0);
		}
	}
	(void)alarm(0);
	assert_true(stop_swapping(pid));
	assert_int_equal(fstatat(outside, "file", &after, 0), 0);
	assert_int_equal(fstat(outside, &dir_after), 0);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof before.st_ctim);
	assert_memory_equal(&dir_before.st_ctim, &dir_after.st_ctim, sizeof dir_before.st_ctim);
}

static void test_race_relative(void **state)
{
	(void)state;
	race("../outside");
}

static void test_race_absolute(void **state)
{
	char target[PATHNAME_SIZE];

	(void)state;
	(void)snprintf(target, sizeof target, "%s/outside", base);
	race(target);
}

/* A FIFO in the place of a file that was just looked at: neither waited for nor kept. */
static void test_race_fifo(void **state)
{
	struct stat st;
	unsigned opened = 0, i;
	bool created;
	pid_t pid;

	(void)state;
	put(jail, "f", "inside");
	assert_int_equal(mkfifoat(jail, "p", 0666), 0);
	pid = start_swapping("f", "p");
	(void)alarm(300);
	for (i = 0; !enough(i, opened); i++) {
		int fd = i % 2 ? root_open_read(&root, "/f", &st) :
		    root_open_write(&root, "/f", 0644, false, &created, &st);

		if (fd < 0) {
			assert_true(fd == -EINVAL || fd == -ENXIO);
			continue;
		}
		opened++;
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(close(fd), 0);
	}
	(void)alarm(0);
	assert_true(stop_swapping(pid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_race_relative), TEST(test_race_absolute), TEST(test_race_fifo),
	};

	return cmocka_run_group_tests_name("vfs/race", tests, NULL, NULL);
}
