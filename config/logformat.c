/* LogFormat taken apart once, when it is read; the classes of ExtendedLog. */
#include "config/logformat.h"

#include "config/value.h"

#include <string.h>
#include <strings.h>

#define AS_ROW(name, text, needs) { text, needs },
static const struct { char name[20]; unsigned char needs; } variables[LOG_NAMED] = {
	LOG_VARIABLES(AS_ROW)
};
#undef AS_ROW

static bool named(const char *s, size_t n, enum log_variable *what)
{
	for (size_t i = 0; i < LOG_NAMED; i++) {
		if (strlen(variables[i].name) == n && memcmp(variables[i].name, s, n) == 0) {
			*what = (enum log_variable)i;
			return true;
		}
	}
	return false;
}

/*
 * `%{name}`, `%{X}e`, `%{format}t`. Returns what it takes of `s`, which is at the "%"; 0: unknown.
 */
static size_t long_one(const char *s, struct log_step *step)
{
	size_t n = strcspn(s + 2, "}");

	if (s[2 + n] == '\0' || n == 0)
		return 0;
	*step = (struct log_step){ .text = s + 2, .len = n };
	if (n > 1 && named(s + 2, n, &step->what))
		return n + 3;
	if (n > 5 && memcmp(s + 2, "note:", 5) == 0)
		step->what = LOG_NOTE;
	else if (s[n + 3] == 'e')
		step->what = LOG_ENVIRONMENT;
	else if (s[n + 3] == 't')
		step->what = LOG_STRFTIME;
	else
		return 0;
	return n + (step->what == LOG_NOTE ? 3 : 4);
}

size_t logformat_parse(const char *format, struct log_step *steps, size_t max, const char **bad,
    size_t *bad_len)
{
	size_t count = 0, took;

	for (const char *s = format; *s != '\0'; s += took) {
		struct log_step step = { .what = LOG_TEXT, .text = s };

		took = step.len = strcspn(s, "%");
		if (took == 0) {
			took = s[1] == '{' ? long_one(s, &step) :
			    named(s + 1, s[1] != '\0', &step.what) ? 2 : 0;
			if (took == 0) {
				*bad = s;
				*bad_len = s[1] != '{' ? strnlen(s, 2) :
				    strcspn(s, "}") + (strchr(s, '}') != NULL);
				return 0;
			}
		}
		if (count < max)
			steps[count] = step;
		count++;
	}
	return count;
}

const char *logformat_suggest(const char *bad, size_t n)
{
	char word[32];
	size_t braced = bad[1] == '{' ? 1 : 0, from = 1 + braced, len = n - from;
	unsigned best;
	const char *near = NULL;

	if (n < from || len == 0 || len >= sizeof word)
		return NULL;
	len -= bad[n - 1] == '}' ? 1 : 0;
	memcpy(word, bad + from, len);
	word[len] = '\0';
	best = len < 2 ? 1 : len < 5 ? 2 : len < 9 ? 3 : 4;  /* a short name is near to too many */
	for (size_t i = 0; i < LOG_NAMED && braced; i++) {
		/* of one letter: only braces too many */
		unsigned d = variables[i].name[1] != '\0' ? word_distance(word, variables[i].name) :
		    strcmp(word, variables[i].name) == 0 ? 0 : best;

		if (d < best) {
			best = d;
			near = variables[i].name;
		}
	}
	return near;
}

unsigned logformat_needs(const struct log_step *steps, size_t n)
{
	unsigned needs = 0;

	for (size_t i = 0; i < n; i++) {
		if (steps[i].what < LOG_NAMED)
			needs |= variables[steps[i].what].needs;
		else if (steps[i].what == LOG_JSON)
			needs |= LOG_NEEDS_NAME;
	}
	return needs;
}

bool logclasses_parse(char *text, unsigned *classes, unsigned *not_classes, const char **bad)
{
	static const struct { char name[6]; unsigned bits; } table[] = {
		{ "ALL", LOG_ALL_CLASSES }, { "AUTH", LOG_AUTH_CLASS }, { "DIRS", LOG_DIRS_CLASS },
		{ "EXIT", LOG_EXIT_CLASS }, { "INFO", LOG_INFO_CLASS }, { "MISC", LOG_MISC_CLASS },
		{ "NONE", 0 }, { "READ", LOG_READ_CLASS }, { "SEC", LOG_SEC_CLASS },
		{ "SFTP", 0 }, { "SSH", 0 }, { "WRITE", LOG_WRITE_CLASS },
	};
	char *rest = NULL;

	*classes = *not_classes = 0;
	*bad = text;
	if (text[strspn(text, ", \t|")] == '\0')
		return false;
	for (char *word = strtok_r(text, ", \t|", &rest); word != NULL;
	    word = strtok_r(NULL, ", \t|", &rest)) {
		bool not = *word == '!';
		size_t i = 0;

		while (i < sizeof table / sizeof *table &&
		    strcasecmp(table[i].name, word + not) != 0)
			i++;
		if (i == sizeof table / sizeof *table) {
			*bad = word;
			return false;
		}
		if (strcmp(table[i].name, "NONE") == 0)
			*classes = 0;
		/* the later word counts */
		*classes = not ? *classes & ~table[i].bits : *classes | table[i].bits;
		*not_classes = not ? *not_classes | table[i].bits : *not_classes & ~table[i].bits;
	}
	return true;
}
