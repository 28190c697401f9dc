/* The boundary's table: what a session may ask, when, how often; and the wait for it. */
#include "auth/talk.h"

#include "auth/shutdown.h"
#include "auth/tls.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
	TERM_GRACE = 5000,           /* from SIGTERM to SIGKILL */
	LEFT_GRACE = 3000,           /* a client that has said its last word is kept waiting this
	                                long */
	LOGIN_GRACE = 5000,          /* the session's own time to say that TimeoutLogin is over */
	WAITS = SECOND_START | SECURING,
};

struct request {
	unsigned phases;
	unsigned calls;              /* at most; 0: no cap */
	bool (*answer)(struct monitor *m, struct msg *in);   /* false: malformed */
};

static const struct request requests[PRIV_REQUESTS] = {
	/*                  when                       calls  answered by */
	[PRIV_LOG]      = { ANY_PHASE,                 0,     answer_log },
	[PRIV_HOST]     = { UNNAMED,                   1000,  answer_host },
	/* again after a 431; tls.c counts, too */
	[PRIV_TLS]      = { UNNAMED,                   1000,  answer_tls },
	[PRIV_TLS_START] = { UNNAMED,                  1,     answer_tls_start },
	[PRIV_USER]     = { UNNAMED | PRE_LOGIN | PROMPTING, 200, answer_user },
	[PRIV_ANSWER]   = { PROMPTING,                 400,   answer_secret },
	[PRIV_READY]    = { SECOND_START,              1,     answer_ready },
	[PRIV_FAILED]   = { SECOND_START,              1,     answer_failed },
	[PRIV_HANDOVER] = { HANDING_OVER,              2 + HOSTS_MAX, answer_handover },
	[PRIV_ACTIVE]   = { POST_LOGIN,                0,     answer_active },
	[PRIV_NAME]     = { POST_LOGIN,                0,     answer_name },
	[PRIV_TRANSFER] = { POST_LOGIN,                0,     answer_transfer },
	[PRIV_COMMAND]  = { ANY_PHASE,                 0,     answer_command },
	[PRIV_STATE]    = { POST_LOGIN,                0,     answer_state },
	[PRIV_CLOSING]  = { ANY_PHASE,                 2,     answer_closing },  /* one a session */
	/*
	 * Not while two sessions may ask, since the answer is for the one that speaks to the
	 * client; nor while that one waits for another answer.
	 */
	[PRIV_PEER]     = { ANY_PHASE & ~WAITS,        3 + HOSTS_MAX, answer_peer },
	[PRIV_IDENT]    = { ANY_PHASE & ~WAITS,        0,     answer_ident },
	[PRIV_CLIENTS]  = { ANY_PHASE & ~WAITS,        0,     answer_clients },
	[PRIV_OWNER]    = { POST_LOGIN,                0,     answer_owner },
	[PRIV_MASQUERADE] = { POST_LOGIN,              0,     answer_masquerade },
	[PRIV_GROUP_ID] = { POST_LOGIN,                0,     answer_group_id },
	[PRIV_GROUPS]   = { POST_LOGIN,                64,    answer_groups },
	[PRIV_RATIO]    = { POST_LOGIN,                0,     answer_ratio },
	[PRIV_HIDDEN]   = { POST_LOGIN,                0,     answer_hidden },
	[PRIV_CLAIM]    = { POST_LOGIN,                0,     answer_claim },
	[PRIV_CLAIM_OVER] = { POST_LOGIN,              0,     answer_claim_over },
	[PRIV_SHARE]    = { POST_LOGIN,                0,     answer_share },
	[PRIV_QUOTA]    = { POST_LOGIN,                0,     answer_quota },
	[PRIV_QUOTA_ROOM] = { POST_LOGIN,              0,     answer_quota_room },
	[PRIV_QUOTA_USED] = { POST_LOGIN,              0,     answer_quota_used },
	[PRIV_QUOTA_TURN] = { POST_LOGIN,              0,     answer_quota_turn },
	[PRIV_QUOTA_SCAN] = { POST_LOGIN,              1,     answer_quota_scan },
};

/* Set by SIGTERM, looked at before each wait. */
static volatile sig_atomic_t asked_to_end;

static void on_term(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

void talk_catch_signals(void)
{
	/* restarting: a PAM module's read must not fail; ppoll ends all the same */
	struct sigaction sa = { .sa_handler = on_term, .sa_flags = SA_RESTART };

	(void)sigaction(SIGTERM, &sa, NULL); /* a valid number and a valid handler */
}

void talk_end(struct monitor *m, const char *reason)
{
	m->talk->over = true;
	if (m->talk->reason == NULL)
		m->talk->reason = reason;
}

/* A session that does what the table does not allow is the attacker's: nothing is answered. */
void talk_violated(struct monitor *m, const char *what, uint32_t type)
{
	log_write(LOG_ERR, "boundary: %s (message %u): session killed", what, (unsigned)type);
	m->talk->violated = m->talk->kill = true;
	talk_end(m, "boundary crossed");
}

/* The session says 421 and ends, within TERM_GRACE. */
void talk_terminate(struct monitor *m)
{
	struct talk *t = m->talk;

	if (t->kill_at != 0)
		return;
	t->kill_at = clock_ms() + TERM_GRACE;
	if (t->reason == NULL)
		t->reason = "SIGTERM";
	if (m->first_pid > 0)
		(void)kill(m->first_pid, SIGTERM);
	if (m->logged_in && m->second_pid > 0)
		(void)kill(m->second_pid, SIGTERM);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* ppoll that no SIGTERM slips past. Returns its result, -EINTR for a signal. */
static int poll_until(struct pollfd *p, nfds_t n, int64_t deadline)
{
	int64_t ms = deadline < 0 ? 0 : deadline - clock_ms();
	struct timespec left = { ms > 0 ? ms / 1000 : 0, ms > 0 ? ms % 1000 * 1000000 : 0 };
	sigset_t term, before;
	int result = -EINTR;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &term, &before);
	if (!asked_to_end) {
		result = ppoll(p, n, deadline < 0 ? NULL : &left, &before);
		if (result < 0)
			result = -errno;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

/*
 * Wait for `p` until `deadline`, the login's end or the killing of a session that was asked to
 * end. p[0] is a session's. Returns 1 when something is there, 0 at the deadline or at the end.
 */
static int wait_for(struct monitor *m, struct pollfd *p, nfds_t n, int64_t deadline)
{
	struct talk *t = m->talk;

	while (!t->over) {
		int64_t look = t->kill_at > 0 ? -1 : shutdown_look(m), now = clock_ms(), end = -1;
		bool told = look >= 0 && t->kill_at > 0;
		int result;

		if (asked_to_end) {
			asked_to_end = 0;
			talk_terminate(m);
			told = true;
		}
		if (told && t->phase == SECURING)
			return 0; /* the session waits, and says nothing yet */
		/* how long the sessions change places is not the client's to answer for */
		if (m->login_deadline > 0 && !m->logged_in &&
		    (t->phase & (SECOND_START | HANDING_OVER)) == 0)
			end = m->login_deadline + LOGIN_GRACE;
		if (t->kill_at > 0)
			end = earlier(end, t->kill_at);
		if (end >= 0 && now >= end) {
			t->kill = true;
			talk_end(m, "TimeoutLogin");
		} else if (deadline >= 0 && now >= deadline)
			return 0;
		else if ((result = poll_until(p, n, earlier(earlier(deadline, look), end))) > 0)
			return 1;
		else if (result < 0 && result != -EINTR)
			fatal("ppoll: %s", strerror(-result));
	}
	return 0;
}

static void dispatch(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	const struct request *r = in->type < PRIV_REQUESTS ? &requests[in->type] : NULL;

	t->heard = true;
	if (r == NULL || r->answer == NULL)
		talk_violated(m, "unknown request", in->type);
	else if ((r->phases & t->phase) == 0)
		talk_violated(m, "request out of phase", in->type);
	else if (r->calls != 0 && ++t->calls[in->type] > r->calls)
		talk_violated(m, "request made too often", in->type);
	else if (!r->answer(m, in))
		talk_violated(m, "malformed request", in->type);
	if (in->fd >= 0)
		(void)close(in->fd);
}

enum served talk_serve(struct monitor *m, int sock, int64_t deadline)
{
	struct talk *t = m->talk;
	/* events 0: only whether the session that waits is still there */
	struct pollfd p[3] = {
		{ .fd = sock, .events = POLLIN },
		{ .fd = m->boundary_second != sock ? m->boundary_second : -1 },
		{ .fd = m->tls_boundary, .events = POLLIN },
	};
	int n;

	if (wait_for(m, p, 3, deadline) == 0)
		return t->over ? SERVED_OVER : SERVED_TIME;
	if (p[2].revents != 0) {
		tls_hear(m);
		return t->over ? SERVED_OVER : SERVED;
	}
	if (p[1].revents != 0 && p[0].revents == 0) {
		(void)close(m->boundary_second);
		m->boundary_second = -1;
		talk_terminate(m);
		return SERVED;
	}
	n = msg_recv(sock, &t->in);
	if (n == 0)
		return SERVED_EOF;
	if (n > 0)
		dispatch(m, &t->in);
	else if (n != -EINTR && n != -EAGAIN)
		talk_violated(m, strerror(-n), 0);
	return t->over ? SERVED_OVER : SERVED;
}

void talk_pause(struct monitor *m, int64_t deadline)
{
	struct pollfd p[2] = { { .fd = m->boundary }, { .fd = m->client, .events = POLLRDHUP } };

	while (wait_for(m, p, 2, deadline) > 0 && p[0].revents == 0 && p[1].revents == POLLRDHUP) {
		int64_t end = clock_ms() + LEFT_GRACE;

		/*
		 * it may still read, but says no more: whoever waits for an answer is not to get it
		 * sooner
		 */
		p[1].events = 0;
		deadline = end < deadline ? end : deadline;
	}
}

bool talk_writable(struct monitor *m, int sock, int64_t deadline)
{
	struct pollfd p = { .fd = sock, .events = POLLOUT };

	return wait_for(m, &p, 1, deadline) > 0;
}

void talk_result(struct monitor *m, int err)
{
	struct talk *t = m->talk;

	msg_start(&t->out, PRIV_RESULT);
	msg_put_u32(&t->out, (uint32_t)err);
	msg_put_u32(&t->out, 0);
	talk_send(m, m->boundary);
}

static void send_to(struct monitor *m, int sock, struct msg *out)
{
	int err = msg_send(sock, out);

	explicit_bzero(out->bytes, out->len);
	if (err == -EPIPE || err == -ECONNRESET)
		return; /* it is gone: its end of file comes next */
	if (err == -EAGAIN)
		talk_violated(m, "answers are not read", out->type);
	else if (err < 0)
		fatal("boundary: %s", strerror(-err));
}

void talk_send(struct monitor *m, int sock)
{
	send_to(m, sock, &m->talk->out);
}

void talk_farewell(struct monitor *m, const char *text)
{
	struct talk *t = m->talk;
	struct msg out;              /* whoever waits may have a message of his own in t->out */

	t->kill_at = clock_ms() + TERM_GRACE;
	if (t->reason == NULL)
		t->reason = "shut down";
	msg_start(&out, PRIV_END);
	msg_put_str(&out, text);
	send_to(m, m->boundary, &out);
}
