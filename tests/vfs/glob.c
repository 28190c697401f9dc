/* Patterns: what they match, in what order, and that no pattern is expensive. */
#include "vfs/glob.h"

#include "config/bounds.h"
#include "config/strbuf.h"
#include "vfs/root.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void test_matching(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool result;
	} rows[] = {
		{ "", "", true }, { "", "a", false }, { "a", "", false }, { "a", "a", true },
		{ "a", "A", false }, { "*", "", true }, { "*", "abc", true },
		{ "**", "abc", true }, { "a*", "abc", true }, { "*c", "abc", true },
		{ "*b", "abc", false }, { "a*c", "abcabc", true }, { "a*b*c", "aXbYbZc", true },
		{ "a*b*c", "aXbYbZ", false }, { "?", "a", true }, { "?", "", false },
		{ "?", "ab", false }, { "a?c", "abc", true }, { "?*?", "a", false },
		{ "?*?", "ab", true }, { "[abc]", "b", true }, { "[abc]", "d", false },
		{ "[a-c]x", "bx", true }, { "[a-c]", "d", false }, { "[!a-c]", "d", true },
		{ "[^a-c]", "b", false }, { "[]]", "]", true }, { "[!]]", "]", false },
		{ "[!]]", "a", true }, { "[]a]", "a", true }, { "[a-]", "-", true },
		{ "[-a]", "-", true }, { "[c-a]", "b", false }, { "[\\]]", "]", true },
		{ "[\\-a]", "-", true }, { "[a\\-c]", "b", false }, { "[*]", "*", true },
		{ "[*]", "a", false }, { "[a-\\c]", "b", true }, { "[\\a-c]", "b", true },
		{ "[", "[", true }, { "[a", "[a", true }, { "[a", "a", false },
		{ "a[", "a[", true }, { "[]", "[]", true }, { "[!", "[!", true },
		{ "[a-", "[a-", true }, { "[a\\", "[a\\", true }, { "*[", "x[", true },
		{ "[*", "[abc", true }, { "\\*", "*", true }, { "\\*", "a", false },
		{ "\\?", "?", true }, { "\\a", "a", true }, { "\\\\", "\\", true },
		{ "a\\", "a\\", true }, { "\\[a]", "[a]", true }, { "{a,b}", "a", false },
		{ "{a,b}", "{a,b}", true }, { "~", "~", true }, { "*", ".x", false },
		{ "?x", ".x", false }, { "[.]x", ".x", false }, { ".*", ".x", true },
		{ "\\.x", ".x", true }, { "[!a]x", ".x", false }, { "*.x", "a.x", true },
		{ "[\x80-\xff]", "\xc3", true }, { "?", "\xc3", true },
		{ "?", "\xc3\xa4", false }, { "[a-z]", "\xe4", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (glob_match(rows[i].pattern, rows[i].name, false) != rows[i].result)
			fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].name);
	assert_true(glob_match("*", ".x", true));
	assert_true(glob_match("[.]x", ".x", true));
}

/* The C library's matcher reads whole patterns as we do; random ones would find a difference. */
static void test_against_fnmatch(void **state)
{
	static const char *const parts[] = { "a", "b", "-", "]", ".", "!", "*", "*", "*", "?",
		"[ab]", "[!a]", "[^b-]", "[a-b]", "[]a]", "[!]-]", "[a-]", "[--b]", "[.-[]", "\\*",
		"\\a" };
	static const char letters[] = "ab-[]!*?.";
	const size_t nparts = sizeof parts / sizeof parts[0];
	STRBUF(pattern, 64);
	unsigned seed = 1, matched = 0;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		char name[7];
		size_t n;
		bool ours;

		strbuf_reset(&pattern);
		for (int k = rand_r(&seed) % 8; k > 0; k--)
			strbuf_add(&pattern, parts[(size_t)rand_r(&seed) % nparts]);
		n = (size_t)rand_r(&seed) % sizeof name;
		for (size_t k = 0; k < n; k++)
			name[k] = letters[(size_t)rand_r(&seed) % (sizeof letters - 1)];
		name[n] = '\0';
		ours = glob_match(pattern.buf, name, true);
		matched += ours;
		if (ours != (fnmatch(pattern.buf, name, 0) == 0))
			fail_msg("\"%s\" and \"%s\": %d", pattern.buf, name, ours);
	}
	assert_true(matched > 1000);
}

static void test_magic(void **state)
{
	(void)state;
	assert_true(glob_magic("a*"));
	assert_true(glob_magic("?"));
	assert_true(glob_magic("x[a]"));
	assert_true(glob_magic("[[a]"));
	assert_false(glob_magic(""));
	assert_false(glob_magic("plain{a,b}~"));
	assert_false(glob_magic("\\*\\?\\[a]"));
	assert_false(glob_magic("[a"));
	assert_false(glob_magic("a]"));
	assert_false(glob_magic("a\\"));
}

static double cpu(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#ifdef WITH_SANITIZER
#define SLOW 20
#else
#define SLOW 1
#endif

static void test_cost_of_matching(void **state)
{
	static char pattern[PATHNAME_SIZE], name[NAME_SIZE];
	double before = cpu();

	(void)state;
	memset(name, 'a', sizeof name - 1);
	assert_false(glob_match("a*a*a*a*a*a*a*a*b", name, false));
	memset(pattern, '*', 200);
	pattern[200] = 'b';
	assert_false(glob_match(pattern, name, false));
	for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
		memcpy(pattern + i, "a*", 2);
	assert_false(glob_match(pattern, name, false));
	memset(pattern, '[', sizeof pattern - 1);
	assert_false(glob_match(pattern, name, false));
	assert_false(glob_magic(pattern));
	pattern[0] = '*';
	assert_false(glob_match(pattern, name, false));
	assert_true(cpu() - before < 5.0 * SLOW);
}

static char base[] = "/tmp/vfs-glob-XXXXXX";
static struct root root;

static void touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static int setup(void **state)
{
	(void)state;
	memcpy(base, "/tmp/vfs-glob-XXXXXX", sizeof base);
	if (mkdtemp(base) == NULL || chdir(base) < 0)
		return -1;
	return root_init(&root, open(".", O_PATH | O_DIRECTORY), "");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	(void)close(root.fd);
	return chdir("/") < 0 ? -1 : nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int collect(void *arg, const char *path)
{
	struct strbuf *text = arg;

	strbuf_add(text, path);
	strbuf_addc(text, ' ');
	return 0;
}

static void walks(const char *pattern, int n, const char *want)
{
	STRBUF(text, PATHNAME_SIZE);

	assert_int_equal(glob_walk(&root, pattern, NULL, collect, &text), n);
	assert_string_equal(text.buf, want);
}

static void make_tree(void)
{
	assert_int_equal(mkdir("d1", 0755), 0);
	assert_int_equal(mkdir("d2", 0755), 0);
	assert_int_equal(mkdir("d2/.hid", 0755), 0);
	touch("d1/x");
	touch("d2/x");
	touch("d2/y");
	touch("d2/.hid/x");
	touch("file");
	touch("a[b");
	touch("star*");
	touch(".dot");
	assert_int_equal(symlink("d2", "link"), 0);
	assert_int_equal(symlink("/d1", "dlink"), 0);
	assert_int_equal(symlink("../../..", "d1/up"), 0);
	assert_int_equal(symlink("/nothing", "gone"), 0);
}

static void test_walking(void **state)
{
	(void)state;
	make_tree();
	walks("/*", 8, "/a[b /d1 /d2 /dlink /file /gone /link /star* ");
	walks("/.*", 1, "/.dot ");
	walks("/d?", 2, "/d1 /d2 ");
	walks("/d?/x", 2, "/d1/x /d2/x ");
	walks("/*/x", 4, "/d1/x /d2/x /dlink/x /link/x ");
	walks("/*/[xy]", 6, "/d1/x /d2/x /d2/y /dlink/x /link/x /link/y ");
	walks("/*/.*/*", 2, "/d2/.hid/x /link/.hid/x ");
	walks("/d1/*", 2, "/d1/up /d1/x ");
	walks("/d1/*/file", 1, "/d1/up/file ");
	walks("/link/*", 2, "/link/x /link/y ");
	walks("/g*", 1, "/gone ");
	walks("/g*/x", 0, "");
	walks("/nothing/*", 0, "");
	walks("/file/*", 0, "");
	walks("/file", 1, "/file ");
	walks("/nothing", 0, "");
	walks("/star\\*", 1, "/star* ");
	walks("/star[*]", 1, "/star* ");
	walks("/a[b", 1, "/a[b ");
	walks("/d\\1/*", 2, "/d1/up /d1/x ");
	walks("/", 1, "/ ");
	walks("/{d1,d2}/*", 0, "");
}

static bool see_no_y(void *arg, const char *dir, const char *name)
{
	(void)arg;
	/* the directory is the real one, however it was reached */
	return strcmp(name, "y") != 0 && strcmp(dir, "/d1") != 0;
}

static int stop(void *arg, const char *path)
{
	return collect(arg, path) + 1;
}

static void test_visible_and_stop(void **state)
{
	STRBUF(text, PATHNAME_SIZE);

	(void)state;
	make_tree();
	assert_int_equal(glob_walk(&root, "/*/*", see_no_y, collect, &text), 2);
	assert_string_equal(text.buf, "/d2/x /link/x ");
	strbuf_reset(&text);
	assert_int_equal(glob_walk(&root, "/*/y", see_no_y, collect, &text), 0);
	assert_int_equal(glob_walk(&root, "/d?/x", see_no_y, collect, &text), 1);
	assert_string_equal(text.buf, "/d2/x ");
	strbuf_reset(&text);
	assert_int_equal(glob_walk(&root, "/*/*", NULL, stop, &text), 1);
	assert_string_equal(text.buf, "/d1/up ");
}

static int count(void *arg, const char *path)
{
	(void)path;
	++*(int *)arg;
	return 0;
}

static void test_bounds(void **state)
{
	char name[64];
	int n = 0;
	double before;

	(void)state;
	/* directories that hold links to each other: everything matches everything, for ever */
	for (int i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof name, "d%d", i);
		assert_int_equal(mkdir(name, 0755), 0);
		for (int k = 0; k < 30; k++) {
			char target[64];

			(void)snprintf(name, sizeof name, "d%d/l%d", i, k);
			(void)snprintf(target, sizeof target, "../d%d", k);
			assert_int_equal(symlink(target, name), 0);
		}
	}
	before = cpu();
	assert_int_equal(glob_walk(&root, "/*/*/*/*/*/*/*/*", NULL, count, &n), -E2BIG);
	assert_int_equal(n, GLOB_MATCHES);
	assert_int_equal(glob_walk(&root, "/*/*/*/*/*/*/*/*x", NULL, count, &n), -E2BIG);
	assert_true(cpu() - before < 1.0 * SLOW);
	n = 0;
	assert_int_equal(glob_walk(&root, "/*/*/*/*/*/*/*/*/*", NULL, count, &n), -E2BIG);
	assert_int_equal(n, 0);
	for (int i = 0; i <= GLOB_MATCHES; i++) {
		(void)snprintf(name, sizeof name, "d0/file-%d", i);
		touch(name);
	}
	assert_int_equal(glob_walk(&root, "/d0/file-*", NULL, count, &n), -E2BIG);
	assert_int_equal(unlink("d0/file-7"), 0);
	n = 0;
	assert_int_equal(glob_walk(&root, "/d0/file-*", NULL, count, &n), GLOB_MATCHES);
	assert_int_equal(n, GLOB_MATCHES);
	/* a pattern that is slow on each of many names */
	before = cpu();
	(void)glob_walk(&root, "/d0/*f*[!z-z]*[!z-z]*[!z-z]*[!z-z]*[!z-z]*[!z-z]*[!z-z]*x", NULL,
	    count, &n);
	assert_true(cpu() - before < 0.5 * SLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_against_fnmatch),
		cmocka_unit_test(test_magic),
		cmocka_unit_test(test_cost_of_matching),
		cmocka_unit_test_setup_teardown(test_walking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_visible_and_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests_name("vfs/glob", tests, NULL, NULL);
}
