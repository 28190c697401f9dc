/* Regular expressions that are plain texts: taken apart once, then compared. */
#include "config/literal.h"

#include <string.h>

/* What stands for an anchor or for ".*" in a text; an expression that holds one is left alone. */
enum { BEGIN = 1, END = 2, ANY = 3, GROUPS = 3 /* in one another */ };

/* Alternatives while they are put together. */
struct set {
	size_t n;
	unsigned char len[LITERALS_MAX];
	char text[LITERALS_MAX][LITERAL_SIZE];
};

static bool add(struct set *out, const char *text, size_t len)
{
	if (out->n == LITERALS_MAX || len >= LITERAL_SIZE)
		return false;
	memcpy(out->text[out->n], text, len);
	out->len[out->n++] = (unsigned char)len;
	return true;
}

/* Every text of `a` followed by every text of `b`, in `a`. */
static bool join(struct set *a, const struct set *b)
{
	struct set out = { .n = 0 };

	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			char text[2 * LITERAL_SIZE];

			memcpy(text, a->text[i], a->len[i]);
			memcpy(text + a->len[i], b->text[k], b->len[k]);
			if (!add(&out, text, (size_t)a->len[i] + b->len[k]))
				return false;
		}
	}
	*a = out;
	return true;
}

/* One character of a text, or an anchor, or ".*"; `p` moves behind it. */
static bool parse_char(const char **p, char *out)
{
	const char *at = *p;

	if (*at == '\\') {
		/* a letter, a digit, < > ` or ' behind it would mean something */
		if (at[1] == '\0' || strchr("^.[]$()|*+?{}\\/-_~,:;=@#%&! \"", at[1]) == NULL)
			return false;
		*out = at[1];
		at += 2;
	} else if (*at == '[') {
		if (at[1] == '\0' || strchr("^]\\[", at[1]) != NULL || at[2] != ']' ||
		    (at[1] > 0 && at[1] < ' '))  /* BEGIN and its like */
			return false;
		*out = at[1];
		at += 3;
	} else if (at[0] == '.' && at[1] == '*') {
		*out = ANY;
		at += 2;
	} else if (*at == '^' || *at == '$') {
		*out = *at++ == '^' ? BEGIN : END;
	} else {
		if (strchr(".*+?{}])", *at) != NULL || (*at >= 0 && *at < ' '))
			return false;
		*out = *at++;
	}
	*p = at;
	return *at == '\0' || strchr("*+?{", *at) == NULL;
}

/* Alternatives up to the end or to the `)` of a group. */
static bool parse(const char **p, struct set *out, unsigned depth)
{
	struct set one = { .n = 1 };

	out->n = 0;
	for (;; ++*p) {
		while (**p != '\0' && **p != '|' && !(**p == ')' && depth > 0)) {
			struct set next = { .n = 1, .len = { 1 } };

			if (**p == '(') {
				++*p;
				if (depth == GROUPS || !parse(p, &next, depth + 1) || **p != ')')
					return false;
				++*p;
				if (**p != '\0' && strchr("*+?{", **p) != NULL)
					return false;
			} else if (!parse_char(p, next.text[0])) {
				return false;
			}
			if (!join(&one, &next))
				return false;
		}
		for (size_t i = 0; i < one.n; i++) {
			if (!add(out, one.text[i], one.len[i]))
				return false;
		}
		if (**p != '|')
			return true;
		one = (struct set){ .n = 1 };
	}
}

/* Anchors and ".*" at both ends of a text become what they mean; elsewhere they are too much. */
static bool settle(struct literal_text *out, const char *text, size_t len)
{
	out->begins = len > 0 && text[0] == BEGIN;
	if (out->begins) {
		text++;
		len--;
	}
	out->ends = len > 0 && text[len - 1] == END;
	if (out->ends)
		len--;
	if (len > 0 && text[0] == ANY) {
		out->begins = false;
		text++;
		len--;
	}
	if (len > 0 && text[len - 1] == ANY) {
		out->ends = false;
		len--;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == BEGIN || text[i] == END || text[i] == ANY)
			return false;
	}
	memcpy(out->text, text, len);
	out->len = (unsigned char)len;
	return true;
}

bool literal_parse(struct literal *l, const char *expression)
{
	struct set set;
	const char *p = expression;

	if (!parse(&p, &set, 0) || *p != '\0')
		return false;
	l->n = set.n;
	for (size_t i = 0; i < set.n; i++) {
		if (!settle(&l->text[i], set.text[i], set.len[i]))
			return false;
	}
	return true;
}

bool literal_match(const struct literal *l, const char *s, size_t len)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct literal_text *t = &l->text[i];

		if (t->len > len || (t->begins && t->ends && t->len != len))
			continue;
		if (t->begins ? memcmp(s, t->text, t->len) == 0 :
		    t->ends ? memcmp(s + len - t->len, t->text, t->len) == 0 :
		    memmem(s, len, t->text, t->len) != NULL)
			return true;
	}
	return false;
}
