#ifndef CONFIG_CONTEXT_H
#define CONFIG_CONTEXT_H

#include "config/bounds.h"
#include "config/settings.h"

/*
 * The tree of sections. `outer` is where a value is looked for next: a
 * <Directory> → the <Directory> it lies under (directives.md, 3.6) → its
 * <Anonymous> or server → <Global> → the built-in defaults.
 */
enum context_kind {
	CTX_DEFAULTS, CTX_GLOBAL, CTX_SERVER, CTX_ANON, CTX_DIRECTORY,
	CTX_CONDITION,               /* the body of an <IfUser> or its like, before it is merged */
	CTX_FTPACCESS,               /* a .ftpaccess file */
};

/* What one line in a <Limit> goes by. */
enum rule_kind { RULE_ALL, RULE_FROM, RULE_USER, RULE_GROUP, RULE_CLASS, RULE_FILTER };

/* Allow…, Deny…: one line in a <Limit> (directives.md, 7 to 9). */
struct limit_rule {
	const struct limit_rule *next;       /* the next in the file */
	enum rule_kind kind;
	bool allow;
	union {
		const struct peer_item *from;    /* RULE_FROM */
		struct expr expr;                /* RULE_USER, RULE_GROUP, RULE_CLASS */
		struct filter filter;            /* RULE_FILTER: tried on the argument */
	};
	struct origin where;
};

enum ignore_hidden { IGNORE_UNSET, IGNORE_OFF, IGNORE_ON };

/* One <Limit>: what it names, and what it says. */
struct limit {
	const struct limit *next;    /* examined next: the one before it in the file */
	const char *const *names;    /* verbs, SITE_x and groups, upper case, NULL-terminated */
	const struct limit_rule *rules;
	bool deny_first;             /* Order deny,allow */
	enum ignore_hidden ignore_hidden;
	struct origin where, order;  /* order: of Order, line 0: none is written */
};

/*
 * <IfClass>, <IfUser>, <IfGroup>, <IfAuthenticated>: a body that counts when the expression holds.
 */
struct condition {
	struct condition *next;      /* the next in the file */
	const struct condition *around;      /* it stands inside this one, which must hold too; or
	                                        NULL */
	enum condition_kind { IF_CLASS, IF_USER, IF_GROUP, IF_AUTHENTICATED } kind;
	struct expr expr;
	struct context *body;
	unsigned index;              /* its number in the server, from 0; set by server_finish */
	struct origin where;
	bool merged;                 /* it holds, and is part of the server already */
};

struct context {
	enum context_kind kind;
	const char *path;            /* CTX_DIRECTORY, CTX_ANON: as written, without a trailing
	                                slash */
	struct origin where;
	const struct context *outer;
	const struct context *as_read;       /* a copy of this one, as the file has it; NULL: it is
	                                        none */
	const struct settings *own;  /* never NULL: settings_unset where nothing is set */
	const struct limit *limits;          /* later in the file first */
	struct context *directories;         /* of this level, later in the file first; */
	struct context *anonymous;           /* nested ones hang under their parent's list */
	struct condition *conditions;        /* CTX_SERVER, CTX_GLOBAL: not merged yet, in file
	                                        order */
	struct context *next;                /* in the list that this one is in */
	const char *host;            /* CTX_DIRECTORY: context_resolve's path; NULL: matches none */
	const char *under;           /* of a pattern: what matches below it, or NULL */
	size_t host_len, literal;    /* literal: of a pattern, what comes before its first
	                                wildcard */
	bool merged;                 /* it holds, or came from, the body of a condition */
	unsigned char rank;          /* … of which kind, for whose sections are asked first */
	bool pattern;                /* `host` holds wildcards */
	unsigned index;              /* CTX_ANON: its number in the server, from 1, for the
	                                boundary */
};

/*
 * The settings that hold `id` for `c`: the innermost of `c` and what is outside it
 * where it is set, or the built-in defaults. Never NULL.
 */
const struct settings *settings_for(const struct context *c, enum directive_id id);
/* The value of one field, found as settings_for finds it. */
#define SETTING(c, id, field) (settings_for((c), (id))->field)

/*
 * Lists (DefaultRoot, DefaultChdir, UserAlias, UserPassword, SetEnv) accumulate over the
 * contexts, a server's own before <Global>'s. The first of `c` and what is outside it that
 * holds some, or NULL; `c` may be NULL. So all of them, in the order they count:
 *	for (c = settings_next(c, id); c != NULL; c = settings_next(c->outer, id))
 *		for (rule = c->own->default_root; rule != NULL; rule = rule->next)
 */
const struct context *settings_next(const struct context *c, enum directive_id id);

/* The context as the file has it, where this one was copied. */
static inline const struct context *context_as_read(const struct context *c)
{
	return c->as_read != NULL ? c->as_read : c;
}
/* The <Anonymous> of `server` with this index, or NULL. */
const struct context *context_anonymous(const struct context *server, unsigned index);
/*
 * The section that rules over `path`, a canonical host path (directives.md, 3.5 to 3.8):
 * the deepest matching <Directory> of `base` (an <Anonymous> or a server), else `base`
 * itself. `anon_root` is the host path that relative names inside an <Anonymous> begin at.
 * `base` must have been prepared by context_resolve.
 */
const struct context *context_for_path(const struct context *base, const char *path);
/*
 * How long the directory on the way to `path` is whose section `d` is, `d` being one of those that
 * rule over `path`: its name without the wildcards at its end, or what of `path` they stand for.
 * 0: the root.
 */
size_t context_depth(const struct context *d, const char *path);
/*
 * A section of `base` that forbids something or bounds it, and holds the name of `path`, a
 * canonical host path, in its own: under another name the section would lose what it rules over.
 * NULL: none.
 */
const struct context *context_naming(const struct context *base, const char *path);

/*
 * Whether a section of `base` may rule over an entry of the directory at `path` (a canonical host
 * path) and not over the directory itself. True too often with wildcards, never false wrongly.
 */
bool context_below(const struct context *base, const char *path);

/* The home of a user whom a section's path names. */
enum { HOMES_MAX = 16 };
struct home {
	char user[USER_SIZE];
	char path[PATHNAME_SIZE];    /* "": nobody knows it */
};
/*
 * The users of `~user` in the section paths of `base`, written to `out` without their homes; the
 * accounts may be in no database that libc knows. Returns how many, at most HOMES_MAX.
 */
size_t context_homes(const struct context *base, struct home *out);

/* What `~`, `~user`, `%u` and relative names in section paths stand for, once the user is known. */
struct context_names {
	const char *user;            /* login name, for %u */
	const char *home;            /* host path */
	const char *anon_root;       /* host path, inside an <Anonymous>; else NULL */
	const struct home *homes;    /* of other users; who is not among them libc is asked for */
	size_t nhomes;
};

struct config;
/*
 * After login, before the jail: turn the <Directory> paths of `base` into absolute host
 * paths and hang nested ones under their parents. A path that cannot be resolved never
 * matches. The tree is this process's own copy.
 */
void context_resolve(struct config *c, struct context *base, const struct context_names *names);

#endif
