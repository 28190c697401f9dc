/* RFC 1413: the question, the child that asks it, and what is taken from the reply. */
#include "auth/ident.h"

#include "auth/monitor.h"
#include "config/context.h"
#include "config/io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IDENT_PORT = 113, PORT_MAX = 65535,
	END_GRACE = 500,             /* ms for a child that has answered to be gone */
};

/* Where a reply is read: a cursor over bytes that a stranger sent. */
struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static bool take_mark(struct cursor *c, char mark)
{
	skip_blanks(c);
	if (c->at == c->end || *c->at != mark)
		return false;
	c->at++;
	return true;
}

static bool take_port(struct cursor *c, unsigned port)
{
	unsigned v = 0, digits = 0;

	skip_blanks(c);
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9' && v <= PORT_MAX; c->at++, digits++)
		v = v * 10 + (unsigned)(*c->at - '0');
	return digits > 0 && v == port;
}

/* A field up to its colon. */
static bool take_field(struct cursor *c, struct strbuf *out)
{
	const char *colon;

	skip_blanks(c);
	colon = memchr(c->at, ':', (size_t)(c->end - c->at));
	if (colon == NULL)
		return false;
	strbuf_addn(out, c->at, (size_t)(colon - c->at));
	c->at = colon + 1;
	while (out->len > 0 && (out->buf[out->len - 1] == ' ' || out->buf[out->len - 1] == '\t'))
		strbuf_cut(out, out->len - 1);
	return !out->full;
}

static bool plain(char c)
{
	return c > ' ' && c < 0x7f;
}

bool ident_parse(const char *reply, size_t n, unsigned peer_port, unsigned local_port,
    struct strbuf *out)
{
	const char *lf = memchr(reply, '\n', n);
	struct cursor c = { reply, lf != NULL ? lf : reply + n };
	STRBUF(kind, 16);
	STRBUF(system, 256);

	while (c.end > c.at && (c.end[-1] == '\r' || c.end[-1] == ' '))
		c.end--;
	if (!take_port(&c, peer_port) || !take_mark(&c, ',') || !take_port(&c, local_port) ||
	    !take_mark(&c, ':') || !take_field(&c, &kind) || strcmp(kind.buf, "USERID") != 0 ||
	    !take_field(&c, &system))
		return false;
	skip_blanks(&c);
	/* a name of fields or lines, or of no end, is somebody's who wants to write our logs */
	for (; c.at < c.end && plain(*c.at); c.at++)
		strbuf_addc(out, *c.at);
	return out->len > 0 && !out->full && c.at == c.end;
}

/* What the child is told. */
struct question {
	struct addr peer, local;
};

static bool ready(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n = 0;

	while ((left = deadline - clock_ms()) > 0 && (n = poll(&p, 1, (int)left)) < 0 &&
	    errno == EINTR)
		;
	return left > 0 && n > 0;
}

/* From the address that the client came to: another one's question would not be answered. */
static int open_connection(const struct question *q, int64_t deadline)
{
	struct sockaddr_storage from, to;
	struct addr here = q->local, there = q->peer;
	socklen_t from_len, to_len, size = sizeof(int);
	int fd, err = 0;

	here.port = 0;
	there.port = IDENT_PORT;
	from_len = addr_to(&here, false, &from);
	to_len = addr_to(&there, false, &to);
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&from, from_len) == 0 &&
	    (connect(fd, (struct sockaddr *)&to, to_len) == 0 ||
	    (errno == EINPROGRESS && ready(fd, POLLOUT, deadline) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) == 0 && err == 0)))
		return fd;
	(void)close(fd);
	return -1;
}

static size_t read_line(int fd, char *line, size_t size, int64_t deadline)
{
	size_t n = 0;

	while (n < size && memchr(line, '\n', n) == NULL && ready(fd, POLLIN, deadline)) {
		ssize_t k = read(fd, line + n, size - n);

		if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR))
			break;
		n += k > 0 ? (size_t)k : 0;
	}
	return n;
}

static int ask(void *arg, int keep, int out)
{
	const struct question *q = arg;
	int64_t deadline = clock_ms() + IDENT_MS;
	char line[IDENT_LINE];
	STRBUF(name, IDENT_SIZE);
	STRBUF(text, 64);
	int fd;

	(void)keep;
	fd = open_connection(q, deadline);
	if (fd < 0)
		return 1;
	/* small enough for the buffer of a fresh connection */
	strbuf_addf(&text, "%u, %u\r\n", (unsigned)q->peer.port, (unsigned)q->local.port);
	if (send(fd, text.buf, text.len, MSG_NOSIGNAL) != (ssize_t)text.len)
		return 1;
	if (!ident_parse(line, read_line(fd, line, sizeof line, deadline), q->peer.port,
	    q->local.port, &name))
		return 1;
	return write_all(out, name.buf, name.len) < 0;
}

void ident_start(struct ident_query *i, const struct monitor *m)
{
	struct question q = { m->peer, m->local };

	if (i->asked || !SETTING(m->server, D_IDENT_LOOKUPS, ident_lookups))
		return;
	i->asked = true;
	i->done = helper_start(&i->helper, m, NULL, -1, ask, &q) < 0;
	i->helper.deadline = clock_ms() + IDENT_MS;
}

/* What the child wrote is believed no more than what it read. */
static bool good_name(const char *name)
{
	size_t n = 0;

	while (plain(name[n]))
		n++;
	return n > 0 && name[n] == '\0';
}

const char *ident_name(struct ident_query *i, bool wait)
{
	struct pollfd p = { .fd = i->helper.fd, .events = POLLIN };

	if (!i->asked)
		return NULL;
	if (!i->done) {
		if (poll(&p, 1, 0) > 0)
			i->helper.deadline = clock_ms() + END_GRACE; /* it came in time, whenever
			                                                that was */
		else if (!wait && clock_ms() < i->helper.deadline)
			return NULL;
		if (helper_wait(&i->helper, i->name, sizeof i->name) != 0 || !good_name(i->name))
			i->name[0] = '\0';
		i->done = true;
	}
	return i->name[0] != '\0' ? i->name : NULL;
}

void ident_leave(const struct ident_query *i)
{
	if (i->asked && !i->done)
		(void)close(i->helper.fd);
}
