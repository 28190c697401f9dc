/* Quotas at the boundary: whatever a captured session says, it is its own record that bears it. */
#include "tests/config/given.h"

#include "auth/talk.h"
#include "config/quota.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

static struct given g;
static struct monitor m;
static struct talk t;
static struct msg in, back;
static int session;
static char path[2][300];

static void write_table(enum quota_table_type type, const struct quota_record *records, size_t n)
{
	uint32_t magic = quota_magic(type);
	FILE *f = fopen(path[type], "w");

	assert_non_null(f);
	assert_int_equal(fwrite(&magic, sizeof magic, 1, f), 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char bytes[QUOTA_RECORD_MAX];

		quota_format(type, &records[i], bytes);
		assert_int_equal(fwrite(bytes, quota_record_size(type), 1, f), 1);
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path[type], 0600), 0);
}

/* The tally of ann, or of another one. */
static struct quota_record used(const char *name)
{
	struct quota_table table;
	struct quota_record r;
	STRBUF(why, 512);
	off_t at = 0;

	assert_int_equal(quota_open(&table, QUOTA_TALLIES, path[QUOTA_TALLIES], false, &why), 0);
	assert_int_equal(quota_find(&table, QUOTA_USER, name, &at, &r, &why), 1);
	quota_close(&table);
	return r;
}

static void fresh(bool hard)
{
	const struct quota_record limits[] = {
		{ .name = "bob", .kind = QUOTA_USER, .hard = true, .n = { 100 } },
		{ .name = "ann", .kind = QUOTA_USER, .hard = hard,
		    .n = { 10 << 20, 1000, 64 << 20, 9, 9, 9 } },
	};
	const struct quota_record tallies[] = {
		{ .name = "bob", .kind = QUOTA_USER, .n = { 50, 51, 52, 53, 54, 55 } },
	};

	write_table(QUOTA_LIMITS, limits, 2);
	write_table(QUOTA_TALLIES, tallies, 1);
	t.quotas = NULL;
}

static void neighbour_is_as_he_was(void)
{
	struct quota_record bob = used("bob");

	for (unsigned i = 0; i < QUOTA_WHATS; i++)
		assert_int_equal(bob.n[i], 50 + i);
}

static bool ask_for(uint32_t op, uint64_t download)
{
	msg_start(&in, PRIV_QUOTA);
	msg_put_u32(&in, op);
	msg_put_str(&in, "/f");
	msg_put_u64(&in, download);
	if (!answer_quota(&m, &in))
		return false;
	assert_int_equal(msg_recv(session, &back), 1);
	return true;
}

static bool ask(uint32_t op)
{
	return ask_for(op, 0);
}

/* What is granted; -1: crossed. */
static int64_t room(uint64_t want)
{
	uint64_t n;

	msg_start(&in, PRIV_QUOTA_ROOM);
	msg_put_u64(&in, want);
	if (!answer_quota_room(&m, &in))
		return -1;
	assert_int_equal(msg_recv(session, &back), 1);
	assert_int_equal(back.type, PRIV_ROOM);
	assert_int_equal(msg_get_u32(&back), 0);
	n = msg_get_u64(&back);
	assert_true(msg_done(&back));
	return (int64_t)n;
}

static bool use(struct quota_use u)
{
	msg_start(&in, PRIV_QUOTA_USED);
	msg_put_quota_use(&in, &u);
	if (!answer_quota_used(&m, &in))
		return false;
	assert_int_equal(msg_recv(session, &back), 1);
	assert_int_equal(msg_get_u32(&back), 0);
	return true;
}

static void what_is_asked(void **state)
{
	struct quota_told told;

	(void)state;
	fresh(true);
	assert_int_equal(room(1), -1);       /* behind a question alone */
	assert_true(ask(QUOTA_STORE));
	assert_int_equal(msg_get_u32(&back), 0);
	msg_get_quota(&back, &told);
	assert_true(msg_done(&back) && told.any && told.limit.hard);
	assert_string_equal(told.limit.name, "ann");
	assert_int_equal(told.limit.n[QUOTA_BYTES_OUT], 1000);
	assert_int_equal(told.used_up, QUOTA_WHATS);
	assert_false(ask(QUOTA_OPS));
	assert_false(ask(UINT32_MAX));
	msg_start(&in, PRIV_QUOTA);
	msg_put_u32(&in, QUOTA_STORE);
	msg_put_str(&in, "/f");
	msg_put_u64(&in, 0);
	msg_put_u32(&in, 0);
	assert_false(answer_quota(&m, &in));
	assert_true(ask_for(QUOTA_TELL, QUOTA_MOST));
	assert_false(ask_for(QUOTA_RETRIEVE, QUOTA_MOST + 1));
	neighbour_is_as_he_was();
}

static void room_is_never_more_than_there_is(void **state)
{
	int64_t sum = 0, n;

	(void)state;
	fresh(true);
	assert_true(ask(QUOTA_STORE));
	assert_int_equal(room(0), -1);
	assert_int_equal(room(QUOTA_ASK_MAX + 1), -1);
	assert_int_equal(room(UINT64_MAX), -1);
	while ((n = room(100000)) > 0) {
		assert_true(n <= 100000 + QUOTA_STEP);
		sum += n;
		assert_int_equal(used("ann").n[QUOTA_BYTES_IN], sum);
		assert_int_equal(used("ann").n[QUOTA_BYTES_XFER], sum);
	}
	assert_int_equal(sum, 10 << 20);
	/* and all of it comes back but what was used */
	assert_true(use((struct quota_use){ .more = 7, .both = 8, .files_more = 1, .files_both =
	    1 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 7);
	assert_int_equal(used("ann").n[QUOTA_BYTES_XFER], 8);
	assert_true(use((struct quota_use){ .less = 0 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 7);
	neighbour_is_as_he_was();
}

/* 0, or -errno; 1: crossed, 2: no answer. */
static int turn(uint32_t n, uint64_t a, uint64_t b)
{
	msg_start(&in, PRIV_QUOTA_TURN);
	msg_put_u32(&in, n);
	if (n > 0)
		msg_put_u64(&in, a);
	if (n > 1)
		msg_put_u64(&in, b);
	if (!answer_quota_turn(&m, &in))
		return 1;
	if (n == 0)
		return 2;
	assert_int_equal(msg_recv(session, &back), 1);
	return -(int)msg_get_u32(&back);
}

/* Two sessions never hold the same name, and a session only the names that it asked for last. */
static void a_turn_is_one_sessions(void **state)
{
	struct quotas *one, *two;

	(void)state;
	fresh(true);
	assert_int_equal(turn(QUOTA_TURN_NAMES + 1, 1, 2), 1);
	assert_int_equal(turn(UINT32_MAX, 1, 2), 1);
	assert_int_equal(turn(1, QUOTA_TURNS, 0), 1);
	assert_int_equal(turn(2, 0, QUOTA_TURNS), 1);
	assert_int_equal(turn(2, QUOTA_TURNS - 1, 5), 0);
	one = t.quotas;
	t.quotas = NULL;             /* another session */
	assert_int_equal(turn(1, 6, 0), 0);
	assert_int_equal(turn(1, 5, 0), -EAGAIN);
	assert_int_equal(turn(2, 3, QUOTA_TURNS - 1), -EAGAIN);
	two = t.quotas;
	t.quotas = one;
	assert_int_equal(turn(2, 3, 6), 0);  /* what failed holds nothing; and now 5 is free */
	t.quotas = two;
	assert_int_equal(turn(1, 5, 0), 0);
	t.quotas = one;
	assert_int_equal(turn(0, 0, 0), 2);
	t.quotas = two;
	assert_int_equal(turn(2, 6, 3), 0);
	/* who holds one changes the table as before, and makes a record */
	assert_true(use((struct quota_use){ .more = 7 }));
	assert_int_equal(turn(0, 0, 0), 2);
}

static void a_transfer_is_counted_ahead(void **state)
{
	struct quotas *one;
	struct quota_told told;

	(void)state;
	fresh(true);
	assert_true(ask_for(QUOTA_RETRIEVE, 999));
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], 999);
	assert_true(ask_for(QUOTA_RETRIEVE, 5));     /* nothing came of that one */
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], 5);
	assert_true(use((struct quota_use){ .out = 3 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], 3);
	assert_true(ask(QUOTA_TELL));
	assert_true(ask_for(QUOTA_STORE, 7));
	assert_true(room(9) >= 9);
	assert_true(ask_for(QUOTA_RETRIEVE, QUOTA_MOST));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 0);
	one = t.quotas;
	t.quotas = NULL;             /* another session */
	assert_true(ask_for(QUOTA_RETRIEVE, 1));
	assert_int_equal(msg_get_u32(&back), 0);
	msg_get_quota(&back, &told);
	assert_int_equal(told.used_up, QUOTA_BYTES_OUT);
	assert_true(use((struct quota_use){ .less = 0 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], QUOTA_MOST);
	t.quotas = one;
	assert_true(use((struct quota_use){ .out = 2 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], 2);
	neighbour_is_as_he_was();
}

static void two_share(void **state)
{
	struct quotas *one, *two = NULL;
	int64_t sum = 0, n;

	(void)state;
	fresh(true);
	assert_true(ask(QUOTA_STORE));
	one = t.quotas;
	t.quotas = NULL;
	assert_true(ask(QUOTA_STORE));
	two = t.quotas;
	do {
		t.quotas = t.quotas == one ? two : one;
		n = room(300000);
		sum += n;
	} while (n > 0);
	assert_int_equal(sum, 10 << 20);
	t.quotas = one;
	assert_true(use((struct quota_use){ .more = 5 }));
	t.quotas = two;
	assert_true(use((struct quota_use){ .more = 6 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 11);
}

static void forged_figures(void **state)
{
	static const struct quota_use bad[] = {
		{ .more = QUOTA_MOST + 1 }, { .less = UINT64_MAX }, { .out = QUOTA_MOST + 1 },
		{ .both = UINT64_MAX }, { .files_more = 3 }, { .files_less = UINT32_MAX },
		{ .files_out = 3 }, { .files_both = 3 },
	};

	(void)state;
	fresh(true);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(use(bad[i]));
	for (int i = 0; i < 3; i++)
		assert_true(use((struct quota_use){ QUOTA_MOST, 0, QUOTA_MOST, QUOTA_MOST, 2, 0, 2,
		    2 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], QUOTA_MOST);
	assert_int_equal(used("ann").n[QUOTA_BYTES_OUT], QUOTA_MOST);
	assert_int_equal(used("ann").n[QUOTA_FILES_IN], 6);
	for (int i = 0; i < 5; i++)
		assert_true(use((struct quota_use){ .less = QUOTA_MOST, .files_less = 2 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 0);
	assert_int_equal(used("ann").n[QUOTA_FILES_IN], 0);
	neighbour_is_as_he_was();
}

/* It is counted ahead, as room under a hard one is, and there is always some. */
static void a_soft_limit_has_room(void **state)
{
	int64_t sum = 0, n;

	(void)state;
	fresh(false);
	assert_true(ask(QUOTA_STORE));
	while (sum < 3 * (10 << 20)) {
		n = room(QUOTA_ASK_MAX);
		assert_true(n >= QUOTA_ASK_MAX);
		sum += n;
		assert_int_equal(used("ann").n[QUOTA_BYTES_IN], sum);
	}
	assert_true(use((struct quota_use){ .more = 7 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 7);
}

/* A directory is counted ahead, too: who is killed behind it has made one. */
static void a_directory_is_counted_ahead(void **state)
{
	(void)state;
	fresh(true);
	assert_true(ask(QUOTA_MKDIR));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], QUOTA_DIRECTORY_MOST);
	assert_int_equal(used("ann").n[QUOTA_FILES_IN], 1);
	assert_true(use((struct quota_use){ .more = 60, .files_more = 1 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 60);
	assert_int_equal(used("ann").n[QUOTA_FILES_IN], 1);
	assert_true(ask(QUOTA_MKDIR));
	assert_true(use((struct quota_use){ .more = 0 }));
	assert_int_equal(used("ann").n[QUOTA_BYTES_IN], 60);
	assert_int_equal(used("ann").n[QUOTA_FILES_IN], 1);
}

static void what_is_not_configured(void **state)
{
	struct given other = { .len = 0 };
	const struct context *base = t.who.base;

	(void)state;
	fresh(true);
	msg_start(&in, PRIV_QUOTA_SCAN);     /* without QuotaOptions ScanOnLogin */
	msg_put_u64(&in, 0);
	msg_put_u64(&in, 0);
	assert_false(answer_quota_scan(&m, &in));
	t.who.base = config_server(given_at(&other, "Umask 022\n", "127.0.0.1", 21));
	assert_false(ask(QUOTA_TELL));
	assert_false(use((struct quota_use){ .more = 1 }));
	assert_int_equal(turn(1, 5, 0), 1);
	t.who.base = base;
	given_end(&other);
}

static void a_damaged_table(void **state)
{
	(void)state;
	fresh(true);
	assert_int_equal(truncate(path[QUOTA_TALLIES], 100), 0);
	assert_true(ask(QUOTA_STORE));
	assert_int_equal(msg_get_u32(&back), EPERM);
	msg_start(&in, PRIV_QUOTA_USED);
	msg_put_quota_use(&in, &(struct quota_use){ .more = 1 });
	assert_true(answer_quota_used(&m, &in));
	assert_int_equal(msg_recv(session, &back), 1);
	assert_int_equal(msg_get_u32(&back), EPERM);
	assert_int_equal(turn(1, 5, 0), -EPERM);
}

static int make(void **state)
{
	char text[1024];
	int pair[2];

	(void)state;
	given_text(&g, "passwd", "");
	for (int i = 0; i < 2; i++)
		(void)snprintf(path[i], sizeof path[i], "%s/table%d", g.dir, i);
	(void)snprintf(text, sizeof text, "AuthPAM off\nQuotaEngine on\nQuotaLimitTable file:%s\n"
	    "QuotaTallyTable file:%s\n", path[QUOTA_LIMITS], path[QUOTA_TALLIES]);
	m.config = given_at(&g, text, "127.0.0.1", 21);
	if (m.config == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return -1;
	m.boundary = pair[0];
	session = pair[1];
	m.server = config_server(m.config);
	m.talk = &t;
	t.phase = POST_LOGIN;
	t.who.base = m.server;
	t.who.account = "ann";
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		(void)unlink(path[i]);
	given_end(&g);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked), cmocka_unit_test(room_is_never_more_than_there_is),
		cmocka_unit_test(a_transfer_is_counted_ahead), cmocka_unit_test(two_share),
		cmocka_unit_test(a_turn_is_one_sessions),
		cmocka_unit_test(forged_figures),
		cmocka_unit_test(a_soft_limit_has_room),
		cmocka_unit_test(a_directory_is_counted_ahead),
		cmocka_unit_test(what_is_not_configured),
		cmocka_unit_test(a_damaged_table),
	};

	return cmocka_run_group_tests_name("quota", tests, make, end);
}
