#ifndef AUTH_WTMP_H
#define AUTH_WTMP_H

#include <stdint.h>

struct monitor;

/*
 * WtmpLog: a record of wtmp(5) for the line ftpdPID: `user` logs in, or, when it is NULL, whoever
 * did logs out. Where there is no /var/log/wtmp nothing is written, as everywhere.
 */
void wtmp_write(const struct monitor *m, const char *user);
/*
 * UseLastlog: when and from where this uid logged in last, for lastlog(8). Where there is no
 * /var/log/lastlog nothing is written.
 */
void lastlog_write(const struct monitor *m, uint32_t uid);

#endif
