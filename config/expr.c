/* User, group and class expressions. */
#include "config/expr.h"

#include <string.h>

static bool item_holds(const struct expr_item *item, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(item->name, names[i]) == 0)
			return !item->negated;
	}
	return item->negated;
}

bool expr_holds(const struct expr *e, const char *const *names, size_t n)
{
	for (size_t i = 0; i < e->n; i++) {
		if (item_holds(&e->items[i], names, n) != e->all)
			return !e->all;
	}
	return e->all || e->n == 0;
}
