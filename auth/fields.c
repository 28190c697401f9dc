/* What the boundary's messages carry: each struct, field by field (auth/msg.h). */
#include "auth/msg.h"

#include "config/transfer.h"

#include <string.h>

void msg_put_identity(struct msg *m, const struct identity *id)
{
	msg_put_u32(m, id->uid);
	msg_put_u32(m, id->gid);
	if (id->ngroups > GROUPS_MAX_SENT)
		m->bad = true;
	else
		msg_put_bytes(m, id->groups, id->ngroups * sizeof *id->groups);
	msg_put_u32(m, id->anonymous);
	msg_put_u32(m, id->guest);
	msg_put_str(m, id->typed);
	msg_put_str(m, id->account);
	msg_put_str(m, id->email);
	msg_put_str(m, id->home);
	msg_put_str(m, id->jail);
	msg_put_str(m, id->start);
	msg_put_u32(m, id->wants_records);
	msg_put_u32(m, id->wants_state);
	msg_put_u32(m, id->log_classes);
	msg_put_u32(m, id->by_certificate);
	msg_put_u32(m, id->wrapped);
}

void msg_get_identity(struct msg *m, struct identity *id)
{
	size_t bytes;

	id->uid = msg_get_u32(m);
	id->gid = msg_get_u32(m);
	bytes = msg_get_bytes(m, id->groups, GROUPS_MAX_SENT * sizeof *id->groups);
	if (bytes % sizeof *id->groups != 0)
		m->bad = true;
	id->ngroups = (uint32_t)(bytes / sizeof *id->groups);
	id->anonymous = msg_get_u32(m);
	id->guest = msg_get_bool(m);
	msg_get_str(m, id->typed, sizeof id->typed);
	msg_get_str(m, id->account, sizeof id->account);
	msg_get_str(m, id->email, sizeof id->email);
	msg_get_str(m, id->home, sizeof id->home);
	msg_get_str(m, id->jail, sizeof id->jail);
	msg_get_str(m, id->start, sizeof id->start);
	id->wants_records = msg_get_bool(m);
	id->wants_state = msg_get_bool(m);
	id->log_classes = msg_get_u32(m);
	id->by_certificate = msg_get_bool(m);
	id->wrapped = msg_get_bool(m);
}

void msg_put_handover(struct msg *m, const struct handover *h)
{
	msg_put_u32(m, h->type_ascii);
	msg_put_u32(m, h->epsv_all);
	msg_put_u32(m, h->utf8);
	msg_put_u32(m, h->pbsz);
	msg_put_u32(m, h->prot);
	msg_put_u32(m, h->telnet);
	msg_put_u32(m, h->mlst_facts);
	msg_put_u32(m, h->commands);
	msg_put_u64(m, h->raw_in);
	msg_put_u64(m, h->raw_out);
	msg_put_str(m, h->client);
	if (h->pending > sizeof h->line)
		m->bad = true;
	else
		msg_put_bytes(m, h->line, h->pending);
}

void msg_get_handover(struct msg *m, struct handover *h)
{
	h->type_ascii = msg_get_bool(m);
	h->epsv_all = msg_get_bool(m);
	h->utf8 = msg_get_bool(m);
	h->pbsz = msg_get_bool(m);
	h->prot = msg_get_bool(m);
	h->telnet = msg_get_u32(m);
	h->mlst_facts = msg_get_u32(m);
	h->commands = msg_get_u32(m);
	h->raw_in = msg_get_u64(m);
	h->raw_out = msg_get_u64(m);
	msg_get_str(m, h->client, sizeof h->client);
	h->pending = (uint32_t)msg_get_bytes(m, h->line, sizeof h->line);
}

void msg_put_transfer(struct msg *m, const struct transfer_record *t)
{
	msg_put_str(m, t->path);
	msg_put_str(m, t->moved);
	msg_put_u64(m, t->size);
	msg_put_u64(m, t->bytes);
	msg_put_u64(m, t->milliseconds);
	msg_put_u32(m, t->ascii);
	msg_put_u32(m, t->complete);
	msg_put_u32(m, (unsigned char)t->direction);
}

void msg_get_transfer(struct msg *m, struct transfer_record *t)
{
	uint32_t direction;

	msg_get_str(m, t->path, sizeof t->path);
	msg_get_str(m, t->moved, sizeof t->moved);
	t->size = msg_get_u64(m);
	t->bytes = msg_get_u64(m);
	t->milliseconds = msg_get_u64(m);
	t->ascii = msg_get_bool(m);
	t->complete = msg_get_bool(m);
	direction = msg_get_u32(m);
	if (direction != 'i' && direction != 'o' && direction != 'd')
		m->bad = true;
	t->direction = (char)direction;
}

static void put_cut(struct msg *m, const char *text, size_t size)
{
	msg_put_bytes(m, text, strnlen(text, size - 1));
}

void msg_put_command(struct msg *m, const struct command_record *r)
{
	msg_put_u32(m, r->classes);
	put_cut(m, r->verb, VERB_SIZE);
	put_cut(m, r->argument, PATHNAME_SIZE);
	put_cut(m, r->text, TEXT_SIZE);
	put_cut(m, r->path, PATHNAME_SIZE);
	put_cut(m, r->from, PATHNAME_SIZE);
	msg_put_u32(m, r->code);
	msg_put_u64(m, r->milliseconds);
	msg_put_u64(m, r->raw_in);
	msg_put_u64(m, r->raw_out);
	msg_put_u32(m, r->status);
	msg_put_u32(m, r->ascii);
	msg_put_u32(m, r->modified);
	msg_put_u32(m, r->has_bytes);
	msg_put_u32(m, r->has_size);
	msg_put_u32(m, r->has_offset);
	msg_put_u64(m, r->bytes);
	msg_put_u64(m, r->transfer_ms);
	msg_put_u64(m, r->size);
	msg_put_u64(m, r->offset);
	msg_put_u32(m, r->port);
}

void msg_get_command(struct msg *m, struct command_record *r, struct command_texts *texts)
{
	uint32_t status;

	r->classes = msg_get_u32(m);
	msg_get_str(m, texts->verb, sizeof texts->verb);
	msg_get_str(m, texts->argument, sizeof texts->argument);
	msg_get_str(m, texts->text, sizeof texts->text);
	msg_get_str(m, texts->path, sizeof texts->path);
	msg_get_str(m, texts->from, sizeof texts->from);
	r->verb = texts->verb;
	r->argument = texts->argument;
	r->text = texts->text;
	r->path = texts->path;
	r->from = texts->from;
	r->code = msg_get_u32(m);
	r->milliseconds = msg_get_u64(m);
	r->raw_in = msg_get_u64(m);
	r->raw_out = msg_get_u64(m);
	status = msg_get_u32(m);
	if (status >= TRANSFER_STATUSES) {
		m->bad = true;
		status = TRANSFER_NONE;
	}
	r->status = (enum transfer_status)status;
	r->ascii = msg_get_bool(m);
	r->modified = msg_get_bool(m);
	r->has_bytes = msg_get_bool(m);
	r->has_size = msg_get_bool(m);
	r->has_offset = msg_get_bool(m);
	r->bytes = msg_get_u64(m);
	r->transfer_ms = msg_get_u64(m);
	r->size = msg_get_u64(m);
	r->offset = msg_get_u64(m);
	r->port = msg_get_u32(m);
	/* what no code of a reply is stands for none */
	if (r->code > 999)
		m->bad = true;
}

void msg_put_claim(struct msg *m, const struct claim *c)
{
	msg_put_u32(m, c->command);
	for (unsigned k = 0; k < CLAIM_KINDS; k++)
		msg_put_u32(m, c->max[k]);
}

void msg_get_claim(struct msg *m, struct claim *c)
{
	c->command = msg_get_u32(m);
	if (c->command == 0 || c->command > TRANSFER_COMMANDS ||
	    (c->command & (c->command - 1)) != 0) {
		m->bad = true;
		c->command = TRANSFER_RETR;
	}
	for (unsigned k = 0; k < CLAIM_KINDS; k++)
		c->max[k] = msg_get_u32(m);
}

void msg_put_ratio(struct msg *m, const struct ratio_request *q)
{
	msg_put_u32(m, q->what);
	msg_put_u32(m, q->number);
	msg_put_u32(m, q->rule);
	msg_put_u32(m, q->file);
	msg_put_u64(m, q->bytes);
}

void msg_get_ratio(struct msg *m, struct ratio_request *q)
{
	uint32_t what = msg_get_u32(m);

	if (what >= RATIO_WHATS) {
		m->bad = true;
		what = RATIO_SHOW;
	}
	q->what = (enum ratio_what)what;
	q->number = msg_get_u32(m);
	q->rule = msg_get_u32(m);
	q->file = msg_get_bool(m);
	q->bytes = msg_get_u64(m);
	if (q->bytes > RATIO_COUNT_MAX) {
		m->bad = true;
		q->bytes = 0;
	}
}

void msg_put_ratio_answer(struct msg *m, const struct ratio_answer *a)
{
	msg_put_u32(m, a->err);
	msg_put_u32(m, a->verdict);
	msg_put_u64(m, a->counts.files_up);
	msg_put_u64(m, a->counts.bytes_up);
	msg_put_u64(m, a->counts.files_down);
	msg_put_u64(m, a->counts.bytes_down);
}

static void get_count(struct msg *m, uint64_t *n)
{
	*n = msg_get_u64(m);
	if (*n > RATIO_COUNT_MAX) {
		m->bad = true;
		*n = 0;
	}
}

void msg_get_ratio_answer(struct msg *m, struct ratio_answer *a)
{
	uint32_t verdict;

	a->err = msg_get_u32(m);
	verdict = msg_get_u32(m);
	if (verdict >= RATIO_VERDICTS) {
		m->bad = true;
		verdict = RATIO_BYTES;
	}
	a->verdict = (enum ratio_verdict)verdict;
	get_count(m, &a->counts.files_up);
	get_count(m, &a->counts.bytes_up);
	get_count(m, &a->counts.files_down);
	get_count(m, &a->counts.bytes_down);
}

static void put_quota_record(struct msg *m, const struct quota_record *r)
{
	msg_put_str(m, r->name);
	msg_put_u32(m, r->kind);
	msg_put_u32(m, r->per_session);
	msg_put_u32(m, r->hard);
	for (unsigned i = 0; i < QUOTA_WHATS; i++)
		msg_put_u64(m, r->n[i]);
}

static void get_quota_record(struct msg *m, struct quota_record *r)
{
	msg_get_str(m, r->name, sizeof r->name);
	r->kind = (enum quota_kind)msg_get_u32(m);
	if (r->kind != QUOTA_ALL && r->kind != QUOTA_USER && r->kind != QUOTA_GROUP &&
	    r->kind != QUOTA_CLASS)
		m->bad = true;
	r->per_session = msg_get_bool(m);
	r->hard = msg_get_bool(m);
	for (unsigned i = 0; i < QUOTA_WHATS; i++)
		r->n[i] = msg_get_u64(m);
}

void msg_put_quota(struct msg *m, const struct quota_told *q)
{
	msg_put_u32(m, q->any);
	msg_put_u32(m, q->used_up);
	if (!q->any)
		return;
	put_quota_record(m, &q->limit);
	put_quota_record(m, &q->tally);
}

void msg_get_quota(struct msg *m, struct quota_told *q)
{
	q->any = msg_get_bool(m);
	q->used_up = msg_get_u32(m);
	if (q->used_up > QUOTA_WHATS)
		m->bad = true;
	if (!q->any)
		return;
	get_quota_record(m, &q->limit);
	get_quota_record(m, &q->tally);
}

void msg_put_quota_use(struct msg *m, const struct quota_use *u)
{
	msg_put_u64(m, u->more);
	msg_put_u64(m, u->less);
	msg_put_u64(m, u->out);
	msg_put_u64(m, u->both);
	msg_put_u32(m, u->files_more);
	msg_put_u32(m, u->files_less);
	msg_put_u32(m, u->files_out);
	msg_put_u32(m, u->files_both);
}

void msg_get_quota_use(struct msg *m, struct quota_use *u)
{
	u->more = msg_get_u64(m);
	u->less = msg_get_u64(m);
	u->out = msg_get_u64(m);
	u->both = msg_get_u64(m);
	u->files_more = msg_get_u32(m);
	u->files_less = msg_get_u32(m);
	u->files_out = msg_get_u32(m);
	u->files_both = msg_get_u32(m);
	if (u->more > QUOTA_MOST || u->less > QUOTA_MOST || u->out > QUOTA_MOST ||
	    u->both > QUOTA_MOST ||
	    u->files_more > QUOTA_FILES_AT_ONCE || u->files_less > QUOTA_FILES_AT_ONCE ||
	    u->files_out > QUOTA_FILES_AT_ONCE || u->files_both > QUOTA_FILES_AT_ONCE)
		m->bad = true;
}

void msg_put_closing(struct msg *m, const struct closing *c)
{
	msg_put_str(m, c->reason);
	msg_put_u32(m, c->files_in);
	msg_put_u32(m, c->files_out);
	msg_put_u64(m, c->bytes_in);
	msg_put_u64(m, c->bytes_out);
	msg_put_u64(m, c->raw_in);
	msg_put_u64(m, c->raw_out);
}

void msg_get_closing(struct msg *m, struct closing *c)
{
	msg_get_str(m, c->reason, sizeof c->reason);
	c->files_in = msg_get_u32(m);
	c->files_out = msg_get_u32(m);
	c->bytes_in = msg_get_u64(m);
	c->bytes_out = msg_get_u64(m);
	c->raw_in = msg_get_u64(m);
	c->raw_out = msg_get_u64(m);
}

void msg_put_state(struct msg *m, const struct session_state *st)
{
	msg_put_u32(m, st->doing);
	msg_put_u64(m, st->milliseconds);
	msg_put_u64(m, st->bytes);
	msg_put_u64(m, st->size);
	msg_put_u64(m, st->offset);
	msg_put_u64(m, st->bytes_in);
	msg_put_u64(m, st->bytes_out);
	msg_put_u32(m, st->files_in);
	msg_put_u32(m, st->files_out);
	msg_put_str(m, st->verb);
	msg_put_str(m, st->what);
}

void msg_get_state(struct msg *m, struct session_state *st)
{
	st->doing = msg_get_u32(m);
	st->milliseconds = msg_get_u64(m);
	st->bytes = msg_get_u64(m);
	st->size = msg_get_u64(m);
	st->offset = msg_get_u64(m);
	st->bytes_in = msg_get_u64(m);
	st->bytes_out = msg_get_u64(m);
	st->files_in = msg_get_u32(m);
	st->files_out = msg_get_u32(m);
	msg_get_str(m, st->verb, sizeof st->verb);
	msg_get_str(m, st->what, sizeof st->what);
	if (st->doing == DOING_LOGIN || st->doing >= DOINGS)
		m->bad = true;
}

void msg_put_tls_settings(struct msg *m, const struct tls_settings *t)
{
	msg_put_u32(m, t->protocols);
	msg_put_str(m, t->ciphers);
	msg_put_str(m, t->suites);
	msg_put_str(m, t->curves);
	msg_put_u32(m, t->server_preference);
	msg_put_u32(m, t->alpn);
	msg_put_u32(m, t->sni);
	msg_put_u32(m, t->verify);
	msg_put_u32(m, t->depth);
	msg_put_str(m, t->user_name);
	msg_put_u32(m, t->certificate);
	msg_put_u32(m, t->resume);
}

void msg_get_tls_settings(struct msg *m, struct tls_settings *t)
{
	t->protocols = msg_get_u32(m);
	msg_get_str(m, t->ciphers, sizeof t->ciphers);
	msg_get_str(m, t->suites, sizeof t->suites);
	msg_get_str(m, t->curves, sizeof t->curves);
	t->server_preference = msg_get_bool(m);
	t->alpn = msg_get_bool(m);
	t->sni = msg_get_bool(m);
	t->verify = msg_get_u32(m);
	t->depth = msg_get_u32(m);
	msg_get_str(m, t->user_name, sizeof t->user_name);
	t->certificate = msg_get_bool(m);
	t->resume = msg_get_bool(m);
}

void msg_put_tls_peer(struct msg *m, const struct tls_peer *t)
{
	msg_put_str(m, t->protocol);
	msg_put_str(m, t->cipher);
	msg_put_u32(m, t->bits);
	msg_put_str(m, t->server_name);
	msg_put_u32(m, t->verified);
	msg_put_str(m, t->subject);
	msg_put_u32(m, t->nnames);
	for (uint32_t i = 0; i < t->nnames && i < TLS_NAMES_MAX; i++)
		msg_put_str(m, t->names[i]);
	msg_put_bytes(m, t->certificate, t->certificate_size);
}

void msg_get_tls_peer(struct msg *m, struct tls_peer *t)
{
	msg_get_str(m, t->protocol, sizeof t->protocol);
	msg_get_str(m, t->cipher, sizeof t->cipher);
	t->bits = msg_get_u32(m);
	msg_get_str(m, t->server_name, sizeof t->server_name);
	t->verified = msg_get_bool(m);
	msg_get_str(m, t->subject, sizeof t->subject);
	t->nnames = msg_get_u32(m);
	if (t->nnames > TLS_NAMES_MAX) {
		m->bad = true;
		t->nnames = 0;
	}
	for (uint32_t i = 0; i < t->nnames; i++)
		msg_get_str(m, t->names[i], sizeof t->names[i]);
	t->certificate_size = (uint32_t)msg_get_bytes(m, t->certificate, sizeof t->certificate);
}
