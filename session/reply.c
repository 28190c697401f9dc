/* Replies: encoding, multi-line form, and the one place that writes to the client. */
#include "session/reply.h"

#include "config/io.h"
#include "session/session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { READ_WITHIN = 30000 };    /* ms that a client has to take a reply */

static void broken(struct session *s)
{
	s->reply.broken = true;
	s->reply.len = 0;
	session_end(s, "Peer gone", NULL);
}

/* Wait until the client reads on. False when it does not in time, or the monitor is gone. */
static bool wait_writable(struct session *s, int64_t deadline)
{
	struct pollfd p[] = {
		{ .fd = s->start.client, .events = POLLOUT },
		{ .fd = s->start.monitor },
	};
	int64_t left = deadline - clock_ms();

	if (left <= 0)
		return false;
	if (poll(p, 2, (int)left) < 0 && errno != EINTR)
		return false;
	return (p[1].revents & POLLHUP) == 0;
}

void reply_flush(struct session *s)
{
	struct reply_state *r = &s->reply;
	int64_t deadline = 0;
	size_t at = 0;

	while (at < r->len) {
		ssize_t n = send(s->start.client, r->bytes + at, r->len - at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			at += (size_t)n;
			s->raw_out += (uint64_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (deadline == 0)
			deadline = clock_ms() + READ_WITHIN;
		if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_writable(s, deadline)) {
			broken(s);
			return;
		}
	}
	r->len = 0;
}

/* Make the bytes from `begin` on fit for the wire: byte 255 doubled, nothing that ends a line. */
static void encode(struct reply_state *r, size_t begin)
{
	size_t n = r->len - begin, extra = 0;
	char *p = r->bytes + begin;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' || p[i] == '\n' || p[i] == '\0')
			p[i] = '_';
		extra += p[i] == '\377';
	}
	r->len += extra;
	for (size_t i = n; extra > 0 && i-- > 0;) {
		p[i + extra] = p[i];
		if (p[i] == '\377')
			p[i + --extra] = p[i];
	}
}

static bool three_digits(const char *s)
{
	return strspn(s, "0123456789") >= 3;
}

/* The text of a line to the end of the buffer. Returns its length, cut to REPLY_LINE. */
__attribute__((format(printf, 2, 0)))
static size_t format(struct reply_state *r, const char *fmt, va_list ap)
{
	size_t room = sizeof r->bytes - r->len;
	int n = vsnprintf(r->bytes + r->len, room < REPLY_LINE ? room : REPLY_LINE, fmt, ap);

	return n < 0 ? 0 : n < REPLY_LINE ? (size_t)n : REPLY_LINE - 1;
}

/* One line: `code` and `mark` (' ' or '-') before the text unless `code` is 0. */
__attribute__((format(printf, 4, 0)))
static void line(struct session *s, unsigned code, char mark, const char *fmt, va_list ap)
{
	struct reply_state *r = &s->reply;
	size_t begin, n;
	va_list again;

	va_copy(again, ap);
	n = format(r, fmt, again);
	va_end(again);
	if (sizeof r->bytes - r->len < 2 * n + 8) {
		reply_flush(s);
		n = format(r, fmt, ap);
	}
	if (r->broken) {             /* nobody hears it, but the log tells how the command ended */
		if (code != 0 && mark == ' ')
			record_reply(s, code, r->bytes + r->len, n);
		return;
	}
	begin = r->len;
	if (code != 0) {
		memmove(r->bytes + begin + 4, r->bytes + begin, n);
		memcpy(r->bytes + begin, (char[]){ (char)('0' + code / 100 % 10),
		    (char)('0' + code / 10 % 10), (char)('0' + code % 10), mark }, 4);
		n += 4;
	} else if (three_digits(r->bytes + begin)) {
		memmove(r->bytes + begin + 1, r->bytes + begin, n);
		r->bytes[begin] = ' ';
		n++;
	}
	r->len += n;
	if (code != 0 && mark == ' ')
		record_reply(s, code, r->bytes + begin + 4, n - 4);
	encode(r, begin);
	memcpy(r->bytes + r->len, "\r\n", 2);
	r->len += 2;
	if (r->held == 0)
		reply_flush(s);
}

void reply(struct session *s, unsigned code, const char *fmt, ...)
{
	va_list ap;

	s->reply.open = 0;
	va_start(ap, fmt);
	line(s, code, ' ', fmt, ap);
	va_end(ap);
}

void reply_begin(struct session *s, unsigned code, const char *fmt, ...)
{
	bool first = s->reply.open == 0;
	va_list ap;

	s->reply.open = code;
	va_start(ap, fmt);
	line(s, first ? code : 0, '-', fmt, ap);
	va_end(ap);
}

void reply_line(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(s, 0, ' ', fmt, ap);
	va_end(ap);
}

void reply_hold(struct session *s)
{
	s->reply.held++;
}

void reply_release(struct session *s)
{
	if (--s->reply.held == 0)
		reply_flush(s);
}

static const struct {
	int err;
	unsigned code;
	const char *text;
} failures[] = {
	{ ENOENT, 550, "No such file or directory" },
	{ EACCES, 550, "Permission denied" },
	{ EPERM, 550, "Operation not permitted" },
	{ ESRCH, 550, "No such group" },
	{ EROFS, 550, "Read-only file system" },
	{ EEXIST, 550, "File exists" },
	{ ENOTDIR, 550, "Not a directory" },
	{ EISDIR, 550, "Is a directory" },
	{ ENOTEMPTY, 550, "Directory not empty" },
	{ EINVAL, 550, "Not a plain file or directory" },
	{ ENXIO, 550, "Not a plain file or directory" },
	{ EXDEV, 550, "On another file system" },
	{ EBUSY, 550, "Resource busy" },
	{ ETXTBSY, 550, "File in use" },
	{ ELOOP, 550, "Too many symbolic links" },
	{ ENAMETOOLONG, 550, "Name too long" },
	{ EMLINK, 550, "Too many links" },
	{ E2BIG, 550, "Too many matches" },
	{ ENOTSUP, 550, "Not supported here" },
	{ EAGAIN, 450, "The file changed meanwhile, try again" },
	{ EDQUOT, 552, "Disk quota exceeded" },
	{ EFBIG, 552, "File too large" },
	{ ENOSPC, 452, "No space left on device" },
	{ EIO, 451, "Input/output error" },
	{ ENOMEM, 451, "Out of memory" },
	{ EMFILE, 451, "Too many open files" },
	{ ENFILE, 451, "Too many open files" },
};

void reply_errno(struct session *s, unsigned code, const char *arg, int err)
{
	const char *text = "Local error";
	unsigned usual = 451;

	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		if (failures[i].err == -err) {
			text = failures[i].text;
			usual = failures[i].code;
			break;
		}
	}
	if (arg == NULL)
		reply(s, code ? code : usual, "%s.", text);
	else
		reply(s, code ? code : usual, "%.*s%s: %s.", CUT(arg), text);
}

void reply_quote(struct strbuf *b, const char *path)
{
	strbuf_addc(b, '"');
	for (; *path != '\0'; path++) {
		if (*path == '"')
			strbuf_addc(b, '"');
		strbuf_addc(b, *path);
	}
	strbuf_addc(b, '"');
}
