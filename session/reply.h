#ifndef SESSION_REPLY_H
#define SESSION_REPLY_H

#include "config/bounds.h"
#include "config/strbuf.h"

struct session;

enum { REPLY_LINE = 2 * PATHNAME_SIZE + TEXT_SIZE };   /* one line before encoding; a quoted path */

/* The control connection outward: finished lines that were not sent yet. */
struct reply_state {
	bool broken;                 /* the peer is gone or does not read: everything is dropped */
	unsigned held;               /* reply_hold, less reply_release */
	unsigned open;               /* the code of the multi-line reply that is begun; 0: none */
	size_t len;
	char bytes[2 * REPLY_LINE + 16];   /* one line, each byte doubled, always finds room */
};

/*
 * Everything that goes to the client leaves here (RFC 959, 4.2): byte 255 is doubled,
 * CR, LF and NUL inside a text become "_", so that no name can begin a line of its own. A
 * peer that is gone or does not read (30 s) ends the session; nobody else need check.
 */

/* One line: `code text`. */
void reply(struct session *s, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * The first line of several (`code-text`), and those between; the last is reply() with the same
 * code. A reply_begin inside an open reply is one line more. A line between is sent as
 * it is, but one space in if it would begin with three digits, which clients take for a code.
 */
void reply_begin(struct session *s, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void reply_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Several finished lines are sent with one write: from reply_hold to reply_release, which
 * may be nested. What is held goes out earlier when the buffer is full, and before any wait.
 */
void reply_hold(struct session *s);
void reply_release(struct session *s);
void reply_flush(struct session *s);

/* An argument repeated in a reply, as "%.*s%s": cut, so that its sender does not set the length. */
enum { REPLY_ECHO = 200 };
#define CUT(text) REPLY_ECHO, (text), (strnlen((text), REPLY_ECHO + 1) > REPLY_ECHO ? "..." : "")

/*
 * The reply for a failed action on `arg` (as the client named it): the code and text for
 * an errno (given as -errno) come from one table; a missing file is 550, a full disk 452,
 * a quota or size limit 552, no permission 550 and so on. `code` overrides the table's
 * unless 0. A NULL `arg` is left out.
 */
void reply_errno(struct session *s, unsigned code, const char *arg, int err);
/* Append `path` as 257 wants it: in double quotes, each inner one doubled (RFC 959, app. II). */
void reply_quote(struct strbuf *b, const char *path);

#endif
