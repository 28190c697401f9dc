/* Login as the monitor sees it: attempts, refusals that take equal time, the change of sessions. */
#include "auth/defaultroot.h"
#include "auth/logs.h"
#include "auth/notify.h"
#include "auth/reap.h"
#include "auth/spawn.h"
#include "auth/state.h"
#include "auth/talk.h"
#include "auth/who.h"
#include "auth/xferlog.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	REFUSAL_STEP = 250,          /* ms that the n-th refusal takes at least, times n */
	REFUSAL_MAX = 3000,          /* and at most, so that a client that has left costs no more */
	PLACE_TIMEOUT = 10000,       /* for the second session to reach its place */
	LEAVE_TIMEOUT = 10000,       /* for the first one to hand over and exit: a machine that has
	                                no time for it now is no reason to refuse a login */
};

bool answer_user(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	msg_get_str(in, t->user, sizeof t->user);
	t->user_waiting = true;
	if (t->phase == UNNAMED)
		t->phase = PRE_LOGIN;
	t->asked_at = clock_ms();
	return msg_done(in);
}

bool answer_secret(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	bool good;

	msg_get_str(in, t->secret, t->secret_size);
	good = msg_done(in);
	explicit_bzero(in->bytes, in->len);
	t->answered = true;
	t->asked_at = clock_ms();
	return good;
}

bool answer_ready(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	char start[PATHNAME_SIZE];

	msg_get_str(in, t->jail, sizeof t->jail);
	msg_get_str(in, start, sizeof start);
	t->ready = true;
	if (!msg_done(in))
		return false;
	log_debug(1, "session in %s, root %s", start, t->jail[0] != '\0' ? t->jail : "/");
	return true;
}

bool answer_failed(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	msg_get_str(in, t->why, sizeof t->why);
	t->failed = true;
	return msg_done(in);
}

bool answer_handover(struct monitor *m, struct msg *in)
{
	bool good;

	msg_get_handover(in, &m->talk->handover);
	m->talk->handed_over = true;
	good = msg_done(in);
	explicit_bzero(in->bytes, in->len); /* pipelined, a password may be in it */
	return good;
}

bool monitor_converse(struct monitor *m, const struct context *base, bool anonymous,
    const char *prompt, char *secret, size_t size)
{
	struct talk *t = m->talk;

	if (t->over || t->user_waiting)
		return false;
	msg_start(&t->out, PRIV_PROMPT);
	msg_put_u32(&t->out, anonymous);
	msg_put_u32(&t->out, SETTING(base, D_ALLOW_EMPTY_PASSWORDS, allow_empty_passwords));
	msg_put_bytes(&t->out, prompt, strnlen(prompt, TEXT_SIZE - 1));
	talk_send(m, m->boundary);
	t->secret = secret;
	t->secret_size = size;
	t->answered = false;
	t->phase = PROMPTING;
	while (!t->over && !t->answered && !t->user_waiting)
		if (talk_serve(m, m->boundary, -1) == SERVED_EOF)
			talk_end(m, NULL);
	t->phase = PRE_LOGIN;
	t->secret = NULL;
	return t->answered && !t->over;
}

static void send_refusal(struct monitor *m, bool final, const char *text)
{
	struct talk *t = m->talk;

	msg_start(&t->out, PRIV_REFUSED);
	msg_put_u32(&t->out, final);
	msg_put_str(&t->out, text);
	talk_send(m, m->boundary);
}

/* The session was told to end. One that goes on asking has crossed the boundary. */
static void refuse_for_good(struct talk *t)
{
	t->phase = REFUSED;
	t->user_waiting = false;
}

/* DelayOnEvent: the line for this event, the server's own before <Global>'s. */
static int64_t event_delay(const struct monitor *m, enum delay_event event)
{
	const struct context *c = settings_next(m->server, D_DELAY_ON_EVENT);

	while (c != NULL && !c->own->delay_on_event[event].set)
		c = settings_next(c->outer, D_DELAY_ON_EVENT);
	return c != NULL ? (int64_t)c->own->delay_on_event[event].ms : 0;
}

/* An answer leaves no sooner than this long after what the client said. */
static void hold(struct monitor *m, int64_t ms)
{
	if (ms > 0 && SETTING(m->server, D_DELAY_ENGINE, delay_engine))
		talk_pause(m, m->talk->asked_at + ms);
}

/*
 * A refusal leaves no sooner for a name that does not exist, whatever the back ends took, and later
 * with each attempt.
 */
static void hold_refusal(struct monitor *m)
{
	int64_t held = (int64_t)REFUSAL_STEP * ++m->attempts;

	hold(m, (held < REFUSAL_MAX ? held : REFUSAL_MAX) + event_delay(m, DELAY_PASS) +
	    event_delay(m, DELAY_FAILED));
}

static void refuse(struct monitor *m)
{
	struct talk *t = m->talk;
	unsigned most = SETTING(m->server, D_MAX_LOGIN_ATTEMPTS, max_login_attempts);

	if (most == 0 || most > LOGIN_ATTEMPTS_MAX)
		most = LOGIN_ATTEMPTS_MAX;
	hold_refusal(m);
	if (t->over)
		return;
	send_refusal(m, t->result.final || m->attempts >= most, t->result.text);
	if (t->result.final)
		refuse_for_good(t);
	if (m->attempts < most)
		return;
	refuse_for_good(t);
	log_auth(LOG_NOTICE, "MaxLoginAttempts: %u failed, no more are taken", m->attempts);
	if (t->reason == NULL)
		t->reason = "MaxLoginAttempts";
}

/* Opened only now, so that neither session ever holds it. */
static void open_transfer_log(struct monitor *m)
{
	struct talk *t = m->talk;
	const struct settings *s = settings_for(t->result.base, D_TRANSFER_LOG);

	t->transfer_log = -1;
	if (s->transfer_log == NULL || strcasecmp(s->transfer_log, "none") == 0)
		return;
	if (!m->privileged && s->where[D_TRANSFER_LOG].line == 0)
		return; /* the default is root's file, and nobody asked for it */
	t->transfer_log = log_file_open("TransferLog", s->transfer_log,
	    SETTING(m->server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks));
}

/* The homes of users whom section paths name: the session cannot look everybody up. */
static void put_homes(struct monitor *m)
{
	struct talk *t = m->talk;
	struct home *homes = memory_map(HOMES_MAX * sizeof *homes);
	size_t n = defaultroot_homes(m, t->result.base, homes);

	msg_put_u32(&t->out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		msg_put_str(&t->out, homes[i].user);
		msg_put_str(&t->out, homes[i].path);
	}
	memory_unmap(homes, HOMES_MAX * sizeof *homes);
}

/* Tell the second session whom to become, and wait until it is there. NULL, or why it is not. */
static const char *reach_place(struct monitor *m)
{
	struct talk *t = m->talk;
	int64_t deadline = clock_ms() + PLACE_TIMEOUT;
	enum served served = SERVED;

	open_transfer_log(m);
	t->result.id.log_classes = logs_enter(m, t->result.base);
	t->notify.wanted = notify_wanted(t->result.base);
	t->result.id.wants_records = t->transfer_log >= 0 || t->notify.wanted;
	t->result.id.wants_state = state_wanted(m);
	msg_start(&t->out, PRIV_BECOME);
	msg_put_identity(&t->out, &t->result.id);
	msg_put_u32(&t->out, t->result.no_links);
	msg_put_u32(&t->out, t->result.root_uid);
	msg_put_bytes(&t->out, &t->result.conditions, sizeof t->result.conditions);
	put_homes(m);
	if (t->out.bad)
		return "identity too long";
	t->phase = SECOND_START;
	talk_send(m, m->boundary_second);
	while (served == SERVED && !t->ready && !t->failed)
		served = talk_serve(m, m->boundary_second, deadline);
	if (t->ready && !t->over)
		return NULL;
	return t->failed ? t->why : served == SERVED_TIME ? "took too long" :
	    t->over ? "session ended" : "session process gone";
}

/* A monitor that only waits keeps whom it logged in, and nothing of how. */
static void rest(struct monitor *m)
{
	struct talk *t = m->talk;

	(void)ident_name(&m->ident, false); /* its child is gone by now, as a rule */
	config_forget_secrets(m->config);
	memory_forget(t, offsetof(struct talk, phase));
	memory_rest();
}

static void remember(struct monitor *m)
{
	struct talk *t = m->talk;
	const struct identity *id = &t->result.id;

	t->who.base = t->result.base;
	t->who.anonymous = id->guest;
	t->who.account = config_strdup(m->config, id->account);
	t->who.email = config_strdup(m->config, id->email);
	t->who.jail = config_strdup(m->config, t->jail);
	t->who.home = config_strdup(m->config, id->home);
	t->who.uid = id->uid;
	t->who.gid = id->gid;
	t->who.typed = config_strdup(m->config, id->typed);
	who_user(m, t->who.account, t->who.base);
	state_logged_in(m);
}

bool handover_take(struct monitor *m)
{
	struct talk *t = m->talk;
	int64_t deadline = clock_ms() + LEAVE_TIMEOUT;
	enum served served = SERVED;

	t->phase = HANDING_OVER;
	t->handed_over = false;
	msg_start(&t->out, PRIV_GRANTED);
	talk_send(m, m->boundary);
	while (served == SERVED)
		served = talk_serve(m, m->boundary, deadline);
	if (t->over)
		return false;
	if (!t->handed_over) {
		talk_end(m, served == SERVED_TIME ? "no handover from the session" :
		    "client left");
		return false;
	}
	(void)close(m->boundary);
	m->boundary = -1;
	(void)reap(m->first_pid, deadline);
	m->first_pid = 0;
	return true;
}

/* The first session's legacy, its end, and the second one's beginning. */
static void change_sessions(struct monitor *m)
{
	struct talk *t = m->talk;

	if (!handover_take(m))
		return;
	m->boundary = m->boundary_second;
	t->phase = POST_LOGIN;
	msg_start(&t->out, PRIV_GO);
	msg_put_handover(&t->out, &t->handover);
	talk_send(m, m->boundary);
	rest(m);
	if (t->kill_at > 0)
		(void)kill(m->second_pid, SIGTERM); /* the first one was told, and is gone */
}

static void let_in(struct monitor *m)
{
	struct talk *t = m->talk;
	const char *why;

	hold(m, event_delay(m, DELAY_PASS));
	why = reach_place(m);
	if (why != NULL) {
		login_failed(m, &t->result, why);
		/* that the password was right must not be told by the time either */
		hold_refusal(m);
		if (!t->over)
			send_refusal(m, true, "");
		if (t->reason == NULL)
			t->reason = "login failed";
		refuse_for_good(t);
		return;
	}
	m->logged_in = true;
	remember(m);
	login_succeeded(m, &t->result);
	change_sessions(m);
}

void attempt_run(struct monitor *m)
{
	struct talk *t = m->talk;
	int err;

	while (t->user_waiting && !t->over) {
		t->user_waiting = false;
		/* forked before any back end runs, so that no hash ever lies in its memory */
		if (m->second_pid == 0 && (err = spawn_second(m)) < 0)
			fatal("second session: %s", strerror(-err));
		if (m->boundary_second < 0) {
			t->reason = "login failed";
			send_refusal(m, true, "");
			refuse_for_good(t);
			return;
		}
		t->result.text[0] = '\0';
		hold(m, event_delay(m, DELAY_USER));
		if (t->over)
			return;
		switch (login_attempt(m, t->user, &t->result)) {
		case LOGIN_GRANTED:
			let_in(m);
			break;
		case LOGIN_REFUSED:
			refuse(m);
			break;
		case LOGIN_GONE:
			break;
		}
	}
}
