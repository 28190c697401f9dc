/* Sections sorted out for a listing say of each name what the whole path's question says. */
#include "config/entries.h"
#include "config/pattern.h"
#include "tests/config/given.h"

static const struct context_names alice = { .user = "alice", .home = "/home/alice" };

static void check(const struct context *base, const struct entries *e, const char *dir,
    const char *name, const char *text)
{
	const struct context *found;
	char path[512];

	(void)snprintf(path, sizeof path, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir, name);
	(void)entries_find(e, name, &found);
	if (found != context_for_path(base, path))
		fail_msg("%s: %s rules in the listing, %s over the path, under\n%s", path,
		    found->path, context_for_path(base, path)->path, text);
}

static void the_same_answers(void **state)
{
	static const char *const parts[] = { "a", "b", "ab", "*", "?", "[ab]", "a*", "*b", "[!a]",
	    "*a*",
		"?b*", "\\*", "a\\" };
	static const char *const names[] = { "a", "b", "ab", "ba", "aab", "bab", "*", "a*", "?",
	    "[ab]",
		"c", "a\\", "\\*", "abab", "*a*" };
	static const char *const dirs[] = { "/", "/a", "/b", "/a/b", "/a/a", "/ab", "/a/ab/b",
	    "/b/a/b/a",
		"/*", "/a/*" };
	unsigned seed = 1, slow = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		struct given g = { .dir = "" };
		struct entries e;
		struct context *base;
		struct config *c;
		STRBUF(text, 4096);

		for (int n = rand_r(&seed) % 8; n >= 0; n--) {
			strbuf_add(&text, "<Directory ");
			for (int k = rand_r(&seed) % 4; k >= 0; k--)
				strbuf_addf(&text, "/%s",
				    parts[(size_t)rand_r(&seed) % (sizeof parts / sizeof *parts)]);
			strbuf_add(&text, ">\nUmask 022\n</Directory>\n");
		}
		c = given(&g, text.buf);
		given_end(&g);
		if (c == NULL)
			continue;        /* a section twice */
		base = config_server(c);
		context_resolve(c, base, &alice);
		for (size_t d = 0; d < sizeof dirs / sizeof *dirs; d++) {
			entries_begin(&e, base, dirs[d]);
			slow += e.slow;
			for (size_t n = 0; n < sizeof names / sizeof *names; n++)
				check(base, &e, dirs[d], names[n], text.buf);
		}
	}
	assert_true(slow < 100);
}

/* More sections than there is room for are asked one by one, and say the same. */
static void too_many(void **state)
{
	struct given g = { .dir = "" };
	const struct context *base;
	struct entries e;
	struct config *c;
	STRBUF(text, 65536);

	(void)state;
	for (int i = 0; i < 2 * BRANCHES; i++)
		strbuf_addf(&text, "<Directory /d/%03d*>\nUmask 022\n</Directory>\n", i);
	c = given(&g, text.buf);
	assert_non_null(c);
	context_resolve(c, config_server(c), &alice);
	base = config_server(c);
	entries_begin(&e, base, "/d");
	assert_true(e.slow);
	check(base, &e, "/d", "003x", "");
	check(base, &e, "/d", "x", "");
	entries_begin(&e, base, "/other");
	assert_false(e.slow);
	assert_false(e.asks);
	check(base, &e, "/other", "003x", "");
	given_end(&g);
}

static void rests(void **state)
{
	static const struct { const char *pattern, *prefix; size_t n; const char *first; } t[] = {
		{ "/a/b", "/a/", 1, "b" }, { "/a/b", "/b/", 0, NULL }, { "/a/*", "/a/", 1, "*" },
		{ "/*/b", "/a/", 2, "*/b" }, { "/*", "/a/", 1, "*" }, { "/[ab]/x", "/a/", 1, "x" },
		{ "/a/", "/a/", 1, "" }, { "/a", "/a/", 0, NULL }, { "/?/*x*", "/a/", 1, "*x*" },
	};
	const char *places[4];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		size_t n = pattern_rests(t[i].pattern, t[i].prefix, places, 4);

		assert_int_equal(n, t[i].n);
		if (n > 0)
			assert_string_equal(places[0], t[i].first);
	}
	assert_true(pattern_rests("/*a?a?a?a?a?a", "/aaaaaaaaaaaaaaaaaaaaa", places, 4) > 4);
	assert_true(pattern_crosses("a/b"));
	assert_true(pattern_crosses("*\\/"));
	assert_false(pattern_crosses("[/]x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_answers),
		cmocka_unit_test(too_many),
		cmocka_unit_test(rests),
	};

	return cmocka_run_group_tests_name("config/entries", tests, NULL, NULL);
}
