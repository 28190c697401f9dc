/* What holds for the processes of a session: limits of resources, titles for ps. */
#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	FILES_LEAST = 16,            /* descriptors that any session holds at its busiest */
	MEMORY_LEAST = 8 << 20,      /* libc's and the program's own mappings */
};

int read_process_titles(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	r->own->terse_titles = strcasecmp(words[1], "terse") == 0;
	if (!r->own->terse_titles && strcasecmp(words[1], "verbose") != 0)
		return tell_error(r, d->name, "%s: verbose or terse is expected", words[1]);
	return 0;
}

static bool read_value(const struct directive *d, const char *word, uint64_t least, uint64_t *out)
{
	uintmax_t v;
	bool good;

	if (strcasecmp(word, "max") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	good = d->id == D_RLIMIT_MEMORY ? parse_bytes(word, INT64_MAX, &v) :
	    d->id == D_RLIMIT_CPU ? parse_seconds(word, INT32_MAX, &v) :
	    parse_uint(word, 10, 0, INT32_MAX, &v);
	if (good && v >= least)
		*out = v;
	return good && v >= least;
}

/* [daemon|session|none] soft|max [hard|max] */
int read_rlimit(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct resource_limit *l = d->id == D_RLIMIT_CPU ? &r->own->rlimit_cpu :
	    d->id == D_RLIMIT_MEMORY ? &r->own->rlimit_memory : &r->own->rlimit_open_files;
	uint64_t least = d->id == D_RLIMIT_CPU ? 1 : d->id == D_RLIMIT_MEMORY ? MEMORY_LEAST :
	    FILES_LEAST;
	struct resource_limit given = { .set = true };
	bool daemon = nwords > 1 && strcasecmp(words[1], "daemon") == 0;
	size_t first = daemon || (nwords > 1 && (strcasecmp(words[1], "session") == 0 ||
	    strcasecmp(words[1], "none") == 0)) ? 2 : 1;

	if (!words_fit(r, d, nwords, first, first + 1))
		return -EINVAL;
	for (size_t i = first; i < nwords; i++) {
		if (!read_value(d, words[i], least, i == first ? &given.soft : &given.hard))
			return tell_error(r, d->name,
			    "%s: max, or a number that is at least %ju, is expected", words[i],
			    (uintmax_t)least);
	}
	/* a session could raise a soft limit alone */
	if (nwords == first + 1)
		given.hard = given.soft;
	if (given.soft > given.hard)
		return tell_error(r, d->name, "the soft limit is above the hard one");
	if (daemon)
		tell_note(r, d->name,
		    "daemon has no effect: there is none, inetd starts a process for each session");
	else if (!l->set)
		*l = given;
	else
		tell_warning(r, d->name, "is set already, and the first counts");
	return 0;
}
