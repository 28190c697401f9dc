/* Which value holds, and which <Directory> rules over a path (directives.md, 2 and 3). */
#include "tests/config/given.h"

static const struct context_names alice = { .user = "alice", .home = "/home/alice" };

/* The name of the section that rules over `path` for alice: its ServerAdmin-like mark, its path. */
static const char *rules(struct given *g, const char *text, const char *path)
{
	struct config *c = given(g, text);
	const struct context *d;

	if (c == NULL)
		fail_msg("%s", g->told);
	context_resolve(c, config_server(c), &alice);
	d = context_for_path(config_server(c), path);
	return d->kind == CTX_DIRECTORY ? d->path : "-";
}

static void matching(void **state)
{
	static const struct { const char *section, *path; bool match; } t[] = {
		{ "/a", "/a", true }, { "/a", "/a/f", true }, { "/a", "/a/b/c", true },
		{ "/a", "/ab", false }, { "/a", "/", false }, { "/a/", "/a/f", true },
		{ "//a//b/", "/a/b", true },
		{ "/a/*", "/a", false }, { "/a/*", "/a/f", true }, { "/a/*", "/a/b/c", true },
		{ "/a/*/*", "/a/f", false }, { "/a/*/*", "/a/b/f", true },
		{ "/", "/", true }, { "/", "/x/y", true },
		{ "/srv/*/sub", "/srv/a/sub/f", true }, { "/srv/*/sub", "/srv/a/b/sub", true },
		{ "/srv/*/sub", "/srv/a/b/sub/f", true }, { "/srv/*/sub", "/srv/sub", false },
		{ "/srv/?x", "/srv/ax", true }, { "/srv/?x", "/srv/ax/f", true },
		{ "/srv/[ab]", "/srv/b", true },
		{ "/srv/[ab]", "/srv/c", false },
		{ "~", "/home/alice/x", true }, { "~/sub", "/home/alice/sub/f", true },
		{ "~/sub", "/home/alice", false }, { "~alice/sub", "/home/alice/sub", true },
		{ "/home/%u/x", "/home/alice/x", true }, { "/home/%u/x", "/home/bob/x", false },
		{ "/A", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		STRBUF(text, 256);

		strbuf_addf(&text, "<Directory %s>\nUmask 077\n</Directory>\n", t[i].section);
		if ((strcmp(rules(&g, text.buf, t[i].path), "-") != 0) != t[i].match)
			fail_msg("%s on %s", t[i].section, t[i].path);
		given_end(&g);
	}
}

#define DIR(p) "<Directory " p ">\nUmask 077\n</Directory>\n"

static void selection(void **state)
{
	static const struct { const char *text, *path, *winner; } t[] = {
		/* an exact and a wildcard section for one path: the later one wins, either way */
		{ DIR("/a/b") DIR("/a/*"), "/a/b/f", "/a/b" },
		{ DIR("/x/*") DIR("/x/b*"), "/x/bc", "/x/b*" },
		{ DIR("/x/b*") DIR("/x/*"), "/x/bc", "/x/b*" },
		{ DIR("/a/f*") DIR("/a/*f"), "/a/ff", "/a/*f" },
		{ DIR("/a/*f") DIR("/a/f*"), "/a/ff", "/a/f*" },
		/* nesting does not depend on the order in the file */
		{ DIR("/a") DIR("/a/b"), "/a/b/c", "/a/b" },
		{ DIR("/a/b") DIR("/a"), "/a/b/c", "/a/b" },
		{ DIR("/a/b") DIR("/a"), "/a/c", "/a" },
		{ DIR("/") DIR("/a") DIR("/a/b/c"), "/a/b/c", "/a/b/c" },
		{ DIR("/") DIR("/a") DIR("/a/b/c"), "/a/b", "/a" },
		{ DIR("/") DIR("/a") DIR("/a/b/c"), "/z", "/" },
		{ DIR("/a") DIR("/ab"), "/ab/f", "/ab" },
		/* a section below two of one stem is reached through either */
		{ DIR("/a") DIR("/a/*") DIR("/a/b"), "/a/b/f", "/a/b" },
		{ DIR("/a/b") DIR("/a/*") DIR("/a"), "/a/b/f", "/a/b" },
		{ DIR("/a/*") DIR("/a") DIR("/a/b"), "/a/b/f", "/a/b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		const char *winner = rules(&g, t[i].text, t[i].path);

		if (strcmp(winner, t[i].winner) != 0)
			fail_msg("case %zu: %s rules over %s, not %s", i, winner, t[i].path,
			    t[i].winner);
		given_end(&g);
	}
}

static void values_come_from_the_inside(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g, "Umask 077\n<Directory /a>\nAllowOverwrite on\n</Directory>\n"
	    "<Directory /a/b>\nUmask 007\n</Directory>\n<Global>\nUmask 011\nTimeoutIdle "
	    "5\n</Global>\n");
	const struct context *a, *b;

	(void)state;
	assert_non_null(c);
	context_resolve(c, config_server(c), &alice);
	a = context_for_path(config_server(c), "/a/f");
	b = context_for_path(config_server(c), "/a/b/f");
	assert_int_equal(SETTING(a, D_UMASK, umask.file), 077);
	assert_true(SETTING(a, D_ALLOW_OVERWRITE, allow_overwrite));
	assert_int_equal(SETTING(b, D_UMASK, umask.file), 007);
	assert_true(SETTING(b, D_ALLOW_OVERWRITE, allow_overwrite));
	assert_int_equal(SETTING(b, D_TIMEOUT_IDLE, timeout_idle), 5);
	assert_int_equal(SETTING(b, D_TIMEOUT_LOGIN, timeout_login), 300);
	assert_false(SETTING(config_server(c), D_ALLOW_OVERWRITE, allow_overwrite));
	given_end(&g);
}

static void inside_anonymous(void **state)
{
	static const struct context_names names = { .user = "ftp", .home = "/srv/ftp",
	    .anon_root = "/srv/ftp" };
	struct given g = { .dir = "" };
	struct config *c = given(&g,
	    "Umask 001\n<Directory /srv/ftp/pub>\nUmask 002\n</Directory>\n<Anonymous "
	    "/srv/ftp/>\nUser nobody\n<Directory *>\nUmask 003\n</Directory>\n<Directory "
	    "pub/incoming/>\nUmask 004\n</Directory>\n<Directory /srv/ftp/host>\nUmask "
	    "005\n</Directory>\n<Directory */deep>\nUmask 006\n</Directory>\n</Anonymous>\n");
	static const struct { const char *path; unsigned umask; } t[] = {
		{ "/srv/ftp", 3 }, { "/srv/ftp/pub/f", 3 }, { "/srv/ftp/pub/incoming/f", 4 },
		{ "/srv/ftp/host", 5 }, { "/srv/ftp/x/deep/f", 6 },
	};
	struct context *anon;

	(void)state;
	assert_non_null(c);
	told(&g, "W 2: <Directory>: /srv/ftp/pub: lies in <Anonymous /srv/ftp> (line 5)");
	anon = config_server(c)->anonymous;
	assert_string_equal(anon->path, "/srv/ftp");
	context_resolve(c, anon, &names);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		assert_int_equal(SETTING(context_for_path(anon, t[i].path), D_UMASK, umask.file),
		    t[i].umask);
	given_end(&g);
}

static void links_in_a_section_are_followed(void **state)
{
	struct given g = { .dir = "" };
	char link[128], real[256];
	STRBUF(text, 1024);
	struct config *c;

	(void)state;
	given_text(&g, "x", "");
	(void)snprintf(link, sizeof link, "%s/link", g.dir);
	(void)snprintf(real, sizeof real, "%s/real", g.dir);
	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink("real", link), 0);
	strbuf_addf(&text,
	    "<Directory %s>\nUmask 011\n</Directory>\n<Directory %s/new/dir>\nUmask "
	    "012\n</Directory>\n<Directory %s/*.d>\nUmask 013\n</Directory>\n", link, link, link);
	c = given(&g, text.buf);
	assert_non_null(c);
	told(&g, "W 1: <Directory>: ");
	assert_non_null(strstr(g.told, "leads over a symbolic link"));
	context_resolve(c, config_server(c), &alice);
	assert_int_equal(SETTING(context_for_path(config_server(c), real), D_UMASK, umask.file),
	    011);
	(void)snprintf(real, sizeof real, "%s/real/new/dir/f", g.dir);
	assert_int_equal(SETTING(context_for_path(config_server(c), real), D_UMASK, umask.file),
	    012);
	(void)snprintf(real, sizeof real, "%s/real/a.d", g.dir);
	assert_int_equal(SETTING(context_for_path(config_server(c), real), D_UMASK, umask.file),
	    013);
	given_end(&g);
}

static void a_name_is_no_pattern(void **state)
{
	static const struct context_names star = { .user = "*", .home = "/home/[x]" };
	struct given g = { .dir = "" };
	struct config *c = given(&g, "<Directory /h/%u/*>\nUmask 011\n</Directory>\n"
	    "<Directory ~/?>\nUmask 012\n</Directory>\n<Directory /p/%u>\nUmask "
	    "013\n</Directory>\n");
	const struct context *s;

	(void)state;
	assert_non_null(c);
	s = config_server(c);
	context_resolve(c, config_server(c), &star);
	assert_int_equal(SETTING(context_for_path(s, "/h/*/f"), D_UMASK, umask.file), 011);
	assert_int_equal(SETTING(context_for_path(s, "/h/bob/f"), D_UMASK, umask.file), 022);
	assert_int_equal(SETTING(context_for_path(s, "/home/[x]/f"), D_UMASK, umask.file), 012);
	assert_int_equal(SETTING(context_for_path(s, "/home/x/f"), D_UMASK, umask.file), 022);
	assert_int_equal(SETTING(context_for_path(s, "/p/*"), D_UMASK, umask.file), 013);
	assert_int_equal(SETTING(context_for_path(s, "/p/b"), D_UMASK, umask.file), 022);
	given_end(&g);
}

static void global_is_merged(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g,
	    "<Global>\nUmask 001\nDefaultRoot /g1\nUserAlias a one\n<Directory /d>\nUmask "
	    "002\n</Directory>\n<Directory /own>\nUmask 003\n</Directory>\n<Anonymous "
	    "/srv/ftp>\nUser nobody\n</Anonymous>\n</Global>\n"
	    "DefaultRoot /main\n<Directory /own>\nUmask 004\n</Directory>\n"
	    "<Global>\nUmask 005\nUmask 006\nDefaultRoot /g2\n</Global>\n"
	    "<VirtualHost 192.0.2.1>\nUmask 007\n<Anonymous /srv/v>\nUser nobody\n</Anonymous>\n"
	    "</VirtualHost>\n");
	const struct context *s, *v, *d;
	const char *const want[] = { "/main", "/g1", "/g2" };
	size_t n = 0;

	(void)state;
	assert_non_null(c);
	told(&g, "W 21: Umask: is set already (line 20), and the first counts");
	s = config_server_at(c, 0);
	v = config_server_at(c, 1);
	assert_null(config_server_at(c, 2));
	assert_int_equal(SETTING(s, D_UMASK, umask.file), 005);     /* the later <Global>, its first
	                                                               line */
	assert_int_equal(SETTING(v, D_UMASK, umask.file), 007);
	for (d = settings_next(s, D_DEFAULT_ROOT); d != NULL;
	    d = settings_next(d->outer, D_DEFAULT_ROOT)) {
		for (const struct path_rule *r = d->own->default_root; r != NULL; r = r->next)
			assert_string_equal(r->path, want[n++]);
	}
	assert_int_equal(n, 3);
	/* an <Anonymous> of <Global> looks into the server it is used in */
	assert_string_equal(context_anonymous(s, 1)->path, "/srv/ftp");
	assert_null(context_anonymous(s, 2));
	assert_null(context_anonymous(s, 0));
	assert_string_equal(context_anonymous(v, 1)->path, "/srv/v");
	assert_string_equal(context_anonymous(v, 2)->path, "/srv/ftp");
	assert_int_equal(SETTING(context_anonymous(v, 2), D_UMASK, umask.file), 007);
	context_resolve(c, config_server_at(c, 0), &alice);
	context_resolve(c, config_server_at(c, 1), &alice);
	assert_int_equal(SETTING(context_for_path(s, "/own/f"), D_UMASK, umask.file), 004);
	assert_int_equal(SETTING(context_for_path(v, "/own/f"), D_UMASK, umask.file), 003);
	assert_int_equal(SETTING(context_for_path(v, "/d/f"), D_UMASK, umask.file), 002);
	given_end(&g);
}

static void servers_do_not_leak(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g, "ServerName main\nServerIdent off\nUmask 077\n"
	    "<VirtualHost 192.0.2.1>\n</VirtualHost>\n<VirtualHost 192.0.2.2>\nServerName "
	    "two\n</VirtualHost>\n");

	(void)state;
	assert_non_null(c);
	/* FAQ 6.4c; the name is the one thing that a host takes from the main server */
	assert_int_equal(SETTING(config_server_at(c, 1), D_SERVER_IDENT, ident), IDENT_DEFAULT);
	assert_int_equal(SETTING(config_server_at(c, 1), D_UMASK, umask.file), 022);
	assert_string_equal(SETTING(config_server_at(c, 1), D_SERVER_NAME, server_name), "main");
	assert_string_equal(SETTING(config_server_at(c, 2), D_SERVER_NAME, server_name), "two");
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matching), cmocka_unit_test(selection),
		cmocka_unit_test(values_come_from_the_inside), cmocka_unit_test(inside_anonymous),
		cmocka_unit_test(links_in_a_section_are_followed),
		cmocka_unit_test(a_name_is_no_pattern),
		cmocka_unit_test(global_is_merged), cmocka_unit_test(servers_do_not_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
