/* User, group and class expressions. */
#include "config/expr.h"

#include <string.h>

bool expr_empty(const struct expr *e)
{
	return e->n == 0 && e->regex == NULL;
}

static bool item_holds(const struct expr_item *item, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(item->name, names[i]) == 0)
			return !item->negated;
	}
	return item->negated;
}

static bool regex_hits(const regex_t *re, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (regexec(re, names[i], 0, NULL, 0) == 0)
			return true;
	}
	return false;
}

bool expr_holds(const struct expr *e, const char *const *names, size_t n)
{
	if (e->regex != NULL)
		return regex_hits(e->regex, names, n);
	for (size_t i = 0; i < e->n; i++) {
		if (item_holds(&e->items[i], names, n) != e->all)
			return !e->all;
	}
	return e->all || e->n == 0;
}
