/* Shell patterns over whole paths and host names, in bounded time. */
#include "config/pattern.h"

#include <string.h>

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

/* Where what follows a `*` can begin, from `s` on: at the character that it begins with. */
static const char *next_start(const char *s, const char *behind, bool icase)
{
	return icase || strchr("?[\\", *behind) != NULL ? s : strchr(s, *behind);
}

bool pattern_match(const char *pattern, const char *s, bool icase)
{
	const char *star = NULL, *from = NULL;

	/* only the latest `*` is ever widened: what the ones before it took can stay */
	for (;;) {
		const char *p = pattern;

		if (*p == '*') {
			while (*p == '*')
				p++;
			if (*p == '\0')
				return true;
			star = pattern = p;
			s = from = next_start(s, p, icase);
			if (s == NULL)
				return false;
		} else if (*s == '\0') {
			return *p == '\0';
		} else if (*p != '\0' && step(&p, *s, icase)) {
			pattern = p;
			s++;
		} else if (star != NULL) {
			pattern = star;
			s = from = next_start(from + 1, star, icase);
			if (s == NULL)
				return false;
		} else {
			return false;
		}
	}
}

enum { PLACES = 16 };

struct places {
	const char *at[PLACES];
	size_t n;
	bool full;
};

/* From a `*` the pattern may also go on behind it. */
static void add_place(struct places *set, const char *p)
{
	for (;; p++) {
		for (size_t i = 0; i < set->n; i++) {
			if (set->at[i] == p)
				return;
		}
		if (set->n == PLACES) {
			set->full = true;
			return;
		}
		set->at[set->n++] = p;
		if (*p != '*')
			return;
	}
}

/* What is matched from a place before a `*` in the set is matched from there as well. */
static void drop_covered(struct places *set)
{
	const char *star = NULL;
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (*set->at[i] == '*' && (star == NULL || set->at[i] > star))
			star = set->at[i];
	}
	for (size_t i = 0; i < set->n; i++) {
		if (star == NULL || set->at[i] >= star)
			set->at[n++] = set->at[i];
	}
	set->n = n;
}

size_t pattern_rests(const char *pattern, const char *prefix, const char **rests, size_t max)
{
	struct places now = { .n = 0 };
	size_t n = 0;

	add_place(&now, pattern);
	for (; *prefix != '\0' && now.n > 0 && !now.full; prefix++) {
		struct places next = { .n = 0 };

		for (size_t i = 0; i < now.n; i++) {
			const char *p = now.at[i];

			if (*p == '*' || (*p != '\0' && step(&p, *prefix, false)))
				add_place(&next, p);
		}
		drop_covered(&next);
		now = next;
	}
	if (now.full)
		return max + 1;
	for (size_t i = 0; i < now.n; i++) {
		/* what goes on behind a `*` is among what goes on from it */
		if (i > 0 && now.at[i] == now.at[i - 1] + 1 && *now.at[i - 1] == '*')
			continue;
		if (n < max)
			rests[n] = now.at[i];
		n++;
	}
	return n;
}

static uint64_t letter(char c)
{
	return (uint64_t)1 << ((unsigned char)c & 63);
}

uint64_t pattern_letters(const char *name, size_t len)
{
	uint64_t has = 0;

	for (size_t i = 0; i < len; i++)
		has |= letter(name[i]);
	return has;
}

/* Call `see` for each character that stands for itself; what a set may hold is no need. */
static bool each_literal(const char *p, bool (*see)(void *arg, char c), void *arg)
{
	const char *end;

	while (*p != '\0') {
		if (*p == '[' && (end = set_end(p)) != NULL) {
			p = end;
			continue;
		}
		if (*p == '*' || *p == '?') {
			p++;
			continue;
		}
		if (p[0] == '\\' && p[1] != '\0')
			p++;
		if (see(arg, *p++))
			return true;
	}
	return false;
}

static bool note_letter(void *arg, char c)
{
	*(uint64_t *)arg |= letter(c);
	return false;
}

uint64_t pattern_needs(const char *pattern)
{
	uint64_t need = 0;

	(void)each_literal(pattern, note_letter, &need);
	return need;
}

static bool is_slash(void *arg, char c)
{
	(void)arg;
	return c == '/';
}

bool pattern_crosses(const char *pattern)
{
	return each_literal(pattern, is_slash, NULL);
}
