/*
 * HideFiles, HideUser, HideGroup as they are read, and what they say; expressions of plain texts.
 */
#include "config/hide.h"
#include "config/literal.h"
#include "tests/config/given.h"

#include <regex.h>

#define DIR(body) "<Directory /d>\n" body "</Directory>\n"

static void messages(void **state)
{
	static const struct { const char *text, *told; } t[] = {
		{ DIR("HideFiles (x\n"), "E 2: HideFiles: (x: *" },
		{ DIR("HideFiles\n"), "E 2: HideFiles: takes 1 to *" },
		{ DIR("HideFiles !\n"), "E 2: HideFiles: an expression or none is expected" },
		{ DIR("HideFiles x someone alice\n"),
		  "E 2: HideFiles: someone: user, group or class with names is expected" },
		{ DIR("HideFiles x user\n"),
		  "E 2: HideFiles: user: user, group or class with names is expected" },
		{ DIR("HideFiles x user regex (\n"), "E 2: HideFiles: (: *" },
		{ "HideFiles x\n", "E 1: HideFiles: not allowed in the main server; *" },
		{ DIR("HideFiles x\nHideFiles y user alice\n"),
		  "W 3: HideFiles: never counts: line 2 is for everybody, and comes first" },
		{ DIR("HideUser !\n"), "E 2: HideUser: the name of a user is expected, or ~" },
		{ DIR("HideGroup a b\n"), "E 2: HideGroup: takes 1 value, not 2" },
		{ "HideUser x\n", "E 1: HideUser: not allowed in the main server; *" },
		{ DIR("HideNoAccess maybe\n"), "E 2: HideNoAccess: maybe: on or off is expected" },
		{ "HideNoAccess on\n", "E 1: HideNoAccess: not allowed in the main server; *" },
		{ DIR("HideUser no-such-user\n"),
		  "W 2: HideUser: no-such-user: there is no such user; it hides nothing" },
		{ DIR("HideGroup !no-such-group\n"),
		  "W 2: HideGroup: no-such-group: there is no such group; it hides nothing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		char want[256];
		size_t n = (size_t)snprintf(want, sizeof want, "%s", t[i].told);

		(void)given(&g, t[i].text);
		if (want[n - 1] == '*') {        /* the beginning of the line is enough */
			want[n - 1] = '\0';
		}
		told(&g, want);
		given_end(&g);
	}
}

static const struct context *section(struct given *g, const char *text, const char *path)
{
	const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct config *c = given(g, text);

	if (c == NULL)
		fail_msg("%s", g->told);
	context_resolve(c, config_server(c), &names);
	return context_for_path(config_server(c), path);
}

static const char *const groups[] = { "users", "ftp" };

static const char *const *find_groups(void *arg, size_t *n)
{
	(void)arg;
	*n = 2;
	return groups;
}

/* One HideFiles decides, of the innermost section that has one for the session. */
static void which_rule_decides(void **state)
{
	static const struct { const char *text; const char *name; bool hidden; } t[] = {
		{ DIR("HideFiles x$\n"), "ax", true }, { DIR("HideFiles x$\n"), "xa", false },
		{ DIR("HideFiles !x$\n"), "ax", false }, { DIR("HideFiles !x$\n"), "xa", true },
		{ DIR("HideFiles x$\nHideFiles y$\n"), "x", true },
		{ DIR("HideFiles x$\nHideFiles y$\n"), "y", false },
		{ DIR("HideFiles x$ user alice\nHideFiles y$\n"), "y", false },
		{ DIR("HideFiles x$ user bob\nHideFiles y$\n"), "y", true },
		{ DIR("HideFiles x$ user bob\n"), "x", false },
		{ DIR("HideFiles x$ user !bob\n"), "x", true },
		{ DIR("HideFiles x$ user bob,alice\n"), "x", true },
		{ DIR("HideFiles x$ user AND bob,alice\n"), "x", false },
		{ DIR("HideFiles x$ user regex ^al\n"), "x", true },
		{ DIR("HideFiles x$ group users,ftp\n"), "x", true },
		{ DIR("HideFiles x$ group users,staff\n"), "x", false },
		{ DIR("HideFiles x$ group OR users,staff\n"), "x", true },
		{ DIR("HideFiles x$ class inside\n"), "x", true },
		{ DIR("HideFiles x$ class outside\n"), "x", false },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nHideFiles y$\n</Directory>\n", "x",
		    false },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nUmask 022\n</Directory>\n", "x", true },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nHideFiles y$ user bob\n</Directory>\n",
		    "x", true },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nHideFiles none\n</Directory>\n", "x",
		    false },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nHideFiles none user "
		    "alice\n</Directory>\n", "x",
		  false },
		{ DIR("HideFiles x$\n") "<Directory /d/e>\nHideFiles none user bob\n</Directory>\n",
		    "x", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		struct subject alice = { .user = "alice", .find_groups = find_groups, .has_class =
		    true,
			.class = "inside" };
		const struct context *c = section(&g, t[i].text, "/d/e");
		const struct hide_files *h = hide_files_for(c, &alice);

		if ((h != NULL && hide_files_hides(h, t[i].name)) != t[i].hidden)
			fail_msg("%s: %s", t[i].text, t[i].name);
		given_end(&g);
	}
}

static bool find_id(void *arg, const struct hide_owner *h, uint32_t *id)
{
	++*(unsigned *)arg;
	*id = strcmp(h->name, "bob") == 0 ? 7 : 8;
	return strcmp(h->name, "nobody-knows") != 0;
}

/* Each of a section's hides; a section's own take the place of those around it. */
static void owners(void **state)
{
	static const struct { const char *text; uint32_t uid, gid; bool hidden; } t[] = {
		{ DIR("HideUser bob\n"), 7, 1, true }, { DIR("HideUser bob\n"), 1, 7, false },
		{ DIR("HideUser !bob\n"), 7, 1, false }, { DIR("HideUser !bob\n"), 6, 1, true },
		{ DIR("HideUser bob\nHideUser carol\n"), 7, 1, true },
		{ DIR("HideUser bob\nHideUser carol\n"), 8, 1, true },
		{ DIR("HideGroup bob\n"), 1, 7, true }, { DIR("HideGroup bob\n"), 7, 1, false },
		{ DIR("HideUser ~\n"), 100, 1, true }, { DIR("HideUser ~\n"), 101, 1, false },
		{ DIR("HideGroup !~\n"), 100, 200, false }, { DIR("HideGroup !~\n"), 100, 7, true },
		{ DIR("HideUser nobody-knows\n"), 8, 1, false },
		{ DIR("HideUser !nobody-knows\n"), 9, 1, false },
		{ DIR("HideUser bob\n") "<Directory /d/e>\nHideUser carol\n</Directory>\n", 7, 1,
		    false },
		{ DIR("HideUser bob\n") "<Directory /d/e>\nHideGroup carol\n</Directory>\n", 7, 1,
		    true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		unsigned asked = 0;
		struct subject alice = { .user = "alice", .uid = 100, .gid = 200, .find_id =
		    find_id,
			.arg = &asked };
		const struct context *c = section(&g, t[i].text, "/d/e");

		assert_true(hide_owner_possible(c));
		for (int k = 0; k < 3; k++) {
			if ((hide_owner_for(c, &alice, t[i].uid, t[i].gid) != NULL) != t[i].hidden)
				fail_msg("%s: %u %u", t[i].text, (unsigned)t[i].uid,
				    (unsigned)t[i].gid);
		}
		assert_true(asked <= 2);         /* each name once */
		given_end(&g);
	}
}

static void owners_have_numbers(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g, DIR("HideUser root\nHideGroup ~\n"));
	struct hide_owner *h;

	(void)state;
	assert_non_null(c);
	h = hide_owner_at(c, 0);
	assert_string_equal(h->name, "root");
	assert_false(h->own);
	assert_true(hide_owner_at(c, 1)->own);
	assert_null(hide_owner_at(c, 2));
	assert_null(hide_owner_at(c, UINT32_MAX));
	given_end(&g);
}

static void plain_texts(void **state)
{
	static const struct { const char *re; bool plain; } t[] = {
		{ "^\\.", true }, { "\\.bak$", true }, { "^core$", true }, { "secret", true },
		{ "", true },
		{ "^", true }, { "$", true }, { ".*", true }, { "^.*\\.bak$", true },
		{ "^\\..*", true },
		{ "\\.(bak|old)$", true }, { "(^\\.|~$)", true }, { "^a|b$", true },
		{ "[.]bak$", true },
		{ "a\\.b", true }, { "x(a|b)(c|d)", true }, { "a|", true }, { "\\$x", true },
		{ ".bak$", false }, { "^.", false }, { "a*", false }, { "[ab]", false },
		{ "a+", false },
		{ "(a|b)*", false }, { "a{2}", false }, { "a?b", false }, { "a.*b", false },
		{ "\\w", false }, { "\\<a", false }, { "a^b", false }, { "a$b", false },
		{ "(a)\\1", false },
		{ "[[:alpha:]]", false }, { "[^a]", false }, { "\\bx", false },
		{ "((((a))))", false },
		{ "0123456789012345678901234567890123456789", false },
	};
	struct literal l;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (literal_parse(&l, t[i].re) != t[i].plain)
			fail_msg("%s", t[i].re);
	}
}

/* Whatever is taken for plain text says what regexec says. */
static void plain_texts_agree_with_regexec(void **state)
{
	static const char *const parts[] = { "a", "b", "ab", "\\.", ".", "^", "$", "|", "(", ")",
	    ".*",
		"[.]", "[a]", "*", "\\$", "x", "~", "[ab]", "\\\\", "-" };
	unsigned seed = 4711, plain = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		STRBUF(re, 64);
		struct literal l;
		regex_t r;

		for (int n = rand_r(&seed) % 7; n >= 0; n--)
			strbuf_add(&re,
			    parts[(size_t)rand_r(&seed) % (sizeof parts / sizeof *parts)]);
		if (regcomp(&r, re.buf, REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		for (int k = 0; k < 40 && literal_parse(&l, re.buf); k++) {
			char name[8];
			size_t len = 1 + (size_t)rand_r(&seed) % 6;

			for (size_t j = 0; j < len; j++)
				name[j] = "aabb.x~$\\-|^"[rand_r(&seed) % 12];
			name[len] = '\0';
			plain++;
			if (literal_match(&l, name, len) != (regexec(&r, name, 0, NULL, 0) == 0))
				fail_msg("%s on %s: not what regexec says", re.buf, name);
		}
		regfree(&r);
	}
	assert_true(plain > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(which_rule_decides),
		cmocka_unit_test(owners),
		cmocka_unit_test(owners_have_numbers),
		cmocka_unit_test(plain_texts),
		cmocka_unit_test(plain_texts_agree_with_regexec),
	};

	return cmocka_run_group_tests_name("config/hide", tests, NULL, NULL);
}
