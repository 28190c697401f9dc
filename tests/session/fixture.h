#ifndef TESTS_SESSION_FIXTURE_H
#define TESTS_SESSION_FIXTURE_H

/* A session whose client and monitor are socket pairs in the test's hands. */
#include "session/command.h"
#include "session/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct settings own;         /* the server's */
	struct context server;
	struct session *s;
	int client, monitor;         /* the other ends */
	char text[65536];            /* what the client got last */
};

/* SOCK_SEQPACKET as `type`: each write to the client can be told from the next. */
static inline struct fixture *fixture_new(int type)
{
	struct fixture *f = calloc(1, sizeof *f);
	int c[2], m[2], size = 1 << 20;

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX, type, 0, c), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, m), 0);
	assert_int_equal(setsockopt(c[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
	f->s = calloc(1, sizeof *f->s);
	assert_non_null(f->s);
	f->server.kind = CTX_SERVER;
	f->server.own = &f->own;
	f->s->start.client = c[0];
	f->s->start.monitor = m[0];
	f->s->start.tls = -1;
	f->s->start.server = &f->server;
	f->s->start.peer_name = "peer";
	f->s->base = &f->server;
	f->s->root = (struct root){ .fd = -1, .prefix = "" };
	f->s->access = (struct access){ .base = &f->server, .root = &f->s->root,
	    .who = &f->s->who };
	f->s->cwd[0] = '/';
	f->s->data.fd = f->s->data.listener = -1;
	line_init(&f->s->line, LINE_DEFAULT);
	f->client = c[1];
	f->monitor = m[1];
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	(void)close(f->client);
	(void)close(f->monitor);
	(void)close(f->s->start.client);
	(void)close(f->s->start.monitor);
	free(f->s);
	free(f);
}

/* What the client can read now, as a text; "" when there is nothing. */
static inline const char *fixture_read(struct fixture *f)
{
	ssize_t n = recv(f->client, f->text, sizeof f->text - 1, MSG_DONTWAIT);

	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

/* What the client reads once its line was a command. */
static inline const char *fixture_run(struct fixture *f, const char *line)
{
	char copy[LINE_DEFAULT];

	memcpy(copy, line, strlen(line) + 1);
	command_dispatch(f->s, copy, strlen(line));
	return fixture_read(f);
}

#endif
