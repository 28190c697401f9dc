/* Moving a file's bytes over the data connection, the control connection being watched. */
#include "session/copy.h"

#include "config/io.h"
#include "session/ascii.h"
#include "session/session.h"
#include "session/throttle.h"
#include "session/transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Measured on loopback. With little unsent in the socket what is sent is still in the
 * processor's cache when it is received, half as fast again as a full queue, and ABOR finds
 * less that can't be called back. Writing likes large blocks, since file systems allocate by
 * them, but not the largest: for those of 1 MB a virtual machine's memory had often to be fetched
 * from its host first (median 1.5 to 2.3 GB/s; of 256 KB, 2.6 to 2.8).
 */
enum {
	UNSENT = 128 << 10,
	SEND_CHUNK = 1 << 20,
	SEND_BLOCK = 256 << 10,
	RECEIVE_BLOCK = 256 << 10,
	LOOK_EVERY = 8 << 20,        /* bytes between two looks at the control connection */
};

/* TimeoutStalled: the transfer is lost, and the session with it (directives.md, 22). */
static void stalled(struct session *s, unsigned seconds)
{
	STRBUF(text, TEXT_SIZE);

	strbuf_addf(&text, "Data transfer stalled (%u seconds): closing control connection.",
	    seconds);
	session_end(s, "TimeoutStalled", text.buf);
}

bool copy_wait(struct session *s, int fd, short events, int64_t since, struct copy_result *r)
{
	unsigned seconds = SETTING(s->base, D_TIMEOUT_STALLED, timeout_stalled);
	int64_t ms = (int64_t)seconds * 1000;

	if (ms > 0 && since > 0)
		ms -= clock_ms() - since;
	if (seconds > 0 && ms <= 0)
		ms = 1;              /* 0 would be for ever */
	transfer_release(s);
	switch (s->data.throttle != NULL ? throttle_wait(s, fd, events, ms) :
	    session_wait(s, fd, events, ms)) {
	case WAIT_DATA:
		return true;
	case WAIT_ABORTED:
		r->end = COPY_ABORTED;
		break;
	case WAIT_STALLED:
		r->end = COPY_STALLED;
		stalled(s, seconds);
		break;
	default:
		r->end = COPY_NET;
		r->err = -ECONNRESET;
	}
	return false;
}

/* Wait for the data connection. False: the transfer is over. */
static bool wait_for(struct session *s, short events, struct copy_result *r)
{
	return copy_wait(s, s->data.fd, events, 0, r);
}

static bool net_failed(struct copy_result *r)
{
	r->end = COPY_NET;
	r->err = -errno;
	return false;
}

static bool file_failed(struct copy_result *r)
{
	r->end = COPY_FILE;
	r->err = -errno;
	return false;
}

/* Count `n` bytes more of the file. False: the look that was due ended the transfer. */
static bool moved(struct session *s, size_t n, short events, struct copy_result *r)
{
	bool due = r->bytes / LOOK_EVERY != (r->bytes + n) / LOOK_EVERY;

	r->bytes += n;
	s->data.bytes = r->bytes;
	return !due || wait_for(s, events, r);
}

/* `sent`: how many of them, also of those that are not all. */
static bool send_bytes(struct session *s, const char *bytes, size_t n, size_t *sent,
    struct copy_result *r)
{
	*sent = 0;
	while (n > 0) {
		size_t room = s->data.throttle != NULL ? throttle_room(s, n, r) : n;
		ssize_t k;

		if (room == 0)
			return false;
		k = send(s->data.fd, bytes, room, MSG_NOSIGNAL);
		if (k >= 0) {
			if (s->data.throttle != NULL)
				throttle_pass(s, (size_t)k);
			bytes += k;
			n -= (size_t)k;
			*sent += (size_t)k;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return net_failed(r);
		s->data.waited = true;
		if (!wait_for(s, POLLOUT, r))
			return false;
	}
	return true;
}

bool copy_send_bytes(struct session *s, const char *bytes, size_t n, struct copy_result *r)
{
	size_t sent;

	return send_bytes(s, bytes, n, &sent, r);
}

bool copy_look(struct session *s, struct copy_result *r)
{
	return wait_for(s, POLLOUT, r);
}

/* Memory for one transfer only: an idle session holds none. */
static char *buffer(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The way through our own memory: TYPE A, UseSendfile off, and whatever sendfile refused. */
static bool send_blocks(struct session *s, int file, uint64_t *offset, uint64_t size, bool ascii,
    char *mem, struct copy_result *r)
{
	bool cr = false;

	while (*offset < size) {
		uint64_t left = size - *offset;
		size_t sent;
		char *out = mem;
		size_t n = s->data.throttle != NULL ? throttle_block(s, SEND_BLOCK) : SEND_BLOCK;
		ssize_t k = pread(file, mem, left < n ? (size_t)left : n, (off_t)*offset);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return file_failed(r);
		if (k == 0) {
			r->end = COPY_SHRUNK;
			return false;
		}
		n = (size_t)k;
		if (ascii) {
			out = mem + SEND_BLOCK;
			n = ascii_out(out, mem, n, &cr);
		}
		if (!send_bytes(s, out, n, &sent, r)) {
			/* of the file's bytes no fewer: each is one at least */
			r->bytes += sent < (size_t)k ? sent : (size_t)k;
			s->data.bytes = r->bytes;
			return false;
		}
		if (!moved(s, (size_t)k, POLLOUT, r))
			return false;
		*offset += (size_t)k;
	}
	return true;
}

#ifdef WITH_SENDFILE
/*
 * The way inside the kernel. True: everything is sent, or sendfile can't go on and `offset`
 * says from where the other way must, which also finds out whose error it was: the file's or
 * the network's.
 */
static bool send_kernel(struct session *s, int file, uint64_t *offset, uint64_t size,
    struct copy_result *r)
{
	while (*offset < size) {
		uint64_t left = size - *offset;
		off_t at = (off_t)*offset;
		ssize_t k = sendfile(s->data.fd, file, &at,
		    left < SEND_CHUNK ? (size_t)left : SEND_CHUNK);

		if (k > 0) {
			*offset += (size_t)k;
			if (!moved(s, (size_t)k, POLLOUT, r))
				return false;
			continue;
		}
		if (k < 0 && errno == EINTR)
			continue;
		if (k == 0 || errno != EAGAIN)
			return true;
		s->data.waited = true;
		if (!wait_for(s, POLLOUT, r))
			return false;
	}
	return true;
}
#else
static bool send_kernel(struct session *s, int file, uint64_t *offset, uint64_t size,
    struct copy_result *r)
{
	(void)s, (void)file, (void)offset, (void)size, (void)r;
	return true;
}
#endif

struct copy_result copy_send(struct session *s, int file, uint64_t offset, uint64_t size,
    bool ascii, bool use_sendfile)
{
	struct copy_result r = { .end = COPY_DONE };
	size_t room = SEND_BLOCK + (ascii ? 2 * SEND_BLOCK : 0);
	int unsent = UNSENT;
	char *mem;

	if (size > offset && size - offset > UNSENT)
		(void)setsockopt(s->data.protect == PROTECT_RELAY_OUT ? s->data.socket : s->data.fd,
		    IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	if (s->data.protect == PROTECT_OPEN) {
		s->data.waited = size - offset > UNSENT; /* somebody may have, and we would not
		                                            know */
		return protect_send(s, file, offset, size);
	}
	if (use_sendfile && !ascii && s->data.throttle == NULL &&
	    !send_kernel(s, file, &offset, size, &r))
		return r;
	if (offset >= size)
		return r;
	mem = buffer(room);
	if (mem == NULL) {
		(void)file_failed(&r);
		return r;
	}
	(void)send_blocks(s, file, &offset, size, ascii, mem, &r);
	(void)munmap(mem, room);
	return r;
}

/*
 * Write all of a block, up to `most` bytes of the file. False: there is more, or the disk said no.
 */
static bool write_file(struct session *s, int file, const char *bytes, size_t n, uint64_t most,
    struct copy_result *r)
{
	bool over = n > most - r->bytes;

	if (over)
		n = (size_t)(most - r->bytes);
	while (n > 0) {
		ssize_t k = write(file, bytes, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return file_failed(r);
		bytes += k;
		n -= (size_t)k;
		if (!moved(s, (size_t)k, POLLIN, r))
			return false;
	}
	if (over)
		r->end = COPY_OVER;
	return !over;
}

/* Take what the peer has sent. Returns its bytes, 0 at its end, or -1 (why: in `r`). */
static ssize_t take(struct session *s, char *block, struct copy_result *r)
{
	for (;;) {
		size_t room = s->data.throttle != NULL ? throttle_room(s, RECEIVE_BLOCK, r) :
		    RECEIVE_BLOCK;
		ssize_t k;

		if (room == 0)
			return -1;
		k = recv(s->data.fd, block, room, 0);
		if (k > 0 && s->data.throttle != NULL)
			throttle_pass(s, (size_t)k);
		if (k >= 0)
			return k;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK) {
			(void)net_failed(r);
			return -1;
		}
		if (!wait_for(s, POLLIN, r))
			return -1;
	}
}

/*
 * One write for one read: while a block is written the next one gathers, so that a quick
 * peer's blocks grow by themselves and a slow one's bytes are on the disk as they come.
 */
static bool receive_blocks(struct session *s, int file, bool ascii, uint64_t most, char *mem,
    struct copy_result *r)
{
	char *out = ascii ? mem + RECEIVE_BLOCK : mem;
	bool cr = false;
	ssize_t k;
	size_t n;

	while ((k = take(s, mem, r)) > 0) {
		n = ascii ? ascii_in(out, mem, (size_t)k, &cr) : (size_t)k;

		if (!write_file(s, file, out, n, quota_room(s, r->bytes + n, most), r))
			return false;
	}
	n = ascii_in_end(out, &cr);
	if (!write_file(s, file, out, n, quota_room(s, r->bytes + n, most), r) || k < 0)
		return false;
	/* both connections end when a client is killed: that is no end of a file */
	return wait_for(s, POLLIN, r);
}

struct copy_result copy_receive(struct session *s, int file, bool ascii, uint64_t most)
{
	struct copy_result r = { .end = COPY_DONE };
	size_t room = RECEIVE_BLOCK + (ascii ? RECEIVE_BLOCK + 1 : 0);
	char *mem;

	if (s->data.protect == PROTECT_OPEN)
		return protect_receive(s, file, most);
	mem = buffer(room);
	if (mem == NULL) {
		(void)file_failed(&r);
		return r;
	}
	(void)receive_blocks(s, file, ascii, most, mem, &r);
	(void)munmap(mem, room);
	protect_finish(s, &r);       /* whether the end was an end */
	return r;
}
