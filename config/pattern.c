/* Shell patterns over whole paths and host names, in bounded time. */
#include "config/pattern.h"

#include <stddef.h>

static unsigned char fold(char c, bool icase)
{
	return (unsigned char)(icase && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The place behind the `]` of the set that begins at `p` (a `[`), or NULL: it is none. */
static const char *set_end(const char *p)
{
	p++;
	if (*p == '!' || *p == '^')
		p++;
	if (*p == ']')
		p++;
	while (*p != '\0' && *p != ']')
		p += p[0] == '\\' && p[1] != '\0' ? 2 : 1;
	return *p == ']' ? p + 1 : NULL;
}

/* One character of a set, a quoting `\` taken off; `p` moves behind it. */
static unsigned char set_char(const char **p, bool icase)
{
	if (**p == '\\')
		++*p;
	return fold(*(*p)++, icase);
}

static bool set_has(const char *p, const char *end, unsigned char c, bool icase)
{
	bool negated = p[1] == '!' || p[1] == '^', has = false;

	p += negated ? 2 : 1;
	end--;
	while (p < end) {
		unsigned char from = set_char(&p, icase), to = from;

		if (p[0] == '-' && p + 1 < end) {
			p++;
			to = set_char(&p, icase);
		}
		has = has || (from <= c && c <= to);
	}
	return has != negated;
}

/* Whether one step of the pattern takes the character `c`; `p` moves behind the step. */
static bool step(const char **p, char c, bool icase)
{
	const char *at = *p, *end;

	if (*at == '[' && (end = set_end(at)) != NULL) {
		*p = end;
		return set_has(at, end, fold(c, icase), icase);
	}
	if (at[0] == '\\' && at[1] != '\0')
		at++;
	else if (*at == '?') {
		*p = at + 1;
		return true;
	}
	*p = at + 1;
	return fold(*at, icase) == fold(c, icase);
}

bool pattern_match(const char *pattern, const char *s, bool icase)
{
	const char *star = NULL, *from = NULL;

	/* only the latest `*` is ever widened: what the ones before it took can stay */
	for (;;) {
		const char *p = pattern;

		if (*p == '*') {
			star = pattern = p + 1;
			from = s;
		} else if (*s == '\0') {
			return *p == '\0';
		} else if (*p != '\0' && step(&p, *s, icase)) {
			pattern = p;
			s++;
		} else if (star != NULL) {
			pattern = star;
			s = ++from;
		} else {
			return false;
		}
	}
}
