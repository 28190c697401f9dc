/* WtmpLog: who was logged in when, for last(1). */
#include "auth/wtmp.h"

#include "auth/monitor.h"

#include <paths.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <utmpx.h>

#include "config/strbuf.h"

/* Fields of fixed width, which need no NUL when they are full. */
static void fill(char *field, size_t size, const char *text)
{
	memcpy(field, text, strnlen(text, size));
}

void wtmp_write(const struct monitor *m, const char *user)
{
	struct utmpx record = { .ut_type = user != NULL ? USER_PROCESS : DEAD_PROCESS, .ut_pid = getpid() };
	struct timeval now;
	STRBUF(line, sizeof record.ut_line);

	strbuf_addf(&line, "ftpd%ld", (long)getpid());
	fill(record.ut_line, sizeof record.ut_line, line.buf);
	if (user != NULL) {
		fill(record.ut_user, sizeof record.ut_user, user);
		fill(record.ut_host, sizeof record.ut_host, m->peer_name);
		memcpy(record.ut_addr_v6, m->peer.family == AF_INET ? (const void *)&m->peer.v4 : &m->peer.v6,
		    m->peer.family == AF_INET ? sizeof m->peer.v4 : sizeof m->peer.v6);
	}
	(void)gettimeofday(&now, NULL);
	record.ut_tv.tv_sec = (int32_t)now.tv_sec;
	record.ut_tv.tv_usec = (int32_t)now.tv_usec;
	updwtmpx(_PATH_WTMP, &record);
}
