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
 * there is none. What has no upper end takes one copy more, a "+" too.
 */
static size_t repetitions(const char **p)
{
	size_t high = 1, n = 0;
	const char *at = *p;
	bool open = *at == '+';

	if (*at == '{') {
		for (at++; (isdigit((unsigned char)*at) || (*at == ',' && !open)); at++) {
			open = open || *at == ',';
			n = *at == ',' ? 0 : n <= REGEX_ONE ? n * 10 + (size_t)(*at - '0') : n;
			high = n > high ? n : high;
		}
		open = at[-1] == ',';
		if (*at != '}')
			return 0;
	} else if (*at == '\0' || strchr("*+?", *at) == NULL) {
		return 0;
	}
	*p = at + 1;
	return high + open;
}

/*
 * What libc makes of an expression: each repetition is written out, one inside the other too, so
 * that thirty "+" in a row ask for a thousand million copies. SIZE_MAX: more than REGEX_ONE, or a
 * back-reference, which is matched in exponential time.
 */
static size_t regex_cost(const char *p)
{
	unsigned short begin[REGEX_TEXT];    /* of each group that is open */
	size_t cost = 0, last = 0, depth = 0, times;

	if (strlen(p) >= REGEX_TEXT)
		return SIZE_MAX;
	while (*p != '\0') {
		if ((times = repetitions(&p)) > 0) {
			cost = last + (cost - last) * times + 1;
		} else if (*p == ')' && depth > 0) {
			last = begin[--depth];
			p++;
		} else {
			if (*p == '(')
				begin[depth++] = (unsigned short)cost;
			else if (p[0] == '\\' && isdigit((unsigned char)p[1]))
				return SIZE_MAX;
			last = cost++;
			p = *p == '[' ? behind_set(p) : p + (p[0] == '\\' && p[1] != '\0' ? 2 : 1);
		}
		if (cost > REGEX_ONE)
			return SIZE_MAX;
	}
	return cost + REGEX_EACH;
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
