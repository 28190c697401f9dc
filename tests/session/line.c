/* The command line reader: what lines a client's bytes make, in whatever pieces they come. */
#include "session/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct line line;

/* Put bytes in, in pieces of `piece`, as far as there is room. */
static size_t feed(const char *bytes, size_t n, size_t piece)
{
	size_t at = 0;

	while (at < n) {
		size_t room, k = n - at < piece ? n - at : piece;
		unsigned char *to = line_room(&line, &room);

		if (room == 0)
			break;
		k = k < room ? k : room;
		memcpy(to, bytes + at, k);
		line_received(&line, k);
		at += k;
	}
	return at;
}

static void expect(const char *text, size_t n)
{
	char *got;
	size_t len;

	assert_true(line_waiting(&line));
	assert_int_equal(line_take(&line, &got, &len), LINE_COMMAND);
	assert_int_equal(len, n);
	assert_memory_equal(got, text, n);
	assert_int_equal(got[len], '\0');
}

static void expect_none(void)
{
	char *got;
	size_t len;

	assert_false(line_waiting(&line));
	assert_int_equal(line_take(&line, &got, &len), LINE_NONE);
}

/* Bytes (in any pieces), and the one or two lines that they are. */
static const struct {
	const char *bytes;
	size_t n;
	const char *first, *second;
} cases[] = {
#define BYTES(s) s, sizeof s - 1
	{ BYTES("NOOP\r\n"), "NOOP", NULL },
	{ BYTES("NOOP\n"), "NOOP", NULL },
	{ BYTES("\r\n\n"), "", "" },
	{ BYTES("NOOP\r\r\n"), "NOOP\r", NULL },
	{ BYTES("RETR a\rb\r\n"), "RETR a\rb", NULL },
	{ BYTES("USER a\r\nPASS b\r\n"), "USER a", "PASS b" },
	{ BYTES("RETR \377\377\r\n"), "RETR \377", NULL },
	{ BYTES("\377\364\377\362ABOR\r\n"), "ABOR", NULL },         /* IP, data mark */
	{ BYTES("\377\364\377ABOR\r\n"), "ABOR", NULL },         /* the mark came out of line */
	{ BYTES("NO\377\373\001OP\r\n"), "NOOP", NULL },             /* WILL ECHO */
	{ BYTES("NO\377\374\001OP\r\n"), "NOOP", NULL },             /* WONT ECHO */
	{ BYTES("NO\377\373\012OP\r\n"), "NOOP", NULL },         /* option 10 is no LF */
	{ BYTES("DELE x\377\r\nNOOP\r\n"), "DELE x", "NOOP" },   /* a stray IAC joins no lines */
	{ BYTES("\377\372NOOP\r\nNOOP\r\n"), "NOOP", "NOOP" },   /* SB swallows nothing */
};

static void lines_in_any_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t piece = 1; piece <= cases[i].n; piece++) {
			line_init(&line, LINE_DEFAULT);
			assert_int_equal(feed(cases[i].bytes, cases[i].n, piece), cases[i].n);
			expect(cases[i].first, strlen(cases[i].first));
			if (cases[i].second != NULL)
				expect(cases[i].second, strlen(cases[i].second));
			expect_none();
		}
	}
}

static void a_nul_is_kept_for_the_caller(void **state)
{
	(void)state;
	line_init(&line, LINE_DEFAULT);
	feed("USER a\0x\r\n", 10, 10);
	expect("USER a\0x", 8);
}

static void offers_are_refused(void **state)
{
	(void)state;
	line_init(&line, LINE_DEFAULT);
	feed("\377\373\001\377\375\003\377\375\004", 9, 1);
	assert_int_equal(line.nanswer, 6);   /* a third is not answered */
	assert_memory_equal(line.answer, "\377\376\001\377\374\003", 6);
	expect_none();
}

/* "CWD AAA… DELE x" of any length is one line or one refusal, and then comes a line again. */
static void a_long_line_is_never_two(void **state)
{
	static char bytes[70000];
	char *text;
	size_t len;

	(void)state;
	for (size_t n = 1; n < 66000; n += n < 4000 || n > 4200 ? 97 : 1) {
		unsigned lines = 0, refusals = 0;
		size_t total, at = 0;

		memset(bytes, 'A', sizeof bytes);
		memcpy(bytes, "CWD ", 4);
		memcpy(bytes + 4 + n, " DELE x\r\nNOOP\r\n", 15);
		total = 4 + n + 15;
		line_init(&line, LINE_DEFAULT);
		while (at < total) {
			enum line_result got;

			at += feed(bytes + at, total - at, 1000);
			while ((got = line_take(&line, &text, &len)) != LINE_NONE &&
			    got != LINE_HOPELESS) {
				lines += got == LINE_COMMAND;
				refusals += got == LINE_TOO_LONG;
			}
			if (got == LINE_HOPELESS)
				break;
		}
		if (at < total || 11 + n >= LINE_GIVE_UP)
			continue;
		assert_int_equal(lines, 11 + n <= LINE_DEFAULT ? 2 : 1);
		assert_int_equal(refusals, 11 + n <= LINE_DEFAULT ? 0 : 1);
		assert_string_equal(text, "NOOP");
	}
}

static void an_endless_line_is_given_up(void **state)
{
	char piece[1000], *text;
	size_t len, sent = 0;

	(void)state;
	memset(piece, 'A', sizeof piece);
	line_init(&line, LINE_LIMIT);
	for (;;) {
		sent += feed(piece, sizeof piece, sizeof piece);
		if (line.end > LINE_LIMIT + 1)
			assert_true(line_waiting(&line)); /* or nobody would come to drop it */
		if (line_take(&line, &text, &len) == LINE_HOPELESS)
			break;
		assert_true(sent <= LINE_GIVE_UP + 2 * sizeof piece);
	}
	assert_true(sent >= LINE_GIVE_UP);
}

static void the_longest_line_fits(void **state)
{
	static char bytes[LINE_LIMIT + 2];

	(void)state;
	memset(bytes, 'A', LINE_LIMIT);
	memcpy(bytes + LINE_LIMIT, "\r\n", 2);
	line_init(&line, LINE_LIMIT);
	assert_int_equal(feed(bytes, sizeof bytes, 7), sizeof bytes);
	expect(bytes, LINE_LIMIT);
	expect_none();
}

/* During a transfer lines pile up: they wait, whole and in order, and no byte is lost. */
static void lines_that_wait_fill_the_buffer(void **state)
{
	const char *text;
	size_t fed = 0, taken = 0, at = 0, len, seen = 0;

	(void)state;
	line_init(&line, LINE_DEFAULT);
	while (feed("NOOP\r\n", 6, 6) == 6)
		fed++;
	assert_true(fed > 2000);
	while (line_peek(&line, &at, &text, &len)) {
		assert_int_equal(len, 4);
		assert_memory_equal(text, "NOOP", 4);
		seen++;
	}
	assert_int_equal(seen, fed);
	for (; taken < fed; taken++)
		expect("NOOP", 4);
	feed("OP\r\n", 4, 4);        /* the rest of the one that did not fit whole */
	assert_true(line_waiting(&line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_any_pieces),
		cmocka_unit_test(a_nul_is_kept_for_the_caller),
		cmocka_unit_test(offers_are_refused),
		cmocka_unit_test(a_long_line_is_never_two),
		cmocka_unit_test(an_endless_line_is_given_up),
		cmocka_unit_test(the_longest_line_fits),
		cmocka_unit_test(lines_that_wait_fill_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
