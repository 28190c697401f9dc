/* Names, aliases and lists: what a login is decided by before a password is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/alias.h"
#include "auth/defaultroot.h"
#include "auth/policy.h"

#include <string.h>

/* A server with two <Anonymous>; `later` stands later in the file and is first in the list. */
struct tree {
	struct context server, later, earlier;
	struct settings own[3];      /* theirs */
	struct user_alias alias[4];
	const struct context *unusable;
};

static void plant(struct tree *t)
{
	*t = (struct tree){ .server = { .kind = CTX_SERVER },
	    .later = { .kind = CTX_ANON, .index = 2 },
		.earlier = { .kind = CTX_ANON, .index = 1 } };
	t->server.own = &t->own[0];
	t->later.own = &t->own[1];
	t->earlier.own = &t->own[2];
	t->server.anonymous = &t->later;
	t->later.next = &t->earlier;
	t->later.outer = t->earlier.outer = &t->server;
	t->own[1].user = "late";
	t->own[2].user = "early";
	t->own[1].where[D_USER].line = t->own[2].where[D_USER].line = 1;
}

static void add_alias(struct tree *t, struct context *c, size_t n, const char *alias,
    const char *real)
{
	struct settings *own = &t->own[c == &t->server ? 0 : c == &t->later ? 1 : 2];

	t->alias[n] = (struct user_alias){ own->user_alias, alias, real, { 0, 0 } };
	own->user_alias = &t->alias[n];
	own->where[D_USER_ALIAS].line = 1;
}

static bool usable(void *arg, const struct context *block)
{
	return ((struct tree *)arg)->unusable != block;
}

static struct alias_target look(struct tree *t, const char *typed)
{
	struct alias_target out;

	alias_find(&t->server, typed, usable, t, &out);
	return out;
}

static void blocks_by_their_user(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	assert_null(look(&t, "alice").anonymous);
	assert_string_equal(look(&t, "alice").account, "alice");
	assert_ptr_equal(look(&t, "early").anonymous, &t.earlier);
	assert_ptr_equal(look(&t, "late").anonymous, &t.later);
	assert_null(look(&t, "Late").anonymous);
	t.unusable = &t.later;
	assert_null(look(&t, "late").anonymous);
}

static void an_alias_inside_before_one_outside(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	add_alias(&t, &t.server, 0, "anonymous", "alice");
	add_alias(&t, &t.earlier, 1, "anonymous", "early");
	assert_ptr_equal(look(&t, "anonymous").anonymous, &t.earlier);
	add_alias(&t, &t.later, 2, "anonymous", "late");
	assert_ptr_equal(look(&t, "anonymous").anonymous, &t.later);
	t.unusable = &t.later;
	assert_ptr_equal(look(&t, "anonymous").anonymous, &t.earlier);
}

static void the_exact_name_before_the_star(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	add_alias(&t, &t.later, 0, "*", "late");
	assert_ptr_equal(look(&t, "bob").anonymous, &t.later);
	add_alias(&t, &t.server, 1, "bob", "robert");
	assert_null(look(&t, "bob").anonymous);
	assert_string_equal(look(&t, "bob").account, "robert");
	assert_ptr_equal(look(&t, "carol").anonymous, &t.later);
}

static void an_alias_maps_once_and_may_lead_into_a_block(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	add_alias(&t, &t.server, 0, "a", "b");
	add_alias(&t, &t.server, 1, "b", "c");
	add_alias(&t, &t.server, 2, "guest", "early");
	assert_string_equal(look(&t, "a").account, "b");
	assert_ptr_equal(look(&t, "guest").anonymous, &t.earlier);
}

static void aliases_only_in_a_block(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	add_alias(&t, &t.later, 0, "ftp", "late");
	t.own[1].auth_alias_only = true;
	t.own[1].where[D_AUTH_ALIAS_ONLY].line = 1;
	assert_ptr_equal(look(&t, "ftp").anonymous, &t.later);
	assert_null(look(&t, "late").anonymous);
	assert_false(look(&t, "late").refused);
	assert_false(look(&t, "alice").refused);
	assert_ptr_equal(look(&t, "early").anonymous, &t.earlier);
}

static void aliases_only_in_the_server(void **state)
{
	struct tree t;

	(void)state;
	plant(&t);
	add_alias(&t, &t.server, 0, "al", "alice");
	t.own[0].auth_alias_only = true;
	t.own[0].where[D_AUTH_ALIAS_ONLY].line = 1;
	assert_false(look(&t, "al").refused);
	assert_true(look(&t, "alice").refused);
	assert_true(look(&t, "early").refused);
	assert_null(look(&t, "early").anonymous);
}

static void lists(void **state)
{
	static const char text[] = "# alice\nbob\n  carol \t\r\n#\n\nda ve\n/bin/sh";

	(void)state;
	assert_true(policy_listed(text, sizeof text - 1, "bob"));
	assert_true(policy_listed(text, sizeof text - 1, "carol"));
	assert_true(policy_listed(text, sizeof text - 1, "/bin/sh"));
	assert_true(policy_listed(text, sizeof text - 1, "da ve"));
	assert_false(policy_listed(text, sizeof text - 1, "alice"));
	assert_false(policy_listed(text, sizeof text - 1, "# alice"));
	assert_false(policy_listed(text, sizeof text - 1, "bo"));
	assert_false(policy_listed(text, sizeof text - 1, "da"));
	assert_false(policy_listed(text, sizeof text - 1, ""));
	assert_false(policy_listed("", 0, "bob"));
}

static bool expands(const struct account *acc, const char *path, const char *to)
{
	struct context server = { .kind = CTX_SERVER, .own = &settings_unset };
	const struct monitor m = { .server = &server };
	STRBUF(out, PATHNAME_SIZE);

	return defaultroot_expand(&m, acc, path, &out) ? to != NULL && strcmp(out.buf, to) == 0 :
	    to == NULL;
}

static void directories(void **state)
{
	const struct account alice = { .name = "alice", .home = "/home/alice" };
	const struct account climber = { .name = "../..", .home = "relative" };
	const struct account dots = { .name = "..", .home = "/h%u" };

	(void)state;
	assert_true(expands(&alice, "~", "/home/alice"));
	assert_true(expands(&alice, "~/ftp", "/home/alice/ftp"));
	assert_true(expands(&alice, "/srv/%u/%u", "/srv/alice/alice"));
	assert_true(expands(&alice, "/srv/100%", "/srv/100%"));
	assert_true(expands(&alice, "~root/x", "/root/x"));
	assert_true(expands(&alice, "~no-such-user-here/x", NULL));
	assert_true(expands(&climber, "/srv/%u", NULL));
	assert_true(expands(&dots, "/srv/%u", NULL));
	assert_true(expands(&climber, "~/x", NULL));
	/* a home is a path, not a pattern */
	assert_true(expands(&dots, "~/x", "/h%u/x"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_by_their_user),
		cmocka_unit_test(an_alias_inside_before_one_outside),
		cmocka_unit_test(the_exact_name_before_the_star),
		cmocka_unit_test(an_alias_maps_once_and_may_lead_into_a_block),
		cmocka_unit_test(aliases_only_in_a_block),
		cmocka_unit_test(aliases_only_in_the_server),
		cmocka_unit_test(lists), cmocka_unit_test(directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
