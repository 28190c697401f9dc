#ifndef AUTH_WHO_H
#define AUTH_WHO_H

#include "auth/monitor.h"

/*
 * The subject of the rules (config/subject.h) as the monitor knows it: the peer, and the user once
 * there is one. Names of the peer and of groups are looked up when a rule asks.
 */

/* At connect, when the configuration is there. */
void who_connected(struct monitor *m);
/*
 * From here on the rules are asked about this account (NULL: nobody's); the text must live as long.
 * `base`: the server, or the <Anonymous> whose User it is.
 */
void who_user(struct monitor *m, const char *account, const struct context *base);
/* The Group of an <Anonymous>, or NULL: its User's own. */
const char *who_group(const struct context *block);

#endif
