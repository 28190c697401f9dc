/* Which section rules over each entry of one directory. */
#include "config/entries.h"

#include "config/bounds.h"
#include "config/pattern.h"
#include "config/strbuf.h"

#include <string.h>

enum { RESTS = 4, PLACES = 16 };

/* What of a section's path is left for the entries. */
struct left {
	bool all;                    /* it rules over them all */
	bool pattern;
	size_t n;                    /* more than RESTS: too many */
	const char *rest[RESTS];
};

/* Whether the path `prefix` (with a slash at its end) lies in `host`. */
static bool lies_in(const char *prefix, const char *host, size_t len)
{
	return len == 1 || (strncmp(prefix, host, len) == 0 && prefix[len] == '/');
}

/* What follows `prefix` in `host`, when that is one name; else NULL. */
static const char *name_behind(const char *host, const char *prefix, size_t len)
{
	return strncmp(host, prefix, len) == 0 && host[len] != '\0' &&
	    strchr(host + len, '/') == NULL ? host + len : NULL;
}

/* A section matches the directory when it matches all that is in it (directives.md, 3.5). */
static bool matches_dir(const struct context *d, const char *dir)
{
	return pattern_match(d->host, dir, false) ||
	    (d->under != NULL && pattern_match(d->under, dir, false));
}

static struct left left_for(const struct context *d, const char *dir, const char *prefix,
    size_t len)
{
	struct left l = { .pattern = d->pattern };
	const char *rests[PLACES];
	size_t n;

	if (d->host == NULL)
		return l;
	if (!d->pattern) {
		l.all = lies_in(prefix, d->host, d->host_len);
		l.rest[0] = name_behind(d->host, prefix, len);
		l.n = l.rest[0] != NULL;
		return l;
	}
	if (strncmp(d->host, prefix, d->literal < len ? d->literal : len) != 0)
		return l;
	l.all = matches_dir(d, dir);
	n = l.all ? 0 : pattern_rests(d->host, prefix, rests, PLACES);
	if (n > PLACES)
		l.n = n;
	for (size_t i = 0; i < n && l.n <= RESTS; i++) {
		if (rests[i][strspn(rests[i], "*")] == '\0' && rests[i][0] == '*') {
			l.all = true;
		} else if (rests[i][0] != '\0' && !pattern_crosses(rests[i])) {
			if (l.n < RESTS)
				l.rest[l.n] = rests[i];
			l.n++;
		}
	}
	return l;
}

static short add_branch(struct entries *e, const struct context *d, const struct left *l,
    const char *rest, const char *exact)
{
	struct branch *b;

	if (e->n == BRANCHES) {
		e->slow = true;
		return -1;
	}
	b = &e->branch[e->n];
	*b = (struct branch){ .section = d, .rest = rest, .exact = exact, .pattern = l->pattern,
	    .first = exact != NULL ? *exact : '\0', .next = -1, .inner = -1 };
	if (rest != NULL) {
		b->len = strlen(rest);
		b->head = l->pattern ? strcspn(rest, "*?[\\") : b->len;
		b->need = l->pattern ? pattern_needs(rest) : pattern_letters(rest, b->len);
	}
	e->asks = e->asks || rest != NULL || exact != NULL;
	return e->n++;
}

/* The branches of one level, in the order that they are asked; returns the first, or -1. */
static short add_level(struct entries *e, const struct context *list, const char *prefix,
    size_t len)
{
	short first = -1, *end = &first;

	for (const struct context *d = list; d != NULL && !e->slow; d = d->next) {
		struct left l = left_for(d, e->dir, prefix, len);
		const char *exact = l.pattern ? name_behind(d->host, prefix, len) : NULL;
		short from = e->n, to, inner;

		if (l.n > RESTS) {
			e->slow = true;
			break;
		}
		if (!l.all && l.n == 0 && exact == NULL)
			continue;
		for (size_t i = 0; i < (l.all || l.n == 0 ? 1 : l.n); i++) {
			*end = add_branch(e, d, &l, l.all ? NULL : l.n == 0 ? "" : l.rest[i],
			    exact);
			if (*end < 0)
				return -1;
			end = &e->branch[*end].next;
		}
		to = e->n;
		inner = add_level(e, d->directories, prefix, len);
		while (from < to)
			e->branch[from++].inner = inner;
		if (l.all)
			break;               /* the ones behind it are never asked */
	}
	return first;
}

void entries_begin(struct entries *e, const struct context *base, const char *dir)
{
	STRBUF(prefix, 2 * PATHNAME_SIZE + 1);

	e->base = base;
	e->dir = dir;
	e->slow = e->asks = false;
	e->n = 0;
	strbuf_add(&prefix, dir);
	if (prefix.len > 1)
		strbuf_addc(&prefix, '/');
	e->first = add_level(e, base->directories, prefix.buf, prefix.len);
}

enum hit { HIT_NO, HIT_YES, HIT_EXACT };

static enum hit hit(const struct branch *b, const char *name, size_t len, uint64_t letters)
{
	if (*name == b->first && b->exact != NULL && strcmp(name, b->exact) == 0)
		return HIT_EXACT;
	if (b->rest == NULL)
		return HIT_YES;
	if ((b->need & ~letters) != 0 || len < b->head || memcmp(name, b->rest, b->head) != 0)
		return HIT_NO;
	if (!b->pattern)
		return len == b->len ? HIT_EXACT : HIT_NO;
	return pattern_match(b->rest + b->head, name + b->head, false) ? HIT_YES : HIT_NO;
}

static const struct context *find_slowly(const struct entries *e, const char *name)
{
	STRBUF(path, 3 * PATHNAME_SIZE);

	strbuf_add(&path, e->dir);
	if (path.len > 1)
		strbuf_addc(&path, '/');
	strbuf_add(&path, name);
	return context_for_path(e->base, path.buf);
}

unsigned entries_find(const struct entries *e, const char *name, const struct context **out)
{
	size_t len = strlen(name);
	uint64_t letters = e->asks ? pattern_letters(name, len) : 0;
	short found = -1, at = e->first;

	if (e->slow) {
		*out = find_slowly(e, name);
		return ENTRIES_OTHER;
	}
	while (at >= 0) {
		enum hit h = hit(&e->branch[at], name, len, letters);

		if (h != HIT_NO)
			found = at;
		if (h == HIT_EXACT)
			break;
		at = h == HIT_NO ? e->branch[at].next : e->branch[at].inner;
	}
	*out = found < 0 ? e->base : e->branch[found].section;
	return found < 0 ? ENTRIES_BASE : (unsigned)found;
}
