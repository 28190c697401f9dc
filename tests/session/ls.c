/* The letters of ls and the long format, as clients parse it. */
#include "session/ls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void words(void **state)
{
	struct ls_options o;

	(void)state;
	ls_init(&o, true);
	assert_string_equal(ls_words(&o, "-la -R some dir"), "some dir");
	assert_true(o.long_format && o.all && o.recursive && !o.directory);
	ls_init(&o, true);
	assert_string_equal(ls_words(&o, "-d -- -l"), "-l");
	assert_true(o.directory);
	ls_init(&o, true);
	assert_string_equal(ls_words(&o, "--help -w 1000 -"), "1000 -");
	assert_string_equal(ls_words(&o, "-"), "-");
	assert_string_equal(ls_words(&o, ""), "");
	assert_string_equal(ls_words(&o, "  -a  "), "");
	assert_string_equal(ls_words(NULL, "-l x"), "x");
}

static void letters(void **state)
{
	struct ls_options o;

	(void)state;
	ls_init(&o, true);
	ls_letters(&o, "1", 1, true);
	assert_false(o.long_format);
	ls_init(&o, false);
	ls_letters(&o, "n", 1, true);
	assert_true(o.long_format && o.numeric);
	ls_letters(&o, "n", 1, false);
	assert_false(o.numeric);
	ls_init(&o, true);
	ls_letters(&o, "tc", 2, true);
	assert_int_equal(ls_order(&o), LIST_BY_CTIME);
	ls_letters(&o, "S", 1, true);
	assert_int_equal(ls_order(&o), LIST_BY_SIZE);
	ls_letters(&o, "U", 1, true);
	assert_int_equal(ls_order(&o), LIST_AS_READ);
	ls_init(&o, true);
	ls_letters(&o, "c", 1, true);                /* shown, not sorted by */
	assert_int_equal(ls_order(&o), LIST_BY_NAME);
}

static const char *line(const char *options, mode_t mode, int64_t size, const char *name,
    const char *target)
{
	static char mem[512];
	struct stat st = { .st_mode = mode, .st_size = size, .st_nlink = 1, .st_mtime =
	    1732180680 };
	struct ls_options o;
	struct dates d;
	struct strbuf b;

	strbuf_init(&b, mem, sizeof mem);
	ls_init(&o, true);
	ls_letters(&o, options, strlen(options), true);
	date_init(&d, false, 1732180680);
	ls_format(&b, &o, &d, &(struct ls_line){ .st = &st, .mode = mode, .owner = "alice",
	    .group = "administrators", .name = name, .target = target });
	return mem;
}

static void long_format(void **state)
{
	(void)state;
	assert_string_equal(line("", S_IFREG | 0640, 1234, "a b", NULL),
	    "-rw-r-----   1 alice    administrators     1234 Nov 21 09:18 a b");
	assert_string_equal(line("", S_IFDIR | 01777, 4096, "tmp", NULL),
	    "drwxrwxrwt   1 alice    administrators     4096 Nov 21 09:18 tmp");
	assert_string_equal(line("", S_IFLNK | 0777, 3, "l", "to"),
	    "lrwxrwxrwx   1 alice    administrators        3 Nov 21 09:18 l -> to");
	assert_string_equal(line("", S_IFREG | 06644, 12345678901, "big", NULL),
	    "-rwSr-Sr--   1 alice    administrators 12345678901 Nov 21 09:18 big");
	assert_memory_equal(line("", S_IFSOCK, 0, "s", NULL), "s---------", 10);
	assert_memory_equal(line("", S_IFIFO, 0, "s", NULL), "p", 1);
	assert_memory_equal(line("", S_IFCHR, 0, "s", NULL), "c", 1);
	assert_memory_equal(line("", S_IFBLK, 0, "s", NULL), "b", 1);
}

static void one_line_whatever_the_name(void **state)
{
	(void)state;
	assert_string_equal(strstr(line("", S_IFLNK, 0, "a\r\n226 ok\033[2J\177\377", "x\ny"),
	    " 09:18"), " 09:18 a??226 ok?[2J?\377 -> x?y");
	assert_string_equal(strstr(line("B", S_IFREG, 0, "a\r\n\177", NULL), " 09:18"),
	    " 09:18 a\\015\\012\\177");
}

static void windows_style(void **state)
{
	const struct stat dir = { .st_mode = S_IFDIR | 0755, .st_size = 4096, .st_mtime =
	    1732180680 };
	struct stat file = { .st_mode = S_IFREG | 0644, .st_size = 589, .st_mtime = 1732180680 };
	struct ls_options o;
	struct dates d;
	STRBUF(b, 512);

	(void)state;
	ls_init(&o, true);
	o.windows = true;
	date_init(&d, false, 1732180680);
	ls_format(&b, &o, &d, &(struct ls_line){ .st = &dir, .name = "sub\n" });
	assert_string_equal(b.buf, "11-21-24  09:18AM       <DIR>          sub?");
	strbuf_reset(&b);
	ls_format(&b, &o, &d, &(struct ls_line){ .st = &file, .name = "a b", .target = "c" });
	assert_string_equal(b.buf, "11-21-24  09:18AM                  589 a b");
}

static void human_sizes(void **state)
{
	static const struct {
		int64_t size;
		const char *text;
	} cases[] = {
		{ 0, "        0 Nov" }, { 1023, "     1023 Nov" }, { 1024, "     1.0K Nov" },
		{ 1025, "     1.1K Nov" }, { 10240, "      10K Nov" }, { 10241, "      11K Nov" },
		{ 1048576, "     1.0M Nov" }, { 1048577, "     1.1M Nov" },
		{ INT64_MAX, "     8.0E Nov" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_non_null(strstr(line("h", S_IFREG, cases[i].size, "N", NULL),
		    cases[i].text));
}

static void marks_and_fakes(void **state)
{
	(void)state;
	assert_string_equal(ls_mark(S_IFDIR | 0755), "/");
	assert_string_equal(ls_mark(S_IFREG | 0755), "*");
	assert_string_equal(ls_mark(S_IFREG | 0644), "");
	assert_string_equal(ls_mark(S_IFLNK | 0777), "@");
	assert_int_equal(ls_fake_mode(S_IFREG | 0777, 0440), S_IFREG | 0440);
	assert_int_equal(ls_fake_mode(S_IFDIR | 0700, 0440), S_IFDIR | 0550);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(letters), cmocka_unit_test(long_format),
		cmocka_unit_test(one_line_whatever_the_name), cmocka_unit_test(human_sizes),
		cmocka_unit_test(windows_style),
		cmocka_unit_test(marks_and_fakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
