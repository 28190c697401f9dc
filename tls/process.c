/*
 * The TLS process: it holds the private key, and no file; the client's bytes, and nobody's rights.
 */
#include "tls/process.h"

#ifdef WITH_TLS

#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"
#include "tls/peer.h"
#include "tls/sandbox.h"
#include "tls/tls.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	FILE_MAX = 1 << 20,          /* bytes of a file that is handed over */
	FAREWELL = 1000,             /* ms for a client to read the alert and leave */
};

static volatile sig_atomic_t asked_to_end;

static void on_term(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

void tls_tell_monitor(struct tls *t)
{
	if (msg_send(t->start.monitor, &t->msg) < 0)
		_exit(0);            /* without a monitor there is no session */
}

void tls_tell_session(struct tls *t)
{
	(void)msg_send(t->start.session, &t->msg); /* one that is gone is seen at its end of file */
}

static _Noreturn void crossed(const char *who)
{
	log_write(LOG_ERR, "TLS process: %s: a message that is none", who);
	_exit(1);
}

/* The next message of the monitor. Its end is ours. */
static void hear_monitor(struct tls *t)
{
	int got;

	do
		got = msg_recv(t->start.monitor, &t->msg);
	while (got == -EINTR);
	if (got == 0)
		_exit(0);
	if (got < 0)
		crossed("monitor");
}

static void failed(struct tls *t, const char *what, const char *why)
{
	struct strbuf b;

	t->failed = true;
	strbuf_init(&b, t->why, sizeof t->why);
	if (what[0] != '\0')
		strbuf_addf(&b, "%s: ", what);
	strbuf_add(&b, why);
}

static void take_settings(struct tls *t, struct loaded *l)
{
	struct tls_settings s;
	STRBUF(why, TEXT_SIZE);

	msg_get_tls_settings(&t->msg, &s);
	if (!msg_done(&t->msg))
		crossed("monitor");
	if (!t->failed && load_begin(l, &t->o, &s, &why) < 0)
		failed(t, "", why.buf);
}

static void take_file(struct tls *t, struct loaded *l)
{
	uint32_t kind = msg_get_u32(&t->msg);
	int fd = t->msg.fd;
	char name[TEXT_SIZE], *bytes;
	STRBUF(why, TEXT_SIZE);
	long n;

	msg_get_str(&t->msg, name, sizeof name);
	t->msg.fd = -1;
	if (!msg_done(&t->msg) || kind >= TLS_FILES || fd < 0)
		crossed("monitor");
	bytes = memory_map(FILE_MAX);
	n = read_file(fd, bytes, FILE_MAX);
	(void)close(fd);
	if (!t->failed && n < 0)
		failed(t, name, strerror((int)-n));
	else if (!t->failed && load_file(l, kind, bytes, (size_t)n, &why) < 0)
		failed(t, name, why.buf);
	explicit_bzero(bytes, n > 0 ? (size_t)n : 0);
	memory_unmap(bytes, FILE_MAX);
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *n,
    const unsigned char *list, unsigned size, void *arg)
{
	struct tls *t = arg;

	return peer_find_protocol(list, size, ssl != t->control.wire.ssl, out, n) ?
	    SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int on_client_hello(SSL *ssl, int *alert, void *arg);

/* TLS_LOAD: everything is there. */
static void finish_load(struct tls *t, struct loaded *l)
{
	STRBUF(why, TEXT_SIZE);

	if (!t->failed && load_end(l, &why) < 0)
		failed(t, "", why.buf);
	if (!t->failed) {
		t->o.SSL_CTX_set_client_hello_cb(l->ctx, on_client_hello, t);
		if (l->settings.alpn)
			t->o.SSL_CTX_set_alpn_select_cb(l->ctx, choose_protocol, t);
		t->served = l;
	}
	msg_start(&t->msg, TLS_LOADED);
	msg_put_u32(&t->msg, !t->failed);
	msg_put_str(&t->msg, t->failed ? t->why : "");
	tls_tell_monitor(t);
}

/* One message of loading. False: it is another one. */
static bool take_load(struct tls *t, struct loaded *l)
{
	switch (t->msg.type) {
	case TLS_SETTINGS:
		take_settings(t, l);
		return true;
	case TLS_FILE:
		take_file(t, l);
		return true;
	case TLS_LOAD:
		finish_load(t, l);
		return true;
	default:
		return false;
	}
}

/* The client named a server: the monitor says which of ours that is. */
static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	struct tls *t = arg;
	char name[HOST_SIZE];

	if (!t->shaking || ssl != t->control.wire.ssl || t->peer.server_name[0] != '\0' ||
	    !t->served->settings.sni || !peer_server_name(&t->o, ssl, name))
		return SSL_CLIENT_HELLO_SUCCESS;
	memcpy(t->peer.server_name, name, sizeof name);
	msg_start(&t->msg, TLS_NAME);
	msg_put_str(&t->msg, name);
	tls_tell_monitor(t);
	hear_monitor(t);
	if (t->msg.type == TLS_KEEP)
		return SSL_CLIENT_HELLO_SUCCESS;
	while (take_load(t, &t->named) && t->msg.type != TLS_LOADED)
		hear_monitor(t);
	if (t->served == &t->named && load_change(&t->named, ssl) == 0)
		return SSL_CLIENT_HELLO_SUCCESS;
	t->refused_name = true;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_CLIENT_HELLO_ERROR;
}

int tls_wire(struct tls *t, struct wire *w, int fd, size_t gather)
{
	/* the first server's context keeps the sessions, whoever is served in the end */
	int err = wire_open(w, &t->o, t->first.ctx, fd, gather);

	if (err == 0 && t->served != &t->first && load_change(t->served, w->ssl) < 0) {
		w->fd = -1;
		wire_close(w);
		return -EPROTO;
	}
	return err;
}

static void wait_for_client(struct tls *t)
{
	struct pollfd p[] = {
		{ .fd = t->start.monitor, .events = POLLIN },
		{ .fd = t->control.wire.fd, .events =
		    POLLIN | (wire_flush(&t->control.wire) ? 0 : POLLOUT) },
	};

	if (ppoll(p, 2, NULL, NULL) > 0 && p[0].revents != 0)
		_exit(0);            /* nothing is due from the monitor now: it has ended, or its
		                        patience */
}

static void add_reason(struct tls *t, enum wire_result result, struct strbuf *why)
{
	const struct wire *w = &t->control.wire;
	long verdict = w->o->SSL_get_verify_result(w->ssl);

	if (result == WIRE_CUT)
		strbuf_add(why, "the client left");
	else if (t->refused_name)
		strbuf_add(why, t->failed ? t->why : "the server that it names is not to be had");
	else if (w->err != 0)
		strbuf_add(why, strerror(w->err));
	else
		openssl_why(w->o, why);
	if (verdict != X509_V_OK)
		strbuf_addf(why, " (%s)", w->o->X509_verify_cert_error_string(verdict));
}

/* Let the client read why: a socket that is closed over unread bytes would be reset. */
static _Noreturn void say_farewell(struct tls *t)
{
	int64_t until = clock_ms() + FAREWELL, left;
	char bytes[4096];

	(void)wire_flush(&t->control.wire);
	(void)shutdown(t->control.wire.fd, SHUT_WR);
	while ((left = until - clock_ms()) > 0) {
		struct pollfd p = { .fd = t->control.wire.fd, .events = POLLIN };
		struct timespec wait = { left / 1000, left % 1000 * 1000000 };

		if (ppoll(&p, 1, &wait, NULL) < 0 ||
		    recv(t->control.wire.fd, bytes, sizeof bytes, MSG_DONTWAIT) <= 0)
			break;
	}
	_exit(0);
}

static void shake(struct tls *t)
{
	struct wire *w = &t->control.wire;
	enum wire_result result = WIRE_BROKEN;
	STRBUF(why, TEXT_SIZE);

	if (tls_wire(t, w, t->start.client, 4 * CONTROL_BLOCK) < 0)
		_exit(1);
	t->shaking = true;
	while ((result = wire_accept(w)) == WIRE_AGAIN)
		wait_for_client(t);
	t->shaking = false;
	if (result != WIRE_DONE) {
		add_reason(t, result, &why);
		msg_start(&t->msg, TLS_FAILED);
		msg_put_str(&t->msg, why.buf);
		tls_tell_monitor(t);
		say_farewell(t);
	}
	peer_describe(&t->o, w->ssl, &t->served->settings, &t->peer);
	if (t->peer.verified)
		t->client = t->o.SSL_get1_peer_certificate(w->ssl);
	msg_start(&t->msg, TLS_UP);
	msg_put_tls_peer(&t->msg, &t->peer);
	tls_tell_monitor(t);
	t->control.plain = t->start.plain;
	t->control.ticket_at = clock_ms();
}

static void take_open(struct tls *t)
{
	bool resume = msg_get_bool(&t->msg) || t->served->settings.resume;
	int fd = t->msg.fd, err;

	t->msg.fd = -1;
	if (!msg_done(&t->msg) || fd < 0 || t->data.state != DATA_IDLE)
		crossed("session");
	err = data_begin(t, fd, resume);
	if (err == 0)
		return;
	msg_start(&t->msg, TLS_OPENED);
	msg_put_u32(&t->msg, (uint32_t)-err);
	msg_put_str(&t->msg, "");
	tls_tell_session(t);
}

static void take_task(struct tls *t)
{
	uint32_t type = t->msg.type;
	bool sending = type == TLS_SEND;
	uint64_t at = 0, end = 0;
	int fd = t->msg.fd;

	if (type == TLS_RELAY)
		sending = msg_get_bool(&t->msg);
	else
		at = msg_get_u64(&t->msg);
	if (type == TLS_SEND)
		end = msg_get_u64(&t->msg);
	t->msg.fd = -1;
	if (!msg_done(&t->msg) || fd < 0 || t->data.state != DATA_OPEN ||
	    (type == TLS_SEND && end < at))
		crossed("session");
	if (type == TLS_RELAY)
		data_relay(t, sending, fd);
	else if (sending)
		data_send(t, at, end, fd);
	else
		data_receive(t, at, fd);
}

/* A message of the session's. False: it has ended, and needs no data connection any more. */
static bool hear_session(struct tls *t)
{
	int got = msg_recv(t->start.session, &t->msg);
	int err;

	if (got == -EINTR)
		return true;
	if (got == 0)
		return false;
	if (got < 0 || ((t->msg.type == TLS_CLOSE || t->msg.type == TLS_CLEAR) &&
	    !msg_done(&t->msg)))
		crossed("session");
	switch (t->msg.type) {
	case TLS_OPEN:
		take_open(t);
		break;
	case TLS_RELAY:
	case TLS_SEND:
	case TLS_RECEIVE:
		take_task(t);
		break;
	case TLS_CLOSE:
		data_drop(t);
		msg_start(&t->msg, TLS_CLOSED);
		tls_tell_session(t);
		break;
	case TLS_CLEAR:
		err = control_clear(&t->control);
		msg_start(&t->msg, TLS_CLEARED);
		msg_put_u32(&t->msg, (uint32_t)-err);
		tls_tell_session(t);
		break;
	default:
		crossed("session");
	}
	return true;
}

/* One wait, and whatever it brought. */
static void serve(struct tls *t)
{
	enum { MONITOR, SESSION, CLIENT, PLAIN, DATA, OTHER, ALL };
	struct pollfd p[ALL];
	bool busy = data_wants(t, &p[DATA], &p[OTHER]);
	int64_t until = control_wants(&t->control, &p[CLIENT], &p[PLAIN]), news = data_tell(t),
	    left = 0;
	struct timespec wait;
	sigset_t none;

	if (news != 0 && (until == 0 || news < until))
		until = news;
	if (!busy && until != 0)
		left = until - clock_ms() > 0 ? until - clock_ms() : 0;
	wait = (struct timespec){ left / 1000, left % 1000 * 1000000 };
	p[MONITOR] = (struct pollfd){ .fd = t->start.monitor, .events = POLLIN };
	p[SESSION] = (struct pollfd){ .fd = t->start.session, .events = POLLIN };
	(void)sigemptyset(&none);
	if (ppoll(p, ALL, busy || until != 0 ? &wait : NULL, &none) < 0) {
		if (errno != EINTR)
			_exit(1);
		memset(p, 0, sizeof p);
	}
	if (asked_to_end) {
		asked_to_end = 0;
		msg_start(&t->msg, TLS_TERM);
		tls_tell_monitor(t);
	}
	if (p[MONITOR].revents != 0) {
		hear_monitor(t);
		crossed("monitor"); /* after the handshake it has nothing more to say */
	}
	if (p[CLIENT].revents != 0 || p[PLAIN].revents != 0 || t->control.state == CONTROL_LEAVING)
		control_run(&t->control);
	if (busy || p[DATA].revents != 0 || p[OTHER].revents != 0)
		data_run(t);
	/*
	 * last: its messages may begin another connection on descriptors that were just looked at
	 */
	if (p[SESSION].revents != 0 && !hear_session(t)) {
		data_drop(t);
		(void)close(t->start.session);
		t->start.session = -1;
	}
}

const char *tls_library(void)
{
	const char *missing = sandbox_load();

	tzset();                     /* libc opens the zone's file for any date, a certificate's
	                                too */
	return missing != NULL ? missing : openssl_library();
}

/* SIGTERM is let in by ppoll alone, as it is in a session. */
static void take_signals(void)
{
	struct sigaction act = { .sa_handler = on_term };
	sigset_t term;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	if (sigaction(SIGTERM, &act, NULL) < 0 || sigprocmask(SIG_BLOCK, &term, NULL) < 0)
		_exit(1);
}

_Noreturn void tls_process(const struct tls_start *start, const char *missing)
{
	struct tls *t = memory_map(sizeof *t);
	unsigned char seed;

	t->start = *start;
	t->data.other = t->data.wire.fd = t->control.wire.fd = -1;
	take_signals();
	if (missing == NULL)
		missing = openssl_load(&t->o);
	/* what is opened for random numbers is opened before the filter */
	if (missing == NULL && t->o.RAND_bytes(&seed, 1) != 1)
		missing = "no random numbers";
	if (missing == NULL && set_nonblocking(start->client, true) < 0)
		missing = "the control connection cannot be had";
	if (missing == NULL)
		missing = sandbox_enter();
	if (missing != NULL)
		failed(t, "", missing);
	do {
		hear_monitor(t);
		if (!take_load(t, &t->first) && t->msg.type != TLS_START)
			crossed("monitor");
	} while (t->msg.type != TLS_START);
	if (t->failed || t->served == NULL)
		crossed("monitor");
	shake(t);
	while (t->control.state != CONTROL_OVER)
		serve(t);
	data_drop(t);                /* how far it came is for the session's record */
	_exit(0);
}

#else

#include <stddef.h>
#include <unistd.h>

const char *tls_library(void)
{
	return "this program was built without TLS";
}

_Noreturn void tls_process(const struct tls_start *start, const char *missing)
{
	(void)start;
	(void)missing;
	_exit(1);
}

#endif
