#ifndef SESSION_LIST_H
#define SESSION_LIST_H

struct command;
struct session;

/*
 * STAT with a path: what LIST would send, as lines of a reply over the control connection;
 * 213 for a file, 212 for a directory (RFC 959, 5.4).
 */
void list_stat(struct session *s, const struct command *c, const char *arg);

#endif
