/* The living sessions as administrators see them: read, put in order, summed. */
#include "auth/rows.h"

#include "config/config.h"
#include "config/counter.h"
#include "config/io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* What is wrong in a configuration is for in.ftpd -t; it counts where nothing else can be had. */
static void tell(void *arg, enum config_severity severity, const char *line)
{
	if (arg != NULL && severity == CONFIG_ERROR)
		(void)fprintf(stderr, "%s: %s\n", (const char *)arg, line);
}

/* No name is asked for: which address a server has is of no interest here. */
static bool no_lookup(void *arg, const struct context *main, const char *name,
    const struct addr *local, bool *listed)
{
	(void)arg, (void)main, (void)name, (void)local;
	*listed = false;
	return true;
}

static void *grow(void *mem, size_t n, size_t size)
{
	void *p = reallocarray(mem, n, size);

	if (p == NULL) {
		(void)fputs("out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static struct group *add_group(struct rows *r, uint64_t id, const char *name)
{
	struct group *g;

	if ((r->ngroups & (r->ngroups - 1)) == 0)    /* 0, 1, 2, 4, … */
		r->group = grow(r->group, r->ngroups > 0 ? 2 * r->ngroups : 1, sizeof *r->group);
	g = &r->group[r->ngroups++];
	memset(g, 0, sizeof *g);
	g->id = id;
	live_text(g->name, sizeof g->name, name);
	return g;
}

static struct group *find_group(const struct rows *r, uint64_t id)
{
	for (size_t i = 0; i < r->ngroups; i++)
		if (r->group[i].id == id)
			return &r->group[i];
	return NULL;
}

bool rows_configure(struct rows *r, const char *program, const char *config)
{
	const struct addr any = { .family = AF_INET, .port = 21 };
	struct config_source source = { .path = config, .invoker = getuid(), .tell = tell,
		.lookup = no_lookup };
	const struct settings *own;
	struct config *c = config_read(&source);
	struct context *server;

	if (c == NULL) {             /* some server is faulty: the others have their sessions */
		source.local = &any;
		source.arg = (void *)(uintptr_t)program;
		c = config_read(&source);
	}
	if (c == NULL)
		return false;
	own = settings_for(config_server_at(c, 0), D_SCOREBOARD_FILE);
	live_text(r->scoreboard, sizeof r->scoreboard, own->scoreboard_file);
	for (size_t i = 0; (server = config_server_at(c, i)) != NULL; i++)
		if (find_group(r, config_server_id(c, server)) == NULL)
			(void)add_group(r, config_server_id(c, server),
			    SETTING(server, D_SERVER_NAME, server_name));
	r->named = r->ngroups;
	return true;
}

/* What a walk over the slots brings. */
static void see(void *arg, unsigned number, const struct slot *slot)
{
	struct rows *r = arg;
	struct row *row;

	if (r->n == r->room) {
		r->room = r->room > 0 ? 2 * r->room : 64;
		r->row = grow(r->row, r->room, sizeof *r->row);
	}
	row = &r->row[r->n++];
	memset(row, 0, sizeof *row);
	row->slot = *slot;
	row->live.port = number;     /* until read_texts */
}

static void read_texts(struct rows *r)
{
	STRBUF(why, TEXT_SIZE);
	int fd = live_open(r->scoreboard, &why);

	for (size_t i = 0; i < r->n; i++) {
		struct row *row = &r->row[i];

		row->known = fd >= 0 && live_read(fd, row->live.port, &row->slot, &row->live);
		if (!row->known)
			memset(&row->live, 0, sizeof row->live);
	}
	if (fd >= 0)
		(void)close(fd);
}

bool rows_shows(const struct rows *r, const struct group *g)
{
	return r->server == NULL || strcasecmp(g->name, r->server) == 0;
}

/* A session's server, whose name its own record may tell. */
static struct group *group_of(struct rows *r, const struct row *row)
{
	struct group *g = find_group(r, row->slot.server);

	if (g == NULL)
		g = add_group(r, row->slot.server, NULL);
	if (g->name[0] == '\0' && row->known)
		live_text(g->name, sizeof g->name, row->live.server);
	return g;
}

static void sum(struct group *g, const struct row *row)
{
	const struct live *l = &row->live;

	g->sessions++;
	if (!(row->slot.state & SLOT_LOGGED_IN))
		g->unnamed++;
	else if (row->slot.state & SLOT_ANONYMOUS)
		g->anonymous++;
	else
		g->users++;
	if (!row->known)
		return;
	g->doing[l->doing]++;
	g->bytes_in += (double)l->bytes_in;
	g->bytes_out += (double)l->bytes_out;
	g->files_in += l->files_in;
	g->files_out += l->files_out;
	if (!row_transfers(row))
		return;
	g->bytes[l->doing] += (double)l->bytes;
	g->rate[l->doing] += row_rate(row);
	*(l->doing == DOING_STORE ? &g->bytes_in : &g->bytes_out) +=
	    l->doing == DOING_LISTING ? 0 : (double)l->bytes;
}

static int compare(const void *a, const void *b)
{
	const struct row *p = a, *q = b;

	if (p->group != q->group)
		return p->group < q->group ? -1 : 1;
	if (p->slot.since != q->slot.since)
		return p->slot.since < q->slot.since ? -1 : 1;
	return p->slot.owner < q->slot.owner ? -1 : p->slot.owner > q->slot.owner;
}

bool rows_read(struct rows *r, const char *server, struct strbuf *why)
{
	size_t n = 0;

	r->n = 0;
	r->server = server;
	r->ngroups = r->named;
	for (size_t i = 0; i < r->ngroups; i++) {
		struct group old = r->group[i];

		r->group[i] = (struct group){ .id = old.id };
		memcpy(r->group[i].name, old.name, sizeof old.name);
	}
	if (r->scoreboard[0] != '\0' && slots_read(r->scoreboard, see, r, why) < 0)
		return false;
	if (r->n > 0)
		read_texts(r);
	r->now = clock_ms();
	for (size_t i = 0; i < r->n; i++)    /* all of them first: groups move when one is added */
		(void)group_of(r, &r->row[i]);
	for (size_t i = 0; i < r->n; i++) {
		struct group *g = group_of(r, &r->row[i]);

		if (!rows_shows(r, g))
			continue;
		r->row[n] = r->row[i];
		r->row[n].group = g;
		sum(g, &r->row[n++]);
	}
	r->n = n;
	if (n > 0)
		qsort(r->row, n, sizeof *r->row, compare);
	return true;
}

int64_t row_connected(const struct rows *r, const struct row *row)
{
	int64_t since = (int64_t)row->slot.since;

	return since < r->now ? r->now - since : 0;
}

int64_t row_idle(const struct rows *r, const struct row *row)
{
	return row->known && row->live.doing == DOING_IDLE && row->live.began < r->now ?
	    r->now - row->live.began : 0;
}

bool row_transfers(const struct row *row)
{
	return row->known && row->live.doing >= DOING_STORE;
}

double row_rate(const struct row *row)
{
	const struct live *l = &row->live;

	return l->heard > l->began ? (double)l->bytes * 1000 / (double)(l->heard - l->began) : 0;
}

double row_percent(const struct row *row)
{
	const struct live *l = &row->live;
	double percent;

	if (!row_transfers(row) || l->size == 0)
		return -1;
	percent = ((double)l->offset + (double)l->bytes) * 100 / (double)l->size;
	return percent > 100 ? 100 : percent;
}

const char *row_user(const struct row *row)
{
	if (!(row->slot.state & SLOT_LOGGED_IN))
		return "(none)";
	return row->known && row->live.account[0] != '\0' ? row->live.account : "?";
}

void row_peer(const struct row *row, struct strbuf *out)
{
	struct addr a;

	if (row->live.peer_name[0] != '\0') {
		strbuf_add(out, row->live.peer_name);
		return;
	}
	live_address_back(&a, row->slot.peer);
	addr_text(&a, out);
}

void row_local(const struct row *row, struct strbuf *out)
{
	struct addr a;

	if (!row->known) {
		strbuf_addc(out, '?');
		return;
	}
	live_address_back(&a, row->live.local);
	strbuf_add(out, a.family == AF_INET6 ? "[" : "");
	addr_text(&a, out);
	strbuf_add(out, a.family == AF_INET6 ? "]:" : ":");
	strbuf_addu(out, row->live.port);
}
