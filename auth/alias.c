/* UserAlias, AuthAliasOnly and the <Anonymous> that a name leads to. */
#include "auth/alias.h"

#include <string.h>

/* The alias line for `typed` among a context's own: the literal one, or the `*`. */
static const struct user_alias *own_alias(const struct context *c, const char *typed, bool star)
{
	const struct user_alias *a = c->own->user_alias;

	while (a != NULL && strcmp(a->alias, star ? "*" : typed) != 0)
		a = a->next;
	return a;
}

struct search {
	const struct context *server;
	bool (*usable)(void *arg, const struct context *block);
	void *arg;
};

/*
 * The server's <Anonymous> sections (its list: later first), then its own lines, then <Global>'s.
 */
static const struct user_alias *find(const struct search *s, const char *typed, bool star,
    const struct context **inside)
{
	const struct user_alias *a;

	for (*inside = s->server->anonymous; *inside != NULL; *inside = (*inside)->next)
		if ((a = own_alias(*inside, typed, star)) != NULL && s->usable(s->arg, *inside))
			return a;
	for (const struct context *c = settings_next(s->server, D_USER_ALIAS); c != NULL;
	    c = settings_next(c->outer, D_USER_ALIAS))
		if ((a = own_alias(c, typed, star)) != NULL)
			return a;
	return NULL;
}

/*
 * The block whose User it is. AuthAliasOnly in one: its User by name is a normal login (FAQ 5.14).
 */
static const struct context *block_of(const struct search *s, const char *account)
{
	const struct context *x = s->server->anonymous;

	while (x != NULL && (strcmp(account, SETTING(x, D_USER, user)) != 0 ||
	    SETTING(x, D_AUTH_ALIAS_ONLY, auth_alias_only) || !s->usable(s->arg, x)))
		x = x->next;
	return x;
}

void alias_find(const struct context *server, const char *typed,
    bool (*usable)(void *arg, const struct context *block), void *arg, struct alias_target *out)
{
	const struct search s = { server, usable, arg };
	const struct context *inside;
	const struct user_alias *a = find(&s, typed, false, &inside);

	/*
	 * the exact name before the `*`, wherever they stand: else a `*` would hide every line
	 * after it
	 */
	if (a == NULL)
		a = find(&s, typed, true, &inside);
	*out = (struct alias_target){ .anonymous = inside, .account = a != NULL ? a->real : typed,
		.aliased = a != NULL };
	if (inside != NULL)
		return;
	out->anonymous = block_of(&s, out->account);
	out->refused = a == NULL && SETTING(server, D_AUTH_ALIAS_ONLY, auth_alias_only);
}
