/* The peer's name (UseReverseDNS): asked for in a disposable child, believed when it leads back. */
#include "auth/resolve.h"

#include "auth/monitor.h"
#include "config/config.h"
#include "config/io.h"
#include "config/strbuf.h"

#include <netdb.h>
#include <string.h>
#include <unistd.h>

/* A name that can't be mistaken for anything else in a log line or a rule. */
static bool plain_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
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

static int find_name(void *arg, int keep, int out)
{
	const struct addr *peer = arg;
	struct sockaddr_storage ss;
	socklen_t len = addr_to(peer, false, &ss);
	char name[NAME_SIZE];

	(void)keep;
	if (getnameinfo((struct sockaddr *)&ss, len, name, sizeof name, NULL, 0, NI_NAMEREQD) != 0 ||
	    !plain_name(name) || !leads_back(name, peer))
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
	if (!r->done && helper_wait(&r->helper, name, sizeof name) == 0 && plain_name(name))
		memcpy(r->name, name, sizeof name);
	r->done = true;
	return r->name;
}
