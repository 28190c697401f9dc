/* ServiceHours: which words are spans, what is open, and when next, over changes of the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/hours.h"

#include <stdlib.h>
#include <string.h>

struct read_hours {
	struct hours h;
	struct hours_span spans[HOURS_SPANS];
	char text[2048];
	char *words[400];
	size_t bad;
};

static const char *read_hours(struct read_hours *r, const char *text)
{
	size_t n = 0;

	assert_true(strlen(text) < sizeof r->text);
	memcpy(r->text, text, strlen(text) + 1);
	for (char *save, *p = strtok_r(r->text, " ", &save); p != NULL;
	    p = strtok_r(NULL, " ", &save))
		r->words[n++] = p;
	r->h.spans = r->spans;
	return hours_parse(r->words, n, r->spans, &r->h.n, &r->bad);
}

/* A local time, as "2026-11-21 08:00". */
static time_t local(const char *text)
{
	struct tm tm = { .tm_isdst = -1 };

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	tm.tm_isdst = -1;
	return mktime(&tm);
}

static void zone(const char *name)
{
	(void)setenv("TZ", name, 1);
	tzset();
}

static void assert_next(const struct hours *h, time_t t, time_t expected)
{
	time_t next = -1;

	assert_false(hours_open(h, t, &next));
	assert_int_equal(next, expected);
	assert_false(hours_open(h, next - 1, NULL));
	assert_true(hours_open(h, next, NULL));
}

static void spans_of_a_week(void **state)
{
	struct read_hours r;

	(void)state;
	zone("UTC");
	assert_null(read_hours(&r, "Mo-Fr 08:00-12:00 13:00-18:00 sat 09:00-12:00"));
	assert_int_equal(r.h.n, 3);
	/* the 21st is a Saturday */
	assert_true(hours_open(&r.h, local("2026-11-21 09:00"), NULL));
	assert_true(hours_open(&r.h, local("2026-11-21 12:00") - 1, NULL));
	assert_next(&r.h, local("2026-11-21 12:00"), local("2026-11-23 08:00"));
	assert_next(&r.h, local("2026-11-23 12:30") + 59, local("2026-11-23 13:00"));
	assert_next(&r.h, local("2026-11-20 18:00"), local("2026-11-21 09:00"));
	assert_next(&r.h, local("2026-11-23 08:00") - 1, local("2026-11-23 08:00"));
}

static void over_midnight(void **state)
{
	struct read_hours r;

	(void)state;
	zone("UTC");
	assert_null(read_hours(&r, "Sa 22:00-06:00"));
	assert_true(hours_open(&r.h, local("2026-11-21 22:00"), NULL));
	assert_true(hours_open(&r.h, local("2026-11-22 05:59"), NULL));
	assert_false(hours_open(&r.h, local("2026-11-21 05:59"), NULL));
	assert_next(&r.h, local("2026-11-22 06:00"), local("2026-11-28 22:00"));
	/* days over the week's end, and a day's own end */
	assert_null(read_hours(&r, "Fr-Mo,We 00:00-24:00"));
	assert_true(hours_open(&r.h, local("2026-11-23 23:59"), NULL));
	assert_next(&r.h, local("2026-11-24 00:00"), local("2026-11-25 00:00"));
	assert_null(read_hours(&r, "daily 06:00-05:00"));
	assert_next(&r.h, local("2026-11-24 05:30"), local("2026-11-24 06:00"));
}

static void the_clock_goes_forward(void **state)
{
	struct read_hours r;

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");  /* 2026-03-29, 02:00 becomes 03:00 */
	assert_null(read_hours(&r, "daily 02:30-04:00"));
	assert_next(&r.h, local("2026-03-29 01:30"), local("2026-03-29 03:00"));
	assert_null(read_hours(&r, "daily 02:15-02:45"));
	assert_next(&r.h, local("2026-03-28 02:45"), local("2026-03-30 02:15"));
	assert_null(read_hours(&r, "daily 08:00-18:00"));
	assert_next(&r.h, local("2026-03-28 18:00"), local("2026-03-29 08:00"));
	assert_int_equal(local("2026-03-29 08:00") - local("2026-03-28 18:00"), 13 * 3600);
	assert_null(read_hours(&r, "Mo 02:30-06:00"));
	assert_next(&r.h, local("2026-03-28 12:00"), local("2026-03-30 02:30"));
}

static void the_clock_goes_back(void **state)
{
	time_t first, again;
	struct read_hours r;

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");  /* 2026-10-25, 03:00 becomes 02:00 */
	assert_null(read_hours(&r, "daily 02:15-02:45"));
	first = local("2026-10-25 01:00") + 75 * 60;
	again = first + 3600;
	assert_next(&r.h, local("2026-10-25 01:00"), first);
	assert_next(&r.h, first + 30 * 60, again);
	assert_next(&r.h, again + 30 * 60, local("2026-10-26 02:15"));
	assert_null(read_hours(&r, "Su 08:00-18:00"));
	assert_next(&r.h, local("2026-10-24 23:00"), local("2026-10-25 08:00"));
}

static void no_spans_is_always(void **state)
{
	const struct hours h = { 0, NULL };
	time_t next = 5;

	(void)state;
	assert_true(hours_open(&h, 0, &next));
	assert_int_equal(next, 5);
}

static void what_is_no_span(void **state)
{
	static const struct { const char *text; size_t bad; } texts[] = {
		{ "", 0 }, { "Mo-Fr", 0 }, { "08:00-18:00", 0 }, { "Mo 08:00", 1 },
		{ "Mo 8:00-18:00", 1 },
		{ "Mo 08:00-18:00 Tu", 2 }, { "Mo Tu 08:00-18:00", 1 }, { "Xy 08:00-18:00", 0 },
		{ "Mo- 08:00-18:00", 0 }, { "Mo, 08:00-18:00", 0 }, { ",Mo 08:00-18:00", 0 },
		{ "Mo-Tu-We 08:00-18:00", 0 }, { "Monday 08:00-18:00", 0 }, { "Mo 08:00-08:00", 1 },
		{ "Mo 24:00-08:00", 1 }, { "Mo 08:00-24:01", 1 }, { "Mo 08:60-09:00", 1 },
		{ "Mo 22:00-00:00", 1 }, { "Mo 08:00-18:00x", 1 }, { "Mo 08:00-18:000", 1 },
		{ "Mo 25:00-26:00", 1 }, { "Mo 08:00/18:00", 1 }, { "Mo 08:00-", 1 },
		{ "always", 0 },
		{ "always 08:00-18:00", 0 }, { "daily,Mo 08:00-18:00", 0 },
	};
	struct read_hours r;
	char many[2048] = "Mo";

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_non_null(read_hours(&r, texts[i].text));
		assert_int_equal(r.bad, texts[i].bad);
	}
	for (size_t i = 0; i < HOURS_SPANS; i++)
		memcpy(many + strlen(many), " 08:00-18:00", 13);
	assert_null(read_hours(&r, many));
	memcpy(many + strlen(many), " 08:00-18:00", 13);
	assert_string_equal(read_hours(&r, many), "too many times");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_of_a_week), cmocka_unit_test(over_midnight),
		cmocka_unit_test(the_clock_goes_forward), cmocka_unit_test(the_clock_goes_back),
		cmocka_unit_test(no_spans_is_always), cmocka_unit_test(what_is_no_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
