/* How fast files are transferred, and how many at a time: what is read, and for whom. */
#include "config/transfer.h"

#include "config/read.h"
#include "config/special.h"
#include "config/value.h"
#include "config/whom.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	KB_MAX = 1000000000,         /* KB/s; in thousandths of a byte, times 1,000 ms, it fits 64
	                                bits */
	TRANSFERS_MAX = 1000000,
};

static const struct { const char *verb; unsigned command; } commands[] = {
	{ "RETR", TRANSFER_RETR }, { "STOR", TRANSFER_STOR }, { "APPE", TRANSFER_APPE },
	{ "STOU", TRANSFER_STOU },
};

unsigned transfer_command(const char *verb)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcasecmp(commands[i].verb, verb) == 0)
			return commands[i].command;
	}
	return 0;
}

static const struct transfer_rule *const *list_of(const struct settings *own, enum directive_id id)
{
	switch (id) {
	case D_TRANSFER_RATE:
		return &own->transfer_rate;
	case D_TRANSFER_RATE_TOTAL:
		return &own->transfer_rate_total;
	case D_MAX_TRANSFERS_PER_HOST:
		return &own->max_transfers_per_host;
	default:
		return &own->max_transfers_per_user;
	}
}

/* `cmd,…`: each of the four, in any case. */
static bool read_commands(struct reader *r, const struct directive *d, const char *word,
    unsigned *out)
{
	*out = 0;
	for (;;) {
		size_t n = strcspn(word, ",");
		char verb[8] = "";
		unsigned command;

		if (n < sizeof verb)
			memcpy(verb, word, n);
		command = transfer_command(verb);
		if (command == 0) {
			(void)tell_error(r, d->name,
			    "%.*s: RETR, STOR, APPE or STOU is expected, with commas and no blank "
			    "between them", (int)n, word);
			return false;
		}
		*out |= command;
		if (word[n] == '\0')
			return true;
		word += n + 1;
	}
}

/* KB a second, with decimals: `number` ends at `end`. */
static bool parse_rate(const char *number, const char *end, uint64_t *out)
{
	const char *dot = memchr(number, '.', (size_t)(end - number));
	uint64_t thousandths = 0, unit = 100;
	char whole[16] = "";
	size_t n = (size_t)((dot != NULL ? dot : end) - number);
	uintmax_t kb = 0;

	if (n >= sizeof whole || (n == 0 && (dot == NULL || dot + 1 == end)))
		return false;
	memcpy(whole, number, n);
	if (n > 0 && !parse_uint(whole, 10, 0, KB_MAX, &kb))
		return false;
	for (const char *p = dot != NULL ? dot + 1 : end; p < end; p++, unit /= 10) {
		if (*p < '0' || *p > '9')
			return false;
		thousandths += (uint64_t)(*p - '0') * unit;
	}
	*out = (kb * 1000 + thousandths) * 1024;
	return true;
}

/* KBps[:free-bytes] */
static int read_rate(struct reader *r, const struct directive *d, const char *word, bool may_free,
    struct transfer_rule *rule)
{
	const char *colon = strchr(word, ':'), *end = colon != NULL ? colon : word + strlen(word);
	uintmax_t v = 0;

	if (colon != NULL && (!may_free || !parse_uint(colon + 1, 10, 0, INT64_MAX, &v)))
		return tell_error(r, d->name, may_free ?
		    "%s: behind the colon a number of bytes is expected" :
		    "%s: no bytes are free where all share", word);
	rule->free = v;
	if (!parse_rate(word, end, &rule->rate))
		return tell_error(r, d->name,
		    "%s: not a number of KB a second up to %u, like 100 or 12.5", word,
		    (unsigned)KB_MAX);
	if (rule->rate == 0 && strspn(word, "0.") != (size_t)(end - word))
		return tell_error(r, d->name, "%s: the slowest rate is 0.001", word);
	return 0;
}

/* Whether a line before `rule` makes it one that never counts. */
static bool outdone(enum directive_id id, const struct transfer_rule *before,
    const struct transfer_rule *rule, unsigned *covered)
{
	if (before->whom.kind != WHOM_ALL || rule->whom.kind != WHOM_ALL)
		return false;
	switch (id) {
	case D_TRANSFER_RATE:        /* of each command the first counts */
		*covered |= before->commands;
		return (rule->commands & ~*covered) == 0;
	case D_TRANSFER_RATE_TOTAL:  /* all count: the smallest */
		return before->commands == rule->commands && before->rate <= rule->rate;
	default:
		return (rule->commands & ~before->commands) == 0 && before->max <= rule->max;
	}
}

/* Add a line behind those of its context. */
static void add(struct reader *r, const struct directive *d, struct transfer_rule *rule)
{
	const struct transfer_rule **end =
	    (const struct transfer_rule **)(uintptr_t)list_of(r->own, d->id);
	unsigned covered = 0;
	bool told = false;

	rule->where = r->here;
	for (; *end != NULL; end = (const struct transfer_rule **)(uintptr_t)&(*end)->next) {
		if (told || !outdone(d->id, *end, rule, &covered))
			continue;
		told = true;
		tell_warning(r, d->name, d->id == D_TRANSFER_RATE ?
		    "never counts: line %u is for everybody, and comes first" :
		    "never counts: line %u allows no more", (unsigned)(*end)->where.line);
	}
	*end = rule;
	if (d->id != D_TRANSFER_RATE)
		r->c->transfers_counted |= rule->commands;
}

/* TransferRate cmd,… KBps[:free-bytes] [whom]; TransferRateTotal cmd,… KBps. */
int read_transfer_rate(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct transfer_rule *rule = config_alloc(r->c, sizeof *rule);
	bool total = d->id == D_TRANSFER_RATE_TOTAL;

	if (!words_fit(r, d, nwords, 2, total ? 2 : WORDS_MAX) ||
	    !read_commands(r, d, words[1], &rule->commands) ||
	    read_rate(r, d, words[2], !total, rule) != 0 ||
	    whom_read(r, d, nwords - 3, words + 3, true, &rule->whom) != 0)
		return -EINVAL;
	if (rule->rate == 0 && total)
		return tell_error(r, d->name, "0 would let nothing pass; <Limit> denies transfers");
	if (rule->rate == 0 && rule->free > 0)
		tell_warning(r, d->name, "with 0 no rate holds, and every byte is free");
	add(r, d, rule);
	return 0;
}

/* MaxTransfersPerHost, MaxTransfersPerUser: cmd,… n ["message"]. */
int read_transfer_limit(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct transfer_rule *rule = config_alloc(r->c, sizeof *rule);
	uintmax_t n;

	if (!words_fit(r, d, nwords, 2, 3) || !read_commands(r, d, words[1], &rule->commands))
		return -EINVAL;
	if (!parse_uint(words[2], 10, 1, TRANSFERS_MAX, &n))
		return tell_error(r, d->name, "%s: not a number from 1 to %u", words[2],
		    (unsigned)TRANSFERS_MAX);
	rule->max = (unsigned)n;
	if (nwords > 3 && strlen(words[3]) >= TEXT_SIZE)
		return tell_error(r, d->name, "the message is too long");
	if (nwords > 3)
		rule->message = config_strdup(r->c, words[3]);
	add(r, d, rule);
	return 0;
}

unsigned transfers_counted(const struct config *c)
{
	return c != NULL ? c->transfers_counted : 0;
}

/* Of one context: who is named most closely goes first. */
static const struct transfer_rule *of_context(const struct settings *own, unsigned command,
    struct subject *who)
{
	static const unsigned char rank[] = {
		[WHOM_USER] = 0, [WHOM_GROUP] = 1, [WHOM_CLASS] = 2, [WHOM_ALL] = 3,
	};
	const struct transfer_rule *best = NULL;

	for (const struct transfer_rule *rule = own->transfer_rate; rule != NULL;
	    rule = rule->next) {
		if ((rule->commands & command) != 0 &&
		    (best == NULL || rank[rule->whom.kind] < rank[best->whom.kind]) &&
		    whom_holds(&rule->whom, who))
			best = rule;
	}
	return best;
}

const struct transfer_rule *transfer_rate(const struct context *c, unsigned command,
    struct subject *who)
{
	const enum directive_id id = D_TRANSFER_RATE;

	for (c = settings_next(c, id); c != NULL; c = settings_next(c->outer, id)) {
		const struct transfer_rule *rule = of_context(c->own, command, who);

		if (rule != NULL)
			return rule->rate != 0 ? rule : NULL;
	}
	return NULL;
}

bool transfer_rate_closes(const struct settings *own)
{
	unsigned covered = 0;

	for (const struct transfer_rule *rule = own->transfer_rate; rule != NULL;
	    rule = rule->next) {
		if (rule->whom.kind == WHOM_ALL)
			covered |= rule->commands;
	}
	return covered == TRANSFER_COMMANDS;
}

void transfer_walk(struct transfer_walk *w, const struct context *c, enum directive_id id,
    unsigned command)
{
	*w = (struct transfer_walk){ .context = settings_next(c, id), .id = id, .command =
	    command };
	if (w->context != NULL)
		w->rule = *list_of(w->context->own, id);
}

const struct transfer_rule *transfer_next(struct transfer_walk *w)
{
	const struct transfer_rule *rule;

	while (w->context != NULL) {
		for (rule = w->rule; rule != NULL; rule = rule->next) {
			if ((rule->commands & w->command) == 0)
				continue;
			w->rule = rule->next;
			return rule;
		}
		w->context = settings_next(w->context->outer, w->id);
		if (w->context != NULL)
			w->rule = *list_of(w->context->own, w->id);
	}
	return NULL;
}

const struct transfer_rule *transfer_limit(const struct context *c, enum directive_id id,
    unsigned command, const struct context **at)
{
	const struct transfer_rule *rule, *least = NULL;
	struct transfer_walk w;

	transfer_walk(&w, c, id, command);
	while ((rule = transfer_next(&w)) != NULL) {
		if (least != NULL && rule->max >= least->max)
			continue;
		least = rule;
		*at = w.context;
	}
	return least;
}
