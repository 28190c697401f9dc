/*
 * The ExtendedLogs of a connection: which there are, who is allowed how many lines, and the lines.
 */
#include "auth/logs.h"

#include "auth/extlog.h"
#include "auth/talk.h"
#include "auth/xferlog.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * Nobody fills a disk through us. Any honest session stays below this, a mirror of thousands of
 * small files too: what is left out is counted, and told. A long line counts as several.
 */
enum { LINES_BURST = 20000, LINES_RATE = 5000, LINE_USUAL = 1024 };

struct logs {
	const struct context *server;        /* whose they are: HOST is still told to the one before
	                                        it */
	size_t n;
	struct log_open {
		const struct extended_log *rule;
		int fd;              /* -1: syslog, or it could not be opened */
		bool anonymous;      /* of the <Anonymous> */
		bool off;            /* the <Anonymous> has a line for the same file, or it
		                        failed */
	} *log;
	int64_t tokens_at;
	unsigned tokens;
	unsigned long dropped;
	bool group_known;
	char group[NAME_SIZE];
	uint64_t raw_in, raw_out;    /* of the last record, for an end without a last word */
};

static const struct context *first(const struct context *c)
{
	return settings_next(c, D_EXTENDED_LOG);
}

uint32_t logs_classes(const struct context *base)
{
	uint32_t classes = 0;

	for (const struct context *c = first(base); c != NULL; c = first(c->outer))
		for (const struct extended_log *l = c->own->extended_log; l != NULL; l = l->next)
			classes |= l->classes & ~(uint32_t)LOG_EXIT_CLASS;
	return classes;
}

static bool same_file(const struct extended_log *a, const struct extended_log *b)
{
	return a->path != NULL && b->path != NULL ? strcmp(a->path, b->path) == 0 :
	    a->path == b->path && a->level == b->level;
}

static void open_one(struct monitor *m, struct log_open *o)
{
	struct logs *logs = m->logs;

	o->fd = -1;
	if (o->rule->path == NULL || o->rule->classes == 0)
		return;
	for (struct log_open *other = logs->log; other < o; other++) {
		if (same_file(other->rule, o->rule) && (other->fd >= 0 || other->off)) {
			o->fd = other->fd;
			o->off = other->fd < 0;
			return;
		}
	}
	o->fd = log_file_open("ExtendedLog", o->rule->path,
	    SETTING(m->server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks));
	o->off = o->fd < 0;
	if (o->off)
		o->fd = -1;
}

/* Those of `c` and, with `outer`, of what is outside it, behind the `n` that are there. */
static void add(struct monitor *m, const struct context *c, bool outer)
{
	struct logs *logs = m->logs;
	size_t more = 0;
	struct log_open *list;

	for (const struct context *i = first(c); i != NULL; i = outer ? first(i->outer) : NULL)
		for (const struct extended_log *l = i->own->extended_log; l != NULL; l = l->next)
			more++;
	list = config_alloc(m->config, (logs->n + more) * sizeof *list);
	if (logs->n > 0)
		memcpy(list, logs->log, logs->n * sizeof *list);
	logs->log = list;
	for (const struct context *i = first(c); i != NULL; i = outer ? first(i->outer) : NULL) {
		for (const struct extended_log *l = i->own->extended_log; l != NULL; l = l->next) {
			struct log_open *o = &list[logs->n++];

			*o = (struct log_open){ .rule = l, .anonymous = !outer };
			open_one(m, o);
		}
	}
}

void logs_leave(const struct monitor *m)
{
	for (size_t i = 0; m->logs != NULL && i < m->logs->n; i++) {
		if (m->logs->log[i].fd >= 0)
			(void)close(m->logs->log[i].fd); /* a file of several: EBADF, and nothing
			                                    else */
	}
}

void logs_open(struct monitor *m)
{
	if (m->logs != NULL) {
		logs_leave(m);
		m->logs->n = 0;
	}
	if (first(m->server) == NULL)
		return;
	if (m->logs == NULL)
		m->logs = config_alloc(m->config, sizeof *m->logs);
	m->logs->server = m->server;
	add(m, m->server, true);
}

/* An <Anonymous>'s line for a file takes the place of the server's for the same (as in 1.3.8). */
uint32_t logs_enter(struct monitor *m, const struct context *base)
{
	struct logs *logs;
	uint32_t classes = 0;

	if (base->kind == CTX_ANON && base->own->where[D_EXTENDED_LOG].line != 0) {
		if (m->logs == NULL)
			m->logs = config_alloc(m->config, sizeof *m->logs);
		m->logs->server = m->server;
		add(m, base, false);
	}
	logs = m->logs;
	for (size_t i = 0; logs != NULL && i < logs->n; i++) {
		struct log_open *o = &logs->log[i];

		for (size_t j = 0; j < logs->n && !o->anonymous; j++)
			o->off = o->off || (logs->log[j].anonymous &&
			    same_file(logs->log[j].rule, o->rule));
		if (!o->off)
			classes |= o->rule->classes & ~(uint32_t)LOG_EXIT_CLASS;
	}
	return classes;
}

static bool allowed(struct logs *logs)
{
	int64_t now = clock_ms(), more = (now - logs->tokens_at) * LINES_RATE / 1000;

	if (logs->tokens_at == 0)
		more = LINES_BURST;
	if (more > 0) {
		more += logs->tokens;
		logs->tokens = more < LINES_BURST ? (unsigned)more : LINES_BURST;
		logs->tokens_at = now;
	}
	if (logs->tokens == 0) {
		logs->dropped++;
		return false;
	}
	logs->tokens--;
	return true;
}

static void spend(struct logs *logs, size_t bytes)
{
	size_t lines = bytes / LINE_USUAL;

	logs->tokens -= lines < logs->tokens ? (unsigned)lines : logs->tokens;
}

static bool wants(const struct log_open *o, uint32_t classes)
{
	return !o->off && (o->rule->classes & classes) != 0 &&
	    (o->rule->not_classes & classes) == 0;
}

static const char *group_name(struct monitor *m)
{
	struct logs *logs = m->logs;

	if (!logs->group_known)
		answer_look_up(m, true, m->talk->who.gid, logs->group, sizeof logs->group);
	logs->group_known = true;
	return logs->group;
}

/* What costs something only where a format asks for it. */
static void find_out(struct monitor *m, unsigned needs, struct extlog_event *e)
{
	e->peer_name = m->peer_name;
	/* before login a dead name server is not to delay an answer (FAQ 4.13a) */
	if ((needs & LOG_NEEDS_NAME) && (m->logged_in || m->resolver.done))
		e->peer_name = resolve_wait(&m->resolver, m);
	if (needs & LOG_NEEDS_IDENT)
		e->ident = ident_name(&m->ident, m->logged_in);
	if (needs & LOG_NEEDS_CLASS)
		e->class = subject_class(&m->who);
	if ((needs & LOG_NEEDS_GROUP) && m->logged_in)
		e->group = group_name(m);
}

static void write_lines(struct monitor *m, struct extlog_event *e, uint32_t classes)
{
	struct logs *logs = m->logs;
	char *text = memory_map(EXTLOG_LINE);
	struct strbuf line;
	int err;

	for (size_t i = 0; i < logs->n; i++) {
		struct log_open *o = &logs->log[i];

		if (!wants(o, classes))
			continue;
		find_out(m, o->rule->format->needs, e);
		strbuf_init(&line, text, EXTLOG_LINE);
		extlog_line(&line, o->rule->format, e);
		if (line.full) {
			strbuf_cut(&line, line.len < EXTLOG_LINE - 1 ? line.len : EXTLOG_LINE - 2);
			strbuf_addc(&line, '\n');
		}
		spend(logs, line.len);
		if (o->rule->path == NULL) {
			strbuf_cut(&line, line.len - 1);
			log_syslog(o->rule->level, line.buf);
			continue;
		}
		err = write_all(o->fd, line.buf, line.len);
		if (err < 0) {
			log_write(LOG_WARNING, "ExtendedLog %s: %s; no more is written",
			    o->rule->path, strerror(-err));
			o->off = true;
		}
	}
	memory_unmap(text, EXTLOG_LINE);
}

static void describe(struct monitor *m, struct extlog_event *e, struct strbuf *peer,
    struct strbuf *local)
{
	const struct talk *t = m->talk;

	addr_text(&m->peer, peer);
	addr_text(&m->local, local);
	e->peer = peer->buf;
	e->local = local->buf;
	e->server = SETTING(m->logs->server, D_SERVER_NAME, server_name);
	e->local_port = m->local.port;
	e->peer_port = m->peer.port;
	e->secured = m->secured;
	e->pid = (long)getpid();
	e->session_ms = clock_ms() - m->connected_at;
	e->typed = t->user;
	if (m->logged_in) {
		e->user = t->who.account;
		e->typed = t->who.typed;
		e->email = t->who.anonymous ? t->who.email : NULL;
		e->jail = t->who.jail;
		e->uid = t->who.uid;
		e->gid = t->who.gid;
	}
	(void)clock_gettime(CLOCK_REALTIME, &e->now);
	if (localtime_r(&e->now.tv_sec, &e->tm) == NULL)
		memset(&e->tm, 0, sizeof e->tm);
}

bool answer_command(struct monitor *m, struct msg *in)
{
	struct command_texts *texts = memory_map(sizeof *texts);
	struct command_record record;
	struct extlog_event e = { .record = &record };
	STRBUF(peer, NAME_SIZE);
	STRBUF(local, NAME_SIZE);
	bool good;

	msg_get_command(in, &record, texts);
	good = msg_done(in);
	if (good && m->logs != NULL) {
		m->logs->raw_in = record.raw_in;
		m->logs->raw_out = record.raw_out;
		describe(m, &e, &peer, &local);
		/*
		 * what belongs to no class a session may not invent: EXIT is the monitor's own word
		 */
		if (allowed(m->logs))
			write_lines(m, &e, record.classes & LOG_ALL_CLASSES);
	}
	memory_unmap(texts, sizeof *texts);
	return good;
}

void logs_end(struct monitor *m, const char *reason)
{
	struct command_record record = {
		.verb = "EXIT", .argument = "", .text = "", .path = "", .from = "",
	};
	const struct closing *c = &m->talk->closing;
	struct extlog_event e = { .record = &record, .closing = c, .reason = reason };
	STRBUF(peer, NAME_SIZE);
	STRBUF(local, NAME_SIZE);

	if (m->logs == NULL)
		return;
	record.raw_in = c->reason[0] != '\0' ? c->raw_in : m->logs->raw_in;
	record.raw_out = c->reason[0] != '\0' ? c->raw_out : m->logs->raw_out;
	describe(m, &e, &peer, &local);
	write_lines(m, &e, LOG_EXIT_CLASS);
	if (m->logs->dropped > 0)
		log_write(LOG_WARNING, "%lu lines of the ExtendedLog of this session dropped",
		    m->logs->dropped);
}
