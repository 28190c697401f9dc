/* Which server a connection is for, and what a server takes over from <Global> and the main one. */
#include "config/read.h"

#include "config/condition.h"
#include "config/io.h"
#include "config/logformat.h"
#include "config/strbuf.h"
#include "config/value.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LOOKUPS_MS = 5000 };      /* all lookups of one configuration together (FAQ 4.22) */
enum { DEFAULT_PORT = 21 };

void server_note(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct server *s = r->server;
	uintmax_t port;
	bool on;

	if (d->id == D_PORT && !s->has_port) {
		if (nwords != 2 || !parse_uint(words[1], 10, d->min, d->max, &port)) {
			(void)tell_error(r, d->name, "a number from %u to %u is expected", d->min,
			    d->max);
			return;
		}
		s->has_port = true;
		s->port = (unsigned)port;
	} else if (d->id == D_DEFAULT_SERVER && !s->has_default) {
		if (nwords != 2 || !parse_bool(words[1], &on)) {
			(void)tell_error(r, d->name, "on or off is expected");
			return;
		}
		s->has_default = true;
		s->is_default = on;
	}
}

/* What the choice looks at, of a server that is built. */
static void note_built(struct server *s)
{
	const struct settings *own = s->context->own;

	s->has_port = own->where[D_PORT].line != 0;
	s->port = own->port;
	s->is_default = own->default_server;
}

void server_note_main(struct reader *r)
{
	struct server *main = &r->c->main;

	for (struct server *s = main; s != NULL; s = s->next) {
		if (s->context != NULL)
			note_built(s);
	}
	main->names = main->context->own->default_address;
}

enum port_match { PORT_OTHER, PORT_ANY, PORT_EQUAL };

static enum port_match server_port(const struct config *c, const struct server *s, unsigned port)
{
	bool global = !s->has_port && c->global != NULL && c->global->own->where[D_PORT].line != 0;
	unsigned own = global ? c->global->own->port : s->port;

	if (!s->has_port && !global)
		return PORT_ANY;
	return own == port && own != 0 ? PORT_EQUAL : PORT_OTHER;
}

bool server_literal(const char *name, struct addr *a)
{
	size_t n = strlen(name);
	char bare[64];

	if (n > 2 && n < sizeof bare && name[0] == '[' && name[n - 1] == ']') {
		memcpy(bare, name + 1, n - 2);
		bare[n - 2] = '\0';
		return addr_parse(a, bare) && a->family == AF_INET6;
	}
	return addr_parse(a, name);
}

static bool device_has(const char *name, const struct addr *local)
{
	struct ifaddrs *list, *i;
	bool found = false;

	if (getifaddrs(&list) != 0)
		return false;
	for (i = list; i != NULL && !found; i = i->ifa_next) {
		struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
		struct addr a;

		if (i->ifa_addr == NULL || strcmp(i->ifa_name, name) != 0)
			continue;
		memcpy(&ss, i->ifa_addr, i->ifa_addr->sa_family == AF_INET ?
		    sizeof(struct sockaddr_in) : i->ifa_addr->sa_family == AF_INET6 ?
		    sizeof(struct sockaddr_in6) : sizeof(sa_family_t));
		found = addr_from(&a, &ss) && addr_same_host(&a, local);
	}
	freeifaddrs(list);
	return found;
}

bool config_lookup(const char *name, const struct addr *local, bool *listed)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;

	*listed = false;
	if (res_init() == 0) {
		_res.retrans = 1;    /* seconds; the name may be nobody's, and a client waits */
		_res.retry = 1;
	}
	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	for (struct addrinfo *i = list; i != NULL && local != NULL; i = i->ai_next) {
		struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
		struct addr a;

		memcpy(&ss, i->ai_addr, i->ai_addrlen < sizeof ss ? i->ai_addrlen : sizeof ss);
		*listed = *listed || (addr_from(&a, &ss) && addr_same_host(&a, local));
	}
	freeaddrinfo(list);
	return true;
}

bool server_name_known(const struct config_source *src, const struct context *main,
    const char *name, bool *listed)
{
	*listed = false;
	if (if_nametoindex(name) != 0) {
		*listed = src->local != NULL && device_has(name, src->local);
		return true;
	}
	return src->lookup != NULL ? src->lookup(src->arg, main, name, src->local, listed) :
	    config_lookup(name, src->local, listed);
}

/* The choice while it is made. */
struct choice {
	struct reader *r;
	const struct addr *local;
	bool ipv6;                   /* UseIPv6: literal IPv6 addresses count */
	char text[64];               /* `local` as it is written */
};

static void choice_begin(struct choice *ch, struct reader *r, const struct addr *local)
{
	struct strbuf text;

	*ch = (struct choice){ .r = r, .local = local };
	ch->ipv6 = SETTING(r->c->main.context, D_USE_IPV6, use_ipv6);
	strbuf_init(&text, ch->text, sizeof ch->text);
	addr_text(local, &text);
}

/*
 * What lists_literal asks of a name without a colon: inet_pton(3) takes an IPv4 address in the one
 * form that addr_text writes, and of 1,000 servers' each would be parsed several times.
 */
static bool is_address(const struct choice *ch, const char *name, bool wildcard)
{
	return strcmp(name, !wildcard ? ch->text : ch->local->family == AF_INET ? "0.0.0.0" :
	    "") == 0;
}

/* Whether a literal address of `s` is the local one, or with `wildcard` stands for every one. */
static bool lists_literal(const struct choice *ch, const struct server *s, bool wildcard)
{
	for (const char *const *name = s->names; name != NULL && *name != NULL; name++) {
		struct addr a;

		if (strchr(*name, ':') == NULL) {
			if (is_address(ch, *name, wildcard))
				return true;
			continue;
		}
		if (!server_literal(*name, &a) || (a.family == AF_INET6 && !ch->ipv6))
			continue;
		if (!wildcard && addr_same_host(&a, ch->local))
			return true;
		if (wildcard && addr_is_any(&a) &&
		    (a.family == AF_INET6 || ch->local->family == AF_INET))
			return true;
	}
	return false;
}

/* Whether a name has the local address; `who` is where it stands. */
static bool name_listed(struct choice *ch, const char *name, struct origin where, const char *who)
{
	bool listed = false, known = false;

	if (ch->r->lookups_end == 0)
		ch->r->lookups_end = clock_ms() + LOOKUPS_MS;
	if (clock_ms() < ch->r->lookups_end)
		known = server_name_known(ch->r->src, ch->r->c->main.context, name, &listed);
	if (!known)
		(void)tell_at(ch->r, CONFIG_WARNING, where, who,
		    "%s: no address is known for this name; it is passed over", name);
	return listed;
}

static bool lists_name(struct choice *ch, const struct server *s)
{
	const char *who = s == &ch->r->c->main ? "DefaultAddress" : "<VirtualHost>";
	struct addr a;

	for (const char *const *name = s->names; name != NULL && *name != NULL; name++) {
		if (!server_literal(*name, &a) && name_listed(ch, *name, s->where, who))
			return true;
	}
	return false;
}

/* Without DefaultAddress the main server has the addresses of the machine's name. */
static bool main_listed(struct choice *ch)
{
	char name[NAME_SIZE];

	if (ch->r->c->main.names != NULL || gethostname(name, sizeof name) != 0)
		return false;
	name[sizeof name - 1] = '\0';
	return name_listed(ch, name, ch->r->c->main.context->where, "DefaultAddress");
}

/* The DefaultServer, whatever its Port is, unless that is 0. */
static struct server *by_default(const struct config *c)
{
	for (struct server *s = (struct server *)(uintptr_t)&c->main; s != NULL; s = s->next) {
		if (s->is_default && !(s->has_port && s->port == 0))
			return s;
	}
	return NULL;
}

/* Rules a and b of 14.1: the first server that lists the address, its Port being `want`. */
static struct server *by_address(struct choice *ch, enum port_match want, bool wildcard)
{
	struct config *c = ch->r->c;
	struct server *s, *other = by_default(c);

	for (s = &c->main; s != NULL; s = s->next) {
		if (server_port(c, s, ch->local->port) == want && lists_literal(ch, s, wildcard))
			return s;
	}
	for (s = wildcard ? NULL : &c->main; s != NULL; s = s->next) {
		if (server_port(c, s, ch->local->port) != want)
			continue;
		/*
		 * it is nobody's else without a DefaultServer, and then no name need be looked up
		 */
		if (lists_name(ch, s) || (s == &c->main && other != NULL && other != s &&
		    main_listed(ch)))
			return s;
	}
	return NULL;
}

/* Rule c: the one server of this port. One without Port counts as 21's, which it always was. */
static struct server *only_one(const struct choice *ch)
{
	struct server *equal = NULL, *any = NULL;
	unsigned nequal = 0, nany = 0;

	for (struct server *s = &ch->r->c->main; s != NULL; s = s->next) {
		enum port_match match = server_port(ch->r->c, s, ch->local->port);

		if (match == PORT_EQUAL || (match == PORT_ANY && ch->local->port == DEFAULT_PORT)) {
			equal = s;
			nequal++;
		} else if (match == PORT_ANY) {
			any = s;
			nany++;
		}
	}
	return nequal == 1 ? equal : nequal == 0 && nany == 1 ? any : NULL;
}

/* Rules c to f: nobody lists the address. */
static struct server *by_port(struct choice *ch)
{
	struct config *c = ch->r->c;
	struct server *s = only_one(ch);
	enum port_match main_port = server_port(c, &c->main, ch->local->port);

	if (s == NULL)
		s = by_default(c);
	if (s != NULL)
		return s;
	if (c->main.names == NULL && (main_port == PORT_ANY ||
	    (main_port == PORT_EQUAL && main_listed(ch))))
		return &c->main;
	if (addr_is_loopback(ch->local) && !(c->main.has_port && c->main.port == 0))
		return &c->main;
	return NULL;
}

static struct server *choose(struct choice *ch)
{
	static const struct { enum port_match want; bool wildcard; } rounds[] = {
		{ PORT_EQUAL, false }, { PORT_ANY, false }, { PORT_EQUAL, true },
		{ PORT_ANY, true },
	};
	struct config *c = ch->r->c;

	if (c->main.next == NULL)    /* without <VirtualHost> nothing is looked up (FAQ 4.6a) */
		return c->main.has_port && c->main.port == 0 ? NULL : &c->main;
	for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
		struct server *s = by_address(ch, rounds[i].want, rounds[i].wildcard);

		if (s != NULL)
			return s;
	}
	return by_port(ch);
}

void server_build(struct reader *r, struct server *s)
{
	struct lex lex = s->place.lex;

	r->again = true;
	r->here = s->where;
	r->defines = s->place.defines;
	r->include_options = s->place.include_options;
	r->mode = READ_BUILD;
	r->depth = r->file_depth = 0;
	r->nopen = 1;
	r->open[0] = s->place.file;
	r->in = IN_SERVER;
	s->context = r->scope = context_new(r, CTX_SERVER, NULL);
	r->server = s;
	section_open(r, "<VirtualHost>", READ_BUILD);
	r->in = IN_VHOST;
	read_lines(r, &lex, 1);
}

void server_choose(struct reader *r, const struct addr *local)
{
	struct choice ch;

	choice_begin(&ch, r, local);
	r->c->chosen = choose(&ch);
	if (r->c->chosen != NULL && r->c->chosen->context == NULL)
		server_build(r, r->c->chosen);
}

bool server_shares(struct reader *r, struct server *s, const struct addr *local)
{
	struct choice ch;

	if (s == r->c->chosen)
		return true;
	choice_begin(&ch, r, local);
	if (server_port(r->c, s, local->port) == PORT_OTHER)
		return false;
	return lists_literal(&ch, s, false) || lists_literal(&ch, s, true) || lists_name(&ch, s) ||
	    (s == &r->c->main && main_listed(&ch));
}

/* Copy <Global>'s sections behind a server's own; of one <Directory> path, its own stays. */
static void adopt(struct config *c, struct context *outer, struct context **list,
    const struct context *from)
{
	struct context *own = *list;

	while (*list != NULL)
		list = &(*list)->next;
	for (; from != NULL; from = from->next) {
		const struct context *o = own;
		struct context *copy;

		while (o != NULL && (from->kind != CTX_DIRECTORY ||
		    strcmp(o->path, from->path) != 0))
			o = o->next;
		if (o != NULL)
			continue;
		copy = config_alloc(c, sizeof *copy);
		*copy = *from;
		copy->outer = outer;
		copy->as_read = context_as_read(from);
		copy->next = NULL;
		copy->directories = NULL;
		adopt(c, copy, &copy->directories, from->directories);
		*list = copy;
		list = &copy->next;
	}
}

/* AuthPAMAuthoritative must not take the place of an AuthOrder that <Global> holds. */
static void settle_auth_order(struct reader *r, struct context *server)
{
	const struct context *global = server->outer;
	const struct settings *own = server->own;

	if (global == NULL || own->where[D_AUTH_ORDER].line == 0 || own->auth_order.written ||
	    global->own->where[D_AUTH_ORDER].line == 0 || !global->own->auth_order.written)
		return;
	(void)tell_at(r, CONFIG_WARNING, own->where[D_AUTH_PAM_AUTHORITATIVE],
	    "AuthPAMAuthoritative",
	    "has no effect beside the AuthOrder of <Global>; mark PAM with * there");
	context_own(r->c, server)->where[D_AUTH_ORDER].line = 0;
}

/*
 * What the block itself says, without what a condition put before it: that is not meant for others.
 */
static const struct context *server_own(const struct server *s)
{
	const struct context *c = s->context;

	while (c->outer != NULL && c->outer->kind == CTX_SERVER)
		c = c->outer;
	return c;
}

static const struct server_alias *first_name(const struct server *s)
{
	const struct server_alias *a = s->aliases;

	while (a != NULL && strpbrk(a->name, "*?") != NULL)
		a = a->next;
	return a;
}

/*
 * A server without ServerName has the main server's, the one value that is taken over; or an alias.
 */
static void name_server(struct reader *r, struct server *s)
{
	const struct server_alias *a = first_name(s), *of_main = first_name(&r->c->main);
	const struct context *main = server_own(&r->c->main);
	struct settings *own;
	bool written;

	written = main->own->where[D_SERVER_NAME].line != 0 &&
	    (of_main == NULL || main->own->server_name != of_main->name);
	if (s->context->own->where[D_SERVER_NAME].line != 0 ||
	    (main->own->where[D_SERVER_NAME].line == 0 && a == NULL))
		return;
	own = context_own(r->c, s->context);
	if (written || a == NULL) {
		own->server_name = main->own->server_name;
		own->where[D_SERVER_NAME] = main->own->where[D_SERVER_NAME];
	} else {
		own->server_name = a->name;
		own->where[D_SERVER_NAME] = a->where;
	}
}

/* What can be set for the whole program only holds in every server. */
static void share_process(struct reader *r, struct server *s)
{
	static const enum directive_id ids[] = { D_SYSLOG_FACILITY, D_USE_IPV6, D_USE_REVERSE_DNS };
	const struct settings *of_main = server_own(&r->c->main)->own;
	struct settings *own;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (s == &r->c->main || of_main->where[ids[i]].line == 0)
			continue;
		own = context_own(r->c, s->context);
		own->where[ids[i]] = of_main->where[ids[i]];
		own->syslog_facility = of_main->syslog_facility;
		own->use_ipv6 = of_main->use_ipv6;
		own->use_reverse_dns = of_main->use_reverse_dns;
	}
}

void server_finish(struct reader *r, struct server *s)
{
	struct context *server = s->context;
	unsigned index = 0;

	if (r->c->global != NULL) {
		server->outer = r->c->global;
		adopt(r->c, server, &server->directories, r->c->global->directories);
		adopt(r->c, server, &server->anonymous, r->c->global->anonymous);
		settle_auth_order(r, server);
	}
	conditions_number(r->c, server);
	name_server(r, s);
	share_process(r, s);
	for (struct context *a = server->anonymous; a != NULL; a = a->next)
		a->index = ++index;
	extlog_finish(r, server);
}

struct context *config_server(struct config *c)
{
	return c->chosen != NULL ? c->chosen->context : NULL;
}

const struct class *config_classes(const struct config *c)
{
	return c->classes;
}

struct context *config_server_at(struct config *c, size_t i)
{
	for (struct server *s = &c->main; s != NULL; s = s->next) {
		if (s->context != NULL && i-- == 0)
			return s->context;
	}
	return NULL;
}
