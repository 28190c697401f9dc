/* WtmpLog and UseLastlog: who was logged in when, for last(1) and lastlog(8). */
#include "auth/wtmp.h"

#include "auth/monitor.h"

#include "config/log.h"
#include "config/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <lastlog.h>
#include <paths.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

/* Fields of fixed width, which need no NUL when they are full. */
static void fill(char *field, size_t size, const char *text)
{
	memcpy(field, text, strnlen(text, size));
}

void wtmp_write(const struct monitor *m, const char *user)
{
	struct utmpx record = { .ut_type = user != NULL ? USER_PROCESS : DEAD_PROCESS,
	    .ut_pid = getpid() };
	struct timeval now;
	STRBUF(line, sizeof record.ut_line);

	strbuf_addf(&line, "ftpd%ld", (long)getpid());
	fill(record.ut_line, sizeof record.ut_line, line.buf);
	if (user != NULL) {
		fill(record.ut_user, sizeof record.ut_user, user);
		fill(record.ut_host, sizeof record.ut_host, m->peer_name);
		memcpy(record.ut_addr_v6, m->peer.family == AF_INET ? (const void *)&m->peer.v4 :
		    &m->peer.v6, m->peer.family == AF_INET ? sizeof m->peer.v4 : sizeof m->peer.v6);
	}
	(void)gettimeofday(&now, NULL);
	record.ut_tv.tv_sec = (int32_t)now.tv_sec;
	record.ut_tv.tv_usec = (int32_t)now.tv_usec;
	updwtmpx(_PATH_WTMP, &record);
}

void lastlog_write(const struct monitor *m, uint32_t uid)
{
	struct lastlog record = { .ll_time = (int32_t)time(NULL) };
	int fd = open(_PATH_LASTLOG, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	STRBUF(line, sizeof record.ll_line);
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT)
			log_write(LOG_WARNING, "UseLastlog: %s: %s", _PATH_LASTLOG,
			    strerror(errno));
		return;
	}
	strbuf_addf(&line, "ftpd%ld", (long)getpid());
	fill(record.ll_line, sizeof record.ll_line, line.buf);
	fill(record.ll_host, sizeof record.ll_host, m->peer_name);
	/* an array by uid, full of holes */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pwrite(fd, &record, sizeof record, (off_t)uid * (off_t)sizeof record) !=
	    (ssize_t)sizeof record)
		log_write(LOG_WARNING, "UseLastlog: %s: cannot be written", _PATH_LASTLOG);
	(void)close(fd);
}
