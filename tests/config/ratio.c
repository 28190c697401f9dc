/* Ratios: their arithmetic against one with more bits, what is read, and which line holds. */
#include "config/ratio.h"
#include "tests/config/given.h"

__extension__ typedef __int128 wide;

static const uint64_t counts[] = {
	0, 1, 2, 3, 999, 1000, 1024, UINT32_MAX - 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
	    UINT64_C(1) << 40,
	(UINT64_C(1) << 53) - 1, UINT64_C(1) << 62, RATIO_COUNT_MAX - 1, RATIO_COUNT_MAX,
};
static const int32_t ratios[] = {
	0, 1, 2, 3, 5, 1000, RATIO_FACTOR_MAX - 1, RATIO_FACTOR_MAX, -1, -2, -3, -1000,
	    -RATIO_FACTOR_MAX,
};
static const int64_t credits[] = {
	0, 1, -1, 2, 1023, 1024, -1024, UINT32_MAX, -(int64_t)UINT32_MAX, RATIO_CREDIT_MAX - 1,
	RATIO_CREDIT_MAX, -RATIO_CREDIT_MAX, INT64_C(1) << 32, -(INT64_C(1) << 32),
};
#define EACH(i, array) for (size_t i = 0; i < sizeof array / sizeof *array; i++)

static int64_t model(int32_t ratio, int64_t credit, uint64_t up, uint64_t down)
{
	wide left = ratio < 0 ? (wide)up / -(wide)ratio : (wide)up * ratio;

	left += (wide)credit - (wide)down;
	return left > INT64_MAX ? INT64_MAX : left < INT64_MIN ? INT64_MIN : (int64_t)left;
}

static void check_left(int32_t ratio, int64_t credit, uint64_t up, uint64_t down)
{
	int64_t got = ratio_left(ratio, credit, up, down), want = model(ratio, credit, up, down);

	if (got != want)
		fail_msg("%d %lld %llu %llu: %lld, not %lld", (int)ratio, (long long)credit,
		    (unsigned long long)up, (unsigned long long)down, (long long)got,
		    (long long)want);
}

static void credit_left_at_every_edge(void **state)
{
	(void)state;
	EACH(r, ratios)
		EACH(c, credits)
			EACH(u, counts)
				EACH(d, counts)
					check_left(ratios[r], credits[c], counts[u], counts[d]);
}

static void credit_left_of_all_that_is_small(void **state)
{
	(void)state;
	for (int32_t ratio = -12; ratio <= 12; ratio++)
		for (int64_t credit = -12; credit <= 12; credit++)
			for (uint64_t up = 0; up <= 24; up++)
				for (uint64_t down = 0; down <= 24; down++)
					check_left(ratio, credit, up, down);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 11 ^ *seed << 21;
}

static void credit_left_at_random(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		uint64_t up = next(&seed) >> (1 + next(&seed) % 63),
		    down = next(&seed) >> (1 + next(&seed) % 63);
		int64_t credit = (int64_t)(next(&seed) >> (11 + next(&seed) % 50));
		int32_t ratio = (int32_t)(next(&seed) % (2 * RATIO_FACTOR_MAX + 1)) -
		    RATIO_FACTOR_MAX;

		check_left(ratio, i % 2 ? credit : -credit, up, down);
	}
}

/* What is taken was there, and giving all of it back leaves what was before. */
static void taking_and_giving_back(void **state)
{
	(void)state;
	EACH(r, ratios) EACH(c, credits) EACH(u, counts) EACH(d, counts) {
		const struct ratio_rule rule = {
			.files = ratios[r], .bytes = ratios[r], .file_credit = credits[c],
			.byte_credit = credits[c],
		};
		const struct ratio_counts was = { counts[u], counts[u], counts[d] / 2,
		    counts[d] / 2 };
		int64_t left = model(rule.bytes, rule.byte_credit, was.bytes_up, was.bytes_down);

		EACH(n, counts) {
			struct ratio_counts is = was;
			enum ratio_verdict verdict = ratio_take(&is, &rule, counts[n]);

			if (rule.files != 0 && model(rule.files, rule.file_credit, was.files_up,
			    was.files_down) < 1)
				assert_int_equal(verdict, RATIO_FILES);
			else if (rule.bytes != 0 && (wide)left < (wide)counts[n])
				assert_int_equal(verdict, RATIO_BYTES);
			else
				assert_int_equal(verdict, RATIO_GOOD);
			if (verdict == RATIO_GOOD && counts[n] <= RATIO_COUNT_MAX -
			    was.bytes_down) {
				assert_true(is.files_down == was.files_down + 1);
				assert_true(is.bytes_down == was.bytes_down + counts[n]);
				ratio_give_back(&is, true, counts[n]);
			}
			if (counts[n] <= RATIO_COUNT_MAX - was.bytes_down)
				assert_memory_equal(&is, &was, sizeof is);
			assert_true(is.bytes_down <= RATIO_COUNT_MAX);
		}
	}
}

static void counters_stay_within_their_bounds(void **state)
{
	struct ratio_counts n = { 0, 0, 0, 0 };

	(void)state;
	ratio_removed(&n, true, 5);
	ratio_give_back(&n, true, 5);
	assert_true(n.files_up == 0 && n.bytes_up == 0 && n.files_down == 0 && n.bytes_down == 0);
	ratio_stored(&n, true, RATIO_COUNT_MAX - 1);
	ratio_stored(&n, false, RATIO_COUNT_MAX);
	assert_true(n.files_up == 1 && n.bytes_up == RATIO_COUNT_MAX);
	assert_int_equal(ratio_take(&n, NULL, RATIO_COUNT_MAX), RATIO_GOOD);
	assert_int_equal(ratio_take(&n, NULL, RATIO_COUNT_MAX), RATIO_GOOD);
	assert_true(n.files_down == 2 && n.bytes_down == RATIO_COUNT_MAX);
	ratio_removed(&n, false, 1);
	assert_true(n.files_up == 1 && n.bytes_up == RATIO_COUNT_MAX - 1);
}

static void messages(void **state)
{
	static const struct { const char *text, *told; } t[] = {
		{ "Ratios on\nUserRatio\n", "E 2: UserRatio: takes 5 " },
		{ "UserRatio * 1 0 1\n", "E 1: UserRatio: takes 5 " },
		{ "UserRatio * 1 0 1 0 0\n", "E 1: UserRatio: takes 5 " },
		{ "HostRatio * +1 0 1 0\n",
		    "E 1: HostRatio: +1: a ratio of files is expected, from -1000000 to 1000000" },
		{ "HostRatio * -1000001 0 1 0\n",
		    "E 1: HostRatio: -1000001: a ratio of files is expected" },
		{ "AnonRatio * 1 9007199254740993 1 0\n",
		    "E 1: AnonRatio: 9007199254740993: a number of files" },
		{ "GroupRatio * 1 0 - 0\n", "E 1: GroupRatio: -: a ratio of bytes is expected" },
		{ "GroupRatio * 1 0 1 -\n",
		    "E 1: GroupRatio: -: a number of kilobytes is expected" },
		{ "GroupRatio * 1 0 1 K\n",
		    "E 1: GroupRatio: K: a number of kilobytes is expected" },
		{ "GroupRatio * 1 0 1 5-\n",
		    "E 1: GroupRatio: 5-: a number of kilobytes is expected" },
		{ "GroupRatio * 1 0 1 8796093022209\n",
		    "E 1: GroupRatio: 8796093022209: a number of kilobytes" },
		{ "GroupRatio * 1 0 1 0x5\n",
		    "E 1: GroupRatio: 0x5: a number of kilobytes is expected" },
		{ "RatioFile /\n", "E 1: RatioFile: /: the absolute path of a file is expected" },
		{ "RatioFile a/b\n",
		    "E 1: RatioFile: a/b: the absolute path of a file is expected" },
		{ "RatioFile /a/\n",
		    "E 1: RatioFile: /a/: the absolute path of a file is expected" },
		{ "FileRatioErrMsg\n", "E 1: FileRatioErrMsg: takes 1 " },
		{ "Ratios on\nRatios off\n",
		    "W 2: Ratios: is set already (line 1), and the first counts" },
		{ "<Limit READ>\nUserRatio * 1 0 1 0\n</Limit>\n",
		    "E 2: UserRatio: not allowed in <Limit>" },
		{ "UserRatio * 1 0 1 0\n", "W 1: UserRatio: has no effect: Ratios is off" },
		{ "<Directory /d>\nGroupRatio * 1 0 1 0\n</Directory>\n",
		    "W 2: GroupRatio: has no effect" },
		{ "<Global>\nAnonRatio * 1 0 1 0\n</Global>\n", "W 2: AnonRatio: has no effect" },
		{ "SaveRatios on\n", "E 1: SaveRatios: RatioFile does not say where" },
		{ "RatioTempFile anything at all\n", "N 1: RatioTempFile: has no effect" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };

		(void)given(&g, t[i].text);
		told(&g, t[i].told);
		given_end(&g);
	}
}

static const char *const groups[] = { "users", "staff" };

static const char *const *find_groups(void *arg, size_t *n)
{
	(void)arg;
	*n = 2;
	return groups;
}

static const char *find_name(void *arg)
{
	++*(int *)arg;
	return "Host.example.org";
}

/* The line number of the rule that holds for alice of users and staff at 10.0.0.7; 0: none. */
static unsigned holding(const char *text, const char *email, int *asked)
{
	struct given g = { .dir = "" };
	int unwanted;
	struct subject who = {
		.user = "alice", .find_groups = find_groups, .find_name = find_name,
		.arg = asked != NULL ? asked : &unwanted,
	};
	const struct ratio_rule *rule;
	unsigned line;
	struct config *c = given(&g, text);

	if (c == NULL)
		fail_msg("%s", g.told);
	unwanted = 0;
	assert_true(addr_parse(&who.peer, "10.0.0.7"));
	rule = ratio_for(config_server(c), &who, email);
	line = rule != NULL ? rule->where.line : 0;
	if (rule != NULL)
		assert_ptr_equal(ratio_rule_at(c, rule->number), rule);
	assert_null(ratio_rule_at(c, 0));
	assert_null(ratio_rule_at(c, 99));
	given_end(&g);
	return line;
}

static void which_line_holds(void **state)
{
#define R " 1 0 1 0\n"
	static const struct { const char *text, *email; unsigned line; } t[] = {
		{ "Ratios on\n", NULL, 0 },
		{ "UserRatio bob" R "UserRatio alice" R "UserRatio *" R, NULL, 2 },
		{ "UserRatio *" R "UserRatio alice" R, NULL, 1 },
		{ "UserRatio al*" R "UserRatio ALICE" R, NULL, 0 },
		{ "GroupRatio staff" R "UserRatio *" R, NULL, 2 },
		{ "GroupRatio nobody" R "GroupRatio staff" R "GroupRatio users" R, NULL, 2 },
		{ "GroupRatio *" R, NULL, 1 },
		{ "UserRatio alice" R "AnonRatio a@b" R, "a@b", 2 },
		{ "UserRatio alice" R "AnonRatio a@b" R, "A@b", 1 },
		{ "UserRatio alice" R "AnonRatio *" R, "", 2 },
		{ "UserRatio alice" R "AnonRatio *" R, NULL, 1 },
		{ "AnonRatio *" R "HostRatio 10.0.0.7" R, "a@b", 2 },
		{ "HostRatio 10.0.0.70" R "HostRatio 10.0.0.*" R, NULL, 2 },
		{ "HostRatio 10.0.1.*" R "HostRatio ::ffff:10.0.0.7" R, NULL, 2 },
		{ "HostRatio *.EXAMPLE.org" R, NULL, 1 },
		{ "HostRatio host.example.org" R, NULL, 1 },
		{ "HostRatio example.org" R, NULL, 0 },
		{ "<Global>\nUserRatio alice" R "</Global>\nUserRatio *" R, NULL, 4 },
		{ "<Global>\nHostRatio *" R "</Global>\nUserRatio *" R, NULL, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (holding(t[i].text, t[i].email, NULL) != t[i].line)
			fail_msg("%s: not line %u", t[i].text, t[i].line);
	}
}

/* Looking a name up takes seconds where there is none. */
static void a_name_is_asked_for_where_one_is_meant(void **state)
{
	int asked = 0;

	(void)state;
	(void)holding("HostRatio *" R "UserRatio *" R, NULL, &asked);
	(void)holding("HostRatio 10.0.1.*" R "HostRatio 10.0.0.8" R "HostRatio ::1" R, NULL,
	    &asked);
	assert_int_equal(asked, 0);
	(void)holding("HostRatio *.org" R, NULL, &asked);
	assert_int_equal(asked, 1);
}

static void values(void **state)
{
	static const struct { const char *word; int64_t bytes; } t[] = {
		{ "0", 0 }, { "100", 102400 }, { "100B", 100 }, { "100Kb", 102400 }, { "3k", 3072 },
		{ "2M", 2 << 20 }, { "1Gb", 1 << 30 }, { "-5", -5120 }, { "-5B", -5 },
		{ "8796093022208", RATIO_CREDIT_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };
		struct subject who = { .user = "alice" };
		const struct ratio_rule *rule;
		char text[256];
		struct config *c;

		(void)snprintf(text, sizeof text,
		    "Ratios on\nUserRatio * -7 -3 1000000 %s\nSaveRatios on\nRatioFile "
		    "/tmp/%zu\nCwdRatioMsg \"c d\"\n", t[i].word, i);
		c = given_at(&g, text, "127.0.0.1", 21);
		assert_non_null(c);
		rule = ratio_for(config_server(c), &who, NULL);
		assert_non_null(rule);
		assert_int_equal(rule->files, -7);
		assert_true(rule->file_credit == -3);
		assert_int_equal(rule->bytes, 1000000);
		assert_true(rule->byte_credit == t[i].bytes);
		assert_ptr_equal(ratio_file_at(c, 1), ratio_file_for(config_server(c)));
		assert_null(ratio_file_at(c, 2));
		assert_string_equal(ratio_text(config_server(c), D_CWD_RATIO_MSG), "c d");
		assert_null(ratio_text(config_server(c), D_LEECH_RATIO_MSG));
		assert_false(ratio_asks_email(c));
		given_end(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credit_left_at_every_edge),
		cmocka_unit_test(credit_left_of_all_that_is_small),
		cmocka_unit_test(credit_left_at_random), cmocka_unit_test(taking_and_giving_back),
		cmocka_unit_test(counters_stay_within_their_bounds), cmocka_unit_test(messages),
		cmocka_unit_test(which_line_holds),
		cmocka_unit_test(a_name_is_asked_for_where_one_is_meant),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
