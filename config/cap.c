/* What a session may have at most: the size of files, its length, the rate of its commands. */
#include "config/cap.h"

#include "config/read.h"
#include "config/special.h"
#include "config/strbuf.h"
#include "config/value.h"
#include "config/whom.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	SESSION_MAX = 365 * 24 * 3600,       /* seconds */
	RATE_MAX = 1000000,                  /* commands, connections */
	HOUR = 3600, DAY = 24 * HOUR,
};

static const struct cap *const *list_of(const struct settings *own, enum directive_id id)
{
	return id == D_TIMEOUT_SESSION ? &own->timeout_session :
	    id == D_MAX_STORE_FILE_SIZE ? &own->max_store_file_size : &own->max_retrieve_file_size;
}

/* Add a line behind those of its context. */
static void add(struct reader *r, const struct directive *d, struct cap *cap)
{
	const struct cap **end = (const struct cap **)(uintptr_t)list_of(r->own, d->id);
	bool told = false;

	cap->context = r->scope;
	cap->where = r->here;
	for (; *end != NULL; end = (const struct cap **)(uintptr_t)&(*end)->next) {
		if ((*end)->whom.kind != WHOM_ALL || cap->whom.kind != WHOM_ALL || told)
			continue;
		told = true;
		tell_warning(r, d->name, "never counts: line %u is for everybody, and comes first",
		    (unsigned)(*end)->where.line);
	}
	*end = cap;
}

/* The size that a number and its unit stand for. */
static bool parse_size(const char *number, const char *unit, uint64_t *out)
{
	enum { TB = 40 };
	STRBUF(size, 64);
	uintmax_t v;

	if (strcasecmp(unit, "Tb") == 0) {
		if (!parse_uint(number, 10, 0, (uintmax_t)INT64_MAX >> TB, &v))
			return false;
		*out = v << TB;
		return true;
	}
	strbuf_add(&size, number);
	strbuf_add(&size, unit);
	if (size.full || number[strspn(number, "0123456789")] != '\0' ||
	    !parse_bytes(size.buf, INT64_MAX, &v))
		return false;
	*out = v;
	return true;
}

/* MaxRetrieveFileSize, MaxStoreFileSize: `number unit [whom]` or `* [whom]`. */
int read_file_size(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct cap *cap = config_alloc(r->c, sizeof *cap);
	size_t n = 2;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	cap->most = CAP_NONE;
	if (strcmp(words[1], "*") != 0) {
		if (nwords < 3)
			return tell_error(r, d->name,
			    "a number and a unit (B, Kb, Mb, Gb or Tb) are expected, or *");
		if (!parse_size(words[1], words[2], &cap->most))
			return tell_error(r, d->name, "%s %s: not a number of B, Kb, Mb, Gb or Tb",
			    words[1], words[2]);
		if (cap->most == 0)
			return tell_error(r, d->name,
			    "0 would let nothing pass; <Limit> denies transfers");
		n = 3;
	}
	if (whom_read(r, d, nwords - n, words + n, false, &cap->whom) != 0)
		return -EINVAL;
	add(r, d, cap);
	return 0;
}

int read_timeout_session(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct cap *cap = config_alloc(r->c, sizeof *cap);
	uintmax_t v;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	if (!parse_seconds(words[1], SESSION_MAX, &v))
		return tell_error(r, d->name, "%s: not a time from 0 to %u", words[1],
		    (unsigned)SESSION_MAX);
	cap->most = v == 0 ? CAP_NONE : v;
	if (whom_read(r, d, nwords - 2, words + 2, true, &cap->whom) != 0)
		return -EINVAL;
	add(r, d, cap);
	return 0;
}

/* MaxCommandRate, MaxConnectionRate: `count [seconds]`; 0: as many as come. */
int read_count_rate(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool connections = d->id == D_MAX_CONNECTION_RATE;
	struct count_rate *rate = connections ? &r->own->max_connection_rate :
	    &r->own->max_command_rate;
	unsigned longest = connections ? DAY : HOUR;
	uintmax_t count, seconds = 1;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (!parse_uint(words[1], 10, 0, RATE_MAX, &count))
		return tell_error(r, d->name, "%s: not a number of %s from 0 to %u", words[1],
		    connections ? "connections" : "commands", (unsigned)RATE_MAX);
	if (nwords > 2 && (!parse_seconds(words[2], longest, &seconds) || seconds == 0))
		return tell_error(r, d->name, "%s: not a time from 1 to %u", words[2], longest);
	*rate = (struct count_rate){ (unsigned)count, (unsigned)seconds };
	return 0;
}

/* Of one context: who is named most closely goes first. */
static const struct cap *of_context(const struct settings *own, enum directive_id id,
    struct subject *who)
{
	static const unsigned char rank[] = {
		[WHOM_USER] = 0, [WHOM_GROUP] = 1, [WHOM_CLASS] = 2, [WHOM_ALL] = 3,
	};
	const struct cap *best = NULL;

	for (const struct cap *cap = *list_of(own, id); cap != NULL; cap = cap->next) {
		if ((best == NULL || rank[cap->whom.kind] < rank[best->whom.kind]) &&
		    whom_holds(&cap->whom, who))
			best = cap;
	}
	return best;
}

const struct cap *cap_for(const struct context *c, enum directive_id id, struct subject *who)
{
	for (c = settings_next(c, id); c != NULL; c = settings_next(c->outer, id)) {
		const struct cap *cap = of_context(c->own, id, who);

		if (cap != NULL)
			return cap->most == CAP_NONE ? NULL : cap;
	}
	return NULL;
}

bool cap_closes(const struct settings *own, enum directive_id id)
{
	if (id != D_TIMEOUT_SESSION && id != D_MAX_STORE_FILE_SIZE &&
	    id != D_MAX_RETRIEVE_FILE_SIZE)
		return false;
	for (const struct cap *cap = *list_of(own, id); cap != NULL; cap = cap->next) {
		if (cap->whom.kind == WHOM_ALL)
			return true;
	}
	return false;
}
