#ifndef SESSION_REPLY_H
#define SESSION_REPLY_H

#include "config/strbuf.h"

struct session;

/*
 * Everything that goes to the client leaves here (RFC 959, 4.2): byte 255 is doubled,
 * CR, LF and NUL inside a text become "_" (or NUL as RFC 2640, 3.1 for a pathname's CR).
 * A peer that is gone or does not read (30 s) marks the session broken; nobody else need check.
 */

/* One line: `code text`. */
void reply(struct session *s, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The first line of several (`code-text`), and those between; the last is reply(). */
void reply_begin(struct session *s, unsigned code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void reply_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Several finished lines at once are sent with one write: from reply_hold to reply_release. */
void reply_hold(struct session *s);
void reply_release(struct session *s);

/*
 * The reply for a failed action on `arg` (as the client named it): the code and text for
 * an errno (given as -errno) come from one table; a missing file is 550, a full disk 452, a quota
 * or size limit 552, no permission 550 and so on. `code` overrides the table's unless 0.
 */
void reply_errno(struct session *s, unsigned code, const char *arg, int err);
/* Append `path` as 257 wants it: in double quotes, each inner one doubled (RFC 959, app. II). */
void reply_quote(struct strbuf *b, const char *path);

#endif
