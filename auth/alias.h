#ifndef AUTH_ALIAS_H
#define AUTH_ALIAS_H

#include "config/context.h"

/* Which account and which <Anonymous> a typed name stands for (directives.md, 12). */
struct alias_target {
	const struct context *anonymous;     /* the block that applies, or NULL: a normal login */
	const char *account;         /* the account: the typed name itself, or what an alias says */
	bool aliased;                /* by an alias, not by its own name */
	bool refused;                /* AuthAliasOnly of the server, and no alias matched */
};

/*
 * `usable` is asked about a block only when it would apply; one that is not counts as absent. `out`
 * points into the configuration or to `typed`.
 */
void alias_find(const struct context *server, const char *typed,
    bool (*usable)(void *arg, const struct context *block), void *arg, struct alias_target *out);

#endif
