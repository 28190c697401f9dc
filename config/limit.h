#ifndef CONFIG_LIMIT_H
#define CONFIG_LIMIT_H

#include "config/context.h"
#include "config/subject.h"

/* The groups of <Limit> (directives.md, 5.2). */
enum limit_group { LIMIT_NONE, LIMIT_READ, LIMIT_WRITE, LIMIT_DIRS };

/* What a command is to <Limit>: a column of the command table (session/command.c). */
struct limit_verb {
	const char *name;            /* "RETR", "SITE_CHMOD" */
	const char *alias;           /* the X form or plain form that is the same to <Limit>, or
	                                NULL */
	enum limit_group group;
	bool own_name_only;          /* PORT, PASV, EPRT, EPSV, PROT, OPTS: ALL does not cover it */
	bool unchecked;              /* USER, PASS, QUIT …: never asked about */
};

/* Why a name in <Limit> (upper case) never counts, for -t: unknown, or never asked; or NULL. */
const char *limit_doubt(const char *name);
/* Whether a section may refuse anything to anybody. */
bool limit_restricts(const struct limit *l);

enum verdict { VERDICT_NOTHING, VERDICT_ALLOW, VERDICT_DENY };

/* Who decided: for the log, and for an administrator's question. */
struct decision {
	enum verdict verdict;        /* NOTHING counts as allowed */
	const struct context *context;
	struct origin where;         /* of the <Limit>, or of the section's DenyAll; line 0:
	                                nobody */
	const char *name;            /* the word of <Limit> that covered the verb, or "DenyAll" */
	struct origin rule;          /* the line in the <Limit>; 0: none held, and Order says
	                                deny */
};

/*
 * The verdict for `verb` with the argument `arg` (as the client wrote it, NULL: none) in section
 * `c` and outwards (directives.md, 6): raw name before group before ALL over the whole chain; a
 * DenyAll directly in a section before all.
 */
struct decision limit_check(const struct context *c, const struct limit_verb *verb,
    struct subject *who, const char *arg);
/*
 * Whether what is hidden counts as missing for `verb`: IgnoreHidden, looked for as limit_check
 * looks for a verdict (directives.md, 13.4). `why` gets the <Limit> and its section alone.
 */
bool limit_ignores_hidden(const struct context *c, const struct limit_verb *verb,
    struct decision *why);

/*
 * <Limit LOGIN> (directives.md, 10). At connect: true when somebody may still log in; `who` has no
 * user. At login: whether the user (anon NULL) or the users of `anon` may.
 */
bool limit_login_possible(const struct context *server, struct subject *who, struct decision *why);
bool limit_login_allowed(const struct context *server, const struct context *anon,
    struct subject *who, struct decision *why);

#endif
