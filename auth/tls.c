/*
 * The TLS process as its monitor sees it: what it may say and when, loading, the handshake, its
 * end.
 */
#include "auth/tls.h"

#include "auth/reap.h"
#include "auth/spawn.h"
#include "auth/talk.h"
#include "auth/tlsfiles.h"
#include "auth/tlstell.h"
#include "auth/vhost.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOAD_TIMEOUT = 10000,        /* ms for it to read the files and say what it makes of them */
	LAST_WORDS = 10000,          /* for it to send what the sessions left, and say goodbye */
	HURRY = 1000,                /* from a SIGTERM to the end of a handshake, or of the
	                                connection */
	GOES_AT_ONCE = 500,          /* for one that has nobody to talk to */
	LOGS_LEFT = 64,              /* of its lines, looked at behind its end */
	TRIES = 3,                   /* processes for one client whose files cannot be loaded */
};

/* How far it has come: what it may say. */
enum {
	RESTS = 1,                   /* nothing was asked */
	LOADS = 2,                   /* TLS_LOAD */
	SHAKES = 4,                  /* TLS_START */
	STANDS = 8,                  /* TLS_UP */
	ENDS = 16,                   /* TLS_FAILED */
	ALWAYS = 31,
};

bool tls_is_on(const struct context *server)
{
	return SETTING(server, D_TLS_ENGINE, tls_engine) &&
	    SETTING(server, D_PROTOCOLS, protocols.ftps);
}

bool tls_is_implicit(const struct context *server)
{
	return tls_is_on(server) && (SETTING(server, D_TLS_OPTIONS, tls_options) & TLS_IMPLICIT) !=
	    0;
}

bool tls_is_needed(const struct context *base)
{
	return (SETTING(base, D_TLS_REQUIRED, tls_required) & (TLS_NEED_CTRL | TLS_NEED_AUTH)) != 0;
}

void tls_init(struct monitor *m)
{
	m->tls_pid = 0;
	m->tls_boundary = m->tls_session = -1;
	m->secured = m->implicit = false;
	m->tls_peer = NULL;
}

int tls_client(const struct monitor *m)
{
	return m->talk != NULL && m->talk->tls.raw >= 0 ? m->talk->tls.raw : m->client;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* -- what it says -- */

static bool hear_loaded(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	t->tls.loaded = msg_get_bool(in);
	msg_get_str(in, t->tls_why, sizeof t->tls_why);
	t->tls.state = RESTS;
	return msg_done(in);
}

static bool hear_name(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	msg_get_str(in, t->tls_name, sizeof t->tls_name);
	t->tls.named = true;
	t->tls.state = RESTS;
	/* at most once, and not where nobody wants it */
	return msg_done(in) && t->tls.names++ == 0 &&
	    (SETTING(m->server, D_TLS_OPTIONS, tls_options) & TLS_IGNORE_SNI) == 0;
}

static bool hear_up(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	struct tls_peer *peer = config_alloc(m->config, sizeof *peer);

	msg_get_tls_peer(in, peer);
	m->tls_peer = peer;
	t->tls.state = STANDS;
	/* nobody is asked for a certificate: none can have been verified */
	return msg_done(in) && (!peer->verified ||
	    SETTING(m->server, D_TLS_VERIFY_CLIENT, tls_verify_client) != TLS_VERIFY_OFF);
}

static bool hear_failed(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	msg_get_str(in, t->tls_why, sizeof t->tls_why);
	t->tls.state = ENDS;
	t->tls.said_why = true;
	return msg_done(in);
}

static bool hear_term(struct monitor *m, struct msg *in)
{
	talk_terminate(m);
	return msg_done(in);
}

static const struct {
	uint32_t type;
	unsigned states;
	bool (*hear)(struct monitor *m, struct msg *in);     /* false: malformed */
} messages[] = {
	{ TLS_LOADED, LOADS,          hear_loaded },
	{ TLS_NAME,   SHAKES,         hear_name },
	{ TLS_UP,     SHAKES,         hear_up },
	/*
	 * also while the monitor looks for a server or its files: the client may leave at any time
	 */
	{ TLS_FAILED, RESTS | LOADS | SHAKES, hear_failed },
	{ TLS_LOG,    ALWAYS,         answer_tls_log },
	{ TLS_TERM,   ALWAYS,         hear_term },
};

/* It reads what strangers write: one that says what it may not is one that they have taken. */
static void violated(struct monitor *m, const char *what, uint32_t type)
{
	log_write(LOG_ERR, "TLS process: %s (message %u): killed", what, (unsigned)type);
	(void)kill(m->tls_pid, SIGKILL);
	close_end(&m->tls_boundary);
	m->talk->tls.state = ENDS;
	m->talk->violated = m->talk->kill = true;
	talk_end(m, "TLS process killed");
}

static void dispatch(struct monitor *m, struct msg *in)
{
	size_t i = 0;

	while (i < sizeof messages / sizeof *messages && messages[i].type != in->type)
		i++;
	if (i == sizeof messages / sizeof *messages)
		violated(m, "unknown message", in->type);
	else if ((messages[i].states & m->talk->tls.state) == 0)
		violated(m, "message out of place", in->type);
	else if (!messages[i].hear(m, in))
		violated(m, "malformed message", in->type);
	if (in->fd >= 0)
		(void)close(in->fd);
}

void tls_hear(struct monitor *m)
{
	struct talk *t = m->talk;
	int n = msg_recv(m->tls_boundary, &t->in);

	if (n > 0)
		dispatch(m, &t->in);
	else if (n == 0 || n == -ECONNRESET)
		close_end(&m->tls_boundary); /* whoever waits for it looks there */
	else if (n != -EINTR && n != -EAGAIN)
		violated(m, strerror(-n), 0);
}

int tls_send(struct monitor *m, int64_t deadline)
{
	int err = -EPIPE;

	while (m->tls_boundary >= 0 && (err = msg_send(m->tls_boundary, &m->talk->out)) == -EAGAIN)
		if (!talk_writable(m, m->tls_boundary, deadline))
			return -ETIMEDOUT;
	return err == -ECONNRESET ? -EPIPE : err;
}

static int send_empty(struct monitor *m, enum tls_message type, int64_t deadline)
{
	msg_start(&m->talk->out, type);
	return tls_send(m, deadline);
}

/* -- its end, of whatever -- */

/* See it end, within `grace`, or at once when nobody `hears` it any more. */
static void see_end(struct monitor *m, bool hears, int64_t grace)
{
	struct talk *t = m->talk;
	int status;

	if (!hears)
		close_end(&m->tls_boundary);
	status = reap(m->tls_pid, clock_ms() + grace);
	m->tls_pid = 0;
	/* what it told last; nothing but lines for the log counts any more */
	for (int i = 0; i < LOGS_LEFT && m->tls_boundary >= 0 &&
	    msg_recv(m->tls_boundary, &t->in) > 0; i++) {
		if (t->in.type == TLS_LOG)
			(void)answer_tls_log(m, &t->in);
		if (t->in.fd >= 0)
			(void)close(t->in.fd);
	}
	close_end(&m->tls_boundary);
	if (status >= 0 && WIFSIGNALED(status) && !t->violated)
		log_write(LOG_ERR, "TLS process died: signal %d", WTERMSIG(status));
}

/* -- loading -- */

/* Wait for its next word in `state`. Returns 0 when it came, -EINTR for a SIGTERM, or -errno. */
static int await(struct monitor *m, unsigned state, int64_t deadline)
{
	struct talk *t = m->talk;
	int64_t before = t->kill_at;

	while (t->tls.state == state && m->tls_boundary >= 0) {
		enum served served = talk_serve(m, m->boundary, deadline);

		if (served == SERVED_EOF)
			talk_end(m, NULL);
		if (t->over)
			return -ECANCELED;
		if (t->kill_at != before)
			return -EINTR;
		if (served == SERVED_TIME)
			return -ETIMEDOUT;
	}
	return t->tls.state == state ? -EPIPE : 0;
}

/* What is wrong with its settings begins with the directive's name: say where that stands. */
static void add_place(const struct monitor *m, const char *text, struct strbuf *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	STRBUF(name, NAME_SIZE);
	const struct directive *d;
	struct origin where = { .line = 0 };

	strbuf_addn(&name, text, strspn(text, letters));
	d = strncmp(text, "TLS", 3) == 0 && !name.full ? directive_find(name.buf) : NULL;
	if (d != NULL && d->id != D_NONE)
		where = settings_for(m->server, d->id)->where[d->id];
	if (where.line != 0) {
		config_where(m->config, where, out);
		strbuf_add(out, ": ");
	}
}

/* Have it load what m->server names. Returns 0 or -errno, told in the log. */
static int load(struct monitor *m)
{
	struct talk *t = m->talk;
	int64_t deadline = clock_ms() + LOAD_TIMEOUT;
	STRBUF(where, PATHNAME_SIZE);
	int err;

	t->tls.loaded = false;
	t->tls.state = RESTS;
	if ((err = tlsfiles_send(m, deadline)) < 0)
		return err;
	if ((err = send_empty(m, TLS_LOAD, deadline)) == 0) {
		t->tls.state = LOADS;
		while ((err = await(m, LOADS, deadline)) == -EINTR)
			continue;
	}
	if (t->tls.loaded)
		return 0;
	if (err == 0) {
		add_place(m, t->tls_why, &where);
		if (t->tls.state != ENDS || t->tls.raw < 0)
			log_write(LOG_ERR, "%s%s", where.buf, t->tls_why);
		return -EPROTO;
	}
	if (!t->over)
		log_write(LOG_ERR, "TLS process: %s", err == -EPIPE ? "died" : strerror(-err));
	return err;
}

void tls_drop(struct monitor *m)
{
	struct talk *t = m->talk;

	if (m->tls_pid <= 0)
		return;
	close_end(&m->tls_session);
	close_end(&t->tls.plain);
	(void)set_nonblocking(m->client, false);     /* which it changes for everybody */
	see_end(m, false, GOES_AT_ONCE);
	t->tls.loaded = false;
}

/* Have a process with everything loaded. Returns 0 or -errno. */
static int prepare(struct monitor *m)
{
	struct talk *t = m->talk;
	int err;

	if (m->tls == NULL)
		return -ENOSYS;
	if (m->secured || !tls_is_on(m->server))
		return -EPERM;
	if (t->tls.loaded && m->tls_boundary >= 0)
		return 0;
	tls_drop(m);
	if (++t->tls.tries > TRIES)
		return -EAGAIN;
	err = spawn_tls(m);
	if (err < 0)
		log_write(LOG_ERR, "TLS process: %s", strerror(-err));
	else
		err = load(m);
	if (err < 0)
		tls_drop(m);
	return err;
}

/* -- the handshake -- */

/*
 * Whether a ClientHello's name is one: the rules of HOST (session/host.c). A dot at its end goes.
 */
static bool is_host_name(char *name)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = strlen(name);

	if (n > 0 && name[n - 1] == '.')
		name[--n] = '\0';
	return n > 0 && name[0] != '.' && strstr(name, "..") == NULL &&
	    name[strspn(name, plain)] == '\0';
}

/*
 * Serve with the server that SNI names, and nothing of the one before. Returns TLS_REFUSE, or 0: it
 * has what there is to load, and goes on by itself.
 */
static enum tls_message change_server(struct monitor *m, struct context *server)
{
	const char *name = m->talk->tls_name;
	const int off = 0;
	int err;

	if (m->talk->host_chosen || !tls_is_on(server)) {
		log_write(LOG_NOTICE, "SNI %s: %s", name, m->talk->host_chosen ?
		    "HOST chose another server" : "that server has no TLS");
		return TLS_REFUSE;
	}
	if (!vhost_admit(m, server)) {
		log_write(LOG_NOTICE, "SNI %s: refused by that server", name);
		return TLS_REFUSE;
	}
	(void)setsockopt(m->talk->tls.raw, SOL_SOCKET, SO_OOBINLINE, &off, sizeof off);
	m->talk->tls.changed = true;
	err = load(m);
	return err == 0 || err == -EPROTO ? 0 : TLS_REFUSE;
}

/* TLS_NAME came. Returns 0 or -errno. */
static int answer_sni(struct monitor *m, int64_t deadline)
{
	struct talk *t = m->talk;
	struct context *server = NULL;
	enum tls_message answer = TLS_KEEP;
	int err = 0;

	t->tls.named = false;
	if (is_host_name(t->tls_name))
		server = config_server_named(m->config, t->tls_name, &m->local);
	t->tls.sni = server != NULL;
	if (server != NULL && server != m->server)
		answer = change_server(m, server);
	if (t->tls.state == ENDS || t->over)
		return 0;
	if (answer != 0)
		err = send_empty(m, answer, deadline);
	t->tls.state = SHAKES;
	return err;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* From TLS_START to TLS_UP. Returns 0, or -errno with the reason in `why`. */
static int shake_hands(struct monitor *m, struct strbuf *why)
{
	struct talk *t = m->talk;
	unsigned within = SETTING(m->server, D_TLS_TIMEOUT_HANDSHAKE, tls_timeout_handshake);
	bool ends = false;
	int64_t deadline = within > 0 ? clock_ms() + (int64_t)within * 1000 : -1, end = deadline;
	int err = send_empty(m, TLS_START, deadline);

	t->tls.state = SHAKES;
	while (err == 0 && (t->tls.state == SHAKES || t->tls.named)) {
		/* a session that is to say 421 needs a connection for it */
		if (t->kill_at > 0 && !ends)
			deadline = earlier(deadline, clock_ms() + HURRY);
		ends = t->kill_at > 0;
		/* another server may have another TimeoutLogin */
		end = earlier(deadline, m->login_deadline > 0 ? m->login_deadline : -1);
		err = t->tls.named ? answer_sni(m, end) : await(m, SHAKES, end);
		if (err == -EINTR)
			err = 0;
	}
	if (err == 0 && t->tls.state == STANDS)
		return 0;
	if (t->tls.said_why)
		strbuf_add(why, t->tls_why);
	else if (err == -ETIMEDOUT && !ends)
		strbuf_add(why, end == deadline ? "TLSTimeoutHandshake" : "TimeoutLogin");
	else
		strbuf_add(why, t->kill_at > 0 ? "SIGTERM" : err == -EPIPE ? "the process is gone" :
		    "the session is gone");
	return err != 0 ? err : -EPROTO;
}

/*
 * The whole handshake: from here on the client's socket is the TLS process's, and no clear byte is
 * sent any more, whatever happens. True: it stands. False: the connection is over, and why was
 * told.
 */
static bool secure(struct monitor *m)
{
	struct talk *t = m->talk;
	const int off = 0;
	STRBUF(why, TEXT_SIZE);

	t->tls.raw = m->client;
	m->client = t->tls.plain;
	t->tls.plain = -1;
	log_set_client(-1);
	/* an urgent byte is none of the stream's */
	(void)setsockopt(t->tls.raw, SOL_SOCKET, SO_OOBINLINE, &off, sizeof off);
	if (shake_hands(m, &why) < 0) {
		close_end(&t->tls.raw);
		if (t->reason == NULL)
			t->reason = "TLS handshake failed";
		if (!t->violated)
			tlstell_failure(m, why.buf);
		return false;
	}
	close_end(&t->tls.raw);
	m->secured = true;
	log_set_client(m->client);
	tlstell_success(m);
	return true;
}

/* -- what the session asks -- */

bool answer_tls(struct monitor *m, struct msg *in)
{
	m->talk->tls.waiting = true;
	return msg_done(in);
}

bool answer_tls_start(struct monitor *m, struct msg *in)
{
	/* out of order, unless PRIV_TLS went well for the server that serves now */
	m->talk->tls.starting = true;
	return msg_done(in) && m->talk->tls.loaded && m->tls_boundary >= 0;
}

static void start(struct monitor *m)
{
	struct talk *t = m->talk;
	bool stands = secure(m);

	if (stands && t->tls.changed) {
		vhost_replace(m, false);
		return;
	}
	t->phase = stands ? UNNAMED : REFUSED;
	msg_start(&t->out, PRIV_DESCRIPTOR);
	msg_put_u32(&t->out, stands ? 0 : EPROTO);
	t->out.fd = stands ? m->client : -1;
	if (m->boundary >= 0)
		talk_send(m, m->boundary);
}

void tls_run(struct monitor *m)
{
	struct talk *t = m->talk;
	int err;

	t->phase = SECURING;
	if (t->tls.starting) {
		t->tls.starting = t->tls.waiting = false;
		start(m);
		return;
	}
	t->tls.waiting = false;
	err = prepare(m);
	t->phase = UNNAMED;
	if (!t->over)
		talk_result(m, -err);
}

bool tls_begin(struct monitor *m)
{
	struct talk *t = m->talk;
	bool stands;

	t->phase = SECURING;
	m->implicit = true;
	stands = prepare(m) == 0 && secure(m);
	t->phase = UNNAMED;
	if (!stands && t->reason == NULL)
		t->reason = "no TLS";
	return stands && !t->over;
}

/* -- its end -- */

void tls_end(struct monitor *m)
{
	struct talk *t = m->talk;
	bool speaks;

	if (m->tls_pid <= 0)
		return;
	/*
	 * its alert, or the sessions' last words, may be on their way; nobody waits for anything
	 * else
	 */
	speaks = t->tls.state == STANDS || t->tls.said_why;
	close_end(&m->tls_session);
	if (t->tls.plain < 0)        /* it is m->client */
		close_end(&m->client);
	close_end(&t->tls.plain);
	log_set_client(-1);
	see_end(m, speaks, speaks ? LAST_WORDS : GOES_AT_ONCE);
}
