/*
 * MaxRetrieveFileSize, MaxStoreFileSize, TimeoutSession, MaxCommandRate: what is read, and for
 * whom.
 */
#include "config/cap.h"
#include "tests/config/given.h"

#define DIR(path, body) "<Directory " path ">\n" body "</Directory>\n"

static void messages(void **state)
{
	static const struct { const char *text, *told; } t[] = {
		{ "MaxRetrieveFileSize\n", "E 1: MaxRetrieveFileSize: takes 1 to *" },
		{ "MaxRetrieveFileSize 10\n",
		  "E 1: MaxRetrieveFileSize: a number and a unit (B, Kb, Mb, Gb or Tb) are "
		    "expected, or *" },
		{ "MaxStoreFileSize 10 Xb\n",
		    "E 1: MaxStoreFileSize: 10 Xb: not a number of B, Kb, Mb, Gb or Tb" },
		{ "MaxStoreFileSize 10M b\n", "E 1: MaxStoreFileSize: 10M b: not a number of *" },
		{ "MaxStoreFileSize -1 B\n", "E 1: MaxStoreFileSize: -1 B: not a number of *" },
		{ "MaxStoreFileSize 99999999999 Gb\n",
		    "E 1: MaxStoreFileSize: 99999999999 Gb: not a *" },
		{ "MaxStoreFileSize 0 B\n", "E 1: MaxStoreFileSize: 0 would let nothing pass; *" },
		{ "MaxStoreFileSize 1 B somebody x\n",
		  "E 1: MaxStoreFileSize: somebody: user, group or class with names is expected" },
		{ "MaxStoreFileSize * user\n",
		  "E 1: MaxStoreFileSize: user: user, group or class with names is expected" },
		{ "MaxStoreFileSize 1 B user regex (\n", "E 1: MaxStoreFileSize: (: *" },
		{ "MaxStoreFileSize 1 B\nMaxStoreFileSize 2 B\n",
		  "W 2: MaxStoreFileSize: never counts: line 1 is for everybody, and comes first" },
		{ "<Limit STOR>\nMaxStoreFileSize 1 B\n</Limit>\n",
		  "E 2: MaxStoreFileSize: not allowed in <Limit>; *" },
		{ "TimeoutSession\n", "E 1: TimeoutSession: takes 1 to *" },
		{ "TimeoutSession soon\n",
		    "E 1: TimeoutSession: soon: not a time from 0 to 31536000" },
		{ "TimeoutSession 1 alice\n",
		  "E 1: TimeoutSession: alice: user, group or class with names is expected" },
		{ DIR("/d", "TimeoutSession 1\n"),
		    "E 2: TimeoutSession: not allowed in <Directory>; *" },
		{ "MaxCommandRate\n", "E 1: MaxCommandRate: takes 1 to 2 values, not 0" },
		{ "MaxCommandRate -1\n",
		  "E 1: MaxCommandRate: -1: not a number of commands from 0 to 1000000" },
		{ "MaxStoreFileSize 8388608 Tb\n", "E 1: MaxStoreFileSize: 8388608 Tb: not a *" },
		{ "MaxCommandRate 5 0\n", "E 1: MaxCommandRate: 0: not a time from 1 to 3600" },
		{ "MaxCommandRate 5 2h\n", "E 1: MaxCommandRate: 2h: not a time from 1 to 3600" },
		{ "MaxCommandRate 5 1 1\n", "E 1: MaxCommandRate: takes 1 to 2 values, not 3" },
		{ "MaxCommandRate 5\nMaxCommandRate 6\n",
		  "W 2: MaxCommandRate: is set already (line 1), and the first counts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		char want[256];
		size_t n = (size_t)snprintf(want, sizeof want, "%s", t[i].told);

		(void)given(&g, t[i].text);
		if (want[n - 1] == '*')      /* the beginning of the line is enough */
			want[n - 1] = '\0';
		told(&g, want);
		given_end(&g);
	}
}

static const char *const groups[] = { "users", "ftp" };

static const char *const *find_groups(void *arg, size_t *n)
{
	(void)arg;
	*n = 2;
	return groups;
}

static void check(const char *text, enum directive_id id, bool inside, uint64_t want)
{
	const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct subject alice = { .user = "alice", .find_groups = find_groups, .has_class = true,
		.class = "inside" };
	struct given g = { .dir = "" };
	struct config *c = given(&g, text);
	const struct cap *cap;

	if (c == NULL)
		fail_msg("%s: %s", text, g.told);
	context_resolve(c, config_server(c), &names);
	cap = cap_for(inside ? context_for_path(config_server(c), "/d/e") : config_server(c), id,
	    &alice);
	if ((cap != NULL ? cap->most : 0) != want)
		fail_msg("%s: %llu", text, cap != NULL ? (unsigned long long)cap->most : 0ULL);
	given_end(&g);
}

/* The innermost context with a line for the session; in it user, group, class, everybody. */
static void which_line_decides(void **state)
{
	static const struct { const char *text; uint64_t most; } t[] = {
		{ "Umask 022\n", 0 },
		{ "MaxStoreFileSize 7 B\n", 7 },
		{ "MaxStoreFileSize 7 Kb\n", 7 << 10 },
		{ "MaxStoreFileSize 7 mb\n", 7 << 20 },
		{ "MaxStoreFileSize 7 G\n", 7ULL << 30 },
		{ "MaxStoreFileSize 7 TB\n", 7ULL << 40 },
		{ "MaxStoreFileSize *\n", 0 },
		{ "MaxRetrieveFileSize 7 B\n", 0 },
		{ "MaxStoreFileSize 1 B\nMaxStoreFileSize 2 B class inside\n"
		  "MaxStoreFileSize 3 B group ftp\nMaxStoreFileSize 4 B user alice\n", 4 },
		{ "MaxStoreFileSize 1 B\nMaxStoreFileSize 2 B class inside\n"
		  "MaxStoreFileSize 3 B group ftp\nMaxStoreFileSize 4 B user bob\n", 3 },
		{ "MaxStoreFileSize 1 B\nMaxStoreFileSize 2 B class inside\n"
		  "MaxStoreFileSize 3 B group staff\n", 2 },
		{ "MaxStoreFileSize 1 B\nMaxStoreFileSize 2 B class outside\n", 1 },
		{ "MaxStoreFileSize 2 B class outside\n", 0 },
		{ "MaxStoreFileSize 4 B user alice\nMaxStoreFileSize 5 B user alice\n", 4 },
		{ "MaxStoreFileSize 4 B user bob,alice\n", 4 },
		{ "MaxStoreFileSize 4 B user !bob\n", 4 },
		{ "MaxStoreFileSize 4 B user regex ^al\n", 4 },
		{ "MaxStoreFileSize 3 B group staff,users\n", 3 },
		{ "MaxStoreFileSize 3 B group AND staff,users\n", 0 },
		{ "MaxStoreFileSize * user alice\nMaxStoreFileSize 1 B\n", 0 },
		{ "MaxStoreFileSize 4 B user alice\n" DIR("/d", "MaxStoreFileSize 9 B\n"), 9 },
		{ "MaxStoreFileSize 4 B user alice\n" DIR("/d", "MaxStoreFileSize 9 B user bob\n"),
		    4 },
		{ "MaxStoreFileSize 4 B\n" DIR("/d", "MaxStoreFileSize *\n"), 0 },
		{ "MaxStoreFileSize 4 B\n" DIR("/d", "MaxStoreFileSize * user bob\n"), 4 },
		{ "MaxStoreFileSize 4 B\n" DIR("/d", "Umask 022\n"), 4 },
		{ DIR("/d", "MaxStoreFileSize 8 B\n") DIR("/d/e", "MaxStoreFileSize 9 B\n"), 9 },
		{ "MaxStoreFileSize 4 B\n<Global>\nMaxStoreFileSize 5 B user alice\n</Global>\n",
		    4 },
		{ "MaxStoreFileSize 4 B user bob\n<Global>\nMaxStoreFileSize 5 B\n</Global>\n", 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		check(t[i].text, D_MAX_STORE_FILE_SIZE, true, t[i].most);
	check("MaxRetrieveFileSize 7 B\nMaxStoreFileSize 8 B\n", D_MAX_RETRIEVE_FILE_SIZE, true, 7);
}

static void the_length_of_a_session(void **state)
{
	(void)state;
	check("TimeoutSession 60\n", D_TIMEOUT_SESSION, false, 60);
	check("TimeoutSession 0\n", D_TIMEOUT_SESSION, false, 0);
	check("TimeoutSession 1h user alice\nTimeoutSession 60\n", D_TIMEOUT_SESSION, false, 3600);
	check("TimeoutSession 0 user alice\nTimeoutSession 60\n", D_TIMEOUT_SESSION, false, 0);
	check("TimeoutSession 1:00:01 user bob\nTimeoutSession 60\n", D_TIMEOUT_SESSION, false, 60);
	/* of several groups every one (directives.md, 9.2) */
	check("TimeoutSession 9 group users,staff\n", D_TIMEOUT_SESSION, false, 0);
	check("TimeoutSession 9 group users,ftp\n", D_TIMEOUT_SESSION, false, 9);
}

/* Before login nobody is a user yet. */
static void a_stranger_has_no_name(void **state)
{
	struct subject stranger = { .has_class = true, .class = "inside" };
	struct given g = { .dir = "" };
	struct config *c = given(&g,
	    "MaxStoreFileSize 1 B user !bob\nMaxStoreFileSize 2 B group !x\nMaxStoreFileSize 3 B "
	    "class inside\n");

	(void)state;
	assert_non_null(c);
	assert_int_equal(cap_for(config_server(c), D_MAX_STORE_FILE_SIZE, &stranger)->most, 3);
	given_end(&g);
}

static void the_rate(void **state)
{
	static const struct { const char *text; unsigned count, seconds; } t[] = {
		{ "MaxCommandRate 5\n", 5, 1 }, { "MaxCommandRate 100 10\n", 100, 10 },
		{ "MaxCommandRate 100 1m\n", 100, 60 }, { "MaxCommandRate 0\n", 0, 1 },
		{ "Umask 022\n", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		struct config *c = given(&g, t[i].text);
		const struct settings *s = settings_for(config_server(c), D_MAX_COMMAND_RATE);

		assert_int_equal(s->max_command_rate.count, t[i].count);
		assert_int_equal(s->max_command_rate.seconds, t[i].seconds);
		given_end(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages), cmocka_unit_test(which_line_decides),
		cmocka_unit_test(the_length_of_a_session), cmocka_unit_test(a_stranger_has_no_name),
		cmocka_unit_test(the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
