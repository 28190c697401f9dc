/* A line of an ExtendedLog, from a format's steps and a record. */
#include "auth/extlog.h"

#include "config/json.h"

#include <stdlib.h>
#include <string.h>

/* Of a session: no client chooses what the log's reader sees between two lines. */
static void add(struct strbuf *out, const char *s)
{
	if (s == NULL || *s == '\0')
		strbuf_addc(out, '-');
	else
		strbuf_addescaped(out, s, strlen(s));
}

static void add_number(struct strbuf *out, bool there, uint64_t n)
{
	if (there)
		strbuf_addu(out, n);
	else
		strbuf_addc(out, '-');
}

/* Whatever the session says, the line of a PASS has no password. */
static const char *argument(const struct command_record *r)
{
	return strcmp(r->verb, "PASS") == 0 ? "(hidden)" : r->argument;
}

static void host_path(struct strbuf *out, const struct extlog_event *e, const char *path)
{
	if (*path == '\0')
		return;
	strbuf_add(out, e->jail != NULL ? e->jail : "");
	if (e->jail == NULL || *e->jail == '\0' || strcmp(path, "/") != 0)
		strbuf_add(out, path);
}

static void add_host_path(struct strbuf *out, const struct extlog_event *e, const char *path)
{
	STRBUF(host, 2 * PATHNAME_SIZE);

	host_path(&host, e, path);
	add(out, host.buf);
}

/* The last component; of "/" itself. */
static const char *last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static const char *status_name(enum transfer_status status)
{
	static const char *const names[TRANSFER_STATUSES] = {
		NULL, "success", "failed", "cancelled", "timeout",
	};

	return names[status];
}

/* MDTM and MLST are of the class, and name a file as well. */
static bool is_directory_verb(const struct command_record *r)
{
	return (r->classes & LOG_DIRS_CLASS) != 0 && strcmp(r->verb, "MDTM") != 0 &&
	    strcmp(r->verb, "MLST") != 0;
}

static void add_time(struct strbuf *out, const char *format, size_t n, const struct tm *tm)
{
	/* by a pointer: compilers refuse a format that is no literal; this one is root's */
	size_t (*const in_words)(char *, size_t, const char *, const struct tm *) = strftime;
	char fmt[64], text[256];

	if (n >= sizeof fmt) {
		strbuf_addc(out, '-');
		return;
	}
	memcpy(fmt, format, n);
	fmt[n] = '\0';
	text[in_words(text, sizeof text, fmt, tm)] = '\0';
	add(out, text);
}

static void add_environment(struct strbuf *out, const struct log_step *step)
{
	char name[NAME_SIZE];

	if (step->len >= sizeof name) {
		strbuf_addc(out, '-');
		return;
	}
	memcpy(name, step->text, step->len);
	name[step->len] = '\0';
	add(out, getenv(name));
}

static void add_command(struct strbuf *out, const struct command_record *r)
{
	const char *arg = argument(r);

	add(out, r->code == 0 && *r->verb == '\0' ? "" : r->verb);
	if (*arg != '\0') {
		strbuf_addc(out, ' ');
		strbuf_addescaped(out, arg, strlen(arg));
	}
}

static void add_seconds(struct strbuf *out, uint64_t ms)
{
	strbuf_addu(out, ms / 1000);
	strbuf_addc(out, '.');
	strbuf_addpad(out, ms % 1000, 3, '0');
}

static void add_iso8601(struct strbuf *out, const struct extlog_event *e)
{
	add_time(out, "%Y-%m-%d %H:%M:%S", 17, &e->tm);
	strbuf_addc(out, ',');
	strbuf_addpad(out, (uintmax_t)e->now.tv_nsec / 1000000, 3, '0');
}

/* Variables of the connection and of who it is. False: it is another one. */
static bool add_session(struct strbuf *out, enum log_variable what, const struct extlog_event *e)
{
	switch (what) {
	case LOGVAR_PEER_ADDRESS:
		return add(out, e->peer), true;
	case LOGVAR_PEER_NAME:
		return add(out, e->peer_name), true;
	case LOGVAR_VHOST_ADDRESS:
	case LOGVAR_LOCAL_ADDRESS:
	case LOGVAR_SERVER_ADDRESS:  /* whose name nobody is asked for (FAQ 4.6a) */
		return add(out, e->local), true;
	case LOGVAR_LOCAL_PORT:
		return strbuf_addu(out, e->local_port), true;
	case LOGVAR_REMOTE_PORT:
		return strbuf_addu(out, e->peer_port), true;
	case LOGVAR_SERVER_NAME:
		return add(out, e->server), true;
	case LOGVAR_PROTOCOL:
		return strbuf_add(out, e->secured ? "ftps" : "ftp"), true;
	case LOGVAR_PID:
		return strbuf_addu(out, (uintmax_t)e->pid), true;
	case LOGVAR_VERSION:
		return add(out, VERSION), true;
	case LOGVAR_USER:
		return add(out, e->user), true;
	case LOGVAR_TYPED:
		return add(out, e->typed), true;
	case LOGVAR_GROUP:
		return add(out, e->group), true;
	case LOGVAR_UID:
		return add_number(out, e->user != NULL, e->uid), true;
	case LOGVAR_GID:
		return add_number(out, e->user != NULL, e->gid), true;
	case LOGVAR_EMAIL:
		return add(out, e->email != NULL ? e->email : "UNKNOWN"), true;
	case LOGVAR_IDENT:
		return add(out, e->ident != NULL ? e->ident : "UNKNOWN"), true;
	case LOGVAR_CLASS:
		return add(out, e->class), true;
	case LOGVAR_REASON:
		return add(out, e->reason), true;
	default:
		return false;
	}
}

/* The time. False: it is another one. */
static bool add_clock(struct strbuf *out, enum log_variable what, const struct extlog_event *e)
{
	switch (what) {
	case LOGVAR_TIME:
		strbuf_addc(out, '[');
		add_time(out, "%d/%b/%Y:%H:%M:%S %z", 20, &e->tm);
		strbuf_addc(out, ']');
		return true;
	case LOGVAR_EPOCH:
		return strbuf_addu(out, (uintmax_t)e->now.tv_sec), true;
	case LOGVAR_ISO8601:
		return add_iso8601(out, e), true;
	case LOGVAR_MILLISECS:
		return strbuf_addpad(out, (uintmax_t)e->now.tv_nsec / 1000000, 3, '0'), true;
	case LOGVAR_MICROSECS:
		return strbuf_addpad(out, (uintmax_t)e->now.tv_nsec / 1000, 6, '0'), true;
	default:
		return false;
	}
}

static void add_directory(struct strbuf *out, enum log_variable what, const struct extlog_event *e)
{
	const struct command_record *r = e->record;

	if (!is_directory_verb(r) || *r->path == '\0')
		strbuf_addc(out, '-');
	else if (what == LOGVAR_DIR_FULL)
		add_host_path(out, e, r->path);
	else
		add(out, last(r->path));
}

static void add_transfer(struct strbuf *out, enum log_variable what, const struct command_record *r)
{
	bool moved = r->status != TRANSFER_NONE;

	switch (what) {
	case LOGVAR_FILE_MODIFIED:
		strbuf_add(out, r->modified ? "true" : "false");
		break;
	case LOGVAR_FILE_SIZE:
		add_number(out, r->has_size, r->size);
		break;
	case LOGVAR_FILE_OFFSET:
		add_number(out, r->has_offset, r->offset);
		break;
	case LOGVAR_SECONDS:
		if (moved && r->has_bytes)
			add_seconds(out, r->transfer_ms);
		else
			strbuf_addc(out, '-');
		break;
	case LOGVAR_TRANSFER_MILLISECS:
		add_number(out, moved && r->has_bytes, r->transfer_ms);
		break;
	case LOGVAR_TRANSFER_STATUS:
		add(out, status_name(r->status));
		break;
	case LOGVAR_TRANSFER_FAILURE:
		/* 150 tells nothing of an end */
		add(out, moved && r->status != TRANSFER_SUCCESS && r->code >= 200 ? r->text : NULL);
		break;
	case LOGVAR_TRANSFER_TYPE:
		add(out, !moved ? NULL : r->ascii ? "ASCII" : "binary");
		break;
	default:
		add_number(out, r->port != 0, r->port);
		break;
	}
}

/* Variables of the command. */
static void add_of_command(struct strbuf *out, enum log_variable what, const struct extlog_event *e)
{
	const struct command_record *r = e->record;

	switch (what) {
	case LOGVAR_BYTES:
		add_number(out, r->has_bytes, r->bytes);
		break;
	case LOGVAR_DIR_SHORT:
	case LOGVAR_DIR_FULL:
	case LOGVAR_DIR_NAME:
		add_directory(out, what, e);
		break;
	case LOGVAR_HOST_PATH:
		add_host_path(out, e, r->path);
		break;
	case LOGVAR_PATH:
		add(out, r->path);
		break;
	case LOGVAR_BASENAME:
		add(out, last(r->path));
		break;
	case LOGVAR_RENAMED_FROM:
		add(out, r->from);
		break;
	case LOGVAR_RAW_IN:
		strbuf_addu(out, r->raw_in);
		break;
	case LOGVAR_RAW_OUT:
		strbuf_addu(out, r->raw_out);
		break;
	case LOGVAR_ARGUMENT:
		add(out, argument(r));
		break;
	case LOGVAR_VERB:
		add(out, r->verb);
		break;
	case LOGVAR_COMMAND:
		add_command(out, r);
		break;
	case LOGVAR_RESPONSE_MS:
		strbuf_addu(out, r->milliseconds);
		break;
	case LOGVAR_CODE:
		add_number(out, r->code != 0, r->code);
		break;
	case LOGVAR_RESPONSE:
		add(out, r->text);
		break;
	default:
		add_transfer(out, what, r);
		break;
	}
}

static void member(struct strbuf *out, const char *name)
{
	strbuf_addf(out, ", \"%s\": ", name);
}

static void text_member(struct strbuf *out, const char *name, const char *text)
{
	member(out, name);
	if (text != NULL && *text != '\0')
		json_string(out, text);
	else
		strbuf_add(out, "null");
}

static void number_member(struct strbuf *out, const char *name, bool there, uint64_t n)
{
	member(out, name);
	if (there)
		strbuf_addu(out, n);
	else
		strbuf_add(out, "null");
}

static void add_json_end(struct strbuf *out, const struct extlog_event *e)
{
	number_member(out, "files_in", true, e->closing->files_in);
	number_member(out, "bytes_in", true, e->closing->bytes_in);
	number_member(out, "files_out", true, e->closing->files_out);
	number_member(out, "bytes_out", true, e->closing->bytes_out);
	text_member(out, "reason", e->reason);
}

/* The same members in every line, so that whoever reads them has one table; the end has more. */
static void add_json(struct strbuf *out, const struct extlog_event *e)
{
	const struct command_record *r = e->record;
	STRBUF(path, 2 * PATHNAME_SIZE);
	struct tm utc;
	char stamp[32] = "";

	if (gmtime_r(&e->now.tv_sec, &utc) != NULL)
		(void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	host_path(&path, e, r->path);
	strbuf_addf(out, "{\"time\": \"%s.%03ldZ\", \"pid\": %ld", stamp, e->now.tv_nsec / 1000000,
	    e->pid);
	text_member(out, "server", e->server);
	text_member(out, "peer", e->peer);
	text_member(out, "user", e->user);
	text_member(out, "verb", r->verb);
	text_member(out, "argument", argument(r));
	text_member(out, "path", path.buf);
	number_member(out, "code", r->code != 0, r->code);
	number_member(out, "bytes", r->has_bytes, r->bytes);
	member(out, "seconds");
	add_seconds(out, e->closing != NULL ? (uint64_t)e->session_ms :
	    r->status != TRANSFER_NONE && r->has_bytes ? r->transfer_ms : r->milliseconds);
	text_member(out, "status", status_name(r->status));
	if (e->closing != NULL)
		add_json_end(out, e);
	strbuf_addc(out, '}');
}

/*
 * Where a format has quotation marks, its reader looks for the next one: `RETR x" 226 5` would
 * forge it.
 */
static bool has_quotes(const struct log_format *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->steps[i].what == LOG_TEXT &&
		    memchr(f->steps[i].text, '"', f->steps[i].len) != NULL)
			return true;
	}
	return false;
}

/* Write those of a value, from `begin` on, as "\x22". */
static void escape_quotes(struct strbuf *out, size_t begin)
{
	size_t extra = 0, at = out->len;

	for (size_t i = begin; i < out->len; i++)
		extra += out->buf[i] == '"' ? 3 : 0;
	if (extra >= out->cap - out->len) {
		strbuf_cut(out, begin);
		out->full = true;
		return;
	}
	out->len += extra;
	out->buf[out->len] = '\0';
	while (extra > 0 && at-- > begin) {
		if (out->buf[at] == '"') {
			extra -= 3;
			memcpy(out->buf + at + extra, "\\x22", 4);
		} else {
			out->buf[at + extra] = out->buf[at];
		}
	}
}

void extlog_line(struct strbuf *out, const struct log_format *f, const struct extlog_event *e)
{
	bool quotes = has_quotes(f);

	for (size_t i = 0; i < f->n; i++) {
		const struct log_step *step = &f->steps[i];
		size_t begin = out->len;

		if (step->what == LOG_TEXT)
			strbuf_addescaped(out, step->text, step->len);
		else if (step->what == LOG_ENVIRONMENT)
			add_environment(out, step);
		else if (step->what == LOG_STRFTIME)
			add_time(out, step->text, step->len, &e->tm);
		else if (step->what == LOG_NOTE)
			strbuf_addc(out, '-');
		else if (step->what == LOG_JSON)
			add_json(out, e);
		else if (step->what == LOGVAR_PERCENT)
			strbuf_addc(out, '%');
		else if (!add_session(out, step->what, e) && !add_clock(out, step->what, e))
			add_of_command(out, step->what, e);
		if (quotes && step->what != LOG_TEXT)
			escape_quotes(out, begin);
	}
	strbuf_addc(out, '\n');
}
