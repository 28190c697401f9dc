/* What -t warns of: configurations that are legal, and probably not what was meant. */
#include "config/read.h"

#include "config/limit.h"
#include "config/peer.h"
#include "config/tls.h"

#include <string.h>

/* Asked about whoever is not known yet. */
static const struct limit_verb stor = { "STOR", NULL, LIMIT_WRITE, false, false };

static bool names(const struct limit *l, const char *name)
{
	for (const char *const *n = l->names; *n != NULL; n++) {
		if (strcmp(*n, name) == 0)
			return true;
	}
	return false;
}

/* Whether a line holds for everybody. */
static bool for_all(const struct limit_rule *rule)
{
	return rule->kind == RULE_ALL || (rule->kind == RULE_FROM && rule->from->form == PEER_ALL);
}

/* Whether a section leaves nothing to those that are asked after it. */
static bool always_decides(const struct limit *l)
{
	for (const struct limit_rule *rule = l->rules; rule != NULL; rule = rule->next) {
		if (for_all(rule))
			return true;
	}
	return l->deny_first;
}

/* The section of the same context that decides about `name` before `l` is asked, or NULL. */
static const struct limit *decided_before(const struct context *c, const struct limit *l,
    const char *name)
{
	for (const struct limit *m = c->limits; m != l; m = m->next) {
		if (names(m, name) && always_decides(m))
			return m;
	}
	return NULL;
}

/* A section all of whose commands a later one in the file has decided about. */
static void check_dead_limit(struct reader *r, const struct context *c, const struct limit *l)
{
	const struct limit *by = NULL;

	for (const char *const *n = l->names; *n != NULL; n++) {
		/* of LOGIN all sections must agree: none is dead */
		if (strcmp(*n, "LOGIN") == 0 || (by = decided_before(c, l, *n)) == NULL)
			return;
	}
	if (by != NULL && l->ignore_hidden == IGNORE_UNSET)
		(void)tell_at(r, CONFIG_WARNING, l->where, "<Limit>",
		    "never counts: the one in line %u is asked first, and always decides",
		    (unsigned)by->where.line);
}

/* Lines that the other kind of line leaves nothing to. */
static void check_dead_lines(struct reader *r, const struct limit *l)
{
	const struct limit_rule *all = l->rules;

	while (all != NULL && (all->allow == l->deny_first || !for_all(all)))
		all = all->next;
	for (const struct limit_rule *rule = all != NULL ? l->rules : NULL; rule != NULL;
	    rule = rule->next) {
		if (rule->allow != all->allow)
			(void)tell_at(r, CONFIG_WARNING, rule->where, rule->allow ? "Allow" :
			    "Deny", "never counts: with Order %s the %s of line %u holds for "
			    "everybody before it", l->deny_first ? "deny,allow" : "allow,deny",
			    all->allow ? "Allow" : "Deny", (unsigned)all->where.line);
	}
}

static void check_class(struct reader *r, struct origin where, const char *directive,
    const struct expr *e)
{
	for (size_t i = 0; i < e->n; i++) {
		const struct class *c = r->c->classes;

		while (c != NULL && strcmp(c->name, e->items[i].name) != 0)
			c = c->next;
		if (c == NULL)
			(void)tell_at(r, CONFIG_WARNING, where, directive,
			    "%s: there is no <Class> of that name", e->items[i].name);
	}
}

static void check_name_rule(struct reader *r, const struct context *server,
    const struct peer_item *items, const char *directive)
{
	for (const struct peer_item *i = items; i != NULL; i = i->next) {
		if (!peer_asks_name(i->form) || SETTING(server, D_USE_REVERSE_DNS, use_reverse_dns))
			continue;
		(void)tell_at(r, CONFIG_WARNING, i->where, directive,
		    "%s: no name is looked up while UseReverseDNS is off: it never matches",
		    i->text);
	}
}

static void check_limits(struct reader *r, const struct context *server, const struct context *c)
{
	for (const struct limit *l = c->limits; l != NULL; l = l->next) {
		check_dead_limit(r, c, l);
		check_dead_lines(r, l);
		for (const struct limit_rule *rule = l->rules; rule != NULL; rule = rule->next) {
			if (rule->kind == RULE_CLASS)
				check_class(r, rule->where, rule->allow ? "AllowClass" :
				    "DenyClass", &rule->expr);
			else if (rule->kind == RULE_FROM)
				check_name_rule(r, server, rule->from, rule->allow ? "Allow" :
				    "Deny");
		}
	}
}

/* Whether a path lies where web servers look for pages and scripts. */
static bool in_web(const char *path)
{
	static const char *const trees[] = { "/var/www", "/srv/www", "/srv/http",
	    "/usr/share/nginx" };
	static const char *const parts[] = { "/public_html", "/htdocs", "/cgi-bin", "/wwwroot" };

	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		size_t n = strlen(trees[i]);

		if (strncmp(path, trees[i], n) == 0 && (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *at = strstr(path, parts[i]);

		if (at != NULL && (at[strlen(parts[i])] == '/' || at[strlen(parts[i])] == '\0'))
			return true;
	}
	return false;
}

/* Whether something in this section lets files be stored. */
static bool lets_store(const struct context *c)
{
	for (const struct limit *l = c->limits; l != NULL; l = l->next) {
		if (!names(l, "STOR") && !names(l, "WRITE") && !names(l, "ALL"))
			continue;
		for (const struct limit_rule *rule = l->rules; rule != NULL; rule = rule->next) {
			if (rule->allow)
				return true;
		}
	}
	return false;
}

/* Files that strangers store where a web server would run them. */
static void check_web(struct reader *r, const struct context *c)
{
	struct subject anybody = { .user = NULL };
	bool anonymous = c->kind == CTX_ANON;

	if (!in_web(c->path) || limit_check(c, &stor, &anybody, NULL).verdict == VERDICT_DENY ||
	    (!anonymous && !lets_store(c)))
		return;
	(void)tell_at(r, CONFIG_WARNING, c->where, anonymous ? "<Anonymous>" : "<Directory>",
	    "%s: what is stored there a web server may run or show; deny WRITE, or keep uploads "
	    "elsewhere", c->path);
}

/* What <Global> holds is told about once, for the main server. */
static bool told_already(const struct reader *r, const struct context *server,
    const struct context *section)
{
	const struct context *outer = context_as_read(section)->outer;

	return server != r->c->main.context && outer != NULL && outer->kind == CTX_GLOBAL;
}

static void check_sections(struct reader *r, const struct context *server,
    const struct context *list)
{
	for (const struct context *d = list; d != NULL; d = d->next) {
		if (told_already(r, server, d))
			continue;
		check_limits(r, server, d);
		check_web(r, d);
		check_sections(r, server, d->directories);
	}
}

/* What is decided before a user is known, and so cannot depend on him. */
static void check_too_late(struct reader *r, const struct condition *cond)
{
	static const struct { enum directive_id id; const char *name; } early[] = {
		{ D_ACCESS_DENY_MSG, "AccessDenyMsg" },
		{ D_ANON_REQUIRE_PASSWORD, "AnonRequirePassword" },
		{ D_AUTH_ALIAS_ONLY, "AuthAliasOnly" }, { D_AUTH_FILE_OPTIONS, "AuthFileOptions" },
		{ D_AUTH_GROUP_FILE, "AuthGroupFile" }, { D_AUTH_LOG, "AuthLog" },
		{ D_AUTH_ORDER, "AuthOrder" },
		{ D_AUTH_PAM, "AuthPAM" }, { D_AUTH_PAM_CONFIG, "AuthPAMConfig" },
		{ D_AUTH_PAM_OPTIONS, "AuthPAMOptions" }, { D_AUTH_USER_FILE, "AuthUserFile" },
		{ D_CREATE_HOME, "CreateHome" }, { D_DEFAULT_CHDIR, "DefaultChdir" },
		{ D_DEBUG_LEVEL, "DebugLevel" }, { D_DEFAULT_ADDRESS, "DefaultAddress" },
		{ D_DEFAULT_ROOT, "DefaultRoot" }, { D_DEFAULT_SERVER, "DefaultServer" },
		{ D_DEFAULT_TRANSFER_MODE, "DefaultTransferMode" },
		{ D_DEFER_WELCOME, "DeferWelcome" },
		{ D_ALLOW_LOG_SYMLINKS, "AllowLogSymlinks" }, { D_EXTENDED_LOG, "ExtendedLog" },
		{ D_LOG_OPTIONS, "LogOptions" }, { D_SERVER_LOG, "ServerLog" },
		{ D_DISPLAY_CONNECT, "DisplayConnect" }, { D_IDENT_LOOKUPS, "IdentLookups" },
		{ D_GROUP, "Group" }, { D_MAX_LOGIN_ATTEMPTS, "MaxLoginAttempts" },
		{ D_MAX_PASSWORD_SIZE, "MaxPasswordSize" }, { D_PORT, "Port" },
		{ D_REQUIRE_VALID_SHELL, "RequireValidShell" }, { D_ROOT_LOGIN, "RootLogin" },
		{ D_SERVER_IDENT, "ServerIdent" }, { D_SET_ENV, "SetEnv" },
		{ D_SYSLOG_FACILITY, "SyslogFacility" }, { D_SYSLOG_LEVEL, "SyslogLevel" },
		{ D_SYSTEM_LOG, "SystemLog" }, { D_TIMEOUT_LOGIN, "TimeoutLogin" },
		{ D_TRANSFER_LOG, "TransferLog" }, { D_USE_FTP_USERS, "UseFtpUsers" },
		{ D_USE_IPV6, "UseIPv6" }, { D_USER, "User" },
		{ D_USER_ALIAS, "UserAlias" }, { D_USER_PASSWORD, "UserPassword" },
	};
	const struct context *body = cond->body;

	for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
		struct origin where = body->own->where[early[i].id];

		if (where.line != 0)
			(void)tell_at(r, CONFIG_WARNING, where, early[i].name,
			    "has no effect here: it is asked for before the user is known");
	}
	tls_check_late(r, body);
	for (const struct context *a = body->anonymous; a != NULL; a = a->next)
		(void)tell_at(r, CONFIG_WARNING, a->where, "<Anonymous>",
		    "has no effect here: it is asked for before the user is known");
}

static void check_conditions(struct reader *r, const struct context *server)
{
	for (const struct condition *cond = server->conditions; cond != NULL; cond = cond->next) {
		const struct context *body = cond->body;

		if (told_already(r, server, body))
			continue;
		if (cond->kind == IF_CLASS)
			check_class(r, cond->where, "<IfClass>", &cond->expr);
		else
			check_too_late(r, cond);
		check_limits(r, server, body);
		check_sections(r, server, body->directories);
		check_sections(r, server, body->anonymous);
	}
}

/* A written AuthOrder in which another source may let in whom PAM refused (FAQ 7.12). */
static void check_pam_order(struct reader *r, const struct context *server)
{
	const struct settings *s = settings_for(server, D_AUTH_ORDER);
	const struct auth_order *o = &s->auth_order;
	bool pam = false;

	if (!o->written || !SETTING(server, D_AUTH_PAM, auth_pam))
		return;
	for (size_t i = 0; i < o->n; i++) {
		if (o->step[i].source == AUTH_SOURCE_PAM)
			pam = !o->step[i].authoritative;
		else if (pam && o->step[i].source == AUTH_SOURCE_UNIX) {
			(void)tell_at(r, CONFIG_WARNING, s->where[D_AUTH_ORDER], "AuthOrder",
			    "mod_auth_unix.c may accept whom PAM refused, an expired account too; "
			    "mark PAM with *");
			return;
		}
	}
}

void guard_server(struct reader *r, const struct context *server)
{
	for (const struct context *c = server; c != NULL; c = c->outer) {
		if (c->kind != CTX_GLOBAL || server == r->c->main.context)
			check_limits(r, server, c);
	}
	check_sections(r, server, server->directories);
	check_sections(r, server, server->anonymous);
	check_conditions(r, server);
	check_pam_order(r, server);
}

void guard_classes(struct reader *r)
{
	const struct context *main = r->c->main.context;

	for (const struct class *c = r->c->classes; c != NULL; c = c->next) {
		check_name_rule(r, main, c->items, "From");
		if (c->items == NULL)
			(void)tell_at(r, CONFIG_WARNING, c->where, "<Class>",
			    "%s: has no From: nobody belongs to it", c->name);
	}
}
