#ifndef SESSION_STATE_H
#define SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct command;
struct session;

/*
 * What the session does now, told to the monitor for ftpwho and ps (PRIV_STATE): a command when it
 * begins, at most one a second; a transfer once a second; that nothing is done once that has lasted
 * a second. Nothing is told where nobody looks.
 */

/* A command begins; `arg`: as the client wrote it, or what stands for a secret. */
void state_command(struct session *s, const struct command *c, const char *arg, int64_t now);
/* Before each wait: tell what is due. Returns when to look again at the latest; 0: never. */
int64_t state_look(struct session *s, int64_t now, bool transfer);
/* After the login, which the monitor knows of: nothing is told of what is idle since. */
void state_begin(struct session *s);

#endif
