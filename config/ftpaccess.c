/* .ftpaccess files: the language of the configuration, within the bounds of a stranger's file. */
#include "config/ftpaccess.h"

#include "config/memory.h"
#include "config/read.h"
#include "config/value.h"

#include <ctype.h>
#include <string.h>

enum {
	REGEX_TEXT = 1024,           /* libc goes one call deeper for each parenthesis */
	REGEX_EACH = 256,            /* what the shortest one costs */
	REGEX_ONE = 2048,            /* libc's tables grow with the square of it */
};

/* The place behind the set that begins at `p` (a `[`): its `]`, or the text's end. */
static const char *behind_set(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++;
	while (*p != '\0' && *p != ']') {
		char kind = p[1];

		if (*p++ != '[' || kind == '\0' || strchr(".:=", kind) == NULL)
			continue;
		for (p++; *p != '\0' && !(p[0] == kind && p[1] == ']'); p++)
			;
		p += *p != '\0' ? 2 : 0;
	}
	return *p == ']' ? p + 1 : p;
}

/*
 * How often libc writes out what stands before the repetition at `p`, which moves behind it; 0:
 * there is none. What has no upper end takes one copy more. `none`: it may be left out.
 */
static size_t repetitions(const char **p, bool *none)
{
	size_t high = 1, n = 0;
	const char *at = *p;
	bool open = *at == '+', comma = false;

	*none = *at == '*' || *at == '?';
	if (*at == '{') {
		for (at++; isdigit((unsigned char)*at) || (*at == ',' && !comma); at++) {
			*none = *none || (*at == ',' && n == 0);
			comma = comma || *at == ',';
			n = *at == ',' ? 0 : n <= REGEX_ONE ? n * 10 + (size_t)(*at - '0') : n;
			high = n > high ? n : high;
		}
		*none = *none || n == 0;
		open = at[-1] == ',';
		if (*at != '}')
			return 0;
	} else if (*at == '\0' || strchr("*+?", *at) == NULL) {
		return 0;
	}
	*p = at + 1;
	return high + open;
}

/* A group that is open. Both: the alternative at hand, or one before it, may match nothing. */
struct group {
	unsigned short begin;
	bool empty, was_empty;
};

/*
 * Whether the piece at `p`, no repetition and no group's end, matches nothing; `p` moves behind it.
 */
static bool is_anchor(const char **p)
{
	const char *at = *p;
	bool quoted = at[0] == '\\' && at[1] != '\0';

	*p = *at == '[' ? behind_set(at) : at + (quoted ? 2 : 1);
	return quoted ? strchr("bB<>`'", at[1]) != NULL : strchr("^$|(", *at) != NULL;
}

/*
 * What libc makes of an expression: each repetition is written out, one inside the other too, so
 * that thirty "+" in a row ask for a thousand million copies. SIZE_MAX: more than REGEX_ONE; or
 * what takes exponential time, a back-reference and the repetition of what may match nothing.
 */
static size_t regex_cost(const char *p)
{
	struct group group[REGEX_TEXT] = { { .empty = true } }, *g = group;
	size_t cost = 0, last = 0, times;
	bool none = true, empty = true, before = true;   /* the last piece, and what stands before
	                                                    it */

	if (strlen(p) >= REGEX_TEXT)
		return SIZE_MAX;
	while (*p != '\0' && cost <= REGEX_ONE) {
		char c = *p;

		if ((times = repetitions(&p, &none)) > 0) {
			if (empty)
				return SIZE_MAX;
			empty = none;
			cost = last + (cost - last) * times + 1;
		} else if (c == ')' && g > group) {
			empty = g->empty || g->was_empty;
			last = g->begin;
			g--;
			before = g->empty;
			p++;
		} else {
			if (c == '\\' && isdigit((unsigned char)p[1]))
				return SIZE_MAX;
			before = g->empty;
			empty = is_anchor(&p);
			last = cost++;
		}
		if (c == '(') {
			*++g = (struct group){ .begin = (unsigned short)last, .empty = true };
		} else if (c == '|') {
			g->was_empty = g->was_empty || g->empty;
			g->empty = true;
		} else {
			g->empty = before && empty;
		}
	}
	return cost <= REGEX_ONE ? cost + REGEX_EACH : SIZE_MAX;
}

bool stranger_regex(struct reader *r, const char *text)
{
	size_t cost = regex_cost(text);

	if (cost > r->stranger->regex)
		return false;
	r->stranger->regex -= cost;
	return true;
}

static void read_bytes(struct reader *r, const struct ftpaccess_source *src)
{
	struct config *c = r->c;
	size_t size = sizeof *r->words + FTPACCESS_LINE;
	struct file *file = config_alloc(c, sizeof *file);
	struct context *context;

	file->path = config_strdup(c, src->path);
	file->bytes = src->bytes;
	file->len = src->len;
	c->files = file;
	c->nfiles = 1;
	context = context_new(r, CTX_FTPACCESS, file->path);
	c->main.context = r->scope = context;
	r->words = memory_map(size);
	r->words->cap = FTPACCESS_LINE;
	r->words->text = (char *)(r->words + 1);
	read_whole(r, 0);
	memory_unmap(r->words, size);
	file->bytes = NULL;          /* they are the caller's */
	file->len = 0;
}

struct config *ftpaccess_read(const struct ftpaccess_source *src, unsigned *line)
{
	const struct config *main = src->main;
	const struct config_source as = { .path = src->path, .tell = src->tell, .arg = src->arg,
	    .defines = main != NULL ? main->labels : NULL };
	struct stranger left = { .sections = FTPACCESS_SECTIONS, .regex = FTPACCESS_REGEX };
	struct arena plain = { .secret = false };
	struct config *c = arena_alloc(&plain, sizeof *c);
	struct reader r = { .c = c, .src = &as, .stranger = &left, .in = IN_FTPACCESS,
	    .defines = main != NULL ? main->defines : NULL };

	c->plain = plain;
	c->secret.secret = true;
	c->entries_end = &c->entries;
	c->classes_end = &c->classes;
	if (src->len > FTPACCESS_SIZE)
		(void)tell_error(&r, "file", "is larger than %d bytes", FTPACCESS_SIZE);
	else
		read_bytes(&r, src);
	if (r.errors == 0)
		return c;
	*line = left.first.line;
	config_free(c);
	return NULL;
}

const struct context *ftpaccess_context(const struct config *c)
{
	return c->main.context;
}

void ftpaccess_free(struct config *c)
{
	config_free(c);
}
