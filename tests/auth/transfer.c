/*
 * Transfers that are counted and share a rate, against a captured session: only its own slot is
 * its.
 */
#include "tests/config/given.h"

#include "auth/talk.h"
#include "config/counter.h"
#include "config/io.h"
#include "config/transfer.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

enum { CAP = 1000 * 1024 };          /* of the configuration's TransferRateTotal for RETR and
                                        STOR */

static struct given g;
static struct monitor m;
static struct talk t;
static struct msg in, got;
static int session;                  /* the session's end of the boundary */
static char dir[64], path[128], lock[128];
static int64_t now_ms;

/* The library's: time passes when a test says so, and not because the machine is busy. */
int clock_gettime(clockid_t id, struct timespec *at)
{
	(void)id;
	*at = (struct timespec){ .tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000 };
	return 0;
}

static void begin_message(uint32_t type)
{
	msg_start(&in, type);
}

static bool answered(uint32_t type)
{
	if (msg_recv(session, &got) != 1 || got.type != type)
		return false;
	return true;
}

/* The errno of the answer, or -1: the boundary was crossed. */
static int claim(uint32_t command, uint32_t host_max, uint32_t *which)
{
	struct claim c = { .command = command };
	int err;

	c.max[CLAIM_HOST] = host_max;
	begin_message(PRIV_CLAIM);
	msg_put_claim(&in, &c);
	if (!answer_claim(&m, &in))
		return -1;
	assert_true(answered(PRIV_RESULT));
	err = (int)msg_get_u32(&got);
	*which = msg_get_u32(&got);
	assert_true(msg_done(&got));
	return err;
}

static int claimed(uint32_t command)
{
	uint32_t which;

	return claim(command, 0, &which);
}

static void is_over(void)
{
	begin_message(PRIV_CLAIM_OVER);
	assert_true(answer_claim_over(&m, &in));
	assert_true(answered(PRIV_RESULT));
}

/* The share, or -1: the boundary was crossed. */
static int64_t share(uint64_t bytes)
{
	uint64_t rate;
	uint32_t ms;

	begin_message(PRIV_SHARE);
	msg_put_u64(&in, bytes);
	if (!answer_share(&m, &in))
		return -1;
	assert_true(answered(PRIV_RATE));
	rate = msg_get_u64(&got);
	ms = msg_get_u32(&got);
	assert_true(msg_done(&got));
	assert_in_range(ms, 20, 2000);
	return (int64_t)rate;
}

static void take_slot(struct slots *s, uint32_t state, const char *user, uint8_t peer)
{
	struct slot_change change = { .slot =
	    { .state = state, .since = 1, .demand = UINT32_MAX } };
	STRBUF(why, 4096);

	change.slot.server = config_server_id(m.config, m.server);
	change.slot.user = slot_name(user);
	change.slot.peer[15] = peer;
	*s = (struct slots){ .path = path, .lock = lock };
	assert_int_equal(slots_change(s, &change, &why), 1);
}

/* Another session of this server, alive until it is killed. */
static pid_t other(uint32_t state, const char *user, uint8_t peer)
{
	int pair[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		struct slots s;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		take_slot(&s, state, user, peer);
		if (write(pair[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(pair[0], &byte, 1), 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return pid;
}

static void end_of(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void limits_of_the_server_hold_whatever_it_says(void **state)
{
	pid_t a = other(SLOT_RETR, "bob", 1), b = other(SLOT_RETR, "carol", 1);
	uint32_t which;

	(void)state;
	/* MaxTransfersPerHost RETR 2, though it names none, or a larger one */
	assert_int_equal(claim(TRANSFER_RETR, 0, &which), EUSERS);
	assert_int_equal(which, CLAIM_HOST);
	assert_int_equal(claim(TRANSFER_RETR, 1000, &which), EUSERS);
	assert_int_equal(m.slots.mine.state & SLOT_TRANSFER, 0);
	assert_int_equal(claimed(TRANSFER_STOR), 0);
	is_over();
	end_of(a);
	assert_int_equal(claim(TRANSFER_RETR, 1, &which), EUSERS);   /* but its own is the
	                                                                smaller */
	assert_int_equal(claim(TRANSFER_RETR, 2, &which), 0);
	assert_int_equal(m.slots.mine.state & SLOT_TRANSFER, SLOT_RETR);
	/* twice is once, and one that ends twice has ended */
	assert_int_equal(claim(TRANSFER_RETR, 2, &which), 0);
	is_over();
	is_over();
	assert_int_equal(m.slots.mine.state & SLOT_TRANSFER, 0);
	end_of(b);
}

static void per_user_from_anywhere(void **state)
{
	pid_t a = other(SLOT_STOU, "alice", 7), b = other(SLOT_STOU, "bob", 7);
	pid_t c = other(SLOT_STOR, "alice", 7);      /* another command */
	uint32_t which;

	(void)state;
	assert_int_equal(claim(TRANSFER_STOU, 0, &which), EUSERS);
	assert_int_equal(which, CLAIM_USER);
	end_of(a);
	assert_int_equal(claim(TRANSFER_STOU, 0, &which), 0);
	is_over();
	end_of(b);
	end_of(c);
}

static void what_is_malformed(void **state)
{
	(void)state;
	for (uint32_t command = 0; command < 40; command++) {
		if (command != 1 && command != 2 && command != 4 && command != 8)
			assert_int_equal(claimed(command), -1);
	}
	assert_int_equal(claimed(UINT32_MAX), -1);
	begin_message(PRIV_CLAIM);
	msg_put_u32(&in, TRANSFER_RETR);
	assert_false(answer_claim(&m, &in));
	begin_message(PRIV_CLAIM_OVER);
	msg_put_u32(&in, 0);
	assert_false(answer_claim_over(&m, &in));
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	begin_message(PRIV_SHARE);
	assert_false(answer_share(&m, &in));
	is_over();
	assert_int_equal(share(0), -1);      /* behind no claim */
}

/* Whatever it says of its bytes, it has no more than one member may, and nobody's slot changes. */
static void absurd_bytes(void **state)
{
	static const uint64_t said[] = { 0, UINT64_MAX, 0, 5, 1, INT64_MAX, UINT64_MAX - 1 };
	pid_t a = other(SLOT_RETR, "bob", 2), b = other(SLOT_STOR, "carol", 3);
	pid_t c = other(SLOT_APPE, "dave", 3);       /* under no total */
	struct slot before[4], after[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(pread(fd, before, sizeof before, 4096), sizeof before);
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	for (size_t i = 0; i < 2 * sizeof said / sizeof *said; i++) {
		int64_t rate = share(said[i % (sizeof said / sizeof *said)]);

		assert_in_range(rate, 1, CAP / 3);
		now_ms += 1000;
	}
	assert_int_equal(pread(fd, after, sizeof after, 4096), sizeof after);
	assert_int_not_equal(after[0].owner, 0);
	for (int i = 1; i < 4; i++)
		assert_memory_equal(&before[i], &after[i], sizeof before[i]);
	end_of(a);
	end_of(b);
	now_ms += 1000;
	assert_in_range(share(UINT64_MAX), 1, CAP);
	is_over();
	end_of(c);
	(void)close(fd);
}

/* One that asks without end has the last answer again, and reads nobody's slot for it. */
static void asking_without_end(void **state)
{
	uint64_t bytes = 0;
	pid_t a;

	(void)state;
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	assert_int_equal(share(0), CAP);
	a = other(SLOT_RETR, "bob", 2);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(share(bytes += 1000), CAP);
	now_ms += 100;
	assert_int_equal(share(bytes), CAP / 2);
	is_over();
	end_of(a);
}

/* What a slow one leaves the others have, ever more of it: it stands in its slot. */
static void a_slow_one(void **state)
{
	pid_t a = other(SLOT_RETR, "bob", 2);
	uint64_t bytes = 1;
	int64_t rate = 1024;

	(void)state;
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	assert_int_equal(m.slots.mine.demand, UINT32_MAX);
	for (int i = 0; i < 60; i++) {
		uint32_t before = m.slots.mine.demand;

		assert_true(share(0) > 0);
		assert_true(i < 4 || i > 14 || m.slots.mine.demand < before);
		now_ms += 250;
	}
	assert_int_equal(m.slots.mine.demand, 1);    /* KB a second */
	assert_int_equal(share(1), 1024);
	/* as soon as it takes what it has, it may have more, and soon an equal part */
	for (int i = 0; i < 20; i++) {
		int64_t before = rate;

		now_ms += 250;
		rate = share(bytes += (uint64_t)rate / 4);
		assert_in_range(rate, before, CAP / 2);
	}
	assert_int_equal(rate, CAP / 2);
	assert_in_range(m.slots.mine.demand, CAP / 2 / 1024, CAP / 1024 + 1);
	end_of(a);
	/* and what nobody else is there to have is its own, however slow it is */
	for (int i = 0; i < 10; i++) {
		now_ms += 250;
		assert_int_equal(share(bytes), CAP);
	}
	is_over();
}

/* Of two totals the smaller one counts. */
static void two_totals(void **state)
{
	(void)state;
	assert_int_equal(claimed(TRANSFER_STOR), 0);
	assert_int_equal(share(0), CAP);
	is_over();
}

/*
 * Somebody takes the file away: others are in the one that is begun anew, and soon this one is,
 * too.
 */
static void a_file_that_is_begun_anew(void **state)
{
	pid_t a, b;
	uint32_t which;

	(void)state;
	assert_int_equal(unlink(path), 0);
	a = other(SLOT_RETR, "bob", 1);
	b = other(SLOT_RETR, "carol", 1);
	/* a refusal leaves it without a slot, and free of no limit */
	for (int i = 0; i < 3; i++)
		assert_int_equal(claim(TRANSFER_RETR, 0, &which), EUSERS);
	end_of(a);
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	assert_int_equal(share(0), CAP / 2);
	end_of(b);
	assert_int_equal(unlink(path), 0);
	a = other(SLOT_RETR, "bob", 2);
	now_ms += 1000;
	assert_int_equal(share(1), CAP / 2);
	now_ms += 1000;
	assert_int_equal(share(2), CAP / 2);
	/* the other one sees it there */
	assert_int_equal(m.slots.number, 1);
	is_over();
	end_of(a);
}

/* The file can't be used any more: nobody has more than the others had left him. */
static void a_file_that_is_lost(void **state)
{
	pid_t a = other(SLOT_RETR, "bob", 1);

	(void)state;
	assert_int_equal(claimed(TRANSFER_RETR), 0);
	assert_int_equal(share(0), CAP / 2);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(unlink(path), 0);
	now_ms += 1000;
	assert_int_equal(share(1), CAP / 2);
	assert_int_equal(chmod(dir, 0755), 0);
	now_ms += 1000;
	assert_int_equal(share(2), CAP);
	is_over();
	end_of(a);
}

static void where_nobody_counts(void **state)
{
	uint32_t which;

	(void)state;
	m.slots.path = NULL;
	assert_int_equal(claim(TRANSFER_RETR, 1, &which), 0);
	assert_int_equal(share(0), CAP);
	is_over();
}

static int make(void **state)
{
	int pair[2];

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/in.ftpd-slots-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/slots", dir);
	(void)snprintf(lock, sizeof lock, "%s/lock", dir);
	memset(&m, 0, sizeof m);
	memset(&t, 0, sizeof t);
	now_ms = 1000000;
	m.config = given(&g, "MaxTransfersPerHost RETR 2\nMaxTransfersPerUser STOU 1\n"
	    "TransferRateTotal RETR,STOR 1000\nTransferRateTotal STOR 5000\n");
	if (m.config == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	m.server = config_server(m.config);
	m.boundary = pair[0];
	session = pair[1];
	m.talk = &t;
	t.who.base = m.server;
	take_slot(&m.slots, SLOT_LOGGED_IN, "alice", 1);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	(void)close(m.boundary);
	(void)close(session);
	(void)unlink(path);
	(void)unlink(lock);
	given_end(&g);
	return rmdir(dir);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_of_the_server_hold_whatever_it_says), TEST(per_user_from_anywhere),
		TEST(what_is_malformed), TEST(absurd_bytes), TEST(asking_without_end),
		    TEST(a_slow_one), TEST(two_totals),
		TEST(a_file_that_is_begun_anew), TEST(a_file_that_is_lost),
		    TEST(where_nobody_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
