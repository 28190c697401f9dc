#ifndef SESSION_LINE_H
#define SESSION_LINE_H

#include "config/bounds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The control connection inward: bytes to command lines, Telnet out of the way (RFC 959,
 * 5.3; RFC 1123, 4.1.2.10). A line ends at LF, a CR before it goes with it. IAC sequences are
 * dropped (IAC IAC is one 0xFF); refusals of WILL and DO are due in `answer`, which the
 * caller sends and empties. No state but this struct, no I/O: pure and bounded.
 */
struct line {
	size_t limit;                /* CommandBufferSize: the longest line */
	size_t start, end;           /* bytes[start..end): received and not yet taken */
	size_t overlong;             /* bytes dropped of a line that is too long; 0: none */
	unsigned char telnet;        /* state of the IAC parser */
	unsigned char answer[6];     /* DONT or WONT due to the peer; more than two: not answered */
	unsigned char nanswer;
	unsigned char bytes[LINE_LIMIT + 4];
};

enum line_result {
	LINE_NONE,                   /* no whole line yet */
	LINE_COMMAND,                /* a line: `text`, `len`, NUL-terminated behind */
	LINE_TOO_LONG,               /* the end of an over-long line: one 500 */
	LINE_HOPELESS,               /* LINE_GIVE_UP bytes and no end: 421 */
};

void line_init(struct line *l, size_t limit);
/*
 * Go on in the Telnet state (`telnet`) that another line was left in. False: there is no such
 * state.
 */
bool line_resume(struct line *l, uint32_t telnet);
/*
 * Where to receive into, and how much (never 0 behind a LINE_NONE; 0 when lines that wait fill
 * the buffer). What was put there is taken with line_received.
 */
unsigned char *line_room(struct line *l, size_t *n);
void line_received(struct line *l, size_t n);
/*
 * Take the next line. `text` stays good until the next call of any of these functions.
 * It may hold NULs and every other byte but LF: the caller decides.
 */
enum line_result line_take(struct line *l, char **text, size_t *len);
/* Whether line_take has something to give, or bytes of a line too long to drop. */
bool line_waiting(const struct line *l);
/*
 * Look at the lines that wait, one a call, without taking them: `at` begins 0. Returns false
 * behind the last. `text` is not NUL-terminated.
 */
bool line_peek(const struct line *l, size_t *at, const char **text, size_t *len);

#endif
