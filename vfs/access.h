#ifndef VFS_ACCESS_H
#define VFS_ACCESS_H

#include "config/limit.h"
#include "vfs/root.h"

/*
 * The one question about access: may this command act on this path? RETR asks it, LIST
 * asks it for what it shows, and an administrator's dry run prints its answer.
 */
struct access {
	const struct context *base;  /* the <Anonymous> of the session, or its server */
	const struct root *root;     /* NULL before login */
	bool jailed;
};

/* What access_check found: the section that rules over the path, and who decided. */
struct access_answer {
	bool allowed;
	const struct context *context;   /* ask it for settings of this path */
	struct decision why;
};

/*
 * Ask for `verb` on `path` (canonical, inside the root; NULL for a command without a
 * path). Creating or changing below /etc and /lib of a jail is denied while RLimitChroot
 * is on: `changes` says that the command would.
 */
struct access_answer access_check(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes);
/* The section that rules over `path`, for its settings alone. */
const struct context *access_context(const struct access *a, const char *path);

#endif
