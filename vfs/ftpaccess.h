#ifndef VFS_FTPACCESS_H
#define VFS_FTPACCESS_H

#include "config/context.h"
#include "vfs/root.h"

/*
 * The .ftpaccess files of a session (directives.md, 4): found for a path, read with the session's
 * own rights and kept until they change, and put between the <Directory> sections by their depth.
 * A directory is looked at once in a command. Without a jail a file counts only in a directory that
 * root or the user owns, and none above the first other one on the way up.
 */
struct ftpaccess;
struct config;

/*
 * For sessions of `base` (an <Anonymous> or a server, context_resolve done) in `root`; both stay.
 * Lives in the arena of `c`. NULL: AllowOverride is off everywhere, and nothing is ever looked for.
 */
struct ftpaccess *ftpaccess_new(struct config *c, const struct context *base, struct root *root,
    bool jailed);
/* A command begins: what was found for the one before may have changed, and its chains end. */
void ftpaccess_next(struct ftpaccess *f);

/* What rules over a path, the files on its way included. */
struct ftpaccess_chain {
	const struct context *context;       /* the innermost */
	/*
	 * A file that cannot be obeyed: its directory is closed but for CWD, CDUP and PWD. `line`
	 * is of its first mistake; 0: the whole file. NULL: there is none.
	 */
	const struct context *faulty;
	unsigned line;
	bool unknown;                /* the directory cannot be searched for a file, nor used */
};

/*
 * The chain of `winner`, the section that rules over the host path `host`, with the files of `dir`
 * and of what is above it. `dir` is canonical and may be no directory: then there is none in it.
 * `keep`: the contexts stay until the next command; else until the next question.
 */
void ftpaccess_chain(struct ftpaccess *f, const char *dir, const struct context *winner,
    const char *host, bool keep, struct ftpaccess_chain *out);

#endif
