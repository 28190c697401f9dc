/*
 * Data connections under TLS: what the session and the TLS process say to each other (auth/msg.h).
 */
#include "session/protect.h"

#include "config/io.h"
#include "config/log.h"
#include "session/session.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CLOSED_WITHIN = 5000,        /* ms for TLS_CLOSED, which waits for nobody */
	CLEARED_WITHIN = 5000,       /* ms for TLS_CLEARED, too */
	LATE_MAX = 1000,             /* messages before TLS_CLOSED: more than a socket holds */
	ERRNO_MAX = 4095,
	RELAY_UNSENT = 32768,        /* bytes; with more a slow client looks like a stalled one */
};

/* Back to the bare connection: without TLS it is of use for its end alone. */
static void settle(struct session *s)
{
	if (s->data.protect == PROTECT_RELAY_OUT || s->data.protect == PROTECT_RELAY_IN) {
		(void)close(s->data.fd);
		s->data.fd = s->data.socket;
	}
	s->data.protect = PROTECT_NONE;
}

/* Without the TLS process, or with one that is not itself any more, there is no session. */
static void lost(struct session *s, const char *why)
{
	if (s->msg.fd >= 0)
		(void)close(s->msg.fd);
	s->msg.fd = -1;
	(void)close(s->start.tls);
	s->start.tls = -1;
	settle(s);
	session_end(s, why, NULL);
}

static void forged(struct session *s)
{
	uint32_t type = s->msg.type;

	lost(s, "TLS process out of order");
	log_write(LOG_ERR, "SECURITY: from the TLS process: message %u, malformed or out of turn",
	    type);
}

/* Send s->msg. False: the session ends. */
static bool tell(struct session *s)
{
	int err = msg_send(s->start.tls, &s->msg);

	s->msg.fd = -1;              /* ours, and it stays */
	if (err < 0)
		lost(s, "TLS process gone");
	return err == 0;
}

/* Take a message that is there to s->msg. False: the session ends. */
static bool hear(struct session *s)
{
	int got;

	do
		got = msg_recv(s->start.tls, &s->msg);
	while (got == -EINTR);
	if (got == -EBADMSG)
		forged(s);
	else if (got <= 0)
		lost(s, "TLS process gone");
	return got == 1;
}

/*
 * The same for one that is to come before `deadline`, when the client is not to be heard meanwhile.
 */
static bool hear_by(struct session *s, int64_t deadline)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = s->start.tls, .events = POLLIN },
			{ .fd = s->start.monitor },
		};
		int64_t left = deadline - clock_ms();
		int n = left > 0 ? poll(p, 2, (int)left) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && p[0].revents != 0)
			return hear(s);
		lost(s, n > 0 ? "Monitor gone" : "TLS process does not answer");
		return false;
	}
}

/* An errno that the TLS process names; what is none is EIO. */
static int errno_of(uint32_t err)
{
	return err > 0 && err <= ERRNO_MAX ? -(int)err : -EIO;
}

/* Take what TLS_PROGRESS or TLS_DONE counts. False: it shrinks, or is beyond `most`. */
static bool count(struct session *s, struct copy_result *r, uint64_t bytes, uint64_t most)
{
	if (bytes < r->bytes || bytes > most)
		return false;
	r->bytes = s->data.bytes = bytes;
	return true;
}

/*
 * What was on its way when TLS_CLOSE was said, in s->msg: of interest is only how much of a file
 * was moved, and why a relay ended, whose end of the pair told no more than that. False: it makes
 * no sense.
 */
static bool take_late(struct session *s, struct copy_result *r, uint64_t most)
{
	bool file = s->data.protect == PROTECT_SEND || s->data.protect == PROTECT_RECEIVE;
	char why[TEXT_SIZE];
	uint32_t end, err;
	uint64_t bytes;

	switch (s->msg.type) {
	case TLS_OPENED:
		(void)msg_get_u32(&s->msg);
		msg_get_str(&s->msg, why, sizeof why);
		break;
	case TLS_PROGRESS:
		bytes = msg_get_u64(&s->msg);
		if (file && !count(s, r, bytes, most))
			return false;
		break;
	case TLS_DONE:
		end = msg_get_u32(&s->msg);
		err = msg_get_u32(&s->msg);
		bytes = msg_get_u64(&s->msg);
		if (file && !count(s, r, bytes, most))
			return false;
		if (r->end == COPY_NET && end == TLS_NET && s->data.protect == PROTECT_RELAY_OUT)
			r->err = errno_of(err);
		break;
	default:
		return false;
	}
	return msg_done(&s->msg);
}

/*
 * Whatever goes on: off. Behind this the TLS process has neither the connection nor a file any
 * more.
 */
static void drop(struct session *s, struct copy_result *r, uint64_t most)
{
	int64_t deadline = clock_ms() + CLOSED_WITHIN;
	unsigned late = 0;

	msg_start(&s->msg, TLS_CLOSE);
	(void)msg_send(s->start.tls, &s->msg);       /* one that has ended left a last word all the
	                                                same */
	while (hear_by(s, deadline)) {
		if (s->msg.type == TLS_CLOSED && msg_done(&s->msg)) {
			settle(s);
			return;
		}
		if (s->msg.type == TLS_CLOSED || !take_late(s, r, most) || ++late > LATE_MAX) {
			forged(s);
			return;
		}
	}
}

static int64_t sooner(int64_t ms, unsigned seconds)
{
	int64_t other = (int64_t)seconds * 1000;

	return ms == 0 || (other > 0 && other < ms) ? other : ms;
}

/* TLS_OPENED is in s->msg: what it says, for data_refuse. */
static int opened(struct session *s)
{
	char why[TEXT_SIZE];
	uint32_t err = msg_get_u32(&s->msg);

	msg_get_str(&s->msg, why, sizeof why);
	if (s->msg.type != TLS_OPENED || !msg_done(&s->msg)) {
		forged(s);
		return -ECONNRESET;
	}
	if (err == 0)
		return 0;
	if (err == EPERM) {
		log_write(LOG_NOTICE,
		    "data connection refused: it resumes no TLS session of the control connection "
		    "(TLSOptions NoSessionReuseRequired lifts this)");
		return -DATA_NOT_RESUMED;
	}
	log_write(LOG_NOTICE, "TLS on the data connection failed: %s",
	    why[0] != '\0' ? why : strerror(-errno_of(err)));
	return -DATA_TLS_FAILED;
}

/* Wait for TLS_OPENED, the control connection being watched. */
static int await_opened(struct session *s)
{
	int64_t ms = sooner(sooner(0, SETTING(s->base, D_TLS_TIMEOUT_HANDSHAKE,
	    tls_timeout_handshake)), SETTING(s->base, D_TIMEOUT_STALLED, timeout_stalled));

	switch (session_wait(s, s->start.tls, POLLIN, ms)) {
	case WAIT_DATA:
		return hear(s) ? opened(s) : -ECONNRESET;
	case WAIT_ABORTED:
		return -ECANCELED;
	case WAIT_STALLED:
		log_write(LOG_NOTICE, "TLS on the data connection failed: no handshake in time");
		return -DATA_TLS_FAILED;
	default:
		return -ECONNRESET;
	}
}

int protect_open(struct session *s)
{
	unsigned options = SETTING(s->base, D_TLS_OPTIONS, tls_options);
	struct copy_result none = { .end = COPY_ABORTED };
	int err;

	if (s->start.tls < 0)
		return -DATA_TLS_FAILED;
	msg_start(&s->msg, TLS_OPEN);
	msg_put_u32(&s->msg, !(options & TLS_NO_REUSE_REQUIRED));
	s->msg.fd = s->data.fd;
	s->data.protect = PROTECT_OPEN;
	if (!tell(s))
		return -ECONNRESET;
	err = await_opened(s);
	if (err < 0)
		protect_finish(s, &none);
	return err;
}

int protect_relay(struct session *s, bool out)
{
	const int unsent = RELAY_UNSENT;
	int pair[2];
	bool told;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &unsent, sizeof unsent);
	s->data.socket = s->data.fd;
	s->data.fd = pair[0];
	s->data.protect = out ? PROTECT_RELAY_OUT : PROTECT_RELAY_IN;
	msg_start(&s->msg, TLS_RELAY);
	msg_put_u32(&s->msg, out);
	s->msg.fd = pair[1];
	told = tell(s);
	(void)close(pair[1]);        /* or its end would never be seen */
	return told ? 0 : -ECONNRESET;
}

static void gone(struct copy_result *r)
{
	r->end = COPY_NET;
	r->err = -ECONNRESET;
}

/* TLS_DONE is in s->msg. False: it makes no sense. */
static bool take_done(struct session *s, struct copy_result *r, uint64_t most)
{
	enum protect was = s->data.protect;
	bool file = was == PROTECT_SEND || was == PROTECT_RECEIVE;
	bool in = was == PROTECT_RECEIVE || was == PROTECT_RELAY_IN;
	uint32_t end = msg_get_u32(&s->msg), err = msg_get_u32(&s->msg);
	uint64_t bytes = msg_get_u64(&s->msg);

	if (!msg_done(&s->msg) || (file && !count(s, r, bytes, most)))
		return false;
	switch (end) {
	case TLS_COMPLETE:
		return was != PROTECT_SEND || bytes == most;
	case TLS_NET:
		r->end = COPY_NET;
		r->err = errno_of(err);
		return true;
	case TLS_DISK:
		r->end = COPY_FILE;
		r->err = errno_of(err);
		return file;
	case TLS_SHRUNK:
		r->end = COPY_SHRUNK;
		return was == PROTECT_SEND;
	case TLS_CUT:
		if (in)
			r->end = COPY_CUT;
		else
			gone(r);
		return true;
	}
	return false;
}

/*
 * Wait for TLS_DONE, of at most `most` bytes of the file, the control connection being watched.
 * Whatever ends it otherwise is in `r`, and then TLS goes on still.
 */
static void await_done(struct session *s, struct copy_result *r, uint64_t most)
{
	bool file = s->data.protect == PROTECT_SEND || s->data.protect == PROTECT_RECEIVE,
	    good = true;
	int64_t since = clock_ms();

	while (good && copy_wait(s, s->start.tls, POLLIN, since, r)) {
		uint64_t before = r->bytes;

		if (!hear(s)) {
			gone(r);
			return;
		}
		if (s->msg.type == TLS_DONE && take_done(s, r, most)) {
			settle(s);
			return;
		}
		good = s->msg.type == TLS_PROGRESS && file &&
		    count(s, r, msg_get_u64(&s->msg), most) && msg_done(&s->msg);
		if (r->bytes > before)       /* a word is no progress */
			since = clock_ms();
	}
	if (!good) {
		forged(s);
		gone(r);
	}
}

/* Hand the file over with the message that was begun in s->msg, and see to the end of it. */
static struct copy_result hand_over(struct session *s, int file, enum protect what, uint64_t most)
{
	struct copy_result r = { .end = COPY_DONE };

	s->msg.fd = file;
	s->data.protect = what;
	if (tell(s))
		await_done(s, &r, most);
	else
		gone(&r);
	if (s->data.protect != PROTECT_NONE)
		drop(s, &r, most);
	return r;
}

struct copy_result protect_send(struct session *s, int file, uint64_t offset, uint64_t size)
{
	msg_start(&s->msg, TLS_SEND);
	msg_put_u64(&s->msg, offset);
	msg_put_u64(&s->msg, size);
	return hand_over(s, file, PROTECT_SEND, size - offset);
}

struct copy_result protect_receive(struct session *s, int file, uint64_t most)
{
	struct copy_result r;
	bool capped = most < INT64_MAX;

	if (!capped)
		most = INT64_MAX;
	msg_start(&s->msg, TLS_RECEIVE);
	msg_put_u64(&s->msg, most);
	r = hand_over(s, file, PROTECT_RECEIVE, most);
	/* a file system's own bound ends elsewhere */
	if (capped && r.end == COPY_FILE && r.err == -EFBIG && r.bytes == most)
		r.end = COPY_OVER;
	return r;
}

void protect_finish(struct session *s, struct copy_result *r)
{
	if (s->data.protect == PROTECT_NONE)
		return;
	if (r->end == COPY_DONE && s->data.protect == PROTECT_OPEN) {
		gone(r);             /* nothing was ever moved: that is no end in order */
	} else if (r->end == COPY_DONE) {
		if (s->data.protect == PROTECT_RELAY_OUT)
			(void)shutdown(s->data.fd, SHUT_WR);
		await_done(s, r, 0);
	}
	if (s->data.protect != PROTECT_NONE)
		drop(s, r, 0);       /* what a relay moved was counted where it was read */
}

int protect_clear(struct session *s)
{
	uint32_t err;

	msg_start(&s->msg, TLS_CLEAR);
	if (!tell(s) || !hear_by(s, clock_ms() + CLEARED_WITHIN))
		return -ECONNRESET;
	err = msg_get_u32(&s->msg);
	if (s->msg.type == TLS_CLEARED && msg_done(&s->msg))
		return err == 0 ? 0 : errno_of(err);
	forged(s);
	return -ECONNRESET;
}
