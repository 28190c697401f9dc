#ifndef AUTH_PLACE_H
#define AUTH_PLACE_H

#include "auth/msg.h"
#include "config/strbuf.h"

/*
 * Where a logged-in user's session lives: its root, and the directory it begins in
 * (directives.md, 11).
 */
struct place {
	int root_fd;                 /* the jail, or "/" */
	char jail[PATHNAME_SIZE];    /* its canonical host path, "" for "/" */
	char start[PATHNAME_SIZE];   /* inside it: canonical, a directory that can be entered */
};

/*
 * Become `id` for good and go there; `start` gets the Display files with absolute names, opened
 * as the user outside the jail. On failure (-errno, `why` for the log) the process must end.
 */
int place_reach(struct session_start *start, const struct identity *id, bool no_links,
    bool root_uid, struct place *out, struct strbuf *why);
/* Open a Display file with an absolute name with the caller's own rights; -1: it is not shown. */
int place_open_display(const char *path);

#endif
