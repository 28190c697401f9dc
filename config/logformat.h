#ifndef CONFIG_LOGFORMAT_H
#define CONFIG_LOGFORMAT_H

#include "config/settings.h"

/* The variables of LogFormat (directives.md, 16): name, and what must be found out for it. */
#define LOG_VARIABLES(X) \
	X(PEER_ADDRESS, "a", 0) X(EMAIL, "A", 0) X(BYTES, "b", 0) X(CLASS, "c", LOG_NEEDS_CLASS) \
	X(DIR_SHORT, "d", 0) X(DIR_FULL, "D", 0) X(REASON, "E", 0) X(HOST_PATH, "f", 0) \
	X(PATH, "F", 0) X(GROUP, "g", LOG_NEEDS_GROUP) X(PEER_NAME, "h", LOG_NEEDS_NAME) \
	X(VHOST_ADDRESS, "H", 0) X(RAW_IN, "I", 0) X(RAW_OUT, "O", 0) X(ARGUMENT, "J", 0) \
	X(IDENT, "l", LOG_NEEDS_IDENT) X(LOCAL_ADDRESS, "L", 0) X(VERB, "m", 0) \
	X(LOCAL_PORT, "p", 0) X(PID, "P", 0) X(COMMAND, "r", 0) X(RESPONSE_MS, "R", 0) \
	X(CODE, "s", 0) X(RESPONSE, "S", 0) X(TIME, "t", 0) X(SECONDS, "T", 0) X(USER, "u", 0) \
	X(TYPED, "U", 0) X(SERVER_NAME, "v", 0) X(SERVER_ADDRESS, "V", 0) X(RENAMED_FROM, "w", 0) \
	X(PERCENT, "%", 0) X(BASENAME, "basename", 0) X(DIR_NAME, "dir-name", 0) \
	X(EPOCH, "epoch", 0) X(FILE_MODIFIED, "file-modified", 0) \
	X(FILE_OFFSET, "file-offset", 0) X(FILE_SIZE, "file-size", 0) X(GID, "gid", 0) \
	X(ISO8601, "iso8601", 0) X(MICROSECS, "microsecs", 0) X(MILLISECS, "millisecs", 0) \
	X(PROTOCOL, "protocol", 0) X(REMOTE_PORT, "remote-port", 0) \
	X(TRANSFER_FAILURE, "transfer-failure", 0) X(TRANSFER_MILLISECS, "transfer-millisecs", 0) \
	X(TRANSFER_PORT, "transfer-port", 0) X(TRANSFER_STATUS, "transfer-status", 0) \
	X(TRANSFER_TYPE, "transfer-type", 0) X(UID, "uid", 0) X(VERSION, "version", 0)

#define AS_NUMBER(name, text, needs) LOGVAR_##name,
enum log_variable {
	LOG_VARIABLES(AS_NUMBER)
	LOG_NAMED,                   /* how many of them there are; then what carries a text: */
	LOG_TEXT = LOG_NAMED,        /* itself */
	LOG_ENVIRONMENT,             /* %{X}e */
	LOG_STRFTIME,                /* %{format}t */
	LOG_NOTE,                    /* %{note:x}: there are none, so absent */
	LOG_JSON,                    /* the whole event as one object: the format `json` */
};
#undef AS_NUMBER

/* What costs something to find out. */
enum { LOG_NEEDS_NAME = 1, LOG_NEEDS_IDENT = 2, LOG_NEEDS_GROUP = 4, LOG_NEEDS_CLASS = 8 };

/* One step of a line: a variable, or a text of `len` bytes in the format itself. */
struct log_step {
	enum log_variable what;
	const char *text;
	size_t len;
};

/* LogFormat, in file order. */
struct log_format {
	const struct log_format *next;
	const char *name;
	const struct log_step *steps;
	size_t n;
	unsigned needs;              /* LOG_NEEDS_… */
	struct origin where;
};

/* The classes of commands. A command may belong to several. */
enum {
	LOG_AUTH_CLASS = 1, LOG_INFO_CLASS = 2, LOG_DIRS_CLASS = 4, LOG_READ_CLASS = 8,
	LOG_WRITE_CLASS = 16, LOG_MISC_CLASS = 32, LOG_SEC_CLASS = 64, LOG_EXIT_CLASS = 128,
	LOG_ALL_CLASSES = 127,       /* ALL: EXIT is asked for by its name */
};

/* ExtendedLog, in file order. */
struct extended_log {
	const struct extended_log *next;
	const char *path;            /* NULL: syslog, */
	int level;                   /* at this level */
	unsigned classes;            /* a command is written that is in one of these, */
	unsigned not_classes;        /* and in none of these */
	const char *format_name;     /* NULL: default */
	const struct log_format *format;     /* set by extlog_finish */
	struct origin where;
};

/*
 * Take a format apart. Writes at most `max` steps, whose texts lie in `format`; returns how many
 * there are. A variable that is none: `bad` and `bad_len` say where, and 0 is returned. Pure.
 */
size_t logformat_parse(const char *format, struct log_step *steps, size_t max, const char **bad,
    size_t *bad_len);
/*
 * The name of the variable that a wrong one of `n` bytes, as `bad` above, may have meant; NULL:
 * none.
 */
const char *logformat_suggest(const char *bad, size_t n);
/* The steps' LOG_NEEDS_… together. */
unsigned logformat_needs(const struct log_step *steps, size_t n);
/*
 * The classes of `ALL,!READ`, and those with a "!"; false: `bad` is the word that is none. `text`
 * is taken apart. Pure.
 */
bool logclasses_parse(char *text, unsigned *classes, unsigned *not_classes, const char **bad);

struct reader;
struct context;
/* Give each ExtendedLog of a server that was built its format, or tell that there is none. */
void extlog_finish(struct reader *r, struct context *server);

#endif
