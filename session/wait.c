/* The one place that waits: lines, data, signals, the monitor and every timeout. */
#include "session/session.h"

#include "config/io.h"
#include "config/log.h"
#include "session/command.h"
#include "session/state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Refusals of Telnet options are not replies: they go as they are, and if they fail, they fail. */
static void answer_telnet(struct session *s)
{
	struct line *l = &s->line;

	if (l->nanswer > 0)
		(void)send(s->start.client, l->answer, l->nanswer, MSG_NOSIGNAL | MSG_DONTWAIT);
	l->nanswer = 0;
}

static void read_control(struct session *s)
{
	size_t room;
	unsigned char *to = line_room(&s->line, &room);
	ssize_t n = room > 0 ? recv(s->start.client, to, room, MSG_DONTWAIT) : -1;

	if (n > 0) {
		line_received(&s->line, (size_t)n);
		s->raw_in += (uint64_t)n;
		answer_telnet(s); /* last_input waits for a whole line: bytes keep nobody alive */
	} else if (n == 0) {
		s->eof = true;
	} else if (room == 0 || (errno != EAGAIN && errno != EINTR)) {
		s->eof = s->reply.broken = true; /* without room: POLLHUP or POLLERR said so */
		session_end(s, "Connection lost", NULL);
	}
}

static bool is_line(const char *text, size_t len, const char *verb)
{
	size_t n = strlen(verb);

	while (len > n && text[len - 1] == ' ')
		len--;
	return len == n && strncasecmp(text, verb, n) == 0;
}

static bool line_among(const struct session *s, const char *verb)
{
	const char *text;
	size_t at = 0, len;

	while (line_peek(&s->line, &at, &text, &len))
		if (is_line(text, len, verb))
			return true;
	return false;
}

/* What a transfer does about the lines that wait. True: ABOR is among them. */
static bool look_at_lines(struct session *s)
{
	char stat[] = "STAT", *text;
	const char *first;
	size_t at = 0, len;

	while (line_peek(&s->line, &at, &first, &len) && is_line(first, len, stat)) {
		struct record *aside = record_aside(s);

		(void)line_take(&s->line, &text, &len);
		command_dispatch(s, stat, sizeof stat - 1);
		record_back(s, aside);
		at = 0;
	}
	if (!line_among(s, "ABOR"))
		return false;
	s->data.aborted = true;
	return true;
}

/* The next moment at which something is over; `kind` and `seconds` say what. 0: never. */
struct deadline {
	int64_t at;
	const char *kind;
	const char *text;
	unsigned seconds;
};

static void sooner(struct deadline *d, int64_t from, unsigned seconds, const char *kind,
    const char *text)
{
	int64_t at = from + (int64_t)seconds * 1000;

	if (seconds > 0 && (d->at == 0 || at < d->at))
		*d = (struct deadline){ at, kind, text, seconds };
}

/* What goes on: TimeoutIdle and TimeoutNoTransfer count where it is the client's turn. */
enum waiting { FOR_LINE, FOR_DATA, FOR_TIME };

static struct deadline next_deadline(const struct session *s, enum waiting what)
{
	struct deadline d = { .at = 0 };

	if (!s->logged_in && s->start.login_deadline != 0)
		d = (struct deadline){ s->start.login_deadline, "TimeoutLogin", "No login within",
		    SETTING(s->base, D_TIMEOUT_LOGIN, timeout_login) };
	if (what != FOR_TIME)
		sooner(&d, s->last_input, SETTING(s->base, D_TIMEOUT_IDLE, timeout_idle),
		    "TimeoutIdle", "Idle for");
	if (s->logged_in)
		sooner(&d, s->connected_at, s->timeout_session, "TimeoutSession",
		    "A session may last");
	if (s->logged_in && what == FOR_LINE)
		sooner(&d, s->last_transfer,
		    SETTING(s->base, D_TIMEOUT_NO_TRANSFER, timeout_no_transfer),
		    "TimeoutNoTransfer", "No transfer for");
	return d;
}

static void check_deadline(struct session *s, const struct deadline *d, int64_t now)
{
	STRBUF(text, TEXT_SIZE);

	if (d->at == 0 || now < d->at)
		return;
	strbuf_addf(&text, "%s %u seconds, goodbye.", d->text, d->seconds);
	session_end(s, d->kind, text.buf);
}

/* One poll, and what it brought but for data_fd, whose events it returns. */
static short wait_once(struct session *s, int data_fd, short events, int64_t until, int64_t now)
{
	struct timespec ts = { .tv_sec = 0 }, *timeout = NULL;
	size_t room = sizeof s->line.bytes - (s->line.end - s->line.start);
	struct pollfd p[] = {
		{ .fd = s->eof ? -1 : s->start.client, .events = room > 0 ? POLLIN : 0 },
		{ .fd = s->start.monitor, .events = POLLIN },
		{ .fd = data_fd, .events = events },
	};
	sigset_t none;

	if (until != 0) {
		int64_t ms = until > now ? until - now : 0;

		ts = (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
		timeout = &ts;
	}
	(void)sigemptyset(&none);
	if (ppoll(p, data_fd >= 0 ? 3 : 2, timeout, &none) < 0) {
		if (errno != EINTR)
			fatal("poll: %s", strerror(errno));
		return 0;
	}
	if (p[1].revents != 0)
		priv_hear(s);
	if (p[0].revents != 0)
		read_control(s);
	return p[2].revents;
}

/* What ends the session or this wait before anything else is waited for. */
static bool over(struct session *s, bool transfer, enum wait_result *result)
{
	if (session_signalled)
		session_end(s, "SIGTERM", "The server is being stopped, goodbye.");
	if (transfer ? s->eof && !line_among(s, "QUIT") : s->eof && !line_waiting(&s->line))
		session_end(s, "Connection closed by the client", NULL);
	if (transfer && !s->ending && look_at_lines(s))
		*result = WAIT_ABORTED;
	else if (s->ending)
		*result = WAIT_GONE;
	else if (!transfer && line_waiting(&s->line))
		*result = WAIT_LINE;
	else
		return false;
	return true;
}

/* TimeoutSession, which a connection that is always ready must not outrun. */
static void limit_length(struct session *s, int64_t now)
{
	struct deadline d = { .at = 0 };

	if (!s->logged_in || s->timeout_session == 0)
		return;
	sooner(&d, s->connected_at, s->timeout_session, "TimeoutSession", "A session may last");
	check_deadline(s, &d, now);
}

enum wait_result session_wait(struct session *s, int data_fd, short events, int64_t stalled_ms)
{
	bool transfer = data_fd >= 0;
	int64_t now = clock_ms(), stalled_at = stalled_ms > 0 ? now + stalled_ms : 0;
	enum wait_result result;

	reply_flush(s);
	limit_length(s, now);
	while (!over(s, transfer, &result)) {
		struct deadline d = next_deadline(s, transfer ? FOR_DATA : FOR_LINE);
		bool stall = stalled_at != 0 && (d.at == 0 || stalled_at < d.at);
		int64_t until = stall ? stalled_at : d.at, look = state_look(s, now, transfer);

		if (!transfer) {
			check_deadline(s, &d, now);
			if (s->ending)
				continue;
		}
		if (look != 0 && (until == 0 || look < until))
			until = look;
		if (wait_once(s, data_fd, events, until, now) != 0) {
			s->last_input = clock_ms();
			return over(s, transfer, &result) ? result : WAIT_DATA;
		}
		now = clock_ms();
		if (stall && now >= stalled_at)
			return WAIT_STALLED;
		/* a line that came in time counts, however late this process looks */
		if (transfer || !line_waiting(&s->line))
			check_deadline(s, &d, now);
	}
	return result;
}

bool session_pause(struct session *s, int64_t ms)
{
	int64_t now = clock_ms(), until = now + ms;

	reply_flush(s);
	while (!s->ending && now < until) {
		struct deadline d = next_deadline(s, FOR_TIME);
		int64_t next = d.at != 0 && d.at < until ? d.at : until;

		(void)wait_once(s, -1, 0, next, now);
		now = clock_ms();
		if (session_signalled)
			session_end(s, "SIGTERM", "The server is being stopped, goodbye.");
		check_deadline(s, &d, now);
	}
	s->last_input = now;         /* or what runs next would be idle already */
	return !s->ending;
}

enum wait_result session_throttle(struct session *s, int64_t ms)
{
	int64_t now = clock_ms(), until = now + ms;
	enum wait_result result;

	reply_flush(s);
	while (!over(s, true, &result)) {
		struct deadline d = next_deadline(s, FOR_TIME);
		int64_t next = d.at != 0 && d.at < until ? d.at : until,
		    look = state_look(s, now, true);

		if (now >= until) {
			s->last_input = now; /* it was not the client's turn */
			return WAIT_STALLED;
		}
		if (look != 0 && look < next)
			next = look;
		(void)wait_once(s, -1, 0, next, now);
		now = clock_ms();
		check_deadline(s, &d, now);
	}
	return result;
}
