#ifndef AUTH_EXTLOG_H
#define AUTH_EXTLOG_H

#include "auth/msg.h"
#include "config/logformat.h"
#include "config/strbuf.h"

#include <time.h>

/* All that a line of an ExtendedLog may tell; a NULL is absent. */
struct extlog_event {
	const struct command_record *record;
	const struct closing *closing;       /* the session's end: there is no command; or NULL */
	const char *peer, *peer_name, *local, *server;
	const char *user, *typed, *group, *email, *ident, *class, *reason, *jail;
	unsigned local_port, peer_port;
	uint32_t uid, gid;           /* of `user` */
	int64_t session_ms;          /* since the connection */
	bool secured;
	long pid;
	struct timespec now;
	struct tm tm;                /* the same */
};

enum { EXTLOG_LINE = 65536 };

/*
 * Write one line of an ExtendedLog with its LF to `out`, control characters and bytes that are no
 * UTF-8 escaped: never a second line. `out` of EXTLOG_LINE bytes is not filled by any record and
 * any format of sane length; one that is cut has no LF. Reads the environment, and is else pure.
 */
void extlog_line(struct strbuf *out, const struct log_format *f, const struct extlog_event *e);

#endif
