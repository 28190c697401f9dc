#ifndef VFS_ACCESS_H
#define VFS_ACCESS_H

#include "config/limit.h"
#include "vfs/ftpaccess.h"
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
	const char *arg;             /* of the command that runs, for filters in <Limit>; NULL:
	                                none */
	const struct config *config;
	struct ftpaccess *files;     /* NULL: .ftpaccess files are not read */
};

/* A command begins: what the one before was told by access_check and access_context ends. */
void access_next(const struct access *a);

/* What access_check found: the section that rules over the path, and who decided. */
struct access_answer {
	bool allowed;
	bool missing;                /* not allowed, and to be answered as if nothing had the
	                                name */
	const struct context *context;   /* ask it for settings of this path */
	struct decision why;
};

/*
 * Ask for `verb` on `path` (canonical, inside the root; NULL for a command without a
 * path). `changes`: the command would make, replace, rename, remove or alter it. Then /etc and
 * /lib of a jail and what is below them is denied while RLimitChroot is on ("RLimitChroot"
 * decided), and so is a .ftpaccess in a directory that the session does not own (".ftpaccess");
 * and RNFR of a directory that a section which forbids something is about, or that lies above it.
 * Where a .ftpaccess on the way cannot be obeyed, all but CWD, CDUP and PWD is denied
 * (".ftpaccess"). What is hidden and ignored (IgnoreHidden) is `missing`: its directive's name
 * decided.
 */
struct access_answer access_check(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes);
/*
 * The same for what a client named: `named` (cleaned), of which root_resolve made `path` with the
 * result `err`. A link may be hidden by its own name; and where a failure would tell of something
 * hidden that it is there, that is `missing` too. To answer that: as -ENOENT, whatever `err` was.
 */
struct access_answer access_named(const struct access *a, const struct limit_verb *verb,
    const char *named, const char *path, int err, bool changes);
/*
 * The verdict of the rules alone, for the many paths of a listing: no context is kept. The first
 * asks about an entry as its directory's listing names it, and looks for no .ftpaccess in itself;
 * the second about a directory that is to be listed. Hidden or not: a listing leaves that out in
 * any case (vfs/view.h).
 */
bool access_allows(const struct access *a, const struct limit_verb *verb, const char *path);
bool access_opens(const struct access *a, const struct limit_verb *verb, const char *path);
/*
 * Whether no file may be put at `path` (canonical), whoever ordered it: it would be a .ftpaccess in
 * a directory that is not the session's own, or a jail's system file (RLimitChroot).
 */
bool access_guarded(const struct access *a, const char *path);
/* Append where a decision was made: "file:line" of the configuration, or of a .ftpaccess. */
void access_where(const struct access *a, const struct decision *why, struct strbuf *out);
/*
 * Whether a listing of the directory at `dir` (canonical) has to ask, for each of its entries,
 * whether it may be named: some section is about one of them.
 */
bool access_differs_below(const struct access *a, const char *dir);
/* The section that rules over `path`, for its settings alone. */
const struct context *access_context(const struct access *a, const char *path);
/* The <Directory> alone, without the files: for what no .ftpaccess can say. */
const struct context *access_section(const struct access *a, const char *path);
/* The same as access_context, until the next question. */
const struct context *access_glance(const struct access *a, const char *path);
/* … of an entry as its directory's listing names it: a .ftpaccess in it does not count. */
const struct context *access_entry(const struct access *a, const char *path);

#endif
