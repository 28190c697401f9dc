/* Times of listings: the calendar, the half year, and texts that are kept. */
#include "session/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { NOW = 1732180680 };       /* 2024-11-21 09:18:00 UTC */

static void recent_and_old(void **state)
{
	struct dates d;

	(void)state;
	date_init(&d, false, NOW);
	assert_string_equal(date_list(&d, NOW), "Nov 21 09:18");
	assert_string_equal(date_list(&d, NOW - 59), "Nov 21 09:17");
	assert_string_equal(date_list(&d, NOW - 59), "Nov 21 09:17");   /* the kept text */
	assert_string_equal(date_list(&d, NOW - 181 * 86400), "May 24 09:18");
	assert_string_equal(date_list(&d, NOW - 184 * 86400), "May 21  2024");
	assert_string_equal(date_list(&d, NOW + 86400), "Nov 22  2024");
	assert_string_equal(date_list(&d, 0), "Jan  1  1970");
	assert_string_equal(date_list(&d, -1), "Dec 31  1969");
}

static void windows_style(void **state)
{
	struct dates d;

	(void)state;
	date_init(&d, false, NOW);
	assert_string_equal(date_windows(&d, NOW), "11-21-24  09:18AM");
	assert_string_equal(date_windows(&d, NOW + 3 * 3600), "11-21-24  12:18PM");
	assert_string_equal(date_windows(&d, NOW + 15 * 3600), "11-22-24  12:18AM");
	assert_string_equal(date_windows(&d, NOW + 9 * 3600), "11-21-24  06:18PM");
	assert_string_equal(date_windows(&d, 0), "01-01-70  12:00AM");
}

static void facts_are_utc(void **state)
{
	struct dates d;

	(void)state;
	assert_int_equal(setenv("TZ", "EST5", 1), 0);
	tzset();
	date_init(&d, true, NOW);
	assert_string_equal(date_list(&d, NOW), "Nov 21 04:18");
	assert_string_equal(date_fact(&d, NOW), "20241121091800");
	assert_string_equal(date_fact(&d, NOW + 1), "20241121091801");
	assert_string_equal(date_fact(&d, -1), "19691231235959");
	assert_string_equal(date_fact(&d, INT64_C(4107542400)), "21000301000000");
}

/* Every day of eight hundred years, against the C library. */
static void the_calendar(void **state)
{
	(void)state;
	for (int64_t day = -141428; day < 150000; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		char want[16];
		struct dates d;
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		assert_true(strftime(want, sizeof want, "%Y%m%d%H%M%S", &tm) == 14);
		date_init(&d, false, NOW);
		assert_string_equal(date_fact(&d, t), want);
	}
}

static void far_years_have_four_digits(void **state)
{
	struct dates d;

	(void)state;
	date_init(&d, false, NOW);
	assert_int_equal(strlen(date_fact(&d, INT64_C(1) << 60)), 14);
	assert_int_equal(strlen(date_list(&d, -(INT64_C(1) << 60))), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recent_and_old), cmocka_unit_test(windows_style),
		cmocka_unit_test(facts_are_utc),
		cmocka_unit_test(the_calendar), cmocka_unit_test(far_years_have_four_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
