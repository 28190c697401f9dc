#ifndef AUTH_REPORT_H
#define AUTH_REPORT_H

#include "config/config.h"

struct options;

/* What -t asks of a configuration without errors, besides: tls/check.h's. */
typedef void report_check(struct config *c,
    void (*tell)(void *arg, enum config_severity severity, const char *line), void *arg);

/*
 * What in.ftpd prints for an administrator: -t, -V and -l. Returns the exit status.
 * ACTION_SERVE: says how the server is started, since this is no connection.
 */
int report_run(const struct options *o, report_check *check_tls);

#endif
