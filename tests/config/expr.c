/* Expressions over groups (directives.md, 9). */
#include "tests/config/given.h"

#include "config/expr.h"

static const char *const alice[] = { "users" };
static const char *const carol[] = { "users", "staff" };

static bool holds(bool all, const struct expr_item *items, size_t n, const char *const *names,
    size_t nnames)
{
	struct expr e = { .all = all, .n = n, .items = items };

	return expr_holds(&e, names, nnames);
}

static void connectives(void **state)
{
	static const struct expr_item both[] = { { false, "users" }, { false, "staff" } };
	static const struct expr_item but[] = { { false, "users" }, { true, "staff" } };
	static const struct expr_item none[] = { { true, "users" }, { true, "staff" } };

	(void)state;
	assert_false(holds(true, both, 2, alice, 1));
	assert_true(holds(true, both, 2, carol, 2));
	assert_true(holds(false, both, 2, alice, 1));
	assert_true(holds(true, but, 2, alice, 1));
	assert_false(holds(true, but, 2, carol, 2));
	assert_true(holds(false, but, 2, carol, 2));
	assert_true(holds(true, none, 2, NULL, 0));  /* 9.4: no group, and only negated items */
	assert_false(holds(true, both, 2, NULL, 0));
	assert_true(holds(true, NULL, 0, alice, 1));
	assert_true(holds(false, NULL, 0, NULL, 0));
}

static const struct path_rule *rules(struct given *g, const char *text)
{
	struct config *c = given(g, text);

	assert_non_null(c);
	return config_server(c)->own->default_root;
}

static void test_faq_5_12b_group_expressions_are_read(void **state)
{
	struct given g = { .dir = "" };
	const struct path_rule *r = rules(&g, "DefaultRoot /u2/public users,!staff\n"
	    "DefaultRoot /a OR users staff\nDefaultRoot /b and users,staff\nDefaultRoot ~\n");

	(void)state;
	assert_string_equal(r->path, "/u2/public");
	assert_true(expr_holds(&r->groups, alice, 1));
	assert_false(expr_holds(&r->groups, carol, 2));
	r = r->next;
	assert_false(r->groups.all);
	assert_int_equal(r->groups.n, 2);
	assert_true(expr_holds(&r->groups, alice, 1));
	r = r->next;
	assert_true(r->groups.all);
	assert_false(expr_holds(&r->groups, alice, 1));
	r = r->next;
	assert_int_equal(r->groups.n, 0);
	assert_null(r->next);
	given_end(&g);
}

static void nonsense_is_an_error(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g, "DefaultRoot ~ users,,staff\nDefaultRoot ~ !\nDefaultRoot ~ regex (\n"
	    "DefaultRoot ~ ,\n"));
	assert_int_equal(g.errors, 4);
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connectives),
		cmocka_unit_test(test_faq_5_12b_group_expressions_are_read),
		cmocka_unit_test(nonsense_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
