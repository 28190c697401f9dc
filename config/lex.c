/* Bytes → logical lines → words. */
#include "config/lex.h"

#include <string.h>
#include <strings.h>

enum { ENV_NAME_MAX = 128 };
enum { SKIP_DEPTH = 16 };        /* sections in each other that lex_skip_section passes over */

void lex_start(struct lex *l, const char *bytes, size_t len)
{
	bool mark = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;

	/* a UTF-8 mark, as some editors write, is not part of the first name */
	*l = (struct lex){ .bytes = bytes, .len = len, .pos = mark ? 3 : 0, .line = 1 };
}

static bool blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* The length of the continuation (backslash, CR, LF) at `p`, or 0. */
static size_t joint(const struct lex *l, size_t p)
{
	if (p + 1 < l->len && l->bytes[p] == '\\' && l->bytes[p + 1] == '\n')
		return 2;
	if (p + 2 < l->len && l->bytes[p] == '\\' && l->bytes[p + 1] == '\r' &&
	    l->bytes[p + 2] == '\n')
		return 3;
	return 0;
}

void lex_skip(struct lex *l)
{
	for (;;) {
		const char *start = l->bytes + l->pos;
		const char *lf = l->pos < l->len ? memchr(start, '\n', l->len - l->pos) : NULL;

		if (lf == NULL) {
			l->pos = l->len;
			return;
		}
		l->pos = (size_t)(lf - l->bytes) + 1;
		l->line++;
		if (lf > start && lf[-1] == '\r')
			lf--;
		if (lf == start || lf[-1] != '\\')
			return;
	}
}

/* One physical line of a section that is passed over. */
struct skipped {
	const char *begin, *end;     /* without its indent and its LF */
	const char *name;            /* of a section line, `n` letters; n 0: another line */
	size_t n;
	bool closes;
};

/*
 * Take the next line that is not blank. False at the end of the bytes, or of a line that goes on.
 */
static bool skip_line(const struct lex *l, size_t *pos, unsigned *line, struct skipped *s)
{
	size_t p = *pos;

	for (; p < l->len && (blank((unsigned char)l->bytes[p]) || l->bytes[p] == '\n'); p++)
		*line += l->bytes[p] == '\n';
	s->begin = l->bytes + p;
	s->end = p < l->len ? memchr(s->begin, '\n', l->len - p) : NULL;
	if (s->end == NULL)
		return false;
	*pos = (size_t)(s->end - l->bytes) + 1;
	++*line;
	if (s->end > s->begin && s->end[-1] == '\r')
		s->end--;
	return s->end == s->begin || s->end[-1] != '\\';
}

/* The name of a section line that is plain and decides nothing about what is read. */
static bool skip_name(struct skipped *s)
{
	const char *p, *end = s->end;

	s->closes = s->begin + 1 < end && s->begin[1] == '/';
	s->name = p = s->begin + 1 + s->closes;
	while (p < end && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
		p++;
	s->n = (size_t)(p - s->name);
	while (end > p && blank((unsigned char)end[-1]))
		end--;
	if (s->n == 0 || p == end || end[-1] != '>' ||
	    (*p == '>' ? p + 1 != end : *p != ' ' && *p != '\t') ||
	    memchr(p, '\\', (size_t)(end - p)) != NULL || memchr(p, '#', (size_t)(end - p)) != NULL)
		return false;
	return ((s->name[0] | 0x20) != 'i' || (s->name[1] | 0x20) != 'f') &&
	    !(s->n == 6 && strncasecmp(s->name, "Global", 6) == 0) &&
	    !(s->n == 11 && strncasecmp(s->name, "VirtualHost", 11) == 0);
}

/* Whether a line may be Include or Define, or one whose name goes on where it cannot be seen. */
static bool skip_asks(const struct skipped *s)
{
	size_t n = (size_t)(s->end - s->begin);
	int c = *s->begin | 0x20;

	if (*s->begin == '\\' || *s->begin == '"')
		return true;
	if (c != 'i' && c != 'd')
		return false;
	return (n >= 7 && strncasecmp(s->begin, "Include", 7) == 0) ||
	    (n >= 6 && strncasecmp(s->begin, "Define", 6) == 0);
}

bool lex_skip_section(struct lex *l)
{
	struct skipped open[SKIP_DEPTH], s;
	size_t depth = 0, pos = l->pos;
	unsigned line = l->line;

	do {
		if (!skip_line(l, &pos, &line, &s))
			return false;
		if (*s.begin != '<') {
			if (skip_asks(&s))
				return false;
			continue;
		}
		if (!skip_name(&s))
			return false;
		if (!s.closes) {
			if (depth == SKIP_DEPTH)
				return false;
			open[depth++] = s;
		} else if (depth-- == 0 || s.n != open[depth].n ||
		    (memcmp(s.name, open[depth].name, s.n) != 0 &&
		    strncasecmp(s.name, open[depth].name, s.n) != 0)) {
			return false;
		}
	} while (depth > 0);
	l->pos = pos;
	l->line = line;
	return true;
}

int lex_peek(struct lex *l)
{
	while (l->pos < l->len) {
		unsigned char c = (unsigned char)l->bytes[l->pos];

		if (blank(c)) {
			l->pos++;
		} else if (c == '\n') {
			l->pos++;
			l->line++;
		} else {
			return c;
		}
	}
	return -1;
}

/* One line on its way from `l` to `w`. */
struct scan {
	struct lex *l;
	struct words *w;
	size_t used;                 /* of w->text */
};

/* The next byte of the logical line, continuations joined; -1 at its end, which is not passed. */
static inline int look(struct scan *s)
{
	struct lex *l = s->l;
	size_t n;

	if (l->pos < l->len && (unsigned char)l->bytes[l->pos] > ' ' && l->bytes[l->pos] != '\\')
		return (unsigned char)l->bytes[l->pos];
	while (l->pos < l->len && (n = joint(l, l->pos)) > 0) {
		l->pos += n;
		l->line++;
	}
	if (l->pos >= l->len || l->bytes[l->pos] == '\n')
		return -1;
	if (l->bytes[l->pos] == '\r' && l->pos + 1 < l->len && l->bytes[l->pos + 1] == '\n')
		return -1;
	if (l->bytes[l->pos] == '\0') {
		s->w->error = "NUL byte in the line";
		return -1;
	}
	return (unsigned char)l->bytes[l->pos];
}

/* The bytes of a word that stand for themselves are taken at once. */
static void put_plain(struct scan *s)
{
	const char *p = s->l->bytes + s->l->pos, *end = s->l->bytes + s->l->len, *from = p;
	size_t n;

	while (p < end && (unsigned char)*p > ' ' && *p != '"' && *p != '\\' && *p != '%')
		p++;
	n = (size_t)(p - from);
	if (n > s->w->cap - s->used)
		return; /* put() says so */
	memcpy(s->w->text + s->used, from, n);
	s->used += n;
	s->l->pos += n;
}

static void put(struct scan *s, char c)
{
	if (s->used >= s->w->cap)
		s->w->error = "line too long";
	else
		s->w->text[s->used++] = c;
}

/* At "%{env:": put what NAME stands for. */
static void put_env(struct scan *s)
{
	struct lex *l = s->l;
	const char *name = l->bytes + l->pos + 6, *value;
	size_t room = l->len - l->pos - 6, n = 0;
	char copy[ENV_NAME_MAX];

	while (n < room && n < sizeof copy && name[n] != '}' && name[n] != '\n' && name[n] != '\0')
		n++;
	if (n == room || n == sizeof copy || name[n] != '}') {
		s->w->error = "%{env: without its }";
		return;
	}
	memcpy(copy, name, n);
	copy[n] = '\0';
	l->pos += 6 + n + 1;
	value = l->env != NULL ? l->env(copy) : NULL;
	if (value == NULL)
		s->w->error = "%{env:…} names a variable that is not set";
	else if (strpbrk(value, "\r\n") != NULL)
		s->w->error = "%{env:…} names a variable of more than one line";
	for (; value != NULL && *value; value++)
		put(s, *value);
}

static bool at_env(const struct lex *l)
{
	return l->len - l->pos >= 6 && memcmp(l->bytes + l->pos, "%{env:", 6) == 0;
}

/* One word; true when it was quoted. */
static bool scan_word(struct scan *s)
{
	struct words *w = s->w;
	int c = look(s);
	bool quoted = c == '"';

	if (w->n == WORDS_MAX) {
		w->error = "too many words";
		return false;
	}
	w->word[w->n++] = w->text + s->used;
	if (quoted)
		s->l->pos++;
	put_plain(s);
	while ((c = look(s)) >= 0 && (quoted ? c != '"' : !blank(c))) {
		if (c == '%' && at_env(s->l)) {
			put_env(s);
			if (w->error != NULL)
				break;
			continue;
		}
		s->l->pos++;
		if (quoted && c == '\\' && look(s) >= 0) {
			c = look(s);
			s->l->pos++;
		}
		put(s, (char)c);
	}
	if (quoted && c == '"')
		s->l->pos++;
	else if (quoted && w->error == NULL)
		w->unbalanced = true;
	put(s, '\0');
	return quoted;
}

/* Take the ">" off a section's last word. */
static void close_section(struct words *w, bool quoted)
{
	char *last = w->word[w->n - 1];
	size_t n = strlen(last);

	w->section = true;
	if (quoted || n == 0 || last[n - 1] != '>') {
		w->error = "a section's name ends in >";
		return;
	}
	last[n - 1] = '\0';
	if (n == 1)
		w->n--;
}

static void skip_comment(struct lex *l, struct words *w)
{
	unsigned line = l->line;

	lex_skip(l);
	if (l->line > line + 1)
		w->comment_line = line;
}

bool lex_line(struct lex *l, struct words *w)
{
	struct scan s = { .l = l, .w = w };
	bool quoted = false;
	int c = -1;

	w->n = 0;
	w->section = w->unbalanced = false;
	w->comment_line = 0;
	w->error = NULL;
	while (w->n == 0) {
		if (lex_peek(l) < 0)
			return false;
		w->line = l->line;
		while (w->error == NULL && (c = look(&s)) >= 0) {
			if (blank(c))
				l->pos++;
			else if (c == '#')
				break;
			else
				quoted = scan_word(&s);
		}
		if (w->error != NULL)
			break;
		if (c == '#')
			skip_comment(l, w);
		else
			lex_skip(l);
	}
	if (w->error != NULL)
		lex_skip(l);
	else if (w->word[0][0] == '<')
		close_section(w, quoted);
	return true;
}
