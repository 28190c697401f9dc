#ifndef AUTH_SHUTMSG_H
#define AUTH_SHUTMSG_H

#include "config/strbuf.h"

#include <stdbool.h>
#include <time.h>

/* The file that counts for every server. */
#define SHUTMSG_FILE "/etc/shutmsg"

/* A planned shutdown, as ftpshut writes it (directives.md, 18.1 to 18.3). */
struct shutmsg {
	time_t shutdown;
	time_t deny;                 /* from here on nobody is let in */
	time_t disconnect;           /* from here on sessions are ended */
	char message[81];            /* the second line, its variables not yet replaced */
};

/*
 * Read the text of the file. An empty one means now: all times are `now`. False when line 1 holds
 * no date; then nobody must be let in. Local time. Pure but for the time zone.
 */
bool shutmsg_parse(const char *text, size_t n, time_t now, struct shutmsg *out);

/* What the message's variables stand for. */
struct shutmsg_names {
	const char *local;           /* %L */
	const char *peer;            /* %R */
	const char *server;          /* %V */
	const char *user;            /* %U; NULL: nobody yet */
	const char *cwd;             /* %C; NULL: nowhere yet */
	time_t now;                  /* %T */
};

/* Write the message with its variables replaced: %s %r %d %C %L %R %T %U %V. */
void shutmsg_text(struct strbuf *out, const struct shutmsg *s, const struct shutmsg_names *names);

/*
 * Read the file. 1: there is one; 0: none (a directory counts as none); -errno: there is one
 * that can't be read or makes no sense, -EINVAL, and nobody must be let in.
 */
int shutmsg_read(const char *path, time_t now, struct shutmsg *out);

#endif
