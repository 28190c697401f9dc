/* One line a message, to syslog, a file, standard error or the monitor. */
#include "config/log.h"

#include "config/bounds.h"
#include "config/io.h"
#include "config/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum sink { SINK_SYSLOG, SINK_STDERR, SINK_FILE, SINK_MONITOR };

static struct {
	enum sink sink;
	int fd;
	int auth_fd;                 /* AuthLog, -1: nothing is written */
	bool auth_apart;             /* there is an AuthLog, or none is wanted */
	int threshold, facility, debug, client;
	long pid;
	bool opened;
	const char *ident;
	void (*send)(void *arg, int level, bool auth, const char *text);
	void *arg;
	char peer[NAME_SIZE];
	bool bare;                   /* no time in front */
	char host[NAME_SIZE], server[NAME_SIZE];
} state = {
	.fd = -1, .auth_fd = -1, .threshold = LOG_INFO, .facility = -1, .client = -1,
	.ident = "in.ftpd",
};

void log_to_stderr(void)
{
	state.sink = SINK_STDERR;
	state.fd = STDERR_FILENO;
}

void log_to_syslog(const char *ident)
{
	state.sink = SINK_SYSLOG;
	state.ident = ident;
}

void log_to_file(int fd)
{
	state.sink = SINK_FILE;
	state.fd = fd;
}

void log_auth_to_file(int fd)
{
	state.auth_fd = fd;
	state.auth_apart = true;
}

void log_to_monitor(void (*send)(void *arg, int level, bool auth, const char *text), void *arg)
{
	state.sink = SINK_MONITOR;
	state.send = send;
	state.arg = arg;
}

void log_close(void)
{
	if (state.sink == SINK_FILE && state.fd >= 0)
		(void)close(state.fd);
	if (state.opened)
		closelog();
	if (state.auth_fd >= 0)
		(void)close(state.auth_fd);
	state.opened = state.auth_apart = false;
	state.fd = state.auth_fd = -1;
}

void log_set_peer(const char *peer)
{
	struct strbuf b;

	strbuf_init(&b, state.peer, sizeof state.peer);
	strbuf_addescaped(&b, peer, strlen(peer));
}

static void set_word(char *out, size_t size, const char *text)
{
	struct strbuf b;

	strbuf_init(&b, out, size);
	strbuf_addescaped(&b, text, strlen(text));
	if (b.len > 0)
		strbuf_addc(&b, ' ');
}

void log_set_prefix(bool stamp, const char *host, const char *server)
{
	state.bare = !stamp;
	set_word(state.host, sizeof state.host, host);
	set_word(state.server, sizeof state.server, server);
}

void log_set_pid(long pid)
{
	state.pid = pid;
}

void log_set_threshold(int level)
{
	state.threshold = level;
}

void log_set_facility(int facility)
{
	state.facility = facility;
}

void log_set_debug(int level)
{
	state.debug = level;
}

bool log_debugging(int level)
{
	return level <= state.debug;
}

void log_set_client(int fd)
{
	state.client = fd;
}

static void to_syslog(int level, bool auth, const char *line)
{
	int facility = state.facility >= 0 ? state.facility : auth ? LOG_AUTHPRIV : LOG_DAEMON;

	if (!state.opened) {
		openlog(state.ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
		state.opened = true;
	}
	syslog(facility | level, "%s", line);
}

void log_syslog(int level, const char *line)
{
	STRBUF(out, TEXT_SIZE * 5);

	if (state.peer[0] != '\0')
		strbuf_addf(&out, "%s: ", state.peer);
	strbuf_addn(&out, line, strnlen(line, out.cap - out.len - 1));
	to_syslog(level, false, out.buf);
}

static void to_file(int fd, const char *line)
{
	STRBUF(out, TEXT_SIZE * 5);
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32] = "";

	if (!state.bare && localtime_r(&now, &tm) != NULL)
		(void)strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S ", &tm);
	strbuf_addf(&out, "%s%s%s[%ld]: %s", stamp, state.host, state.ident,
	    state.pid ? state.pid : (long)getpid(), state.server);
	strbuf_addn(&out, line, strnlen(line, out.cap - out.len - 2));
	strbuf_addc(&out, '\n');
	(void)write_all(fd, out.buf, out.len); /* a log on a full disk must not stop a session */
}

/* Cuts rather than loses: a message that is too long keeps its beginning. */
static void __attribute__((format(printf, 3, 0))) emit(int level, bool auth, const char *fmt,
    va_list ap)
{
	char text[TEXT_SIZE * 4];
	STRBUF(line, TEXT_SIZE * 4 + NAME_SIZE + 8);
	int saved = errno;

	(void)vsnprintf(text, sizeof text, fmt, ap);
	if (state.sink == SINK_MONITOR) {
		if (state.send != NULL)
			state.send(state.arg, level, auth, text);
		errno = saved;
		return;
	}
	if (state.peer[0] != '\0' && state.sink != SINK_STDERR)
		strbuf_addf(&line, "%s: ", state.peer);
	strbuf_addescaped(&line, text, strlen(text));
	if (auth && state.auth_apart)
		to_file(state.auth_fd, line.buf);
	else if (state.sink == SINK_SYSLOG)
		to_syslog(level, auth, line.buf);
	else if (state.sink == SINK_FILE)
		to_file(state.fd, line.buf);
	else
		(void)dprintf(state.fd, "%s\n", line.buf);
	errno = saved;
}

#define EMIT(level, auth) do { \
	va_list ap; \
	va_start(ap, fmt); \
	emit(level, auth, fmt, ap); \
	va_end(ap); \
} while (0)

void log_write(int level, const char *fmt, ...)
{
	if (level <= state.threshold)
		EMIT(level, false);
}

void log_auth(int level, const char *fmt, ...)
{
	/* an AuthLog has them all; a session's monitor knows whether there is one */
	if (level <= state.threshold || state.auth_apart || state.sink == SINK_MONITOR)
		EMIT(level, true);
}

void log_debug(int level, const char *fmt, ...)
{
	if (level <= state.debug)
		EMIT(LOG_DEBUG, false);
}

void fatal(const char *fmt, ...)
{
	static const char reply[] = "421 Service not available, closing control connection.\r\n";

	EMIT(LOG_ERR, false);
	if (state.client >= 0)
		(void)send(state.client, reply, sizeof reply - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	_exit(1);
}
