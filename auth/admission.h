#ifndef AUTH_ADMISSION_H
#define AUTH_ADMISSION_H

#include "config/strbuf.h"

#include <stdbool.h>

struct monitor;

/*
 * Whether this peer is served at all, before a byte is said: /etc/shutmsg, hosts.allow and
 * hosts.deny (always, under argv[0]'s name), <Limit LOGIN>. False: it is logged, and `text` is for
 * the 421. Costs no library while both hosts files hold no rule. Fatal where, started without root,
 * nobody could ever log in.
 */
bool admission_check(struct monitor *m, struct strbuf *text);

#endif
