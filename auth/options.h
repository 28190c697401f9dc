#ifndef AUTH_OPTIONS_H
#define AUTH_OPTIONS_H

#include "config/strbuf.h"

#include <stdbool.h>

enum { DEFINES_MAX = 32, QUERIES_MAX = 16 };

enum action { ACTION_SERVE, ACTION_CHECK, ACTION_EXPLAIN, ACTION_VERSION, ACTION_PARTS };

/* The command line: in.ftpd(8). */
struct options {
	enum action action;
	const char *config;          /* -c */
	const char *defines[DEFINES_MAX + 1];   /* -D, NULL-terminated */
	unsigned ndefines;
	const char *queries[QUERIES_MAX];       /* -C */
	unsigned nqueries;
	bool json;                   /* -o json */
	unsigned debug;              /* -d, 0 to 10 */
	unsigned verbose;            /* how many -V */
	bool ignored;                /* -l or -a of another ftpd, on a socket */
};

/* "in.ftpd [-c file] …", for whoever got it wrong. */
extern const char options_usage[];
/*
 * Read the command line. On a socket the flags that old inetd lines carry are let pass, and
 * those that print are refused. Returns false with `why` for a mistake.
 */
bool options_read(struct options *o, int argc, char **argv, bool on_socket, struct strbuf *why);

#endif
