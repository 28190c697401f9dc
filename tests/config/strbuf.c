/* Text buffers: bounded, never without their NUL, and safe for a log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/strbuf.h"

#include <string.h>

static void appending(void **state)
{
	STRBUF(b, 12);

	(void)state;
	strbuf_add(&b, "abc");
	strbuf_addc(&b, '-');
	strbuf_addu(&b, 42);
	strbuf_addpad(&b, 7, 3, '0');
	assert_string_equal(b.buf, "abc-42007");
	assert_int_equal(b.len, 9);
	assert_false(b.full);
}

static void overflow_is_sticky_and_whole(void **state)
{
	STRBUF(b, 8);

	(void)state;
	strbuf_add(&b, "1234567");
	assert_false(b.full);
	strbuf_add(&b, "8");
	assert_true(b.full);
	strbuf_add(&b, "");
	strbuf_addf(&b, "%d", 5);
	assert_string_equal(b.buf, "1234567");
	strbuf_cut(&b, 3);
	assert_false(b.full);
	strbuf_addf(&b, "%s", "too long for it");
	assert_true(b.full);
	assert_string_equal(b.buf, "123");
	strbuf_reset(&b);
	strbuf_addf(&b, "%d", 1234567);
	assert_string_equal(b.buf, "1234567");
	assert_false(b.full);
}

static void numbers(void **state)
{
	STRBUF(b, 64);

	(void)state;
	strbuf_addu(&b, UINTMAX_MAX);
	strbuf_addc(&b, ' ');
	strbuf_addpad(&b, 0, 5, ' ');
	assert_string_equal(b.buf, "18446744073709551615     0");
}

static void escaping(void **state)
{
	static const struct { const char *in; size_t n; const char *out; } t[] = {
		{ "plain", 5, "plain" },
		{ "a\r\nb", 4, "a\\x0D\\x0Ab" },
		{ "\033[2J", 4, "\\x1B[2J" },
		{ "back\\slash", 10, "back\\x5Cslash" },
		{ "\177", 1, "\\x7F" },
		{ "\0x", 2, "\\x00x" },
		/* a letter of two bytes */
		{ "\303\244", 2, "\303\244" },
		{ "\303", 1, "\\xC3" },                                   /* half of one */
		{ "\300\257", 2, "\\xC0\\xAF" },                          /* a slash in disguise */
		{ "\302\233", 2, "\\xC2\\x9B" },                          /* C1: drives terminals */
		{ "\355\240\200", 3, "\\xED\\xA0\\x80" },                 /* surrogate */
		{ "\364\220\200\200", 4, "\\xF4\\x90\\x80\\x80" },        /* beyond Unicode */
		{ "\360\237\230\200", 4, "\360\237\230\200" },
		{ "\342\200\250", 3, "\\xE2\\x80\\xA8" },                 /* line separator */
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		STRBUF(b, 64);

		strbuf_addescaped(&b, t[i].in, t[i].n);
		assert_string_equal(b.buf, t[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appending), cmocka_unit_test(overflow_is_sticky_and_whole),
		cmocka_unit_test(numbers), cmocka_unit_test(escaping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
