#ifndef TLS_DATA_H
#define TLS_DATA_H

#ifdef WITH_TLS

#include "auth/msg.h"
#include "tls/load.h"
#include "tls/wire.h"

#include <poll.h>

/* One data connection: a file's or the session's bytes, from or to the client. */
struct data_connection {
	struct wire wire;
	enum data_state {
		DATA_IDLE,           /* there is none */
		DATA_SHAKES,
		DATA_OPEN,           /* it stands, and waits for what is to be done */
		DATA_SENDS, DATA_RECEIVES,
		DATA_ENDS,           /* close_notify is said, the last bytes are on their way */
	} state;
	bool resume;                 /* the session must be one of this control connection */
	bool refused;                /* … and is not */
	bool file;                   /* `other` is a file, else a socket of the session's */
	int other;
	uint64_t at, end;            /* DATA_SENDS of a file: where, up to where */
	uint64_t bytes, most;        /* moved; DATA_RECEIVES: at most */
	uint64_t told;               /* of `bytes`, what the session knows of */
	int64_t told_at;             /* clock_ms */
	enum tls_end verdict;        /* DATA_ENDS: what to say when the last byte is gone */
	int err;
	char *block;                 /* for a file or the session: `n` bytes from `first` */
	size_t first, n;
	short client_events, other_events;   /* what it waits for */
	bool source_ended;           /* receiving: no more will come, the block is to be
	                                delivered */
};

struct tls;

/* Take the socket: the answer is TLS_OPENED, in its time. Returns 0 or -errno. */
int data_begin(struct tls *t, int fd, bool resume);
/*
 * Begin with what TLS_RELAY, TLS_SEND and TLS_RECEIVE ask; the descriptor is the data connection's.
 */
void data_relay(struct tls *t, bool sending, int plain);
void data_send(struct tls *t, uint64_t at, uint64_t end, int file);
void data_receive(struct tls *t, uint64_t most, int file);
/* Drop it, whatever it does: no answer of its own but TLS_PROGRESS, where that was not all. */
void data_drop(struct tls *t);
/* Which events it waits for. True: it has something to do without any. */
bool data_wants(struct tls *t, struct pollfd *client, struct pollfd *other);
/*
 * Tell the session how far it is, when that is due. Returns when it is, if only time has to pass
 * (clock_ms); 0: there is nothing to tell.
 */
int64_t data_tell(struct tls *t);
/* Move what can be moved now, up to some MiB. */
void data_run(struct tls *t);

#endif
#endif
