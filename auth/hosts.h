#ifndef AUTH_HOSTS_H
#define AUTH_HOSTS_H

#include "config/addr.h"
#include "config/bounds.h"

#include <stdbool.h>

struct helper_user;
struct monitor;

/*
 * tcp wrappers through libwrap, in a disposable child (helper.h): patterns may need the network,
 * and rules may spawn. Whatever goes wrong there is a refusal.
 */
struct hosts_question {
	const char *allow, *deny;    /* files, or wrap_everybody (config/wrap.h); a missing one is
	                                empty */
	const char *names[3];        /* what a line may call us by; NULL behind the last */
	const struct addr *all_names;        /* the peer, every name of whom counts; NULL: one
	                                        does */
	bool ours;                   /* this program's own tables: nobody else may write them */
	bool no_options;             /* a user's own tables, or a preview: nothing is run */
	const struct addr *address;  /* the peer where there is no connection to ask (a preview,
	                                TLS), */
	const char *name;            /* its name (NULL: it has none), */
	const struct addr *local;    /* and our own address */
	int allow_level, deny_level;
};

struct hosts_answer {
	bool allowed;
	int level;                   /* of the log line: the question's, or a rule's `severity` */
	char why[TEXT_SIZE];
};

/* Ask, as `user` or, when it is NULL, as the server's `User`. */
void hosts_ask(const struct monitor *m, const struct helper_user *user, struct hosts_question *q,
    struct hosts_answer *out);
/*
 * /etc/hosts.allow and /etc/hosts.deny. Costs no library and no child while neither holds a rule.
 */
void hosts_check_connect(struct monitor *m, struct hosts_answer *out);

#endif
