#ifndef AUTH_WTMP_H
#define AUTH_WTMP_H

struct monitor;

/*
 * WtmpLog: a record of wtmp(5) for the line ftpdPID: `user` logs in, or, when it is NULL, whoever did
 * logs out. Where there is no /var/log/wtmp nothing is written, as everywhere.
 */
void wtmp_write(const struct monitor *m, const char *user);

#endif
