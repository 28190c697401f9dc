#ifndef TLS_PEER_H
#define TLS_PEER_H

#ifdef WITH_TLS

#include "auth/msg.h"
#include "tls/openssl.h"

/*
 * Whom a handshake met: protocol, cipher, and of a verified certificate its subject and the names
 * that `user_name` (TLSUserName) finds in it. Names with a NUL or a control character, and those
 * that would have to be cut, are none; nor are several CNs, of which nobody can tell which counts.
 */
void peer_describe(const struct openssl *o, SSL *ssl, const struct tls_settings *settings,
    struct tls_peer *out);
/*
 * The server name in the ClientHello that OpenSSL reads (RFC 6066, 3). False: none, or malformed.
 */
bool peer_server_name(const struct openssl *o, SSL *ssl, char name[HOST_SIZE]);
/* The pure half of it: the extension's bytes. */
bool peer_parse_server_name(const unsigned char *bytes, size_t n, char name[HOST_SIZE]);
/*
 * Whether a list of protocols (RFC 7301, 3.1) holds one that is ours; `data`: ftp-data will do,
 * too. Pure.
 */
bool peer_find_protocol(const unsigned char *list, size_t n, bool data, const unsigned char **found,
    unsigned char *found_n);

#endif
#endif
