/*
 * Names and addresses, asked for in a disposable child: the peer's name (UseReverseDNS), believed
 * when it leads back, and the addresses of a <VirtualHost>'s name.
 */
#include "auth/resolve.h"

#include "auth/identity.h"
#include "auth/monitor.h"
#include "config/config.h"
#include "config/io.h"
#include "config/strbuf.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* A name that can't be mistaken for anything else in a log line or a rule. */
static bool plain_name(const char *name)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = strspn(name, letters);
	struct addr a;

	/* a PTR record that reads like an address would forge one */
	return n > 0 && n < NAME_SIZE && name[n] == '\0' && !addr_parse(&a, name);
}

static bool leads_back(const char *name, const struct addr *peer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all = NULL;
	bool found = false;

	if (getaddrinfo(name, NULL, &hints, &all) != 0)
		return false;
	for (const struct addrinfo *i = all; i != NULL && !found; i = i->ai_next) {
		struct sockaddr_storage ss = { 0 };
		struct addr a;

		if (i->ai_addrlen > sizeof ss)
			continue;
		memcpy(&ss, i->ai_addr, i->ai_addrlen);
		found = addr_from(&a, &ss) && addr_same_host(&a, peer);
	}
	freeaddrinfo(all);
	return found;
}

bool resolve_confirmed(const char *name, const struct addr *peer)
{
	return plain_name(name) && leads_back(name, peer);
}

static int find_name(void *arg, int keep, int out)
{
	const struct addr *peer = arg;
	struct sockaddr_storage ss;
	socklen_t len = addr_to(peer, false, &ss);
	char name[NAME_SIZE];

	(void)keep;
	if (getnameinfo((struct sockaddr *)&ss, len, name, sizeof name, NULL, 0,
	    NI_NAMEREQD) != 0 ||
	    !resolve_confirmed(name, peer))
		return 1;
	return write_all(out, name, strlen(name)) < 0;
}

void resolve_start(struct resolver *r, const struct monitor *m)
{
	struct strbuf b;

	if (r->started)
		return;
	r->started = true;
	strbuf_init(&b, r->name, sizeof r->name);
	addr_text(&m->peer, &b);
	if (!SETTING(m->server, D_USE_REVERSE_DNS, use_reverse_dns) ||
	    helper_start(&r->helper, m, NULL, -1, find_name, (void *)(uintptr_t)&m->peer) < 0)
		r->done = true;
}

const char *resolve_wait(struct resolver *r, const struct monitor *m)
{
	char name[NAME_SIZE];

	resolve_start(r, m);
	if (!r->done && helper_wait(&r->helper, name, sizeof name) == 0 && plain_name(name)) {
		memcpy(r->name, name, sizeof name);
		r->found = true;
	}
	r->done = true;
	return r->name;
}

enum { LISTED, NOT_LISTED, UNKNOWN };

struct server_name {
	const char *name;
	const struct addr *local;
};

static int find_server(void *arg, int keep, int out)
{
	const struct server_name *q = arg;
	bool listed;

	(void)keep;
	(void)out;
	if (!config_lookup(q->name, q->local, &listed))
		return UNKNOWN;
	return listed ? LISTED : NOT_LISTED;
}

bool resolve_server(void *arg, const struct context *main, const char *name,
    const struct addr *local, bool *listed)
{
	const struct monitor *m = arg;
	struct server_name q = { name, local };
	struct helper_user user = { 0 };
	struct helper h;
	STRBUF(why, TEXT_SIZE);
	char nothing[1];
	int answer = UNKNOWN;

	if ((!m->privileged || identity_of_server(main, &user.uid, &user.gid, &why) == 0) &&
	    helper_start(&h, m, &user, -1, find_server, &q) == 0)
		answer = helper_wait(&h, nothing, sizeof nothing);
	*listed = answer == LISTED;
	return answer == LISTED || answer == NOT_LISTED;
}

static bool of_device(const char *name, struct addr *out)
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (if_nametoindex(name) == 0 || getifaddrs(&all) != 0)
		return false;
	for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next)
		found = i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET &&
		    strcmp(i->ifa_name, name) == 0 &&
		    addr_from(out, (const struct sockaddr_storage *)(const void *)i->ifa_addr);
	freeifaddrs(all);
	return found;
}

static int find_address(void *arg, int keep, int out)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *all = NULL;
	struct sockaddr_storage ss = { 0 };
	STRBUF(text, INET_ADDRSTRLEN);
	struct addr a;

	(void)keep;
	if (getaddrinfo(arg, NULL, &hints, &all) != 0 || all == NULL || all->ai_addrlen > sizeof ss)
		return 1;
	memcpy(&ss, all->ai_addr, all->ai_addrlen);
	if (!addr_from(&a, &ss))
		return 1;
	addr_text(&a, &text);
	return write_all(out, text.buf, text.len) < 0;
}

bool resolve_address(const struct monitor *m, const char *name, struct addr *out)
{
	struct helper h;
	char text[NAME_SIZE];

	if (of_device(name, out))
		return true;
	return helper_start(&h, m, NULL, -1, find_address, (void *)(uintptr_t)name) == 0 &&
	    helper_wait(&h, text, sizeof text) == 0 && addr_parse(out, text) &&
	    out->family == AF_INET;
}
