/* Sections: where they open and close, and what stands in them. */
#include "config/read.h"

#include "config/limit.h"
#include "config/special.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

void section_open(struct reader *r, const char *name, enum read_mode mode)
{
	struct frame *f;

	if (r->stranger != NULL && r->stranger->sections-- == 0) {
		(void)tell_error(r, name, "more sections than a .ftpaccess file may hold");
		r->stop = true;
		return;
	}
	if (r->depth == CONFIG_DEPTH) {
		(void)tell_error(r, name, "more than %d sections deep", CONFIG_DEPTH);
		r->stop = true;
		return;
	}
	f = &r->frames[r->depth++];
	*f = (struct frame){ .where = r->here, .mode = r->mode, .in = r->in, .scope = r->scope,
	    .limit = r->limit, .class = r->class, .condition = r->condition, .server = r->server };
	memcpy(f->name, name, strnlen(name, sizeof f->name - 1));
	r->mode = mode;
}

void section_pop(struct reader *r)
{
	const struct frame *f = &r->frames[--r->depth];

	r->mode = f->mode;
	r->in = f->in;
	r->scope = f->scope;
	r->limit = f->limit;
	r->class = f->class;
	r->condition = f->condition;
	r->server = f->server;
}

void section_close(struct reader *r, const char *name)
{
	unsigned at = r->depth;

	while (at > r->file_depth && strcasecmp(r->frames[at - 1].name, name) != 0)
		at--;
	if (at == r->file_depth) {
		(void)tell_error(r, name, "is closed, but not open in this file");
		return;
	}
	while (r->depth > at) {
		const struct frame *f = &r->frames[r->depth - 1];

		(void)tell_at(r, CONFIG_ERROR, f->where, f->name, "is not closed before line %u",
		    (unsigned)r->here.line);
		section_pop(r);
	}
	section_pop(r);
}

struct context *context_new(struct reader *r, enum context_kind kind, const char *path)
{
	struct context *c = config_alloc(r->c, sizeof *c);

	c->kind = kind;
	c->own = &settings_unset;
	c->path = path;
	c->where = r->here;
	if (kind == CTX_ANON || kind == CTX_DIRECTORY) {
		struct context **list = kind == CTX_ANON ? &r->scope->anonymous :
		    &r->scope->directories;

		c->outer = r->scope;
		/* of a conditional body the first section is asked first (directives.md, 2.6) */
		while (r->scope->kind == CTX_CONDITION && *list != NULL)
			list = &(*list)->next;
		c->next = *list;
		*list = c;
	}
	return c;
}

struct settings *context_own(struct config *c, struct context *context)
{
	if (context->own == &settings_unset)
		context->own = config_alloc(c, sizeof *context->own);
	return (struct settings *)(uintptr_t)context->own;
}

static bool one_argument(struct reader *r, const struct directive *d, size_t nwords)
{
	if (nwords == 2)
		return true;
	(void)tell_error(r, d->name, nwords < 2 ? "needs an argument" :
	    "takes one argument (put a name with blanks in quotes)");
	return false;
}

static void enter(struct reader *r, const struct directive *d, unsigned in, struct context *scope)
{
	section_open(r, d->name, READ_BUILD);
	r->in = in;
	r->scope = scope;
}

/* What there is for everybody cannot depend on a condition that is decided later. */
static bool conditional(struct reader *r, const struct directive *d)
{
	if (r->condition != NULL)
		(void)tell_error(r, d->name,
		    "not allowed in a conditional section (<IfUser> and its like)");
	return r->condition != NULL;
}

/* The words behind the name, kept. */
static const char *const *keep_words(struct reader *r, size_t nwords, char **words)
{
	const char **kept = config_alloc(r->c, nwords * sizeof *kept);

	for (size_t i = 1; i < nwords; i++)
		kept[i - 1] = config_strdup(r->c, words[i]);
	return kept;
}

int open_virtualhost(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct server *s;

	if (conditional(r, d))
		return -EINVAL;
	if (nwords < 2)
		return tell_error(r, d->name, "needs an address or a name");
	s = config_alloc(r->c, sizeof *s);
	s->where = r->here;
	s->names = keep_words(r, nwords, words);
	r->c->last_server->next = s;
	r->c->last_server = s;
	if (r->check) {
		s->context = context_new(r, CTX_SERVER, NULL);
		enter(r, d, IN_VHOST, s->context);
	} else {
		s->place = (struct place){ .lex = *r->lex, .file = r->here.file,
		    .defines = r->defines, .include_options = r->include_options };
		section_open(r, d->name, READ_OVER);
		r->in = IN_VHOST;
	}
	r->server = s;
	return 0;
}

int open_global(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	(void)words;
	if (conditional(r, d))
		return -EINVAL;
	if (nwords > 1)
		return tell_error(r, d->name, "takes no argument");
	if (r->again) {
		section_open(r, d->name, READ_SKIP);
		return 0;
	}
	if (r->c->global == NULL)
		r->c->global = context_new(r, CTX_GLOBAL, NULL);
	memset(r->set_in_global, 0, sizeof r->set_in_global);
	enter(r, d, IN_GLOBAL, r->c->global);
	return 0;
}

/* The path of a section, without the slashes that mean nothing. */
static const char *section_path(struct reader *r, const char *word)
{
	char *path = config_strdup(r->c, word), *out = path;

	for (const char *p = path; *p; p++) {
		if (*p == '/' && (p[1] == '/' || (p[1] == '\0' && out > path)))
			continue;
		*out++ = *p;
	}
	*out = '\0';
	return path;
}

int open_anonymous(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *path;

	if (!one_argument(r, d, nwords))
		return -EINVAL;
	path = section_path(r, words[1]);
	if (*path != '/' && *path != '~')
		return tell_error(r, d->name, "%s: the path begins with / or ~", words[1]);
	if (strcmp(path, "/") == 0)
		return tell_error(r, d->name, "the root of an anonymous site cannot be /");
	if (strpbrk(path, "*?[") != NULL)
		return tell_error(r, d->name, "%s: no wildcards in the path", words[1]);
	enter(r, d, IN_ANON, context_new(r, CTX_ANON, path));
	return 0;
}

/* A path that is named twice on one level: which of the two counted would be a guess. */
static int directory_again(struct reader *r, const struct directive *d, const char *path)
{
	STRBUF(place, TEXT_SIZE);

	for (const struct context *o = r->scope->directories; o != NULL; o = o->next) {
		if (strcmp(o->path, path) != 0)
			continue;
		add_place(r, o->where, &place);
		return tell_error(r, d->name, "%s: has a section already (%s)", path, place.buf);
	}
	return 0;
}

int open_directory(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool anon = r->in == IN_ANON;
	const char *path;

	if (!one_argument(r, d, nwords))
		return -EINVAL;
	path = section_path(r, words[1]);
	if (anon && strcmp(path, "*") == 0) {
		enter(r, d, IN_DIR, r->scope);       /* the <Anonymous> itself (3.3) */
		return 0;
	}
	if (*path == '\0' || (!anon && *path != '/' && *path != '~'))
		return tell_error(r, d->name,
		    "%s: the path begins with / or ~ (a relative one belongs into <Anonymous>)",
		    words[1]);
	if (anon && strcmp(path, "~") == 0)
		return tell_error(r, d->name, "~ alone means nothing in <Anonymous>; write *");
	if (directory_again(r, d, path) != 0)
		return -EINVAL;
	enter(r, d, IN_DIR, context_new(r, CTX_DIRECTORY, path));
	return 0;
}

/* One name of <Limit>, told about when it can never count; NULL: it must not count here. */
static const char *limit_name(struct reader *r, char *name)
{
	const char *doubt;

	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	doubt = r->check ? limit_doubt(name) : NULL;
	if ((r->in == IN_DIR || r->in == IN_FTPACCESS) && strcmp(name, "LOGIN") == 0) {
		tell_warning(r, "<Limit>", "LOGIN: meaningless in %s, never asked there",
		    r->in == IN_DIR ? "<Directory>" : ".ftpaccess");
		return NULL;
	}
	if (doubt != NULL)
		tell_warning(r, "<Limit>", "%s: %s", name, doubt);
	return config_strdup(r->c, name);
}

int open_limit(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct limit *l = config_alloc(r->c, sizeof *l);
	size_t room = nwords, n = 0, written = 0;
	const struct limit **end;
	const char **names;

	for (size_t i = 1; i < nwords; i++) {
		for (const char *p = words[i]; *p; p++)
			room += *p == ',';
	}
	names = config_alloc(r->c, (room + 1) * sizeof *names);
	for (size_t i = 1; i < nwords; i++) {
		for (char *save, *p = strtok_r(words[i], ",", &save); p != NULL;
		    p = strtok_r(NULL, ",", &save)) {
			names[n] = limit_name(r, p);
			n += names[n] != NULL;
			written++;
		}
	}
	if (written == 0)
		return tell_error(r, d->name, "names no command");
	l->names = names;
	l->where = r->here;
	end = &r->scope->limits;
	while (r->scope->kind == CTX_CONDITION && *end != NULL)
		end = (const struct limit **)(uintptr_t)&(*end)->next;
	l->next = *end;
	*end = l;
	section_open(r, d->name, READ_BUILD);
	r->in = IN_LIMIT;
	r->limit = l;
	return 0;
}

static bool label_defined(const struct reader *r, const char *label)
{
	for (const struct define *p = r->defines; p != NULL; p = p->next) {
		if (strcmp(p->label, label) == 0)
			return true;
	}
	for (const char *const *p = r->src->defines; p != NULL && *p != NULL; p++) {
		if (strcmp(*p, label) == 0)
			return true;
	}
	return false;
}

int open_if(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *what;
	bool negated, holds;

	if (!one_argument(r, d, nwords))
		return -EINVAL;
	negated = words[1][0] == '!';
	what = words[1] + negated;
	holds = strcasecmp(d->name, "<IfModule>") == 0 ? module_present(what) :
	    label_defined(r, what);
	section_open(r, d->name, holds != negated ? r->mode : READ_SKIP);
	return 0;
}

int read_define(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct define *def;

	if (!one_argument(r, d, nwords))
		return -EINVAL;
	def = config_alloc(r->c, sizeof *def);
	def->label = config_strdup(r->c, words[1]);
	def->next = r->defines;
	r->defines = def;
	return 0;
}
