#ifndef AUTH_XFERLOG_H
#define AUTH_XFERLOG_H

#include "auth/msg.h"
#include "config/strbuf.h"

#include <time.h>

/* Who a line of the transfer log is about; the rest comes from the record. */
struct xferlog_who {
	const char *peer;            /* name or address */
	const char *jail;            /* host path put before the record's, "" for none */
	const char *user;            /* account, or the anonymous password */
	bool anonymous, secured;     /* secured: by TLS */
	const char *ident;           /* what RFC 1413 told, or NULL */
};

/* Write one xferlog line (directives.md, 17.1) with its LF to `out`: never a second line. Pure. */
void xferlog_line(struct strbuf *out, const struct xferlog_who *who,
    const struct transfer_record *t, const struct tm *now);
/*
 * Open a log for appending, 0640, before anything is dropped: no link, symbolic or hard, regular,
 * not in a world-writable directory (directives.md, 17.3). `links`: the name may be a link, and
 * what it leads to must be such a file (AllowLogSymlinks). Returns a descriptor or -errno, told in
 * the log.
 */
int log_file_open(const char *directive, const char *path, bool links);
/*
 * Append one line to a log that is open for this line alone, so that no child ever holds it: time,
 * pid, `who`, `text` with control characters escaped. What can't be written is lost.
 */
void log_file_line(const char *directive, const char *path, bool links, const char *who,
    const char *text);

#endif
