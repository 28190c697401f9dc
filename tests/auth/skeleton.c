/* CreateHome's skeleton: what is copied, how, and what is not. */
#include "auth/skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/skeleton.XXXXXX";
static char from[64];
static int to;

static int make(void **state)
{
	(void)state;
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	if (mkdtemp(dir) == NULL || chdir(dir) < 0 || mkdir("from", 0755) < 0 ||
	    mkdir("to", 0700) < 0)
		return -1;
	(void)snprintf(from, sizeof from, "%s/from", dir);
	to = open("to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return to < 0 ? -1 : 0;
}

static int clear(void **state)
{
	char command[64];

	(void)state;
	(void)close(to);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

static void file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static int copy(char *said, size_t size)
{
	struct strbuf out;

	strbuf_init(&out, said, size);
	return skeleton_copy(from, to, &out);
}

static void links(void **state)
{
	(void)state;
	assert_true(skeleton_link_stays("x", 0));
	assert_true(skeleton_link_stays("./x//y", 0));
	assert_true(skeleton_link_stays("../x", 1));
	assert_true(skeleton_link_stays("../../x/y", 2));
	assert_true(skeleton_link_stays(".", 0));
	assert_false(skeleton_link_stays("", 0));
	assert_false(skeleton_link_stays("/etc/passwd", 5));
	assert_false(skeleton_link_stays("..", 0));
	assert_false(skeleton_link_stays("../../x", 1));
	/* `x` may be a link that goes up itself */
	assert_false(skeleton_link_stays("x/../y", 3));
	assert_false(skeleton_link_stays("../x/..", 3));
	assert_false(skeleton_link_stays("./../..", 1));
}

static void files_and_directories(void **state)
{
	char said[1024], text[8] = "";
	int fd;

	(void)state;
	file("from/a", "text", 06755);
	assert_int_equal(mkdir("from/d", 02750), 0);
	assert_int_equal(chmod("from/d", 02750), 0);
	file("from/d/b", "", 0600);
	assert_int_equal(symlink("d/b", "from/l"), 0);
	assert_int_equal(symlink("../a", "from/d/up"), 0);
	assert_int_equal(copy(said, sizeof said), 0);
	assert_int_equal(mode_of("to/a"), S_IFREG | 0755);
	assert_int_equal(mode_of("to/d"), S_IFDIR | 0750);
	assert_int_equal(mode_of("to/d/b"), S_IFREG | 0600);
	assert_true(S_ISLNK(mode_of("to/l")) && S_ISLNK(mode_of("to/d/up")));
	fd = open("to/a", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof text), 4);
	assert_string_equal(text, "text");
	(void)close(fd);
	assert_string_equal(said, "; 5 of the skeleton's files");
}

static void what_is_left_out(void **state)
{
	char said[1024];

	(void)state;
	assert_int_equal(mkfifo("from/fifo", 0644), 0);
	assert_int_equal(symlink("/etc/passwd", "from/outside"), 0);
	assert_int_equal(symlink("../up", "from/above"), 0);
	file("from/kept", "new", 0644);
	file("to/kept", "old", 0644);
	assert_int_equal(copy(said, sizeof said), 0);
	assert_int_equal(mode_of("to/fifo"), 0);
	assert_int_equal(mode_of("to/outside"), 0);
	assert_int_equal(mode_of("to/above"), 0);
	assert_non_null(strstr(said, "fifo left out"));
	assert_non_null(strstr(said, "outside left out"));
	assert_non_null(strstr(said, "above left out"));
	assert_non_null(strstr(said, "kept left out"));
	assert_non_null(strstr(said, "; 0 of"));
}

static void bounds(void **state)
{
	char said[1024], path[256] = "from";
	int fd;

	(void)state;
	for (int i = 0; i < 20; i++) {
		(void)strcat(path, "/d");
		assert_int_equal(mkdir(path, 0755), 0);
	}
	assert_int_equal(copy(said, sizeof said), 0);
	assert_non_null(strstr(said, "left out"));
	fd = open("from/large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 65 * 1024 * 1024), 0);
	(void)close(fd);
	assert_int_equal(copy(said, sizeof said), -EFBIG);
	assert_int_equal(mode_of("to/large"), 0);
	assert_non_null(strstr(said, "too large"));
}

static void there_is_no_skeleton(void **state)
{
	char said[1024];

	(void)state;
	assert_int_equal(rmdir("from"), 0);
	assert_int_equal(copy(said, sizeof said), -ENOENT);
	assert_non_null(strstr(said, from));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		cmocka_unit_test_setup_teardown(files_and_directories, make, clear),
		cmocka_unit_test_setup_teardown(what_is_left_out, make, clear),
		cmocka_unit_test_setup_teardown(bounds, make, clear),
		cmocka_unit_test_setup_teardown(there_is_no_skeleton, make, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
