/* DefaultRoot, DefaultChdir and the directory of an <Anonymous>: which one, and what it says. */
#include "auth/defaultroot.h"

#include "config/expr.h"
#include "config/log.h"
#include "config/memory.h"

#include <string.h>

/* `~` or `~user` at the start of a path; `path` moves behind it. */
static bool expand_home(const struct monitor *m, const struct account *acc, const char **path,
    struct strbuf *out)
{
	size_t n = strcspn(*path, "/");
	char name[USER_SIZE];
	struct account other;

	if (n > 1) {
		if (n > sizeof name)
			return false;
		memcpy(name, *path + 1, n - 1);
		name[n - 1] = '\0';
		if (!account_find(m, name, &other))
			return false;
		acc = &other;
	}
	strbuf_add(out, acc->home);
	*path += n;
	return acc->home[0] == '/';
}

/* A name that somebody chose freely must not climb out of /srv/%u. */
static bool is_component(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

bool defaultroot_expand(const struct monitor *m, const struct account *acc, const char *path,
    struct strbuf *out)
{
	if (path[0] == '~' && !expand_home(m, acc, &path, out))
		return false;
	while (*path != '\0') {
		if (path[0] == '%' && path[1] == 'u') {
			if (!is_component(acc->name)) /* an AuthUserFile may hold any */
				return false;
			strbuf_add(out, acc->name);
			path += 2;
		} else {
			strbuf_addc(out, *path++);
		}
	}
	return !out->full;
}

size_t defaultroot_homes(const struct monitor *m, const struct context *base, struct home *out)
{
	size_t n = context_homes(base, out);
	struct account *acc = n > 0 ? memory_map(sizeof *acc) : NULL;

	for (size_t i = 0; i < n; i++) {
		if (account_find(m, out[i].user, acc))
			memcpy(out[i].path, acc->home, sizeof out[i].path);
	}
	if (acc != NULL)
		memory_unmap(acc, sizeof *acc);
	return n;
}

static const struct path_rule *own_rules(const struct context *c, enum directive_id id)
{
	return id == D_DEFAULT_ROOT ? c->own->default_root : c->own->default_chdir;
}

/* The groups are looked up only where an expression asks for them. */
static bool group_rule_holds(struct monitor *m, const struct expr *e)
{
	const char *const *names;
	size_t n;

	if (expr_empty(e))
		return true;
	names = subject_groups(&m->who, &n);
	return expr_holds(e, names, n);
}

/* The first rule whose group expression holds, own ones before <Global>'s. */
static const struct path_rule *first_rule(struct monitor *m, const struct context *c,
    enum directive_id id)
{
	for (c = settings_next(c, id); c != NULL; c = settings_next(c->outer, id))
		for (const struct path_rule *rule = own_rules(c, id); rule != NULL;
		    rule = rule->next)
			if (group_rule_holds(m, &rule->groups))
				return rule;
	return NULL;
}

const struct path_rule *defaultroot_rule(struct monitor *m, const struct context *base)
{
	return base->kind == CTX_ANON ? NULL : first_rule(m, base, D_DEFAULT_ROOT);
}

static void tell_rule(const struct monitor *m, const struct path_rule *rule, const char *jail)
{
	STRBUF(where, PATHNAME_SIZE);

	config_where(m->config, rule->where, &where);
	log_debug(3, "%s: DefaultRoot %s applies: %s", where.buf, rule->path, jail);
}

/* Several slashes are still the one directory that is no jail. */
static bool is_root(const char *path)
{
	return path[strspn(path, "/")] == '\0';
}

/*
 * AuthUnixOptions MagicTokenChroot: a home of /a/./b is the jail /a, and the directory /b in it.
 * What has nothing before the token is no jail, and must not take one away.
 */
static bool magic_token(const struct context *base, const struct account *acc, struct strbuf *jail)
{
	const char *token = strstr(acc->home, "/./");

	if (!SETTING(base, D_AUTH_UNIX_OPTIONS, magic_token_chroot) || token == NULL ||
	    strspn(acc->home, "/") >= (size_t)(token - acc->home))
		return false;
	strbuf_addn(jail, acc->home, (size_t)(token - acc->home));
	return true;
}

/* UserDirRoot: behind an alias there is a directory of its name alone. */
static bool add_alias(const struct context *block, const char *alias, struct strbuf *jail,
    struct strbuf *why)
{
	if (alias == NULL || !SETTING(block, D_USER_DIR_ROOT, user_dir_root))
		return true;
	strbuf_addf(jail, "/%s", alias);
	if (is_component(alias) && !jail->full)
		return true;
	strbuf_addf(why, "UserDirRoot: \"%s\" is no name of a directory", alias);
	return false;
}

bool defaultroot_guest(const struct account *acc, struct strbuf *jail, struct strbuf *why)
{
	if (jail->len == 0)
		strbuf_add(jail, acc->home);
	if (!is_root(jail->buf))
		return true;
	strbuf_addf(why, "AnonymousGroup: the home of %s is /, which is no jail", acc->name);
	return false;
}

bool defaultroot_jail(struct monitor *m, const struct context *base, const struct account *acc,
    const char *alias, struct strbuf *jail, struct strbuf *why)
{
	bool anonymous = base->kind == CTX_ANON;
	bool by_home = !anonymous && magic_token(base, acc, jail);
	const struct path_rule *rule = by_home ? NULL : defaultroot_rule(m, base);
	const char *path = anonymous ? base->path : rule != NULL ? rule->path : "/";

	if (by_home)
		return true;
	if (!defaultroot_expand(m, acc, path, jail) || jail->buf[0] != '/') {
		strbuf_addf(why, "%s %s cannot be expanded for %s", anonymous ? "<Anonymous>" :
		    "DefaultRoot", path, acc->name);
		return false;
	}
	if (rule != NULL && log_debugging(3))
		tell_rule(m, rule, jail->buf);
	if (!is_root(jail->buf))
		return add_alias(base, alias, jail, why);
	if (anonymous) {
		strbuf_addf(why, "<Anonymous %s> leads to /, which is no jail", path);
		return false;
	}
	strbuf_reset(jail);
	return true;
}

void defaultroot_chdir(struct monitor *m, const struct context *base, const struct account *acc,
    struct strbuf *start)
{
	const struct path_rule *rule = first_rule(m, base, D_DEFAULT_CHDIR);
	const char *path = rule != NULL ? rule->path : "";

	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
		path += path[1] == '/' ? 2 : 1; /* what is relative begins at the home anyway */
	if (!defaultroot_expand(m, acc, path, start)) {
		log_debug(1, "DefaultChdir %s cannot be expanded for %s: not used", path,
		    acc->name);
		strbuf_reset(start);
	}
}
