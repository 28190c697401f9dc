/* Max…: who is counted against which limit, and what the one too many is told. */
#include "auth/count.h"

#include "auth/monitor.h"
#include "auth/pace.h"
#include "config/config.h"
#include "config/counter.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/transfer.h"

#include <string.h>
#include <unistd.h>

enum which { PER_CLASS, PER_HOST, PER_USER, CLIENTS, HOSTS, CONNECTIONS, LIMITS };

/* In the order in which they are looked at. */
static const struct { enum directive_id id; const char *name, *text; } limits[LIMITS] = {
	[PER_CLASS] = { D_MAX_CLIENTS_PER_CLASS, "MaxClientsPerClass",
	    "Sorry, the maximum number of clients (%m) from your class are already connected." },
	[PER_HOST] = { D_MAX_CLIENTS_PER_HOST, "MaxClientsPerHost",
	    "Sorry, the maximum number clients (%m) from your host are already connected." },
	[PER_USER] = { D_MAX_CLIENTS_PER_USER, "MaxClientsPerUser",
	    "Sorry, the maximum number of clients (%m) for this user already connected." },
	[CLIENTS] = { D_MAX_CLIENTS, "MaxClients",
	    "Sorry, the maximum number of allowed clients (%m) are already connected." },
	[HOSTS] = { D_MAX_HOSTS_PER_USER, "MaxHostsPerUser",
	    "Sorry, the maximum number of hosts (%m) for this user already connected." },
	[CONNECTIONS] = { D_MAX_CONNECTIONS_PER_HOST, "MaxConnectionsPerHost",
	    "Sorry, the maximum number of connections (%m) from your host are already connected." },
};

/* One limit while others are counted. */
struct tally {
	struct client_limit limit;   /* max 0: none */
	bool in_block;               /* it stands in the <Anonymous>: its sessions alone */
	unsigned n;
};

/*
 * Addresses, each once, this peer's not among them. Thousands are looked at under the file's lock.
 */
enum { BUCKETS = 4096 };
struct hosts {
	uint32_t first[BUCKETS];     /* the number of the first one of a kind, from 1; 0: there is
	                                none */
	struct { uint8_t peer[16]; uint32_t next; } host[];
};

struct count {
	const struct slot *mine;
	struct tally tally[LIMITS];
	struct hosts *hosts;         /* of the account; or NULL */
	enum which over;             /* LIMITS: none */
	const struct settings *pace; /* MaxConnectionRate's; NULL: none */
	bool too_fast;               /* it is over that */
};

static uint32_t *bucket_of(const struct count *c, const struct slot *other)
{
	uint64_t half[2];

	memcpy(half, other->peer, sizeof half);
	/* `since`, or somebody could look for addresses that all fall into one */
	half[0] = (half[0] ^ c->mine->since) * 0x9e3779b97f4a7c15U;
	half[1] = (half[1] ^ half[0] >> 29) * 0xbf58476d1ce4e5b9U;
	return &c->hosts->first[(half[1] ^ half[1] >> 32) % BUCKETS];
}

static bool other_host(const struct count *c, const struct slot *other)
{
	if (memcmp(other->peer, c->mine->peer, sizeof other->peer) == 0)
		return false;
	for (uint32_t i = *bucket_of(c, other); i != 0; i = c->hosts->host[i - 1].next) {
		if (memcmp(c->hosts->host[i - 1].peer, other->peer, sizeof other->peer) == 0)
			return false;
	}
	return true;
}

static void add_host(const struct count *c, const struct slot *other)
{
	uint32_t n = c->tally[HOSTS].n, *first = bucket_of(c, other);

	memcpy(c->hosts->host[n].peer, other->peer, sizeof other->peer);
	c->hosts->host[n].next = *first;
	*first = n + 1;
}

static bool counts(const struct count *c, enum which which, const struct slot *other)
{
	const struct slot *mine = c->mine;

	if (c->tally[which].in_block && (!(other->state & SLOT_ANONYMOUS) ||
	    other->user != mine->user))
		return false;
	switch (which) {
	case PER_CLASS:
		return other->class == mine->class;
	case PER_USER:
		return other->user == mine->user;
	case HOSTS:
		return other->user == mine->user && other_host(c, other);
	case PER_HOST:
	case CONNECTIONS:
		return memcmp(other->peer, mine->peer, sizeof other->peer) == 0;
	default:
		return true;
	}
}

static void see(void *arg, const struct slot *other)
{
	struct count *c = arg;

	if (other->server != c->mine->server)
		return;
	for (enum which w = 0; w < LIMITS; w++) {
		struct tally *t = &c->tally[w];

		/* one more than the limit is as good as many */
		if (t->limit.max == 0 || t->n >= t->limit.max ||
		    (w != CONNECTIONS && !(other->state & SLOT_LOGGED_IN)) || !counts(c, w, other))
			continue;
		if (w == HOSTS)
			add_host(c, other);
		t->n++;
	}
}

static bool admit(void *arg)
{
	struct count *c = arg;

	if (c->too_fast)
		return false;
	for (c->over = 0; c->over < LIMITS; c->over++) {
		const struct tally *t = &c->tally[c->over];

		if (t->limit.max > 0 && t->n >= t->limit.max)
			return false;
	}
	return true;
}

/* MaxConnectionRate: this connection among those that came before it. */
static bool look_at_pace(void *arg, unsigned char *table)
{
	struct count *c = arg;

	c->too_fast = !pace_admits(table, c->mine->server, c->pace->max_connection_rate.count,
	    (uint64_t)c->pace->max_connection_rate.seconds * 1000, clock_ms());
	return !c->too_fast;
}

static void over_text(const struct count *c, struct strbuf *text)
{
	const struct client_limit *l = &c->tally[c->over].limit;

	counter_message(text, l->message != NULL ? l->message : limits[c->over].text, l->max);
}

static void over_why(const struct count *c, struct strbuf *why)
{
	strbuf_addf(why, "Connection refused (%s %u)", limits[c->over].name,
	    c->tally[c->over].limit.max);
}

/* The limit that holds in `base`, and whether it stands in a block. */
static void set_limit(struct count *c, enum which which, const struct context *base,
    const struct client_limit *limit)
{
	const struct context *at = settings_next(base, limits[which].id);

	c->tally[which].limit = *limit;
	c->tally[which].in_block = at != NULL && at->kind == CTX_ANON;
}

static void set_limits(struct count *c, struct monitor *m, const struct context *base)
{
	const struct client_limit *class = counter_class(m->server, &m->who);

	if (class != NULL)
		c->tally[PER_CLASS].limit = *class;
	set_limit(c, PER_HOST, base, &SETTING(base, D_MAX_CLIENTS_PER_HOST, max_clients_per_host));
	set_limit(c, PER_USER, base, &SETTING(base, D_MAX_CLIENTS_PER_USER, max_clients_per_user));
	set_limit(c, CLIENTS, base, &SETTING(base, D_MAX_CLIENTS, max_clients));
	set_limit(c, HOSTS, base, &SETTING(base, D_MAX_HOSTS_PER_USER, max_hosts_per_user));
}

/* MaxConnectionRate, which stands in the main server, and holds for each. NULL: there is none. */
static const struct settings *pace_of(const struct monitor *m)
{
	const struct settings *own = settings_for(config_server_at(m->config, 0),
	    D_MAX_CONNECTION_RATE);

	return own->max_connection_rate.count > 0 ? own : NULL;
}

/* Which file, and whether there is one. */
static void find_file(struct monitor *m)
{
	const struct settings *own = settings_for(config_server_at(m->config, 0),
	    D_SCOREBOARD_FILE);
	const char *lock = SETTING(config_server_at(m->config, 0), D_SCOREBOARD_MUTEX,
	    scoreboard_mutex);
	STRBUF(beside, PATHNAME_SIZE);

	if (own->scoreboard_file == NULL || m->slots.path != NULL)
		return;
	/* the default is root's directory: who is not root counts where somebody asks him to */
	if (!m->privileged && own->where[D_SCOREBOARD_FILE].line == 0 &&
	    !counter_needed(m->server) &&
	    transfers_counted(m->config) == 0 && pace_of(m) == NULL)
		return;
	m->slots.path = own->scoreboard_file;
	if (lock == NULL) {
		strbuf_addf(&beside, "%s.lck", own->scoreboard_file);
		lock = config_strdup(m->config, beside.buf);
	}
	m->slots.lock = lock;
}

static void fill(const struct monitor *m, struct slot *slot)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	*slot = m->slots.mine;
	slot->since = (uint64_t)m->connected_at;
	slot->server = config_server_id(m->config, m->server);
	if (m->peer.family == AF_INET6) {
		memcpy(slot->peer, &m->peer.v6, sizeof slot->peer);
		return;
	}
	memcpy(slot->peer, mapped, sizeof mapped);
	memcpy(slot->peer + sizeof mapped, &m->peer.v4, sizeof m->peer.v4);
}

/* Without a file: everybody or nobody, as ScoreboardOptions says. */
static bool go_on_without(struct monitor *m, const char *why)
{
	bool on = SETTING(m->server, D_SCOREBOARD_OPTIONS, scoreboard_allow_missing);

	log_write(on ? LOG_WARNING : LOG_ERR, "ScoreboardFile: %s; %s", why,
	    on ? "this session is not counted" : "nobody is served");
	if (on)
		m->slots.path = NULL;
	return on;
}

static void pace_why(const struct monitor *m, const struct settings *own, struct strbuf *why)
{
	strbuf_addf(why, "Connection refused (MaxConnectionRate %u %u at ",
	    own->max_connection_rate.count, own->max_connection_rate.seconds);
	config_where(m->config, own->where[D_MAX_CONNECTION_RATE], why);
	strbuf_addc(why, ')');
}

bool count_connected(struct monitor *m, struct strbuf *text)
{
	struct count c = { .over = LIMITS };
	struct slot_change change = { .see = see, .admit = admit, .arg = &c };
	STRBUF(why, TEXT_SIZE);
	int done;

	find_file(m);
	if (m->slots.path == NULL)
		return true;
	c.mine = &change.slot;
	fill(m, &change.slot);
	set_limit(&c, CONNECTIONS, m->server,
	    &SETTING(m->server, D_MAX_CONNECTIONS_PER_HOST, max_connections_per_host));
	if (c.tally[CONNECTIONS].limit.max == 0)
		change.see = NULL;
	c.pace = pace_of(m);
	if (c.pace != NULL)
		change.table = look_at_pace;
	done = slots_change(&m->slots, &change, &why);
	if (done > 0 || (done < 0 && go_on_without(m, why.buf)))
		return true;
	if (done < 0) {
		strbuf_add(text, "Service not available, closing control connection.");
		return false;
	}
	if (c.too_fast) {
		strbuf_add(text, "Too many connections at once, try again later.");
		pace_why(m, c.pace, &why);
	} else {
		over_text(&c, text);
		over_why(&c, &why);
	}
	log_auth(LOG_NOTICE, "%s", why.buf);
	return false;
}

/* Whether a display file may ask for the clients of a class (%y). */
static bool class_shown(const struct monitor *m, const struct context *base)
{
	static const enum directive_id shown[] = {
		D_DISPLAY_CHDIR, D_DISPLAY_CONNECT, D_DISPLAY_FILE_TRANSFER, D_DISPLAY_LOGIN,
		D_DISPLAY_QUIT, D_DISPLAY_README,
	};

	for (size_t i = 0; m->who.classes != NULL && i < sizeof shown / sizeof *shown; i++) {
		if (settings_next(base, shown[i]) != NULL ||
		    settings_next(m->server, shown[i]) != NULL)
			return true;
	}
	return false;
}

bool count_login(struct monitor *m, const struct context *base, const char *account,
    struct strbuf *text, struct strbuf *why)
{
	struct count c = { .over = LIMITS };
	struct slot_change change = { .see = see, .admit = admit, .arg = &c };
	size_t room;
	int done;

	if (m->slots.path == NULL)
		return true;
	c.mine = &change.slot;
	fill(m, &change.slot);
	change.slot.state = (change.slot.state & ~(unsigned)SLOT_ANONYMOUS) | SLOT_LOGGED_IN |
	    (base->kind == CTX_ANON ? SLOT_ANONYMOUS : 0);
	change.slot.user = slot_name(account);
	if (counter_classes(m->server) || class_shown(m, base))
		change.slot.class = slot_class(subject_class(&m->who));
	set_limits(&c, m, base);
	room = c.tally[HOSTS].limit.max * sizeof *c.hosts->host;
	if (room > 0)
		room += sizeof *c.hosts;
	if (room > 0)
		c.hosts = memory_map(room);
	done = slots_change(&m->slots, &change, why);
	if (room > 0)
		memory_unmap(c.hosts, room);
	if (done > 0)
		return true;
	if (done < 0) {
		STRBUF(reason, TEXT_SIZE);

		strbuf_add(&reason, why->buf);
		if (go_on_without(m, reason.buf)) {
			strbuf_reset(why);
			return true;
		}
		return false;
	}
	over_text(&c, text);
	over_why(&c, why);
	return false;
}
