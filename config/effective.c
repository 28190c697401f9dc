/* What is in effect in a server, as a configuration that means the same (-T). */
#include "config/config.h"

#include "config/cap.h"
#include "config/directive.h"
#include "config/json.h"
#include "config/peer.h"
#include "config/read.h"
#include "config/strbuf.h"
#include "config/transfer.h"

#include <string.h>

struct printer {
	const struct config *c;
	FILE *out;
	bool origins, json, any;
	unsigned depth;
};

/* Defaults of directives that are more than one word of a type. */
static const struct { enum directive_id id; const char *text; } defaults[] = {
	{ D_ALLOW_FOREIGN_ADDRESS, "off" },
	{ D_AUTH_PAM_CONFIG, "ftp" },
	{ D_DEFAULT_TRANSFER_MODE, "ascii" },
	{ D_DIR_FAKE_GROUP, "off" },
	{ D_DIR_FAKE_USER, "off" },
	{ D_HIDDEN_STORES, "off" },
	{ D_MAX_CLIENTS, "none" },
	{ D_MAX_CLIENTS_PER_HOST, "none" },
	{ D_MAX_CLIENTS_PER_USER, "none" },
	{ D_MAX_CONNECTIONS_PER_HOST, "none" },
	{ D_MAX_HOSTS_PER_USER, "none" },
	{ D_MAX_COMMAND_RATE, "0" },
	{ D_MAX_CONNECTION_RATE, "0" },
	{ D_LOG_OPTIONS, "+Hostname +Timestamp +VirtualHost" },
	{ D_MAX_LOGIN_ATTEMPTS, "3" },
	{ D_MAX_RETRIEVE_FILE_SIZE, "*" },
	{ D_MAX_STORE_FILE_SIZE, "*" },
	{ D_QUOTA_DISPLAY_UNITS, "b" },
	{ D_QUOTA_EXCLUDE_FILTER, "none" },
	{ D_SERVER_IDENT, "on" },
	{ D_SERVICE_HOURS, "always" },
	{ D_SHUT_MSG_FILE, "none" },
	{ D_STORE_UNIQUE_PREFIX, "ftp" },
	{ D_SYSLOG_LEVEL, "notice" },
	{ D_TCP_ACCESS_SYSLOG_LEVELS, "info warn" },
	{ D_TIMEOUT_SESSION, "0" },
	{ D_TLS_ECDH_CURVE, "auto" },
	{ D_TLS_PROTOCOL, "TLSv1.2 TLSv1.3" },
	{ D_TLS_REQUIRED, "off" },
	{ D_TLS_USER_NAME, "off" },
	{ D_TLS_VERIFY_CLIENT, "off" },
	{ D_TRANSFER_LOG, "/var/log/xferlog" },
	{ D_TRANSFER_RATE, "RETR,STOR,APPE,STOU 0" },
	{ D_UMASK, "022 022" },
	{ D_USE_SENDFILE, "on" },
	{ D_WTMP_LOG, "on" },
};

/* Not set, these mean something that no value of theirs says. */
static const enum directive_id silent[] = {
	D_AUTH_ORDER, D_AUTH_PAM, D_DELETE_ABORTED_STORES, D_GROUP, D_PORT, D_RLIMIT_CHROOT, D_USER,
};

/*
 * Several lines of a context make one value of these, and that takes the place of the outer one's.
 */
static const enum directive_id joined[] = { D_AUTH_ORDER, D_TLS_CIPHER_SUITE, D_TLS_OPTIONS };

static void put(struct printer *p, const char *line, const char *where)
{
	STRBUF(json, 4 * TEXT_SIZE);

	if (p->json) {
		(void)fputs(p->any ? ",\n" : "", p->out);
		strbuf_add(&json, "{\"line\": ");
		json_string(&json, line);
		strbuf_add(&json, ", \"where\": ");
		json_string(&json, where);
		strbuf_addf(&json, ", \"depth\": %u}", p->depth);
		(void)fputs(json.full ? "{\"line\": null}" : json.buf, p->out);
	} else {
		for (unsigned i = 0; i < p->depth; i++)
			(void)fputc('\t', p->out);
		(void)fprintf(p->out, p->origins ? "%s # %s\n" : "%s\n", line, where);
	}
	p->any = true;
}

static void put_line(struct printer *p, const char *line, struct origin where)
{
	STRBUF(place, PATHNAME_SIZE);

	config_where(p->c, where, &place);
	put(p, line, place.buf);
}

static void put_end(struct printer *p, const char *line)
{
	p->depth--;
	if (p->json)
		put(p, line, "");
	else
		for (unsigned i = 0; i < p->depth; i++)
			(void)fputc('\t', p->out);
	if (!p->json)
		(void)fprintf(p->out, "%s\n", line);
}

const char *config_line(const struct config *c, struct origin where)
{
	for (const struct entry *e = c->entries; where.line != 0 && e != NULL; e = e->next) {
		if (e->where.file == where.file && e->where.line == where.line)
			return e->text;
	}
	return "?";
}

static void open_section(struct printer *p, struct origin where)
{
	put_line(p, config_line(p->c, where), where);
	p->depth++;
}

/* Whether a line sets something in the context: of single values the first does. */
static bool counts(const struct entry *e, const struct context *c)
{
	struct origin where;

	if (e->context != context_as_read(c) || e->d == NULL || e->limit != NULL ||
	    e->class != NULL ||
	    e->d->id == D_NONE)
		return false;
	where = c->own->where[e->d->id];
	return e->d->many ? where.line != 0 :
	    where.line == e->where.line && where.file == e->where.file;
}

static void put_limit(struct printer *p, const struct limit *l)
{
	open_section(p, l->where);
	for (const struct entry *e = p->c->entries; e != NULL; e = e->next) {
		if (e->limit == l && e->d != NULL)
			put_line(p, e->text, e->where);
	}
	put_end(p, "</Limit>");
}

/* A list begins with the last of the file. */
static void put_limit_list(struct printer *p, const struct limit *l)
{
	if (l == NULL)
		return;
	put_limit_list(p, l->next);
	put_limit(p, l);
}

/* The values that a section sets itself; `in`: those that stand in this kind of place, 0: all. */
static bool put_values(struct printer *p, const struct context *c, unsigned in)
{
	bool any = false;

	for (const struct entry *e = p->c->entries; e != NULL; e = e->next) {
		if (!counts(e, c) || (in != 0 && !(e->in & in)))
			continue;
		any = true;
		put_line(p, e->text, e->where);
	}
	return any;
}

static void put_directories(struct printer *p, const struct context *d);

static void put_directory(struct printer *p, const struct context *d)
{
	open_section(p, d->where);
	(void)put_values(p, d, 0);
	put_limit_list(p, d->limits);
	put_directories(p, d->directories);
	put_end(p, "</Directory>");
}

static void put_directories(struct printer *p, const struct context *d)
{
	if (d == NULL)
		return;
	put_directories(p, d->next);
	put_directory(p, d);
}

static bool stands_in(const struct printer *p, const struct context *c, unsigned in)
{
	for (const struct entry *e = p->c->entries; e != NULL; e = e->next) {
		if (counts(e, c) && (e->in & in))
			return true;
	}
	return false;
}

static void put_anonymous(struct printer *p, const struct context *a)
{
	open_section(p, a->where);
	(void)put_values(p, a, (unsigned)~IN_DIR);
	if (stands_in(p, a, IN_DIR)) {       /* <Directory *> is the section itself */
		put_line(p, "<Directory *>", a->where);
		p->depth++;
		(void)put_values(p, a, IN_DIR);
		put_end(p, "</Directory>");
	}
	put_limit_list(p, a->limits);
	put_directories(p, a->directories);
	put_end(p, "</Anonymous>");
}

static void put_anonymous_list(struct printer *p, const struct context *a)
{
	if (a == NULL)
		return;
	put_anonymous_list(p, a->next);
	put_anonymous(p, a);
}

/* What a conditional section holds: here the lists are in the order of the file. */
static void put_body(struct printer *p, const struct context *body)
{
	for (const struct limit *l = body->limits; l != NULL; l = l->next)
		put_limit(p, l);
	for (const struct context *d = body->directories; d != NULL; d = d->next)
		put_directory(p, d);
	for (const struct context *a = body->anonymous; a != NULL; a = a->next)
		put_anonymous(p, a);
}

static const char *const closings[] = {
	[IF_CLASS] = "</IfClass>", [IF_USER] = "</IfUser>", [IF_GROUP] = "</IfGroup>",
	[IF_AUTHENTICATED] = "</IfAuthenticated>",
};

/* The conditional sections that are not merged, each inside of the one that it stands in. */
static void put_conditions(struct printer *p, const struct context *server,
    const struct condition *around)
{
	for (const struct condition *cond = server->conditions; cond != NULL; cond = cond->next) {
		if (cond->merged || cond->around != around)
			continue;
		open_section(p, cond->where);
		(void)put_values(p, cond->body, 0);
		put_body(p, cond->body);
		put_conditions(p, server, cond);
		put_end(p, closings[cond->kind]);
	}
}

static void put_classes(struct printer *p)
{
	for (const struct class *class = p->c->classes; class != NULL; class = class->next) {
		open_section(p, class->where);
		for (const struct entry *e = p->c->entries; e != NULL; e = e->next) {
			if (e->class == class && e->d != NULL)
				put_line(p, e->text, e->where);
		}
		put_end(p, "</Class>");
	}
}

/* The built-in value in words; false: there is none, or not being set means something else. */
static bool default_text(const struct directive *d, struct strbuf *out)
{
	const char *field = (const char *)&settings_default + d->offset;

	if (d->tls && !module_present("mod_tls.c"))
		return false;
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
		if (silent[i] == d->id)
			return false;
	}
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
		if (defaults[i].id == d->id)
			strbuf_add(out, defaults[i].text);
	}
	switch (d->type) {
	case V_BOOL:
		strbuf_add(out, *(const bool *)(const void *)field ? "on" : "off");
		break;
	case V_OCTAL:
		return false;                /* DirFakeMode: none */
	case V_UINT:
	case V_SECONDS:
	case V_BYTES:
		strbuf_addf(out, "%u", *(const unsigned *)(const void *)field);
		break;
	case V_TEXT:
	case V_PATH:
		if (*(const char *const *)(const void *)field == NULL)
			return false;
		strbuf_addf(out, "\"%s\"", *(const char *const *)(const void *)field);
		break;
	default:
		break;
	}
	return out->len > 0;
}

/* SetEnv and UnsetEnv are one list, whose order counts: the first of their rows stands for both. */
static bool is_first_row(size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (directive_at(i)->id == directive_at(row)->id)
			return false;
	}
	return true;
}

/* Whether the values of a context and of what is outside it count together. */
static bool adds_up(const struct directive *d)
{
	for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
		if (joined[i] == d->id)
			return false;
	}
	return d->many;
}

static bool put_own(struct printer *p, const struct context *c, const struct directive *d)
{
	bool any = false;

	for (const struct entry *e = p->c->entries; e != NULL; e = e->next) {
		if (e->d == NULL || e->d->id != d->id || !counts(e, c))
			continue;
		put_line(p, e->text, e->where);
		any = true;
	}
	return any;
}

/* One directive of the server: what the innermost context sets, or all that add up. */
static void put_server_value(struct printer *p, const struct context *server,
    const struct directive *d)
{
	STRBUF(text, TEXT_SIZE);
	STRBUF(line, TEXT_SIZE);
	bool any = false;

	for (const struct context *c = server; c != NULL && (!any || adds_up(d)); c = c->outer) {
		if (c->own->where[d->id].line == 0)
			continue;
		/* ServerName comes from the main server where a server has none */
		any = put_own(p, c, d) || any;
		if (!any && d->id == D_SERVER_NAME)
			put_line(p, config_line(p->c, c->own->where[d->id]), c->own->where[d->id]);
		any = true;
		if (cap_closes(c->own, d->id) || (d->id == D_TRANSFER_RATE &&
		    transfer_rate_closes(c->own)))
			break;
	}
	/* every server has the main one's formats */
	if (d->id == D_LOG_FORMAT && server != p->c->main.context)
		(void)put_own(p, p->c->main.context, d);
	if (any || !(d->contexts & IN_SERVER) || !default_text(d, &text))
		return;
	strbuf_addf(&line, "%s %s", d->name, text.buf);
	put(p, line.buf, "default");
}

/* The addresses of a <VirtualHost>, in a form that a main server may have. */
static void put_addresses(struct printer *p, const struct context *server)
{
	STRBUF(line, TEXT_SIZE);

	for (const struct server *s = p->c->main.next; s != NULL; s = s->next) {
		if (s->context != server)
			continue;
		strbuf_add(&line, "DefaultAddress");
		for (const char *const *name = s->names; name != NULL && *name != NULL; name++)
			strbuf_addf(&line, " %s", *name);
		put_line(p, line.buf, s->where);
	}
}

/* Sections of the contexts behind first: they are asked last. */
static void put_limits(struct printer *p, const struct context *c)
{
	if (c == NULL)
		return;
	put_limits(p, c->outer);
	put_limit_list(p, c->limits);
}

void config_effective(const struct config *c, const struct context *server, bool origins, bool json,
    FILE *out)
{
	struct printer p = { .c = c, .out = out, .origins = origins, .json = json };
	const struct directive *d;

	if (json)
		(void)fputs("[\n", out);
	for (size_t i = 0; (d = directive_at(i)) != NULL; i++) {
		if (d->id != D_NONE && (d->contexts & IN_SVG) && is_first_row(i))
			put_server_value(&p, server, d);
		if (d->id == D_DEFAULT_ADDRESS)
			put_addresses(&p, context_as_read(server));
	}
	put_classes(&p);
	put_conditions(&p, server, NULL);
	put_limits(&p, server);
	put_directories(&p, server->directories);
	put_anonymous_list(&p, server->anonymous);
	if (json)
		(void)fputs("\n]\n", out);
}
