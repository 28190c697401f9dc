/* Conditional sections: read, decided, and made part of their server. */
#include "config/condition.h"

#include "config/expr.h"
#include "config/read.h"
#include "config/special.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int open_condition(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const struct { const char *name; enum condition_kind kind; bool all; } kinds[] = {
		{ "<IfClass>", IF_CLASS, false }, { "<IfUser>", IF_USER, false },
		{ "<IfGroup>", IF_GROUP, true }, { "<IfAuthenticated>", IF_AUTHENTICATED, false },
	};
	/* a body's own `outer` is the context that it will be merged into */
	struct context *into = r->scope->kind == CTX_CONDITION ?
	    (struct context *)(uintptr_t)r->scope->outer : r->scope;
	struct condition *cond = config_alloc(r->c, sizeof *cond), **end = &into->conditions;
	size_t k = 0;

	while (strcasecmp(kinds[k].name, d->name) != 0)
		k++;
	cond->kind = kinds[k].kind;
	if (cond->kind == IF_AUTHENTICATED ? !words_fit(r, d, nwords, 0, 0) :
	    (!words_fit(r, d, nwords, 1, WORDS_MAX) ||
	    expr_read(r, d, nwords - 1, words + 1, kinds[k].all, &cond->expr) != 0))
		return -EINVAL;
	if (++r->c->nconditions > CONDITIONS_MAX)
		return tell_error(r, d->name, "more than %d conditional sections", CONDITIONS_MAX);
	cond->body = context_new(r, CTX_CONDITION, NULL);
	cond->body->outer = into;
	cond->around = r->condition;
	cond->where = r->here;
	while (*end != NULL)
		end = &(*end)->next;
	*end = cond;
	section_open(r, d->name, READ_BUILD);
	r->scope = cond->body;
	r->condition = cond;
	return 0;
}

void conditions_number(struct config *c, struct context *server)
{
	struct condition *own = server->conditions, **end = &server->conditions;
	unsigned n = 0;

	/* copies: <Global>'s belong to every server, and each numbers them anew */
	for (const struct condition *g = server->outer != NULL ? server->outer->conditions : NULL;
	    g != NULL; g = g->next) {
		struct condition *copy = config_alloc(c, sizeof *copy);

		*copy = *g;
		copy->index = n++;
		copy->next = NULL;
		*end = copy;
		end = &copy->next;
		for (const struct condition *o = server->conditions; g->around != NULL && o != copy;
		    o = o->next)
			if (o->body == g->around->body)
				copy->around = o;
	}
	*end = own;
	for (; own != NULL; own = own->next)
		own->index = n++;
}

static bool set_has(const struct condition_set *set, const struct condition *cond)
{
	return cond->index < CONDITIONS_MAX &&
	    (set->bits[cond->index / 8] >> cond->index % 8 & 1) != 0;
}

static void set_add(struct condition_set *set, const struct condition *cond)
{
	if (cond->index < CONDITIONS_MAX)
		set->bits[cond->index / 8] |= (unsigned char)(1 << cond->index % 8);
}

static bool holds(const struct condition *cond, struct subject *who)
{
	const char *const *names;
	const char *one;
	size_t n;

	switch (cond->kind) {
	case IF_CLASS:
		one = subject_class(who);
		return expr_holds(&cond->expr, &one, one != NULL);
	case IF_USER:
		return who->user != NULL && expr_holds(&cond->expr, &who->user, 1);
	case IF_GROUP:
		if (who->user == NULL)
			return false;
		names = subject_groups(who, &n);
		return expr_holds(&cond->expr, names, n);
	case IF_AUTHENTICATED:
		return who->user != NULL;
	}
	return false;
}

/* Which hold: those of the class alone, or all that are left. */
static bool find(const struct context *server, struct subject *who, struct condition_set *out)
{
	bool any = false;

	*out = (struct condition_set){ .bits = { 0 } };
	for (const struct condition *cond = server->conditions; cond != NULL; cond = cond->next) {
		if (cond->merged || (cond->around != NULL && !cond->around->merged &&
		    !set_has(out, cond->around)) || !holds(cond, who))
			continue;
		set_add(out, cond);
		any = true;
	}
	return any;
}

/* Whose sections are asked first, as 1.3.8 does it: a user's, then a group's, then a class's. */
static unsigned char rank_of(const struct condition *cond)
{
	static const unsigned char ranks[] = {
		[IF_USER] = 0, [IF_GROUP] = 1, [IF_AUTHENTICATED] = 2, [IF_CLASS] = 3,
	};

	return ranks[cond->kind];
}

static void graft(struct config *c, struct context *outer, struct context **list,
    const struct context *from, unsigned char rank)
{
	struct context *behind = *list;

	for (; from != NULL; from = from->next) {
		struct context *copy = config_alloc(c, sizeof *copy);

		*copy = *from;
		copy->outer = outer;
		copy->as_read = context_as_read(from);
		copy->directories = NULL;
		copy->merged = true;
		copy->rank = rank;
		graft(c, copy, &copy->directories, from->directories, rank);
		*list = copy;
		list = &copy->next;
	}
	*list = behind;
}

/* Copies of a body's sections before the server's of `list`, and behind those that come first. */
static void add_sections(struct config *c, struct context *server, struct context **list,
    const struct context *from, unsigned char rank)
{
	while (*list != NULL && (*list)->merged && (*list)->rank <= rank)
		list = &(*list)->next;
	graft(c, server, list, from, rank);
}

/* The same for <Limit>: a body's take the place that is theirs among the bodies'. */
static void add_limits(struct context *server, const struct limit *limits, unsigned char rank)
{
	struct context *at = server, *next = (struct context *)(uintptr_t)at->outer;

	for (; next->merged && next->rank <= rank; next = (struct context *)(uintptr_t)at->outer) {
		at->limits = next->limits;
		at->rank = next->rank;
		at = next;
	}
	at->limits = limits;
	at->rank = rank;
}

/*
 * The server stays what everybody's pointer means, but holds the body; what it held until now lies
 * behind it. So a value of the body is found first, and its sections are asked before the server's.
 */
static void merge(struct config *c, struct context *server, const struct condition *cond)
{
	const struct context *body = cond->body;
	struct context *inner = config_alloc(c, sizeof *inner);
	unsigned index = 0;

	*inner = *server;
	inner->as_read = context_as_read(server);
	server->as_read = body;
	inner->directories = inner->anonymous = NULL;
	inner->conditions = NULL;
	server->own = body->own;
	server->outer = inner;
	server->merged = true;
	add_limits(server, body->limits, rank_of(cond));
	add_sections(c, server, &server->directories, body->directories, rank_of(cond));
	add_sections(c, server, &server->anonymous, body->anonymous, rank_of(cond));
	for (struct context *a = server->anonymous; a != NULL; a = a->next)
		a->index = ++index;
}

void conditions_merge(struct config *c, struct context *server, const struct condition_set *set)
{
	for (struct condition *cond = server->conditions; cond != NULL; cond = cond->next) {
		if (cond->merged || !set_has(set, cond))
			continue;
		merge(c, server, cond);
		cond->merged = true;
	}
}

void conditions_at_connect(struct config *c, struct context *server, struct subject *who)
{
	struct condition_set set;

	if (find(server, who, &set))
		conditions_merge(c, server, &set);
}

bool conditions_at_login(const struct context *server, struct subject *who,
    struct condition_set *out)
{
	return find(server, who, out);
}
