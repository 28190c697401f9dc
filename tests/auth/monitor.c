/* The monitor against a captured session: whatever the table does not allow ends it, unanswered. */
#include "tests/auth/fixture.h"

static uint32_t type;

static void send_empty(int sock)
{
	msg_start(&out, type);
	(void)msg_send(sock, &out);
}

static void unknown_requests(void **state)
{
	static const uint32_t types[] = {
		0, PRIV_REQUESTS, 99, PRIV_PROMPT, PRIV_GRANTED, PRIV_BECOME, PRIV_GO, 0x80000000,
		UINT32_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		type = types[i];
		is_crossed(send_empty);
	}
}

static void requests_out_of_phase(void **state)
{
	static const uint32_t types[] = {
		PRIV_ANSWER, PRIV_HANDOVER, PRIV_ACTIVE, PRIV_NAME, PRIV_TRANSFER, PRIV_READY,
		PRIV_FAILED, PRIV_OWNER, PRIV_GROUP_ID, PRIV_MASQUERADE, PRIV_STATE, PRIV_RATIO,
		PRIV_CLAIM, PRIV_CLAIM_OVER, PRIV_SHARE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		type = types[i];
		is_crossed(send_empty);
	}
}

static void malformed_requests(void **state)
{
	static const uint32_t types[] = { PRIV_LOG, PRIV_USER, PRIV_CLOSING, PRIV_CLIENTS };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		type = types[i];
		is_crossed(send_empty);
	}
}

static void log_line(int sock, int level, const char *text)
{
	msg_start(&out, PRIV_LOG);
	msg_put_u32(&out, (uint32_t)level);
	msg_put_u32(&out, 0);
	msg_put_str(&out, text);
	(void)msg_send(sock, &out);
}

static const struct closing last;

static void send_more(int sock)
{
	msg_start(&out, PRIV_CLOSING);
	msg_put_closing(&out, &last);
	msg_put_u32(&out, 0);
	(void)msg_send(sock, &out);
}

static void send_nul(int sock)
{
	msg_start(&out, PRIV_USER);
	msg_put_bytes(&out, "ann\0root", 8);
	(void)msg_send(sock, &out);
}

static void send_descriptor(int sock)
{
	msg_start(&out, PRIV_CLOSING);
	msg_put_closing(&out, &last);
	out.fd = sock;
	(void)msg_send(sock, &out);
}

static void send_short(int sock)
{
	(void)send(sock, "ab", 2, 0);
}

static void send_closings(int sock)
{
	static const struct closing c;

	for (int i = 0; i < 3; i++) {
		msg_start(&out, PRIV_CLOSING);
		msg_put_closing(&out, &c);
		(void)msg_send(sock, &out);
	}
}

static void send_users(int sock)
{
	for (int i = 0; i < 300; i++) {
		msg_start(&out, PRIV_USER);
		msg_put_str(&out, "nobody-of-that-name");
		(void)msg_send(sock, &out);
	}
}

/* Two attempts are allowed, and the third is made whatever the answer to the second says. */
static void go_on_guessing(int sock)
{
	for (int i = 0; i < 3; i++) {
		msg_start(&out, PRIV_USER);
		msg_put_str(&out, "nobody-of-that-name");
		(void)msg_send(sock, &out);
		if (msg_recv(sock, &out) != 1)
			return;
		msg_start(&out, PRIV_ANSWER);
		msg_put_str(&out, "guess");
		(void)msg_send(sock, &out);
		(void)msg_recv(sock, &out);
	}
	_exit(0);
}

static void ask_host(int sock, const char *name)
{
	msg_start(&out, PRIV_HOST);
	msg_put_str(&out, name);
	(void)msg_send(sock, &out);
}

static void host_and_nul(int sock)
{
	msg_start(&out, PRIV_HOST);
	msg_put_bytes(&out, "other\0example", 13);
	(void)msg_send(sock, &out);
}

static void host_too_long(int sock)
{
	char name[HOST_SIZE + 1];

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ask_host(sock, name);
}

static void host_behind_user(int sock)
{
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "nobody-of-that-name");
	(void)msg_send(sock, &out);
	if (msg_recv(sock, &out) == 1)
		ask_host(sock, "other.example");
}

static void host_behind_a_refusal(int sock)
{
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "nobody-of-that-name");
	(void)msg_send(sock, &out);
	(void)msg_recv(sock, &out);
	msg_start(&out, PRIV_ANSWER);
	msg_put_str(&out, "guess");
	(void)msg_send(sock, &out);
	(void)msg_recv(sock, &out);
	ask_host(sock, "other.example");
}

/* Two at once: the first is granted, and then nothing but the hand-over is in order. */
static void host_twice(int sock)
{
	ask_host(sock, "other.example");
	ask_host(sock, "other.example");
}

static void host_and_user(int sock)
{
	ask_host(sock, "other.example");
	if (msg_recv(sock, &out) != 1 || out.type != PRIV_GRANTED)
		_exit(99);
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "root");
	(void)msg_send(sock, &out);
}

static void host_and_two_legacies(int sock)
{
	static struct handover h;

	ask_host(sock, "other.example");
	if (msg_recv(sock, &out) != 1 || out.type != PRIV_GRANTED)
		_exit(99);
	msg_start(&out, PRIV_HANDOVER);
	msg_put_handover(&out, &h);
	(void)msg_send(sock, &out);
	(void)msg_send(sock, &out);
	ask_host(sock, "");
}

static void hosts_without_end(int sock)
{
	for (int i = 0; i < 1100; i++) {
		ask_host(sock, "none.example");
		if (msg_recv(sock, &out) != 1)
			return;
	}
	_exit(0);
}

static void crossings_with_host(void **state)
{
	(void)state;
	is_crossed(host_and_nul);
	is_crossed(host_too_long);
	is_crossed(host_behind_user);
	is_crossed(host_behind_a_refusal);
	is_crossed(host_twice);
	is_crossed(host_and_user);
	is_crossed(host_and_two_legacies);
	is_crossed(hosts_without_end);
}

static int handover_after;         /* ms that the first one takes for it */

/* Each session asks for the other server and leaves, as long as it is let. */
static void change_hosts(int sock)
{
	static struct handover h;
	int changes = shared->round;

	if (changes > 0 && (msg_recv(sock, &out) != 1 || out.type != PRIV_GO))
		_exit(99);
	ask_host(sock, changes % 2 == 0 ? "other.example" : "");
	if (msg_recv(sock, &out) != 1)
		_exit(99);
	if (out.type == PRIV_RESULT)
		_exit(msg_get_u32(&out) == ENOENT ? 0 : 99);
	if (++shared->round == 1)
		(void)poll(NULL, 0, handover_after);
	msg_start(&out, PRIV_HANDOVER);
	msg_put_handover(&out, &h);
	(void)msg_send(sock, &out);
	_exit(0);
}

static void hosts_are_changed_so_often(void **state)
{
	const struct outcome *o;
	unsigned lines = 0;

	(void)state;
	shared->round = 0;
	o = serve(change_hosts, false);
	assert_int_equal(o->status, 0);
	assert_int_equal(shared->round, HOSTS_MAX);
	assert_null(strstr(o->log, "boundary: "));
	for (const char *p = o->log; (p = strstr(p, ": server \"")) != NULL; p++)
		lines++;
	assert_int_equal(lines, HOSTS_MAX);
}

/* A session may have no time for it at once: the machine is busy elsewhere. */
static void a_late_handover(void **state)
{
	const struct outcome *o;

	(void)state;
	shared->round = 0;
	handover_after = 1500;
	o = serve(change_hosts, false);
	handover_after = 0;
	assert_int_equal(o->status, 0);
	assert_int_equal(shared->round, HOSTS_MAX);
}

static void say_yes_and_stay(int sock)
{
	ask_host(sock, "other.example");
	(void)msg_recv(sock, &out);
}

/* A session that does not leave is no reason to wait, nor to let another one in. */
static void host_and_no_handover(void **state)
{
	const struct outcome *o = serve_within(14000, say_yes_and_stay, false);

	(void)state;
	assert_string_equal(o->reply, "");
	assert_non_null(strstr(o->log, "no handover from the session"));
}

static void other_crossings(void **state)
{
	(void)state;
	is_crossed(send_more);
	is_crossed(send_nul);
	is_crossed(send_descriptor);
	is_crossed(send_short);
	is_crossed(send_closings);
	is_crossed(send_users);
	is_crossed(go_on_guessing);
}

static void leave(int sock)
{
	log_line(sock, LOG_NOTICE, "a\nline\x1b[2J");
	_exit(0);
}

static void a_session_that_leaves(void **state)
{
	const struct outcome *o = serve(leave, false);

	(void)state;
	assert_int_equal(o->status, 0);
	assert_string_equal(o->reply, "");
	assert_non_null(strstr(o->log, "a\\x0Aline\\x1B[2J\n"));
	assert_non_null(strstr(o->log, "no login"));
}

static void flood(int sock)
{
	for (int i = 0; i < 20000; i++)
		log_line(sock, 0, "flood");
	_exit(0);
}

static void a_flood_of_log_lines(void **state)
{
	const struct outcome *o = serve(flood, false);
	size_t lines = 0;

	(void)state;
	for (const char *p = o->log; (p = strstr(p, "flood\n")) != NULL; p++)
		lines++;
	assert_true(lines >= 100);
	assert_true(lines <= 200 + 50U * ((unsigned)o->ms / 1000 + 1));
	assert_non_null(strstr(o->log, "log lines of this session dropped"));
}

static void crash(int sock)
{
	(void)sock;
	(void)raise(SIGKILL);
}

static void a_session_that_dies(void **state)
{
	const struct outcome *o = serve(crash, false);

	(void)state;
	assert_int_equal(o->status, 1);
	assert_memory_equal(o->reply, "421 ", 4);
	assert_non_null(strstr(o->log, "signal 9"));
}

static void wait_for_end(int sock)
{
	(void)sock;
}

static void sigterm_ends_it(void **state)
{
	const struct outcome *o = serve_within(4000, wait_for_end, true);

	(void)state;
	assert_int_equal(o->status, 0);
	assert_non_null(strstr(o->log, "SIGTERM"));
}

static void be_deaf(int sock)
{
	(void)sock;
	(void)signal(SIGTERM, SIG_IGN);
}

static void sigterm_ends_a_deaf_one(void **state)
{
	const struct outcome *o = serve_within(20000, be_deaf, true);

	(void)state;
	assert_true(o->ms >= 4000);
}

static void close_and_stay(int sock)
{
	(void)close(sock);
}

static void a_session_that_closes_its_boundary(void **state)
{
	(void)state;
	(void)serve_within(20000, close_and_stay, false);
}

static int make(void **state)
{
	(void)state;
	return make_with(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_requests),
		cmocka_unit_test(requests_out_of_phase),
		cmocka_unit_test(malformed_requests),
		cmocka_unit_test(other_crossings),
		cmocka_unit_test(crossings_with_host),
		cmocka_unit_test(hosts_are_changed_so_often),
		cmocka_unit_test(a_late_handover),
		cmocka_unit_test(host_and_no_handover),
		cmocka_unit_test(a_session_that_leaves),
		cmocka_unit_test(a_flood_of_log_lines),
		cmocka_unit_test(a_session_that_dies),
		cmocka_unit_test(sigterm_ends_it),
		cmocka_unit_test(sigterm_ends_a_deaf_one),
		cmocka_unit_test(a_session_that_closes_its_boundary),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
