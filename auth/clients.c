/* %N and %y of display files: how many are here now, of the server or of the client's class. */
#include "auth/talk.h"
#include "config/io.h"
#include "config/log.h"
#include "config/subject.h"

#include <errno.h>

enum { WALKS_BURST = 100, WALKS_RATE = 20 };     /* a session buys no more reading than that a
                                                    second */

struct clients {
	const struct slot *mine;
	bool of_class;
	uint32_t class, n;
};

/*
 * Whoever is connected, as long as one has no name oneself; then those that have one, and for an
 * anonymous user those of the same block.
 */
static void see(void *arg, unsigned number, const struct slot *slot)
{
	struct clients *c = arg;
	const struct slot *mine = c->mine;
	bool in = (slot->state & SLOT_LOGGED_IN) != 0;

	(void)number;
	if (slot->server != mine->server)
		return;
	if (c->of_class)
		c->n += in && c->class != 0 && slot->class == c->class;
	else if (!(mine->state & SLOT_LOGGED_IN))
		c->n++;
	else
		c->n += in && (!(mine->state & SLOT_ANONYMOUS) ||
		    ((slot->state & SLOT_ANONYMOUS) && slot->user == mine->user));
}

static bool may_walk(struct talk *t)
{
	int64_t now = clock_ms(), more = (now - t->clients.at) * WALKS_RATE / 1000;

	if (t->clients.at == 0)
		more = WALKS_BURST;
	if (more > 0) {
		more += t->clients.walks;
		t->clients.walks = more < WALKS_BURST ? (unsigned)more : WALKS_BURST;
		t->clients.at = now;
	}
	if (t->clients.walks == 0)
		return false;
	t->clients.walks--;
	return true;
}

/* Returns 0 or an errno: nobody counts here. */
static uint32_t count(struct monitor *m, bool of_class, uint32_t *n)
{
	struct clients c = { .mine = &m->slots.mine, .of_class = of_class };
	STRBUF(why, TEXT_SIZE);

	if (m->slots.path == NULL)
		return ENOENT;
	*n = m->talk->clients.last[of_class];
	if (!may_walk(m->talk))
		return 0;
	if (of_class)
		c.class = slot_class(subject_class(&m->who));
	if (slots_read(m->slots.path, see, &c, &why) < 0) {
		log_debug(1, "ScoreboardFile: %s", why.buf);
		return ENOENT;
	}
	*n = m->talk->clients.last[of_class] = c.n;
	return 0;
}

bool answer_clients(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	bool of_class = msg_get_bool(in);
	uint32_t n = 0, err;

	if (!msg_done(in))
		return false;
	err = count(m, of_class, &n);
	msg_start(&t->out, PRIV_RESULT);
	msg_put_u32(&t->out, err);
	msg_put_u32(&t->out, err == 0 ? n : 0);
	talk_send(m, m->boundary);
	return true;
}
