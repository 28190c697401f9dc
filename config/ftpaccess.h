#ifndef CONFIG_FTPACCESS_H
#define CONFIG_FTPACCESS_H

#include "config/config.h"

/*
 * A .ftpaccess file: rules of its directory, written by whoever owns that (directives.md, 4).
 * It is read with an arena of its own, and whoever wrote it may mean ill to those who meet it: its
 * size, its sections and what its expressions cost to compile are bounded.
 */
enum {
	FTPACCESS_SIZE = 65536,      /* bytes of a file */
	FTPACCESS_LINE = 8192,       /* of a logical line */
	FTPACCESS_SECTIONS = 256,
	FTPACCESS_REGEX = 65536,     /* what all its expressions may come to, repetitions written
	                                out */
};

struct ftpaccess_source {
	const char *path;            /* the file's name, for what is told about it */
	const char *bytes;
	size_t len;
	const struct config *main;   /* whose labels <IfDefine> knows; NULL: there are none */
	/* Told of each mistake as config_source's is. */
	void (*tell)(void *arg, enum config_severity severity, const char *line);
	void *arg;
};

/*
 * Read one. No file, name or environment is looked at: the same bytes always give the same. Returns
 * it, for ftpaccess_free, or NULL when an error was told; `line` is that of the first one then.
 */
struct config *ftpaccess_read(const struct ftpaccess_source *src, unsigned *line);
/* Its rules: a CTX_FTPACCESS whose `path` is the file's name, and `outer` NULL. */
const struct context *ftpaccess_context(const struct config *c);
/* Give all its memory back, its context too. */
void ftpaccess_free(struct config *c);

#endif
