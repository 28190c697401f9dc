#ifndef TESTS_AUTH_FIXTURE_H
#define TESTS_AUTH_FIXTURE_H

/* A monitor with a session that does what a test says, and perhaps a TLS process that does. */
#include "auth/monitor.h"

#include "config/config.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/monitor.XXXXXX";
static struct msg out;

/* What the processes of a test know of each other, in shared memory. */
static volatile struct {
	pid_t session, tls;          /* the newest ones: the monitor must leave neither behind */
	int round;                   /* the test's own count */
	bool acted;                  /* the session has done what it does */
} *shared;

/* What the session of a test does, and its TLS process. */
static void (*act)(int sock);
static void (*tls_act)(const struct tls_start *start);

static _Noreturn void first(const struct session_start *start)
{
	shared->session = getpid();
	act(start->monitor);
	shared->acted = true;
	for (;;)
		(void)pause();
}

static void second(const struct session_start *start, const struct identity *id, int root_fd,
    const char *jail, const char *start_dir)
{
	(void)start;
	(void)id;
	(void)root_fd;
	(void)jail;
	(void)start_dir;
}

static const char *library(void)
{
	return NULL;
}

static void tls(const struct tls_start *start, const char *missing)
{
	(void)missing;
	shared->tls = getpid();
	tls_act(start);
	for (;;)
		(void)pause();
}

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static unsigned n;

	n = (n + 1) % 2;
	(void)snprintf(path[n], sizeof path[n], "%s/%s", dir, name);
	return path[n];
}

static void tell_error(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		(void)puts(line);
}

static _Noreturn void monitor(int client)
{
	struct monitor m = {
		.client = client, .first = first, .second = second, .program = "in.ftpd",
		.tls_library = library, .tls = tls, .peer_name = "127.0.0.1", .connected_at =
		    clock_ms(),
	};
	const struct config_source source = {
		.path = in_dir("conf"), .local = &m.local, .invoker = geteuid(), .tell = tell_error,
	};

	(void)addr_parse(&m.peer, "127.0.0.1");
	(void)addr_parse(&m.local, "127.0.0.1");
	m.local.port = 21;
	log_to_file(open(in_dir("log"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
	m.config = config_read(&source);
	if (m.config == NULL)
		_exit(99);
	m.server = config_server(m.config);
	_exit(monitor_run(&m));
}

struct outcome {
	int status, ms;
	char reply[256], log[65536];
};

/* Wait until the session has done what it does, and the monitor would know what SIGTERM means. */
static void await_both(pid_t pid)
{
	char path[32], text[4096], *at;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	for (;; (void)poll(NULL, 0, 5)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof text - 1);

		(void)close(fd);
		assert_true(n > 0);
		text[n] = '\0';
		at = strstr(text, "\nSigCgt:");
		assert_non_null(at);
		if (shared->acted &&
		    strtoull(at + 8, NULL, 16) >> (SIGTERM - 1) & 1)
			return;
	}
}

/*
 * Serve a client with a session that does `what`; with `term`, ask the monitor to end once that is
 * done.
 */
static struct outcome *serve(void (*what)(int sock), bool term)
{
	static struct outcome o;
	int pair[2], fd, status;
	int64_t began = clock_ms();
	ssize_t n;
	pid_t pid;

	act = what;
	memset(&o, 0, sizeof o);
	shared->session = shared->tls = 0;
	shared->acted = false;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		monitor(pair[1]);
	}
	(void)close(pair[1]);
	if (term) {
		await_both(pid);
		(void)kill(pid, SIGTERM);
	}
	n = read(pair[0], o.reply, sizeof o.reply - 1);
	(void)close(pair[0]);
	assert_true(n >= 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	o.status = WEXITSTATUS(status);
	o.ms = (int)(clock_ms() - began);
	assert_true(shared->session > 0);
	assert_true(kill(shared->session, 0) < 0 && errno == ESRCH);       /* nobody is left */
	assert_true(shared->tls == 0 || (kill(shared->tls, 0) < 0 && errno == ESRCH));
	fd = open(in_dir("log"), O_RDONLY);
	assert_true(read_file(fd, o.log, sizeof o.log - 1) >= 0);
	(void)close(fd);
	return &o;
}

/* The same, over within `ms`: it is served again where the machine was busy elsewhere. */
static inline const struct outcome *serve_within(int ms, void (*what)(int sock), bool term)
{
	const struct outcome *o = serve(what, term);

	for (int i = 0; o->ms >= ms; i++) {
		if (i == 19)
			fail_msg("%d ms, over and over; log:\n%s", o->ms, o->log);
		o = serve(what, term);
	}
	return o;
}

static inline void is_crossed(void (*what)(int sock))
{
	const struct outcome *o = serve_within(4000, what, false);

	if (o->status != 1 || strncmp(o->reply, "421 ", 4) != 0 ||
	    strstr(o->log, "boundary: ") == NULL)
		fail_msg("status %d after %d ms, \"%s\", log:\n%s", o->status, o->ms, o->reply,
		    o->log);
}

/* Write the configuration, with TLS where a handshake may take some seconds. */
static inline int write_conf(unsigned handshake)
{
	FILE *f = fopen(in_dir("conf"), "w");

	if (f == NULL)
		return -1;
	(void)fprintf(f,
	    "AuthPAM off\nMaxLoginAttempts 2\nUseReverseDNS off\nWtmpLog off\nTransferLog "
	    "none\nServerAlias main.example\nDefaultAddress 127.0.0.1\n<VirtualHost "
	    "127.0.0.1>\nAuthPAM off\nServerAlias "
	    "other.example\n</VirtualHost>\n<Global>\nSyslogLevel info\nSystemLog %s\nUserPassword "
	    "root x\n", in_dir("log"));
	if (handshake > 0)
		(void)fprintf(f, "TLSEngine on\nTLSProtocol TLSv1.3\nTLSTimeoutHandshake %u\n"
		    "TLSECCertificateFile %s\n", handshake, in_dir("pem"));
	(void)fputs("</Global>\n", f);
	return fclose(f);
}

/* A directory with a configuration, and perhaps with TLS, whose handshakes have all the time. */
static inline int make_with(bool with_tls)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || mkdtemp(dir) == NULL)
		return -1;
	return write_conf(with_tls ? 300 : 0);
}

static int clean(void **state)
{
	(void)state;
	(void)unlink(in_dir("conf"));
	(void)unlink(in_dir("log"));
	(void)unlink(in_dir("pem"));
	return rmdir(dir);
}

#endif
