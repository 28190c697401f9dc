/* The words of CreateHome, AnonymousGroup, AnonCheckEmail, AuthUnixOptions and DelayOnEvent. */
#include "tests/config/given.h"

static const struct settings *own_of(struct config *c)
{
	return config_server(c)->own;
}

static void createhome(void **state)
{
	struct given g = { .len = 0 };
	const struct settings *s = own_of(given(&g, "CreateHome on\n"));

	(void)state;
	assert_true(s->create_home.on && !s->create_home.as_user && s->create_home.gid.users);
	assert_int_equal(s->create_home.mode, 0700);
	assert_int_equal(s->create_home.parents_mode, 0711);
	assert_null(s->create_home.skeleton);
	s = own_of(given(&g, "CreateHome on 2750 skel /etc/skel dirmode 755 uid ~ gid 7 homegid 8 "
	    "NoRootPrivs\n"));
	assert_int_equal(s->create_home.mode, 02750);
	assert_int_equal(s->create_home.parents_mode, 0755);
	assert_string_equal(s->create_home.skeleton, "/etc/skel");
	assert_true(s->create_home.parents_uid.users && s->create_home.as_user);
	assert_true(!s->create_home.parents_gid.users && s->create_home.parents_gid.id == 7);
	assert_true(!s->create_home.gid.users && s->create_home.gid.id == 8);
	assert_false(own_of(given(&g, "CreateHome off\n"))->create_home.on);
	assert_int_equal(g.warnings, 0);
	(void)given(&g, "CreateHome on 777\n");
	told(&g, "W 1: CreateHome: others may write");
	given_end(&g);
}

static void createhome_mistakes(void **state)
{
	struct given g = { .len = 0 };

	(void)state;
	(void)given(&g,
	    "CreateHome maybe\nCreateHome on 9\nCreateHome on skel\nCreateHome on skel "
	    "relative\nCreateHome on dirmode x\nCreateHome on uid alice\nCreateHome on gid "
	    "4294967295\nCreateHome on sometimes 1\nCreateHome\nCreateHome off 700\n");
	told(&g, "E 1: CreateHome: maybe: on or off");
	told(&g, "E 2: CreateHome: 9: not an octal mode");
	told(&g, "E 3: CreateHome: skel: needs a value");
	told(&g, "E 4: CreateHome: skel: relative: the path must be absolute");
	told(&g, "E 5: CreateHome: x: not an octal mode");
	told(&g, "E 6: CreateHome: alice: a number or ~");
	told(&g, "E 7: CreateHome: 4294967295: a number or ~");
	told(&g, "E 8: CreateHome: sometimes: no such option");
	told(&g, "E 9: CreateHome: takes 1 to 13 values");
	told(&g, "E 10: CreateHome: off takes nothing");
	given_end(&g);
}

static void anonymousgroup(void **state)
{
	struct given g = { .len = 0 };
	const struct settings *s = own_of(given(&g, "AnonymousGroup anonftp,!staff\n"));

	(void)state;
	assert_true(s->anonymous_group.all);
	assert_int_equal(s->anonymous_group.n, 2);
	told(&g, "W 1: AnonymousGroup: who is in it");
	assert_non_null(own_of(given(&g, "AnonymousGroup regex ^anon\n"))->anonymous_group.regex);
	assert_false(own_of(given(&g, "AnonymousGroup OR a,b\n"))->anonymous_group.all);
	(void)given(&g, "AnonymousGroup\n");
	assert_int_equal(g.errors, 1);
	given_end(&g);
}

static void anoncheckemail(void **state)
{
	struct given g = { .len = 0 };
	const struct context *a;

	(void)state;
	a = config_server(given(&g,
	    "<Anonymous /a>\nUser nobody\nAnonCheckEmail Syntax\n</Anonymous>\n")) ->anonymous;
	assert_int_equal(a->own->anon_check_email, EMAIL_SYNTAX);
	(void)given(&g,
	    "<Anonymous /a>\nUser nobody\nAnonCheckEmail on\n</Anonymous>\nAnonCheckEmail at\n");
	told(&g, "E 3: AnonCheckEmail: on: off, at, syntax or domain");
	told(&g, "E 5: AnonCheckEmail: not allowed in");
	given_end(&g);
}

static void authunixoptions(void **state)
{
	struct given g = { .len = 0 };

	(void)state;
	assert_true(own_of(given(&g,
	    "AuthUnixOptions NoInitgroups magictokenchroot\n"))->magic_token_chroot);
	told(&g, "N 1: AuthUnixOptions: NoInitgroups: has no effect");
	(void)given(&g, "AuthUnixOptions Everything\n");
	told(&g, "E 1: AuthUnixOptions: Everything: no such option");
	given_end(&g);
}

static void delays(void **state)
{
	struct given g = { .len = 0 };
	const struct settings *s = own_of(given(&g,
	    "DelayOnEvent USER 5\nDelayOnEvent user 7\nDelayOnEvent FailedLogin 2000\nDelayTable "
	    "none\n"));

	(void)state;
	assert_true(s->delay_on_event[DELAY_USER].set && s->delay_on_event[DELAY_USER].ms == 5);
	assert_false(s->delay_on_event[DELAY_PASS].set);
	assert_int_equal(s->delay_on_event[DELAY_FAILED].ms, 2000);
	told(&g, "W 2: DelayOnEvent: USER is set already");
	told(&g, "N 4: DelayTable: has no effect");
	(void)given(&g, "DelayOnEvent CONNECT 5\nDelayOnEvent PASS 5s\nDelayOnEvent PASS\n");
	told(&g, "E 1: DelayOnEvent: CONNECT: USER, PASS or FailedLogin");
	told(&g, "E 2: DelayOnEvent: 5s: not a number");
	told(&g, "E 3: DelayOnEvent: takes 2 values");
	given_end(&g);
}

static void wtmplog(void **state)
{
	struct given g = { .len = 0 };

	(void)state;
	assert_true(own_of(given(&g, "WtmpLog on\n"))->wtmp_log);
	assert_false(own_of(given(&g, "WtmpLog off\nWtmpLog on\n"))->wtmp_log);
	assert_false(own_of(given(&g, "WtmpLog NONE\n"))->wtmp_log);
	(void)given(&g, "WtmpLog sometimes\nWtmpLog\n");
	told(&g, "E 1: WtmpLog: sometimes: on, off or none is expected");
	told(&g, "E 2: WtmpLog: ");
	given_end(&g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(createhome), cmocka_unit_test(createhome_mistakes),
		cmocka_unit_test(anonymousgroup), cmocka_unit_test(anoncheckemail),
		cmocka_unit_test(authunixoptions), cmocka_unit_test(delays),
		cmocka_unit_test(wtmplog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
