/* PRIV_RATIO against a captured session, and the file that counters are kept in. */
#include "tests/config/given.h"

#include "auth/ledger.h"
#include "auth/ratioline.h"
#include "auth/talk.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct given g;
static struct monitor m;
static struct talk t;
static struct msg in, got;
static int session;              /* the session's end of the boundary */
static char kept[128];

static void put(const char *text)
{
	given_text(&g, "ratios", text);
}

static const char *text(void)
{
	static char bytes[65536];
	int fd = open(kept, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes - 1) : 0;

	bytes[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return bytes;
}

/* -- the lines ------------------------------------------------------------------- */

static void lines_that_are_none(void **state)
{
	static const char *const bad[] = {
		"", " ", "0123456789abcdef", "0123456789abcdef user alice 1 2 3",
		"0123456789abcdef user alice 1 2 3 4 5", "0123456789abcdeF user alice 1 2 3 4",
		"0123456789abcde user alice 1 2 3 4", "0123456789abcdef0 user alice 1 2 3 4",
		"0123456789abcdef users alice 1 2 3 4", "0123456789abcdef user  1 2 3 4",
		"0123456789abcdef  alice 1 2 3 4", "0123456789abcdef user alice 1 2 3 ",
		"0123456789abcdef user alice 1 2 3 4 ", " 0123456789abcdef user alice 1 2 3 4",
		"0123456789abcdef user alice 1 2 3 x", "0123456789abcdef user alice 1 2 3 -4",
		"0123456789abcdef user alice 1 2 3 04",
		"0123456789abcdef user alice 1 2 3 9223372036854775808",
		"0123456789abcdef user alice 1 2 3 99999999999999999999999999",
		"0123456789abcdef user al\tice 1 2 3 4", "0123456789abcdef user al%ice 1 2 3 4",
		"0123456789abcdef user al%2 1 2 3 4", "0123456789abcdef user al%61ice 1 2 3 4",
		"0123456789abcdef user al%0aice 1 2 3 4", "0123456789abcdef user al%00ice 1 2 3 4",
		"0123456789abcdef user al#ice 1 2 3 4", "0123456789abcdef user \xff 1 2 3 4",
	};
	struct ratio_line l;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (ratio_line_parse(bad[i], strlen(bad[i]), &l))
			fail_msg("taken: %s", bad[i]);
	}
	assert_false(ratio_line_parse("0123456789abcdef user a\0b 1 2 3 4", 34, &l));
	assert_false(ratio_line_parse("# a\0b", 5, &l));
}

static void every_name_comes_back(void **state)
{
	char name[2 * USER_SIZE];

	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		for (size_t n = 1; n < sizeof name; n += n < 4 ? 1 : 63) {
			STRBUF(key, RATIO_KEY);
			STRBUF(line, RATIO_LINE);
			const struct ratio_counts counts = { RATIO_COUNT_MAX, RATIO_COUNT_MAX,
			    RATIO_COUNT_MAX, n };
			struct ratio_place place;
			struct ratio_line l;

			memset(name, (int)c, n);
			name[n] = '\0';
			ratio_key(&key, UINT64_MAX - c, c % 2, name);
			ratio_line_add(&line, key.buf, &counts);
			assert_false(key.full || line.full);
			assert_true(ratio_line_parse(line.buf, line.len - 1, &l));
			assert_int_equal(l.key, key.len);
			assert_int_equal(l.anonymous, c % 2);
			assert_memory_equal(&l.counts, &counts, sizeof counts);
			assert_int_equal(ratio_find(line.buf, line.len, key.buf, &place), 0);
			assert_int_equal(place.n, line.len);
		}
	}
}

static void accounts_are_never_mixed_up(void **state)
{
	char one[USER_SIZE], two[USER_SIZE];

	(void)state;
	memset(one, ' ', sizeof one - 1);
	one[sizeof one - 1] = '\0';
	memcpy(two, one, sizeof two);
	two[sizeof two - 2] = 'x';
	for (unsigned anonymous = 0; anonymous < 2; anonymous++) {
		STRBUF(a, RATIO_KEY);
		STRBUF(b, RATIO_KEY);

		ratio_key(&a, 1, anonymous, one);
		ratio_key(&b, 1, anonymous, two);
		assert_false(a.full || b.full);
		assert_int_equal(strcmp(a.buf, b.buf) == 0, anonymous);
	}
}

static void a_line_is_found(void **state)
{
	static const char file[] = "# one\n"
	    "0000000000000001 user alice 1 2 3 4\n"
	    "0000000000000001 anonymous alice 5 6 7 8\n"
	    "0000000000000001 user alic 9 9 9 9\n"
	    "0000000000000002 user alice 8 8 8 8\n"
	    "0000000000000002 anonymous x 0 0 0 0\n"
	    "0000000000000001 anonymous x 0 0 0 0\n";
	struct ratio_place p;

	(void)state;
	assert_int_equal(ratio_find(file, sizeof file - 1, "0000000000000001 user alice", &p), 0);
	assert_int_equal(p.at, 6);
	assert_int_equal(p.n, 36);
	assert_true(p.counts.files_up == 1 && p.counts.bytes_down == 4);
	assert_int_equal(p.strangers, 3);
	assert_int_equal(ratio_find(file, sizeof file - 1, "0000000000000001 user ali", &p), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.at, sizeof file - 1);
	assert_int_equal(ratio_find(NULL, 0, "0000000000000001 user ali", &p), 0);
	assert_int_equal(ratio_find(file, sizeof file - 2, "0000000000000001 user ali", &p), 7);
	assert_int_equal(ratio_find(file, 20, "0000000000000001 user ali", &p), 2);
}

/* -- the file -------------------------------------------------------------------- */

static void nobody_else_gets_in_meanwhile(void **state)
{
	STRBUF(why, 4096);
	struct ledger l;
	char lock[160];
	int fd;

	(void)state;
	put("");
	(void)snprintf(lock, sizeof lock, "%s.lck", kept);
	assert_int_equal(ledger_open(&l, kept, &why), 0);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	ledger_close(&l);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(close(fd), 0);
}

static void the_mode_stays(void **state)
{
	const struct ledger_part part = { "x", 1 };
	STRBUF(why, 4096);
	struct ledger l;
	struct stat st;

	(void)state;
	put("old");
	assert_int_equal(chmod(kept, 0644), 0);
	assert_int_equal(ledger_open(&l, kept, &why), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(ledger_replace(&l, &part, 1, &why), 0);
	ledger_close(&l);
	assert_string_equal(text(), "x");
	assert_int_equal(stat(kept, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

/* Processes that are killed at any moment: each change is whole, or was not. */
static void killed_writers(void **state)
{
	(void)state;
	put("");
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (;;) {
				STRBUF(why, 4096);
				char line[4096];
				struct ledger_part part = { line, sizeof line };
				struct ledger l;

				if (ledger_open(&l, kept, &why) != 0)
					_exit(1);
				memset(line, 'a' + i % 26, sizeof line);
				if (ledger_replace(&l, &part, 1, &why) != 0)
					_exit(2);
				ledger_close(&l);
			}
		}
		(void)usleep((useconds_t)(500 + i * 37 % 3000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_true(strlen(text()) == 0 || strlen(text()) == 4096);
		for (const char *p = text(); *p != '\0'; p++)
			assert_int_equal(*p, *text());
	}
}

/* -- the boundary ----------------------------------------------------------------- */

/* What the monitor answers; false: it was crossed. */
static bool ask(const struct ratio_request *q, struct ratio_answer *a)
{
	msg_start(&in, PRIV_RATIO);
	msg_put_ratio(&in, q);
	if (!answer_ratio(&m, &in))
		return false;
	assert_int_equal(msg_recv(session, &got), 1);
	assert_int_equal(got.type, PRIV_RATIO_COUNTS);
	msg_get_ratio_answer(&got, a);
	assert_true(msg_done(&got));
	return true;
}

static struct ratio_answer answered(enum ratio_what what, bool file, uint64_t bytes)
{
	const struct ratio_request q = { what, 1, 1, file, bytes };
	struct ratio_answer a;

	assert_true(ask(&q, &a));
	return a;
}

static bool crossed(uint32_t what, uint32_t number, uint32_t rule, uint64_t bytes)
{
	const struct ratio_request q = { (enum ratio_what)what, number, rule, false, bytes };
	struct ratio_answer a;

	return !ask(&q, &a);
}

static void what_a_captured_session_may_not_say(void **state)
{
	(void)state;
	put("");
	assert_true(crossed(RATIO_WHATS, 1, 1, 0));
	assert_true(crossed(UINT32_MAX, 1, 1, 0));
	assert_true(crossed(RATIO_SHOW, 0, 1, 0));           /* no such file, no such rule */
	assert_true(crossed(RATIO_SHOW, 2, 1, 0));
	assert_true(crossed(RATIO_SHOW, UINT32_MAX, 1, 0));
	assert_true(crossed(RATIO_TAKE, 1, 2, 0));
	assert_true(crossed(RATIO_STORED, 1, 0, RATIO_COUNT_MAX + 1));
	assert_true(crossed(RATIO_STORED, 1, 0, UINT64_MAX));
	assert_true(crossed(RATIO_GIVE_BACK, 1, 1, 0));      /* nothing was taken */
	assert_string_equal(text(), "");
	msg_start(&in, PRIV_RATIO);
	msg_put_u32(&in, RATIO_SHOW);
	assert_false(answer_ratio(&m, &in));
}

static void giving_back_once_and_no_more(void **state)
{
	(void)state;
	put("");
	assert_int_equal(answered(RATIO_TAKE, false, 100).verdict, RATIO_GOOD);
	assert_true(crossed(RATIO_GIVE_BACK, 1, 0, 101));
	assert_int_equal(answered(RATIO_TAKE, false, 100).verdict, RATIO_GOOD);
	assert_true(answered(RATIO_GIVE_BACK, true, 40).counts.bytes_down == 160);
	assert_true(crossed(RATIO_GIVE_BACK, 1, 0, 0));
	assert_int_equal(answered(RATIO_TAKE, false, 1 << 20).verdict, RATIO_BYTES);
	assert_true(crossed(RATIO_GIVE_BACK, 1, 0, 1));
}

/* Whatever it says, no other line changes, and its own counters stay within bounds. */
static void absurd_values(void **state)
{
	static const char others[] = "# kept\n0000000000000001 user alice 1 2 3 4\n"
	    "0000000000000001 anonymous a@b 1 2 3 4\n";
	struct ratio_answer a;

	(void)state;
	put(others);
	for (int i = 0; i < 4; i++)
		a = answered(RATIO_STORED, true, RATIO_COUNT_MAX);
	assert_true(a.counts.bytes_up == RATIO_COUNT_MAX && a.counts.files_up == 4);
	assert_int_equal(answered(RATIO_TAKE, false, RATIO_COUNT_MAX).verdict, RATIO_GOOD);
	for (int i = 0; i < 4; i++)
		a = answered(RATIO_REMOVED, true, RATIO_COUNT_MAX);
	assert_true(a.counts.bytes_up == 0 && a.counts.files_up == 0);
	assert_int_equal(strncmp(text(), others, sizeof others - 1), 0);
	assert_non_null(strstr(text(), " user alice 0 0 1 9223372036854775807\n"));
}

static void a_damaged_file_stays_as_it_is(void **state)
{
	static const char damaged[] = "0000000000000001 user alice 1 2 3 4\nnonsense\n";

	(void)state;
	put(damaged);
	assert_int_equal(answered(RATIO_STORED, true, 5).err, EBADMSG);
	assert_int_equal(answered(RATIO_TAKE, false, 5).err, EBADMSG);
	assert_true(crossed(RATIO_GIVE_BACK, 1, 0, 0));
	assert_string_equal(text(), damaged);
	assert_int_equal(unlink(kept), 0);
	assert_int_equal(answered(RATIO_STORED, true, 5).err, 0);
}

/* Addresses that nobody has seen before are free: they must not fill a disk. */
static void strangers_are_bounded(void **state)
{
	const char *before;
	struct context anon = *m.server;
	size_t n;
	FILE *f;

	(void)state;
	put("");
	anon.kind = CTX_ANON;
	t.who.base = &anon;
	t.who.email = "first@example.org";
	(void)answered(RATIO_STORED, true, 1);
	before = text();
	f = fopen(kept, "w");
	assert_non_null(f);
	for (unsigned i = 0; i < RATIO_STRANGERS; i++)
		(void)fprintf(f, "%.16s anonymous x%u@y 0 0 0 0\n", before, i);
	assert_int_equal(fclose(f), 0);
	for (unsigned i = 1; i < 4; i++) {
		t.who.email = i % 2 ? "new@example.org" : "newer@example.org";
		assert_true(answered(RATIO_STORED, true, 1).counts.files_up == i);
	}
	t.who.email = "x7@y";
	assert_true(answered(RATIO_STORED, true, 1).counts.files_up == 1);
	t.who.base = m.server;
	/* an account has its own */
	assert_true(answered(RATIO_STORED, true, 1).counts.files_up == 1);
	n = 0;
	f = fopen(kept, "r");
	assert_non_null(f);
	for (int c; (c = fgetc(f)) != EOF;)
		n += c == '\n';
	assert_int_equal(fclose(f), 0);
	assert_int_equal(n, RATIO_STRANGERS + 2);
}

static int make(void **state)
{
	char conf[1024];
	int pair[2];

	(void)state;
	given_text(&g, "empty", "");
	if (chmod(g.dir, 0755) != 0)
		return -1;
	(void)snprintf(kept, sizeof kept, "%s/ratios", g.dir);
	(void)snprintf(conf, sizeof conf,
	    "Ratios on\nSaveRatios on\nRatioFile %s\nUserRatio * 5 5 5 1\n", kept);
	m.config = given_at(&g, conf, "127.0.0.1", 21);
	if (m.config == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	m.server = config_server(m.config);
	m.boundary = pair[0];
	session = pair[1];
	m.talk = &t;
	t.who.base = m.server;
	t.who.account = "alice";
	t.who.email = "";
	return 0;
}

static int clean(void **state)
{
	(void)state;
	given_end(&g);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_are_none), cmocka_unit_test(every_name_comes_back),
		cmocka_unit_test(a_line_is_found), cmocka_unit_test(accounts_are_never_mixed_up),
		cmocka_unit_test(nobody_else_gets_in_meanwhile),
		cmocka_unit_test(the_mode_stays), cmocka_unit_test(killed_writers),
		cmocka_unit_test(what_a_captured_session_may_not_say),
		cmocka_unit_test(giving_back_once_and_no_more), cmocka_unit_test(absurd_values),
		cmocka_unit_test(a_damaged_file_stays_as_it_is),
		cmocka_unit_test(strangers_are_bounded),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
