#ifndef VFS_RULEFILE_H
#define VFS_RULEFILE_H

#include "config/context.h"
#include "vfs/root.h"

/*
 * The .ftpaccess files that a session has met: for ftpaccess.c, which puts them into their places.
 */
struct rulefile {
	struct rulefile *next;       /* the one that was used before it */
	uint64_t seen;               /* the last command that looked */
	uint64_t kept;               /* the last command that holds its context to the end */
	unsigned users;              /* who else holds it */
	bool ignored;                /* AllowOverride is off for its directory */
	bool settled;                /* `st` tells whether it changed */
	struct stat st;
	size_t bytes;
	struct config *rules;        /* NULL: it cannot be obeyed, */
	unsigned line;               /* its first mistake is here (0: the whole file), */
	char *told;                  /* this was logged about it, */
	struct context faulty;       /* and this stands for it */
	char path[];                 /* on the host */
};

struct rulefiles {
	const struct config *config;
	const struct context *base;
	struct root *root;
	bool jailed;
	uid_t uid;
	size_t prefix;               /* the length of the root's host path */
	uint64_t now;                /* the command that runs */
	struct rulefile *list;       /* the last used first; it is bounded but for what is held */
};

/*
 * The file of the canonical directory `dir`, looked at once in a command and read when it changed.
 * NULL: there is none, or AllowOverride is off there; `err` is the error of a look at it, or 0.
 */
struct rulefile *rulefile_look(struct rulefiles *f, const char *dir, int *err);
/* Whether a directory's rules are a stranger's, whom nobody has to obey outside of a jail. */
bool rulefile_foreign(const struct rulefiles *f, const struct stat *dir);
/* Its rules, or what stands for one that cannot be obeyed. */
const struct context *rulefile_context(const struct rulefile *e);

#endif
