/* What -t looks at and a connection does not: mistakes that show in the whole, not in a line. */
#include "config/read.h"

#include "config/limit.h"
#include "config/strbuf.h"
#include "config/tls.h"
#include "config/wrap.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

bool name_in_file(const char *path, const char *name)
{
	size_t n = strlen(name), cap = 0;
	FILE *f = path != NULL ? fopen(path, "re") : NULL;
	char *line = NULL;
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && getline(&line, &cap, f) > 0)
		found = strncmp(line, name, n) == 0 && line[n] == ':';
	free(line);
	(void)fclose(f);
	return found;
}

static void check_names(struct reader *r, const struct context *c)
{
	const struct origin *user = &c->own->where[D_USER], *group = &c->own->where[D_GROUP];
	const struct passwd *pw;

	if (user->line != 0) {
		pw = getpwnam(c->own->user);
		if (pw == NULL && !name_in_file(SETTING(c, D_AUTH_USER_FILE, auth_user_file).path,
		    c->own->user))
			(void)tell_at(r, CONFIG_ERROR, *user, "User", "%s: there is no such user",
			    c->own->user);
		else if (pw != NULL && pw->pw_uid == 0 && c->kind == CTX_ANON)
			(void)tell_at(r, CONFIG_ERROR, *user, "User",
			    "%s: nobody is root without a password", c->own->user);
	}
	if (group->line != 0 && getgrnam(c->own->group) == NULL &&
	    !name_in_file(SETTING(c, D_AUTH_GROUP_FILE, auth_group_file).path, c->own->group))
		(void)tell_at(r, CONFIG_ERROR, *group, "Group", "%s: there is no such group",
		    c->own->group);
	if (c->own->where[D_ROOT_LOGIN].line != 0 && c->own->root_login)
		(void)tell_at(r, CONFIG_WARNING, c->own->where[D_ROOT_LOGIN], "RootLogin",
		    "lets root log in");
}

static void check_auth_file(struct reader *r, const struct context *c, enum directive_id id,
    const char *name, const char *path)
{
	if (c->own->where[id].line != 0 && access(path, R_OK) != 0)
		(void)tell_at(r, errno == EACCES ? CONFIG_WARNING : CONFIG_ERROR, c->own->where[id],
		    name, "%s: %s", path, strerror(errno));
}

/* A service without a file falls to PAM's "other", which refuses everybody. */
static void check_pam(struct reader *r, const struct context *server)
{
	static const char *const dirs[] = { SYSCONFDIR "/pam.d", "/etc/pam.d", "/usr/lib/pam.d" };
	const struct settings *s = settings_for(server, D_AUTH_PAM_CONFIG);

	if (!module_present("mod_auth_pam.c") || !SETTING(server, D_AUTH_PAM, auth_pam))
		return;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		STRBUF(path, PATHNAME_SIZE);

		strbuf_addf(&path, "%s/%s", dirs[i], s->auth_pam_config);
		if (access(path.buf, F_OK) == 0)
			return;
	}
	(void)tell_at(r, CONFIG_WARNING, s->where[D_AUTH_PAM_CONFIG].line != 0 ?
	    s->where[D_AUTH_PAM_CONFIG] : server->where, "AuthPAMConfig",
	    "the PAM service %s has no file in /etc/pam.d: accounts of the system cannot log in",
	    s->auth_pam_config);
}

/* Whether `path` lies in the directory `root`, or is it. */
static bool lies_in(const char *path, const char *root)
{
	size_t n = strlen(root);

	return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The host path of an <Anonymous>, "" when it cannot be told. */
static void anonymous_root(const struct context *a, struct strbuf *out)
{
	const char *slash = strchrnul(a->path, '/');
	char user[USER_SIZE];
	const struct passwd *pw;

	if (*a->path != '~') {
		strbuf_add(out, a->path);
		return;
	}
	if ((size_t)(slash - a->path) > sizeof user)
		return;
	memcpy(user, a->path + 1, (size_t)(slash - a->path - 1));
	user[slash - a->path - 1] = '\0';
	pw = getpwnam(*user != '\0' ? user : SETTING(a, D_USER, user));
	if (pw != NULL)
		strbuf_addf(out, "%s%s", pw->pw_dir, slash);
}

static void check_link(struct reader *r, const struct context *d)
{
	char *real = *d->path == '/' ? realpath(d->path, NULL) : NULL;

	if (real != NULL && strcmp(real, d->path) != 0)
		(void)tell_at(r, CONFIG_WARNING, d->where, "<Directory>",
		    "%s: leads over a symbolic link, and stands for %s", d->path, real);
	free(real);
}

static bool names_store(const struct limit *l)
{
	static const char *const verbs[] = { "STOR", "STOU", "APPE", "WRITE", "ALL" };

	for (const char *const *name = l->names; *name != NULL; name++) {
		for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
			if (strcmp(*name, verbs[i]) == 0)
				return true;
		}
	}
	return false;
}

static bool allows(const struct limit *l)
{
	const struct limit_rule *rule = l->rules;

	while (rule != NULL && !rule->allow)
		rule = rule->next;
	return rule != NULL;
}

/* A drop box whose site is open around it (FAQ 5.3c, 5.3e). */
static void check_drop_box(struct reader *r, const struct context *anon)
{
	static const struct limit_verb verbs[] = {
		{ "STOR", NULL, LIMIT_WRITE, false, false },
		{ "RNFR", NULL, LIMIT_WRITE, false, false },
	};

	struct subject anybody = { .user = NULL };

	for (const struct context *d = anon->directories; d != NULL; d = d->next) {
		for (const struct limit *l = d->limits; l != NULL; l = l->next) {
			if (!allows(l) || !names_store(l))
				continue;
			if (limit_check(anon, &verbs[0], &anybody,
			    NULL).verdict != VERDICT_NOTHING &&
			    limit_check(anon, &verbs[1], &anybody, NULL).verdict != VERDICT_NOTHING)
				return;
			(void)tell_at(r, CONFIG_WARNING, anon->where, "<Anonymous>",
			    "%s allows STOR below (line %u), but nothing denies WRITE at its root: "
			    "STOR, MKD, DELE, RNFR and RNTO are left to the modes of the files",
			    anon->path, (unsigned)l->where.line);
			return;
		}
	}
}

static void check_anonymous(struct reader *r, const struct context *server, const struct context *a)
{
	STRBUF(root, PATHNAME_SIZE);

	check_names(r, a);
	wrap_check(r, a);
	foreign_check(r, a);
	owner_check(r, a);
	upload_check(r, a);
	login_check(r, a);
	check_drop_box(r, a);
	anonymous_root(a, &root);
	for (const struct context *d = a->directories; d != NULL; d = d->next) {
		check_link(r, d);
		if (*d->path == '/' && root.len > 0 && !lies_in(d->path, root.buf))
			(void)tell_at(r, CONFIG_WARNING, d->where, "<Directory>",
			    "%s: is outside the root %s of its <Anonymous>; inside it, write the "
			    "path without the first slash", d->path, root.buf);
	}
	for (const struct context *d = server->directories; d != NULL; d = d->next) {
		if (root.len > 0 && lies_in(d->path, root.buf))
			(void)tell_at(r, CONFIG_WARNING, d->where, "<Directory>",
			    "%s: lies in <Anonymous %s> (line %u), whose sessions it does not rule",
			    d->path, a->path, (unsigned)a->where.line);
	}
}

/* One alias that leads to two anonymous sites of a server: which, is a guess. */
static void check_alias(struct reader *r, const struct user_alias *alias,
    const struct context *others)
{
	for (; others != NULL; others = others->next) {
		for (const struct user_alias *o = others->own->user_alias; o != NULL; o = o->next) {
			if (strcmp(alias->alias, o->alias) == 0)
				(void)tell_at(r, CONFIG_ERROR, alias->where, "UserAlias",
				    "%s: leads to another <Anonymous> too (line %u)", alias->alias,
				    (unsigned)o->where.line);
		}
	}
}

static void check_logins(struct reader *r, const struct context *server)
{
	const struct limit *first = NULL;

	for (const struct limit *l = server->limits; l != NULL; l = l->next) {
		for (const char *const *name = l->names; *name != NULL; name++) {
			if (strcmp(*name, "LOGIN") != 0)
				continue;
			if (first != NULL)
				(void)tell_at(r, CONFIG_WARNING, first->where, "<Limit>",
				    "LOGIN stands in line %u too, and one that denies is enough",
				    (unsigned)l->where.line);
			first = l;
		}
	}
}

static unsigned port_of(const struct server *s)
{
	const struct context *c = settings_next(s->context, D_PORT);

	return c != NULL ? c->own->port : UINT32_MAX;
}

static bool same_address(const struct server *a, const struct server *b)
{
	for (const char *const *x = a->names; x != NULL && *x != NULL; x++) {
		for (const char *const *y = b->names; y != NULL && *y != NULL; y++) {
			struct addr i, j;

			if (strcasecmp(*x, *y) == 0 || (server_literal(*x, &i) &&
			    server_literal(*y, &j) &&
			    addr_same_host(&i, &j)))
				return true;
		}
	}
	return false;
}

/* HOST leads to the first of two servers at one address that have the same name. */
static void check_aliases(struct reader *r, const struct server *first, const struct server *s)
{
	for (const struct server_alias *a = s->aliases; a != NULL; a = a->next) {
		for (const struct server_alias *b = first->aliases; b != NULL; b = b->next) {
			if (strcasecmp(a->name, b->name) == 0)
				(void)tell_at(r, CONFIG_WARNING, a->where, "ServerAlias",
				    "%s: is the server's of line %u, at the same address and port",
				    a->name, (unsigned)b->where.line);
		}
	}
}

static void check_addresses(struct reader *r, const struct server *s)
{
	const char *who = s == &r->c->main ? "DefaultAddress" : "<VirtualHost>";
	struct origin where = s == &r->c->main ? s->context->own->where[D_DEFAULT_ADDRESS] :
	    s->where;
	bool ipv6 = SETTING(r->c->main.context, D_USE_IPV6, use_ipv6), listed;

	for (const char *const *name = s->names; name != NULL && *name != NULL; name++) {
		struct addr a;

		if (server_literal(*name, &a)) {
			if (a.family == AF_INET6 && !ipv6)
				(void)tell_at(r, CONFIG_NOTE, where, who,
				    "%s: has no effect, UseIPv6 is off", *name);
		} else if (!server_name_known(r->src, r->c->main.context, *name, &listed)) {
			(void)tell_at(r, CONFIG_ERROR, where, who,
			    "%s: no address is known for this name", *name);
		}
	}
	for (const struct server *o = &r->c->main; o != s; o = o->next) {
		if (!same_address(o, s) || port_of(o) != port_of(s))
			continue;
		if (s->aliases == NULL)
			(void)tell_at(r, CONFIG_WARNING, where, who,
			    "is never reached: the server of line %u has the same address and "
			    "port, and there is no ServerAlias to ask for this one by",
			    (unsigned)o->where.line);
		check_aliases(r, o, s);
	}
}

/* What PASV tells clients: an address, a device, or a name that has one now or later. */
static void check_masquerade(struct reader *r, const struct context *c, enum directive_id id,
    const char *name, const char *value)
{
	struct addr a;
	bool listed;

	if (c->own->where[id].line == 0)
		return;
	if (addr_parse(&a, value) && a.family != AF_INET)
		(void)tell_at(r, CONFIG_WARNING, c->own->where[id], name,
		    "%s: PASV can tell an IPv4 address alone; EPSV needs none", value);
	else if (!addr_parse(&a, value) &&
	    !server_name_known(r->src, r->c->main.context, value, &listed))
		(void)tell_at(r, CONFIG_WARNING, c->own->where[id], name,
		    "%s: no address is known for this name now; until there is one PASV is "
		    "answered with 425", value);
}

static void check_masquerades(struct reader *r, const struct context *c)
{
	check_masquerade(r, c, D_MASQUERADE_ADDRESS, "MasqueradeAddress",
	    c->own->masquerade_address);
	check_masquerade(r, c, D_TLS_MASQUERADE_ADDRESS, "TLSMasqueradeAddress",
	    c->own->tls_masquerade_address);
}

/* A section of <Global>, which stands in every server, is told about with the main one alone. */
static bool told_already(struct reader *r, const struct server *s, const struct context *c)
{
	const struct context *g = r->c->global != NULL ? r->c->global->anonymous : NULL;

	while (g != NULL && (g->where.file != c->where.file || g->where.line != c->where.line))
		g = g->next;
	return g != NULL && s != &r->c->main;
}

static void check_server(struct reader *r, const struct server *s)
{
	const struct context *c = s->context;

	check_addresses(r, s);
	check_names(r, c);
	check_masquerades(r, c);
	check_auth_file(r, c, D_AUTH_USER_FILE, "AuthUserFile", c->own->auth_user_file.path);
	check_auth_file(r, c, D_AUTH_GROUP_FILE, "AuthGroupFile", c->own->auth_group_file.path);
	check_logins(r, c);
	tls_check_server(r, c);
	wrap_check(r, c);
	foreign_check(r, c);
	owner_check(r, c);
	upload_check(r, c);
	quota_check(r, c);
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		check_link(r, d);
	for (const struct context *a = c->anonymous; a != NULL; a = a->next) {
		if (told_already(r, s, a))
			continue;
		check_anonymous(r, c, a);
		for (const struct user_alias *u = a->own->user_alias; u != NULL; u = u->next)
			check_alias(r, u, a->next);
	}
}

/* The line of a DenyAll that `c` itself holds, for commands; line 0: there is none. */
static struct origin denial_of(const struct context *c)
{
	struct origin where = c->own->where[D_DENY_ALL];

	for (const struct limit *l = c->limits; l != NULL && where.line == 0; l = l->next) {
		if (l->names[0] == NULL || (strcmp(l->names[0], "LOGIN") == 0 &&
		    l->names[1] == NULL))
			continue;
		for (const struct limit_rule *rule = l->rules; rule != NULL; rule = rule->next) {
			if (rule->kind == RULE_ALL && !rule->allow)
				where = rule->where;
		}
	}
	return where;
}

/* Whether a DenyAll in `c` or its sections may be taken back by a file; told if so. */
static bool override_told(struct reader *r, const struct context *c)
{
	struct origin where = denial_of(c);
	bool told = where.line != 0 && SETTING(c, D_ALLOW_OVERRIDE, allow_override);

	if (told)
		(void)tell_at(r, CONFIG_NOTE, where, "DenyAll",
		    "a .ftpaccess file may take it back; AllowOverride off keeps such files from "
		    "being read");
	for (const struct context *d = c->directories; d != NULL && !told; d = d->next)
		told = override_told(r, d);
	for (const struct context *a = c->anonymous; a != NULL && !told; a = a->next)
		told = override_told(r, a);
	return told;
}

/* One reminder for the whole configuration: what is meant is one line of it. */
static void check_overrides(struct reader *r)
{
	const struct server *s = &r->c->main;

	while (s != NULL && !override_told(r, s->context))
		s = s->next;
}

void check_all(struct reader *r)
{
	const struct context *main = r->c->main.context;
	const struct server *by_default = NULL;

	for (const struct server *s = &r->c->main; s != NULL; s = s->next) {
		struct origin where = s->context->own->where[D_DEFAULT_SERVER];

		check_server(r, s);
		guard_server(r, s->context);
		if (where.line == 0 || !s->context->own->default_server)
			continue;
		if (by_default != NULL)
			(void)tell_at(r, CONFIG_ERROR, where, "DefaultServer",
			    "is on in line %u already",
			    (unsigned)by_default->context->own->where[D_DEFAULT_SERVER].line);
		else
			by_default = s;
	}
	if (r->c->global != NULL) {
		check_names(r, r->c->global);
		check_masquerades(r, r->c->global);
		tls_check_global(r);
		wrap_check(r, r->c->global);
		check_auth_file(r, r->c->global, D_AUTH_USER_FILE, "AuthUserFile",
		    r->c->global->own->auth_user_file.path);
		check_auth_file(r, r->c->global, D_AUTH_GROUP_FILE, "AuthGroupFile",
		    r->c->global->own->auth_group_file.path);
	}
	guard_classes(r);
	hide_check(r);
	counter_check(r);
	ratio_check(r);
	check_pam(r, main);
	check_overrides(r);
	if (SETTING(main, D_ALLOW_EMPTY_PASSWORDS, allow_empty_passwords))
		(void)tell_at(r, CONFIG_NOTE, main->where, "AllowEmptyPasswords",
		    "is on; off is recommended");
}
