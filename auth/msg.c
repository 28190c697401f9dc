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
