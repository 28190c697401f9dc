#ifndef CONFIG_EXPR_H
#define CONFIG_EXPR_H

#include "config/settings.h"

/*
 * Whether an expression holds for a set of names (directives.md, 9): `names` are the
 * session's groups (or its one user or class). An empty expression holds.
 */
bool expr_holds(const struct expr *e, const char *const *names, size_t n);
/* Whether nothing is asked for: it was not written. */
bool expr_empty(const struct expr *e);

#endif
