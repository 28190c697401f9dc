#ifndef SESSION_LINES_H
#define SESSION_LINES_H

#include "config/strbuf.h"
#include "session/copy.h"

struct session;

enum {
	LINES_PIECE = 65536,         /* sent at once */
	LINES_ROOM = 20480,          /* for one line more: a name and a link's target, escaped */
};

/*
 * The lines of a listing on their way: over the data connection in large pieces, or on the
 * control connection as lines between a reply's first and last (STAT, MLST).
 */
struct lines {
	struct session *s;
	bool control;
	struct strbuf text;          /* append a line here, then lines_next */
	struct copy_result r;
};

/* Begin. Returns 0 or -errno; then nothing is to be closed. */
int lines_open(struct lines *l, struct session *s, bool control);
/* End the line. Returns false when the transfer is over (`r`). */
bool lines_next(struct lines *l);
/* Send what is left; the result is in `r`. */
void lines_close(struct lines *l);
/*
 * Append a name: CR and LF, which would end the line, as "?" (RFC 3659 knows no way to send
 * them); all control characters with `plain`, for people's eyes, or as \ooo with `escape`.
 */
void lines_name(struct strbuf *out, const char *name, bool plain, bool escape);

#endif
