/* The monitor against a captured TLS process: too many lines, messages out of turn, foul names. */
#ifdef WITH_TLS

#include "tests/auth/tlsfixture.h"

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
		o = serve_within(4000, shake_hands_and_wait, false);
		if (o->status != 1 || strstr(o->log, "TLS process: ") == NULL ||
		    strstr(o->log, ": killed") == NULL ||
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
	put_text(start, TLS_NAME, names[shared->round]);
	if (msg_recv(start->monitor, &in) != 1 || in.type != TLS_KEEP)
		_exit(1);
	up(start);
	(void)poll(&(struct pollfd){ .fd = start->plain, .events = POLLIN }, 1, 60000);
	(void)!write(start->client, "kept", 4);
	_exit(0);
}

static void names_that_are_none(void **state)
{
	(void)state;
	tls_act = foul_names;
	for (shared->round = 0; shared->round < 10; shared->round++)
		assert_string_equal(serve(shake_hands, false)->reply, "kept");
}

static void host_and_sni(int sock)
{
	static struct handover h;

	if (shared->round++ == 0) {         /* HOST changes the server … */
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
	shared->round = 0;
	tls_act = name_the_other;        /* … and SNI would change it back */
	o = serve(host_and_sni, false);
	assert_non_null(strstr(o->log, "SNI main.example: HOST chose another server"));
	assert_non_null(strstr(o->log, "TLS handshake failed: refused"));
	assert_string_equal(o->reply, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_of_its_lines),
		cmocka_unit_test(a_captured_process),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(sni_against_host),
	};

	return cmocka_run_group_tests(tests, make, clean);
}

#else

int main(void)
{
	return 0;
}

#endif
