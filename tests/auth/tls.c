/* The monitor and a TLS process: handshakes, how they fail, and sessions out of their turn. */
#ifdef WITH_TLS

#include "tests/auth/tlsfixture.h"

static void relay(const struct tls_start *start)
{
	char bytes[256];
	ssize_t n;

	load(start);
	up(start);
	while ((n = read(start->plain, bytes, sizeof bytes)) > 0)
		if (write(start->client, bytes, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

static void a_handshake(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = relay;
	o = serve(shake_hands, false);
	assert_int_equal(o->status, 0);
	assert_string_equal(o->reply, "hello");
	assert_non_null(strstr(o->log, "TLSv1.3\\x0A, AES, 128 bits\n"));
}

static void fail_to_load(const struct tls_start *start)
{
	take(start);
	loaded(start, false, files == 2 ? "TLSProtocol: no\ngood" : "not two files");
}

static void want_tls_twice(int sock)
{
	_exit(prepare(sock) == EPROTO && prepare(sock) == EPROTO ? 0 : 99);
}

static void files_that_do_not_load(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = fail_to_load;
	o = serve(want_tls_twice, false);
	assert_int_equal(o->status, 0);
	assert_non_null(strstr(o->log, ": TLSProtocol: no\\x0Agood\n"));
}

static void be_refused(const struct tls_start *start)
{
	load(start);
	put_text(start, TLS_FAILED, "no\x1b[2Jcipher");
	_exit(0);
}

static void die(const struct tls_start *start)
{
	load(start);
	(void)raise(SIGKILL);
}

static void leave_early(const struct tls_start *start)
{
	(void)start;
	_exit(0);
}

/* The session is told, and not a byte goes to the client. */
static void handshakes_that_fail(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = be_refused;
	o = serve(shake_hands, false);
	assert_int_equal(o->status, EPROTO);
	assert_string_equal(o->reply, "");
	assert_non_null(strstr(o->log, "TLS handshake failed: no\\x1B[2Jcipher\n"));
	tls_act = die;
	o = serve(shake_hands, false);
	assert_int_equal(o->status, EPROTO);
	assert_string_equal(o->reply, "");
	assert_non_null(strstr(o->log, "TLS process died: signal 9"));
	tls_act = leave_early;
	assert_int_equal(serve(shake_hands, false)->status, 98);
}

static void be_silent(const struct tls_start *start)
{
	load(start);
}

static void a_handshake_that_takes_too_long(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = be_silent;
	assert_int_equal(write_conf(1), 0);
	o = serve(shake_hands, false);
	assert_int_equal(write_conf(300), 0);
	assert_int_equal(o->status, EPROTO);
	assert_non_null(strstr(o->log, "TLS handshake failed: TLSTimeoutHandshake"));
	assert_string_equal(o->reply, "");
}

static void term(const struct tls_start *start)
{
	load(start);
	msg_start(&out, TLS_TERM);
	(void)msg_send(start->monitor, &out);
	up(start);
}

static void stay(int sock)
{
	if (prepare(sock) == 0)
		ask(sock, PRIV_TLS_START);
}

static void a_tls_process_that_is_to_end(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = term;
	o = serve(stay, false);
	assert_int_equal(o->status, 0);
	assert_non_null(strstr(o->log, ": SIGTERM\n"));
}

/* -- what a session must not ask -- */

static void tls_behind_user(int sock)
{
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "nobody-of-that-name");
	(void)msg_send(sock, &out);
	if (msg_recv(sock, &in) == 1)
		ask(sock, PRIV_TLS);
}

static void start_unprepared(int sock)
{
	ask(sock, PRIV_TLS_START);
}

static void start_behind_a_failure(int sock)
{
	if (prepare(sock) == 0)
		_exit(99);
	ask(sock, PRIV_TLS_START);
}

static void tls_without_end(int sock)
{
	for (int i = 0; i <= 1000; i++)
		(void)prepare(sock);
}

static void user_meanwhile(int sock)
{
	ask(sock, PRIV_TLS);
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "root");
	(void)msg_send(sock, &out);
}

static void start_with_more(int sock)
{
	(void)prepare(sock);
	msg_start(&out, PRIV_TLS_START);
	msg_put_u32(&out, 0);
	(void)msg_send(sock, &out);
}

static void take_for_ever(const struct tls_start *start)
{
	take(start);
}

static void requests_out_of_turn(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = fail_to_load;
	is_crossed(tls_behind_user);
	is_crossed(start_unprepared);
	is_crossed(start_behind_a_failure);
	is_crossed(tls_without_end);
	tls_act = take_for_ever;
	is_crossed(user_meanwhile);
	tls_act = be_silent;
	o = serve(start_with_more, false);
	assert_int_equal(o->status, 1);
	assert_non_null(strstr(o->log, "boundary: malformed request"));
	assert_string_equal(o->reply, "");   /* the 234 may be out */
}

static void user_in_a_handshake(int sock)
{
	(void)prepare(sock);
	ask(sock, PRIV_TLS_START);
	msg_start(&out, PRIV_USER);
	msg_put_str(&out, "root");
	(void)msg_send(sock, &out);
}

static void the_end_of_a_session(int sock)
{
	(void)prepare(sock);
	ask(sock, PRIV_TLS_START);
	_exit(0);
}

static void sessions_in_a_handshake(void **state)
{
	const struct outcome *o;

	(void)state;
	tls_act = be_silent;
	o = serve(user_in_a_handshake, false);
	assert_int_equal(o->status, 1);
	assert_non_null(strstr(o->log, "boundary: request out of phase"));
	assert_string_equal(o->reply, "");   /* not in clear */
	o = serve_within(20000, the_end_of_a_session, false);
	assert_string_equal(o->reply, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake),
		cmocka_unit_test(files_that_do_not_load),
		cmocka_unit_test(handshakes_that_fail),
		cmocka_unit_test(a_handshake_that_takes_too_long),
		cmocka_unit_test(a_tls_process_that_is_to_end),
		cmocka_unit_test(requests_out_of_turn),
		cmocka_unit_test(sessions_in_a_handshake),
	};

	return cmocka_run_group_tests(tests, make, clean);
}

#else

int main(void)
{
	return 0;
}

#endif
