#ifndef TESTS_SESSION_TLSFIXTURE_H
#define RESET "426 Data connection closed; transfer aborted.\r\n"

#define TESTS_SESSION_TLSFIXTURE_H

/* A session logged in under TLS, its directory, data connections, and a TLS process played. */
#include "tests/session/fixture.h"

#include "config/io.h"
#include "session/command.h"
#include "session/protect.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct fixture *f;
static char directory[] = "/tmp/in.ftpd-unit-XXXXXX";
static int channel, data = -1;       /* the TLS process's end; the client's data connection */
static pid_t player;                 /* the TLS process, where it has to act in time */

static inline void make_file(const char *name, const char *bytes)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	(void)close(fd);
}

/* What a file holds; NULL: there is none. */
static inline const char *content(const char *name)
{
	static char text[256];
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline int begin(void **state)
{
	int pair[2];

	(void)state;
	f = fixture_new(SOCK_STREAM);
	memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(root_init(&f->s->root, open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
	    directory), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	f->s->start.tls = pair[0];
	channel = pair[1];
	f->s->start.secured = f->s->logged_in = f->s->pbsz = f->s->prot = true;
	f->s->home = "/";
	f->s->id.uid = f->s->who.uid = geteuid();
	f->s->who.user = "alice";
	f->s->connected_at = f->s->last_input = f->s->last_transfer = clock_ms();
	assert_true(addr_parse(&f->s->start.peer, "127.0.0.1"));
	assert_true(addr_parse(&f->s->start.local, "127.0.0.1"));
	f->own.allow_overwrite = true;
	f->own.where[D_ALLOW_OVERWRITE].line = 1;
	session_signalled = 0;
	return 0;
}

static inline int end(void **state)
{
	char command[64];

	(void)state;
	if (player > 0) {
		(void)kill(player, SIGKILL);
		(void)waitpid(player, NULL, 0);
	}
	player = 0;
	if (data >= 0)
		(void)close(data);
	data = -1;
	(void)close(channel);
	if (f->s->start.tls >= 0)
		(void)close(f->s->start.tls);
	(void)close(f->s->root.fd);
	fixture_free(f);
	(void)snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static inline const char *run(const char *line)
{
	return fixture_run(f, line);
}

/* Prepare a data connection, as EPSV does. */
static inline void prepare(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	unsigned port;

	assert_int_equal(sscanf(run("EPSV"), "229 Entering Extended Passive Mode (|||%u|)", &port),
	    1);
	if (data >= 0)
		(void)close(data);
	data = socket(AF_INET, SOCK_STREAM, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((in_port_t)port);
	assert_int_equal(connect(data, (struct sockaddr *)&a, sizeof a), 0);
}

static struct msg m;

static inline void say(uint32_t type)
{
	msg_start(&m, type);
	assert_int_equal(msg_send(channel, &m), 0);
}

static inline void say_opened(uint32_t err, const char *why)
{
	msg_start(&m, TLS_OPENED);
	msg_put_u32(&m, err);
	msg_put_str(&m, why);
	assert_int_equal(msg_send(channel, &m), 0);
}

static inline void say_progress(uint64_t bytes)
{
	msg_start(&m, TLS_PROGRESS);
	msg_put_u64(&m, bytes);
	assert_int_equal(msg_send(channel, &m), 0);
}

static inline void say_done(enum tls_end how, uint32_t err, uint64_t bytes)
{
	msg_start(&m, TLS_DONE);
	msg_put_u32(&m, how);
	msg_put_u32(&m, err);
	msg_put_u64(&m, bytes);
	assert_int_equal(msg_send(channel, &m), 0);
}

/* Take what the session asked for. Returns the descriptor that came with it, or -1. */
static inline int hears(uint32_t type)
{
	struct pollfd p = { .fd = channel, .events = POLLIN };
	int fd;

	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_int_equal(msg_recv(channel, &m), 1);
	assert_int_equal(m.type, type);
	fd = m.fd;
	m.fd = -1;
	return fd;
}

#define RESET "426 Data connection closed; transfer aborted.\r\n"

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

#endif
