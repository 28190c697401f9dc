/* The living sessions for people: a table; and as fields for scripts. */
#include "auth/rowtext.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	COLUMNS = 6,                 /* before what the session does */
	WIDEST = 40,                 /* a longer name moves the rest of its own line alone */
	CELL = 4 * 128 + 1,
	ROW_SIZE = 16 * 1024,        /* of one session in any form, all its texts escaped */
};

struct cells { char text[COLUMNS][CELL]; };

size_t rows_text_size(const struct rows *r)
{
	return (r->n + r->ngroups + 4) * (size_t)ROW_SIZE;
}

/*
 * A text as a terminal may show it: no control character, and none that makes what stands behind it
 * look as if it stood elsewhere (Unicode's marks of direction).
 */
static void add_shown(struct strbuf *out, const char *text)
{
	size_t from = 0, i = 0, n = strlen(text);

	while (i < n) {
		const unsigned char *u = (const unsigned char *)text + i;
		bool mark = u[0] == 0xe2 && ((u[1] == 0x80 && ((u[2] >= 0x8b && u[2] <= 0x8f) ||
		    (u[2] >= 0xa8 && u[2] <= 0xae))) ||
		    (u[1] == 0x81 && u[2] >= 0xa0 && u[2] <= 0xaf));

		if (!mark && !(u[0] == 0xd8 && u[1] == 0x9c)) {
			i++;
			continue;
		}
		strbuf_addescaped(out, text + from, i - from);
		for (from = i += mark ? 3 : 2; u < (const unsigned char *)text + i; u++)
			strbuf_addf(out, "\\x%02X", *u);
	}
	strbuf_addescaped(out, text + from, n - from);
}

/* What a terminal counts, as far as that can be told without its fonts: characters. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void add_padded(struct strbuf *out, const char *text, size_t width)
{
	strbuf_add(out, text);
	for (size_t n = width_of(text); n < width; n++)
		strbuf_addc(out, ' ');
}

/* "1:02:03", "2:03", "0:03". */
static void add_time(struct strbuf *out, int64_t ms)
{
	uintmax_t s = (uintmax_t)ms / 1000;

	if (s >= 3600) {
		strbuf_addu(out, s / 3600);
		strbuf_addc(out, ':');
		strbuf_addpad(out, s / 60 % 60, 2, '0');
	} else {
		strbuf_addu(out, s / 60);
	}
	strbuf_addc(out, ':');
	strbuf_addpad(out, s % 60, 2, '0');
}

static void add_bytes(struct strbuf *out, double bytes)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB", "PB", "EB" };
	size_t unit = 0;

	for (; bytes >= 1000 && unit < sizeof units / sizeof *units - 1; unit++)
		bytes /= 1024;
	strbuf_addf(out, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

static void add_rate(struct strbuf *out, double rate)
{
	add_bytes(out, rate);
	strbuf_add(out, "/s");
}

static void add_doing(struct strbuf *out, const struct row *row)
{
	const struct live *l = &row->live;
	double percent = row_percent(row);

	if (!row->known) {
		strbuf_addc(out, '?');
		return;
	}
	if (l->doing == DOING_LOGIN || l->doing == DOING_IDLE) {
		strbuf_add(out, l->doing == DOING_LOGIN ? "login" : "idle");
		return;
	}
	add_shown(out, l->verb);
	if (l->path[0] != '\0')
		strbuf_addc(out, ' ');
	add_shown(out, l->path);
	if (!row_transfers(row))
		return;
	strbuf_add(out, "  ");
	if (percent >= 0)
		strbuf_addf(out, "%.0f%%, ", percent);
	add_bytes(out, (double)l->bytes);
	if (l->size > 0) {
		strbuf_add(out, " of ");
		add_bytes(out, (double)l->size - ((double)l->offset < (double)l->size ?
		    (double)l->offset : 0));
	}
	strbuf_add(out, ", ");
	add_rate(out, row_rate(row));
}

static void fill_cells(struct cells *c, const struct rows *r, const struct row *row)
{
	struct strbuf b[COLUMNS];
	STRBUF(peer, NAME_SIZE);

	for (size_t i = 0; i < COLUMNS; i++)
		strbuf_init(&b[i], c->text[i], sizeof c->text[i]);
	strbuf_addu(&b[0], row->slot.owner);
	add_shown(&b[1], row_user(row));
	row_peer(row, &peer);
	add_shown(&b[2], peer.buf);
	row_local(row, &b[3]);
	add_time(&b[4], row_connected(r, row));
	if (row->known && row->live.doing != DOING_LOGIN)
		add_time(&b[5], row_idle(r, row));
	else
		strbuf_addc(&b[5], '-');
}

/* Cut what was added since `from` to that many characters, and end the line. */
static void end_line(struct strbuf *out, size_t from, unsigned width)
{
	size_t n = 0;

	for (size_t i = from; width > 0 && i < out->len; i++) {
		if ((out->buf[i] & 0xc0) != 0x80 && n++ == width) {
			strbuf_cut(out, i);
			break;
		}
	}
	while (out->len > from && out->buf[out->len - 1] == ' ')
		strbuf_cut(out, out->len - 1);
	strbuf_addc(out, '\n');
}

static void add_date(struct strbuf *out, const struct rows *r, int64_t at)
{
	time_t when = time(NULL) - (time_t)((r->now - at) / 1000);
	char text[64];
	struct tm tm;

	if (localtime_r(&when, &tm) != NULL && strftime(text, sizeof text, "%F %T", &tm) > 0)
		strbuf_add(out, text);
}

/* Two lines more of one session. */
static void add_detail(struct strbuf *out, const struct rows *r, const struct row *row,
    unsigned width)
{
	const struct live *l = &row->live;
	size_t from = out->len;
	struct addr a;

	strbuf_add(out, "        ");
	live_address_back(&a, row->slot.peer);
	strbuf_add(out, "from ");
	addr_text(&a, out);
	if (row->known && l->login != 0) {
		strbuf_add(out, ", login ");
		add_date(out, r, l->login);
	}
	if (l->typed[0] != '\0') {
		strbuf_add(out, " as ");
		add_shown(out, l->typed);
	}
	strbuf_add(out, row->slot.state & SLOT_ANONYMOUS ? ", anonymous" : "");
	if (l->class[0] != '\0') {
		strbuf_add(out, ", class ");
		add_shown(out, l->class);
	}
	strbuf_add(out, l->flags & LIVE_TLS ? ", TLS" : "");
	end_line(out, from, width);
	if (!row->known || l->login == 0)
		return;
	from = out->len;
	strbuf_addf(out, "        in: %u files, ", (unsigned)l->files_in);
	add_bytes(out, (double)l->bytes_in);
	strbuf_addf(out, "; out: %u files, ", (unsigned)l->files_out);
	add_bytes(out, (double)l->bytes_out);
	end_line(out, from, width);
}

static void add_sum(struct strbuf *out, const char *what, unsigned n, const char *before)
{
	if (n > 0)
		strbuf_addf(out, "%s%u %s", before, n, what);
}

static void add_heading(struct strbuf *out, const struct group *g, unsigned width)
{
	size_t from = out->len;

	if (g->name[0] != '\0')
		add_shown(out, g->name);
	else
		strbuf_addf(out, "server %08x", (unsigned)(g->id >> 32));
	strbuf_addf(out, ": %u session%s (", g->sessions, g->sessions == 1 ? "" : "s");
	add_sum(out, "of users", g->users, "");
	add_sum(out, "anonymous", g->anonymous, g->users > 0 ? ", " : "");
	add_sum(out, "not logged in", g->unnamed, g->users + g->anonymous > 0 ? ", " : "");
	strbuf_addc(out, ')');
	add_sum(out, "retrieving at ", g->doing[DOING_RETRIEVE], ", ");
	if (g->doing[DOING_RETRIEVE] > 0)
		add_rate(out, g->rate[DOING_RETRIEVE]);
	add_sum(out, "storing at ", g->doing[DOING_STORE], ", ");
	if (g->doing[DOING_STORE] > 0)
		add_rate(out, g->rate[DOING_STORE]);
	end_line(out, from, width);
}

void rows_table(struct strbuf *out, const struct rows *r, bool detail, unsigned width)
{
	static const char *const titles[COLUMNS] = { "PID", "USER", "PEER", "SERVER", "TIME",
	    "IDLE" };
	size_t widest[COLUMNS], from;
	const struct group *last = NULL;
	struct cells c;

	for (size_t i = 0; i < COLUMNS; i++)
		widest[i] = strlen(titles[i]);
	for (size_t k = 0; k < r->n; k++) {
		fill_cells(&c, r, &r->row[k]);
		for (size_t i = 0; i < COLUMNS; i++) {
			size_t n = width_of(c.text[i]);

			if (n > widest[i])
				widest[i] = n < WIDEST ? n : WIDEST;
		}
	}
	if (r->n == 0)
		strbuf_add(out, "no sessions\n");
	for (size_t k = 0; k < r->n; k++) {
		const struct row *row = &r->row[k];

		if (row->group != last) {
			strbuf_add(out, last != NULL ? "\n" : "");
			add_heading(out, row->group, width);
			from = out->len;
			for (size_t i = 0; i < COLUMNS; i++) {
				add_padded(out, titles[i], widest[i]);
				strbuf_addc(out, ' ');
			}
			strbuf_add(out, "COMMAND");
			end_line(out, from, width);
			last = row->group;
		}
		fill_cells(&c, r, row);
		from = out->len;
		for (size_t i = 0; i < COLUMNS; i++) {
			add_padded(out, c.text[i], widest[i]);
			strbuf_addc(out, ' ');
		}
		add_doing(out, row);
		end_line(out, from, width);
		if (detail)
			add_detail(out, r, row, width);
	}
}

static void add_field(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '\t');
	add_shown(out, text);
}

static void add_seconds(struct strbuf *out, int64_t ms)
{
	strbuf_addc(out, '\t');
	strbuf_addu(out, (uintmax_t)ms / 1000);
}

void rows_lines(struct strbuf *out, const struct rows *r)
{
	for (size_t k = 0; k < r->n; k++) {
		const struct row *row = &r->row[k];
		const struct live *l = &row->live;
		STRBUF(peer, NAME_SIZE);
		STRBUF(local, NAME_SIZE);

		row_peer(row, &peer);
		row_local(row, &local);
		strbuf_addu(out, row->slot.owner);
		add_field(out, row_user(row));
		add_field(out, peer.buf);
		add_field(out, row->group->name[0] != '\0' ? row->group->name : "?");
		add_field(out, local.buf);
		add_seconds(out, row_connected(r, row));
		add_seconds(out, row_idle(r, row));
		add_field(out, !row->known ? "?" : l->doing == DOING_LOGIN ? "login" :
		    l->doing == DOING_IDLE ? "idle" : l->verb);
		add_field(out, l->path);
		strbuf_addf(out, "\t%llu\t%llu\t%.0f\n", (unsigned long long)l->bytes,
		    (unsigned long long)l->size, row_transfers(row) ? row_rate(row) : 0);
	}
}
