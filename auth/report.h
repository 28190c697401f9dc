#ifndef AUTH_REPORT_H
#define AUTH_REPORT_H

struct options;

/*
 * What in.ftpd prints for an administrator: -t, -V and -l. Returns the exit status.
 * ACTION_SERVE: says how the server is started, since this is no connection.
 */
int report_run(const struct options *o);

#endif
