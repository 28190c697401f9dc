#ifndef AUTH_PROCESS_H
#define AUTH_PROCESS_H

#include <stddef.h>

struct addr;
struct config;
struct context;
struct monitor;

/* Put the peer's address into `name`, and before each line of the log. */
void process_name_peer(const struct addr *peer, char *name, size_t size);
/*
 * What the server's settings say of the process: DebugLevel, SyslogFacility, SyslogLevel,
 * SystemLog, ServerLog, AuthLog, SetEnv and UnsetEnv.
 */
void process_settle(const struct context *server);
/*
 * Undo that, for another server: syslog, the level of the command line, the environment of the
 * start.
 */
void process_unsettle(const struct monitor *m);
/*
 * ProcessTitles: have ps show this process as `user` (NULL: nobody yet) of the monitor's peer,
 * doing `what`, or, where it is terse, as one that does something.
 */
void process_title(const struct monitor *m, const char *user, const char *what);
/* RLimitCPU and its like, for a session: only ever below what it was started with. */
void process_limit(struct config *c);

#endif
