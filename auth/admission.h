#ifndef AUTH_ADMISSION_H
#define AUTH_ADMISSION_H

#include "config/strbuf.h"

#include <stdbool.h>

struct monitor;

/*
 * Whether this peer is served at all, before a byte is said: /etc/shutmsg and
 * ShutMsgFile, hosts.allow and hosts.deny (always, under argv[0]'s name), WrapTables with
 * CheckOnConnect, <Limit LOGIN>, ServiceHours. False: it is logged, and `text` is for the 421.
 * Costs no library while both hosts files hold no rule. Fatal where, started without root, nobody
 * could ever log in.
 */
bool admission_check(struct monitor *m, struct strbuf *text);
/* Whether somebody could ever log in: without root only an account of the own uid may. */
bool admission_possible(const struct monitor *m);

#endif
