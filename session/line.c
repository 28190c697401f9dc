/* Command lines out of the control connection's bytes: Telnet, over-long lines, line ends. */
#include "session/line.h"

#include <string.h>

/* RFC 854. Commands are 240 and above; what follows an IAC and is none is an ordinary byte. */
enum { TELNET_COMMAND = 240, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };
enum telnet { IN_DATA, BEHIND_IAC, BEHIND_WILL, BEHIND_DO, BEHIND_REFUSAL };

void line_init(struct line *l, size_t limit)
{
	l->limit = limit;
	l->start = l->end = l->overlong = 0;
	l->telnet = IN_DATA;
	l->nanswer = 0;
}

bool line_resume(struct line *l, uint32_t telnet)
{
	if (telnet > BEHIND_REFUSAL)
		return false;
	l->telnet = (unsigned char)telnet;
	return true;
}

unsigned char *line_room(struct line *l, size_t *n)
{
	if (l->start > 0) {
		memmove(l->bytes, l->bytes + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	*n = sizeof l->bytes - l->end;
	return l->bytes + l->end;
}

static void answer(struct line *l, unsigned char verb, unsigned char option)
{
	if (l->nanswer + 3U > sizeof l->answer)
		return; /* a flood of offers must not make us write more than we read */
	l->answer[l->nanswer++] = IAC;
	l->answer[l->nanswer++] = verb;
	l->answer[l->nanswer++] = option;
}

/*
 * The next state behind byte `c`; `keep` says whether it belongs to the line. We agree to no
 * option, so there is nothing to negotiate: SB is dropped like any other command, since
 * waiting for its end would let one stray byte swallow the rest of the session.
 */
static enum telnet telnet_byte(struct line *l, unsigned char c, bool *keep)
{
	enum telnet state = l->telnet;

	*keep = false;
	switch (state) {
	case IN_DATA:
		*keep = c != IAC;
		return c == IAC ? BEHIND_IAC : IN_DATA;
	case BEHIND_IAC:
		if (c == WILL || c == DO)
			return c == WILL ? BEHIND_WILL : BEHIND_DO;
		if (c == WONT || c == DONT)
			return BEHIND_REFUSAL;
		*keep = c == IAC || c < TELNET_COMMAND; /* an LF still ends the line */
		return IN_DATA;
	case BEHIND_WILL:
		answer(l, DONT, c);
		return IN_DATA;
	case BEHIND_DO:
		answer(l, WONT, c);
		return IN_DATA;
	case BEHIND_REFUSAL:
		return IN_DATA;
	}
	return IN_DATA;
}

void line_received(struct line *l, size_t n)
{
	unsigned char *from = l->bytes + l->end, *to = from;

	if (l->telnet == IN_DATA && memchr(from, IAC, n) == NULL) {
		l->end += n;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool keep;

		l->telnet = (unsigned char)telnet_byte(l, from[i], &keep);
		if (keep)
			*to++ = from[i];
	}
	l->end = (size_t)(to - l->bytes);
}

/* Drop what is there of a line that is too long already; its end is still to come. */
static enum line_result drop(struct line *l)
{
	l->overlong += l->end - l->start;
	l->start = l->end = 0;
	return l->overlong >= LINE_GIVE_UP ? LINE_HOPELESS : LINE_NONE;
}

enum line_result line_take(struct line *l, char **text, size_t *len)
{
	unsigned char *begin = l->bytes + l->start;
	size_t have = l->end - l->start;
	unsigned char *lf = memchr(begin, '\n', have);

	if (lf == NULL)
		return l->overlong > 0 || have > l->limit + 1 ? drop(l) : LINE_NONE;
	have = (size_t)(lf - begin);
	l->start += have + 1;
	if (have > 0 && begin[have - 1] == '\r')
		have--;
	if (l->overlong > 0 || have > l->limit) {
		bool hopeless = l->overlong + have >= LINE_GIVE_UP;

		l->overlong = 0;
		return hopeless ? LINE_HOPELESS : LINE_TOO_LONG;
	}
	begin[have] = '\0';
	*text = (char *)begin;
	*len = have;
	return LINE_COMMAND;
}

bool line_waiting(const struct line *l)
{
	return l->end - l->start > l->limit + 1 ||
	    memchr(l->bytes + l->start, '\n', l->end - l->start) != NULL;
}

bool line_peek(const struct line *l, size_t *at, const char **text, size_t *len)
{
	const unsigned char *begin = l->bytes + l->start + *at;
	const unsigned char *lf = memchr(begin, '\n', l->end - l->start - *at);

	if (lf == NULL)
		return false;
	*text = (const char *)begin;
	*len = (size_t)(lf - begin);
	*at += *len + 1;
	if (*len > 0 && begin[*len - 1] == '\r')
		(*len)--;
	return true;
}
