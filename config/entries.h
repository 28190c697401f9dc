#ifndef CONFIG_ENTRIES_H
#define CONFIG_ENTRIES_H

#include "config/context.h"

/*
 * The sections that rule over the entries of one directory: sorted out once for a listing, and then
 * asked by names alone, with the answers that context_for_path has for the whole paths.
 */
enum { BRANCHES = 96 };

/* A section that may rule over an entry. */
struct branch {
	const struct context *section;
	const char *rest;            /* what the name must match; NULL: every name does */
	const char *exact;           /* the name that the section's own path ends with, or NULL */
	size_t len, head;            /* of `rest`, and of the plain text that it begins with */
	uint64_t need;               /* letters that the name must have (pattern_needs) */
	bool pattern;
	char first;                  /* of `exact`: most names differ there */
	short next, inner;           /* asked next if it does not match, and if it does; or -1 */
};

struct entries {
	const struct context *base;
	const char *dir;             /* host path, the caller's */
	bool slow;                   /* too many sections: whole paths are asked about */
	bool asks;                   /* the name decides, at least for some names */
	short first;
	short n;
	struct branch branch[BRANCHES];
};

/* `dir`: a canonical host path, which must live as long. */
void entries_begin(struct entries *e, const struct context *base, const char *dir);
/*
 * The section that rules over the entry `name`: the number of its branch; ENTRIES_BASE for `base`,
 * ENTRIES_OTHER for one that has no number. `out` gets the section.
 */
enum { ENTRIES_BASE = BRANCHES, ENTRIES_OTHER };
unsigned entries_find(const struct entries *e, const char *name, const struct context **out);

#endif
