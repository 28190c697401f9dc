/* The one pass over a configuration: lines in, sections and directives applied, errors told. */
#include "config/read.h"

#include "config/special.h"
#include "config/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MESSAGE_SIZE = 2 * TEXT_SIZE };

static void tell_line(struct reader *r, enum config_severity severity, char *line)
{
	if (severity == CONFIG_ERROR && r->errors++ >= CONFIG_ERRORS)
		return;
	/* a value with an escape sequence must not reach a terminal */
	for (char *p = line; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	r->src->tell(r->src->arg, severity, line);
}

static void __attribute__((format(printf, 5, 0))) tell_list(struct reader *r,
    enum config_severity severity, struct origin where, const char *name, const char *fmt,
    va_list ap)
{
	char reason[MESSAGE_SIZE];
	STRBUF(line, MESSAGE_SIZE + PATHNAME_SIZE);

	if (severity == CONFIG_ERROR && r->errors == 0 && r->stranger != NULL)
		r->stranger->first = where;
	(void)vsnprintf(reason, sizeof reason, fmt, ap); /* what does not fit is not missed */
	config_where(r->c, where, &line);
	strbuf_addf(&line, ": %.*s: %s", NAME_SIZE, name, reason);
	tell_line(r, severity, line.buf);
}

int tell_at(struct reader *r, enum config_severity severity, struct origin where, const char *name,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_list(r, severity, where, name, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int tell_error(struct reader *r, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_list(r, CONFIG_ERROR, r->here, name, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void tell_warning(struct reader *r, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_list(r, CONFIG_WARNING, r->here, name, fmt, ap);
	va_end(ap);
}

void tell_note(struct reader *r, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_list(r, CONFIG_NOTE, r->here, name, fmt, ap);
	va_end(ap);
}

void add_place(struct reader *r, struct origin where, struct strbuf *out)
{
	strbuf_addf(out, "line %u", (unsigned)where.line);
	if (where.file != r->here.file)
		strbuf_addf(out, " of %s", config_file(r->c, where));
}

/* "<Limit" or "</Limit" → "<Limit>" in `out`. */
static void section_name(const char *word, struct strbuf *out)
{
	word += word[1] == '/' ? 2 : 1;
	strbuf_addc(out, '<');
	strbuf_addn(out, word, strnlen(word, out->cap - 3));
	strbuf_addc(out, '>');
}

/* directive_find, which most lines of a long file ask the same few questions. */
static const struct directive *find_row(struct reader *r, const char *name)
{
	size_t n = strlen(name);
	const struct directive **slot;

	if (n < 2)
		return directive_find(name);
	slot = &r->recent[(n + (unsigned char)name[1] + (unsigned char)name[n - 1] * 7U +
	    (unsigned char)name[n / 2] * 3U) % RECENT];
	if (*slot == NULL || strcmp((*slot)->name, name) != 0)
		*slot = directive_find(name);
	return *slot;
}

static void section_line(struct reader *r, struct words *w)
{
	const struct directive *d;
	unsigned depth = r->depth;
	STRBUF(name, SECTION_NAME);

	section_name(w->word[0], &name);
	if (w->word[0][1] == '/') {
		if (w->n > 1)
			(void)tell_error(r, name.buf, "a closing line takes no argument");
		section_close(r, name.buf);
		return;
	}
	d = r->mode == READ_SKIP ? NULL : find_row(r, name.buf);
	if (d == NULL && (r->mode == READ_BUILD || r->mode == READ_OVER))
		directive_unknown(r, name.buf);
	else if (d != NULL && (r->mode == READ_BUILD || d->reader == DO_open_if ||
	    d->reader == DO_open_version || (r->mode == READ_OVER &&
	    (d->reader == DO_open_global || d->reader == DO_open_virtualhost))))
		directive_apply(r, d, w->n, w->word);
	if (r->depth == depth && !r->stop)   /* not read, or refused: its end is still due */
		section_open(r, name.buf, r->mode == READ_OVER || r->mode == READ_INNER ?
		    READ_INNER : READ_SKIP);
}

/* What of another server's block decides whether it is chosen, and which files it is made of. */
static void line_read_over(struct reader *r, const struct directive *d, struct words *w)
{
	if (d->reader == DO_read_define || d->reader == DO_read_include ||
	    d->reader == DO_read_include_options)
		(void)reader_call(r, d, w->n, w->word);
	else if (r->mode == READ_OVER && (d->id == D_PORT || d->id == D_DEFAULT_SERVER))
		server_note(r, d, w->n, w->word);
	else if (r->mode == READ_OVER && d->reader == DO_read_server_alias)
		(void)reader_call(r, d, w->n, w->word);
}

static void directive_line(struct reader *r, struct words *w)
{
	const struct directive *d = find_row(r, w->word[0]);

	if (r->mode == READ_OVER || r->mode == READ_INNER) {
		if (d != NULL)
			line_read_over(r, d, w);
	} else if (d == NULL) {
		directive_unknown(r, w->word[0]);
	} else {
		directive_apply(r, d, w->n, w->word);
	}
}

/* What cannot matter in this mode is not cut into words: 1,000 hosts cost what one does. */
static bool line_matters(const struct reader *r, int first)
{
	static const char *const names[] = { "Define", "Include", "Port", "DefaultServer",
	    "ServerAlias" };
	size_t room = r->lex->len - r->lex->pos, known = r->mode == READ_OVER ? 5 : 2;
	const char *line = r->lex->bytes + r->lex->pos;

	if (r->mode == READ_BUILD || first == '<' || first == '\\' || first == '"')
		return true;
	first |= 'a' - 'A';
	if (r->mode == READ_SKIP || (first != 'd' && first != 'i' && first != 'p' && first != 's'))
		return false;
	for (size_t i = 0; i < known; i++) {
		size_t n = strlen(names[i]);

		/* two letters tell most lines apart sooner than a call does */
		if (room >= n && (line[0] | 0x20) == (names[i][0] | 0x20) &&
		    (line[n - 1] | 0x20) == (names[i][n - 1] | 0x20) &&
		    strncasecmp(line, names[i], n) == 0)
			return true;
	}
	return memchr(line, '\\', room < 16 ? room : 16) != NULL;   /* the name may go on in the
	                                                               next line */
}

static void line_told(struct reader *r, const struct words *w)
{
	r->here.line = w->line & LINES_MAX;
	if (w->line > LINES_MAX) {
		(void)tell_error(r, "file", "more than %d lines", LINES_MAX);
		r->stop = true;
	}
	if (w->comment_line != 0)
		tell_warning(r, "#", "the comment of line %u goes on in the next line",
		    w->comment_line);
	if (w->unbalanced)
		tell_warning(r, w->word[0], "a quote is not closed; it ends with the line");
}

static const char *environment(const char *name)
{
	return getenv(name);
}

void read_lines(struct reader *r, struct lex *lex, unsigned depth)
{
	struct words *w = r->words;
	struct lex *outer = r->lex;
	struct entry **end;
	int first;

	r->lex = lex;
	lex->env = r->stranger == NULL ? environment : NULL;
	while (!r->stop && r->depth >= depth && (first = lex_peek(lex)) >= 0) {
		if (!line_matters(r, first)) {
			lex_skip(lex);
			continue;
		}
		if (first == '<' && r->mode != READ_BUILD && lex_skip_section(lex))
			continue;
		if (!lex_line(lex, w))
			break;
		line_told(r, w);
		if (w->error != NULL) {
			(void)tell_error(r, w->n > 0 ? "line" : "file", "%s", w->error);
			continue;
		}
		end = r->c->entries_end;
		if (r->check || (r->src->keep && r->mode == READ_BUILD))
			dump_add(r, w);
		if (w->section)
			section_line(r, w);
		else
			directive_line(r, w);
		if (w->section && r->mode == READ_SKIP)
			dump_cut(r, end);    /* a body that is left out takes its section along */
	}
	r->lex = outer;
}

void read_whole(struct reader *r, unsigned file)
{
	struct origin here = r->here;
	unsigned outer = r->file_depth;
	struct lex lex;

	if (r->nopen == INCLUDE_DEPTH) {
		(void)tell_error(r, "Include", "%s: more than %d files deep",
		    file_at(r->c, file)->path, INCLUDE_DEPTH);
		return;
	}
	r->open[r->nopen++] = file;
	r->file_depth = r->depth;
	r->here = (struct origin){ .file = file };
	lex_start(&lex, file_at(r->c, file)->bytes, file_at(r->c, file)->len);
	read_lines(r, &lex, 0);
	while (r->depth > r->file_depth) {
		const struct frame *f = &r->frames[r->depth - 1];

		if (!r->stop)
			(void)tell_at(r, CONFIG_ERROR, f->where, f->name, "is never closed");
		section_pop(r);
	}
	r->file_depth = outer;
	r->nopen--;
	r->here = here;
}

static void read_tree(struct reader *r, int file)
{
	struct config *c = r->c;

	c->main.context = context_new(r, CTX_SERVER, NULL);
	c->last_server = &c->main;
	r->scope = c->main.context;
	r->server = &c->main;
	r->in = IN_SERVER;
	read_whole(r, (unsigned)file);
	server_note_main(r);
	if (r->check)
		c->chosen = &c->main;
	else if (r->errors == 0)
		server_choose(r, r->src->local);
	named_keep(r);
	for (struct server *s = &c->main; s != NULL; s = s->next) {
		if (s->context != NULL)
			server_finish(r, s);
	}
	if (r->check)
		check_all(r);
}

/* Everything but the first file's absence is told with its line. */
static void read_all_of(struct reader *r)
{
	struct config *c = r->c;
	int file = file_load(r, r->src->path, false, NULL);
	STRBUF(line, MESSAGE_SIZE);

	if (file < 0)
		return;
	/* words pass through here, passwords too, so this is memory that no session inherits */
	r->words = arena_alloc(&c->secret, sizeof *r->words);
	r->words->cap = CONFIG_LINE;
	r->words->text = arena_alloc(&c->secret, r->words->cap);
	c->words = r->words;
	read_tree(r, file);
	if (r->errors <= CONFIG_ERRORS)
		return;
	strbuf_addf(&line, "%s: %u more errors", r->src->path, r->errors - CONFIG_ERRORS);
	r->src->tell(r->src->arg, CONFIG_ERROR, line.buf);
}

struct config *config_read(const struct config_source *src)
{
	struct arena plain = { .secret = false };
	struct config *c = arena_alloc(&plain, sizeof *c);
	struct reader r = { .c = c, .src = src, .check = src->local == NULL };

	c->plain = plain;
	c->source = *src;
	c->secret.secret = true;
	c->entries_end = &c->entries;
	c->classes_end = &c->classes;
	read_all_of(&r);
	c->defines = r.defines;
	c->labels = src->defines;
	if (r.errors == 0)
		return c;
	config_free(c);
	return NULL;
}

void config_free(struct config *c)
{
	struct arena plain = c->plain, secret = c->secret;   /* they hold `c` itself */

	for (struct compiled *re = c->compiled; re != NULL; re = re->next)
		regfree(&re->regex);

	arena_free(&secret);
	arena_free(&plain);
}

const char *config_file(const struct config *c, struct origin where)
{
	const struct file *f = file_at(c, where.file);

	return f != NULL ? f->path : "?";
}

void config_where(const struct config *c, struct origin where, struct strbuf *out)
{
	strbuf_addf(out, "%.*s", PATHNAME_SIZE / 2, config_file(c, where));
	if (where.line != 0)         /* 0: the whole file */
		strbuf_addf(out, ":%u", (unsigned)where.line);
}

void *config_alloc(struct config *c, size_t n)
{
	return arena_alloc(&c->plain, n);
}

char *config_strdup(struct config *c, const char *s)
{
	return arena_strdup(&c->plain, s);
}

const char *config_secret(struct config *c, const char *s)
{
	return arena_strdup(&c->secret, s);
}

void config_forget_secrets(struct config *c)
{
	c->words = NULL;
	arena_free(&c->secret);
}
