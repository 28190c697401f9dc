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
};

/* The higher of the numbers in the "{m,n}" at `p`; 1 where there is none. */
static size_t repetitions(const char *p)
{
	size_t high = 1, n = 0;

	for (p++; (isdigit((unsigned char)*p) || *p == ',') && n <= FTPACCESS_REGEX; p++) {
		n = *p == ',' ? 0 : n * 10 + (size_t)(*p - '0');
		if (n > high)
			high = n;
	}
	return high;
}

/*
 * What libc makes of an expression: each "{n}" is written out, one inside the other too. SIZE_MAX
 * for one with a back-reference, which is matched in exponential time. Too high at times, never
 * too low: a "{" in brackets counts.
 */
static size_t regex_cost(const char *text)
{
	size_t cost = strlen(text) + 1;

	if (cost > REGEX_TEXT)
		return SIZE_MAX;
	for (; *text; text++) {
		if (text[0] == '\\' && text[1] != '\0') {
			if (isdigit((unsigned char)*++text))
				return SIZE_MAX;
		} else if (*text == '{') {
			cost *= repetitions(text);
			if (cost > FTPACCESS_REGEX)
				return SIZE_MAX;
		}
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
