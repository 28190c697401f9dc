/* Bytes → lines → words (directives.md, 1.1 to 1.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/bounds.h"
#include "config/lex.h"
#include "config/strbuf.h"

#include <stdlib.h>
#include <string.h>

static struct words words;
static char text[CONFIG_LINE];

static const char *env(const char *name)
{
	return strcmp(name, "WHO") == 0 ? "al ice" : strcmp(name, "TWO") == 0 ? "a\nDenyAll" : NULL;
}

/*
 * All lines of `in` as "line:word|word" joined with ";", "!" before an error, "~" for a lone quote.
 */
static void lines(const char *in, size_t n, struct strbuf *out)
{
	struct lex l;
	char *copy = malloc(n > 0 ? n : 1);  /* exact, so that a byte too far is seen */

	assert_non_null(copy);
	memcpy(copy, in, n);
	lex_start(&l, copy, n);
	l.env = env;
	words.text = text;
	words.cap = sizeof text;
	while (lex_line(&l, &words)) {
		strbuf_addf(out, "%s%u:%s%s", out->len > 0 ? ";" : "", words.line,
		    words.unbalanced ? "~" : "", words.comment_line ? "#" : "");
		if (words.error != NULL) {
			strbuf_addf(out, "!%s", words.error);
			continue;
		}
		for (size_t i = 0; i < words.n; i++)
			strbuf_addf(out, "%s%s", i > 0 ? "|" : "", words.word[i]);
		strbuf_add(out, words.section ? ">" : "");
	}
	free(copy);
}

static void each(const char *const (*t)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		STRBUF(out, 512);

		lines(t[i][0], strlen(t[i][0]), &out);
		assert_string_equal(out.buf, t[i][1]);
	}
}

#define EACH(t) each(t, sizeof(t) / sizeof *(t))

static void plain_lines(void **state)
{
	static const char *const t[][2] = {
		{ "", "" },
		{ "\n\n  \t\n", "" },
		{ "Umask 022", "1:Umask|022" },
		{ "Umask 022\n", "1:Umask|022" },
		{ "  Umask\t 022  \r\nPort 21\r\n", "1:Umask|022;2:Port|21" },
		{ "\n\nPort 21", "3:Port|21" },
		{ "\xef\xbb\xbfPort 21", "1:Port|21" },
		{ "A \xff\x80", "1:A|\xff\x80" },
	};

	(void)state;
	EACH(t);
}

static void quotes(void **state)
{
	static const char *const t[][2] = {
		{ "ServerName \"a b\"", "1:ServerName|a b" },
		{ "A \"\"", "1:A|" },
		{ "A \"x \\\" y\" z", "1:A|x \" y|z" },
		{ "A \"\\\\.\"", "1:A|\\." },
		{ "DenyFilter \\*.*/", "1:DenyFilter|\\*.*/" },     /* outside quotes a backslash is
		                                                       literal */
		{ "A b\"c d\"", "1:A|b\"c|d\"" },                    /* a quote inside a word,
		                                                        too */
		{ "A \"b\"c", "1:A|b|c" },
		{ "A \"b c\nB d", "1:~A|b c;2:B|d" },                /* a lone quote ends with its
		                                                        line */
		{ "A \"b c\r\nB d", "1:~A|b c;2:B|d" },
		{ "A \"", "1:~A|" },
		{ "A \"b\\", "1:~A|b\\" },
	};

	(void)state;
	EACH(t);
}

static void comments_and_continuations(void **state)
{
	static const char *const t[][2] = {
		{ "# no\nA b # c\nA b#c\nA \"# d\"", "2:A|b;3:A|b#c;4:A|# d" },
		{ "A b \\\n c", "1:A|b|c" },
		{ "A b\\\nc", "1:A|bc" },
		{ "A b \\\r\n c\nB", "1:A|b|c;3:B" },
		{ "A \"b \\\nc\"", "1:A|b c" },
		{ "A b \\", "1:A|b|\\" },
		{ "\\\nA b", "1:A|b" },
		{ "A # x \\\nDenyAll\nB", "1:#A;3:B" },              /* taken in, but not without a
		                                                        word */
		{ "# x \\\nDenyAll\nB", "3:#B" },
	};

	(void)state;
	EACH(t);
}

static void sections(void **state)
{
	static const char *const t[][2] = {
		{ "<Global>", "1:<Global>" },
		{ "<Limit READ WRITE>", "1:<Limit|READ|WRITE>" },
		{ "<Limit READ >", "1:<Limit|READ>" },
		{ "<Directory \"/a b\">", "1:<Directory|/a b>" },
		{ "<Directory \"/a>\">", "1:<Directory|/a>>" },
		{ "</Limit> # end", "1:</Limit>" },
		{ "<Limit READ", "1:!a section's name ends in >" },
		{ "<Limit READ> DenyAll", "1:!a section's name ends in >" },
		{ "<Limit \"READ>\"", "1:!a section's name ends in >" },
		{ "<", "1:!a section's name ends in >" },
	};

	(void)state;
	EACH(t);
}

static void environment(void **state)
{
	static const char *const t[][2] = {
		{ "A %{env:WHO} x", "1:A|al ice|x" },
		{ "A \"x-%{env:WHO}\"", "1:A|x-al ice" },
		{ "A %{env:NOBODY}\nB", "1:!%{env:…} names a variable that is not set;2:B" },
		{ "A %{env:TWO}\nB", "1:!%{env:…} names a variable of more than one line;2:B" },
		{ "A %{env:WHO\nB", "1:!%{env: without its };2:B" },
		{ "A %{env:", "1:!%{env: without its }" },
		{ "A %{envy} %u", "1:A|%{envy}|%u" },
	};

	(void)state;
	EACH(t);
}

static void nul_is_an_error(void **state)
{
	STRBUF(out, 256);

	(void)state;
	lines("A b\0c\nB d\n", 10, &out);
	assert_string_equal(out.buf, "1:!NUL byte in the line;2:B|d");
	strbuf_reset(&out);
	lines("A \"b\\\0\"\nB", 9, &out);
	assert_string_equal(out.buf, "1:!NUL byte in the line;2:B");
}

static void bounds_hold(void **state)
{
	size_t n = CONFIG_LINE + 10;
	char *line = malloc(n);
	STRBUF(out, 256);

	(void)state;
	assert_non_null(line);
	memset(line, 'x', n);
	memcpy(line + n - 3, "\nB", 2);
	lines(line, n - 1, &out);
	assert_string_equal(out.buf, "1:!line too long;2:B");
	for (size_t i = 0; i < n; i++)
		line[i] = i % 2 ? ' ' : 'x';
	strbuf_reset(&out);
	lines(line, n, &out);
	assert_string_equal(out.buf, "1:!too many words");
	memset(line, ' ', n);
	strbuf_reset(&out);
	lines(line, n, &out);
	assert_string_equal(out.buf, "");
	free(line);
}

static void skipping_counts_lines(void **state)
{
	static const char in[] = "A b \\\n c\n\nB\nC \\\r\n d\r\nE";
	struct lex l;

	(void)state;
	lex_start(&l, in, sizeof in - 1);
	assert_int_equal(lex_peek(&l), 'A');
	lex_skip(&l);
	assert_int_equal(lex_peek(&l), 'B');
	assert_int_equal(l.line, 4);
	lex_skip(&l);
	lex_skip(&l);
	assert_int_equal(lex_peek(&l), 'E');
	assert_int_equal(l.line, 7);
	lex_skip(&l);
	assert_int_equal(lex_peek(&l), -1);
}

/* The line behind a section that is passed over, 0 where it is not. */
static unsigned skipped(const char *in)
{
	size_t n = strlen(in);
	char *copy = malloc(n);
	struct lex l;
	unsigned line = 0;

	assert_non_null(copy);
	memcpy(copy, in, n);
	lex_start(&l, copy, n);
	assert_int_equal(lex_peek(&l), '<');
	if (lex_skip_section(&l)) {
		line = l.line;
		assert_true(l.pos == l.len || l.bytes[l.pos] == 'X');
	} else {
		assert_int_equal(l.pos, 0);
		assert_int_equal(l.line, 1);
	}
	free(copy);
	return line;
}

static void sections_that_are_passed_over(void **state)
{
	static const struct { const char *in; unsigned line; } t[] = {
		{ "<A>\n</A>\nX", 3 }, { "<A>\r\n\r\n  B c\r\n</a>\r\nX", 5 },
		{ "<A \"x y\">\nB\n </A >\nX", 4 },
		{ "<A>\n<B c>\n<C>\n</C>\n</B>\n<B>\n</B>\n</A>\n", 9 },
		{ "<A>\n# a comment with <B>\nDef x\nInclud y\nDefinition\n</A>\n", 7 },
		{ "<A>\nDef x\nInclud y\nDeny \\x\n</A>\n", 6 },
		/* what may matter */
		{ "<A>\nInclude x\n</A>\n", 0 }, { "<A>\n  iNCLUDE x\n</A>\n", 0 },
		{ "<A>\nDefine x\n</A>\n", 0 },
		{ "<A>\n<IfDefine x>\n</IfDefine>\n</A>\n", 0 },
		{ "<ifmodule x>\n</ifmodule>\n", 0 },
		{ "<VirtualHost x>\n</VirtualHost>\n", 0 }, { "<global>\n</global>\n", 0 },
		{ "<A>\n\"Include\" x\n</A>\n", 0 },
		/* what takes a second look */
		{ "<A>\nB \\\nInclude x\n</A>\n", 0 }, { "<A>\n# b \\\r\n</A>\n</A>\n", 0 },
		{ "<A>\n\\\n</A>\n", 0 },
		{ "<A> # x\n</A>\n", 0 }, { "<A #>\n</A>\n", 0 }, { "<A\n</A>\n", 0 },
		{ "<A>b\n</A>\n", 0 },
		{ "<A>\n</B>\n</A>\n", 0 }, { "<A>\n</A\n", 0 }, { "<>\n</>\n", 0 },
		{ "</A>\n", 0 }, { "<A-b>\n</A-b>\n", 0 },
		/* no end */
		{ "<A>\n</A>", 0 }, { "<A>\n", 0 }, { "<A>", 0 }, { "<", 0 },
		{ "<A>\n<B>\n</B>\n", 0 }, { "<A>\n<", 0 },
		{ "<a><a>\n</a>\n", 0 },
		{ "<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n<A>\n"
		  "<A>\n<A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n"
		  "</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n</A>\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (skipped(t[i].in) != t[i].line)
			fail_msg("%s: not line %u", t[i].in, t[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_lines), cmocka_unit_test(quotes),
		cmocka_unit_test(comments_and_continuations), cmocka_unit_test(sections),
		cmocka_unit_test(environment), cmocka_unit_test(nul_is_an_error),
		cmocka_unit_test(bounds_hold), cmocka_unit_test(skipping_counts_lines),
		cmocka_unit_test(sections_that_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
