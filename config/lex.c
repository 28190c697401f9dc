/* Bytes → logical lines → words. */
#include "config/lex.h"

#include <string.h>

enum { ENV_NAME_MAX = 128 };

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
	if (p + 2 < l->len && l->bytes[p] == '\\' && l->bytes[p + 1] == '\r' && l->bytes[p + 2] == '\n')
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
