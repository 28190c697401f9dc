#ifndef AUTH_PROCESS_H
#define AUTH_PROCESS_H

#include <stddef.h>

struct addr;
struct context;

/* Put the peer's address into `name`, and before each line of the log. */
void process_name_peer(const struct addr *peer, char *name, size_t size);
/*
 * What the server's settings say of the process: DebugLevel, SyslogFacility, SyslogLevel,
 * SystemLog, SetEnv and UnsetEnv.
 */
void process_settle(const struct context *server);

#endif
