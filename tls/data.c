/* A data connection under TLS: the handshake, its bytes, and the close_notify at both ends. */
#include "tls/data.h"

#ifdef WITH_TLS

#include "config/io.h"
#include "tls/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SEND_BLOCK = 64 << 10,       /* what stays in the processor's cache, encrypted and sent */
	BLOCK = 256 << 10,           /* file systems like large ones better */
	QUANTUM = 4 << 20,           /* at once: then the control connection has its turn */
	TELL_BYTES = 8 << 20,        /* of progress, */
	TELL_EVERY = 250,            /* or ms, after which the session is told */
	REST_BLOCKS = 256,           /* of 4 KiB that a client may send behind the end */
};

static void forget(struct data_connection *d)
{
	wire_close(&d->wire);
	if (d->other >= 0)
		(void)close(d->other);
	if (d->block != NULL)
		(void)munmap(d->block, BLOCK);
	memset(d, 0, sizeof *d);
	d->other = d->wire.fd = -1;
}

/*
 * What was moved as far as the kernel's: what only gathered here is nobody's yet. It never shrinks.
 */
static uint64_t moved(const struct data_connection *d)
{
	/* what waits while we receive is no byte of a file */
	uint64_t unsent = d->state == DATA_RECEIVES ? 0 : wire_unsent(&d->wire);
	uint64_t n = d->bytes > unsent ? d->bytes - unsent : 0;

	return n > d->told ? n : d->told;
}

/* It is over: first the descriptors, so that the session's close is the last one. */
static void finish(struct tls *t, enum tls_end end, int err)
{
	uint64_t bytes = end == TLS_COMPLETE ? t->data.bytes : moved(&t->data);

	forget(&t->data);
	msg_start(&t->msg, TLS_DONE);
	msg_put_u32(&t->msg, end);
	msg_put_u32(&t->msg, (uint32_t)err);
	msg_put_u64(&t->msg, bytes);
	tls_tell_session(t);
}

static void net_failed(struct tls *t)
{
	finish(t, TLS_NET, t->data.wire.err != 0 ? t->data.wire.err : EPROTO);
}

static void tell_opened(struct tls *t, int err, const char *why)
{
	msg_start(&t->msg, TLS_OPENED);
	msg_put_u32(&t->msg, (uint32_t)err);
	msg_put_str(&t->msg, why);
	tls_tell_session(t);
}

/*
 * OpenSSL asks for a certificate only where no session is resumed: here that ends the handshake,
 * before a key is used, a ticket is given away or a byte of anybody's is sent.
 */
static int refuse_full_handshake(SSL *ssl, void *arg)
{
	struct data_connection *d = arg;

	(void)ssl;
	d->refused = true;
	return 0;
}

int data_begin(struct tls *t, int fd, bool resume)
{
	struct data_connection *d = &t->data;
	const struct openssl *o = &t->o;
	int err;

	memset(d, 0, sizeof *d);
	d->other = -1;
	err = tls_wire(t, &d->wire, fd, 2 * SEND_BLOCK);
	if (err < 0) {
		(void)close(fd);
		d->wire.fd = -1;
		return err;
	}
	d->state = DATA_SHAKES;
	d->resume = resume;
	if (resume)
		o->SSL_set_cert_cb(d->wire.ssl, refuse_full_handshake, d);
	/*
	 * The control connection brings the tickets: one that a client leaves unread here would
	 * make its close a reset, which throws away the end of its upload.
	 */
	(void)o->SSL_set_num_tickets(d->wire.ssl, 0);
	o->SSL_set_read_ahead(d->wire.ssl, 1);
	o->SSL_set_default_read_buffer_len(d->wire.ssl, BLOCK / 2);
	d->client_events = POLLIN;
	return 0;
}

/* A client that had to show a certificate shows the same one on each of its connections. */
static bool same_client(struct tls *t)
{
	const struct openssl *o = &t->o;
	X509 *x;
	bool same;

	if (t->client == NULL || o->SSL_session_reused(t->data.wire.ssl))
		return true;
	x = o->SSL_get1_peer_certificate(t->data.wire.ssl);
	same = x != NULL && o->X509_cmp(x, t->client) == 0;
	o->X509_free(x);
	return same;
}

static void refuse(struct tls *t, int err, const char *why)
{
	struct data_connection *d = &t->data;

	(void)wire_flush(&d->wire);
	(void)shutdown(d->wire.fd, SHUT_WR);
	forget(d);
	tell_opened(t, err, why);
}

static void shake(struct tls *t)
{
	struct data_connection *d = &t->data;
	STRBUF(why, TEXT_SIZE);

	switch (wire_accept(&d->wire)) {
	case WIRE_DONE:
		break;
	case WIRE_AGAIN:
		d->client_events = POLLIN | (wire_flush(&d->wire) ? 0 : POLLOUT);
		return;
	case WIRE_CUT:
		refuse(t, EPROTO, "the client left in the handshake");
		return;
	default:
		if (d->refused)
			t->o.ERR_clear_error();
		else if (d->wire.err != 0)
			strbuf_add(&why, strerror(d->wire.err));
		else
			openssl_why(&t->o, &why);
		refuse(t, d->refused ? EPERM : EPROTO, why.buf);
		return;
	}
	if ((d->resume && !t->o.SSL_session_reused(d->wire.ssl)) || !same_client(t)) {
		refuse(t, EPERM, "another client");
		return;
	}
	if (t->o.SSL_session_reused(d->wire.ssl))
		control_ticket_used(&t->control);
	d->state = DATA_OPEN;
	d->client_events = 0;
	tell_opened(t, 0, "");
}

static void start(struct tls *t, enum data_state state, bool file, int other)
{
	struct data_connection *d = &t->data;

	d->state = state;
	d->file = file;
	d->other = other;
	d->told_at = clock_ms();
	d->block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (d->block == MAP_FAILED) {
		d->block = NULL;
		finish(t, TLS_DISK, ENOMEM);
	}
}

void data_relay(struct tls *t, bool sending, int plain)
{
	t->data.most = UINT64_MAX;
	start(t, sending ? DATA_SENDS : DATA_RECEIVES, false, plain);
}

void data_send(struct tls *t, uint64_t at, uint64_t end, int file)
{
	t->data.at = at;
	t->data.end = end;
	start(t, DATA_SENDS, true, file);
}

void data_receive(struct tls *t, uint64_t most, int file)
{
	t->data.most = most;
	start(t, DATA_RECEIVES, true, file);
}

/* Say close_notify; the verdict waits for the last byte to be with the kernel. */
static void say_end(struct data_connection *d, enum tls_end verdict, int err)
{
	wire_say_end(&d->wire);
	d->state = DATA_ENDS;
	d->verdict = verdict;
	d->err = err;
}

/* The next bytes to be sent. Returns their number, 0 at the end, -1: not now, or it is over. */
static ssize_t next_bytes(struct tls *t)
{
	struct data_connection *d = &t->data;
	uint64_t left = d->end - d->at;
	ssize_t k;

	if (d->file && left == 0)
		return 0;
	do
		k = d->file ? pread(d->other, d->block, left < SEND_BLOCK ? (size_t)left :
		    SEND_BLOCK, (off_t)d->at) : recv(d->other, d->block, SEND_BLOCK, MSG_DONTWAIT);
	while (k < 0 && errno == EINTR);
	if (k > 0)
		d->at += (size_t)k;
	if (k > 0 || (k == 0 && !d->file))
		return k;
	if (d->file) {
		/* cut without a close_notify: half a file must not look like a whole one */
		finish(t, k == 0 ? TLS_SHRUNK : TLS_DISK, k == 0 ? 0 : errno);
		return -1;
	}
	if (errno == EAGAIN)
		d->other_events = POLLIN;
	else
		finish(t, TLS_NET, errno); /* the session dropped it */
	return -1;
}

static void send_blocks(struct tls *t)
{
	struct data_connection *d = &t->data;

	for (size_t moved = 0; moved < QUANTUM;) {
		ssize_t k;

		if (!wire_flush(&d->wire)) {
			d->client_events = POLLOUT;
			if (d->wire.err != 0)
				net_failed(t);
			return;
		}
		k = next_bytes(t);
		if (k < 0)
			return;
		if (k == 0) {
			say_end(d, TLS_COMPLETE, 0);
			return;
		}
		if (wire_write(&d->wire, d->block, (size_t)k) != WIRE_DONE) {
			net_failed(t);
			return;
		}
		d->bytes += (size_t)k;
		moved += (size_t)k;
	}
}

/* Give the file or the session what was received. False: not all of it, or it is over. */
static bool deliver(struct tls *t)
{
	struct data_connection *d = &t->data;

	while (d->n > 0) {
		ssize_t k = d->file ? write(d->other, d->block + d->first, d->n) :
		    send(d->other, d->block + d->first, d->n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && !d->file && errno == EAGAIN) {
			d->other_events = POLLOUT;
			return false;
		}
		if (k < 0) {
			finish(t, d->file ? TLS_DISK : TLS_NET, errno);
			return false;
		}
		d->first += (size_t)k;
		d->n -= (size_t)k;
		d->bytes += (size_t)k;
	}
	d->first = 0;
	return true;
}

/* No more comes: the verdict, once everything is delivered. */
static void ended(struct tls *t)
{
	struct data_connection *d = &t->data;

	if (!deliver(t))
		return;
	if (d->verdict == TLS_COMPLETE)
		say_end(d, TLS_COMPLETE, 0); /* the client waits for it before it believes us */
	else
		finish(t, d->verdict, d->err);
}

static void source_ended(struct tls *t, enum wire_result how)
{
	struct data_connection *d = &t->data;

	d->source_ended = true;
	d->verdict = how == WIRE_END ? TLS_COMPLETE : how == WIRE_CUT ? TLS_CUT : TLS_NET;
	d->err = how != WIRE_BROKEN ? 0 : d->wire.err != 0 ? d->wire.err : EPROTO;
	ended(t);
}

static void receive_blocks(struct tls *t)
{
	struct data_connection *d = &t->data;
	enum wire_result result = WIRE_DONE;

	for (size_t moved = 0; moved < QUANTUM;) {
		size_t k = 0;

		/* the block fills while there is something to be had, and goes on as a whole */
		while (d->first + d->n < BLOCK && (result = wire_read(&d->wire,
		    d->block + d->first + d->n, BLOCK - d->first - d->n, &k)) == WIRE_DONE) {
			d->n += k;
			moved += k;
		}
		if (d->n > d->most - d->bytes) {
			d->n = (size_t)(d->most - d->bytes);
			if (deliver(t))
				finish(t, TLS_DISK, EFBIG);
			return;
		}
		if (result != WIRE_DONE && result != WIRE_AGAIN) {
			source_ended(t, result);
			return;
		}
		if (!deliver(t))
			return;
		(void)wire_flush(&d->wire); /* what a KeyUpdate is answered with */
		if (result == WIRE_AGAIN) {
			d->client_events = POLLIN;
			return;
		}
	}
}

static void run_end(struct tls *t)
{
	struct data_connection *d = &t->data;
	char rest[4096];

	if (!wire_flush(&d->wire)) {
		d->client_events = POLLOUT;
		if (d->wire.err != 0 && d->source_ended)
			finish(t, d->verdict, d->err); /* all of the upload is here, whether it
			                                  waits or not */
		else if (d->wire.err != 0)
			net_failed(t);
		return;
	}
	/* what lies unread would turn the close into a reset; who sends without end gets one */
	for (int i = 0; i < REST_BLOCKS && recv(d->wire.fd, rest, sizeof rest, MSG_DONTWAIT) > 0;
	    i++)
		continue;
	finish(t, d->verdict, d->err);
}

/* Whether the session does not know of everything that moved. */
static bool has_news(const struct data_connection *d)
{
	return d->state >= DATA_SENDS && d->file && moved(d) != d->told;
}

static void tell_progress(struct tls *t)
{
	struct data_connection *d = &t->data;

	d->told = moved(d);
	d->told_at = clock_ms();
	msg_start(&t->msg, TLS_PROGRESS);
	msg_put_u64(&t->msg, d->told);
	tls_tell_session(t);
}

int64_t data_tell(struct tls *t)
{
	const struct data_connection *d = &t->data;

	if (!has_news(d))
		return 0;
	if (moved(d) - d->told < TELL_BYTES && clock_ms() - d->told_at < TELL_EVERY)
		return d->told_at + TELL_EVERY;
	tell_progress(t);
	return 0;
}

void data_drop(struct tls *t)
{
	/* its record is to say how much there was */
	if (has_news(&t->data))
		tell_progress(t);
	if (t->data.state != DATA_IDLE)
		forget(&t->data);
}

bool data_wants(struct tls *t, struct pollfd *client, struct pollfd *other)
{
	const struct data_connection *d = &t->data;
	bool works = d->state != DATA_IDLE && d->state != DATA_OPEN;

	*client = (struct pollfd){ .fd = works && d->client_events != 0 ? d->wire.fd : -1,
	    .events = d->client_events };
	*other = (struct pollfd){ .fd = works && d->other_events != 0 ? d->other : -1,
	    .events = d->other_events };
	return works && d->client_events == 0 && d->other_events == 0;
}

void data_run(struct tls *t)
{
	struct data_connection *d = &t->data;

	d->client_events = d->other_events = 0;
	switch (d->state) {
	case DATA_IDLE:
	case DATA_OPEN:
		return;
	case DATA_SHAKES:
		shake(t);
		return;
	case DATA_SENDS:
		send_blocks(t);
		break;
	case DATA_RECEIVES:
		if (d->source_ended)
			ended(t);
		else
			receive_blocks(t);
		break;
	case DATA_ENDS:
		break;
	}
	if (d->state == DATA_ENDS)
		run_end(t);
}

#endif
