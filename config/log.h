#ifndef CONFIG_LOG_H
#define CONFIG_LOG_H

#include <stdbool.h>
#include <syslog.h>

/*
 * The log of this process. It is the one state that belongs to the process
 * rather than to a struct that is passed, as syslog(3)'s own is: fatal() must
 * work wherever a promise breaks.
 *
 * Levels are syslog's. Each message becomes exactly one line: control
 * characters in it are escaped. Nothing is ever written to descriptor 2 unless
 * log_to_stderr was called, since 2 may be the client.
 */

/* Messages go to standard error: only when 0 is no socket (-t, a mistake in a terminal). */
void log_to_stderr(void);
/* Messages go to syslog as `ident`[pid]; this is the start state. `ident` must stay. */
void log_to_syslog(const char *ident);
/* Messages go to `fd` (SystemLog), one append a line; the log owns it. */
void log_to_file(int fd);
/*
 * Lines of log_auth go to `fd` instead (AuthLog; -1: nowhere), whatever SyslogLevel says; the log
 * owns it, up to log_close.
 */
void log_auth_to_file(int fd);
/* Messages go to `send`: a session's way, which has no log of its own. */
void log_to_monitor(void (*send)(void *arg, int level, bool auth, const char *text), void *arg);
/* Drop files and syslog's descriptor, as a process without a log must; then log_to_monitor. */
void log_close(void);

/* Put before each message: "peer-name (peer-address)". Copied. */
void log_set_peer(const char *peer);
/* The pid that every line carries: the monitor's (it names the session). 0: one's own. */
void log_set_pid(long pid);
/*
 * LogOptions: what stands in front of a line of a file: the time, the machine's name, the server's.
 * The names are copied; "": none.
 */
void log_set_prefix(bool stamp, const char *host, const char *server);
/*
 * A line for syslog itself, wherever the log goes and whatever SyslogLevel says; it is escaped
 * already.
 */
void log_syslog(int level, const char *line);
/* SyslogLevel: less urgent messages are dropped. Debug messages pass with their own level. */
void log_set_threshold(int level);
/* SyslogFacility: one facility for all messages; -1: daemon, and authpriv for log_auth. */
void log_set_facility(int facility);
/* -d and DebugLevel, 0 to 10. */
void log_set_debug(int level);
bool log_debugging(int level);
/* The client's socket for fatal()'s 421; -1: there is none to tell. */
void log_set_client(int fd);

void log_write(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line about identity: who was let in or refused, and why. Facility authpriv. */
void log_auth(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line for debugging, written when -d or DebugLevel is at least `level` (1 to 10). */
void log_debug(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Our own mistake, or a crossed boundary: log the reason, tell the client a plain
 * 421 (never the reason), _exit(1).
 */
_Noreturn void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
