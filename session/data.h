#ifndef SESSION_DATA_H
#define SESSION_DATA_H

#include "config/addr.h"
#include "session/protect.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

struct session;
struct throttle;

/* What a transfer may be refused for, as errnos that no connection fails with: data_refuse's. */
enum {
	DATA_IN_CLEAR = ENOKEY,              /* TLSRequired, and PROT C is in force */
	DATA_PROTECTED = EKEYREVOKED,        /* TLSRequired !data, and PROT P is in force */
	DATA_NOT_RESUMED = EKEYREJECTED,     /* no TLS session of this control connection */
	DATA_TLS_FAILED = EKEYEXPIRED,       /* TLS on it did not come about */
};

/* How the next data connection comes about (RFC 959, 5.2; RFC 2428). */
struct data {
	enum data_mode { DATA_NONE, DATA_PASSIVE, DATA_ACTIVE } mode;
	int listener;                /* DATA_PASSIVE; at most one at any time */
	struct addr target;          /* DATA_ACTIVE: what PORT or EPRT named */

	/* the transfer that goes on, for STAT and ABOR */
	int fd;                      /* the open data connection, or -1 */
	const char *verb;            /* "RETR" …; NULL: no transfer */
	const char *path;
	uint64_t bytes, size;        /* moved so far; of all, 0 when unknown */
	uint64_t offset;             /* of the file, before the first of them */
	int64_t began;               /* clock_ms */
	struct throttle *throttle;   /* the rate that it keeps to; NULL: as fast as it goes */
	bool claimed, claim_held;    /* it counts among the server's, and has not begun
	                                (session/claim.h) */
	bool aborted;                /* ABOR came: the transfer ends with 426, then 226 */
	bool waited;                 /* the peer was slower than we: some may still be queued */
	bool held;                   /* the 150 is kept back for the 226 (transfer_begin) */
	enum protect protect;        /* TLS on it (PROT P); PROTECT_NONE: none */
	int socket;                  /* of a relay, the connection itself (session/protect.h) */
};

/*
 * Open the data connection that PORT, EPRT, PASV or EPSV prepared, non-blocking. Only the
 * client's address (or one that AllowForeignAddress admits) is let in; anybody else's
 * connection is closed and the listener goes on waiting. Returns 0 or -errno (-ENOTCONN: nothing
 * was prepared; -ECANCELED: ABOR); the preparation is used up either way.
 */
int data_open(struct session *s);
/*
 * The reply for a failed data_open or transfer_begin: 425, or 426 after ABOR, or 522 (TLSRequired).
 */
void data_refuse(struct session *s, int err);
/* Close in order, or with a reset: an incomplete RETR must not look whole. */
void data_close(struct session *s, bool reset);
/* Forget what was prepared and close its listener. */
void data_reset(struct session *s);

/* Read the argument of PORT, or of EPRT. Pure. Returns 0, -EINVAL (501) or -EAFNOSUPPORT (522). */
int data_parse_port(const char *arg, struct addr *out);
int data_parse_eprt(const char *arg, struct addr *out);

#endif
