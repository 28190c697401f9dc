/* The directives of logs: AuthLog, ExtendedLog, LogFormat, LogOptions. */
#include "config/logformat.h"
#include "config/read.h"
#include "config/special.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* CLF, what ExtendedLog writes unless it names a format. */
static const char clf[] = "%h %l %u %t \"%r\" %s %b";

static struct log_format *compile(struct config *c, const char *name, const char *text)
{
	struct log_format *f = config_alloc(c, sizeof *f);
	struct log_step *steps;
	const char *bad;
	size_t bad_len;

	f->n = logformat_parse(text, NULL, 0, &bad, &bad_len);
	steps = config_alloc(c, (f->n + 1) * sizeof *steps);
	(void)logformat_parse(text, steps, f->n, &bad, &bad_len);
	f->name = name;
	f->steps = steps;
	f->needs = logformat_needs(steps, f->n);
	return f;
}

static int no_variable(struct reader *r, const struct directive *d, const char *bad, size_t n)
{
	const char *near = logformat_suggest(bad, n);

	if (near == NULL)
		return tell_error(r, d->name, "%.*s: no such variable", (int)n, bad);
	return tell_error(r, d->name, near[1] != '\0' ?
	    "%.*s: no such variable; did you mean %%{%s}?" :
	    "%.*s: no such variable; did you mean %%%s?", (int)n, bad, near);
}

/* LogFormat name "text". */
int read_log_format(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct log_format **end = &r->own->log_format;
	struct log_format *f;
	const char *text, *bad;
	size_t bad_len;

	if (!words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	text = config_strdup(r->c, words[2]);
	if (*text == '\0')
		return tell_error(r, d->name, "%s: the format is empty", words[1]);
	if (logformat_parse(text, NULL, 0, &bad, &bad_len) == 0)
		return no_variable(r, d, bad, bad_len);
	f = compile(r->c, config_strdup(r->c, words[1]), text);
	f->where = r->here;
	for (size_t i = 0; i < f->n; i++) {
		if (f->steps[i].what == LOG_NOTE)
			tell_note(r, d->name,
			    "%%{%.*s}: there are no notes here, it is always \"-\"",
			    (int)f->steps[i].len, f->steps[i].text);
	}
	if (strcasecmp(f->name, "default") == 0)
		tell_warning(r, d->name, "%s: has no effect, this format is built in", f->name);
	for (; *end != NULL; end = (const struct log_format **)(void *)&(*end)->next) {
		if (strcasecmp((*end)->name, f->name) == 0)
			tell_warning(r, d->name,
			    "%s: has no effect, there is a format of this name already", f->name);
	}
	*end = f;
	return 0;
}

/* AuthLog path|none. */
int read_auth_log(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	int err = read_log(r, d, nwords, words);

	if (err == 0)
		tell_note(r, d->name,
		    "who is let in and who is not is written %s, instead of to syslog's authpriv, "
		    "a SystemLog or a ServerLog", strcmp(r->own->auth_log, "none") == 0 ?
		    "nowhere" : "there");
	return err;
}

/* ExtendedLog path|syslog:level [classes] [format]. */
int read_extended_log(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct extended_log **end = &r->own->extended_log;
	struct extended_log *l;
	const char *bad;

	if (!words_fit(r, d, nwords, 1, 3))
		return -EINVAL;
	l = config_alloc(r->c, sizeof *l);
	l->where = r->here;
	l->classes = LOG_ALL_CLASSES;
	if (strncasecmp(words[1], "syslog:", 7) == 0) {
		if (syslog_level(r, d, words[1] + 7, &l->level) != 0)
			return -EINVAL;
	} else if (words[1][0] == '/') {
		l->path = config_strdup(r->c, words[1]);
	} else {
		return tell_error(r, d->name, "%s: an absolute path or syslog:level is expected",
		    words[1]);
	}
	if (nwords > 2 && !logclasses_parse(words[2], &l->classes, &l->not_classes, &bad))
		return tell_error(r, d->name, "%s: no class of commands (AUTH, INFO, DIRS, READ, "
		    "WRITE, MISC, SEC, EXIT, ALL, NONE)", bad);
	if (nwords > 3)
		l->format_name = config_strdup(r->c, words[3]);
	while (*end != NULL)
		end = (const struct extended_log **)(void *)&(*end)->next;
	*end = l;
	return 0;
}

/* LogOptions [+|-]name … */
int read_log_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const struct { char name[24]; unsigned bit; } table[] = {
		{ "Hostname", LOG_HOSTNAME }, { "Timestamp", LOG_TIMESTAMP },
		{ "VirtualHost", LOG_VIRTUALHOST },
	};

	if (!words_fit(r, d, nwords, 1, 8))
		return -EINVAL;
	r->own->log_options = settings_default.log_options;
	for (size_t i = 1; i < nwords; i++) {
		const char *word = words[i] + (words[i][0] == '+' || words[i][0] == '-');
		size_t k = 0;

		if (strcasecmp(word, "RoleBasedProcessLabels") == 0) {
			tell_note(r, d->name,
			    "%s has no effect: a session's lines are all its monitor's", word);
			continue;
		}
		while (k < sizeof table / sizeof *table && strcasecmp(table[k].name, word) != 0)
			k++;
		if (k == sizeof table / sizeof *table)
			return tell_error(r, d->name, "%s: no such option", words[i]);
		if (words[i][0] == '-')
			r->own->log_options &= ~table[k].bit;
		else
			r->own->log_options |= table[k].bit;
	}
	return 0;
}

static const struct log_format *find(const struct context *c, const char *name)
{
	for (c = settings_next(c, D_LOG_FORMAT); c != NULL;
	    c = settings_next(c->outer, D_LOG_FORMAT))
		for (const struct log_format *f = c->own->log_format; f != NULL; f = f->next)
			if (strcasecmp(f->name, name) == 0)
				return f;
	return NULL;
}

/* The formats are the main server's; one that somebody called json comes before ours. */
static const struct log_format *format_of(struct reader *r, const struct context *server,
    const char *name)
{
	const struct log_format *f;
	struct log_format *json;
	struct log_step *step;

	if (strcasecmp(name, "default") == 0)
		return compile(r->c, "default", clf);
	f = find(server, name);
	if (f == NULL)
		f = find(r->c->main.context, name);
	if (f != NULL)
		return f;
	if (strcasecmp(name, "json") != 0)
		return NULL;
	json = config_alloc(r->c, sizeof *json);
	step = config_alloc(r->c, sizeof *step);
	step->what = LOG_JSON;
	*json = (struct log_format){ .name = "json", .steps = step, .n = 1 };
	json->needs = logformat_needs(step, 1);
	return json;
}

static void finish_context(struct reader *r, const struct context *server, const struct context *c)
{
	for (const struct extended_log *l = c->own->extended_log; l != NULL; l = l->next) {
		const char *name = l->format_name != NULL ? l->format_name : "default";

		if (l->format != NULL)
			continue;
		((struct extended_log *)(void *)(uintptr_t)l)->format = format_of(r, server, name);
		if (l->format == NULL)
			(void)tell_at(r, CONFIG_ERROR, l->where, "ExtendedLog",
			    "%s: there is no LogFormat of this name", name);
	}
}

void extlog_finish(struct reader *r, struct context *server)
{
	for (const struct context *c = server; c != NULL; c = c->outer)
		finish_context(r, server, c);
	for (const struct context *a = server->anonymous; a != NULL; a = a->next)
		finish_context(r, server, a);
	for (const struct condition *i = server->conditions; i != NULL; i = i->next)
		finish_context(r, server, i->body);
}
