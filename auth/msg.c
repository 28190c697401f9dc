/* The boundary's messages: typed fields, put and taken in order, one datagram each. */
#include "auth/msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void msg_start(struct msg *m, uint32_t type)
{
	/* `bytes` stays as it is: only what was put or received is ever read */
	m->type = type;
	m->len = m->pos = 0;
	m->bad = false;
	m->fd = -1;
}

static void put(struct msg *m, const void *bytes, size_t n)
{
	if (m->bad || n > sizeof m->bytes - m->len) {
		m->bad = true;
		return;
	}
	if (n > 0)
		memcpy(m->bytes + m->len, bytes, n);
	m->len += n;
}

void msg_put_u32(struct msg *m, uint32_t v)
{
	put(m, &v, sizeof v);
}

void msg_put_u64(struct msg *m, uint64_t v)
{
	put(m, &v, sizeof v);
}

void msg_put_bytes(struct msg *m, const void *bytes, size_t n)
{
	if (n > sizeof m->bytes) {
		m->bad = true;
		return;
	}
	msg_put_u32(m, (uint32_t)n);
	put(m, bytes, n);
}

void msg_put_str(struct msg *m, const char *s)
{
	msg_put_bytes(m, s, strlen(s));
}

static bool take(struct msg *m, void *out, size_t n)
{
	if (m->bad || n > m->len - m->pos) {
		m->bad = true;
		return false;
	}
	if (n > 0)
		memcpy(out, m->bytes + m->pos, n);
	m->pos += n;
	return true;
}

uint32_t msg_get_u32(struct msg *m)
{
	uint32_t v;

	return take(m, &v, sizeof v) ? v : 0;
}

uint64_t msg_get_u64(struct msg *m)
{
	uint64_t v;

	return take(m, &v, sizeof v) ? v : 0;
}

bool msg_get_bool(struct msg *m)
{
	uint32_t v = msg_get_u32(m);

	if (v > 1)
		m->bad = true;
	return v == 1;
}

size_t msg_get_bytes(struct msg *m, void *out, size_t max)
{
	size_t n = msg_get_u32(m);

	if (n > max) {
		m->bad = true;
		return 0;
	}
	return take(m, out, n) ? n : 0;
}

void msg_get_str(struct msg *m, char *out, size_t size)
{
	size_t n = msg_get_bytes(m, out, size - 1);

	/* a NUL inside would be one name to the sender's check and another to ours */
	if (memchr(out, '\0', n) != NULL) {
		m->bad = true;
		n = 0;
	}
	out[n] = '\0';
}

bool msg_done(const struct msg *m)
{
	return !m->bad && m->pos == m->len && m->fd < 0;
}

bool msg_parse(struct msg *m, const unsigned char *datagram, size_t n)
{
	msg_start(m, 0);
	if (n < sizeof m->type || n > sizeof m->type + sizeof m->bytes)
		return false;
	memcpy(&m->type, datagram, sizeof m->type);
	put(m, datagram + sizeof m->type, n - sizeof m->type);
	return true;
}

/* Room for one descriptor, aligned as the macros of cmsg(3) need it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int msg_send(int sock, const struct msg *m)
{
	struct iovec io[2] = {
		{ (void *)(uintptr_t)&m->type, sizeof m->type },
		{ (void *)(uintptr_t)m->bytes, m->len },
	};
	union control control = { .room = { 0 } };
	struct msghdr h = { .msg_iov = io, .msg_iovlen = 2 };

	if (m->bad)
		return -EMSGSIZE;
	if (m->fd >= 0) {
		h.msg_control = control.room;
		h.msg_controllen = sizeof control.room;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &m->fd, sizeof m->fd);
	}
	while (sendmsg(sock, &h, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/*
 * The descriptor in `h`, or -1; false when something else came. With room for one, the kernel
 * closes any further ones itself and says MSG_CTRUNC, which msg_recv refuses.
 */
static bool take_descriptor(struct msghdr *h, int *fd)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(h);

	*fd = -1;
	if (c == NULL)
		return true;
	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof *fd))
		return false;
	memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return true;
}

int msg_recv(int sock, struct msg *m)
{
	union control control;
	struct iovec io[2] = { { &m->type, sizeof m->type }, { m->bytes, sizeof m->bytes } };
	struct msghdr h = {
		.msg_iov = io, .msg_iovlen = 2,
		.msg_control = control.room, .msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n;
	bool good;

	msg_start(m, 0);
	n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno; /* the peer died with messages unread */
	good = take_descriptor(&h, &m->fd);
	if (n == 0 && m->fd < 0 && (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return 0;
	if (!good || (size_t)n < sizeof m->type || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		if (m->fd >= 0)
			(void)close(m->fd);
		m->fd = -1;
		m->bad = true;
		return -EBADMSG;
	}
	m->len = (size_t)n - sizeof m->type;
	return 1;
}

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

void msg_put_closing(struct msg *m, const struct closing *c)
{
	msg_put_str(m, c->reason);
	msg_put_u32(m, c->files_in);
	msg_put_u32(m, c->files_out);
	msg_put_u64(m, c->bytes_in);
	msg_put_u64(m, c->bytes_out);
}

void msg_get_closing(struct msg *m, struct closing *c)
{
	msg_get_str(m, c->reason, sizeof c->reason);
	c->files_in = msg_get_u32(m);
	c->files_out = msg_get_u32(m);
	c->bytes_in = msg_get_u64(m);
	c->bytes_out = msg_get_u64(m);
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
