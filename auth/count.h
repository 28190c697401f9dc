#ifndef AUTH_COUNT_H
#define AUTH_COUNT_H

#include <stdbool.h>

struct context;
struct monitor;
struct strbuf;

/*
 * How many may be here at once (directives.md, 20). Counting and taking the place are one step, so
 * that of many who come at the same moment no more than the limit get in.
 */

/*
 * At connect, and again for another server: be counted as one of m->server's connections. False: it
 * has too many of this host, or nobody can count; `text` is for the client.
 */
bool count_connected(struct monitor *m, struct strbuf *text);
/*
 * Be counted as one of `account`'s sessions in `base`, the server or an <Anonymous>. False: a limit
 * is reached; `text` is for the client, `why` for the log.
 */
bool count_login(struct monitor *m, const struct context *base, const char *account,
    struct strbuf *text, struct strbuf *why);

#endif
