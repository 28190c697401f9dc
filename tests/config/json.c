/*
 * JSON strings of any bytes: what stands for itself, and what would end a string or drive a
 * terminal.
 */
#include "config/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct { const char *text, *json; bool holds; } table[] = {
	{ "", "\"\"", true },
	{ "a b", "\"a b\"", true },
	{ "\"\\/", "\"\\\"\\\\/\"", true },
	{ "\x01\n\x1f\x7f", "\"\\u0001\\u000a\\u001f\\u007f\"", true },
	{ "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\"\\u0080\\u009b\\u009f\xc2\xa0\"", true },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
	    true },
	/* no UTF-8 (RFC 3629, 4): alone, overlong, surrogates, above U+10FFFF, cut */
	{ "\x9b\xff", "\"\\u009b\\u00ff\"", false },
	{ "\xc0\xaf", "\"\\u00c0\\u00af\"", false },
	{ "\xe0\x9f\xbf", "\"\\u00e0\\u009f\\u00bf\"", false },
	{ "\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"", false },
	{ "\xf0\x8f\xbf\xbf", "\"\\u00f0\\u008f\\u00bf\\u00bf\"", false },
	{ "\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\"", false },
	{ "\xf5\x80\x80\x80", "\"\\u00f5\\u0080\\u0080\\u0080\"", false },
	{ "x\xe2\x82", "\"x\\u00e2\\u0082\"", false },
	{ "\xe2\x82\"", "\"\\u00e2\\u0082\\\"\"", false },
	{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
	    "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"", true },
};

static void strings(void **state)
{
	STRBUF(out, 256);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		strbuf_reset(&out);
		json_string(&out, table[i].text);
		assert_string_equal(out.buf, table[i].json);
		assert_int_equal(json_holds(table[i].text), table[i].holds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(strings) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
