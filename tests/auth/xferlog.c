/* The transfer log's line, and which files a log may be. */
#include "auth/xferlog.h"

#include "config/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct tm moment = {
	.tm_year = 126, .tm_mon = 0, .tm_mday = 5, .tm_hour = 4, .tm_min = 3, .tm_sec = 2,
	.tm_wday = 1,
};

static const char *line(const struct xferlog_who *who, const struct transfer_record *t)
{
	static char text[40000];
	struct strbuf out;

	strbuf_init(&out, text, sizeof text);
	xferlog_line(&out, who, t, &moment);
	assert_false(out.full);
	return text;
}

static void a_stored_file(void **state)
{
	const struct xferlog_who who = { "192.0.2.7", "/home/ann", "ann", false, false, NULL };
	const struct transfer_record t = {
		.path = "/in/a file", .bytes = 5368709120, .milliseconds = 2700, .complete = true,
		.direction = 'i',
	};

	(void)state;
	assert_string_equal(line(&who, &t),
	    "Mon Jan  5 04:03:02 2026 3 192.0.2.7 5368709120 /home/ann/in/a_file b _ i r ann ftp 0 "
	    "* c\n");
}

static void an_anonymous_one_that_broke_off(void **state)
{
	const struct xferlog_who who = { "host.example", "", "me at home", true, false, NULL };
	const struct transfer_record t = { .path = "/f", .ascii = true, .direction = 'o' };

	(void)state;
	assert_string_equal(line(&who, &t),
	    "Mon Jan  5 04:03:02 2026 0 host.example 0 /f a _ o a me_at_home ftp 0 * i\n");
}

static void under_tls(void **state)
{
	const struct xferlog_who who = { "192.0.2.7", "", "ann", false, true, NULL };
	const struct transfer_record t = { .path = "/f", .complete = true, .direction = 'o' };

	(void)state;
	assert_string_equal(line(&who, &t),
	    "Mon Jan  5 04:03:02 2026 0 192.0.2.7 0 /f b _ o r ann ftps 0 * c\n");
}

static void who_rfc_1413_says_it_is(void **state)
{
	const struct xferlog_who who = { "192.0.2.7", "", "ann", false, false, "joe x" };
	const struct transfer_record t = { .path = "/f", .complete = true, .direction = 'o' };

	(void)state;
	assert_string_equal(line(&who, &t),
	    "Mon Jan  5 04:03:02 2026 0 192.0.2.7 0 /f b _ o r ann ftp 1 joe_x c\n");
}

static void no_name_makes_a_second_line_or_field(void **state)
{
	struct xferlog_who who = { "p", "/j", "", true, false, NULL };
	struct transfer_record t = { .path = "/a\nMon x\t\x1b[2J\x7f\xc3\xa9\x9b\\ b\r",
	    .direction = 'd' };
	const char *text = line(&who, &t), *p = text;
	int blanks = 0;

	(void)state;
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_non_null(strstr(text, "/j/a_Mon_x__[2J_\xc3\xa9\\x9B\\x5C_b_ b "));
	for (; *p != '\0'; p++) {
		assert_true((unsigned char)*p >= ' ' || *p == '\n');
		blanks += *p == ' ';
	}
	assert_int_equal(blanks, 18);   /* of which the date has 5 with its padding */

	/* the longest there is, every byte of it escaped */
	memset(t.path, 0x9b, sizeof t.path - 1);
	t.path[sizeof t.path - 1] = '\0';
	text = line(&who, &t);
	assert_int_equal(strlen(text), strlen("Mon Jan  5 04:03:02 2026 0 p 0 /j b _ d a _ ftp 0 * "
	    "i\n") + 4 * (sizeof t.path - 1));
}

static char dir[] = "/tmp/xferlog.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void a_log_is_made_0640_and_appended_to(void **state)
{
	mode_t old = umask(0);
	struct stat st;
	int fd = log_file_open("TransferLog", in_dir("log"), false);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(write(fd, "one\n", 4), 4);
	close(fd);
	fd = log_file_open("TransferLog", in_dir("log"), false);
	assert_int_equal(write(fd, "two\n", 4), 4);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 8);
	close(fd);
	umask(old);
}

static void what_is_no_log(void **state)
{
	char other[256];

	(void)state;
	assert_int_equal(symlink("target", in_dir("link")), 0);
	assert_true(log_file_open("TransferLog", in_dir("link"), false) < 0);
	assert_int_equal(access(in_dir("target"), F_OK), -1);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	/* and does not wait */
	assert_true(log_file_open("TransferLog", in_dir("fifo"), false) < 0);
	assert_int_equal(close(open(in_dir("one"), O_CREAT | O_WRONLY, 0600)), 0);
	(void)snprintf(other, sizeof other, "%s", in_dir("other"));
	assert_int_equal(link(in_dir("one"), other), 0);
	assert_true(log_file_open("TransferLog", in_dir("one"), false) < 0);   /* whose is it? */
	assert_int_equal(close(log_file_open("TransferLog", in_dir("one"), true)), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(close(log_file_open("TransferLog", in_dir("one"), false)), 0);
	assert_true(log_file_open("TransferLog", dir, false) < 0);
	assert_true(log_file_open("TransferLog", "/dev/null", false) < 0);
	assert_true(log_file_open("TransferLog", "relative", false) < 0);
	assert_true(log_file_open("TransferLog", "", false) < 0);
	assert_true(log_file_open("TransferLog", in_dir("no/such"), false) < 0);
	assert_int_equal(mkdir(in_dir("open"), 0700), 0);
	assert_int_equal(chmod(in_dir("open"), 01777), 0);
	assert_true(log_file_open("TransferLog", in_dir("open/log"), false) < 0);
	assert_int_equal(access(in_dir("open/log"), F_OK), -1);
}

static int make(void **state)
{
	(void)state;
	log_to_file(-1);
	return mkdtemp(dir) == NULL;
}

static int clean(void **state)
{
	static const char *const names[] = { "log", "link", "fifo", "one" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)unlink(in_dir(names[i]));
	(void)rmdir(in_dir("open"));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stored_file),
		cmocka_unit_test(an_anonymous_one_that_broke_off),
		cmocka_unit_test(who_rfc_1413_says_it_is),
		cmocka_unit_test(under_tls),
		cmocka_unit_test(no_name_makes_a_second_line_or_field),
		cmocka_unit_test(a_log_is_made_0640_and_appended_to),
		cmocka_unit_test(what_is_no_log),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
