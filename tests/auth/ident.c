/* RFC 1413: which replies are answers, and what is taken from them. */
#include "auth/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What a reply to "6193, 21" gives, or NULL. */
static const char *said(const char *reply)
{
	static char text[IDENT_SIZE];
	struct strbuf out;

	strbuf_init(&out, text, sizeof text);
	return ident_parse(reply, strlen(reply), 6193, 21, &out) ? text : NULL;
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(said("6193, 21 : USERID : UNIX : stjohns\r\n"), "stjohns");
	assert_string_equal(said("6193,21:USERID:UNIX:stjohns\r\n"), "stjohns");
	assert_string_equal(said("  6193  ,  21  :  USERID  :  UNIX , US-ASCII :  a:b\r\n"), "a:b");
	assert_string_equal(said("6193, 21 : USERID : OTHER : j@host\nmore"), "j@host");
	assert_string_equal(said("6193, 21 : USERID : OTHER : no-end-of-line"), "no-end-of-line");
}

static void what_is_no_answer(void **state)
{
	static const char *const replies[] = {
		"", "\r\n", "6193, 21 : ERROR : HIDDEN-USER\r\n",
		"6193, 22 : USERID : UNIX : x\r\n", "21, 6193 : USERID : UNIX : x\r\n",
		"6193 21 : USERID : UNIX : x\r\n", "6193, 21 : userid : UNIX : x\r\n",
		"6193, 21 : USERID : UNIX\r\n", "6193, 21 : USERID : UNIX :\r\n",
		"6193, 21 : USERID : UNIX :   \r\n", "+6193, 21 : USERID : UNIX : x\r\n",
		", 21 : USERID : UNIX : x\r\n", "4294973489, 21 : USERID : UNIX : x\r\n",
		"6193, 21 : USERID : UNIX : a b\r\n", "6193, 21 : USERID : UNIX : a\x1b[2J\r\n",
		"6193, 21 : USERID : UNIX : \xc3\xa9\r\n", "6193, 21 : USERID : UNIX : a\tb\r\n",
		"6193, 21 : USERID : UNIX : a\rb\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		if (said(replies[i]) != NULL)
			fail_msg("taken for an answer: %s", replies[i]);
	}
}

static void bounds(void **state)
{
	char reply[1024], text[IDENT_SIZE];
	struct strbuf out;
	int n;

	(void)state;
	n = snprintf(reply, sizeof reply, "6193, 21 : USERID : UNIX : %0127d\r\n", 1);
	assert_non_null(said(reply));
	assert_int_equal(strlen(said(reply)), IDENT_SIZE - 1);
	n = snprintf(reply, sizeof reply, "6193, 21 : USERID : UNIX : %0128d\r\n", 1);
	assert_null(said(reply));
	n = snprintf(reply, sizeof reply, "6193, 21 : USERID : %0300d : x\r\n", 1);
	assert_null(said(reply));
	/* no byte behind the count is looked at, and a NUL ends no name quietly */
	memcpy(reply, "6193, 21 : USERID : UNIX : a\0b\r\n", 33);
	strbuf_init(&out, text, sizeof text);
	assert_false(ident_parse(reply, 32, 6193, 21, &out));
	for (n = 0; n < 28; n++) {
		strbuf_reset(&out);
		assert_false(ident_parse(reply, (size_t)n, 6193, 21, &out) && n < 28);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(what_is_no_answer),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
