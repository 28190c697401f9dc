/* The living sessions for programs: JSON, and Prometheus' text format. */
#include "auth/rowtext.h"

#include "config/json.h"

#include <string.h>
#include <time.h>

static void add_member(struct strbuf *out, const char *name, const char *text)
{
	strbuf_addf(out, ",\"%s\":", name);
	if (text != NULL)
		json_string(out, text);
	else
		strbuf_add(out, "null");
}

static void add_number(struct strbuf *out, const char *name, bool known, double value)
{
	strbuf_addf(out, known ? ",\"%s\":%.0f" : ",\"%s\":null", name, value);
}

static void add_ms(struct strbuf *out, const char *name, bool known, int64_t ms)
{
	strbuf_addf(out, known ? ",\"%s\":%lld.%03d" : ",\"%s\":null", name, (long long)(ms / 1000),
	    (int)(ms % 1000));
}

static const char *text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void add_bool(struct strbuf *out, const char *name, bool known, bool value)
{
	strbuf_addf(out, ",\"%s\":%s", name, !known ? "null" : value ? "true" : "false");
}

static const char *const states[DOINGS] = {
	[DOING_LOGIN] = "login", [DOING_IDLE] = "idle", [DOING_COMMAND] = "command",
	[DOING_STORE] = "store", [DOING_RETRIEVE] = "retrieve", [DOING_LISTING] = "listing",
};

static void add_transfer(struct strbuf *out, const struct row *row)
{
	const struct live *l = &row->live;
	bool moves = row_transfers(row);

	add_number(out, "bytes", moves, (double)l->bytes);
	add_number(out, "size", moves && l->size > 0, (double)l->size);
	add_number(out, "offset", moves, (double)l->offset);
	strbuf_addf(out, row_percent(row) >= 0 ? ",\"percent\":%.1f" : ",\"percent\":null",
	    row_percent(row));
	add_number(out, "rate", moves, row_rate(row));
}

static void add_row(struct strbuf *out, const struct rows *r, const struct row *row, time_t now)
{
	const struct live *l = &row->live;
	bool in = (row->slot.state & SLOT_LOGGED_IN) != 0, known = row->known;
	STRBUF(peer, NAME_SIZE);
	STRBUF(local, NAME_SIZE);
	struct addr a;

	strbuf_addf(out, "{\"pid\":%u", row->slot.owner);
	add_member(out, "server", text_or_null(row->group->name));
	if (known) {
		live_address_back(&a, l->local);
		addr_text(&a, &local);
	}
	add_member(out, "address", known ? local.buf : NULL);
	add_number(out, "port", known, l->port);
	live_address_back(&a, row->slot.peer);
	addr_text(&a, &peer);
	add_member(out, "peer", peer.buf);
	add_member(out, "peer_name", text_or_null(l->peer_name));
	add_bool(out, "logged_in", true, in);
	add_member(out, "user", in && known ? l->account : NULL);
	add_member(out, "login_name", in && known ? (l->typed[0] != '\0' ? l->typed : l->account) :
	    NULL);
	add_bool(out, "anonymous", in, (row->slot.state & SLOT_ANONYMOUS) != 0);
	add_member(out, "class", text_or_null(l->class));
	add_bool(out, "tls", known, (l->flags & LIVE_TLS) != 0);
	add_ms(out, "connected", true, row_connected(r, row));
	add_number(out, "login_time", known && l->login != 0,
	    (double)now - (double)(r->now - l->login) / 1000);
	add_ms(out, "idle", known && l->doing != DOING_LOGIN, row_idle(r, row));
	add_member(out, "state", known ? states[l->doing] : NULL);
	add_member(out, "command", text_or_null(l->verb));
	add_member(out, "argument", text_or_null(l->path));
	add_transfer(out, row);
	add_number(out, "files_in", known, l->files_in);
	add_number(out, "files_out", known, l->files_out);
	add_number(out, "bytes_in", known, (double)l->bytes_in);
	add_number(out, "bytes_out", known, (double)l->bytes_out);
	strbuf_addc(out, '}');
}

static void add_server(struct strbuf *out, const struct group *g)
{
	strbuf_add(out, "{\"name\":");
	if (g->name[0] != '\0')
		json_string(out, g->name);
	else
		strbuf_add(out, "null");
	add_number(out, "sessions", true, g->sessions);
	add_number(out, "users", true, g->users);
	add_number(out, "anonymous", true, g->anonymous);
	add_number(out, "not_logged_in", true, g->unnamed);
	add_number(out, "retrieving", true, g->doing[DOING_RETRIEVE]);
	add_number(out, "storing", true, g->doing[DOING_STORE]);
	add_number(out, "listing", true, g->doing[DOING_LISTING]);
	add_number(out, "rate_out", true, g->rate[DOING_RETRIEVE]);
	add_number(out, "rate_in", true, g->rate[DOING_STORE]);
	strbuf_addc(out, '}');
}

void rows_json(struct strbuf *out, const struct rows *r)
{
	time_t now = time(NULL);
	bool first = true;

	strbuf_addf(out, "{\"time\":%lld,\"servers\":[", (long long)now);
	for (size_t i = 0; i < r->ngroups; i++) {
		if (r->group[i].sessions == 0)
			continue;
		strbuf_add(out, first ? "" : ",");
		add_server(out, &r->group[i]);
		first = false;
	}
	strbuf_add(out, "],\"sessions\":[");
	for (size_t k = 0; k < r->n; k++) {
		strbuf_add(out, k > 0 ? ",\n" : "\n");
		add_row(out, r, &r->row[k], now);
	}
	strbuf_add(out, "]}\n");
}

/* A label's value: backslash, quote and newline are escaped; what is no text is told as such. */
static void add_label(struct strbuf *out, const char *text)
{
	size_t from = out->len;
	bool escape = false;

	/* a JSON string escapes these three the same way, and some more that no name has */
	json_string(out, text);
	for (size_t i = from; i < out->len; i++) {
		if (!escape && out->buf[i] == '\\' && strchr("\"\\n", out->buf[i + 1]) == NULL)
			out->buf[i] = '?';   /* \u0007 and its like are no escapes here */
		escape = !escape && out->buf[i] == '\\';
	}
}

/* One value of a server, those of its namesakes added: a series may stand there only once. */
typedef double value_of(const struct group *g, unsigned which);

static double sum(const struct rows *r, const struct group *g, value_of *value, unsigned which)
{
	double v = 0;

	for (size_t i = 0; i < r->ngroups; i++)
		if (strcmp(r->group[i].name, g->name) == 0)
			v += value(&r->group[i], which);
	return v;
}

static bool is_first(const struct rows *r, size_t i)
{
	if (!rows_shows(r, &r->group[i]))
		return false;
	for (size_t k = 0; k < i; k++)
		if (strcmp(r->group[k].name, r->group[i].name) == 0)
			return false;
	return true;
}

static double doing_value(const struct group *g, unsigned which)
{
	return g->doing[which];
}

/* Those whose record cannot be read are sessions, too. */
static double unknown_value(const struct group *g, unsigned which)
{
	double v = g->sessions;

	(void)which;
	for (unsigned i = 0; i < DOINGS; i++)
		v -= g->doing[i];
	return v;
}

static double kind_value(const struct group *g, unsigned which)
{
	return which == 0 ? g->users : which == 1 ? g->anonymous : g->unnamed;
}

static double moving_bytes(const struct group *g, unsigned which)
{
	return g->bytes[which];
}

static double moving_rate(const struct group *g, unsigned which)
{
	return g->rate[which];
}

static double living_bytes(const struct group *g, unsigned which)
{
	return which == DOING_STORE ? g->bytes_in : g->bytes_out;
}

static double living_files(const struct group *g, unsigned which)
{
	return which == DOING_STORE ? g->files_in : g->files_out;
}

static void add_sample(struct strbuf *out, const struct rows *r, const struct group *g,
    const char *metric, const char *label, const char *label_value, value_of *value, unsigned which)
{
	strbuf_addf(out, "%s{server=", metric);
	add_label(out, g->name);
	strbuf_addf(out, ",%s=\"%s\"} %.0f\n", label, label_value, sum(r, g, value, which));
}

static void add_type(struct strbuf *out, const char *metric, const char *help)
{
	strbuf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

static void add_states(struct strbuf *out, const struct rows *r)
{
	static const char *const kinds[] = { "user", "anonymous", "none" };

	add_type(out, "inftpd_sessions", "Living sessions by what they do.");
	for (size_t i = 0; i < r->ngroups; i++) {
		if (!is_first(r, i))
			continue;
		for (unsigned d = 0; d < DOINGS; d++)
			add_sample(out, r, &r->group[i], "inftpd_sessions", "state", states[d],
			    doing_value, d);
		add_sample(out, r, &r->group[i], "inftpd_sessions", "state", "unknown",
		    unknown_value, 0);
	}
	add_type(out, "inftpd_logins", "Living sessions by who is logged in.");
	for (size_t i = 0; i < r->ngroups; i++)
		for (unsigned k = 0; k < 3 && is_first(r, i); k++)
			add_sample(out, r, &r->group[i], "inftpd_logins", "account", kinds[k],
			    kind_value, k);
}

void rows_prometheus(struct strbuf *out, const struct rows *r)
{
	static const struct { const char *metric, *help; value_of *value; bool listings;
	    } metrics[] = {
		{ "inftpd_transfers", "Transfers under way.", doing_value, true },
		{ "inftpd_transfer_bytes", "Bytes that the transfers under way have moved.",
		    moving_bytes, true },
		{ "inftpd_transfer_rate_bytes", "Bytes a second of the transfers under way.",
		    moving_rate, true },
		{ "inftpd_session_bytes", "Bytes of files that the living sessions have moved.",
		    living_bytes, false },
		{ "inftpd_session_files", "Files that the living sessions have moved.",
		    living_files, false },
	};
	static const char *const directions[DOINGS] = {
		[DOING_STORE] = "in", [DOING_RETRIEVE] = "out", [DOING_LISTING] = "listing",
	};

	add_states(out, r);
	for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
		add_type(out, metrics[m].metric, metrics[m].help);
		for (size_t i = 0; i < r->ngroups; i++)
			for (unsigned d = DOING_STORE; d < DOINGS && is_first(r, i); d++)
				if (d != DOING_LISTING || metrics[m].listings)
					add_sample(out, r, &r->group[i], metrics[m].metric,
					    "direction", directions[d], metrics[m].value, d);
	}
	add_type(out, "inftpd_scrape_time_seconds", "When these figures were taken.");
	strbuf_addf(out, "inftpd_scrape_time_seconds %lld\n", (long long)time(NULL));
}
