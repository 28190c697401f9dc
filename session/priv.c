/* What a session asks its monitor: requests out, answers in (auth/msg.h). */
#include "session/priv.h"

#include "config/log.h"
#include "session/session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Without its monitor a session has no log, no name and no right to be: RFC 959's 421, and out. */
static _Noreturn void monitor_gone(struct session *s)
{
	static const char text[] = "421 Service not available, closing control connection.\r\n";

	if (!s->reply.broken)        /* behind AUTH it would come in clear */
		(void)send(s->start.client, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	_exit(1);
}

static void tell(struct session *s)
{
	int err = msg_send(s->start.monitor, &s->msg);

	if (err == -EPIPE || err == -ECONNRESET || err == -ECONNREFUSED)
		monitor_gone(s);
	if (err < 0) {
		log_to_monitor(NULL, NULL); /* what failed is the log's own way */
		fatal("to the monitor: %s", strerror(-err));
	}
}

static void hear(struct session *s)
{
	int got;

	do
		got = msg_recv(s->start.monitor, &s->msg);
	while (got == -EINTR);
	if (got == 0 || got == -ECONNRESET)
		monitor_gone(s);
	if (got < 0)
		fatal("from the monitor: %s", strerror(-got));
}

static void check(const struct msg *m)
{
	if (!msg_done(m))
		fatal("from the monitor: malformed message %u", m->type);
}

/* Take PRIV_END's text as the session's last words. */
static void take_end(struct session *s)
{
	char text[TEXT_SIZE];

	msg_get_str(&s->msg, text, sizeof text);
	check(&s->msg);
	session_end(s, "Ended by the server", text);
}

/* Have the answer to what was told in s->msg; it is of type `want` if that is not 0. */
static void answer(struct session *s, uint32_t want)
{
	hear(s);
	if (s->msg.type == PRIV_END) {
		take_end(s);
		reply(s, 421, "%s", s->last_words);
		session_exit(s, s->end_reason);
	}
	if (want != 0 && s->msg.type != want)
		fatal("from the monitor: answer %u instead of %u", s->msg.type, want);
}

void priv_hear(struct session *s)
{
	hear(s);
	if (s->msg.type != PRIV_END)
		fatal("from the monitor: %u unasked", s->msg.type);
	take_end(s);
}

static enum priv_answer login_answer(struct session *s, struct priv_login *out)
{
	memset(out, 0, sizeof *out);
	answer(s, 0);
	switch (s->msg.type) {
	case PRIV_PROMPT:
		out->anonymous = msg_get_bool(&s->msg);
		out->may_be_empty = msg_get_bool(&s->msg);
		break;
	case PRIV_REFUSED:
		out->final = msg_get_bool(&s->msg);
		break;
	case PRIV_GRANTED:
		check(&s->msg);
		return PRIV_GRANTED;
	default:
		fatal("from the monitor: answer %u in login", s->msg.type);
	}
	msg_get_str(&s->msg, out->text, sizeof out->text);
	check(&s->msg);
	return (enum priv_answer)s->msg.type;
}

enum priv_answer priv_user(struct session *s, const char *name, struct priv_login *out)
{
	msg_start(&s->msg, PRIV_USER);
	msg_put_str(&s->msg, name);
	tell(s);
	return login_answer(s, out);
}

enum priv_answer priv_secret(struct session *s, const char *secret, struct priv_login *out)
{
	msg_start(&s->msg, PRIV_ANSWER);
	msg_put_str(&s->msg, secret);
	tell(s);
	explicit_bzero(s->msg.bytes, s->msg.len);
	return login_answer(s, out);
}

enum priv_answer priv_host(struct session *s, const char *name, int *err)
{
	*err = 0;
	msg_start(&s->msg, PRIV_HOST);
	msg_put_str(&s->msg, name);
	tell(s);
	answer(s, 0);
	if (s->msg.type == PRIV_RESULT) {
		*err = -(int)msg_get_u32(&s->msg);
		(void)msg_get_u32(&s->msg);
	} else if (s->msg.type != PRIV_GRANTED) {
		fatal("from the monitor: answer %u to HOST", s->msg.type);
	}
	check(&s->msg);
	return *err != 0 ? PRIV_REFUSED : (enum priv_answer)s->msg.type;
}

void priv_handover(struct session *s)
{
	struct handover h = {
		.type_ascii = s->ascii, .epsv_all = s->epsv_all, .utf8 = s->utf8,
		.pbsz = s->pbsz, .prot = s->prot,
		.telnet = s->line.telnet, .mlst_facts = s->mlst_facts,
		.commands = s->commands, .raw_in = s->raw_in, .raw_out = s->raw_out,
	};
	size_t n = s->line.end - s->line.start;

	memcpy(h.client, s->client_name, sizeof h.client);
	if (n > sizeof h.line)
		fatal("%zu bytes to hand over", n);
	h.pending = (uint32_t)n;
	memcpy(h.line, s->line.bytes + s->line.start, n);
	msg_start(&s->msg, PRIV_HANDOVER);
	msg_put_handover(&s->msg, &h);
	tell(s);
}

void priv_ready(struct session *s, const char *jail, const char *start)
{
	msg_start(&s->msg, PRIV_READY);
	msg_put_str(&s->msg, jail);
	msg_put_str(&s->msg, start);
	tell(s);
}

_Noreturn void priv_failed(struct session *s, const char *reason)
{
	msg_start(&s->msg, PRIV_FAILED);
	msg_put_str(&s->msg, reason);
	(void)msg_send(s->start.monitor, &s->msg);
	_exit(1);
}

/* The first session still speaks to the client: here an end without GO is a silent one. */
void priv_await_go(struct session *s, struct handover *h)
{
	int got;

	do
		got = msg_recv(s->start.monitor, &s->msg);
	while (got == -EINTR);
	if (got <= 0 || s->msg.type != PRIV_GO)
		_exit(0);
	msg_get_handover(&s->msg, h);
	check(&s->msg);
}

/* PRIV_DESCRIPTOR is in s->msg. Returns the descriptor or -errno. */
static int take_descriptor(struct session *s)
{
	uint32_t err = msg_get_u32(&s->msg);
	int fd = s->msg.fd;

	s->msg.fd = -1;
	check(&s->msg);
	if (err != 0 || fd < 0) {
		if (fd >= 0)
			(void)close(fd);
		return err != 0 ? -(int)err : -EPROTO;
	}
	return fd;
}

int priv_active(struct session *s, const struct addr *target)
{
	msg_start(&s->msg, PRIV_ACTIVE);
	msg_put_u32(&s->msg, (uint32_t)target->family);
	if (target->family == AF_INET)
		msg_put_bytes(&s->msg, &target->v4, sizeof target->v4);
	else
		msg_put_bytes(&s->msg, &target->v6, sizeof target->v6);
	msg_put_u32(&s->msg, target->port);
	tell(s);
	answer(s, PRIV_DESCRIPTOR);
	return take_descriptor(s);
}

const char *priv_name(struct session *s, bool group, uint32_t id)
{
	struct name_slot *slot = &s->names.slot[(id * 2 + group) % NAMES_CACHED];
	char name[NAME_SIZE];
	struct strbuf b;

	if (slot->used && slot->group == group && slot->id == id)
		return slot->name;
	msg_start(&s->msg, PRIV_NAME);
	msg_put_u32(&s->msg, group);
	msg_put_u32(&s->msg, id);
	tell(s);
	answer(s, PRIV_TEXT);
	msg_get_str(&s->msg, name, sizeof name);
	check(&s->msg);
	slot->used = true;
	slot->group = group;
	slot->id = id;
	strbuf_init(&b, slot->name, sizeof slot->name);
	strbuf_add(&b, name);
	if (b.len == 0) /* none, or too long for a column of a listing */
		strbuf_addu(&b, id);
	return slot->name;
}

const char *priv_peer(void *session)
{
	struct session *s = session;
	char name[NAME_SIZE];

	msg_start(&s->msg, PRIV_PEER);
	tell(s);
	answer(s, PRIV_TEXT);
	msg_get_str(&s->msg, name, sizeof name);
	check(&s->msg);
	return *name != '\0' ? config_strdup(s->start.config, name) : NULL;
}

bool priv_masquerade(struct session *s, char *text, size_t size)
{
	msg_start(&s->msg, PRIV_MASQUERADE);
	tell(s);
	answer(s, PRIV_TEXT);
	msg_get_str(&s->msg, text, size);
	check(&s->msg);
	return *text != '\0';
}

const char *priv_ident(struct session *s)
{
	char name[NAME_SIZE];

	if (s->ident != NULL || !SETTING(s->start.server, D_IDENT_LOOKUPS, ident_lookups))
		return s->ident;
	msg_start(&s->msg, PRIV_IDENT);
	tell(s);
	answer(s, PRIV_TEXT);
	msg_get_str(&s->msg, name, sizeof name);
	check(&s->msg);
	if (*name != '\0')
		s->ident = config_strdup(s->start.config, name);
	return s->ident;
}

/* One block of names, taken to the end of the list. Returns how many there are in all. */
static uint32_t take_groups(struct session *s, const char **names, size_t *n)
{
	char *block = config_alloc(s->start.config, GROUPS_BLOCK), *end;
	uint32_t total;
	size_t len;

	msg_start(&s->msg, PRIV_GROUPS);
	msg_put_u32(&s->msg, (uint32_t)*n);
	tell(s);
	answer(s, PRIV_GROUP_NAMES);
	total = msg_get_u32(&s->msg);
	len = msg_get_bytes(&s->msg, block, GROUPS_BLOCK);
	check(&s->msg);
	if (total > GROUPS_MAX_SENT || (len > 0 && block[len - 1] != '\0'))
		fatal("from the monitor: malformed names of groups");
	for (end = block + len; block < end && *n < GROUPS_MAX_SENT; block += strlen(block) + 1)
		names[(*n)++] = block;
	return total;
}

const char *const *priv_groups(void *session, size_t *n)
{
	struct session *s = session;
	const char **names = config_alloc(s->start.config, GROUPS_MAX_SENT * sizeof *names);
	size_t before;
	uint32_t total;

	*n = 0;
	do {
		before = *n;
		total = take_groups(s, names, n);
	} while (*n < total && *n > before);
	return names;
}

/* PRIV_RESULT: 0 or -errno, and the value that comes with it. */
static int result(struct session *s, uint32_t *value)
{
	uint32_t err;

	answer(s, PRIV_RESULT);
	err = msg_get_u32(&s->msg);
	*value = msg_get_u32(&s->msg);
	check(&s->msg);
	return -(int)err;
}

int priv_tls(struct session *s)
{
	uint32_t nothing;

	msg_start(&s->msg, PRIV_TLS);
	tell(s);
	return result(s, &nothing);
}

enum priv_answer priv_tls_start(struct session *s, int *fd)
{
	msg_start(&s->msg, PRIV_TLS_START);
	tell(s);
	answer(s, 0);
	*fd = -1;
	if (s->msg.type == PRIV_DESCRIPTOR)
		*fd = take_descriptor(s);
	else if (s->msg.type == PRIV_GRANTED)
		check(&s->msg);
	else
		fatal("from the monitor: answer %u to the start of TLS", s->msg.type);
	return (enum priv_answer)s->msg.type;
}

int priv_owner(struct session *s, int fd, bool group_stays)
{
	uint32_t nothing;

	msg_start(&s->msg, PRIV_OWNER);
	msg_put_u32(&s->msg, group_stays);
	s->msg.fd = fd;
	tell(s);
	return result(s, &nothing);
}

int priv_group_id(struct session *s, const char *name, uint32_t *gid)
{
	if (strlen(name) >= USER_SIZE)
		return -ESRCH;
	msg_start(&s->msg, PRIV_GROUP_ID);
	msg_put_str(&s->msg, name);
	tell(s);
	return result(s, gid);
}

bool priv_hidden(void *session, const struct hide_owner *h, uint32_t *id)
{
	struct session *s = session;

	msg_start(&s->msg, PRIV_HIDDEN);
	msg_put_u32(&s->msg, h->number);
	tell(s);
	return result(s, id) == 0;
}

void priv_ratio(struct session *s, const struct ratio_request *q, struct ratio_answer *a)
{
	msg_start(&s->msg, PRIV_RATIO);
	msg_put_ratio(&s->msg, q);
	tell(s);
	answer(s, PRIV_RATIO_COUNTS);
	msg_get_ratio_answer(&s->msg, a);
	check(&s->msg);
}

int priv_quota(struct session *s, enum quota_op op, const char *path, uint64_t bytes,
    struct quota_told *out)
{
	uint32_t err;

	msg_start(&s->msg, PRIV_QUOTA);
	msg_put_u32(&s->msg, op);
	msg_put_str(&s->msg, path);
	msg_put_u64(&s->msg, bytes < QUOTA_MOST ? bytes : QUOTA_MOST);
	tell(s);
	answer(s, PRIV_QUOTAS);
	err = msg_get_u32(&s->msg);
	msg_get_quota(&s->msg, out);
	check(&s->msg);
	return -(int)err;
}

int priv_quota_room(struct session *s, uint64_t want, uint64_t *granted)
{
	uint32_t err;

	msg_start(&s->msg, PRIV_QUOTA_ROOM);
	msg_put_u64(&s->msg, want);
	tell(s);
	answer(s, PRIV_ROOM);
	err = msg_get_u32(&s->msg);
	*granted = msg_get_u64(&s->msg);
	check(&s->msg);
	return -(int)err;
}

int priv_quota_used(struct session *s, const struct quota_use *use)
{
	uint32_t nothing;

	msg_start(&s->msg, PRIV_QUOTA_USED);
	msg_put_quota_use(&s->msg, use);
	tell(s);
	return result(s, &nothing);
}

int priv_quota_turn(struct session *s, const uint64_t *names, unsigned n)
{
	uint32_t nothing;

	msg_start(&s->msg, PRIV_QUOTA_TURN);
	msg_put_u32(&s->msg, n);
	for (unsigned i = 0; i < n; i++)
		msg_put_u64(&s->msg, names[i]);
	tell(s);
	return n > 0 ? result(s, &nothing) : 0;
}

int priv_quota_scan(struct session *s, uint64_t bytes, uint64_t files)
{
	uint32_t nothing;

	msg_start(&s->msg, PRIV_QUOTA_SCAN);
	msg_put_u64(&s->msg, bytes);
	msg_put_u64(&s->msg, files);
	tell(s);
	return result(s, &nothing);
}

bool priv_clients(struct session *s, bool of_class, uint32_t *n)
{
	msg_start(&s->msg, PRIV_CLIENTS);
	msg_put_u32(&s->msg, of_class);
	tell(s);
	return result(s, n) == 0;
}

int priv_claim(struct session *s, const struct claim *claim, uint32_t *which)
{
	msg_start(&s->msg, PRIV_CLAIM);
	msg_put_claim(&s->msg, claim);
	tell(s);
	return result(s, which);
}

/*
 * As answer(), in a transfer: the end that the monitor asked for before waits for the transfer's
 * own.
 */
static void answer_amid(struct session *s, uint32_t want)
{
	hear(s);
	if (s->msg.type == PRIV_END) {
		take_end(s);
		hear(s);
	}
	if (s->msg.type != want)
		fatal("from the monitor: answer %u instead of %u", s->msg.type, want);
}

void priv_claim_over(struct session *s)
{
	msg_start(&s->msg, PRIV_CLAIM_OVER);
	tell(s);
	answer_amid(s, PRIV_RESULT);
}

void priv_share(struct session *s, uint64_t bytes, uint64_t *rate, uint32_t *ms)
{
	msg_start(&s->msg, PRIV_SHARE);
	msg_put_u64(&s->msg, bytes);
	tell(s);
	answer_amid(s, PRIV_RATE);
	*rate = msg_get_u64(&s->msg);
	*ms = msg_get_u32(&s->msg);
	check(&s->msg);
}

void priv_transfer(struct session *s, const struct transfer_record *t)
{
	if (!s->id.wants_records)
		return;
	msg_start(&s->msg, PRIV_TRANSFER);
	msg_put_transfer(&s->msg, t);
	tell(s);
}

void priv_command(struct session *s, const struct command_record *r)
{
	msg_start(&s->msg, PRIV_COMMAND);
	msg_put_command(&s->msg, r);
	tell(s);
}

/* A text that is cut to what the monitor takes. */
static void put_cut(struct msg *m, const char *text)
{
	char cut[TEXT_SIZE];
	size_t n = strnlen(text, sizeof cut - 1);

	memcpy(cut, text, n);
	cut[n] = '\0';
	msg_put_str(m, cut);
}

void priv_state(struct session *s, const struct session_state *st)
{
	msg_start(&s->msg, PRIV_STATE);
	msg_put_state(&s->msg, st);
	tell(s);
}

void priv_closing(struct session *s, const char *reason)
{
	struct closing c = {
		.files_in = s->files_in, .files_out = s->files_out,
		.bytes_in = s->bytes_in, .bytes_out = s->bytes_out,
		.raw_in = s->raw_in, .raw_out = s->raw_out,
	};

	memcpy(c.reason, reason, strnlen(reason, sizeof c.reason - 1));
	msg_start(&s->msg, PRIV_CLOSING);
	msg_put_closing(&s->msg, &c);
	(void)msg_send(s->start.monitor, &s->msg); /* we leave either way */
}

void priv_log(void *session, int level, bool auth, const char *text)
{
	struct session *s = session;

	msg_start(&s->msg, PRIV_LOG);
	msg_put_u32(&s->msg, (uint32_t)level);
	msg_put_u32(&s->msg, auth);
	put_cut(&s->msg, text);
	tell(s);
}
