/* Transfers that are counted and those that share a rate: a session's mark in its slot. */
#include "auth/share.h"
#include "auth/talk.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/transfer.h"

#include <errno.h>
#include <string.h>

enum {
	SHIFT = 8,                   /* from TRANSFER_… to SLOT_… */
	ASK_FIRST = 50,              /* ms to the second word of a transfer, and the third, */
	ASKS_FIRST = 3,
	ASK_EVERY = 250,             /* … to later ones, */
	ASK_OF_EACH = 4,             /* … or as many times this as share, */
	ASK_MAX = 2000,              /* so that thousands do not read each other all the time */
	ASK_MIN = 20,                /* a captured session learns nothing new before */
	MEMBERS_MAX = 65536,
};

_Static_assert(TRANSFER_RETR << SHIFT == SLOT_RETR && TRANSFER_STOR << SHIFT == SLOT_STOR &&
    TRANSFER_APPE << SHIFT == SLOT_APPE && TRANSFER_STOU << SHIFT == SLOT_STOU, "one order");

/* -- how many at a time ---------------------------------------------------------- */

struct tally {
	const struct slot *mine;
	struct claim claim;
	uint32_t n[CLAIM_KINDS];
	uint32_t over;               /* the kind of the limit that is reached */
};

static void see(void *arg, const struct slot *other)
{
	struct tally *t = arg;

	if (other->server != t->mine->server || (other->state & t->claim.command << SHIFT) == 0)
		return;
	t->n[CLAIM_HOST] += memcmp(other->peer, t->mine->peer, sizeof other->peer) == 0;
	t->n[CLAIM_USER] += other->user == t->mine->user;
}

static bool admit(void *arg)
{
	struct tally *t = arg;

	for (t->over = 0; t->over < CLAIM_KINDS; t->over++) {
		uint32_t max = t->claim.max[t->over];

		if (max > 0 && t->n[t->over] >= max)
			return false;
	}
	return true;
}

/* What a session says of its directories can only tighten what the server's own lines say. */
static void tighten(const struct context *base, struct claim *claim)
{
	static const enum directive_id ids[CLAIM_KINDS] = {
		[CLAIM_HOST] = D_MAX_TRANSFERS_PER_HOST, [CLAIM_USER] = D_MAX_TRANSFERS_PER_USER,
	};

	for (enum claim_kind k = 0; k < CLAIM_KINDS; k++) {
		const struct context *at;
		const struct transfer_rule *rule = transfer_limit(base, ids[k], claim->command,
		    &at);

		if (rule != NULL && (claim->max[k] == 0 || rule->max < claim->max[k]))
			claim->max[k] = rule->max;
	}
}

/* Nobody can count: everybody or nobody, as ScoreboardOptions says. Returns 0 or an errno. */
static uint32_t without(struct monitor *m, const char *why)
{
	bool on = SETTING(m->server, D_SCOREBOARD_OPTIONS, scoreboard_allow_missing);

	if (!m->talk->claims_failed) /* a session may ask for ever */
		log_write(on ? LOG_WARNING : LOG_ERR, "ScoreboardFile: %s; %s", why,
		    on ? "transfers of this session are not counted" : "no transfer is begun");
	m->talk->claims_failed = true;
	if (on)
		m->slots.path = NULL;
	return on ? 0 : EIO;
}

/* Have the bits of the transfer in the slot. Returns 0 or an errno; EUSERS: t->over is reached. */
static uint32_t mark(struct monitor *m, uint32_t bits, struct tally *t)
{
	struct slot_change change = { .slot = m->slots.mine, .arg = t };
	STRBUF(why, TEXT_SIZE);
	int done;

	if (m->slots.path == NULL)
		return 0;
	change.slot.state = (change.slot.state & ~(uint32_t)SLOT_TRANSFER) | bits;
	change.slot.demand = UINT32_MAX;
	if (t != NULL && (t->claim.max[CLAIM_HOST] > 0 || t->claim.max[CLAIM_USER] > 0)) {
		t->mine = &change.slot;
		change.see = see;
		change.admit = admit;
	}
	done = slots_change(&m->slots, &change, &why);
	return done > 0 ? 0 : done == 0 ? EUSERS : without(m, why.buf);
}

static void answer(struct monitor *m, uint32_t err, uint32_t value)
{
	struct msg *out = &m->talk->out;

	msg_start(out, PRIV_RESULT);
	msg_put_u32(out, err);
	msg_put_u32(out, value);
	talk_send(m, m->boundary);
}

bool answer_claim(struct monitor *m, struct msg *in)
{
	struct tally t = { .over = 0 };
	uint32_t err;

	msg_get_claim(in, &t.claim);
	if (!msg_done(in))
		return false;
	tighten(m->talk->who.base, &t.claim);
	err = mark(m, t.claim.command << SHIFT, &t);
	memset(&m->talk->share, 0, sizeof m->talk->share);
	if (err == 0)
		m->talk->share.command = t.claim.command;
	answer(m, err, err == EUSERS ? t.over : 0);
	return true;
}

bool answer_claim_over(struct monitor *m, struct msg *in)
{
	if (!msg_done(in))
		return false;
	if (m->slots.mine.state & SLOT_TRANSFER)
		(void)mark(m, 0, NULL);
	m->talk->share.command = 0;
	answer(m, 0, 0);
	return true;
}

/* -- how fast together ------------------------------------------------------------ */

/* Those who share with this session. */
struct members {
	const struct monitor *m;
	uint32_t bits;
	uint64_t *demand;            /* bytes a second */
	size_t n;
	bool mine;                   /* its own slot was seen, too */
};

static void see_member(void *arg, const struct slot *other)
{
	struct members *all = arg;

	if (other->server != all->m->slots.mine.server || (other->state & all->bits) == 0 ||
	    all->n == MEMBERS_MAX)
		return;
	all->demand[all->n++] = other->demand == UINT32_MAX ? SHARE_ALL :
	    (uint64_t)other->demand * 1024;
}

static void read_member(void *arg, unsigned number, const struct slot *slot)
{
	struct members *all = arg;
	const struct slots *s = &all->m->slots;

	if (number == s->number && slot->owner == s->mine.owner && slot->since == s->mine.since)
		all->mine = true;
	else
		see_member(arg, slot);
}

/*
 * Walk over the members, writing what this one wants where that has changed, or where its slot is
 * not there any more: the file was begun anew. False: nobody counts, or nobody can, which is told
 * once.
 */
static bool walk(struct monitor *m, struct members *all, uint32_t demand)
{
	struct slot_change change = { .slot = m->slots.mine, .see = see_member, .arg = all };
	STRBUF(why, TEXT_SIZE);

	if (m->slots.path == NULL)
		return false;
	all->n = 0;
	all->mine = false;
	if (demand == m->slots.mine.demand &&
	    slots_read(m->slots.path, read_member, all, &why) >= 0 && all->mine)
		return true;
	all->n = 0;
	strbuf_reset(&why);
	change.slot.demand = demand;
	if (slots_change(&m->slots, &change, &why) > 0)
		return true;
	if (!m->talk->claims_failed)
		log_write(LOG_ERR, "ScoreboardFile: %s; who shares TransferRateTotal is not known",
		    why.buf);
	m->talk->claims_failed = true;
	return false;
}

/* The share of who can't see the others any more: no more than the last one, which they left it. */
static uint64_t last_share(const struct monitor *m, uint64_t cap)
{
	uint64_t last = m->talk->share.rate;

	return last > 0 && last < cap ? last : cap;
}

/* In a slot: KB a second, no less than it is. What is nearly the same is left as it stands. */
static uint32_t to_slot(const struct monitor *m, uint64_t demand)
{
	uint32_t old = m->slots.mine.demand, kb;

	if (demand == SHARE_ALL || demand / 1024 >= UINT32_MAX - 1)
		return UINT32_MAX;
	kb = (uint32_t)(demand / 1024) + (demand % 1024 != 0);
	return old != UINT32_MAX && kb >= old - old / 8 && kb <= old ? old : kb;
}

/* What the session has of every line that it comes under: the least counts. 0: there is none. */
static uint64_t find_share(struct monitor *m, uint64_t demand, size_t *most)
{
	unsigned command = m->talk->share.command;
	const struct transfer_rule *rule;
	struct transfer_walk w;
	uint64_t least = 0;
	struct members all = { .m = m };
	size_t room = MEMBERS_MAX * sizeof *all.demand;

	transfer_walk(&w, m->talk->who.base, D_TRANSFER_RATE_TOTAL, command);
	while ((rule = transfer_next(&w)) != NULL) {
		uint64_t share, cap = rule->rate / 1000 > 0 ? rule->rate / 1000 : 1;

		if (all.demand == NULL)
			all.demand = memory_map(room);
		all.bits = rule->commands << SHIFT;
		share = walk(m, &all, to_slot(m, demand)) ?
		    share_of(cap, demand, all.demand, all.n) : last_share(m, cap);
		*most = all.n > *most ? all.n : *most;
		if (least == 0 || share < least) {
			least = share;
			m->talk->share.equal = cap / (all.n + 1);
		}
	}
	if (all.demand != NULL)
		memory_unmap(all.demand, room);
	return least;
}

bool answer_share(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	uint64_t bytes = msg_get_u64(in), moved, demand = SHARE_ALL;
	int64_t now = clock_ms(), ms = now - t->share.at;
	size_t others = 0;
	uint32_t next;

	if (!msg_done(in) || t->share.command == 0)
		return false;
	if (t->share.asks == 0 || ms >= ASK_MIN) {
		moved = bytes > t->share.bytes ? bytes - t->share.bytes : 0;
		if (t->share.asks > ASKS_FIRST)
			demand = share_demand(t->share.rate, t->share.equal, &t->share.mean,
			    moved, (uint64_t)ms);
		t->share.rate = find_share(m, demand, &others);
		if (t->share.asks <= ASKS_FIRST)
			t->share.mean = t->share.rate;       /* until it is known */
		t->share.bytes = bytes;
		t->share.at = now;
		next = (uint32_t)(others + 1 < ASK_MAX / ASK_OF_EACH ? (others + 1) * ASK_OF_EACH :
		    ASK_MAX);
		t->share.next = t->share.asks < ASKS_FIRST ? ASK_FIRST : next > ASK_EVERY ? next :
		    ASK_EVERY;
		if (t->share.asks <= ASKS_FIRST)
			t->share.asks++;
	}
	msg_start(&t->out, PRIV_RATE);
	msg_put_u64(&t->out, t->share.rate);
	msg_put_u32(&t->out, t->share.next);
	talk_send(m, m->boundary);
	return true;
}
