/* What a session does now: told by itself (PRIV_STATE), written down by its monitor. */
#include "auth/state.h"

#include "auth/live.h"
#include "auth/process.h"
#include "auth/talk.h"
#include "auth/title.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <stddef.h>
#include <string.h>

/* A captured session says what it likes as often as it likes: no more than this is written. */
enum { WRITE_EVERY = 50 };       /* ms; an honest one has a word a second */

/* There is a slot, and nobody has given it up since (ScoreboardOptions AllowMissingEntry). */
static bool has_record(const struct monitor *m)
{
	return m->slots.path != NULL && m->slots.held;
}

bool state_wanted(const struct monitor *m)
{
	return has_record(m) || (m->title != NULL && m->title->room != NULL &&
	    !SETTING(config_server_at(m->config, 0), D_PROCESS_TITLES, terse_titles));
}

/* A moment that a session names: neither before its own beginning nor still to come. */
static int64_t moment(const struct monitor *m, int64_t now, uint64_t ago)
{
	uint64_t most = now > m->connected_at ? (uint64_t)(now - m->connected_at) : 0;

	return now - (int64_t)(ago < most ? ago : most);
}

static void fill(const struct monitor *m, struct live *l, const struct session_state *st,
    int64_t now)
{
	const struct talk *t = m->talk;

	memset(l, 0, sizeof *l);
	l->flags = m->secured ? LIVE_TLS : 0;
	l->login = t->login_at;
	l->heard = now;
	l->began = moment(m, now, st->milliseconds);
	l->bytes = st->bytes;
	l->size = st->size;
	l->offset = st->offset;
	l->bytes_in = st->bytes_in;
	l->bytes_out = st->bytes_out;
	l->files_in = st->files_in;
	l->files_out = st->files_out;
	live_address(l->local, &m->local);
	l->port = m->local.port;
	l->doing = st->doing;
	live_text(l->server, sizeof l->server, SETTING(m->server, D_SERVER_NAME, server_name));
	if (m->resolver.found)       /* by now: nobody asks for it here */
		live_text(l->peer_name, sizeof l->peer_name, m->resolver.name);
	if (m->who.has_class)
		live_text(l->class, sizeof l->class, m->who.class);
	live_text(l->account, sizeof l->account, t->who.account);
	if (t->who.typed != NULL && strcmp(t->who.typed, t->who.account) != 0)
		live_text(l->typed, sizeof l->typed, t->who.typed);
	live_text(l->verb, sizeof l->verb, st->verb);
	live_tail(l->path, sizeof l->path, st->what);
}

/* Never inlined: its room on the stack is given back with what lies below a frame that waits. */
__attribute__((noinline)) static void write_record(struct monitor *m,
    const struct session_state *st, int64_t now)
{
	struct talk *t = m->talk;
	STRBUF(why, TEXT_SIZE);
	struct live l;

	if (!has_record(m) || t->state_failed)
		return;
	fill(m, &l, st, now);
	if (live_write(&m->slots, &l, &why) == 0)
		return;
	t->state_failed = true;      /* one line is enough */
	log_write(LOG_NOTICE, "ScoreboardFile: %s; what this session does is not shown", why.buf);
}

void state_connected(struct monitor *m)
{
	static const struct session_state none = { .doing = DOING_LOGIN };

	write_record(m, &none, clock_ms());
}

void state_logged_in(struct monitor *m)
{
	static const struct session_state idle = { .doing = DOING_IDLE };

	m->talk->login_at = clock_ms();
	write_record(m, &idle, m->talk->login_at);
	process_title(m, m->talk->who.account, "logged in");
}

static void show_title(const struct monitor *m, const struct session_state *st)
{
	STRBUF(what, sizeof st->verb + sizeof st->what + 1);

	strbuf_add(&what, st->doing == DOING_IDLE ? "idle" : st->verb);
	if (st->doing != DOING_IDLE && st->what[0] != '\0')
		strbuf_addc(&what, ' ');
	if (st->doing != DOING_IDLE)
		strbuf_add(&what, st->what);
	process_title(m, m->talk->who.account, what.buf);
}

bool answer_state(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	int64_t now = clock_ms();

	msg_get_state(in, &t->state);
	if (!msg_done(in))
		return false;
	/* that it rests is said once, and right behind what it did where this process was late */
	if (!m->logged_in || (t->state_at > 0 && now - t->state_at < WRITE_EVERY &&
	    !(t->state_busy && t->state.doing == DOING_IDLE)))
		return true;
	t->state_at = now;
	t->state_busy = t->state.doing != DOING_IDLE;
	write_record(m, &t->state, now);
	show_title(m, &t->state);
	t->state_idle = t->state.doing == DOING_IDLE;
	return true;
}

void state_rest(struct monitor *m)
{
	struct talk *t = m->talk;

	if (!t->state_idle)
		return;
	t->state_idle = false;
	memory_forget(t, offsetof(struct talk, phase));
	memory_rest();
}
