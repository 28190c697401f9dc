#ifndef AUTH_HOSTS_H
#define AUTH_HOSTS_H

#include "auth/backend.h"

/*
 * tcp wrappers through libwrap, in a disposable child (helper.h): patterns may need the network,
 * and rules may spawn. Whatever goes wrong there is a refusal.
 */
struct hosts_answer {
	bool allowed;
	int level;                   /* of the log line: TCPAccessSyslogLevels, or a rule's `severity` */
	char why[TEXT_SIZE];
};

/* /etc/hosts.allow and /etc/hosts.deny. Costs no library and no child while neither holds a rule. */
void hosts_check_connect(const struct monitor *m, struct hosts_answer *out);
/* TCPAccessFiles of `base`; `~/` is the account's home, read as that user and with no option run. */
void hosts_check_login(const struct monitor *m, const struct context *base, const struct account *acc,
    const struct group_set *groups, struct hosts_answer *out);

#endif
