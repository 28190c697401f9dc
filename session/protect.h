#ifndef SESSION_PROTECT_H
#define SESSION_PROTECT_H

#include "session/copy.h"

struct session;

/*
 * Data connections under TLS (RFC 4217, 9). The TLS process (auth/msg.h) has the keys and moves the
 * bytes; the session keeps the socket, to linger on it and to reset it. That process reads what
 * strangers send: each of its messages is checked, and one that is none, or comes out of turn, ends
 * the session, as its end of file does.
 */
enum protect {
	PROTECT_NONE,                /* the data connection is in clear, or TLS on it has ended */
	PROTECT_OPEN,                /* handshake, or nothing moved yet */
	PROTECT_SEND, PROTECT_RECEIVE,       /* a file was handed over */
	PROTECT_RELAY_OUT, PROTECT_RELAY_IN, /* data.fd is a socket pair's end, data.socket the
	                                        connection */
};

/*
 * Have TLS on the open data connection. Returns 0, or -errno that data_refuse is to tell
 * (-DATA_NOT_RESUMED, -DATA_TLS_FAILED, -ECANCELED after ABOR); then TLS is off it again.
 */
int protect_open(struct session *s);
/*
 * For what has to pass through the session (TYPE A, listings): make data.fd a descriptor to write
 * to (`out`) or read from, in clear. Returns 0 or -errno. Either way protect_finish ends it.
 */
int protect_relay(struct session *s, bool out);
/*
 * copy_send and copy_receive of bytes as they are: the TLS process reads and writes the file
 * itself.
 */
struct copy_result protect_send(struct session *s, int file, uint64_t offset, uint64_t size);
struct copy_result protect_receive(struct session *s, int file, uint64_t most);
/*
 * TLS on the data connection is to end: in order where `r` says COPY_DONE, which stands only if the
 * TLS process says so, too; else at once. Nothing where it has ended or never was.
 */
void protect_finish(struct session *s, struct copy_result *r);
/* CCC: TLS on the control connection ends behind the reply that comes next. Returns 0 or -errno. */
int protect_clear(struct session *s);

#endif
