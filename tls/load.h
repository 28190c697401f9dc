#ifndef TLS_LOAD_H
#define TLS_LOAD_H

#ifdef WITH_TLS

#include "auth/msg.h"
#include "config/strbuf.h"
#include "tls/openssl.h"

/*
 * From a server's settings and the bytes of its files to what OpenSSL serves with. Nothing here
 * opens a file. Used by the TLS process for a connection and by -t for what it says of the same
 * files.
 */
struct loaded {
	const struct openssl *o;
	struct tls_settings settings;
	SSL_CTX *ctx;
	X509 *certificate;           /* whose key comes next; or NULL */
	unsigned pairs;              /* certificates with their keys */
};

/*
 * All return 0, or -EINVAL with the reason in `why`, which names no file. What is loaded is of no
 * use after a failure, and load_free is to be called all the same.
 */

/* Begin: protocols, ciphers, curves, whether a client's certificate is asked for. */
int load_begin(struct loaded *l, const struct openssl *o, const struct tls_settings *settings,
    struct strbuf *why);
/*
 * The `n` bytes of a file, in the order of enum tls_file: a certificate is followed by its key. A
 * key that does not fit its certificate, and a certificate whose time is over or has not begun, are
 * refused.
 */
int load_file(struct loaded *l, enum tls_file kind, const char *bytes, size_t n,
    struct strbuf *why);
/* That was all: whether there is something to serve with. */
int load_end(struct loaded *l, struct strbuf *why);
/* Have a handshake that began with another server's go on with this one's (SNI). 0 or -EINVAL. */
int load_change(const struct loaded *l, SSL *ssl);
void load_free(struct loaded *l);

#endif
#endif
