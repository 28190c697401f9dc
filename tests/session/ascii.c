/* TYPE A: line ends both ways, wherever a block ends. */
#include "session/ascii.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *in, *out, *back;   /* the file, on the wire, the file again */
} cases[] = {
	{ "", "", "" },
	{ "a\nb\n", "a\r\nb\r\n", "a\nb\n" },
	{ "no end", "no end", "no end" },
	{ "\n\n\n", "\r\n\r\n\r\n", "\n\n\n" },
	{ "a\r\nb", "a\r\nb", "a\nb" },        /* stays CR LF, never CR CR LF */
	{ "a\rb\r", "a\rb\r", "a\rb\r" },      /* a lone CR is no line end */
	{ "\r\r\n\r", "\r\r\n\r", "\r\n\r" },
	{ "\n\r", "\r\n\r", "\n\r" },
};

static size_t convert(char *out, const char *in, size_t piece,
    size_t (*f)(char *, const char *, size_t, bool *), bool in_end)
{
	size_t n = strlen(in), used = 0;
	bool cr = false;

	for (size_t at = 0; at < n; at += piece)
		used += f(out + used, in + at, n - at < piece ? n - at : piece, &cr);
	if (in_end)
		used += ascii_in_end(out + used, &cr);
	out[used] = '\0';
	return used;
}

static void every_border(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t piece = 1; piece <= 8; piece++) {
			char out[64], back[64];

			(void)convert(out, cases[i].in, piece, ascii_out, false);
			assert_string_equal(out, cases[i].out);
			(void)convert(back, out, piece, ascii_in, true);
			assert_string_equal(back, cases[i].back);
		}
	}
}

static void nuls_are_bytes(void **state)
{
	char out[16];
	bool cr = false;

	(void)state;
	assert_int_equal(ascii_out(out, "\0\n\0", 3, &cr), 4);
	assert_memory_equal(out, "\0\r\n\0", 4);
	assert_int_equal(ascii_in(out, "\0\r\n\0", 4, &cr), 3);
	assert_memory_equal(out, "\0\n\0", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_border), cmocka_unit_test(nuls_are_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
