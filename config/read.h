#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include "config/arena.h"
#include "config/bounds.h"
#include "config/config.h"
#include "config/lex.h"
#include "config/strbuf.h"

#include <stdarg.h>

/*
 * How a configuration is read: shared by the files that read it (read, file, section,
 * directive, special, server, check, dump), and by nobody else.
 */

/* The first two: struct origin holds no more. The last: what Include in Include may multiply to. */
enum { FILES_MAX = 1023, LINES_MAX = (1 << 22) - 1, INCLUDES_MAX = 10000 };
enum { SECTION_NAME = 32 };      /* room for the longest; a name that is cut is unknown anyway */

/* A file that was read: its bytes stay, so that nothing is ever read twice. */
struct file {
	struct file *next;
	const char *path, *bytes;
	size_t len;
};

/* What an Include stood for, so that a block that is built later means the same files. */
struct include {
	struct include *next;
	struct origin where;
	const unsigned *files;
	size_t n;
};

/* Labels of Define; a list that only grows at its head, so that a head is a moment in the file. */
struct define {
	const struct define *next;
	const char *label;
};

/* Where a block that was read over begins. */
struct place {
	struct lex lex;
	unsigned file;
	const struct define *defines;
	unsigned include_options;
};

/* One name of ServerAlias, in file order. */
struct server_alias {
	struct server_alias *next;
	const char *name;            /* may hold wildcards, * and ? */
	struct origin where;
};

/* A server as the choice sees it; `context` NULL: read over, not built. */
struct server {
	struct server *next;
	struct context *context;
	struct origin where;
	const char *const *names;    /* of <VirtualHost> or DefaultAddress, NULL-terminated; or
	                                NULL */
	struct server_alias *aliases;
	bool has_port, has_default, is_default;
	bool faulty;                 /* it was to be built for HOST, and cannot be */
	unsigned port;
	struct place place;
};

/* The parsed lines in file order, kept for -t and -T alone. */
struct entry {
	struct entry *next;
	struct origin where;
	unsigned depth;
	const char *text;
	const struct directive *d;   /* NULL: a section begins or ends */
	unsigned in;                 /* where it stands, as struct reader has it: */
	const struct context *context;
	const struct limit *limit;
	const struct class *class;
};

struct config {
	struct arena plain, secret;
	struct file *files;          /* in the order of their numbers in struct origin */
	unsigned nfiles;
	struct include *includes;
	struct server main;          /* the others behind it, in file order */
	struct server *last_server;
	struct server *chosen;
	struct context *global;      /* NULL: no <Global> */
	struct server_alias *aliases;        /* of <Global>: every server's */
	/* what a block needs that is built after the start: it must mean what it meant then */
	struct config_source source;
	struct words *words;
	char **environment;          /* NULL: no block can be asked for */
	struct class *classes, **classes_end;
	struct hide_owner *hide_owners;      /* the newest first */
	const struct ratio_rule *ratio_rules;        /* the same */
	const struct ratio_file *ratio_files;
	unsigned nconditions;
	struct entry *entries, **entries_end;
	const struct define *defines;        /* what Define set up to the end, */
	const char *const *labels;           /* and -D: for <IfDefine> in .ftpaccess files */
	struct compiled *compiled;
	unsigned transfers_counted;          /* TRANSFER_… of config/transfer.h */
};

/* An expression that libc compiled, in memory of its own: to be given back one by one. */
struct compiled {
	struct compiled *next;
	regex_t regex;
};

enum { RECENT = 32 };

/* What is done with the lines of a section. */
enum read_mode {
	READ_BUILD,                  /* all is built */
	READ_OVER,                   /* another server's: only what chooses a server is looked at */
	READ_INNER,                  /* a section in it: only what names files and labels is */
	READ_SKIP,                   /* a condition that does not hold: sections must balance */
};

/* An open section. */
struct frame {
	char name[SECTION_NAME];     /* "<Limit>" */
	struct origin where;
	enum read_mode mode;         /* outside it, as all below */
	unsigned in;
	struct context *scope;
	struct limit *limit;
	struct class *class;
	const struct condition *condition;
	struct server *server;
};

/* What is left to a file that a stranger may have written (.ftpaccess), and its first mistake. */
struct stranger {
	unsigned sections;
	size_t regex;                /* see FTPACCESS_REGEX */
	struct origin first;
};

struct reader {
	struct config *c;
	const struct config_source *src;
	bool check;                  /* -t: everything is built and looked at */
	bool again;                  /* in a block that was read over: its <Global> is known */
	bool late;                   /* after the start: no file may be read any more */
	bool stop;                   /* an error behind which nothing makes sense */
	int64_t lookups_end;         /* of all lookups together (clock_ms); 0: none was made yet */
	struct stranger *stranger;   /* a .ftpaccess is read; NULL: the administrator's own files */
	unsigned errors;
	struct words *words;
	struct lex *lex;
	struct origin here;
	const struct define *defines;
	unsigned include_options;
	unsigned open[INCLUDE_DEPTH];        /* files that are being read, for cycles */
	unsigned nopen, included;

	enum read_mode mode;
	unsigned in;                 /* one IN_ bit: where the next directive stands */
	struct context *scope;       /* whose settings it changes */
	struct settings *own;        /* its settings, while a directive sets one */
	struct limit *limit;         /* the <Limit> it is in, or NULL */
	struct class *class;         /* the <Class> it is in, or NULL */
	const struct condition *condition;   /* the <IfUser> or its like that it is in, or NULL */
	struct server *server;
	bool set_in_global[DIRECTIVES];      /* in this <Global>: a later one may set it again */
	struct frame frames[CONFIG_DEPTH];
	const struct directive *recent[RECENT];      /* rows that were found, by find_row's hash */
	unsigned depth;
	unsigned file_depth;         /* sections open when this file began: not its to close */
};

enum { INCLUDE_SYMLINKS = 1, INCLUDE_NO_TEMP = 2, INCLUDE_NO_WILDCARDS = 4 };

/*
 * read.c: `file:line: name: text` to the one who asked. The first two return -EINVAL, for
 * callers that give up.
 */
int tell_at(struct reader *r, enum config_severity severity, struct origin where, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
int tell_error(struct reader *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tell_warning(struct reader *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tell_note(struct reader *r, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "line 7", with the file's name when it is another one than that of the line at hand. */
void add_place(struct reader *r, struct origin where, struct strbuf *out);
/* Read lines until the end, or until fewer than `depth` sections are open. */
void read_lines(struct reader *r, struct lex *lex, unsigned depth);
/* Read all lines of a file of the table. */
void read_whole(struct reader *r, unsigned file);

/* Give the memory of a configuration back. No process needs to: it ends with its session. */
void config_free(struct config *c);

/* file.c */
/* The file of this number, or NULL. */
const struct file *file_at(const struct config *c, unsigned number);
/*
 * Read a file into memory, or find it there. Returns its number, or -errno: -ELOOP, -EISDIR
 * and -ENOENT are for the caller to tell where `who` names a directive.
 */
int file_load(struct reader *r, const char *path, bool no_link, const char *who);

/* section.c */
/* Put a frame on the stack; `mode` holds inside it. */
void section_open(struct reader *r, const char *name, enum read_mode mode);
void section_close(struct reader *r, const char *name);
void section_pop(struct reader *r);
struct context *context_new(struct reader *r, enum context_kind kind, const char *path);
/* What a context sets, to be changed. */
struct settings *context_own(struct config *c, struct context *context);

/* assign.c: one line that is no section, where it may stand and what it sets. */
void directive_apply(struct reader *r, const struct directive *d, size_t nwords, char **words);
void directive_unknown(struct reader *r, const char *name);
/* The function of the row. */
int reader_call(struct reader *r, const struct directive *d, size_t nwords, char **words);

/* server.c */
/* Port or DefaultServer in a block that is read over. */
void server_note(struct reader *r, const struct directive *d, size_t nwords, char **words);
/* The same of the main server, which is always built. */
void server_note_main(struct reader *r);
/* Set config's `chosen` (directives.md, 14.1), or leave it NULL. */
void server_choose(struct reader *r, const struct addr *local);
/* Build the block that was read over. */
void server_build(struct reader *r, struct server *s);
/* Give a server that was built what <Global> and the main server hold for it. */
void server_finish(struct reader *r, struct server *s);
/* Whether `s` is one of those that share this address and port (directives.md, 14.3). */
bool server_shares(struct reader *r, struct server *s, const struct addr *local);

/* named.c */
/* Keep what config_server_named needs, if a name can lead to a server that is not built. */
void named_keep(struct reader *r);
/* Whether a name of ServerAlias stands for `name`, in any case. Pure. */
bool alias_matches(const char *alias, const char *name);

/* A literal address, IPv6 in brackets or without. */
bool server_literal(const char *name, struct addr *a);
/* Whether `name` is an interface, or a host with an address; `listed`: with the local one. */
bool server_name_known(const struct config_source *src, const struct context *main,
    const char *name, bool *listed);

/* login.c: what in an <Anonymous> waits for another directive in vain. */
void login_check(struct reader *r, const struct context *anon);

/* check.c: what only -t looks at. */
void check_all(struct reader *r);
/* Whether a file of accounts or groups, `name:…` a line, holds this name. `path` may be NULL. */
bool name_in_file(const char *path, const char *name);
/* counter.c: limits that nobody counts for, and where the counters lie. */
void counter_check(struct reader *r);
/* ratio.c: ratios that count nothing, and a file that cannot keep them. */
void ratio_check(struct reader *r);
/* quota.c: tables that are not there, or cannot be trusted, of one server. */
void quota_check(struct reader *r, const struct context *c);
/* hide.c: names in HideUser and HideGroup that nobody has. */
void hide_check(struct reader *r);

/* owner.c, socket.c: the same of UserOwner, GroupOwner and the class of AllowForeignAddress. */
void owner_check(struct reader *r, const struct context *c);
void foreign_check(struct reader *r, const struct context *c);

/* ftpaccess.c: whether an expression of a .ftpaccess is within what is left to it. */
bool stranger_regex(struct reader *r, const char *text);

/* upload.c: where uploads go, and whose socket is told, in a server or an <Anonymous>. */
void upload_check(struct reader *r, const struct context *c);
/* guard.c: what is legal and probably not meant, of one server, and of the classes. */
void guard_server(struct reader *r, const struct context *server);
void guard_classes(struct reader *r);

/* dump.c */
void dump_add(struct reader *r, const struct words *w);
/* Forget what was added since entries_end was `end`. */
void dump_cut(struct reader *r, struct entry **end);

#endif
