/* The monitor against a captured TLS process, and against sessions that want TLS out of turn. */
#include "tests/auth/fixture.h"

#ifdef WITH_TLS

static struct msg in;

static void ask(int sock, uint32_t type)
{
	msg_start(&out, type);
	(void)msg_send(sock, &out);
}

/* PRIV_TLS, or exit with 99: what errno came? */
static uint32_t prepare(int sock)
{
	uint32_t err;

	ask(sock, PRIV_TLS);
	if (msg_recv(sock, &in) != 1 || in.type != PRIV_RESULT)
		_exit(99);
	err = msg_get_u32(&in);
	return err;
}

/* All of it; the exit status tells the errno, or that the plain end works. */
static void shake_hands(int sock)
{
	uint32_t err;

	if (prepare(sock) != 0)
		_exit(98);
	ask(sock, PRIV_TLS_START);
	if (msg_recv(sock, &in) != 1 || in.type != PRIV_DESCRIPTOR)
		_exit(99);
	err = msg_get_u32(&in);
	if (err != 0)
		_exit((int)err);
	_exit(in.fd >= 0 && write(in.fd, "hello", 5) == 5 ? 0 : 97);
}

/* -- what a TLS process does -- */

static unsigned files;

/* Take what is to be loaded. */
static void take(const struct tls_start *start)
{
	static struct tls_settings settings;
	char name[TEXT_SIZE];

	files = 0;
	do {
		if (msg_recv(start->monitor, &in) != 1)
			_exit(0);
		if (in.type == TLS_SETTINGS)
			msg_get_tls_settings(&in, &settings);
		if (in.type == TLS_FILE) {
			(void)msg_get_u32(&in);
			msg_get_str(&in, name, sizeof name);
			files += in.fd >= 0;
			(void)close(in.fd);
			in.fd = -1;
		}
		if (!msg_done(&in))
			_exit(1);
	} while (in.type != TLS_LOAD);
}

static void loaded(const struct tls_start *start, bool good, const char *why)
{
	msg_start(&out, TLS_LOADED);
	msg_put_u32(&out, good);
	msg_put_str(&out, why);
	(void)msg_send(start->monitor, &out);
}

/* … and await TLS_START. */
static void load(const struct tls_start *start)
{
	take(start);
	loaded(start, true, "");
	if (msg_recv(start->monitor, &in) != 1 || in.type != TLS_START)
		_exit(0);
}

static void put_text(const struct tls_start *start, uint32_t message, const char *text)
{
	msg_start(&out, message);
	msg_put_str(&out, text);
	(void)msg_send(start->monitor, &out);
}

static void up(const struct tls_start *start)
{
	static const struct tls_peer peer = { .protocol = "TLSv1.3\n", .cipher = "AES",
	    .bits = 128 };

	msg_start(&out, TLS_UP);
	msg_put_tls_peer(&out, &peer);
	(void)msg_send(start->monitor, &out);
}

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
	o = serve(shake_hands, false);
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

static void flood(const struct tls_start *start)
{
	load(start);
	up(start);
	for (int i = 0; i < 20000; i++) {
		msg_start(&out, TLS_LOG);
		msg_put_u32(&out, 0);
		msg_put_str(&out, "flood");
		(void)msg_send(start->monitor, &out);
	}
	_exit(0);
}

static void shake_hands_and_wait(int sock)
{
	char byte;

	if (prepare(sock) != 0)
		_exit(98);
	ask(sock, PRIV_TLS_START);
	if (msg_recv(sock, &in) != 1 || in.fd < 0)
		_exit(99);
	(void)!read(in.fd, &byte, 1);        /* until the TLS process is gone */
	_exit(0);
}

static void a_flood_of_its_lines(void **state)
{
	const struct outcome *o;
	size_t lines = 0;

	(void)state;
	tls_act = flood;
	o = serve(shake_hands_and_wait, false);
	for (const char *p = o->log; (p = strstr(p, "flood\n")) != NULL; p++)
		lines++;
	assert_true(lines >= 100 && lines <= 200 + 50U * ((unsigned)o->ms / 1000 + 1));
	assert_non_null(strstr(o->log, "log lines of this session dropped"));
}

/* -- what it must not do -- */

static void up_too_early(const struct tls_start *start)
{
	up(start);
}

static void loaded_twice(const struct tls_start *start)
{
	take(start);
	loaded(start, true, "");
	loaded(start, true, "");
}

static void up_twice(const struct tls_start *start)
{
	load(start);
	up(start);
	up(start);
}

static void unknown(const struct tls_start *start)
{
	msg_start(&out, TLS_KEEP);
	(void)msg_send(start->monitor, &out);
}

static void unknown_and_large(const struct tls_start *start)
{
	msg_start(&out, UINT32_MAX);
	(void)msg_send(start->monitor, &out);
}

static void a_request_of_a_session(const struct tls_start *start)
{
	put_text(start, PRIV_USER, "root");
}

static void log_without_end(const struct tls_start *start)
{
	msg_start(&out, TLS_LOG);
	msg_put_u32(&out, LOG_INFO);
	msg_put_u32(&out, UINT32_MAX);
	(void)msg_send(start->monitor, &out);
}

static void log_with_a_descriptor(const struct tls_start *start)
{
	msg_start(&out, TLS_LOG);
	msg_put_u32(&out, LOG_INFO);
	msg_put_str(&out, "x");
	out.fd = start->client;
	(void)msg_send(start->monitor, &out);
}

static void term_with_more(const struct tls_start *start)
{
	put_text(start, TLS_TERM, "x");
}

static void too_short(const struct tls_start *start)
{
	(void)send(start->monitor, "ab", 2, 0);
}

static void names_without_end(const struct tls_start *start)
{
	load(start);
	put_text(start, TLS_NAME, "nowhere.example");
	if (msg_recv(start->monitor, &in) != 1 || in.type != TLS_KEEP)
		_exit(1);
	put_text(start, TLS_NAME, "nowhere.example");
}

static void name_too_long(const struct tls_start *start)
{
	char name[HOST_SIZE + 1];

	memset(name, 'a', HOST_SIZE);
	name[HOST_SIZE] = '\0';
	load(start);
	put_text(start, TLS_NAME, name);
}

static void too_many_names(const struct tls_start *start)
{
	static struct tls_peer peer = { .nnames = TLS_NAMES_MAX + 1 };

	load(start);
	msg_start(&out, TLS_UP);
	msg_put_tls_peer(&out, &peer);
	(void)msg_send(start->monitor, &out);
}

/* Nobody asked for a certificate here: TLSUserName must not believe in one. */
static void verified_by_nobody(const struct tls_start *start)
{
	static struct tls_peer peer = { .verified = true, .nnames = 1, .names = { "alice" } };

	load(start);
	msg_start(&out, TLS_UP);
	msg_put_tls_peer(&out, &peer);
	(void)msg_send(start->monitor, &out);
}

static void too_large_a_certificate(const struct tls_start *start)
{
	static struct { struct tls_peer peer; char beyond; } large = {
		.peer = { .certificate_size = CERTIFICATE_SIZE + 1 },
	};

	load(start);
	msg_start(&out, TLS_UP);
	msg_put_tls_peer(&out, &large.peer);
	(void)msg_send(start->monitor, &out);
}

static void a_captured_process(void **state)
{
	static void (*const acts[])(const struct tls_start *) = {
		up_too_early, loaded_twice, up_twice, unknown, unknown_and_large,
		a_request_of_a_session, log_without_end, log_with_a_descriptor, term_with_more,
		too_short, names_without_end, name_too_long, too_many_names,
		too_large_a_certificate, verified_by_nobody,
	};

	(void)state;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		const struct outcome *o;

		tls_act = acts[i];
		o = serve(shake_hands_and_wait, false);
		if (o->status != 1 || strstr(o->log, "TLS process: ") == NULL ||
		    strstr(o->log, ": killed") == NULL || o->ms > 2000 ||
		    strstr(o->reply, "hello") != NULL)
			fail_msg("%zu: status %d after %d ms, \"%s\", log:\n%s", i, o->status,
			    o->ms, o->reply, o->log);
	}
}

/* Whatever it says of a name, nobody but a server of this address is meant. */
static void foul_names(const struct tls_start *start)
{
	static const char *const names[] = {
		"", ".", "..", "a..b", ".other.example", "other.example\n", "other.example ", "*",
		"[::1]", "/etc",
	};

	load(start);
	put_text(start, TLS_NAME, names[session_pid[1]]);
	if (msg_recv(start->monitor, &in) != 1 || in.type != TLS_KEEP)
		_exit(1);
	up(start);
	(void)poll(&(struct pollfd){ .fd = start->plain, .events = POLLIN }, 1, 5000);
	(void)!write(start->client, "kept", 4);
	_exit(0);
}

static void names_that_are_none(void **state)
{
	(void)state;
	tls_act = foul_names;
	for (session_pid[1] = 0; session_pid[1] < 10; session_pid[1]++)
		assert_string_equal(serve(shake_hands, false)->reply, "kept");
}

static void host_and_sni(int sock)
{
	static struct handover h;

	if (session_pid[1]++ == 0) {         /* HOST changes the server … */
		msg_start(&out, PRIV_HOST);
		msg_put_str(&out, "other.example");
		(void)msg_send(sock, &out);
		(void)msg_recv(sock, &in);
		msg_start(&out, PRIV_HANDOVER);
		msg_put_handover(&out, &h);
		(void)msg_send(sock, &out);
		_exit(0);
	}
	(void)msg_recv(sock, &in);
	shake_hands(sock);
}

static void name_the_other(const struct tls_start *start)
{
	load(start);
	put_text(start, TLS_NAME, "main.example");
	if (msg_recv(start->monitor, &in) != 1)
		_exit(1);
	put_text(start, TLS_FAILED, in.type == TLS_REFUSE ? "refused" : "not refused");
	_exit(0);
}

static void sni_against_host(void **state)
{
	const struct outcome *o;

	(void)state;
	session_pid[1] = 0;
	tls_act = name_the_other;        /* … and SNI would change it back */
	o = serve(host_and_sni, false);
	assert_non_null(strstr(o->log, "SNI main.example: HOST chose another server"));
	assert_non_null(strstr(o->log, "TLS handshake failed: refused"));
	assert_string_equal(o->reply, "");
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
	o = serve(the_end_of_a_session, false);
	assert_string_equal(o->reply, "");
	assert_true(o->ms < 3000);
}

static int make(void **state)
{
	int fd;

	(void)state;
	if (make_with(true) < 0)
		return -1;
	fd = open(in_dir("pem"), O_WRONLY | O_CREAT, 0600);  /* nobody reads it here */
	return fd < 0 ? -1 : close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake),
		cmocka_unit_test(files_that_do_not_load),
		cmocka_unit_test(handshakes_that_fail),
		cmocka_unit_test(a_handshake_that_takes_too_long),
		cmocka_unit_test(a_tls_process_that_is_to_end),
		cmocka_unit_test(a_flood_of_its_lines),
		cmocka_unit_test(a_captured_process),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(sni_against_host),
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
