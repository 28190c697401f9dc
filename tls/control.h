#ifndef TLS_CONTROL_H
#define TLS_CONTROL_H

#ifdef WITH_TLS

#include "tls/wire.h"

#include <poll.h>
#include <stdint.h>

enum { CONTROL_BLOCK = 16384 };

/* The control connection: TLS on the client's side, clear on the session's. */
struct control {
	struct wire wire;
	int plain;                   /* the session's side */
	enum control_state {
		CONTROL_UP,
		CONTROL_CLEARING,    /* CCC: our close_notify is said, the client's may come */
		CONTROL_CLEAR,       /* both sides in clear */
		CONTROL_LEAVING,     /* all is said; the client is to close first */
		CONTROL_OVER,
	} state;
	bool client_ended, session_ended;
	bool clear_next;             /* CCC: the session's next word is the last under TLS */
	bool record_begun;           /* CONTROL_CLEARING: a record of TLS's, whose rest is to
	                                come */
	int64_t leave_by;            /* clock_ms */
	size_t dropped;              /* of what the client said after our last word */
	int64_t ticket_at;           /* when the client got its last ticket */
	bool ticket_due;             /* … and used one since */
	size_t at, n;                /* of `in`: not yet with the session */
	char in[CONTROL_BLOCK];
};

/* Which events it waits for; a descriptor of -1: none. Returns its deadline (clock_ms), 0: none. */
int64_t control_wants(struct control *c, struct pollfd *client, struct pollfd *plain);
/* Move what can be moved. CONTROL_OVER: nothing more will come. */
void control_run(struct control *c);
/*
 * CCC (RFC 4217, 12.3): TLS ends behind the session's next word, which is to be the 200. Asked for
 * before it: a client may answer that at once, and its close_notify must not count as its end.
 * Returns 0 or -errno.
 */
int control_clear(struct control *c);
/* A data connection used a ticket: give the client a new one along with the next reply. */
void control_ticket_used(struct control *c);

#endif
#endif
