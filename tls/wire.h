#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#ifdef WITH_TLS

#include "tls/openssl.h"

#include <stdbool.h>

/*
 * One TLS connection over a socket that never waits. What OpenSSL writes gathers in memory, so that
 * many records leave in one system call: with records of 16 KiB the call is what costs.
 */
struct wire {
	const struct openssl *o;
	SSL *ssl;                    /* NULL: closed */
	BIO *out;                    /* what is to be sent; the SSL's */
	int fd;
	int err;                     /* the socket's errno; 0: none */
	unsigned updates;            /* KeyUpdate messages of the peer (RFC 8446, 4.6.3) */
	uint64_t received;           /* bytes of data */
	bool up;                     /* the handshake is over */
	bool abused;                 /* the peer asked for a new handshake, or for keys over and
	                                over */
};

/*
 * Begin on the non-blocking socket `fd`, which the wire then owns. `gather` bytes of records have
 * room: between two flushes no more may be written. Returns 0 or -ENOMEM.
 */
int wire_open(struct wire *w, const struct openssl *o, SSL_CTX *ctx, int fd, size_t gather);
/* Send what gathered. True: nothing is left. False: the socket is full, or (w->err) broken. */
bool wire_flush(struct wire *w);
/* Bytes that gathered and are not sent yet, TLS's own among them. */
size_t wire_unsent(const struct wire *w);

/* What became of a call: WIRE_AGAIN waits for the socket to be readable. */
enum wire_result { WIRE_DONE, WIRE_AGAIN, WIRE_END, WIRE_CUT, WIRE_BROKEN };

/* Go on with the handshake: any result but WIRE_END. What is to be sent was, as far as it went. */
enum wire_result wire_accept(struct wire *w);
/* Read up to `size` bytes. WIRE_END: close_notify came. WIRE_CUT: the end without one. */
enum wire_result wire_read(struct wire *w, char *bytes, size_t size, size_t *n);
/* Encrypt all of it: WIRE_DONE or WIRE_BROKEN. */
enum wire_result wire_write(struct wire *w, const char *bytes, size_t n);
/* Add bytes as they are, in clear. */
void wire_write_clear(struct wire *w, const char *bytes, size_t n);
/* Say close_notify, once. */
void wire_say_end(struct wire *w);
/* Free everything and close the socket. */
void wire_close(struct wire *w);

#endif
#endif
