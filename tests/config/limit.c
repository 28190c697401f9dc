/* <Limit>: the examples of directives.md, 5, 6 and 10. */
#include "tests/config/given.h"

#include "config/limit.h"
#include "session/command.h"

static const struct limit_verb stor = { "STOR", NULL, LIMIT_WRITE, false, false };
static const struct limit_verb retr = { "RETR", NULL, LIMIT_READ, false, false };
static const struct limit_verb mkd = { "MKD", "XMKD", LIMIT_WRITE, false, false };
static const struct limit_verb xcwd = { "XCWD", "CWD", LIMIT_DIRS, false, false };
static const struct limit_verb pasv = { "PASV", NULL, LIMIT_NONE, true, false };
static const struct limit_verb feat = { "FEAT", NULL, LIMIT_NONE, false, false };
static const struct limit_verb quit = { "QUIT", NULL, LIMIT_NONE, false, true };
static const struct limit_verb chmod_ = { "SITE_CHMOD", NULL, LIMIT_WRITE, false, false };
static const struct limit_verb chgrp = { "SITE_CHGRP", NULL, LIMIT_WRITE, false, false };

/* What `verb` on `path` gets from the main server of `text`, '+', '-' or ' '. */
static char ask(const char *text, const char *path, const struct limit_verb *verb)
{
	static const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct given g = { .dir = "" };
	struct config *c = given(&g, text);
	struct subject alice = { .user = "alice" };
	struct decision d;

	if (c == NULL)
		fail_msg("%s", g.told);
	context_resolve(c, config_server(c), &names);
	d = limit_check(context_for_path(config_server(c), path), verb, &alice, NULL);
	assert_int_equal(d.verdict == VERDICT_NOTHING, d.where.line == 0);
	given_end(&g);
	return " +-"[d.verdict];
}

#define LIMIT(names, say) "<Limit " names ">\n" say "\n</Limit>\n"
#define A "<Directory /a>\n"
#define END "</Directory>\n"

static void specific_beats_near(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("STOR", "AllowAll") A LIMIT("ALL", "DenyAll") END, "/a/f",
	    &stor), '+');
	assert_int_equal(ask(LIMIT("STOR", "DenyAll") A LIMIT("ALL", "AllowAll") END, "/a/f",
	    &stor), '-');
	assert_int_equal(ask(LIMIT("STOR", "AllowAll") A LIMIT("WRITE", "DenyAll") END, "/a/f",
	    &stor), '+');
	assert_int_equal(ask(LIMIT("STOR", "AllowAll") A LIMIT("WRITE", "DenyAll") END, "/a/f",
	    &mkd), '-');
	assert_int_equal(ask(LIMIT("STOR", "AllowAll") A LIMIT("WRITE", "DenyAll") END, "/b", &mkd),
	    ' ');
}

static void later_in_the_file_first(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("WRITE STOR", "DenyAll") LIMIT("STOR", "AllowAll"), "/f", &stor),
	    '+');
	assert_int_equal(ask(LIMIT("STOR", "AllowAll") LIMIT("WRITE,STOR", "DenyAll"), "/f", &stor),
	    '-');
	assert_int_equal(ask(LIMIT("STOR", "AllowAll\nDenyAll"), "/f", &stor), '+');
	assert_int_equal(ask(LIMIT("STOR", ""), "/f", &stor), ' ');
	assert_int_equal(ask(LIMIT("STOR", "DenyAll") A LIMIT("STOR", "") END, "/a/f", &stor), '-');
}

static void groups_and_all(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("read", "denyall"), "/f", &retr), '-');
	assert_int_equal(ask(LIMIT("READ", "DenyAll"), "/f", &stor), ' ');
	assert_int_equal(ask(LIMIT("ALL", "DenyAll"), "/f", &feat), '-');
	assert_int_equal(ask(LIMIT("ALL", "DenyAll"), "/f", &quit), ' ');
	assert_int_equal(ask(LIMIT("QUIT", "DenyAll"), "/f", &quit), ' ');
	assert_int_equal(ask(LIMIT("WRITE", "DenyAll"), "/f", &feat), ' ');
}

static void test_faq_4_7c_data_verbs_need_their_own_name(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("ALL", "DenyAll"), "/f", &pasv), ' ');
	assert_int_equal(ask(LIMIT("PASV EPSV", "DenyAll"), "/f", &pasv), '-');
}

static void x_forms_are_named_too(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("XMKD", "DenyAll"), "/f", &mkd), '-');
	assert_int_equal(ask(LIMIT("MKD", "DenyAll"), "/f", &mkd), '-');
	assert_int_equal(ask(LIMIT("CWD", "DenyAll"), "/f", &xcwd), '-');
}

static void test_faq_5_17b_site_names(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("SITE_CHMOD", "DenyAll"), "/f", &chmod_), '-');
	assert_int_equal(ask(LIMIT("SITE_CHMOD", "DenyAll"), "/f", &chgrp), ' ');
	assert_int_equal(ask(LIMIT("SITE", "DenyAll"), "/f", &chgrp), '-');
	assert_int_equal(ask(LIMIT("SITE", "DenyAll") LIMIT("SITE_CHMOD", "AllowAll"), "/f",
	    &chmod_), '+');
	assert_int_equal(ask(LIMIT("WRITE", "DenyAll") LIMIT("SITE", "AllowAll"), "/f", &chmod_),
	    '+');
	assert_int_equal(ask(LIMIT("SITE", "DenyAll"), "/f", &stor), ' ');
}

static void a_section_denies_all(void **state)
{
	(void)state;
	assert_int_equal(ask(A "DenyAll\n" END, "/a/f", &retr), '-');
	assert_int_equal(ask(A "DenyAll\n" LIMIT("RETR", "AllowAll") END, "/a/f", &retr), '-');
	assert_int_equal(ask(A "DenyAll\nAllowAll\n" END, "/a/f", &retr), ' ');
	assert_int_equal(ask(A "DenyAll\n" END "<Directory /a/b>\n</Directory>\n", "/a/b/f", &retr),
	    '-');
	assert_int_equal(ask(A "DenyAll\n" END "<Directory /a/b>\nUmask 022\n</Directory>\n",
	    "/a/b/f", &retr), ' ');
	assert_int_equal(ask(A "DenyAll\n" END "<Directory /a/b>\nAllowAll\n</Directory>\n",
	    "/a/b/f", &retr), ' ');
	assert_int_equal(ask(A "DenyAll\n" END, "/a/f", &pasv), '-');
	assert_int_equal(ask(A "DenyAll\n" END, "/b", &retr), ' ');
}

static void global_comes_behind_the_server(void **state)
{
	(void)state;
	assert_int_equal(ask(LIMIT("STOR", "DenyAll") "<Global>\n" LIMIT("STOR",
	    "AllowAll") "</Global>\n", "/f", &stor), '-');
	assert_int_equal(ask("<Global>\n" LIMIT("STOR", "DenyAll") "</Global>\n", "/f", &stor),
	    '-');
}

/*
 * One section in the main server, asked for STOR of "arg": '+', '-' or ' ' (directives.md, 7 to 9).
 */
static char says(const char *rules, const char *user, const char *address)
{
	static const char *const groups[] = { "users", "staff" };
	static const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct given g = { .dir = "" };
	struct subject who = { .user = user, .has_groups = true, .groups = groups, .ngroups = 2 };
	STRBUF(text, 2048);
	struct config *c;
	struct decision d;

	strbuf_addf(&text, "<Class in>\nFrom 10.1.\n</Class>\n<Limit STOR>\n%s\n</Limit>\n", rules);
	c = given(&g, text.buf);
	if (c == NULL)
		fail_msg("%s", g.told);
	assert_true(addr_parse(&who.peer, address));
	who.classes = config_classes(c);
	context_resolve(c, config_server(c), &names);
	d = limit_check(config_server(c), &stor, &who, "arg");
	given_end(&g);
	return " +-"[d.verdict];
}

static void order_and_rules(void **state)
{
	static const struct { const char *rules, *user, *address; char want; } t[] = {
		{ "DenyUser alice\nAllowAll", "alice", "::1", '+' },
		{ "Order deny,allow\nDenyUser alice\nAllowAll", "alice", "::1", '-' },
		{ "AllowAll\nDenyAll", "alice", "::1", '+' },
		{ "Order deny, allow\nAllowUser bob", "alice", "::1", '-' },
		{ "Order deny,allow\nAllowUser bob", "bob", "::1", '+' },
		{ "AllowUser bob", "alice", "::1", ' ' }, { "DenyUser !alice", "bob", "::1", '-' },
		{ "DenyUser !alice", "alice", "::1", ' ' },
		{ "AllowUser al,bob", "bob", "::1", '+' },
		{ "AllowUser AND alice,!bob", "alice", "::1", '+' },
		{ "DenyUser regex ^al", "alice", "::1", '-' },
		{ "AllowGroup staff,users", "alice", "::1", '+' },
		{ "AllowGroup staff,x", "alice", "::1", ' ' },
		{ "AllowGroup OR staff,x", "alice", "::1", '+' },
		{ "DenyGroup !anonftp", "alice", "::1", '-' },
		{ "DenyGroup regex ^st", "alice", "::1", '-' },
		{ "AllowUser bob", NULL, "::1", '+' }, { "DenyUser bob", NULL, "::1", ' ' },
		{ "Order deny,allow\nAllow from none", "alice", "::1", '-' },
		{ "Deny from none", "alice", "::1", ' ' },
		{ "Deny from 10.1.1. !10.1.1.5", "a", "10.1.1.7", '-' },
		{ "Deny from 10.1.1. !10.1.1.5", "a", "10.1.1.5", ' ' },
		{ "Deny from 10.1.1. !10.1.1.5", "a", "10.2.2.2", ' ' },
		{ "Deny from !10.0.0.1", "a", "10.0.0.2", '-' },
		{ "Deny !10.0.0.1", "a", "10.0.0.1", ' ' },
		{ "Allow 10.2.\nAllow from 10.3.", "a", "10.3.1.1", '+' },
		{ "AllowClass in", "a", "10.1.1.1", '+' }, { "DenyClass !x", "a", "10.1.2.1", '-' },
		{ "DenyClass !in", "a", "10.2.1.1", ' ' }, /* of no class: nothing is said */
		{ "DenyClass !in", "a", "10.1.1.1", ' ' },
		{ "AllowFilter ^ar", "a", "::1", '+' }, { "DenyFilter g$", "a", "::1", '-' },
		{ "DenyFilter x", "a", "::1", ' ' },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (says(t[i].rules, t[i].user, t[i].address) != t[i].want)
			fail_msg("%s: %s from %s", t[i].rules, t[i].user, t[i].address);
	}
}

static void the_line_that_decided(void **state)
{
	struct given g = { .dir = "" };
	struct subject who = { .user = "alice" };
	struct config *c = given(&g,
	    "<Limit STOR>\nOrder deny,allow\nDenyUser bob\nAllowUser alice\n</Limit>\n");
	struct decision d;

	(void)state;
	d = limit_check(config_server(c), &stor, &who, NULL);
	assert_int_equal(d.where.line, 1);
	assert_int_equal(d.rule.line, 4);
	who.user = "carol";
	d = limit_check(config_server(c), &stor, &who, NULL);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_int_equal(d.rule.line, 0);    /* Order says it */
	given_end(&g);
}

#define ANON(in) "<Anonymous /srv/ftp>\nUser nobody\n" in "</Anonymous>\n"
#define LOGIN(say) LIMIT("LOGIN", say)

/* Three answers: may anybody log in, a real user, the anonymous one ('?': there is none). */
static void login(const char *text, const char *want)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g, text);
	struct subject stranger = { .user = NULL }, alice = { .user = "alice" };
	const struct context *s, *anon;
	struct decision d;
	char got[4] = "???";

	if (c == NULL)
		fail_msg("%s", g.told);
	s = config_server(c);
	got[0] = limit_login_possible(s, &stranger, &d) ? '+' : '-';
	assert_int_equal(got[0] == '-', d.verdict == VERDICT_DENY);
	got[1] = limit_login_allowed(s, NULL, &alice, &d) ? '+' : '-';
	assert_int_equal(got[1] == '-', d.verdict == VERDICT_DENY && d.where.line != 0);
	anon = context_anonymous(s, 1);
	if (anon != NULL)
		got[2] = limit_login_allowed(s, anon, &alice, &d) ? '+' : '-';
	assert_string_equal(got, want);
	given_end(&g);
}

static void logins(void **state)
{
	(void)state;
	login("", "++?");
	login(ANON(""), "+++");
	login(LOGIN("DenyAll"), "--?");
	login(LOGIN("DenyAll") ANON(""), "---");                        /* FAQ 5.11c */
	login(LOGIN("DenyAll") ANON(LOGIN("AllowAll")), "+-+");         /* FAQ 5.10, 5.11b */
	login(LOGIN("AllowAll") ANON(LOGIN("DenyAll")), "++-");         /* FAQ 5.11d */
	login(ANON(LOGIN("DenyAll")), "++-");
	/* FAQ 5.11f: all must agree */
	login(LOGIN("AllowAll") LOGIN("DenyAll"), "+-?");
	login(LOGIN("DenyAll") LOGIN("AllowAll"), "+-?");
	login(ANON(LOGIN("DenyAll") LOGIN("AllowAll")), "++-");
	login("<Global>\n" LOGIN("DenyAll") "</Global>\n", "--?");
	login("<Global>\n" ANON(LOGIN("AllowAll")) "</Global>\n" LOGIN("DenyAll"), "+-+");
	login("<Directory /a>\n" LOGIN("DenyAll") "</Directory>\n", "++?");
	login(ANON("<Directory *>\n" LOGIN("DenyAll") "</Directory>\n"), "+++");
	login(LIMIT("ALL", "DenyAll"), "++?");                          /* ALL is no LOGIN */
}

static void doubtful_names_are_told(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_non_null(given(&g, LIMIT("QUIT", "DenyAll") LIMIT("RETRR", "DenyAll")
	    "<Directory /a>\n" LOGIN("DenyAll") "</Directory>\n" LOGIN("DenyAll")
	    LOGIN("AllowAll")));
	told(&g, "W 1: <Limit>: QUIT: is never checked, not even by ALL");
	told(&g, "W 4: <Limit>: RETRR: no command of this server");
	told(&g, "W 8: <Limit>: LOGIN: meaningless in <Directory>");
	told(&g, "W 15: <Limit>: LOGIN stands in line 12 too");
	assert_int_equal(g.warnings, 4);
	given_end(&g);
}

/* A name that -t takes for unknown or for never asked about, and the command table: one truth. */
static void the_commands_are_known(void **state)
{
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		const char *doubt;

		if ((c->flags & CMD_REFUSED) || strcmp(c->verb, "SITE") == 0)
			continue;            /* SITE itself is asked for on behalf of its
			                        commands */
		doubt = limit_doubt(c->limit.name);
		if ((doubt != NULL) != c->limit.unchecked || (doubt != NULL && doubt[0] != 'i'))
			fail_msg("%s: %s", c->limit.name, doubt != NULL ? doubt : "may be named");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specific_beats_near), cmocka_unit_test(later_in_the_file_first),
		cmocka_unit_test(groups_and_all),
		cmocka_unit_test(test_faq_4_7c_data_verbs_need_their_own_name),
		cmocka_unit_test(x_forms_are_named_too),
		cmocka_unit_test(test_faq_5_17b_site_names),
		cmocka_unit_test(a_section_denies_all),
		cmocka_unit_test(global_comes_behind_the_server),
		cmocka_unit_test(logins), cmocka_unit_test(order_and_rules),
		cmocka_unit_test(the_line_that_decided), cmocka_unit_test(doubtful_names_are_told),
		cmocka_unit_test(the_commands_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
