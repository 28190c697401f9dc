/*
 * Which tables of tcp wrappers are asked about a peer and a user, and what becomes of the answer.
 */
#include "auth/wrap.h"

#include "auth/helper.h"
#include "auth/hosts.h"
#include "auth/xferlog.h"
#include "config/expr.h"
#include "config/io.h"
#include "config/log.h"
#include "config/wrap.h"

#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* One of the two modules: its lists of tables, in the order in which they are looked at. */
struct module {
	struct { enum directive_id id; const char *name; size_t at; } user, group, general;
	enum directive_id service_id;
	size_t service_at;
	bool second;                 /* mod_wrap2 */
};

#define AT(field) offsetof(struct settings, field)

static const struct module modules[] = {
	{ { D_TCP_USER_ACCESS_FILES, "TCPUserAccessFiles", AT(tcp_user_files) },
	    { D_TCP_GROUP_ACCESS_FILES, "TCPGroupAccessFiles", AT(tcp_group_files) },
	    { D_TCP_ACCESS_FILES, "TCPAccessFiles", AT(tcp_access_files) },
	    D_TCP_SERVICE_NAME, AT(tcp_service_name), false },
	{ { D_WRAP_USER_TABLES, "WrapUserTables", AT(wrap_user_tables) },
	    { D_WRAP_GROUP_TABLES, "WrapGroupTables", AT(wrap_group_tables) },
	    { D_WRAP_TABLES, "WrapTables", AT(wrap_tables) },
	    D_WRAP_SERVICE_NAME, AT(wrap_service_name), true },
};

static const void *field(const struct settings *s, size_t at)
{
	return (const char *)s + at;
}

/* The first line whose expression holds for the names, the innermost context's first. */
static const struct wrap_tables *by_rule(const struct context *c, enum directive_id id, size_t at,
    const char *const *names, size_t n)
{
	for (c = settings_next(c, id); c != NULL; c = settings_next(c->outer, id)) {
		const struct wrap_rule *rule = *(const struct wrap_rule *const *)field(c->own, at);

		for (; rule != NULL; rule = rule->next)
			if (expr_holds(&rule->who, names, n))
				return &rule->tables;
	}
	return NULL;
}

/* The tables that decide about the user, and the directive that named them; or NULL. */
static const struct wrap_tables *choose(const struct module *mod, struct monitor *m,
    const struct context *base, const char **name)
{
	const struct wrap_tables *t = by_rule(base, mod->user.id, mod->user.at, &m->who.user, 1);
	const char *const *groups;
	size_t n;

	*name = mod->user.name;
	if (t == NULL && settings_next(base, mod->group.id) != NULL) {
		groups = subject_groups(&m->who, &n);
		t = by_rule(base, mod->group.id, mod->group.at, groups, n);
		*name = mod->group.name;
	}
	if (t == NULL) {
		t = field(settings_for(base, mod->general.id), mod->general.at);
		*name = mod->general.name;
	}
	return t->allow != NULL ? t : NULL;
}

static void write_log(const struct monitor *m, bool allowed, const char *who, const char *why)
{
	const char *path = SETTING(m->server, D_WRAP_LOG, wrap_log);
	STRBUF(text, 2 * TEXT_SIZE);

	if (path == NULL || strcasecmp(path, "none") == 0)
		return;
	strbuf_addf(&text, "%s%s%s: %s", allowed ? "allowed " : "refused ",
	    who != NULL ? "USER " : "connection", who != NULL ? who : "", why);
	log_file_line("WrapLog", path, SETTING(m->server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks),
	    m->peer_name, text.buf);
}

/* `~/` is the user's home, %U his name. False: that makes no path. */
static bool table_path(const char *path, const struct account *acc, struct strbuf *out)
{
	if (path[0] == '~') {
		strbuf_add(out, acc->home);
		path++;
	}
	for (; *path != '\0'; path++) {
		if (path[0] != '%' || path[1] != 'U' || acc == NULL) {
			strbuf_addc(out, *path);
			continue;
		}
		/* a name that leads elsewhere would choose its own table */
		if (acc->name[0] == '.' || acc->name[0] == '\0' || strchr(acc->name, '/') != NULL)
			return false;
		strbuf_add(out, acc->name);
		path++;
	}
	return !out->full;
}

/* Ask about one module's tables; `acc` NULL: at connect. */
static void ask(const struct module *mod, struct monitor *m, const struct context *base,
    const struct account *acc, const struct group_set *groups, const struct wrap_tables *t,
    const char *name, struct wrap_answer *out)
{
	const struct settings *levels = settings_for(base, D_TCP_ACCESS_SYSLOG_LEVELS);
	const char *service = *(const char *const *)field(settings_for(m->server, mod->service_id),
	    mod->service_at);
	bool preview = m->client < 0, unseen = preview || m->secured;
	bool users = t->allow[0] == '~' || t->deny[0] == '~';
	struct helper_user user = { 0 };
	struct hosts_answer answer = { .allowed = false, .why = "the tables' names make no path" };
	STRBUF(allow, PATHNAME_SIZE);
	STRBUF(deny, PATHNAME_SIZE);
	struct strbuf why;
	struct hosts_question q = {
		.allow = allow.buf, .deny = deny.buf,
		.names = { m->program, service != NULL ? service : "proftpd" }, .ours = true,
		/*
		 * what a user writes must decide about him alone, and run nothing outside his jail
		 */
		.no_options = users || preview,
		.address = unseen ? &m->peer : NULL, .name = unseen ? subject_name(&m->who) : NULL,
		.local = &m->local,
		.all_names = mod->second && SETTING(m->server, D_WRAP_OPTIONS, wrap_all_names) ?
		    &m->peer : NULL,
		.allow_level = levels->tcp_access_syslog_levels.allow,
		.deny_level = levels->tcp_access_syslog_levels.deny,
	};

	if (acc != NULL)
		user = (struct helper_user){ acc->uid, acc->gid, groups->ids, groups->n };
	answer.level = q.deny_level;
	if (table_path(t->allow, acc, &allow) && table_path(t->deny, acc, &deny))
		hosts_ask(m, users && user.uid != 0 ? &user : NULL, &q, &answer);
	out->allowed = answer.allowed;
	out->level = answer.level;
	strbuf_init(&why, out->why, sizeof out->why);
	strbuf_addf(&why, "%s %s", name, answer.why);
	if (mod->second && !preview)
		write_log(m, out->allowed, acc != NULL ? acc->name : NULL, out->why);
	if (out->allowed)
		log_write(out->level, "tcp wrappers: %s", out->why);
}

void wrap_check_connect(struct monitor *m, struct wrap_answer *out)
{
	const struct module *mod = &modules[1];
	const struct context *server = m->server;
	const struct wrap_tables *t = &settings_for(server, D_WRAP_TABLES)->wrap_tables;

	*out = (struct wrap_answer){ .allowed = true };
	if (!SETTING(server, D_WRAP_ENGINE, wrap_engine) ||
	    !SETTING(server, D_WRAP_OPTIONS, wrap_on_connect) || t->allow == NULL ||
	    wrap_needs_user(t))
		return;
	ask(mod, m, server, NULL, NULL, t, mod->general.name, out);
	m->wrapped = t;
	if (!out->allowed)
		out->text = SETTING(server, D_WRAP_DENY_MSG, wrap_deny_msg);
}

void wrap_check_login(struct monitor *m, const struct context *base, const struct account *acc,
    const struct group_set *groups, struct wrap_answer *out)
{
	*out = (struct wrap_answer){ .allowed = true };
	for (size_t i = 0; i < sizeof modules / sizeof *modules && out->allowed; i++) {
		const struct module *mod = &modules[i];
		const struct wrap_tables *t;
		const char *name;

		if (mod->second && !SETTING(m->server, D_WRAP_ENGINE, wrap_engine))
			continue;
		t = choose(mod, m, base, &name);
		out->asked = out->asked || (mod->second && (t != NULL || m->wrapped != NULL));
		if (t == NULL || t == m->wrapped)
			continue;
		ask(mod, m, base, acc, groups, t, name, out);
		if (!out->allowed && mod->second)
			out->text = SETTING(base, D_WRAP_DENY_MSG, wrap_deny_msg);
	}
}
