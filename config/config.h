#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "config/addr.h"
#include "config/context.h"

#include <stdio.h>

/*
 * The configuration of this process: read in one pass, in one arena, never freed.
 * The server that the connection is for is built; others are read over.
 */
struct config;

/*
 * Why a line is told: it stops the start, it is legal and probably wrong, or it has no effect here.
 */
enum config_severity { CONFIG_ERROR, CONFIG_WARNING, CONFIG_NOTE };

struct config_source {
	const char *path;            /* the file to read */
	const char *const *defines;  /* -D labels, NULL-terminated; or NULL */
	const struct addr *local;    /* choose the server for this address and port; NULL: build all
	                                (-t) */
	bool keep;                   /* keep the lines that are built, for config_effective (-T) */
	uid_t invoker;               /* files must belong to root or to this uid */
	/* Told of each error, warning and note: `file:line: Directive: reason` (no newline). */
	void (*tell)(void *arg, enum config_severity severity, const char *line);
	void *arg;
	/*
	 * Whether `name` has an address, and whether `local` is `listed` among them, asked in a
	 * process that has no privilege (`main` says whose): the answer comes from the network.
	 * NULL: it is asked for here.
	 */
	bool (*lookup)(void *arg, const struct context *main, const char *name,
	    const struct addr *local, bool *listed);
};

/*
 * Read a configuration. Returns it, or NULL when an error was told (each of them was)
 * or the file cannot be read (told as `path: reason`).
 */
struct config *config_read(const struct config_source *src);

/*
 * Ask for the addresses of a name; two seconds a name server at most. False: there is none.
 * `listed`: `local` (may be NULL) is one of them.
 */
bool config_lookup(const char *name, const struct addr *local, bool *listed);
/*
 * The server for the local address and port (directives.md, 14). NULL: none answers there.
 * With `local` NULL at config_read: the main server.
 */
struct context *config_server(struct config *c);
/*
 * Of the servers that share `local`'s address and port, the one that HOST names (directives.md,
 * 14.3): by an alias or a name of its <VirtualHost>, else by an alias with wildcards; with "" the
 * one of config_server. A block that was read over is built from the bytes read at the start;
 * its errors are told to the source's `tell`, which must still be there, as must its `defines`,
 * `arg` and `lookup`. NULL: none, or one with errors. Not after config_forget_secrets.
 */
struct context *config_server_named(struct config *c, const char *name, const struct addr *local);
/* Walk all servers that were built (-t: every one), main server first; NULL behind the last. */
struct context *config_server_at(struct config *c, size_t i);
/* The classes of peers, in the order of the file. */
const struct class *config_classes(const struct config *c);
/* The file's name of an origin. */
const char *config_file(const struct config *c, struct origin where);
/* Append "file:line". */
void config_where(const struct config *c, struct origin where, struct strbuf *out);
/* Print the parsed tree, each directive with file:line (-t -d 5 and more). */
void config_dump(const struct config *c, FILE *out);

/* The text of the line of an origin, where lines are kept; else "?". */
const char *config_line(const struct config *c, struct origin where);
/*
 * Print what is in effect in a server as a configuration that means the same: each value with its
 * default where nothing sets it, and every section. `origins`: each line says where it comes from.
 * `json`: an array of objects instead, with the members line, where and depth. Needs the lines
 * kept.
 */
void config_effective(const struct config *c, const struct context *server, bool origins, bool json,
    FILE *out);

/* Memory in the configuration's arena, zeroed, never freed; fatal when there is none. */
void *config_alloc(struct config *c, size_t n);
char *config_strdup(struct config *c, const char *s);
/*
 * A copy of `s` in memory that a fork does not inherit (MADV_DONTFORK): for hashes.
 * The configuration's own bytes are kept in such memory too.
 */
const char *config_secret(struct config *c, const char *s);
/* Once nobody asks for a password any more: unmap it all. No text from it may be read again. */
void config_forget_secrets(struct config *c);

#endif
