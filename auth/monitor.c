/* The monitor's life: fork the first session, serve, see the sessions end, write the last line. */
#include "auth/monitor.h"

#include "auth/logs.h"
#include "auth/reap.h"
#include "auth/refusal.h"
#include "auth/spawn.h"
#include "auth/state.h"
#include "auth/talk.h"
#include "auth/tls.h"
#include "auth/vhost.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { END_GRACE = 1000 };       /* for a session whose boundary is closed to exit */

static void serve(struct monitor *m)
{
	enum served served = SERVED;

	while (served == SERVED) {
		served = talk_serve(m, m->boundary, -1);
		if (served == SERVED && m->talk->user_waiting)
			attempt_run(m);
		if (served == SERVED && m->talk->host_waiting)
			vhost_run(m);
		if (served == SERVED && (m->talk->tls.waiting || m->talk->tls.starting))
			tls_run(m);
		if (m->talk->over)
			break;
		state_rest(m);
	}
}

/* See both sessions end. Returns the wait status of the one that spoke. */
static int end_sessions(struct monitor *m)
{
	int64_t grace = m->talk->kill ? 0 : END_GRACE;
	int status = -1, second = -1;

	/* their monitor's end of file ends them; what is stuck or captured is killed */
	if (m->boundary_second >= 0 && m->boundary_second != m->boundary)
		(void)close(m->boundary_second);
	if (m->boundary >= 0)
		(void)close(m->boundary);
	if (m->first_pid > 0)
		status = reap(m->first_pid, clock_ms() + grace);
	if (m->second_pid > 0)
		second = reap(m->second_pid, clock_ms() + grace);
	return m->first_pid > 0 ? status : second;
}

/* One line a session, at INFO, so that a monitoring probe is no more than that. */
static void write_closing_line(struct monitor *m)
{
	const struct talk *t = m->talk;
	const struct closing *c = &t->closing;
	const char *reason = c->reason[0] != '\0' ? c->reason :
	    t->reason != NULL ? t->reason : "session gone";
	int64_t ms = clock_ms() - m->connected_at;

	answer_log_dropped(m);
	logs_end(m, reason);
	if (!m->logged_in) {
		log_write(LOG_INFO, "no login, %lld.%03d s: %s", (long long)(ms / 1000),
		    (int)(ms % 1000), reason);
		return;
	}
	log_write(LOG_INFO,
	    "%s, %lld.%03d s, %u files and %llu bytes in, %u files and %llu bytes out: %s",
	    t->who.account, (long long)(ms / 1000), (int)(ms % 1000), (unsigned)c->files_in,
	    (unsigned long long)c->bytes_in, (unsigned)c->files_out,
	    (unsigned long long)c->bytes_out, reason);
}

/* The exit status for a session that ended like this; one that died of a fault is told. */
static int judge(struct monitor *m, int status)
{
	if (m->talk->violated)
		return 1;
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM) {
		log_write(LOG_ERR, "session process %s: signal %d", m->logged_in ? "died" :
		    "died before login", WTERMSIG(status));
		return -1;
	}
	return status >= 0 && WIFEXITED(status) && !m->logged_in ? WEXITSTATUS(status) : 0;
}

static void begin_talk(struct monitor *m)
{
	/* not calloc: that touches every page of it */
	m->talk = config_alloc(m->config, sizeof *m->talk);
	m->talk->phase = UNNAMED;
	m->talk->notify.fd = m->talk->transfer_log = m->talk->tls.raw = m->talk->tls.plain = -1;
	m->talk->result.id.groups = m->talk->result.groups;
	talk_catch_signals();
}

/*
 * The first session, whom a client under UseImplicitSSL meets behind the handshake. False: no TLS.
 */
static bool begin(struct monitor *m)
{
	bool implicit = tls_is_implicit(m->server);
	int err;

	if (implicit) {
		begin_talk(m);
		if (!tls_begin(m))
			return false;
	}
	err = spawn_first(m);
	if (err < 0)
		fatal("first session: %s", strerror(-err));
	if (!implicit)
		begin_talk(m);       /* while the session says 220 */
	else if (m->talk->kill_at > 0)
		(void)kill(m->first_pid, SIGTERM);   /* it came too late to be told */
	return true;
}

/* The end of a connection that no session ever spoke to. */
static int end_unserved(struct monitor *m)
{
	tls_end(m);
	write_closing_line(m);
	return m->talk->violated ? 1 : 0;
}

int monitor_run(struct monitor *m)
{
	int status;

	m->boundary = m->boundary_second = -1;
	tls_init(m);
	if (!begin(m))
		return end_unserved(m);
	state_connected(m);          /* the 220 is on its way, as is the first command */
	logs_open(m);
	ident_start(&m->ident, m);
	if (!m->privileged && (settings_for(m->server, D_USER)->where[D_USER].line != 0 ||
	    settings_for(m->server, D_GROUP)->where[D_GROUP].line != 0))
		log_write(LOG_NOTICE, "started with uid %u: User and Group have no effect",
		    (unsigned)geteuid());
	serve(m);
	status = judge(m, end_sessions(m));
	if (status < 0 || m->talk->violated) {
		/* the 234 may be out: whatever comes behind it in clear would be taken for TLS */
		if (m->secured || !m->talk->tls.loaded)
			refuse_client(m->client, 421,
			    "Service not available, closing control connection.");
		status = 1;
	}
	tls_end(m);
	if (m->logged_in)
		login_end(m);
	write_closing_line(m);
	return status;
}
