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
	struct root *root;           /* NULL before login */
	bool jailed;
	struct subject *who;
	const char *arg;             /* of the command that runs, for filters in <Limit>; NULL: none */
};

/* What access_check found: the section that rules over the path, and who decided. */
struct access_answer {
	bool allowed;
	bool missing;                /* not allowed, and to be answered as if nothing had the name */
	const struct context *context;   /* ask it for settings of this path */
	struct decision why;
};

/*
 * Ask for `verb` on `path` (canonical, inside the root; NULL for a command without a
 * path). `changes`: the command would make, replace, rename, remove or alter it. Then /etc and
 * /lib of a jail and what is below them is denied while RLimitChroot is on ("RLimitChroot"
 * decided), and so is a .ftpaccess in a directory that the session does not own (".ftpaccess");
 * and RNFR of a directory that a section which forbids something is about, or that lies above it.
 */
struct access_answer access_check(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes);
/*
 * Whether a listing of the directory at `dir` (canonical) has to ask, for each of its entries,
 * whether it may be named: some section is about one of them.
 */
bool access_differs_below(const struct access *a, const char *dir);
/*
 * Whether a listing by `verb` may name the entry `name` of `dir`. One that is, or may be, a link
 * (`link`) is not named where what it leads to may not be. `dir` is grown and cut back.
 */
bool access_names(const struct access *a, const struct limit_verb *verb, struct strbuf *dir,
    const char *name, bool link);
/* The section that rules over `path`, for its settings alone. */
const struct context *access_context(const struct access *a, const char *path);

#endif
