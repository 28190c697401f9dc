#ifndef SESSION_COMMAND_H
#define SESSION_COMMAND_H

#include "config/limit.h"
#include "session/session.h"

/* The shape of a command's argument. */
enum argument { ARG_NONE, ARG_OPTIONAL, ARG_REQUIRED, ARG_WORD /* one word; more is an error */ };

enum {
	CMD_NO_LOGIN = 1,            /* allowed before login (DESIGN.md, decision 3) */
	CMD_SECRET = 2,              /* its argument is never logged: PASS */
	CMD_PATH = 4,                /* names a path: its handler asks for access (command_path) */
	CMD_NAMES = 8,               /* PathAllowFilter and PathDenyFilter hold for the name */
	CMD_CHANGES = 16,            /* creates or changes something (RLimitChroot) */
	CMD_DATA = 32,               /* moves a file: uses REST */
	CMD_LIST = 64,               /* a listing: counts as a transfer for TimeoutNoTransfer */
	CMD_KEEPS_RNFR = 128,        /* RNTO, and what may stand between it and RNFR */
	CMD_REFUSED = 256,           /* known, and answered 502: ACCT, REIN, SMNT … */
	CMD_SITE = 512,              /* a SITE command: its verb is the word behind SITE */
	CMD_CLEAR = 1024,            /* allowed where TLSRequired asks for protection that is not
	                                there */
	CMD_TLS = 2048,              /* of TLS: 502 where that is not offered */
	CMD_CLASS_SHIFT = 16,        /* above: its classes in ExtendedLog (config/logformat.h); 0:
	                                MISC */
};

struct command {
	const char *verb;            /* upper case; for CMD_SITE without "SITE " */
	void (*run)(struct session *s, const struct command *c, const char *arg);
	enum argument argument;
	unsigned flags;
	struct limit_verb limit;
	const char *help;            /* "<sp> pathname", for HELP */
	const char *feat;            /* its line in FEAT, or NULL */
	unsigned denied;             /* the code when <Limit> denies it without a path; 0: 550 */
};

/*
 * Run one line from the client. The gates (known, logged in, argument, <Limit> of commands
 * without a path, filters) stand here, once; handlers never repeat them. `text` must not lie in the
 * session's line buffer, which fills anew while a transfer runs; a secret in it is wiped.
 */
void command_dispatch(struct session *s, char *text, size_t len);
/* The gates behind the verb's, for a SITE command, and the command. */
void command_run(struct session *s, const struct command *c, const char *arg);
/* The row of a SITE command in any case, or NULL. */
const struct command *command_find_site(const char *verb, size_t len);
/* Walk the table: row i of all verbs, NULL behind the last. SITE commands come last. */
const struct command *command_at(size_t i);
/* The row of a verb in any case, or NULL; SITE commands apart. */
const struct command *command_find(const char *verb, size_t len);
/* A line without a verb of ours that may hold a password: "PASSsesame", "PASS<tab>sesame". */
bool command_like_pass(const char *line);

/* AllowFilter and DenyFilter of `where`: whether the argument, if there is one, passes both. */
bool command_filters_pass(const struct context *where, const char *arg);
/* The filters of names: what the client wrote; nor may what that stands for (`path`) be denied. */
bool command_name_passes(const struct context *where, const char *arg, const char *path);
/*
 * Resolve the argument of `c` against the session's directory into `path` (canonical), ask
 * for access and, for CMD_NAMES, the path filters; replies and returns false on any refusal.
 * `st` as root_resolve's, or NULL. A denied CWD and CDUP, and whatever is hidden, answer as
 * a missing file does; under a denied directory nothing tells a missing file from another, nor in
 * one whose TLSRequired is not met.
 */
bool command_path(struct session *s, const struct command *c, const char *arg, enum resolve how,
    struct strbuf *path, struct stat *st, struct access_answer *answer);
/* Tell the log (level 5) what was decided about a path, and by whom: command_path does. */
void command_log(const struct session *s, const struct command *c, const char *path,
    const struct access_answer *answer);

/* Handlers, by file. login.c: */
void cmd_user(struct session *, const struct command *, const char *);
void cmd_pass(struct session *, const struct command *, const char *);
void cmd_quit(struct session *, const struct command *, const char *);
/* security.c: */
void cmd_auth(struct session *, const struct command *, const char *);
void cmd_pbsz(struct session *, const struct command *, const char *);
void cmd_prot(struct session *, const struct command *, const char *);
void cmd_ccc(struct session *, const struct command *, const char *);
/* host.c: */
void cmd_host(struct session *, const struct command *, const char *);
/* info.c: */
void cmd_feat(struct session *, const struct command *, const char *);
void cmd_help(struct session *, const struct command *, const char *);
void cmd_noop(struct session *, const struct command *, const char *);
void cmd_syst(struct session *, const struct command *, const char *);
void cmd_stat(struct session *, const struct command *, const char *);
void cmd_clnt(struct session *, const struct command *, const char *);
void cmd_csid(struct session *, const struct command *, const char *);
void cmd_opts(struct session *, const struct command *, const char *);
/* parameter.c: TYPE STRU MODE REST ALLO ABOR */
void cmd_type(struct session *, const struct command *, const char *);
void cmd_stru(struct session *, const struct command *, const char *);
void cmd_mode(struct session *, const struct command *, const char *);
void cmd_rest(struct session *, const struct command *, const char *);
void cmd_allo(struct session *, const struct command *, const char *);
void cmd_abor(struct session *, const struct command *, const char *);
/* data.c: */
void cmd_port(struct session *, const struct command *, const char *);
void cmd_eprt(struct session *, const struct command *, const char *);
void cmd_pasv(struct session *, const struct command *, const char *);
void cmd_epsv(struct session *, const struct command *, const char *);
/* directory.c: CWD CDUP PWD MKD RMD */
void cmd_cwd(struct session *, const struct command *, const char *);
void cmd_cdup(struct session *, const struct command *, const char *);
void cmd_pwd(struct session *, const struct command *, const char *);
void cmd_mkd(struct session *, const struct command *, const char *);
void cmd_rmd(struct session *, const struct command *, const char *);
/* file.c: DELE RNFR RNTO SIZE MDTM AVBL, and SITE, SITE HELP */
void cmd_dele(struct session *, const struct command *, const char *);
void cmd_rnfr(struct session *, const struct command *, const char *);
void cmd_rnto(struct session *, const struct command *, const char *);
void cmd_size(struct session *, const struct command *, const char *);
void cmd_mdtm(struct session *, const struct command *, const char *);
void cmd_avbl(struct session *, const struct command *, const char *);
void cmd_site(struct session *, const struct command *, const char *);
void cmd_site_help(struct session *, const struct command *, const char *);
/* quota.c: */
void cmd_site_quota(struct session *, const struct command *, const char *);
/* modify.c: MFMT MFF, and SITE CHMOD, CHGRP */
void cmd_mfmt(struct session *, const struct command *, const char *);
void cmd_mff(struct session *, const struct command *, const char *);
void cmd_site_chmod(struct session *, const struct command *, const char *);
void cmd_site_chgrp(struct session *, const struct command *, const char *);
/* ratio.c: SITE RATIO */
void cmd_site_ratio(struct session *, const struct command *, const char *);
/* retrieve.c, store.c: */
void cmd_retr(struct session *, const struct command *, const char *);
void cmd_stor(struct session *, const struct command *, const char *);
void cmd_appe(struct session *, const struct command *, const char *);
void cmd_stou(struct session *, const struct command *, const char *);
/* list.c, facts.c: */
void cmd_list(struct session *, const struct command *, const char *);
void cmd_nlst(struct session *, const struct command *, const char *);
void cmd_mlsd(struct session *, const struct command *, const char *);
void cmd_mlst(struct session *, const struct command *, const char *);

#endif
