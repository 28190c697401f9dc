/* A TLS connection over one socket: what OpenSSL says of it, in words of our own. */
#include "tls/wire.h"

#ifdef WITH_TLS

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	UPDATES_MAX = 64,            /* more than this for nothing, */
	UPDATE_BYTES = 1 << 20,      /* and one more for so many bytes, is no client */
	CLIENT_HELLO = 1, KEY_UPDATE = 24,
};

/* Told of each message of the handshake's protocol (RFC 8446, 4). */
static void on_message(int writing, int version, int type, const void *bytes, size_t n, SSL *ssl,
    void *arg)
{
	struct wire *w = arg;
	unsigned char first = n > 0 ? *(const unsigned char *)bytes : 0;

	(void)version;
	if (writing || type != SSL3_RT_HANDSHAKE || !w->up)
		return;
	if (first == KEY_UPDATE)
		w->updates++;
	if (first == CLIENT_HELLO || w->updates > UPDATES_MAX + w->received / UPDATE_BYTES) {
		w->abused = true;
		/* or SSL_read would go on for as long as the next ones are there */
		(void)w->o->SSL_ctrl(ssl, SSL_CTRL_CLEAR_MODE, SSL_MODE_AUTO_RETRY, NULL);
	}
}

int wire_open(struct wire *w, const struct openssl *o, SSL_CTX *ctx, int fd, size_t gather)
{
	BIO *in = o->BIO_new_socket(fd, BIO_NOCLOSE), *to = o->BIO_new_socket(fd, BIO_NOCLOSE);

	*w = (struct wire){ .o = o, .fd = fd };
	w->out = o->BIO_new(o->BIO_f_buffer());
	w->ssl = o->SSL_new(ctx);
	if (in == NULL || to == NULL || w->out == NULL || w->ssl == NULL ||
	    o->BIO_int_ctrl(w->out, BIO_C_SET_BUFF_SIZE, (long)gather, 1) != 1) {
		(void)o->BIO_free(in);
		(void)o->BIO_free(to);
		(void)o->BIO_free(w->out);
		o->SSL_free(w->ssl);
		w->ssl = NULL;
		return -ENOMEM;
	}
	(void)o->BIO_push(w->out, to);
	o->SSL_set_bio(w->ssl, in, w->out);
	o->SSL_set_msg_callback(w->ssl, on_message);
	(void)o->SSL_ctrl(w->ssl, SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, w);
	return 0;
}

bool wire_flush(struct wire *w)
{
	if (w->err != 0 || w->ssl == NULL)
		return false;
	errno = 0;
	if (w->o->BIO_ctrl(w->out, BIO_CTRL_FLUSH, 0, NULL) > 0)
		return true;
	if (!w->o->BIO_test_flags(w->out, BIO_FLAGS_SHOULD_RETRY))
		w->err = errno != 0 ? errno : ECONNRESET;
	return false;
}

size_t wire_unsent(const struct wire *w)
{
	long n = w->out != NULL ? w->o->BIO_ctrl(w->out, BIO_CTRL_WPENDING, 0, NULL) : 0;

	return n > 0 ? (size_t)n : 0;
}

/* A call of OpenSSL's failed: why. The queue of errors must be what this call left. */
static enum wire_result judge(struct wire *w, int result)
{
	int saved = errno;

	switch (w->o->SSL_get_error(w->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:   /* of a handshake alone: data is written where there is room */
		return WIRE_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return WIRE_END;
	case SSL_ERROR_SYSCALL:
		w->err = saved != 0 ? saved : ECONNRESET;
		return WIRE_BROKEN;
	default:
		break;
	}
	if (ERR_GET_REASON(w->o->ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
		w->o->ERR_clear_error();
		return WIRE_CUT;
	}
	return WIRE_BROKEN;
}

/*
 * GnuTLS answers our flight with two small segments, and clients send the end of a small file and
 * their close_notify one after the other. Nagle's algorithm keeps the second until the first is
 * acknowledged: 40 ms later, were it for the kernel, on every data connection.
 */
static void acknowledge_at_once(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

enum wire_result wire_accept(struct wire *w)
{
	enum wire_result result;
	int done;

	w->o->ERR_clear_error();
	errno = 0;
	done = w->o->SSL_accept(w->ssl);
	w->up = done == 1;
	result = done == 1 ? WIRE_DONE : judge(w, done);
	(void)wire_flush(w);         /* an alert, too */
	if (result == WIRE_AGAIN || result == WIRE_DONE)
		acknowledge_at_once(w->fd);
	return result == WIRE_END ? WIRE_CUT : result;
}

enum wire_result wire_read(struct wire *w, char *bytes, size_t size, size_t *n)
{
	enum wire_result result = WIRE_DONE;
	int done;

	w->o->ERR_clear_error();
	errno = 0;
	done = w->o->SSL_read_ex(w->ssl, bytes, size, n);
	if (done == 1)
		w->received += *n;
	else
		result = judge(w, done);
	if (w->abused)
		return WIRE_BROKEN;
	return result;
}

enum wire_result wire_write(struct wire *w, const char *bytes, size_t n)
{
	size_t written;

	w->o->ERR_clear_error();
	errno = 0;
	return w->o->SSL_write_ex(w->ssl, bytes, n, &written) == 1 && written == n ? WIRE_DONE :
	    WIRE_BROKEN;
}

void wire_write_clear(struct wire *w, const char *bytes, size_t n)
{
	if (w->o->BIO_write(w->out, bytes, (int)n) != (int)n)
		w->err = ENOMEM;
}

void wire_say_end(struct wire *w)
{
	w->o->ERR_clear_error();
	/* 0: said, and the peer's is not here yet; nobody waits for it */
	(void)w->o->SSL_shutdown(w->ssl);
}

void wire_close(struct wire *w)
{
	if (w->ssl != NULL) {
		/*
		 * or OpenSSL forgets the session, and no data connection after an ABOR could resume
		 * it
		 */
		w->o->SSL_set_shutdown(w->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		w->o->SSL_free(w->ssl); /* and its BIOs */
	}
	w->ssl = NULL;
	w->out = NULL;
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

#endif
