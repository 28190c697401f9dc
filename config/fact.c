/* FactsDefault, FactsOptions: what MLST and MLSD tell of a file. */
#include "config/fact.h"

#include "config/read.h"
#include "config/special.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

uint32_t fact_find(const char *name, size_t n)
{
#define AS_ROW(token, short, text, bit) { text, bit },
	static const struct { char name[16]; uint32_t bit; } facts[] = { FACTS(AS_ROW) };
#undef AS_ROW

	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (strncasecmp(name, facts[i].name, n) == 0 && facts[i].name[n] == '\0')
			return facts[i].bit;
	return 0;
}

/*
 * The facts named in one word, which may be a list as OPTS MLST has it. False, and told: no fact.
 */
static bool add_facts(struct reader *r, const struct directive *d, const char *word, uint32_t *out)
{
	while (*word != '\0') {
		size_t n = strcspn(word, ";,");
		uint32_t bit = strncasecmp(word, "UNIX.*", n) == 0 && n == 6 ?
		    FACTS_DEFAULT & ~(uint32_t)(FACT_UNIX_MODE - 1) : fact_find(word, n);

		if (bit == 0) {
			(void)tell_error(r, d->name, "%.*s: no fact of MLST", (int)n, word);
			return false;
		}
		*out |= bit;
		word += n + (word[n] != '\0');
	}
	return true;
}

int read_facts_default(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	uint32_t facts = 0;

	if (!words_fit(r, d, nwords, 1, 16))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++)
		if (!add_facts(r, d, words[i], &facts))
			return -EINVAL;
	if (facts == 0)
		return tell_error(r, d->name, "names no fact");
	r->own->facts_default = facts;
	return 0;
}

int read_facts_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;

	if (!words_fit(r, d, nwords, 1, 3))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "UseSlink") == 0)
			own->facts_options.use_slink = true;
		else if (strcasecmp(words[i], "AdjustedSymlinks") == 0)
			own->facts_options.adjusted = true;
		else if (strcasecmp(words[i], "NoNames") == 0)
			own->facts_options.no_names = true;
		else
			return tell_error(r, d->name, "%s: no such option", words[i]);
	}
	return 0;
}

int read_list_style(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	r->own->list_windows = strcasecmp(words[1], "Windows") == 0;
	if (!r->own->list_windows && strcasecmp(words[1], "Unix") != 0)
		return tell_error(r, d->name, "%s: Unix or Windows is expected", words[1]);
	return 0;
}
