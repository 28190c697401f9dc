/* PRIV_RATIO: the counters of ratios that outlive sessions (SaveRatios). */
#include "auth/ratioline.h"

#include "auth/ledger.h"
#include "auth/talk.h"
#include "config/config.h"
#include "config/counter.h"
#include "config/log.h"

#include <errno.h>
#include <string.h>

/* Whose line it is: by what the monitor knows of him. */
static void own_key(const struct monitor *m, bool others, struct strbuf *out)
{
	const struct talk *t = m->talk;
	bool anonymous = t->who.base->kind == CTX_ANON && t->who.email[0] != '\0';

	ratio_key(out, config_server_id(m->config, m->server), anonymous, anonymous &&
	    others ? "*" : anonymous ? t->who.email : t->who.account);
}

/* What the request makes of the counters. */
static enum ratio_verdict apply(const struct ratio_request *q, const struct ratio_rule *rule,
    struct ratio_counts *n)
{
	switch (q->what) {
	case RATIO_TAKE:
		return ratio_take(n, rule, q->bytes);
	case RATIO_GIVE_BACK:
		ratio_give_back(n, q->file, q->bytes);
		break;
	case RATIO_STORED:
		ratio_stored(n, q->file, q->bytes);
		break;
	case RATIO_REMOVED:
		ratio_removed(n, q->file, q->bytes);
		break;
	default:
		break;
	}
	return RATIO_GOOD;
}

/* Put the line that belongs to the key at its place. */
static int put_line(struct ledger *l, const struct ratio_place *place, const char *key,
    const struct ratio_counts *counts, struct strbuf *why)
{
	STRBUF(line, RATIO_LINE);
	size_t behind = place->at + place->n;

	ratio_line_add(&line, key, counts);
	if (line.full)
		return -ENAMETOOLONG;
	return ledger_replace(l, (struct ledger_part[]){
		{ l->bytes, place->at }, { line.buf, line.len },
		{ l->bytes + behind, l->n - behind },
	}, 3, why);
}

static int find_line(const struct ledger *l, const struct monitor *m, struct strbuf *key,
    struct ratio_place *place, struct strbuf *why)
{
	size_t damaged;

	own_key(m, false, key);
	damaged = ratio_find(l->bytes, l->n, key->buf, place);
	if (damaged == 0 && place->n == 0 && place->strangers >= RATIO_STRANGERS &&
	    m->talk->who.base->kind == CTX_ANON && m->talk->who.email[0] != '\0') {
		strbuf_reset(key);
		own_key(m, true, key);
		damaged = ratio_find(l->bytes, l->n, key->buf, place);
	}
	if (damaged == 0)
		return 0;
	strbuf_addf(why, "%s:%zu: damaged; it is used again once somebody has mended it", l->path,
	    damaged);
	return -EBADMSG;
}

/* The counters in the file, changed as asked. Returns 0 or -errno with `why`. */
static int change(struct monitor *m, const char *path, const struct ratio_request *q,
    const struct ratio_rule *rule, struct ratio_answer *a, struct strbuf *why)
{
	STRBUF(key, RATIO_KEY);
	struct ratio_place place;
	struct ledger l;
	int err = ledger_open(&l, path, why);

	if (err == 0)
		err = find_line(&l, m, &key, &place, why);
	if (err == 0) {
		a->counts = place.counts;
		a->verdict = apply(q, rule, &a->counts);
		if (memcmp(&a->counts, &place.counts, sizeof a->counts) != 0)
			err = put_line(&l, &place, key.buf, &a->counts, why);
	}
	ledger_close(&l);
	return err;
}

/* What was taken in advance may be given back, once, and no more of it. */
static bool in_order(struct talk *t, const struct ratio_request *q)
{
	if (q->what != RATIO_GIVE_BACK)
		return true;
	if (!t->taken.open || t->taken.file != q->number || q->bytes > t->taken.bytes)
		return false;
	t->taken.open = false;
	return true;
}

/* Once: what is wrong with a file stays so for a while. */
static void tell(struct talk *t, const char *why)
{
	if (!t->taken.told)
		log_write(LOG_ERR, "RatioFile: %s", why);
	t->taken.told = true;
}

bool answer_ratio(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	const struct ratio_file *file;
	const struct ratio_rule *rule;
	struct ratio_answer a = { .verdict = RATIO_GOOD };
	STRBUF(why, TEXT_SIZE + PATHNAME_SIZE);
	struct ratio_request q;

	msg_get_ratio(in, &q);
	if (!msg_done(in))
		return false;
	file = ratio_file_at(m->config, q.number);
	rule = ratio_rule_at(m->config, q.rule);
	if (file == NULL || (rule == NULL && q.rule != 0) || !in_order(t, &q))
		return false;
	a.err = (uint32_t)-change(m, file->path, &q, rule, &a, &why);
	if (a.err != 0)
		tell(t, why.buf);
	if (q.what == RATIO_TAKE) {
		t->taken.open = a.err == 0 && a.verdict == RATIO_GOOD;
		t->taken.file = q.number;
		t->taken.bytes = q.bytes;
	}
	msg_start(&t->out, PRIV_RATIO_COUNTS);
	msg_put_ratio_answer(&t->out, &a);
	talk_send(m, m->boundary);
	return true;
}
