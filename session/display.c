/* Display files: an administrator's text on the control connection, with its variables. */
#include "session/display.h"

#include "config/counter.h"
#include "config/io.h"
#include "session/command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DISPLAY_LINE = 4096 };    /* one line, expanded; more is cut */

/* A file's text and who stands behind it. */
struct display {
	struct session *s;
	unsigned code;
	bool by_root;                /* the file is root's: it may show the environment */
};

static void add_kb(struct strbuf *out, uint64_t bytes, bool unit)
{
	strbuf_addu(out, bytes / 1024);
	if (unit)
		strbuf_add(out, "KB");
}

static void add_free(const struct display *d, struct strbuf *out, bool unit)
{
	uint64_t space;

	if (d->s->logged_in && root_free_bytes(&d->s->root, d->s->cwd, &space) == 0)
		add_kb(out, space, unit);
	else
		strbuf_add(out, "unknown");
}

static void add_time(struct strbuf *out, const char *format)
{
	/* by a pointer: compilers refuse a format that is no literal; this one is root's */
	size_t (*const in_words)(char *, size_t, const char *, const struct tm *) = strftime;
	time_t now = time(NULL);
	char text[NAME_SIZE];
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL && in_words(text, sizeof text, format, &tm) > 0)
		strbuf_add(out, text);
}

static void add_ident(struct session *s, struct strbuf *out)
{
	const char *name = priv_ident(s);

	strbuf_add(out, name != NULL ? name : "UNKNOWN");
}

void display_address(const struct session *s, struct strbuf *out)
{
	const char *masquerade = SETTING(s->base, D_MASQUERADE_ADDRESS, masquerade_address);

	if (masquerade != NULL)
		strbuf_add(out, masquerade);
	else
		addr_text(&s->start.local, out);
}

static void add_limit(struct strbuf *out, const struct client_limit *limit)
{
	if (limit != NULL && limit->max > 0)
		strbuf_addu(out, limit->max);
	else
		strbuf_add(out, "unlimited");
}

/* The monitor alone counts. */
static void add_clients(struct session *s, bool of_class, struct strbuf *out)
{
	uint32_t n;

	if (priv_clients(s, of_class, &n))
		strbuf_addu(out, n);
	else
		strbuf_add(out, "unknown");
}

static void add_or(struct strbuf *out, const char *text, const char *otherwise)
{
	strbuf_add(out, text != NULL ? text : otherwise);
}

/* A variable of one letter (directives.md, 16). False: there is none of that name. */
static bool add_letter(const struct display *d, char letter, struct strbuf *out)
{
	const struct session *s = d->s;
	const char *admin = SETTING(s->base, D_SERVER_ADMIN, server_admin);

	switch (letter) {
	case 'C': strbuf_add(out, s->logged_in ? s->cwd : "(none)"); return true;
	case 'E': add_or(out, admin, "(none)"); return true;
	case 'F': add_free(d, out, false); return true;
	case 'f': add_free(d, out, true); return true;
	case 'i': strbuf_addu(out, s->files_in); return true;
	case 'o': strbuf_addu(out, s->files_out); return true;
	case 't': strbuf_addu(out, (uintmax_t)s->files_in + s->files_out); return true;
	case 'K': add_kb(out, s->bytes_in + s->bytes_out, false); return true;
	case 'k': add_kb(out, s->bytes_in + s->bytes_out, true); return true;
	case 'L': display_address(s, out); return true;
	case 'M': add_limit(out, &SETTING(s->base, D_MAX_CLIENTS, max_clients)); return true;
	case 'N': case 'y': add_clients(d->s, letter == 'y', out); return true;
	case 'R': add_or(out, subject_name(&d->s->who), s->start.peer_name); return true;
	case 'T': add_time(out, "%a %b %d %H:%M:%S %Y"); return true;
	case 'U': strbuf_add(out, s->logged_in ? s->id.typed : s->user); return true;
	case 'u': add_ident(d->s, out); return true;
	case 'V': strbuf_add(out, SETTING(s->base, D_SERVER_NAME, server_name)); return true;
	case 'x': add_or(out, subject_class(&d->s->who), "(unknown)"); return true;
	case 'z': add_limit(out, counter_class(s->start.server, &d->s->who)); return true;
	default: return false;
	}
}

static const char *environment(const struct display *d, const char *name)
{
	const char *value = d->by_root ? getenv(name) : NULL;

	return value ? value : "(none)";
}

/* A variable in braces; anything unknown is "(none)". */
static void add_named(const struct display *d, const char *name, struct strbuf *out)
{
	const struct session *s = d->s;
	const struct { const char *name; uint64_t value; } totals[] = {
		{ "total_bytes_in", s->bytes_in }, { "total_bytes_out", s->bytes_out },
		{ "total_bytes_xfer", s->bytes_in + s->bytes_out },
		{ "total_files_in", s->files_in }, { "total_files_out", s->files_out },
		{ "total_files_xfer", (uint64_t)s->files_in + s->files_out },
	};

	for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
		if (strcmp(name, totals[i].name) == 0) {
			strbuf_addu(out, totals[i].value);
			return;
		}
	}
	if (strncmp(name, "env:", 4) == 0)
		strbuf_add(out, environment(d, name + 4));
	else if (strncmp(name, "time:", 5) == 0)
		add_time(out, name + 5);
	else if (strncmp(name, "mod_quotatab.", 13) != 0 || !quota_variable(d->s, name + 13, out))
		strbuf_add(out, "(none)");
}

/* Expand one line of `n` bytes. */
static void expand(const struct display *d, const char *p, size_t n, struct strbuf *out)
{
	const char *end = p + n;

	while (p < end) {
		const char *close = NULL;

		if (p[0] == '%' && end - p > 2 && p[1] == '{')
			close = memchr(p, '}', (size_t)(end - p));
		if (close != NULL) {
			STRBUF(name, NAME_SIZE);

			strbuf_addn(&name, p + 2, (size_t)(close - p - 2));
			add_named(d, name.buf, out);
			p = close + 1;
		} else if (p[0] == '%' && end - p > 1 && add_letter(d, p[1], out)) {
			p += 2;
		} else {
			strbuf_addc(out, *p++);
		}
	}
}

/* The length of a character that may be shown, 0 for a control (C1 too) and what is not UTF-8. */
static size_t showable(const unsigned char *p, size_t n)
{
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0x80)
		return p[0] == '\t' || (p[0] >= 0x20 && p[0] < 0x7f);
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len || (p[0] == 0xc2 && p[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void strip(struct strbuf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = showable((const unsigned char *)s + i, n - i);

		strbuf_addn(out, s + i, len);
		i += len ? len : 1;
	}
}

static void show_line(const struct display *d, const char *p, size_t n, bool last)
{
	STRBUF(expanded, DISPLAY_LINE);
	STRBUF(text, DISPLAY_LINE);

	expand(d, p, n, &expanded);
	strip(&text, expanded.buf, expanded.len);
	if (last)
		reply(d->s, d->code, "%s", text.buf);
	else if (d->s->reply.open == 0)
		reply_begin(d->s, d->code, "%s", text.buf);
	else
		reply_line(d->s, " %s", text.buf);
}

bool display_fd(struct session *s, unsigned code, int fd, bool ends)
{
	struct display d = { .s = s, .code = code };
	char *bytes, *p, *end;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	bytes = malloc(DISPLAY_SIZE);
	/* pread: the descriptor's position is shared with other processes */
	n = bytes != NULL ? pread(fd, bytes, DISPLAY_SIZE, 0) : -1;
	d.by_root = st.st_uid == 0;
	reply_hold(s);
	for (p = bytes, end = bytes + (n > 0 ? n : 0); p < end; p++) {
		char *lf = memchr(p, '\n', (size_t)(end - p));

		if (lf == NULL)
			lf = end;
		show_line(&d, p, (size_t)(lf - p), ends && lf + 1 >= end);
		p = lf;
	}
	reply_release(s);
	free(bytes);
	return n > 0;
}

/*
 * In a drop box nothing may be read, but its notice shall be seen: that is somebody else's file,
 * and what the user may have renamed to it is his own.
 */
static bool may_be_shown(const struct session *s, const char *path, const struct stat *st)
{
	const struct command *retr = command_find("RETR", 4);

	return st->st_uid != s->id.uid || access_check(&s->access, &retr->limit, path,
	    false).allowed;
}

bool display_path(struct session *s, unsigned code, const char *path, bool ends)
{
	struct stat st;
	int fd = root_open_read(&s->root, path, &st);
	bool shown = fd >= 0 && may_be_shown(s, path, &st) && display_fd(s, code, fd, ends);

	if (fd >= 0)
		(void)close(fd);
	return shown;
}

void display_user(struct strbuf *out, const char *text, const char *user)
{
	for (; *text != '\0'; text++) {
		if (text[0] == '%' && text[1] == 'u') {
			strbuf_add(out, user);
			text++;
		} else {
			strbuf_addc(out, *text);
		}
	}
}
