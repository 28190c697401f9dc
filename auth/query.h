#ifndef AUTH_QUERY_H
#define AUTH_QUERY_H

#include "config/strbuf.h"

#include <stdbool.h>

/* What an administrator asks with -C; NULL or 0: not said. */
struct query {
	const char *user;            /* as a client would type it */
	const char *addr, *name;     /* of the peer */
	const char *host;            /* as HOST names the server */
	const char *laddr;           /* local address and port of the connection */
	unsigned port;
	const char *groups;          /* instead of the account's: names with `:` between them */
	const char *cmd, *path;      /* "STOR", "SITE CHMOD"; the pathname as a client would send
	                                it */
};

/*
 * Read `key=value,key=value` from `text`, which is cut up and must live as long as `q`. A value in
 * double quotes may hold commas; a backslash there takes the next character. False with `why`.
 */
bool query_read(struct query *q, char *text, struct strbuf *why);

#endif
