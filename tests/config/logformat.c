/* LogFormat taken apart, and the classes of ExtendedLog. */
#include "config/logformat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS = 16 };

static size_t parse(const char *format, struct log_step *steps, const char **bad, size_t *bad_len)
{
	*bad = NULL;
	*bad_len = 0;
	return logformat_parse(format, steps, STEPS, bad, bad_len);
}

static void texts_and_variables(void **state)
{
	struct log_step s[STEPS];
	const char *bad;
	size_t n;

	(void)state;
	assert_int_equal(parse("a %h:%{basename}%%%{X}e%{%Y-%m}t%{note:x}!", s, &bad, &n), 9);
	assert_int_equal(s[0].what, LOG_TEXT);
	assert_memory_equal(s[0].text, "a ", s[0].len);
	assert_int_equal(s[0].len, 2);
	assert_int_equal(s[1].what, LOGVAR_PEER_NAME);
	assert_int_equal(s[2].what, LOG_TEXT);
	assert_int_equal(s[3].what, LOGVAR_BASENAME);
	assert_int_equal(s[4].what, LOGVAR_PERCENT);
	assert_int_equal(s[5].what, LOG_ENVIRONMENT);
	assert_int_equal(s[5].len, 1);
	assert_int_equal(s[6].what, LOG_STRFTIME);
	assert_memory_equal(s[6].text, "%Y-%m", 5);
	assert_int_equal(s[7].what, LOG_NOTE);
	assert_int_equal(s[8].what, LOG_TEXT);
	assert_int_equal(logformat_needs(s, 9), LOG_NEEDS_NAME);
	assert_int_equal(parse("", s, &bad, &n), 0);
	assert_null(bad);
}

static void every_name_is_known(void **state)
{
#define AS_NAME(name, text, needs) text,
	static const char *const names[] = { LOG_VARIABLES(AS_NAME) };
#undef AS_NAME
	struct log_step s[STEPS];
	const char *bad;
	char format[64];
	size_t n;

	(void)state;
	for (size_t i = 0; i < LOG_NAMED; i++) {
		(void)snprintf(format, sizeof format, strlen(names[i]) == 1 ? "%%%s" : "%%{%s}",
		    names[i]);
		assert_int_equal(parse(format, s, &bad, &n), 1);
		assert_int_equal(s[0].what, i);
	}
}

static void unknown_ones_are_told(void **state)
{
	static const struct { const char *format, *bad; } cases[] = {
		{ "%y", "%y" }, { "x%", "%" }, { "%{foo} b", "%{foo}" }, { "%{foo", "%{foo" },
		{ "%{}", "%{}" },
		{ "%{a}", "%{a}" }, { "%h %{note:}", "%{note:}" }, { "%{foo}x", "%{foo}" },
	};
	struct log_step s[STEPS];
	const char *bad;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(parse(cases[i].format, s, &bad, &n), 0);
		assert_int_equal(n, strlen(cases[i].bad));
		assert_memory_equal(bad, cases[i].bad, n);
	}
}

static void what_was_meant_is_told(void **state)
{
	static const struct { const char *bad, *meant; } cases[] = {
		{ "%{transfer-statu}", "transfer-status" }, { "%{Epoch}", "epoch" },
		{ "%{basname}", "basename" },
		{ "%{transfer_status}", "transfer-status" }, { "%{gd}", "gid" },
		{ "%{basename", "basename" },
		{ "%{a}", "a" }, { "%{%}", "%" }, { "%{x}", NULL }, { "%{foo}", NULL },
		{ "%y", NULL },
		{ "%", NULL }, { "%{", NULL }, { "%{}", NULL },
		{ "%{transfer-status-of-what-was-transferred}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *told = logformat_suggest(cases[i].bad, strlen(cases[i].bad));

		if (cases[i].meant == NULL)
			assert_null(told);
		else
			assert_string_equal(told, cases[i].meant);
	}
}

static void steps_beyond_the_room_are_counted(void **state)
{
	struct log_step s[2];
	const char *bad;
	size_t n;

	(void)state;
	s[1].what = LOG_NOTE;
	assert_int_equal(logformat_parse("%h%a%b", s, 1, &bad, &n), 3);
	assert_int_equal(s[1].what, LOG_NOTE);
	assert_int_equal(logformat_parse("%h%a%b", NULL, 0, &bad, &n), 3);
}

static void classes(void **state)
{
	static const struct { const char *text; bool good; unsigned bits, not_bits; } cases[] = {
		{ "ALL", true, LOG_ALL_CLASSES, 0 },
		{ "all,exit", true, LOG_ALL_CLASSES | LOG_EXIT_CLASS, 0 },
		{ "AUTH,READ", true, LOG_AUTH_CLASS | LOG_READ_CLASS, 0 },
		{ "ALL,!READ", true, LOG_ALL_CLASSES & ~LOG_READ_CLASS, LOG_READ_CLASS },
		{ "!READ,READ", true, LOG_READ_CLASS, 0 }, { "NONE", true, 0, 0 },
		{ "READ,NONE", true, 0, 0 },
		{ "NONE,READ", true, LOG_READ_CLASS, 0 }, { "SFTP|SSH", true, 0, 0 },
		{ "READ WRITE", true, LOG_READ_CLASS | LOG_WRITE_CLASS, 0 }, { "FOO", false, 0, 0 },
		{ "", false, 0, 0 }, { ",", false, 0, 0 }, { "!", false, 0, 0 },
		{ "READ,!x", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[64];
		const char *bad;
		unsigned bits, not_bits;

		(void)snprintf(text, sizeof text, "%s", cases[i].text);
		assert_int_equal(logclasses_parse(text, &bits, &not_bits, &bad), cases[i].good);
		if (cases[i].good) {
			assert_int_equal(bits, cases[i].bits);
			assert_int_equal(not_bits, cases[i].not_bits);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_variables), cmocka_unit_test(every_name_is_known),
		cmocka_unit_test(what_was_meant_is_told),
		cmocka_unit_test(unknown_ones_are_told),
		cmocka_unit_test(steps_beyond_the_room_are_counted),
		cmocka_unit_test(classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
