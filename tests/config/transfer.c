/* TransferRate and its like: what is read, and which line holds for whom. */
#include "config/transfer.h"
#include "tests/config/given.h"

#define DIR(path, body) "<Directory " path ">\n" body "</Directory>\n"
#define KB 1024000U

static const struct { const char *text, *told; } remarks[] = {
	{ "TransferRate RETR\n", "E 1: TransferRate: takes 2 to *" },
	{ "TransferRate LIST 5\n",
	    "E 1: TransferRate: LIST: RETR, STOR, APPE or STOU is expected, *" },
	{ "TransferRate RETR, STOR 5\n",
	    "E 1: TransferRate: : RETR, STOR, APPE or STOU is expected, *" },
	{ "TransferRate RETR,,STOR 5\n",
	    "E 1: TransferRate: : RETR, STOR, APPE or STOU is expected, *" },
	{ "TransferRate RETRIEVER 5\n", "E 1: TransferRate: RETRIEVER: RETR, *" },
	{ "TransferRate RETR fast\n",
	  "E 1: TransferRate: fast: not a number of KB a second up to 1000000000, like 100 "
	    "or 12.5" },
	{ "TransferRate RETR -1\n", "E 1: TransferRate: -1: not a number *" },
	{ "TransferRate RETR .\n", "E 1: TransferRate: .: not a number *" },
	{ "TransferRate RETR 1.2.3\n", "E 1: TransferRate: 1.2.3: not a number *" },
	{ "TransferRate RETR 1e3\n", "E 1: TransferRate: 1e3: not a number *" },
	{ "TransferRate RETR 0x10\n", "E 1: TransferRate: 0x10: not a number *" },
	{ "TransferRate RETR 1000000001\n",
	    "E 1: TransferRate: 1000000001: not a number *" },
	{ "TransferRate RETR 99999999999999999999\n",
	    "E 1: TransferRate: 99999999999999999999: not a *" },
	{ "TransferRate RETR 0.0009\n",
	    "E 1: TransferRate: 0.0009: the slowest rate is 0.001" },
	{ "TransferRate RETR 5:\n",
	  "E 1: TransferRate: 5:: behind the colon a number of bytes is expected" },
	{ "TransferRate RETR 5:-1\n", "E 1: TransferRate: 5:-1: behind the colon *" },
	{ "TransferRate RETR 5:9223372036854775808\n",
	    "E 1: TransferRate: 5:9223372036854775808: *" },
	{ "TransferRate RETR 5 somebody x\n",
	  "E 1: TransferRate: somebody: user, group or class with names is expected" },
	{ "TransferRate RETR 0:100\n",
	    "W 1: TransferRate: with 0 no rate holds, and every byte is free" },
	{ "TransferRate RETR 5\nTransferRate RETR 6\n",
	  "W 2: TransferRate: never counts: line 1 is for everybody, and comes first" },
	{ "TransferRate RETR 5\nTransferRate STOR 5\nTransferRate STOR,RETR 6\n",
	  "W 3: TransferRate: never counts: line 2 is for everybody, and comes first" },
	{ "<Limit STOR>\nTransferRate RETR 5\n</Limit>\n",
	  "E 2: TransferRate: not allowed in <Limit>; *" },
	{ "TransferRateTotal RETR 0\n",
	    "E 1: TransferRateTotal: 0 would let nothing pass; *" },
	{ "TransferRateTotal RETR 5:5\n",
	  "E 1: TransferRateTotal: 5:5: no bytes are free where all share" },
	{ "TransferRateTotal RETR 5 user alice\n",
	    "E 1: TransferRateTotal: takes 2 values, not 4" },
	{ "TransferRateTotal RETR 5\nTransferRateTotal RETR 6\n",
	  "W 2: TransferRateTotal: never counts: line 1 allows no more" },
	{ DIR("/d", "TransferRateTotal RETR 5\n"),
	  "E 2: TransferRateTotal: not allowed in <Directory>; *" },
	{ "MaxTransfersPerHost RETR\n",
	    "E 1: MaxTransfersPerHost: takes 2 to 3 values, not 1" },
	{ "MaxTransfersPerHost RETR 0\n",
	    "E 1: MaxTransfersPerHost: 0: not a number from 1 to 1000000" },
	{ "MaxTransfersPerUser RETR none\n",
	    "E 1: MaxTransfersPerUser: none: not a number *" },
	{ "MaxTransfersPerUser READ 1\n", "E 1: MaxTransfersPerUser: READ: RETR, STOR, *" },
	{ "MaxTransfersPerUser RETR,STOR 2\nMaxTransfersPerUser RETR 3\n",
	  "W 2: MaxTransfersPerUser: never counts: line 1 allows no more" },
	{ "MaxConnectionRate\n", "E 1: MaxConnectionRate: takes 1 to 2 values, not 0" },
	{ "MaxConnectionRate -1\n",
	  "E 1: MaxConnectionRate: -1: not a number of connections from 0 to 1000000" },
	{ "MaxConnectionRate 5 0\n",
	    "E 1: MaxConnectionRate: 0: not a time from 1 to 86400" },
	{ "<Global>\nMaxConnectionRate 5\n</Global>\n",
	  "E 2: MaxConnectionRate: not allowed in <Global>; *" },
	{ "ScoreboardFile none\n" DIR("/d", "MaxTransfersPerHost RETR 1\n"),
	  "W 3: MaxTransfersPerHost: limits nothing: ScoreboardFile is none" },
	{ "ScoreboardFile none\nTransferRateTotal RETR 1\n",
	  "W 2: TransferRateTotal: limits nothing: ScoreboardFile is none" },
};

static void messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
		struct given g = { .dir = "" };
		char want[256];
		size_t n = (size_t)snprintf(want, sizeof want, "%s", remarks[i].told);

		(void)given(&g, remarks[i].text);
		if (want[n - 1] == '*')      /* the beginning of the line is enough */
			want[n - 1] = '\0';
		told(&g, want);
		given_end(&g);
	}
}

/* Lines that count are not told of. */
static void nothing_to_say(void **state)
{
	static const char *const t[] = {
		"TransferRate RETR 5 user a\nTransferRate RETR 6\nTransferRate STOR,RETR 7\n",
		"TransferRate RETR 5\nTransferRate RETR 7 user a\n",
		"TransferRateTotal RETR 5\nTransferRateTotal RETR,STOR 5\nTransferRateTotal RETR "
		"4\n", "MaxTransfersPerHost RETR 3\nMaxTransfersPerHost RETR,STOR "
		"3\nMaxTransfersPerHost RETR 2\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct given g = { .dir = "" };

		assert_non_null(given(&g, t[i]));
		if (strstr(g.told, "never counts") != NULL)
			fail_msg("%s: %s", t[i], g.told);
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

static void which_line_decides(void **state)
{
	static const struct { const char *text; uint64_t rate, free; } t[] = {
		{ "Umask 022\n", 0, 0 },
		{ "TransferRate RETR 7\n", 7 * KB, 0 },
		{ "TransferRate retr,STOR 7\n", 7 * KB, 0 },
		{ "TransferRate STOR,APPE,STOU 7\n", 0, 0 },
		{ "TransferRate RETR 7.5:1048576\n", 7 * KB + KB / 2, 1048576 },
		{ "TransferRate RETR 0.001\n", 1024, 0 },
		{ "TransferRate RETR .25\n", KB / 4, 0 },
		{ "TransferRate RETR 12.\n", 12 * KB, 0 },
		{ "TransferRate RETR 1000000000:9223372036854775807\n", UINT64_C(1000000000) * KB,
		    INT64_MAX },
		{ "TransferRate RETR 1\nTransferRate RETR 2 class inside\nTransferRate RETR 3 "
		    "group ftp\n"
		  "TransferRate RETR 4 user alice\n", 4 * KB, 0 },
		{ "TransferRate RETR 1\nTransferRate RETR 2 class inside\nTransferRate RETR 3 "
		    "group ftp\n"
		  "TransferRate STOR 4 user alice\n", 3 * KB, 0 },
		{ "TransferRate RETR 1\nTransferRate RETR 2 class inside\nTransferRate RETR 3 "
		    "group ftp,x\n",
		  2 * KB, 0 },
		{ "TransferRate RETR 1\nTransferRate RETR 3 group OR ftp,x\n", 3 * KB, 0 },
		{ "TransferRate RETR 1\nTransferRate RETR 0 user alice\n", 0, 0 },
		{ "TransferRate RETR 4 user alice\n" DIR("/d", "TransferRate RETR 9\n"), 9 * KB,
		    0 },
		{ "TransferRate RETR 4\n" DIR("/d", "TransferRate STOR 9\n"), 4 * KB, 0 },
		{ "TransferRate RETR 4\n" DIR("/d", "TransferRate RETR 9 user bob\n"), 4 * KB, 0 },
		{ "TransferRate RETR 4\n" DIR("/d", "TransferRate RETR 0\n"), 0, 0 },
		{ "TransferRate RETR 4\n<Global>\nTransferRate RETR 5 user alice\n</Global>\n",
		    4 * KB, 0 },
		{ "TransferRate STOR 4\n<Global>\nTransferRate RETR 5\n</Global>\n", 5 * KB, 0 },
	};
	const struct context_names names = { .user = "alice", .home = "/home/alice" };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct subject alice = { .user = "alice", .find_groups = find_groups, .has_class =
		    true,
			.class = "inside" };
		struct given g = { .dir = "" };
		struct config *c = given(&g, t[i].text);
		const struct transfer_rule *rule;

		if (c == NULL)
			fail_msg("%s: %s", t[i].text, g.told);
		context_resolve(c, config_server(c), &names);
		rule = transfer_rate(context_for_path(config_server(c), "/d/e"), TRANSFER_RETR,
		    &alice);
		if ((rule != NULL ? rule->rate : 0) != t[i].rate ||
		    (rule != NULL ? rule->free : 0) != t[i].free)
			fail_msg("%s: %llu", t[i].text, rule != NULL ?
			    (unsigned long long)rule->rate : 0ULL);
		assert_int_equal(transfers_counted(c), 0);
		given_end(&g);
	}
}

static void every_line_is_walked_over(void **state)
{
	const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct given g = { .dir = "" };
	struct config *c = given(&g,
	    "MaxTransfersPerHost RETR 9\nMaxTransfersPerHost STOR,RETR 8 \"no "
	    "%m\"\nMaxTransfersPerUser RETR 1\nMaxTransfersPerHost APPE "
	    "1\n<Global>\nMaxTransfersPerHost RETR 7\n</Global>\n" DIR("/d",
	    "MaxTransfersPerHost STOR 4\nMaxTransfersPerHost RETR 5\n"));
	static const unsigned want[] = { 5, 9, 8, 7 };
	const struct context *at = NULL;
	const struct transfer_rule *rule;
	struct transfer_walk w;
	size_t n = 0;

	(void)state;
	assert_non_null(c);
	context_resolve(c, config_server(c), &names);
	rule = transfer_limit(context_for_path(config_server(c), "/d/e"), D_MAX_TRANSFERS_PER_HOST,
	    TRANSFER_RETR, &at);
	assert_true(rule != NULL && rule->max == 5 &&
	    at == context_for_path(config_server(c), "/d/e"));
	rule = transfer_limit(context_for_path(config_server(c), "/d/e"), D_MAX_TRANSFERS_PER_HOST,
	    TRANSFER_APPE, &at);
	assert_true(rule != NULL && rule->max == 1 &&
	    at != context_for_path(config_server(c), "/d/e"));
	assert_null(transfer_limit(config_server(c), D_MAX_TRANSFERS_PER_USER, TRANSFER_STOU, &at));
	assert_int_equal(transfers_counted(c), TRANSFER_RETR | TRANSFER_STOR | TRANSFER_APPE);
	transfer_walk(&w, context_for_path(config_server(c), "/d/e"), D_MAX_TRANSFERS_PER_HOST,
	    TRANSFER_RETR);
	for (; (rule = transfer_next(&w)) != NULL; n++)
		assert_int_equal(rule->max, want[n]);
	assert_int_equal(n, 4);
	transfer_walk(&w, config_server(c), D_TRANSFER_RATE_TOTAL, TRANSFER_RETR);
	assert_null(transfer_next(&w));
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages), cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(which_line_decides), cmocka_unit_test(every_line_is_walked_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
