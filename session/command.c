/* The command table, and the gates that every command passes before its handler runs. */
#include "session/command.h"

#include "config/io.h"
#include "config/log.h"
#include "config/logformat.h"
#include "session/claim.h"
#include "session/security.h"
#include "session/state.h"
#include "vfs/path.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	VERB_MAX = 8,                /* letters and digits; no verb of any RFC has more */
	JUNK_MAX = 5000,             /* lines in a row without a verb: this is no client */
};

/* The <Limit> column (directives.md, 5.2). */
#define FREE(verb) { verb, NULL, LIMIT_NONE, false, true }
#define ALONE(verb) { verb, NULL, LIMIT_NONE, false, false }
#define OWN_NAME(verb) { verb, NULL, LIMIT_NONE, true, false }
#define READ(verb) { verb, NULL, LIMIT_READ, false, false }
#define WRITE(verb) { verb, NULL, LIMIT_WRITE, false, false }
#define WRITE_X(verb, alias) { verb, alias, LIMIT_WRITE, false, false }
#define DIRS(verb) { verb, NULL, LIMIT_DIRS, false, false }
#define DIRS_X(verb, alias) { verb, alias, LIMIT_DIRS, false, false }

#define REFUSED(verb) { verb, NULL, ARG_OPTIONAL, CMD_REFUSED, FREE(verb), NULL, NULL, 0 }
/* … and what it brings may be a password or its like */
#define REFUSED_SECRET(verb) \
	{ verb, NULL, ARG_OPTIONAL, CMD_REFUSED | CMD_SECRET, FREE(verb), NULL, NULL, 0 }

/* What most rows have: no line in FEAT, no code of their own for a denial. */
#define ROW(verb, run, argument, flags, limit, help) \
	{ verb, run, argument, flags, limit(verb), help, NULL, 0 }
#define ROW_X(verb, alias, run, argument, flags, limit, help) \
	{ verb, run, argument, flags, limit(verb, alias), help, NULL, 0 }

enum {
	EARLY = CMD_NO_LOGIN,
	CLEAR = EARLY | CMD_CLEAR,
	NEW = CMD_PATH | CMD_NAMES | CMD_CHANGES,
	RENAME = NEW | CMD_KEEPS_RNFR,
	UPLOAD = NEW | CMD_DATA,
	LISTING = CMD_PATH | CMD_LIST | LOG_DIRS_CLASS << CMD_CLASS_SHIFT,
	/* classes of ExtendedLog */
	L_AUTH = LOG_AUTH_CLASS << CMD_CLASS_SHIFT, L_INFO = LOG_INFO_CLASS << CMD_CLASS_SHIFT,
	L_DIRS = LOG_DIRS_CLASS << CMD_CLASS_SHIFT, L_READ = LOG_READ_CLASS << CMD_CLASS_SHIFT,
	L_WRITE = LOG_WRITE_CLASS << CMD_CLASS_SHIFT, L_SEC = LOG_SEC_CLASS << CMD_CLASS_SHIFT,
	L_RENAME = L_WRITE | LOG_MISC_CLASS << CMD_CLASS_SHIFT,
};

static const struct command commands[] = {
	/* verb, handler, argument, flags, <Limit>, help (, FEAT, code of a denial) */
	ROW("USER", cmd_user, ARG_REQUIRED, EARLY | L_AUTH, FREE, "<sp> username"),
	ROW("PASS", cmd_pass, ARG_OPTIONAL, EARLY | CMD_SECRET | L_AUTH, FREE, "<sp> password"),
	ROW("QUIT", cmd_quit, ARG_NONE, CLEAR | L_INFO, FREE, ""),
	{ "HOST", cmd_host, ARG_WORD, CLEAR | L_AUTH, ALONE("HOST"), "<sp> host-name", "HOST",
	    504 },
	{ "AUTH", cmd_auth, ARG_WORD, CLEAR | CMD_TLS | L_SEC, ALONE("AUTH"),
	    "<sp> mechanism-name (TLS)",
	  "AUTH TLS", 534 },
	{ "PBSZ", cmd_pbsz, ARG_WORD, EARLY | CMD_TLS | L_SEC, ALONE("PBSZ"),
	    "<sp> decimal-integer",
	  "PBSZ", 534 },
	{ "PROT", cmd_prot, ARG_WORD, EARLY | CMD_TLS | L_SEC, OWN_NAME("PROT"),
	    "<sp> prot-code (C, P)",
	  "PROT", 534 },
	{ "CCC", cmd_ccc, ARG_NONE, CMD_TLS | L_SEC, ALONE("CCC"), "", "CCC", 534 },
	ROW("FEAT", cmd_feat, ARG_NONE, CLEAR | L_INFO, ALONE, ""),
	{ "HELP", cmd_help, ARG_OPTIONAL, EARLY | CMD_KEEPS_RNFR | L_INFO, ALONE("HELP"),
	    "[<sp> command]",
	  NULL, 501 },
	ROW("NOOP", cmd_noop, ARG_NONE, EARLY | CMD_KEEPS_RNFR, ALONE, ""),
	ROW("SYST", cmd_syst, ARG_NONE, CLEAR | L_INFO, FREE, ""),
	{ "STAT", cmd_stat, ARG_OPTIONAL, CMD_PATH | CMD_KEEPS_RNFR | L_INFO, DIRS("STAT"),
	  "[<sp> pathname]", NULL, 500 },
	{ "CLNT", cmd_clnt, ARG_REQUIRED, CLEAR | L_INFO, FREE("CLNT"), "<sp> client-name", "CLNT",
	    0 },
	{ "CSID", cmd_csid, ARG_REQUIRED, EARLY | L_INFO, FREE("CSID"), "<sp> name=value;...",
	    "CSID", 0 },
	{ "OPTS", cmd_opts, ARG_REQUIRED, EARLY, OWN_NAME("OPTS"), "<sp> command [<sp> options]",
	  "UTF8", 501 },

	ROW("TYPE", cmd_type, ARG_REQUIRED, 0, FREE, "<sp> type-code (A, I, L 8)"),
	ROW("STRU", cmd_stru, ARG_WORD, 0, FREE, "<sp> structure-code (F)"),
	ROW("MODE", cmd_mode, ARG_WORD, 0, FREE, "<sp> mode-code (S)"),
	{ "REST", cmd_rest, ARG_WORD, CMD_KEEPS_RNFR, FREE("REST"), "<sp> byte-count",
	  "REST STREAM", 0 },
	ROW("ALLO", cmd_allo, ARG_REQUIRED, 0, FREE, "<sp> size [<sp> R <sp> size]"),
	ROW("ABOR", cmd_abor, ARG_NONE, 0, FREE, ""),

	{ "PORT", cmd_port, ARG_WORD, 0, OWN_NAME("PORT"), "<sp> h1,h2,h3,h4,p1,p2", NULL, 501 },
	{ "PASV", cmd_pasv, ARG_NONE, 0, OWN_NAME("PASV"), "", NULL, 501 },
	{ "EPRT", cmd_eprt, ARG_WORD, 0, OWN_NAME("EPRT"), "<sp> |protocol|address|port|",
	  "EPRT", 501 },
	{ "EPSV", cmd_epsv, ARG_OPTIONAL, 0, OWN_NAME("EPSV"), "[<sp> protocol | ALL]",
	  "EPSV", 501 },

	{ "CWD", cmd_cwd, ARG_REQUIRED, CMD_PATH | L_DIRS, DIRS_X("CWD", "XCWD"), "<sp> pathname",
	  "TVFS", 0 },
	ROW_X("XCWD", "CWD", cmd_cwd, ARG_REQUIRED, CMD_PATH | L_DIRS, DIRS_X, "<sp> pathname"),
	ROW_X("CDUP", "XCUP", cmd_cdup, ARG_NONE, CMD_PATH | L_DIRS, DIRS_X, ""),
	ROW_X("XCUP", "CDUP", cmd_cdup, ARG_NONE, CMD_PATH | L_DIRS, DIRS_X, ""),
	ROW_X("PWD", "XPWD", cmd_pwd, ARG_NONE, CMD_PATH | L_DIRS | L_INFO, DIRS_X, ""),
	ROW_X("XPWD", "PWD", cmd_pwd, ARG_NONE, CMD_PATH | L_DIRS | L_INFO, DIRS_X, ""),
	ROW_X("MKD", "XMKD", cmd_mkd, ARG_REQUIRED, NEW | L_DIRS | L_WRITE, WRITE_X,
	    "<sp> pathname"),
	ROW_X("XMKD", "MKD", cmd_mkd, ARG_REQUIRED, NEW | L_DIRS | L_WRITE, WRITE_X,
	    "<sp> pathname"),
	ROW_X("RMD", "XRMD", cmd_rmd, ARG_REQUIRED, NEW | L_DIRS | L_WRITE, WRITE_X,
	    "<sp> pathname"),
	ROW_X("XRMD", "RMD", cmd_rmd, ARG_REQUIRED, NEW | L_DIRS | L_WRITE, WRITE_X,
	    "<sp> pathname"),

	ROW("DELE", cmd_dele, ARG_REQUIRED, NEW | L_WRITE, WRITE, "<sp> pathname"),
	ROW("RNFR", cmd_rnfr, ARG_REQUIRED, RENAME | L_RENAME, WRITE, "<sp> pathname"),
	ROW("RNTO", cmd_rnto, ARG_REQUIRED, RENAME | L_RENAME, WRITE, "<sp> pathname"),
	{ "SIZE", cmd_size, ARG_REQUIRED, CMD_PATH | L_INFO, READ("SIZE"), "<sp> pathname", "SIZE",
	    0 },
	{ "MDTM", cmd_mdtm, ARG_REQUIRED, CMD_PATH | L_DIRS | L_INFO, DIRS("MDTM"), "<sp> pathname",
	  "MDTM", 0 },
	{ "MFMT", cmd_mfmt, ARG_REQUIRED, CMD_PATH | CMD_CHANGES | L_WRITE, WRITE("MFMT"),
	  "<sp> YYYYMMDDhhmmss <sp> pathname", "MFMT", 0 },
	{ "MFF", cmd_mff, ARG_REQUIRED, CMD_PATH | CMD_CHANGES | L_WRITE, WRITE("MFF"),
	  "<sp> fact=value;... <sp> pathname", "MFF modify;UNIX.mode;UNIX.group;", 0 },
	{ "AVBL", cmd_avbl, ARG_OPTIONAL, CMD_PATH | L_INFO, DIRS("AVBL"), "[<sp> pathname]",
	    "AVBL", 0 },
	ROW("SITE", cmd_site, ARG_REQUIRED, 0, FREE, "<sp> command [<sp> arguments]"),

	ROW("RETR", cmd_retr, ARG_REQUIRED, CMD_PATH | CMD_DATA | L_READ, READ, "<sp> pathname"),
	ROW("STOR", cmd_stor, ARG_REQUIRED, UPLOAD | L_WRITE, WRITE, "<sp> pathname"),
	ROW("APPE", cmd_appe, ARG_REQUIRED, UPLOAD | L_WRITE, WRITE, "<sp> pathname"),
	ROW("STOU", cmd_stou, ARG_OPTIONAL, UPLOAD | L_WRITE, WRITE, "[<sp> pathname]"),
	ROW("LIST", cmd_list, ARG_OPTIONAL, LISTING, DIRS, "[<sp> options] [<sp> pathname]"),
	ROW("NLST", cmd_nlst, ARG_OPTIONAL, LISTING, DIRS, "[<sp> options] [<sp> pathname]"),
	ROW("MLSD", cmd_mlsd, ARG_OPTIONAL, LISTING, DIRS, "[<sp> pathname]"),
	{ "MLST", cmd_mlst, ARG_OPTIONAL, CMD_PATH | L_DIRS, DIRS("MLST"), "[<sp> pathname]",
	    "MLST", 0 },

	/* RFC 959, 2228, 4217 and 7151; then RFC 1639 and what drafts and other servers made */
	{ "ACCT", NULL, ARG_OPTIONAL, CMD_REFUSED | CMD_SECRET | L_AUTH, FREE("ACCT"), NULL, NULL,
	    0 },
	{ "REIN", NULL, ARG_OPTIONAL, CMD_REFUSED | L_AUTH, FREE("REIN"), NULL, NULL, 0 },
	REFUSED("SMNT"), REFUSED_SECRET("ADAT"), REFUSED("MIC"),
	REFUSED("ENC"), REFUSED("CONF"), REFUSED("LANG"),
	REFUSED("LPRT"), REFUSED("LPSV"), REFUSED("MFCT"), REFUSED("HASH"),
	REFUSED("RANG"), REFUSED("COMB"), REFUSED("PRET"), REFUSED("ESTA"), REFUSED("ESTP"),
	REFUSED("SSCN"), REFUSED("RMDA"), REFUSED("THMB"), REFUSED("DSIZ"), REFUSED("MD5"),
	REFUSED("XMD5"), REFUSED("XCRC"), REFUSED("XSHA"), REFUSED("XSHA1"), REFUSED("XSHA256"),
	REFUSED("XSHA512"),

	{ "CHGRP", cmd_site_chgrp, ARG_REQUIRED, NEW | CMD_SITE, WRITE("SITE_CHGRP"),
	  "<sp> group <sp> pathname", NULL, 0 },
	{ "CHMOD", cmd_site_chmod, ARG_REQUIRED, NEW | CMD_SITE, WRITE("SITE_CHMOD"),
	  "<sp> mode <sp> pathname", NULL, 0 },
	{ "HELP", cmd_site_help, ARG_OPTIONAL, CMD_SITE, FREE("SITE_HELP"), "[<sp> command]",
	  NULL, 0 },
	{ "QUOTA", cmd_site_quota, ARG_OPTIONAL, CMD_SITE, ALONE("SITE_QUOTA"), "", NULL, 0 },
	{ "RATIO", cmd_site_ratio, ARG_NONE, CMD_SITE, ALONE("SITE_RATIO"), "", NULL, 0 },
};

/* What a browser or a mail client says first: whoever had it talk to us means no good. */
static const char *const foreign[] = { "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT",
	"PATCH", "TRACE", "EHLO", "HELO", "MAIL" };

enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

const struct command *command_at(size_t i)
{
	return i < NCOMMANDS ? &commands[i] : NULL;
}

static const struct command *find(const char *verb, size_t len, unsigned site)
{
	for (size_t i = 0; i < NCOMMANDS; i++) {
		const struct command *c = &commands[i];

		if ((c->flags & CMD_SITE) == site && strncasecmp(c->verb, verb, len) == 0 &&
		    c->verb[len] == '\0')
			return c;
	}
	return NULL;
}

const struct command *command_find(const char *verb, size_t len)
{
	return find(verb, len, 0);
}

const struct command *command_find_site(const char *verb, size_t len)
{
	return find(verb, len, CMD_SITE);
}

static bool is_foreign(const char *verb, size_t len)
{
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (strlen(foreign[i]) == len && strncasecmp(foreign[i], verb, len) == 0)
			return true;
	return false;
}

/* The length of the verb that a line begins with; 0 when it begins with none. */
static size_t verb_length(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n <= VERB_MAX && (text[n] == '\0' || text[n] == ' ') ? n : 0;
}

bool command_like_pass(const char *line)
{
	return strncasecmp(line + strspn(line, " \t"), "PASS", 4) == 0;
}

static bool argument_fits(const struct command *c, const char *arg)
{
	size_t word = strcspn(arg, " ");
	bool empty = arg[strspn(arg, " ")] == '\0';

	switch (c->argument) {
	case ARG_NONE:
		return empty;
	case ARG_OPTIONAL:
		return true;
	case ARG_REQUIRED:
		return !empty;
	case ARG_WORD:
		return word > 0 && arg[word] == '\0';
	}
	return false;
}

bool command_filters_pass(const struct context *where, const char *arg)
{
	const struct filter *allow = &settings_for(where, D_ALLOW_FILTER)->allow_filter;
	const struct filter *deny = &settings_for(where, D_DENY_FILTER)->deny_filter;

	if (*arg == '\0')
		return true;
	return (allow->regex == NULL || regexec(allow->regex, arg, 0, NULL, 0) == 0) &&
	    (deny->regex == NULL || regexec(deny->regex, arg, 0, NULL, 0) != 0);
}

static void log_decision(const struct session *s, const struct command *c, const char *path,
    const char *verdict, const struct decision *why)
{
	STRBUF(where, TEXT_SIZE);

	if (!log_debugging(5))
		return;
	if (why->name != NULL)
		strbuf_addf(&where, " by %s", why->name);
	if (why->where.line != 0) {
		strbuf_add(&where, " at ");
		access_where(&s->access, why, &where);
	}
	if (why->rule.line != 0 && why->rule.line != why->where.line)
		strbuf_addf(&where, ", line %u", (unsigned)why->rule.line);
	log_debug(5, "%s %s: %s%s", c->limit.name, path, verdict,
	    why->name == NULL ? ", no rule" : where.buf);
}

/* The section that rules over a path, or that none does: its name may be written otherwise. */
static void log_section(const struct session *s, const char *path, const struct context *section)
{
	STRBUF(where, TEXT_SIZE);

	if (!log_debugging(5) || !s->logged_in || section == NULL)
		return;
	if (section->kind == CTX_FTPACCESS) {
		log_debug(5, "section %s for %s", section->path, path);
	} else if (section->kind == CTX_DIRECTORY) {
		config_where(s->access.config, section->where, &where);
		log_debug(5, "section <Directory %s> at %s for %s", section->path, where.buf, path);
	} else {
		log_debug(5, "no section for %s", path);
	}
}

void command_log(const struct session *s, const struct command *c, const char *path,
    const struct access_answer *answer)
{
	log_section(s, path, answer->context);
	log_decision(s, c, path, answer->missing ? "hidden, as if missing" :
	    answer->allowed ? "allowed" : "denied", &answer->why);
}

/* Whether <Limit> lets a command without a path run: it is asked about the current directory. */
static bool limits_pass(struct session *s, const struct command *c)
{
	struct access_answer answer;

	if (c->limit.unchecked)
		return true;
	if (s->logged_in) {
		answer = access_check(&s->access, &c->limit, s->cwd, false);
	} else {
		answer = (struct access_answer){ .context = s->base };
		answer.why = limit_check(s->base, &c->limit, &s->who, s->access.arg);
		answer.allowed = answer.why.verdict != VERDICT_DENY;
	}
	command_log(s, c, s->logged_in ? s->cwd : "(no path)", &answer);
	return answer.allowed;
}

void command_run(struct session *s, const struct command *c, const char *arg)
{
	/* STAT without an argument names no path: then a code of its own stands in the table */
	bool asks_for_path = (c->flags & CMD_PATH) && !(c->denied != 0 && *arg == '\0');

	if (!argument_fits(c, arg)) {
		reply(s, 501, "%s", c->argument == ARG_NONE ? "No argument, please." :
		    c->argument == ARG_WORD ? "One argument, please." : "An argument is missing.");
		return;
	}
	if (!asks_for_path && !limits_pass(s, c)) {
		reply(s, c->denied ? c->denied : 550, "Permission denied.");
		return;
	}
	c->run(s, c, arg);
}

/* What a command leaves for the next one: REST for one transfer, RNFR for one RNTO. */
static void settle(struct session *s, const struct command *c)
{
	if (c->flags & (CMD_DATA | CMD_LIST)) {
		s->data.aborted = false;
		s->last_transfer = clock_ms();
	}
	if (c->flags & CMD_DATA) {
		s->restart = s->allo = 0;
		claim_over(s);
	}
	if (!(c->flags & CMD_KEEPS_RNFR))
		s->rename_from[0] = '\0';
}

/* Tell what goes on: the log, and whoever looks. */
static void announce(struct session *s, const struct command *c, const char *arg)
{
	const char *shown = c->flags & CMD_SECRET ? "(hidden)" : arg;

	if (log_debugging(1))
		log_debug(1, "command %s%s%.900s", c->verb, *shown != '\0' ? " " : "", shown);
	state_command(s, c, shown, clock_ms());
}

/* The gates that need no argument. NULL: refused, and said so. */
static const struct command *find_allowed(struct session *s, const char *text, size_t len)
{
	size_t n = verb_length(text);
	const struct command *c = command_find(text, n);
	bool has_nul = memchr(text, '\0', len) != NULL;

	if (n > 0)
		s->junk = 0;
	/* what stands in front of a NUL would be logged as a name that nobody gave */
	record_begin(s, c, text, n, has_nul ? "(with a NUL)" : text + n + (text[n] == ' '));
	if (n > 0 && is_foreign(text, n)) {
		log_write(LOG_NOTICE, "%.*s comes from another protocol: closing", (int)n, text);
		session_end(s, "Another protocol", "This is an FTP server, goodbye.");
	} else if (n == 0) {
		reply(s, 500, "Command not understood.");
		if (++s->junk >= JUNK_MAX)
			session_end(s, "Junk", "This is not FTP, goodbye.");
	} else if (has_nul) {
		log_debug(1, "command %.*s with a NUL in its argument", (int)n, text);
		reply(s, 501, "A NUL in the argument.");
	} else if (c != NULL && !security_gate(s, c)) {
		return NULL;
	} else if (!s->logged_in && (c == NULL || !(c->flags & CMD_NO_LOGIN))) {
		reply(s, 530, "Log in first (USER, PASS).");
	} else if (c == NULL) {
		if (!command_like_pass(text))
			log_debug(1, "unknown command %.*s", (int)n, text);
		reply(s, 500, "Command not understood.");
	} else if (c->flags & CMD_REFUSED || (c->flags & CMD_TLS && !security_offered(s))) {
		reply(s, 502, "Command not implemented.");
	} else {
		return c;
	}
	return NULL;
}

void command_dispatch(struct session *s, char *text, size_t len)
{
	const struct command *c = find_allowed(s, text, len);
	char *arg;

	s->commands++;
	access_next(&s->access);
	if (c == NULL) {
		record_end(s);
		explicit_bzero(text, len);   /* it may be a PASS that came too early */
	} else {
		arg = text + strlen(c->verb);
		if (*arg == ' ')
			arg++;
		announce(s, c, arg);
		s->access.arg = (c->flags & CMD_SECRET) ? NULL : arg;
		if ((c->flags & CMD_SECRET) || command_filters_pass(s->base, arg))
			command_run(s, c, arg);
		else
			reply(s, 550, "%.*s%s: Forbidden argument.", CUT(arg));
		record_end(s);
		settle(s, c);
		s->access.arg = NULL;
		if (c->flags & CMD_SECRET)
			explicit_bzero(text, len);
	}
}

bool command_name_passes(const struct context *where, const char *arg, const char *path)
{
	const struct filter *allow = &settings_for(where, D_PATH_ALLOW_FILTER)->path_allow_filter;
	const struct filter *deny = &settings_for(where, D_PATH_DENY_FILTER)->path_deny_filter;

	if (allow->regex != NULL && regexec(allow->regex, arg, 0, NULL, 0) != 0)
		return false;
	return deny->regex == NULL || (regexec(deny->regex, arg, 0, NULL, 0) != 0 &&
	    regexec(deny->regex, path, 0, NULL, 0) != 0);
}

static void reply_denied(struct session *s, const struct command *c, const char *arg)
{
	bool as_missing = c->run == cmd_cwd || c->run == cmd_cdup;

	reply_errno(s, 550, arg, as_missing ? -ENOENT : -EACCES);
}

bool command_path(struct session *s, const struct command *c, const char *arg, enum resolve how,
    struct strbuf *path, struct stat *st, struct access_answer *answer)
{
	STRBUF(clean, PATHNAME_SIZE);
	int err = path_clean(&clean, s->cwd, s->home, arg, strlen(arg));

	if (err < 0) {
		reply_errno(s, err == -EINVAL ? 501 : 550, arg, err);
		return false;
	}
	/*
	 * on failure it is where it would be, so that a denied directory does not tell what it
	 * holds
	 */
	err = root_resolve(&s->root, clean.buf, how, path, st);
	record_path(s, path->buf);
	*answer = access_named(&s->access, &c->limit, clean.buf, path->buf, err,
	    c->flags & CMD_CHANGES);
	command_log(s, c, path->buf, answer);
	if (answer->missing) {
		err = -ENOENT;       /* and the gates that a missing name passes before it is
		                        told */
	} else if (!answer->allowed) {
		reply_denied(s, c, arg);
		return false;
	}
	if (!security_check(s, c, answer->context))
		return false;
	/* a <Directory>'s own filters; "." of a LIST and ".." of CDUP are not the client's words */
	if (c->argument == ARG_REQUIRED && !command_filters_pass(answer->context, arg)) {
		reply(s, 550, "%.*s%s: Forbidden argument.", CUT(arg));
		return false;
	}
	if ((c->flags & CMD_NAMES) && !command_name_passes(answer->context, arg, path->buf)) {
		reply(s, 550, "%.*s%s: Forbidden filename.", CUT(arg));
		return false;
	}
	if (err < 0)
		reply_errno(s, 0, arg, err);
	return err == 0;
}
