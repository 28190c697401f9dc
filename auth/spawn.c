/* Forking sessions and the TLS process, and what each does until its own code takes over. */
#include "auth/spawn.h"

#include "auth/become.h"
#include "auth/identity.h"
#include "auth/login.h"
#include "auth/logs.h"
#include "auth/monitor.h"
#include "auth/place.h"
#include "auth/process.h"
#include "auth/talk.h"
#include "config/condition.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BACK_END_GRACE = 15000 }; /* a back end may go on this long for a client that has left */

/* The log's way out until session/ has one of its own. */
static void tell_monitor(void *arg, int level, bool auth, const char *text)
{
	const struct session_start *start = arg;
	struct msg m;

	msg_start(&m, PRIV_LOG);
	msg_put_u32(&m, (uint32_t)level);
	msg_put_u32(&m, auth);
	msg_put_bytes(&m, text, strnlen(text, TEXT_SIZE - 1));
	(void)msg_send(start->monitor, &m);   /* without a monitor the session is over anyway */
}

/* A session holds no log: what it has to say goes to the monitor. */
static void leave_log(struct session_start *start)
{
	log_close();
	log_to_monitor(tell_monitor, start);
}

static void start_init(struct session_start *s, const struct monitor *m, int boundary)
{
	*s = (struct session_start){
		.client = m->client, .monitor = boundary, .config = m->config, .server = m->server,
		.peer = m->peer, .local = m->local, .peer_name = m->peer_name,
		.privileged = m->privileged, .login_deadline = m->login_deadline,
		.secured = m->secured, .implicit = m->implicit, .tls = -1,
		.display_connect = -1, .display_login = -1, .display_quit = -1,
		.display_file_transfer = -1, .log_classes = logs_classes(m->server),
	};
}

/* Fork with a new boundary, of which `boundary` gets this process's end. Returns as fork does. */
static pid_t fork_session(int *boundary)
{
	int pair[2], err;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		err = errno;
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -err;
	}
	*boundary = pair[pid == 0];
	(void)close(pair[pid != 0]);
	return pid;
}

static void open_connect_display(void *arg)
{
	struct session_start *start = arg;
	const char *path = SETTING(start->server, D_DISPLAY_CONNECT, display_connect);

	if (path == NULL)
		return;
	tzset(); /* its %T needs the zone, which the empty root has not */
	start->display_connect = place_open_display(path);
}

/* Nobody but root may put something into the directory that strangers are locked into. */
static void check_empty(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		fatal("%s: %s", EMPTYDIR, strerror(errno));
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatal("%s: must belong to root and be writable by nobody else", EMPTYDIR);
}

/* What the monitor alone holds of the TLS process. */
static void leave_tls(const struct monitor *m)
{
	if (m->tls_boundary >= 0)
		(void)close(m->tls_boundary);
	if (m->tls_session >= 0)
		(void)close(m->tls_session);
}

/* Strangers are met as `User` and `Group`, in an empty root. Nothing falls back to root. */
static _Noreturn void first_child(struct monitor *m, int boundary)
{
	struct session_start start;
	struct become b = {
		.uid = geteuid(), .gid = getegid(), .privileged = m->privileged,
		.before_jail = open_connect_display, .arg = &start,
	};
	STRBUF(why, TEXT_SIZE);
	int root_fd;

	start_init(&start, m, boundary);
	start.again = m->talk != NULL && m->talk->handed_over;
	leave_tls(m);
	logs_leave(m);
	(void)signal(SIGTERM, SIG_DFL);
	ident_leave(&m->ident);
	if (m->privileged) {
		b.jail = EMPTYDIR;
		if (identity_of_server(m->server, &b.uid, &b.gid, &why) < 0)
			fatal("%s", why.buf);
	}
	if (become_user(&b, &root_fd, NULL, &why) < 0)
		fatal("first session: %s", why.buf);
	if (m->privileged)
		check_empty(root_fd);
	(void)close(root_fd);
	process_limit(m->config);
	leave_log(&start);
	m->first(&start);
	_exit(0);
}

int spawn_first(struct monitor *m)
{
	int boundary, err;
	pid_t pid = fork_session(&boundary);

	if (pid < 0)
		return pid;
	if (pid == 0)
		first_child(m, boundary);
	m->first_pid = pid;
	m->boundary = boundary;
	/* a session that does not read its answers must not stop its monitor */
	err = set_nonblocking(boundary, true);
	return err;
}

/*
 * Wait for PRIV_BECOME. Meanwhile the back ends run in the monitor, where a library may hang: when
 * the client has left, or TimeoutLogin is long over, nothing else could end that.
 */
static void await_become(const struct session_start *start, pid_t monitor, struct msg *in)
{
	struct pollfd p[2] = {
		{ .fd = start->monitor, .events = POLLIN },
		{ .fd = start->client, .events = POLLRDHUP },
	};
	int64_t end = start->login_deadline > 0 ? start->login_deadline + BACK_END_GRACE : -1;

	for (;;) {
		int64_t left = end < 0 ? -1 : end - clock_ms();
		int n = poll(p, 2, end < 0 ? -1 : left <= 0 ? 0 : left < 60000 ? (int)left : 60000);

		if (n < 0 && errno != EINTR)
			_exit(1);
		if (n > 0 && p[0].revents != 0 && (n = msg_recv(start->monitor, in)) != -EINTR) {
			if (n != 1)
				_exit(0);
			return;
		}
		if (n > 0 && p[1].revents != 0) {
			p[1].fd = -1;
			end = clock_ms() + BACK_END_GRACE;
		}
		if (end >= 0 && clock_ms() >= end) {
			if (getppid() == monitor)
				(void)kill(monitor, SIGKILL);
			_exit(1);
		}
	}
}

static void tell_failure(const struct session_start *start, struct msg *m, const char *why)
{
	msg_start(m, PRIV_FAILED);
	msg_put_bytes(m, why, strnlen(why, TEXT_SIZE - 1));
	(void)msg_send(start->monitor, m);   /* the end of file says it as well */
}

/* What the second session needs until it is in its place, and not a byte of it later. */
struct arrival {
	struct msg msg;
	struct identity id;
	uint32_t groups[GROUPS_MAX_SENT];
	struct place place;
	struct home homes[HOMES_MAX];
	char why[TEXT_SIZE];         /* not on the stack, which stays for as long as the session */
};

static void get_homes(struct session_start *start, struct arrival *a)
{
	uint32_t n = msg_get_u32(&a->msg);

	for (uint32_t i = 0; i < n && i < HOMES_MAX; i++) {
		msg_get_str(&a->msg, a->homes[i].user, sizeof a->homes[i].user);
		msg_get_str(&a->msg, a->homes[i].path, sizeof a->homes[i].path);
	}
	start->homes = a->homes;
	start->nhomes = n < HOMES_MAX ? n : HOMES_MAX;
}

/* Whether something that is shown depends on the local time zone, which a jail does not have. */
static bool shows_local_time(const struct context *c)
{
	static const enum directive_id ids[] = {
		D_TIMES_GMT, D_DISPLAY_LOGIN, D_DISPLAY_CHDIR, D_DISPLAY_QUIT,
		D_DISPLAY_FILE_TRANSFER,
	};

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (c->own->where[ids[i]].line != 0)
			return true;
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		if (shows_local_time(d))
			return true;
	for (const struct context *a = c->anonymous; a != NULL; a = a->next)
		if (shows_local_time(a))
			return true;
	return c->kind == CTX_SERVER && c->outer != NULL && shows_local_time(c->outer);
}

static _Noreturn void second_child(struct monitor *m, int boundary, pid_t monitor)
{
	struct session_start start;
	struct arrival *a = memory_map(sizeof *a);
	struct condition_set conditions;
	bool no_links, root_uid;
	struct strbuf why;

	strbuf_init(&why, a->why, sizeof a->why);
	start_init(&start, m, boundary);
	leave_log(&start);
	(void)signal(SIGTERM, SIG_DFL);
	(void)close(m->boundary);
	start.tls = m->tls_session;
	m->tls_session = -1;
	leave_tls(m);
	logs_leave(m);
	memory_forget(m->talk, offsetof(struct talk, phase));        /* whom others named is the
	                                                                monitor's */
	ident_leave(&m->ident);
	if (shows_local_time(m->server))
		tzset(); /* costs a heap: not for everybody */
	if (m->privileged && become_close_bounding(&why) < 0)
		fatal("second session: %s", why.buf);
	await_become(&start, monitor, &a->msg);
	a->id.groups = a->groups;
	msg_get_identity(&a->msg, &a->id);
	no_links = msg_get_bool(&a->msg);
	root_uid = msg_get_bool(&a->msg);
	if (msg_get_bytes(&a->msg, &conditions, sizeof conditions) != sizeof conditions)
		_exit(1);
	get_homes(&start, a);
	if (a->msg.type != PRIV_BECOME || !msg_done(&a->msg))
		_exit(1);
	conditions_merge(start.config, start.server, &conditions);
	if (place_reach(&start, &a->id, no_links, root_uid, &a->place, &why) < 0) {
		tell_failure(&start, &a->msg, why.buf);
		_exit(1);
	}
	process_limit(m->config);
	process_title(m, a->id.account, "session");
	start.arrival = a;
	start.arrival_size = sizeof *a;
	m->second(&start, &a->id, a->place.root_fd, a->place.jail, a->place.start);
	_exit(0);
}

int spawn_second(struct monitor *m)
{
	pid_t monitor = getpid();
	int boundary;
	pid_t pid = fork_session(&boundary);

	if (pid < 0)
		return pid;
	if (pid == 0)
		second_child(m, boundary, monitor);
	m->second_pid = pid;
	m->boundary_second = boundary;
	if (m->tls_session >= 0)
		(void)close(m->tls_session);
	m->tls_session = -1;
	return set_nonblocking(boundary, true);
}

/* The log's way out of the TLS process. */
static void tell_from_tls(void *arg, int level, bool auth, const char *text)
{
	const struct tls_start *start = arg;
	struct msg m;

	(void)auth;
	msg_start(&m, TLS_LOG);
	msg_put_u32(&m, (uint32_t)level);
	msg_put_bytes(&m, text, strnlen(text, TEXT_SIZE - 1));
	(void)msg_send(start->monitor, &m);   /* its end of file is the end of this process */
}

struct tls_arrival {
	const struct monitor *m;
	const char *missing;
};

static void load_library(void *arg)
{
	struct tls_arrival *a = arg;

	a->missing = a->m->tls_library();
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Every descriptor above 2 but these goes. False: it cannot. */
static bool keep_only(const struct tls_start *start)
{
	int keep[] = { start->client, start->plain, start->monitor, start->session };
	int low = STDERR_FILENO + 1;

	qsort(keep, sizeof keep / sizeof *keep, sizeof *keep, compare);
	for (size_t i = 0; i < sizeof keep / sizeof *keep; i++) {
		if (keep[i] > low && close_range((unsigned)low, (unsigned)keep[i] - 1, 0) < 0)
			return false;
		low = keep[i] + 1;
	}
	return close_range((unsigned)low, ~0U, 0) == 0;
}

/* It holds the keys: nothing else, no right, and no file system. */
static _Noreturn void tls_child(const struct monitor *m, struct tls_start *start, pid_t monitor)
{
	struct tls_arrival arrival = { .m = m };
	struct become b = {
		.uid = geteuid(), .gid = getegid(), .privileged = m->privileged,
		.before_jail = load_library, .arg = &arrival,
	};
	STRBUF(why, TEXT_SIZE);
	int root_fd;

	log_set_client(-1);
	log_close();
	log_to_monitor(tell_from_tls, start);
	(void)signal(SIGTERM, SIG_DFL);
	process_title(m, NULL, "TLS");
	if (!keep_only(start))
		fatal("close_range: %s", strerror(errno));
	if (m->privileged) {
		b.jail = EMPTYDIR;
		if (identity_of_server(m->server, &b.uid, &b.gid, &why) < 0)
			fatal("%s", why.buf);
	}
	if (become_user(&b, &root_fd, NULL, &why) < 0)
		fatal("%s", why.buf);
	if (m->privileged)
		check_empty(root_fd);
	(void)close(root_fd);
	/*
	 * what a captured session hands it may block it for ever: it ends with its monitor all the
	 * same
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != monitor)
		_exit(1);
	process_limit(m->config);
	m->tls(start, arrival.missing);
	_exit(1);
}

static void close_pair(const int pair[2])
{
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int spawn_tls(struct monitor *m)
{
	int session[2], plain[2], boundary, err;
	pid_t monitor = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, session) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, plain) < 0) {
		err = errno;
		close_pair(session);
		return -err;
	}
	pid = fork_session(&boundary);
	if (pid == 0) {
		struct tls_start start = {
			.client = m->client, .plain = plain[1], .monitor = boundary, .session =
			    session[1],
		};

		tls_child(m, &start, monitor);
	}
	if (pid < 0) {
		close_pair(session);
		close_pair(plain);
		return pid;
	}
	(void)close(session[1]);
	(void)close(plain[1]);
	m->tls_pid = pid;
	m->tls_boundary = boundary;
	m->tls_session = session[0];
	m->talk->tls.plain = plain[0];
	return set_nonblocking(boundary, true);
}
