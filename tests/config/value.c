/* Numbers and words: whole and in range, or refused with nothing stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/value.h"

static void numbers(void **state)
{
	static const struct { const char *text; int base; uintmax_t min, max; bool good;
	    uintmax_t v; } t[] = {
		{ "0", 10, 0, 10, true, 0 },
		{ "10", 10, 0, 10, true, 10 },
		{ "11", 10, 0, 10, false, 0 },
		{ "007", 10, 0, 10, true, 7 },
		{ "022", 8, 0, 0777, true, 022 },
		{ "777", 8, 0, 0777, true, 0777 },
		{ "1000", 8, 0, 0777, false, 0 },
		{ "8", 8, 0, 0777, false, 0 },
		{ "", 10, 0, 10, false, 0 },
		{ "-1", 10, 0, UINTMAX_MAX, false, 0 },
		{ "+1", 10, 0, UINTMAX_MAX, false, 0 },
		{ " 1", 10, 0, UINTMAX_MAX, false, 0 },
		{ "1 ", 10, 0, UINTMAX_MAX, false, 0 },
		{ "0x10", 10, 0, UINTMAX_MAX, false, 0 },
		{ "18446744073709551615", 10, 0, UINTMAX_MAX, true, UINTMAX_MAX },
		{ "18446744073709551616", 10, 0, UINTMAX_MAX, false, 0 },
		{ "99999999999999999999999", 10, 0, UINTMAX_MAX, false, 0 },
		{ "5", 10, 6, 9, false, 0 },
		{ "9", 10, 0, 3, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		uintmax_t v = 4711;

		assert_int_equal(parse_uint(t[i].text, t[i].base, t[i].min, t[i].max, &v),
		    t[i].good);
		assert_int_equal(v, t[i].good ? t[i].v : 4711);
	}
}

static void booleans(void **state)
{
	bool b = false;

	(void)state;
	assert_true(parse_bool("On", &b) && b);
	assert_true(parse_bool("FALSE", &b) && !b);
	assert_true(parse_bool("yes", &b) && b);
	assert_true(parse_bool("0", &b) && !b);
	b = true;
	assert_false(parse_bool("", &b));
	assert_false(parse_bool("onn", &b));
	assert_false(parse_bool("2", &b));
	assert_true(b);
}

static void times(void **state)
{
	uintmax_t v = 1;

	(void)state;
	assert_true(parse_seconds("90", 1000, &v) && v == 90);
	assert_true(parse_seconds("2m", 1000, &v) && v == 120);
	assert_true(parse_seconds("1hr", 4000, &v) && v == 3600);
	assert_true(parse_seconds("01:02:03", 4000, &v) && v == 3723);
	v = 7;
	assert_false(parse_seconds("01:02:03", 3722, &v));
	assert_false(parse_seconds("1:60:00", 100000, &v));
	assert_false(parse_seconds("1:2", 100000, &v));
	assert_false(parse_seconds("1d", 100000, &v));
	assert_false(parse_seconds("m", 100000, &v));
	assert_false(parse_seconds("-1", 100000, &v));
	assert_int_equal(v, 7);
}

static void sizes(void **state)
{
	uintmax_t v = 1;

	(void)state;
	assert_true(parse_bytes("512", 1024, &v) && v == 512);
	assert_true(parse_bytes("2Kb", 4096, &v) && v == 2048);
	assert_true(parse_bytes("1G", UINTMAX_MAX, &v) && v == 1073741824);
	v = 7;
	assert_false(parse_bytes("5Kb", 4096, &v));
	assert_false(parse_bytes("18446744073709551615G", UINTMAX_MAX, &v));
	assert_false(parse_bytes("1Tb", UINTMAX_MAX, &v));
	assert_int_equal(v, 7);
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(word_distance("SeverIdent", "ServerIdent"), 1);
	assert_int_equal(word_distance("AuthPAMAuthorative", "AuthPAMAuthoritative"), 2);
	assert_int_equal(word_distance("umask", "UMASK"), 0);
	assert_int_equal(word_distance("Umaks", "Umask"), 1);
	assert_int_equal(word_distance("", "abc"), 3);
	assert_true(word_distance("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    "a") > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(booleans), cmocka_unit_test(times),
		cmocka_unit_test(sizes), cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
