/* What a session asks and tells apart from login: log lines, active mode, names, transfers. */
#include "auth/active.h"
#include "auth/authfile.h"
#include "auth/notify.h"
#include "auth/resolve.h"
#include "auth/talk.h"
#include "auth/xferlog.h"
#include "config/hide.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LOG_BURST = 200,             /* lines at once, */
	LOG_RATE = 50,               /* and a second: nobody fills a disk through us */
	LOG_LINE = 4 * TEXT_SIZE,
	TRANSFERS_BURST = 20000,     /* lines of the transfer log at once, */
	TRANSFERS_RATE = 5000,       /* and a second: more files than any client moves */
	NAMES_MAX = 100000,          /* ids looked up for one session; further ones stay numbers */
};

/* Take one of the tokens, of which there are `burst` at most and `rate` more a second. */
static bool allowed(int64_t *at, unsigned *tokens, unsigned long *dropped, unsigned burst,
    unsigned rate)
{
	int64_t now = clock_ms(), more = (now - *at) * rate / 1000;

	if (*at == 0)
		more = burst;
	if (more > 0) {
		more += *tokens;
		*tokens = more < burst ? (unsigned)more : burst;
		*at = now;
	}
	if (*tokens == 0) {
		++*dropped;
		return false;
	}
	--*tokens;
	return true;
}

static bool log_allowed(struct talk *t)
{
	return allowed(&t->log_tokens_at, &t->log_tokens, &t->log_dropped, LOG_BURST, LOG_RATE);
}

void answer_log_dropped(struct monitor *m)
{
	if (m->talk->log_dropped > 0)
		log_write(LOG_WARNING, "%lu log lines of this session dropped",
		    m->talk->log_dropped);
	m->talk->log_dropped = 0;
	if (m->talk->transfers_dropped > 0)
		log_write(LOG_WARNING, "%lu lines of the TransferLog of this session dropped",
		    m->talk->transfers_dropped);
	m->talk->transfers_dropped = 0;
}

/* The rest of a log message: its text, and the line. */
static bool write_line(struct monitor *m, struct msg *in, uint32_t level, bool auth)
{
	char text[LOG_LINE];

	msg_get_str(in, text, sizeof text);
	if (!msg_done(in))
		return false;
	if (!log_allowed(m->talk))
		return true;
	answer_log_dropped(m);
	/* more urgent ones than an error reach every terminal: not for a session to say */
	if (level < LOG_ERR)
		level = LOG_ERR;
	if (level >= LOG_DEBUG)
		log_debug(1, "%s", text);   /* the session has compared its own level */
	else if (auth)
		log_auth((int)level, "%s", text);
	else
		log_write((int)level, "%s", text);
	return true;
}

bool answer_log(struct monitor *m, struct msg *in)
{
	uint32_t level = msg_get_u32(in);
	bool auth = msg_get_bool(in);

	return write_line(m, in, level, auth);
}

bool answer_tls_log(struct monitor *m, struct msg *in)
{
	return write_line(m, in, msg_get_u32(in), false);
}

static bool get_addr(struct msg *in, struct addr *a)
{
	uint32_t family = msg_get_u32(in), port;
	size_t n;

	memset(a, 0, sizeof *a);
	a->family = family == AF_INET || family == AF_INET6 ? (int)family : 0;
	n = family == AF_INET ? msg_get_bytes(in, &a->v4, sizeof a->v4) :
	    msg_get_bytes(in, &a->v6, sizeof a->v6);
	port = msg_get_u32(in);
	a->port = (in_port_t)port;
	return a->family != 0 && n == (family == AF_INET ? sizeof a->v4 : sizeof a->v6) &&
	    port <= UINT16_MAX && msg_done(in);
}

bool answer_active(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	struct addr target;
	int fd;

	if (!get_addr(in, &target))
		return false;
	fd = active_connect(m, t->who.base, &target);
	msg_start(&t->out, PRIV_DESCRIPTOR);
	msg_put_u32(&t->out, fd < 0 ? (uint32_t)-fd : 0);
	t->out.fd = fd < 0 ? -1 : fd;
	talk_send(m, m->boundary);
	if (fd >= 0)
		(void)close(fd);
	return true;
}

static void look_up_name(const struct context *server, bool group, uint32_t id, char *out,
    size_t size)
{
	const char *name = NULL;
	size_t n;

	out[0] = '\0';
	if (authfile_name(server, group, id, out, size))
		return;
	if (group) {
		const struct group *gr = getgrgid(id);

		name = gr != NULL ? gr->gr_name : NULL;
	} else {
		const struct passwd *pw = getpwuid(id);

		name = pw != NULL ? pw->pw_name : NULL;
	}
	n = name != NULL ? strlen(name) : 0;
	if (n > 0 && n < size)
		memcpy(out, name, n + 1);
}

void answer_look_up(const struct monitor *m, bool group, uint32_t id, char *out, size_t size)
{
	look_up_name(m->server, group, id, out, size);
}

bool answer_name(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	bool group = msg_get_bool(in);
	uint32_t id = msg_get_u32(in);
	char name[NAME_SIZE] = "";

	if (!msg_done(in))
		return false;
	if (++t->calls[PRIV_NAME] <= NAMES_MAX)
		look_up_name(m->server, group, id, name, sizeof name);
	msg_start(&t->out, PRIV_TEXT);
	msg_put_str(&t->out, name);
	talk_send(m, m->boundary);
	return true;
}

bool answer_peer(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	const char *name;

	if (!msg_done(in))
		return false;
	name = subject_name(&m->who);
	msg_start(&t->out, PRIV_TEXT);
	msg_put_str(&t->out, name != NULL ? name : "");
	talk_send(m, m->boundary);
	return true;
}

/* A name stays unknown for as long as it is, and not for the session (it may be a dynamic one). */
bool answer_masquerade(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	const char *name = SETTING(t->who.base, D_MASQUERADE_ADDRESS, masquerade_address);
	const char *other = SETTING(t->who.base, D_TLS_MASQUERADE_ADDRESS, tls_masquerade_address);
	struct strbuf text;
	struct addr a;

	if (!msg_done(in))
		return false;
	if (m->secured && other != NULL)
		name = other;
	if (t->masquerade[0] == '\0' && name != NULL && resolve_address(m, name, &a)) {
		strbuf_init(&text, t->masquerade, sizeof t->masquerade);
		addr_text(&a, &text);
	}
	msg_start(&t->out, PRIV_TEXT);
	msg_put_str(&t->out, t->masquerade);
	talk_send(m, m->boundary);
	return true;
}

bool answer_ident(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	const char *name;

	if (!msg_done(in))
		return false;
	/* shown to the client, who waits: what is not there by now is not waited for */
	name = ident_name(&m->ident, false);
	msg_start(&t->out, PRIV_TEXT);
	msg_put_str(&t->out, name != NULL ? name : "");
	talk_send(m, m->boundary);
	return true;
}

bool answer_groups(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	uint32_t first = msg_get_u32(in);
	char block[GROUPS_BLOCK];
	const char *const *names;
	size_t n, used = 0;

	if (!msg_done(in))
		return false;
	names = subject_groups(&m->who, &n);
	for (size_t i = first; i < n; i++) {
		size_t len = strlen(names[i]) + 1;

		if (len > sizeof block - used)
			break;
		memcpy(block + used, names[i], len);
		used += len;
	}
	msg_start(&t->out, PRIV_GROUP_NAMES);
	msg_put_u32(&t->out, (uint32_t)n);
	msg_put_bytes(&t->out, block, used);
	talk_send(m, m->boundary);
	return true;
}

/* The session has the same configuration: it names a line of it, and no name. */
bool answer_hidden(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	struct hide_owner *h = hide_owner_at(m->config, msg_get_u32(in));
	uint32_t id = 0;
	bool known;

	if (!msg_done(in) || h == NULL || h->own)
		return false;
	known = hide_owner_id(h, &m->who, &id);
	msg_start(&t->out, PRIV_RESULT);
	msg_put_u32(&t->out, known ? 0 : ESRCH);
	msg_put_u32(&t->out, id);
	talk_send(m, m->boundary);
	return true;
}

static void write_transfer(struct monitor *m, const struct transfer_record *record)
{
	struct talk *t = m->talk;
	const struct xferlog_who who = {
		.peer = resolve_wait(&m->resolver, m),
		.jail = t->who.jail, .anonymous = t->who.anonymous, .secured = m->secured,
		.user = t->who.anonymous ? t->who.email : t->who.account,
		.ident = ident_name(&m->ident, true),
	};
	char line[4 * (2 * PATHNAME_SIZE + SECRET_SIZE + NAME_SIZE) + 256];
	struct strbuf out;
	time_t now = time(NULL);
	struct tm tm;
	int err;

	if (localtime_r(&now, &tm) == NULL)
		return;
	strbuf_init(&out, line, sizeof line);
	xferlog_line(&out, &who, record, &tm);
	err = write_all(t->transfer_log, out.buf, out.len);
	if (err < 0)
		log_write(LOG_WARNING, "TransferLog: %s", strerror(-err));
}

/* For a session that is killed, and says no last word, which would stand instead. */
static void count_transfer(struct closing *c, const struct transfer_record *record)
{
	if (record->direction == 'i') {
		c->files_in += record->complete;
		c->bytes_in += record->bytes;
	} else if (record->direction == 'o') {
		c->files_out += record->complete;
		c->bytes_out += record->bytes;
	}
}

bool answer_transfer(struct monitor *m, struct msg *in)
{
	struct transfer_record record;

	msg_get_transfer(in, &record);
	if (!msg_done(in))
		return false;
	count_transfer(&m->talk->closing, &record);
	if (m->talk->transfer_log >= 0 && allowed(&m->talk->transfers_at, &m->talk->transfer_tokens,
	    &m->talk->transfers_dropped, TRANSFERS_BURST, TRANSFERS_RATE))
		write_transfer(m, &record);
	return record.direction != 'i' || !m->talk->notify.wanted || notify_upload(m, &record);
}

bool answer_closing(struct monitor *m, struct msg *in)
{
	msg_get_closing(in, &m->talk->closing);
	return msg_done(in);
}
