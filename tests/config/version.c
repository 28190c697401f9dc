/* <IfVersion>: versions, operators and expressions. */
#include "tests/config/given.h"

#include "config/version.h"

static void order_of_versions(void **state)
{
	/* each is newer than the one before it */
	static const char *const versions[] = {
		"0.9", "1", "1.2.10", "1.3.0rc1", "1.3.0rc2", "1.3.0", "1.3.0a", "1.3.7e",
		"1.3.8rc1", "1.3.8rc10", "1.3.8", "1.3.8b", "1.3.10", "1.4", "2", "100000.0.0",
	};
	size_t n = sizeof versions / sizeof *versions;
	int order;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			assert_true(version_compare(versions[i], versions[j], &order));
			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
		}
	}
	assert_true(version_compare("1.3", "1.3.0", &order) && order == 0);
}

static void no_versions(void **state)
{
	static const char *const texts[] = {
		"", ".", "1.", "1..2", "1.3.", "1.3.8.1", "v1", "1.3.8rc", "1.3.8bb", "1.3.8B",
		"-1", "1.3 ", "99999999999999999999", "1.3.x",
	};
	int order;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (version_compare(texts[i], COMPATIBLE, &order))
			fail_msg("%s is taken for a version", texts[i]);
}

/* Whether the body is read; -1: an error. */
static int holds(const char *condition)
{
	struct given g = { .dir = "" };
	char text[256];
	struct config *c;
	int result;

	(void)snprintf(text, sizeof text, "<IfVersion %s>\nUmask 077\n</IfVersion>\n", condition);
	c = given(&g, text);
	result = c == NULL ? -1 : config_server(c)->own->where[D_UMASK].line == 2;
	given_end(&g);
	return result;
}

static void conditions(void **state)
{
	static const struct { const char *text; int holds; } rows[] = {
		{ "1.3.8", 1 }, { "1.3.7", 0 }, { "!1.3.7", 1 }, { "!1.3.8", 0 }, { "= 1.3.8", 1 },
		{ "== 1.3.8", 1 }, { "=1.3.8", 1 }, { "> 1.3.7", 1 }, { ">1.3.7e", 1 },
		{ "> 1.3.8", 0 },
		{ ">= 1.3.8", 1 }, { ">= 1.3", 1 }, { ">=1.3.8b", 0 }, { "< 1.3.8", 0 },
		{ "< 1.3.9", 1 },
		{ "<= 1.3.8", 1 }, { "!< 1.3.8", 1 }, { "!>= 1.3.8", 0 }, { "~ ^1[.]3", 1 },
		{ "~^1[.]2", 0 },
		{ "= /^1.3/", 1 }, { "=/^1.2/", 0 }, { "!~ 1.2", 1 }, { "~ /8$/", 1 },
		{ "", -1 }, { ">", -1 }, { ">=", -1 }, { "> newest", -1 }, { "1.3.8 1.3.9", -1 },
		{ "~ [", -1 },
		{ "> 1 2", -1 }, { "1.3.x", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int result = holds(rows[i].text);

		if (result != rows[i].holds)
			fail_msg("<IfVersion %s>: %d", rows[i].text, result);
	}
}

static void in_a_server_that_is_read_over(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given_at(&g,
	    "Port 0\n<VirtualHost 192.0.2.1>\n<IfVersion < 1>\nPort 99\n</IfVersion>\n<IfVersion "
	    ">= 1.3>\nPort 21\nServerName right\n</IfVersion>\n</VirtualHost>\n", "192.0.2.1", 21);

	(void)state;
	assert_non_null(c);
	assert_non_null(config_server(c));
	assert_string_equal(config_server(c)->own->server_name, "right");
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_versions), cmocka_unit_test(no_versions),
		cmocka_unit_test(conditions),
		cmocka_unit_test(in_a_server_that_is_read_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
