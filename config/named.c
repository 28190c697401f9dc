/* Servers by name: ServerAlias, and the server that HOST asks for (directives.md, 14.3). */
#include "config/read.h"

#include "config/special.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A letter of a host's name is the same in either case (RFC 4343), whatever a locale says. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool alias_matches(const char *alias, const char *name)
{
	const char *star = NULL, *back = NULL;

	/* only the last star is tried again: the name's length times the alias's, and no more */
	while (*name != '\0') {
		if (*alias == '*') {
			star = ++alias;
			back = name;
		} else if (*alias == '?' || lower(*alias) == lower(*name)) {
			alias++;
			name++;
		} else if (star != NULL) {
			alias = star;
			name = ++back;
		} else {
			return false;
		}
	}
	while (*alias == '*')
		alias++;
	return *alias == '\0';
}

static bool is_pattern(const char *alias)
{
	return strpbrk(alias, "*?") != NULL;
}

static void tell_alias(struct reader *r, const struct directive *d, const char *name)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*?";
	struct addr a;

	if (server_literal(name, &a))
		tell_warning(r, d->name,
		    "%s: an address is no name; what a client gets who asks for one is the server "
		    "of this address", name);
	else if (name[strspn(name, plain)] != '\0')
		tell_warning(r, d->name,
		    "%s: no client can send this; a name holds letters, digits, -, _ and dots",
		    name);
}

int read_server_alias(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool global = r->scope->kind == CTX_GLOBAL;
	struct server_alias **end = global ? &r->c->aliases : &r->server->aliases;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	if (r->condition != NULL) {
		tell_warning(r, d->name,
		    "has no effect in %s: a server's names are its own for everybody",
		    "a conditional section");
		return 0;
	}
	if (r->again)                /* noted when the block was read over */
		return 0;
	while (*end != NULL)
		end = &(*end)->next;
	for (size_t i = 1; i < nwords; i++) {
		struct server_alias *a = config_alloc(r->c, sizeof *a);

		if (r->mode == READ_BUILD)
			tell_alias(r, d, words[i]);
		a->name = config_strdup(r->c, words[i]);
		a->where = r->here;
		*end = a;
		end = &a->next;
	}
	return 0;
}

/* Whether one of these aliases is the name, or with `pattern` stands for it. */
static bool listed(const struct server_alias *a, const char *name, bool pattern)
{
	for (; a != NULL; a = a->next) {
		if (is_pattern(a->name) ? pattern && alias_matches(a->name, name) :
		    !pattern && strcasecmp(a->name, name) == 0)
			return true;
	}
	return false;
}

/* The names of <VirtualHost> that are none of an address. */
static bool called(const struct config *c, const struct server *s, const char *name)
{
	struct addr a;

	for (const char *const *n = s == &c->main ? NULL : s->names; n != NULL && *n != NULL; n++) {
		if (strcasecmp(*n, name) == 0 && !server_literal(*n, &a))
			return true;
	}
	return false;
}

/* A name that every server has is the present one's; nobody else's is nearer. */
static struct server *find(struct reader *r, const char *name, const struct addr *local)
{
	struct config *c = r->c;

	for (int pattern = 0; pattern <= 1; pattern++) {
		for (struct server *s = &c->main; s != NULL; s = s->next) {
			if ((listed(s->aliases, name, pattern) ||
			    (!pattern && called(c, s, name))) &&
			    server_shares(r, s, local))
				return s;
		}
		if (listed(c->aliases, name, pattern))
			return c->chosen;
	}
	return NULL;
}

/* In the environment of the start, which %{env:NAME} may name. */
static void build(struct reader *r, struct server *s)
{
	char **now = environ;

	environ = r->c->environment;
	server_build(r, s);
	environ = now;
	s->faulty = r->errors > 0;
	if (s->faulty)
		s->context = NULL;
	else
		server_finish(r, s);
}

struct context *config_server_named(struct config *c, const char *name, const struct addr *local)
{
	struct reader r = { .c = c, .src = &c->source, .late = true, .words = c->words };
	struct server *s;

	c->source.local = local;
	s = *name == '\0' || c->chosen == NULL ? c->chosen : find(&r, name, local);
	if (s != NULL && s->context == NULL && !s->faulty && c->words != NULL &&
	    c->environment != NULL)
		build(&r, s);
	return s != NULL ? s->context : NULL;
}

static bool has_name(const struct server *s)
{
	struct addr a;

	if (s->aliases != NULL)
		return true;
	for (const char *const *n = s->names; n != NULL && *n != NULL; n++) {
		if (!server_literal(*n, &a))
			return true;
	}
	return false;
}

void named_keep(struct reader *r)
{
	struct config *c = r->c;
	struct server *s = c->main.next;
	size_t n = 0;

	while (s != NULL && (s->context != NULL || !has_name(s)))
		s = s->next;
	if (s == NULL)
		return;
	while (environ != NULL && environ[n] != NULL)
		n++;
	/* what the superserver was told is no session's business */
	c->environment = arena_alloc(&c->secret, (n + 1) * sizeof *c->environment);
	while (n-- > 0)
		c->environment[n] = arena_strdup(&c->secret, environ[n]);
}
