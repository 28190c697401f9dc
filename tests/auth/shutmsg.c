/* /etc/shutmsg: when nobody is let in any more, and the words for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/shutmsg.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1700000000, HOUR = 3600, MINUTE = 60 };

static bool parse(const char *text, struct shutmsg *s)
{
	return shutmsg_parse(text, strlen(text), NOW, s);
}

/* Seconds since 1970 of a day's time in the zone of this test, UTC. */
static time_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour =
	    hour,
		.tm_min = minute };

	return timegm(&tm);
}

static void the_manuals_example(void **state)
{
	struct shutmsg s;

	(void)state;
	assert_true(parse("2031 05 01 18 00 00 0010 0005\nback soon\nnever read\n", &s));
	assert_int_equal(s.shutdown, at(2031, 5, 1, 18, 0));
	assert_int_equal(s.deny, at(2031, 5, 1, 17, 50));
	assert_int_equal(s.disconnect, at(2031, 5, 1, 17, 55));
	assert_string_equal(s.message, "back soon");
}

static void hours_before(void **state)
{
	struct shutmsg s;

	(void)state;
	assert_true(parse("2031 1 1 0 0 0 0130 9959", &s));
	assert_int_equal(s.shutdown - s.deny, HOUR + 30 * MINUTE);
	assert_int_equal(s.shutdown - s.disconnect, 99 * HOUR + 59 * MINUTE);
	assert_string_equal(s.message, "");
}

static void not_four_digits_is_the_time_itself(void **state)
{
	static const char *const texts[] = {
		"2031 05 01 18 00 00 10 -005\n", "2031 05 01 18 00 00\n",
		"2031 05 01 18 00 00 00100 x\n", "\t2031  5 1 18 0 0 001a 12345678901234567890\r\n",
	};
	struct shutmsg s;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_true(parse(texts[i], &s));
		assert_int_equal(s.deny, s.shutdown);
		assert_int_equal(s.disconnect, s.shutdown);
	}
}

static void empty_is_now(void **state)
{
	struct shutmsg s;

	(void)state;
	assert_true(shutmsg_parse("", 0, NOW, &s));
	assert_int_equal(s.deny, NOW);
	assert_true(parse("\n \t\r\n", &s));
	assert_int_equal(s.disconnect, NOW);
}

static void no_date(void **state)
{
	static const char *const texts[] = {
		"tomorrow\n", "2031\n", "2031 05 01 18 00\n", "2031 13 01 18 00 00 0010 0005\n",
		"2031 02 30 18 00 00 0010 0005\n", "2031 00 01 18 00 00\n", "31 05 01 18 00 00\n",
		"2031 05 01 24 00 00\n", "2031 05 01 18 60 00\n", "-2031 05 01 18 00 00\n",
		"2031 05 01 18 00 0x0\n", "99999999999999999999 5 1 1 1 1\n",
		"2031 05 01\n18 00 00\n", "\n2031 05 01 18 00 00\n", "2031-05-01 18:00:00\n",
	};
	struct shutmsg s;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(parse(texts[i], &s));
}

static void the_message_is_bounded(void **state)
{
	char text[400] = "2031 05 01 18 00 00 0000 0000\n";
	struct shutmsg s;

	(void)state;
	memset(text + strlen(text), 'm', 300);
	assert_true(parse(text, &s));
	assert_int_equal(strlen(s.message), 80);
}

static void variables(void **state)
{
	const struct shutmsg_names names = { .local = "192.0.2.1", .peer = "host.example",
		.server = "The server", .now = 0 };
	struct shutmsg s;
	STRBUF(out, 512);

	(void)state;
	assert_true(parse("2031 05 01 18 00 00 0010 0005\n%s|%r|%d|%T|%L %R %V %U %C 100% %n%",
	    &s));
	shutmsg_text(&out, &s, &names);
	assert_string_equal(out.buf, "Thu May  1 18:00:00 2031|Thu May  1 17:50:00 2031|"
	    "Thu May  1 17:55:00 2031|Thu Jan  1 00:00:00 1970|192.0.2.1 host.example The server "
	    "(none) (none) 100% %n%");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manuals_example), cmocka_unit_test(hours_before),
		cmocka_unit_test(not_four_digits_is_the_time_itself),
		cmocka_unit_test(empty_is_now),
		cmocka_unit_test(no_date), cmocka_unit_test(the_message_is_bounded),
		cmocka_unit_test(variables),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
