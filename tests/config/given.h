#ifndef TESTS_CONFIG_GIVEN_H
#define TESTS_CONFIG_GIVEN_H

/* A configuration given as text, and what was told about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct given {
	char dir[64], path[128];
	char told[65536];            /* "E line\n", "W line\n", "N line\n" */
	size_t len;
	char last[256];
	unsigned errors, warnings, notes;
};

static inline void given_tell(void *arg, enum config_severity severity, const char *line)
{
	struct given *g = arg;
	int n;

	/* about this machine, not about the text */
	if (strstr(line, "the PAM service ftp has no file") != NULL)
		return;
	n = snprintf(g->told + g->len, sizeof g->told - g->len, "%c %s\n", "EWN"[severity], line);

	if (n > 0 && (size_t)n < sizeof g->told - g->len)
		g->len += (size_t)n;
	(void)snprintf(g->last, sizeof g->last, "%s", line);
	g->errors += severity == CONFIG_ERROR;
	g->warnings += severity == CONFIG_WARNING;
	g->notes += severity == CONFIG_NOTE;
}

/* Write a file into the directory of this test; returns its path, to be freed. */
static inline char *given_file(struct given *g, const char *name, const void *bytes, size_t n)
{
	char path[256];
	int fd;

	if (g->dir[0] == '\0') {
		(void)snprintf(g->dir, sizeof g->dir, "/tmp/in.ftpd-config.XXXXXX");
		assert_non_null(mkdtemp(g->dir));
	}
	(void)snprintf(path, sizeof path, "%s/%s", g->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_true(write(fd, bytes, n) == (ssize_t)n);
	assert_int_equal(close(fd), 0);
	return strdup(path);
}

static inline void given_text(struct given *g, const char *name, const char *text)
{
	free(given_file(g, name, text, strlen(text)));
}

static inline struct config *given_bytes(struct given *g, const void *bytes, size_t n,
    const char *address, unsigned port)
{
	struct addr local = { .family = 0 };
	struct config_source src = { .invoker = getuid(), .tell = given_tell, .arg = g };
	char *path = given_file(g, "main.conf", bytes, n);
	struct config *c;

	(void)snprintf(g->path, sizeof g->path, "%s", path);
	g->len = g->errors = g->warnings = g->notes = 0;
	g->told[0] = '\0';
	if (address != NULL) {
		assert_true(addr_parse(&local, address));
		local.port = (in_port_t)port;
		src.local = &local;
	}
	src.path = path;
	c = config_read(&src);
	free(path);
	/* without a configuration there is an error, with one there is none */
	assert_int_equal(c == NULL, g->errors > 0);
	return c;
}

/* Read as a connection to this address and port does. */
static inline struct config *given_at(struct given *g, const char *text, const char *address,
    unsigned port)
{
	return given_bytes(g, text, strlen(text), address, port);
}

/* Read as -t does. */
static inline struct config *given(struct given *g, const char *text)
{
	return given_bytes(g, text, strlen(text), NULL, 0);
}

/* Read as -t does, without an error. Returns what the server itself has. */
static inline const struct settings *own(struct given *g, const char *text)
{
	struct config *c = given(g, text);

	if (c == NULL)
		fail_msg("%s", g->told);
	return config_server(c)->own;
}

/* That exactly this was told, with its kind and line: "E 3: Umask: …". */
static inline void told(const struct given *g, const char *what)
{
	char line[1024];
	bool whole = what[2] != '*';

	(void)snprintf(line, sizeof line, "%c %s:%s", *what, g->path, what + 2);
	if (!whole)
		(void)snprintf(line, sizeof line, "%s", what + 3);
	if (strstr(g->told, line) == NULL)
		fail_msg("not told: %s\ntold:\n%s", line, g->told);
}

static inline void given_end(struct given *g)
{
	char command[128];

	if (g->dir[0] == '\0')
		return;
	(void)snprintf(command, sizeof command, "rm -rf '%s'", g->dir);
	assert_int_equal(system(command), 0);
	g->dir[0] = '\0';
}

#endif
