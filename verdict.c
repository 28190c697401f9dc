/* The verdict on a query: the way of a live session, with all that led there. */
#include "verdict.h"

#include "auth/admission.h"
#include "auth/defaultroot.h"
#include "auth/login.h"
#include "auth/place.h"
#include "auth/process.h"
#include "auth/who.h"
#include "config/condition.h"
#include "config/config.h"
#include "config/json.h"
#include "config/memory.h"
#include "config/peer.h"
#include "session/command.h"
#include "vfs/path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { STEPS_MAX = 48 };

/* One reason on the way to the verdict. */
struct step {
	char what[24], text[2 * TEXT_SIZE], where[PATHNAME_SIZE];
};

/* What the session would stand on; a path of a query is asked about in there. */
struct ground {
	struct session_start start;
	struct place place;
	struct root root;
	struct access access;
	struct subject who;
	struct home homes[HOMES_MAX];
};

/* One query on its way; lives in the child that answers it, and others of the same person. */
struct explain {
	const struct verdict_how *how;
	const struct query *q;
	struct ground *ground;       /* NULL: not reached yet */
	struct config *c;
	struct monitor m;
	struct subject looked_up;    /* as the monitor knows the subject by itself */
	const char *const *groups;   /* `groups=` of the query, cut up */
	size_t ngroups;
	struct login_result login;
	const struct command *command;
	const char *verdict;         /* NULL: not yet */
	unsigned reply;
	struct step steps[STEPS_MAX], decided;
	size_t nsteps;
	bool is_decided;
};

static void __attribute__((format(printf, 4, 5))) tell_step(struct explain *e, const char *what,
    const char *where, const char *fmt, ...)
{
	struct step *s = &e->steps[e->nsteps];
	va_list ap;

	if (e->nsteps == STEPS_MAX)
		return;
	e->nsteps++;
	(void)snprintf(s->what, sizeof s->what, "%s", what);
	(void)snprintf(s->where, sizeof s->where, "%s", where);
	va_start(ap, fmt);
	(void)vsnprintf(s->text, sizeof s->text, fmt, ap);
	va_end(ap);
}

static const char *place_of(const struct explain *e, struct origin where, struct strbuf *out)
{
	strbuf_reset(out);
	config_where(e->c, where, out);
	return out->buf;
}

/* The verdict, and what made it; `where` line 0: no line did. */
static void decide(struct explain *e, const char *verdict, unsigned reply, struct origin where,
    const char *what)
{
	STRBUF(place, PATHNAME_SIZE);

	e->verdict = verdict;
	e->reply = reply;
	if (what == NULL)
		return;
	(void)snprintf(e->decided.what, sizeof e->decided.what, "decided by");
	(void)snprintf(e->decided.text, sizeof e->decided.text, "%s", what);
	(void)snprintf(e->decided.where, sizeof e->decided.where, "%s",
	    where.line != 0 ? place_of(e, where, &place) : "");
	e->is_decided = true;
}

/* The words for a <Limit> or section that decided, with the line in it. */
static void decide_by(struct explain *e, const char *verdict, unsigned reply,
    const struct decision *d)
{
	STRBUF(what, 2 * TEXT_SIZE);
	/* the lines of a .ftpaccess are not the configuration's */
	bool theirs = d->context != NULL && d->context->kind == CTX_FTPACCESS;
	const char *line = theirs ? "?" : config_line(e->c, d->where);

	if (d->verdict == VERDICT_NOTHING) {
		decide(e, verdict, reply, d->where, NULL);
		return;
	}
	strbuf_add(&what, d->where.line != 0 && *line != '?' ? line : d->name);
	if (strncmp(line, "<Directory", 10) == 0)
		strbuf_add(&what, ": it would lose the name that it rules over");
	else if (strncmp(line, "<Limit", 6) == 0 && d->rule.line == 0)
		strbuf_add(&what, ": none of its lines holds, and its Order denies then");
	else if (d->rule.line != 0 && d->rule.line != d->where.line)
		strbuf_addf(&what, ", line %u%s%s", (unsigned)d->rule.line, theirs ? "" : ": ",
		    theirs ? "" : config_line(e->c, d->rule));
	decide(e, verdict, reply, d->where, what.buf);
	if (e->ground != NULL) {             /* it may be a .ftpaccess */
		STRBUF(place, PATHNAME_SIZE);

		access_where(&e->ground->access, d, &place);
		(void)snprintf(e->decided.where, sizeof e->decided.where, "%s", place.buf);
	}
}

/* Whoever made a link or a .ftpaccess does not write to the terminal; "\" is a rule's own. */
static void put_plain(const char *text)
{
	STRBUF(plain, 4 * PATHNAME_SIZE);

	for (;;) {
		size_t n = strcspn(text, "\\");

		strbuf_addescaped(&plain, text, n);
		if (text[n] == '\0')
			break;
		strbuf_addc(&plain, '\\');
		text += n + 1;
	}
	(void)fputs(plain.buf, stdout);
}

static void put_line(const struct step *s)
{
	(void)printf("  %-10s  ", s->what);
	put_plain(s->text);
	if (s->where[0] != '\0') {
		(void)fputs(" (", stdout);
		put_plain(s->where);
		(void)fputs(")", stdout);
	}
	(void)fputs("\n", stdout);
}

static void put_text(const struct explain *e)
{
	const struct query *q = e->q;

	(void)printf("%s: %s%s%s for %s from %s\n", e->verdict, q->cmd != NULL ? q->cmd : "LOGIN",
	    q->path != NULL ? " " : "", q->path != NULL ? q->path : "", q->user != NULL ? q->user :
	    "nobody yet", e->m.peer_name);
	for (size_t i = 0; i < e->nsteps; i++)
		put_line(&e->steps[i]);
	if (e->is_decided)
		put_line(&e->decided);
	else if (strcmp(e->verdict, "allow") == 0)
		(void)printf("  %-10s  no rule: what is not denied is allowed\n", "decided by");
	if (e->reply != 0)
		(void)printf("  %-10s  %u\n", "reply", e->reply);
}

static void put_member(const char *name, const char *value, const char *end)
{
	STRBUF(json, 6 * PATHNAME_SIZE);

	json_string(&json, value);
	(void)printf("\"%s\": %s%s", name, json.full ? "null" : json.buf, end);
}

static void put_step(const struct step *s)
{
	(void)fputs("{", stdout);
	put_member("what", s->what, ", ");
	put_member("text", s->text, ", ");
	put_member("where", s->where, "}");
}

static void put_json(const struct explain *e)
{
	const struct query *q = e->q;

	(void)fputs("{", stdout);
	put_member("verdict", e->verdict, ", ");
	put_member("user", q->user != NULL ? q->user : "", ", ");
	put_member("addr", e->m.peer_name, ", ");
	put_member("cmd", q->cmd != NULL ? q->cmd : "LOGIN", ", ");
	put_member("path", q->path != NULL ? q->path : "", ", ");
	(void)printf("\"reply\": %u, \"decided_by\": ", e->reply);
	if (e->is_decided) {
		(void)fputs("{", stdout);
		put_member("what", e->decided.text, ", ");
		put_member("where", e->decided.where, "}");
	} else {
		(void)fputs("null", stdout);
	}
	(void)fputs(", \"steps\": [", stdout);
	for (size_t i = 0; i < e->nsteps; i++) {
		(void)fputs(i > 0 ? ", " : "", stdout);
		put_step(&e->steps[i]);
	}
	(void)fputs("]}\n", stdout);
}

static const char *find_name(void *arg)
{
	const struct explain *e = arg;

	return SETTING(e->m.server, D_USE_REVERSE_DNS, use_reverse_dns) ? e->q->name : NULL;
}

static const char *const *find_groups(void *arg, size_t *n)
{
	const struct explain *e = arg;

	if (e->groups == NULL)
		return e->looked_up.find_groups(e->looked_up.arg, n);
	*n = e->ngroups;
	return e->groups;
}

/* The names of `groups=a:b`, cut up. */
static void take_groups(struct explain *e)
{
	const char **names;
	char *text;

	if (e->q->groups == NULL)
		return;
	text = config_strdup(e->c, e->q->groups);
	names = config_alloc(e->c, (strlen(text) + 1) * sizeof *names);
	for (char *save, *p = strtok_r(text, ":", &save); p != NULL; p = strtok_r(NULL, ":", &save))
		names[e->ngroups++] = p;
	e->groups = names;
}

/* The peer, as the monitor knows him at connect. */
static void take_peer(struct explain *e)
{
	struct monitor *m = &e->m;

	m->config = e->c;
	m->server = e->how->server;
	m->local = e->how->local;
	(void)addr_parse(&m->peer, e->q->addr != NULL ? e->q->addr : "127.0.0.1");
	m->privileged = geteuid() == 0;
	m->program = "in.ftpd";
	m->client = m->boundary = m->boundary_second = -1;
	process_name_peer(&m->peer, m->peer_name, sizeof m->peer_name);
	who_connected(m);
	e->looked_up = m->who;
	m->who.find_name = find_name;
	m->who.find_groups = find_groups;
	m->who.arg = e;
	take_groups(e);
}

static void tell_server(struct explain *e)
{
	const struct context *s = context_as_read(e->m.server);
	STRBUF(where, PATHNAME_SIZE);

	tell_step(e, "server", place_of(e, s->where, &where), "%s",
	    s->where.line == 0 ? "the main server" : config_line(e->c, s->where));
}

/* Which conditional sections became part of the server. */
static void tell_conditions(struct explain *e)
{
	STRBUF(where, PATHNAME_SIZE);

	for (const struct condition *cond = e->m.server->conditions; cond != NULL;
	    cond = cond->next)
		tell_step(e, "condition", place_of(e, cond->where, &where), "%s %s",
		    config_line(e->c, cond->where), cond->merged ? "holds" : "does not hold");
}

static void tell_class(struct explain *e)
{
	const char *name = e->m.who.classes != NULL ? subject_class(&e->m.who) : NULL;
	STRBUF(where, PATHNAME_SIZE);

	for (const struct class *c = config_classes(e->c); name != NULL && c != NULL; c = c->next) {
		if (strcmp(c->name, name) == 0)
			tell_step(e, "class", place_of(e, c->where, &where), "%s", name);
	}
	if (name == NULL && e->m.who.classes != NULL)
		tell_step(e, "class", "", "none");
}

/* What happens before the greeting. */
static void connect_to_it(struct explain *e)
{
	STRBUF(text, TEXT_SIZE);
	struct decision d;

	tell_server(e);
	tell_class(e);
	conditions_at_connect(e->c, e->m.server, &e->m.who);
	if (!limit_login_possible(e->m.server, &e->m.who, &d)) {
		tell_step(e, "connect", "",
		    "refused before the greeting: nobody may log in from there");
		decide_by(e, "no-login", 421, &d);
	} else if (!admission_check(&e->m, &text)) {
		tell_step(e, "connect", "", "refused before the greeting: %s", text.buf);
		decide(e, "no-login", 421, (struct origin){ .line = 0 },
		    strstr(text.buf, "shut down") != NULL ? "the shutdown file" :
		    strncmp(text.buf, "No service at this time", 23) == 0 ? "ServiceHours" :
		    "tcp wrappers");
	}
}

static void tell_jail(struct explain *e)
{
	const struct identity *id = &e->login.id;
	const struct path_rule *rule = defaultroot_rule(&e->m, e->login.base);
	STRBUF(where, PATHNAME_SIZE);

	if (id->anonymous != 0)
		tell_step(e, "jail", place_of(e, context_as_read(e->login.base)->where, &where),
		    "%s, of <Anonymous %s>", id->jail, e->login.base->path);
	else if (id->jail[0] == '\0')
		tell_step(e, "jail", rule != NULL ? place_of(e, rule->where, &where) : "", "none%s",
		    rule != NULL ? ": DefaultRoot /" : "");
	else
		tell_step(e, "jail", rule != NULL ? place_of(e, rule->where, &where) : "", "%s%s%s",
		    id->jail, rule != NULL ? ", by DefaultRoot " : "", rule != NULL ? rule->path :
		    "");
}

/* Whom the session becomes, or why there is none. */
static void log_in(struct explain *e)
{
	const struct identity *id = &e->login.id;
	STRBUF(why, TEXT_SIZE);
	struct decision d;
	const char *reason;

	e->login.id.groups = e->login.groups;
	reason = login_preview(&e->m, e->q->user, &e->login, &why);
	if (reason != NULL) {
		tell_step(e, "login", "", "refused: %s: %s", reason, why.buf);
		decide(e, "no-login", 530, (struct origin){ .line = 0 }, NULL);
		if (!limit_login_allowed(e->m.server, e->login.base != NULL &&
		    e->login.base->kind == CTX_ANON ? e->login.base : NULL, &e->m.who, &d))
			decide_by(e, "no-login", 530, &d);
		return;
	}
	tell_step(e, "account", "", "%s, uid %u, gid %u%s", id->account, (unsigned)id->uid,
	    (unsigned)id->gid, id->anonymous != 0 ? ", anonymous" : "");
	(void)limit_login_allowed(e->m.server, id->anonymous != 0 ? e->login.base : NULL, &e->m.who,
	    &d);
	tell_conditions(e);
	tell_jail(e);
}

/*
 * Become the user and go where his session would begin. False: it can't, and the verdict says so.
 */
static bool reach_ground(struct explain *e)
{
	struct ground *g = memory_map(sizeof *g);
	STRBUF(why, TEXT_SIZE);
	size_t n;
	int err;

	(void)subject_groups(&e->m.who, &n); /* in the jail nobody knows them any more */
	(void)subject_class(&e->m.who);

	g->start = (struct session_start){
		.client = -1, .monitor = -1, .config = e->c, .server = e->m.server,
		.peer = e->m.peer,
		.local = e->m.local, .peer_name = e->m.peer_name, .privileged = e->m.privileged,
		.display_connect = -1, .display_login = -1, .display_quit = -1,
		.display_file_transfer = -1,
	};
	g->start.homes = g->homes;
	g->start.nhomes = defaultroot_homes(&e->m, e->login.base, g->homes);
	err = place_reach(&g->start, &e->login.id, e->login.no_links, e->login.root_uid, &g->place,
	    &why);
	if (err == 0) {
		err = root_init(&g->root, g->place.root_fd, g->place.jail);
		if (err < 0)
			strbuf_add(&why, strerror(-err));
	}
	if (err < 0) {
		tell_step(e, "login", "", "refused: the session's place cannot be reached: %s",
		    why.buf);
		decide(e, "no-login", 530, (struct origin){ .line = 0 }, NULL);
		return false;
	}
	g->who = e->m.who;
	g->who.uid = e->login.id.uid;
	g->who.gid = e->login.id.gid;
	g->access = (struct access){ .base = e->login.base, .root = &g->root,
	    .jailed = g->place.jail[0] != '\0', .who = &g->who, .config = e->c,
	    .files = ftpaccess_new(e->c, e->login.base, &g->root, g->place.jail[0] != '\0') };
	e->ground = g;
	return true;
}

/* How the command looks at the last component of its path: as its handler does. */
static enum resolve resolve_how(const struct command *c)
{
	if (c->run == cmd_dele || c->run == cmd_rmd || c->run == cmd_rnfr)
		return RESOLVE_LINK;
	if (c->run == cmd_rnto)
		return RESOLVE_NAME;
	return c->run == cmd_stor || c->run == cmd_appe || c->run == cmd_mkd ? RESOLVE_CREATE :
	    RESOLVE_EXISTING;
}

/* One section of the chain. */
static void tell_section(struct explain *e, const struct context *c, const char *what)
{
	STRBUF(where, PATHNAME_SIZE);

	if (c->kind == CTX_FTPACCESS)
		tell_step(e, what, "", "the file %s", c->path);
	else
		tell_step(e, what, place_of(e, context_as_read(c)->where, &where), "<%s %s>%s%s",
		    c->kind == CTX_ANON ? "Anonymous" : "Directory", c->path,
		    c->host != NULL && strcmp(c->host, c->path) != 0 ? ", that is " : "",
		    c->host != NULL && strcmp(c->host, c->path) != 0 ? c->host : "");
}

/* The sections that rule over the path, from the inside out. */
static void tell_sections(struct explain *e, const struct context *c)
{
	const char *file = NULL;             /* a .ftpaccess may be there twice (directives.md,
	                                        4.2) */
	bool first = true;

	for (; c != NULL; c = c->outer) {
		if (c->kind != CTX_DIRECTORY && c->kind != CTX_ANON && c->kind != CTX_FTPACCESS)
			continue;
		if (c->kind == CTX_FTPACCESS && file != NULL && strcmp(file, c->path) == 0)
			continue;
		if (c->kind == CTX_FTPACCESS)
			file = c->path;
		tell_section(e, c, first ? "section" : "under");
		first = false;
	}
	if (first)
		tell_step(e, "section", "", "none: the server's own rules hold");
}

/* Filters and what protects existing files, once the rules have let the command pass. */
static void ask_further(struct explain *e, const struct context *c, const char *path,
    const struct stat *st)
{
	static const struct { enum directive_id id; const char *name; } filters[] = {
		{ D_ALLOW_FILTER, "AllowFilter, DenyFilter" },
		{ D_PATH_ALLOW_FILTER, "PathAllowFilter, PathDenyFilter" },
	};
	const struct command *cmd = e->command;
	const char *arg = e->q->path;

	if (arg != NULL && !(command_filters_pass(e->login.base, arg) &&
	    command_filters_pass(c, arg)))
		decide(e, "deny", 550, settings_for(c, D_DENY_FILTER)->where[D_DENY_FILTER],
		    filters[0].name);
	else if (arg != NULL && (cmd->flags & CMD_NAMES) && !command_name_passes(c, arg, path))
		decide(e, "deny", 550, settings_for(c,
		    D_PATH_DENY_FILTER)->where[D_PATH_DENY_FILTER], filters[1].name);
	else if (st != NULL && st->st_nlink > 0 && (cmd->run == cmd_stor || cmd->run == cmd_rnto) &&
	    !SETTING(c, D_ALLOW_OVERWRITE, allow_overwrite))
		decide(e, "deny", 550, settings_for(c, D_ALLOW_OVERWRITE)->where[D_ALLOW_OVERWRITE],
		    "AllowOverwrite off: the file exists");
	else if (st != NULL && st->st_nlink > 0 && cmd->run == cmd_appe &&
	    !SETTING(c, D_ALLOW_STORE_RESTART, allow_store_restart))
		decide(e, "deny", 451, settings_for(c,
		    D_ALLOW_STORE_RESTART)->where[D_ALLOW_STORE_RESTART],
		    "AllowStoreRestart off: the file exists");
}

static void ask_about_path(struct explain *e)
{
	struct ground *g = e->ground;
	const struct command *c = e->command;
	const char *arg = e->q->path != NULL ? e->q->path : c->run == cmd_cdup ? ".." : ".";
	STRBUF(clean, PATHNAME_SIZE);
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(host, 2 * PATHNAME_SIZE);
	struct access_answer a;
	struct stat st;
	bool missing;
	int err = path_clean(&clean, g->place.start, g->place.start, arg, strlen(arg));

	if (err < 0) {
		tell_step(e, "path", "", "%s: %s", arg, strerror(-err));
		decide(e, "deny", err == -EINVAL ? 501 : 550, (struct origin){ .line = 0 },
		    "its form");
		return;
	}
	err = root_resolve(&g->root, clean.buf, resolve_how(c), &path, &st);
	(void)root_host_path(&g->root, path.buf, &host);
	missing = err == -ENOENT || (err == 0 && st.st_nlink == 0);
	tell_step(e, "path", "", "%s%s%s", host.buf, missing ? ", which is not there" :
	    err < 0 ? ": " : "", err < 0 && !missing ? strerror(-err) : "");
	a = access_named(&g->access, &c->limit, clean.buf, path.buf, err, c->flags & CMD_CHANGES);
	tell_sections(e, a.context);
	decide_by(e, a.allowed ? "allow" : a.missing ? "missing" : "deny", a.allowed ? 0 : 550,
	    &a.why);
	if (a.allowed)
		ask_further(e, a.context, path.buf, err == 0 ? &st : NULL);
}

/* Commands without a path: after login they are asked about where the session is. */
static void ask_without_path(struct explain *e)
{
	const struct command *c = e->command;
	struct decision d;

	if (e->ground != NULL)
		d = access_check(&e->ground->access, &c->limit, e->ground->place.start, false).why;
	else
		d = limit_check(e->m.server, &c->limit, &e->m.who, e->q->path);
	if (c->limit.unchecked)
		tell_step(e, "command", "", "%s is never asked about", c->verb);
	decide_by(e, d.verdict == VERDICT_DENY ? "deny" : "allow",
	    d.verdict == VERDICT_DENY ? c->denied != 0 ? c->denied : 550 : 0, &d);
}

/* The rest of the way, from the login to the verdict on the command. */
static void evaluate(struct explain *e)
{
	bool path = e->command != NULL && (e->command->flags & CMD_PATH) &&
	    !(e->command->denied != 0 && e->q->path == NULL);

	if (e->q->user != NULL && e->ground == NULL && !reach_ground(e))
		return;
	if (e->ground != NULL) {
		e->ground->access.arg = e->q->path;
		access_next(&e->ground->access);
	}
	if (e->command == NULL)
		decide(e, "allow", 0, (struct origin){ .line = 0 }, NULL);
	else if (path)
		ask_about_path(e);
	else
		ask_without_path(e);
}

static void print(const struct explain *e)
{
	if (e->how->json)
		put_json(e);
	else
		put_text(e);
}

int verdict_answer(const struct verdict_how *how, const struct asked *list, size_t n)
{
	struct explain *e = memory_map(sizeof *e), *fresh = memory_map(sizeof *fresh);
	int status = VERDICT_ALLOWED;

	e->how = how;
	e->c = how->config;
	e->q = &list[0].q;
	take_peer(e);
	connect_to_it(e);
	if (e->verdict == NULL && e->q->user != NULL)
		log_in(e);
	if (e->q->cmd == NULL && e->verdict == NULL) {
		config_effective(e->c, e->m.server, how->origins, how->json, stdout);
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct ground *reached = e->ground;

		*fresh = *e;                 /* up to the login it is the same for all */
		fresh->ground = reached;
		fresh->q = &list[i].q;
		fresh->command = list[i].command;
		if (fresh->verdict == NULL)
			evaluate(fresh);
		e->ground = fresh->ground;
		print(fresh);
		status = strcmp(fresh->verdict, "allow") == 0 ? status : VERDICT_REFUSED;
	}
	(void)fflush(stdout);
	return status;
}

