/* The configuration as it was read: each line with its place, in a form that can be read again. */
#include "config/read.h"

#include "config/strbuf.h"

#include <string.h>
#include <strings.h>

/* Whether a word would be read as something else without quotes. */
static bool needs_quotes(const char *word)
{
	return *word == '\0' || *word == '"' || *word == '#' ||
	    strpbrk(word, " \t\r\f\v") != NULL ||
	    word[strlen(word) - 1] == '\\';
}

static void add_word(struct strbuf *out, const char *word)
{
	if (!needs_quotes(word)) {
		strbuf_add(out, word);
		return;
	}
	strbuf_addc(out, '"');
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *word);
	}
	strbuf_addc(out, '"');
}

void dump_add(struct reader *r, const struct words *w)
{
	bool closing = w->section && w->word[0][1] == '/';
	/* a hash is for the monitor's eyes; what is printed may end in a ticket or a mail */
	bool hash = strcasecmp(w->word[0], "UserPassword") == 0;
	size_t size = 8;
	struct entry *e;
	struct strbuf text;

	if (r->mode == READ_SKIP || strcasecmp(w->word[0], "Include") == 0)
		return;
	for (size_t i = 0; i < w->n; i++)
		size += 2 * strlen(w->word[i]) + 16;
	e = config_alloc(r->c, sizeof *e);
	strbuf_init(&text, config_alloc(r->c, size), size);
	for (size_t i = 0; i < w->n; i++) {
		strbuf_add(&text, i > 0 ? " " : "");
		add_word(&text, hash && i == 2 ? "(hidden)" : w->word[i]);
	}
	strbuf_add(&text, w->section ? ">" : "");
	e->where = r->here;
	e->depth = r->depth - (closing && r->depth > 0);
	e->text = text.buf;
	e->d = w->section ? NULL : directive_find(w->word[0]);
	e->in = r->in;
	e->context = r->scope;
	e->limit = r->limit;
	e->class = r->class;
	*r->c->entries_end = e;
	r->c->entries_end = &e->next;
}

void dump_cut(struct reader *r, struct entry **end)
{
	*end = NULL;
	r->c->entries_end = end;
}

void config_dump(const struct config *c, FILE *out)
{
	for (const struct entry *e = c->entries; e != NULL; e = e->next) {
		STRBUF(where, PATHNAME_SIZE);

		config_where(c, e->where, &where);
		for (unsigned i = 0; i < e->depth; i++)
			(void)fputc('\t', out);
		(void)fprintf(out, "%s # %s\n", e->text, where.buf);
	}
}
