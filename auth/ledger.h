#ifndef AUTH_LEDGER_H
#define AUTH_LEDGER_H

#include "config/strbuf.h"

#include <stddef.h>
#include <sys/stat.h>

/*
 * A text file that monitors keep together, from one session to the next: read as a whole under a
 * lock (flock(2) on NAME.lck, which nobody else may open), and replaced as a whole by one that is
 * written beside it and seen on the disk first, so that whoever is killed, or whatever crashes,
 * leaves the old file or the new one. The lock ends with its holder.
 */
struct ledger {
	const char *path;
	int dir, lock;
	bool there;
	struct stat was;
	char *bytes;                 /* NUL behind the last; none for a file that is not there */
	size_t n, size;
};

struct ledger_part {
	const char *bytes;
	size_t n;
};

/*
 * Lock, and read. Returns 0 or -errno with `why`: what is a link, no regular file of one name, of
 * another owner, or can be written by others is not used, nor anything in a directory of such. In
 * any case ledger_close follows.
 */
int ledger_open(struct ledger *l, const char *path, struct strbuf *why);
/* Have a file of these parts in its place. Returns 0 or -errno with `why`; then it is as it was. */
int ledger_replace(struct ledger *l, const struct ledger_part *parts, size_t nparts,
    struct strbuf *why);
void ledger_close(struct ledger *l);

#endif
