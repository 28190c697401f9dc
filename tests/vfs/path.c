/* Pathnames as text: what a client may write, and what becomes of it. */
#include "vfs/path.h"

#include "config/bounds.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_cleaning(void **state)
{
	static const struct {
		const char *cwd, *home, *arg, *result;
	} rows[] = {
		{ "/", NULL, "/", "/" },
		{ "/", NULL, ".", "/" },
		{ "/", NULL, "a", "/a" },
		{ "/a/b", NULL, "c/d", "/a/b/c/d" },
		{ "/a/b", NULL, "..", "/a" },
		{ "/a/b", NULL, "../..", "/" },
		{ "/a/b", NULL, "../../../../../etc/passwd", "/etc/passwd" },
		{ "/a/b", NULL, "/x", "/x" },
		{ "/a", NULL, "//x///y//", "/x/y" },
		{ "/a", NULL, "/./x/./", "/x" },
		{ "/a", NULL, "/.././../x", "/x" },
		{ "/a", NULL, "x/../../y", "/y" },
		{ "/a", NULL, "...", "/a/..." },
		{ "/a", NULL, "..x", "/a/..x" },
		{ "/a", NULL, ".x", "/a/.x" },
		{ "/a", NULL, "..\\x", "/a/..\\x" },
		{ "/a", NULL, " ", "/a/ " },
		{ "/a", NULL, "x y", "/a/x y" },
		{ "/a", NULL, "-rf", "/a/-rf" },
		{ "/a", "/home/u", "~", "/home/u" },
		{ "/a", "/home/u", "~/", "/home/u" },
		{ "/a", "/home/u", "~/x/../y", "/home/u/y" },
		{ "/a", "/home/u", "~/../../..", "/" },
		{ "/a", "/", "~", "/" },
		{ "/a", "/", "~/x", "/x" },
		{ "/a", "/home/u", "~root", "/a/~root" },
		{ "/a", "/home/u", "x/~", "/a/x/~" },
		{ "/a", NULL, "~", "/a/~" },
		{ "/a", NULL, "~/x", "/a/~/x" },
	};
	STRBUF(out, PATHNAME_SIZE);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(path_clean(&out, rows[i].cwd, rows[i].home, rows[i].arg,
		    strlen(rows[i].arg)), 0);
		assert_string_equal(out.buf, rows[i].result);
	}
}

static void test_refused(void **state)
{
	STRBUF(out, PATHNAME_SIZE);

	(void)state;
	assert_int_equal(path_clean(&out, "/", NULL, "", 0), -EINVAL);
	assert_int_equal(path_clean(&out, "/", NULL, "a\0b", 3), -EINVAL);
	assert_int_equal(path_clean(&out, "/", NULL, "a\0", 2), -EINVAL);
	assert_int_equal(path_clean(&out, "/", NULL, "a\rb", 3), -EINVAL);
	assert_int_equal(path_clean(&out, "/", NULL, "a\n", 2), -EINVAL);
	/* the length counts, not what lies behind it */
	assert_int_equal(path_clean(&out, "/", NULL, "ab\nc", 2), 0);
	assert_string_equal(out.buf, "/ab");
}

static void test_every_byte(void **state)
{
	STRBUF(out, PATHNAME_SIZE);

	(void)state;
	for (int c = 1; c < 256; c++) {
		char arg[4] = { 'x', (char)c, 'y', '\0' };
		char want[8] = "/x?y";
		int rc = path_clean(&out, "/", NULL, arg, 3);

		want[2] = (char)c;
		if (c == '\r' || c == '\n') {
			assert_int_equal(rc, -EINVAL);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(out.buf, want);
	}
}

static void test_lengths(void **state)
{
	static char arg[3 * PATHNAME_SIZE];
	STRBUF(out, 2 * PATHNAME_SIZE);
	STRBUF(small, 8);

	(void)state;
	memset(arg, 'a', sizeof arg);
	assert_int_equal(path_clean(&out, "/", NULL, arg, 255), 0);
	assert_int_equal(path_clean(&out, "/", NULL, arg, 256), -ENAMETOOLONG);
	for (size_t i = 0; i < sizeof arg; i += 2)
		arg[i] = '/';
	assert_int_equal(path_clean(&out, "/", NULL, arg, PATHNAME_SIZE - 2), 0);
	assert_int_equal(out.len, PATHNAME_SIZE - 2);
	assert_int_equal(path_clean(&out, "/", NULL, arg, PATHNAME_SIZE), -ENAMETOOLONG);
	assert_int_equal(path_clean(&out, "/x", NULL, arg + 1, PATHNAME_SIZE - 2), -ENAMETOOLONG);
	assert_int_equal(path_clean(&small, "/", NULL, "1234567", 7), -ENAMETOOLONG);
	assert_int_equal(path_clean(&small, "/", NULL, "123456", 6), 0);
	/* going up in time keeps a long argument short */
	for (size_t i = 0; i < sizeof arg; i += 6)
		memcpy(arg + i, "/ab/..", 6);
	assert_int_equal(path_clean(&out, "/", NULL, arg, sizeof arg), 0);
	assert_string_equal(out.buf, "/");
}

static void test_parts(void **state)
{
	STRBUF(out, PATHNAME_SIZE);

	(void)state;
	assert_string_equal(path_last("/"), "");
	assert_string_equal(path_last("/a"), "a");
	assert_string_equal(path_last("/a/bc"), "bc");
	assert_int_equal(path_parent(&out, "/"), 0);
	assert_string_equal(out.buf, "/");
	assert_int_equal(path_parent(&out, "/a"), 0);
	assert_string_equal(out.buf, "/");
	assert_int_equal(path_parent(&out, "/a/b/c"), 0);
	assert_string_equal(out.buf, "/a/b");
	assert_true(path_within("/a", "/a"));
	assert_true(path_within("/a/b", "/a"));
	assert_true(path_within("/a", "/"));
	assert_true(path_within("/", "/"));
	assert_false(path_within("/ab", "/a"));
	assert_false(path_within("/", "/a"));
	assert_false(path_within("/a", "/a/b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cleaning),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests_name("vfs/path", tests, NULL, NULL);
}
