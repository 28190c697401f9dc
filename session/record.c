/* What ExtendedLog is told of a command: put together while it runs, sent when it has ended. */
#include "session/record.h"

#include "config/io.h"
#include "config/logformat.h"
#include "config/memory.h"
#include "session/command.h"
#include "session/priv.h"
#include "session/transfer.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void copy(char *to, size_t size, const char *text, size_t n)
{
	if (n > size - 1)
		n = size - 1;
	memcpy(to, text, n);
	to[n] = '\0';
}

static uint32_t wanted(const struct session *s)
{
	return s->logged_in ? s->id.log_classes : s->start.log_classes;
}

/* A new record; false: nobody wants one of these classes. */
static bool begin(struct session *s, uint32_t classes, const char *argument)
{
	struct record *r = &s->record;
	bool on = (classes & wanted(s)) != 0;

	if (r->on != on)             /* a page of it is not touched for nothing */
		r->on = on;
	if (!on)
		return false;
	r->began = r->replied = clock_ms();
	r->is = (struct command_record){
		.classes = classes, .verb = r->verb, .argument = argument, .text = r->text,
		.path = r->path, .from = r->from,
	};
	r->verb[0] = r->text[0] = r->path[0] = r->from[0] = '\0';
	return true;
}

/*
 * What stands behind a word that is no command may be a password that was mistyped, and before the
 * login it is not written either.
 */
static bool secret(const struct session *s, const struct command *c, const char *line)
{
	return c != NULL ? (c->flags & CMD_SECRET) != 0 : !s->logged_in || command_like_pass(line);
}

void record_begin(struct session *s, const struct command *c, const char *verb, size_t n,
    const char *arg)
{
	struct record *r = &s->record;
	uint32_t classes = c != NULL && c->flags >> CMD_CLASS_SHIFT != 0 ?
	    c->flags >> CMD_CLASS_SHIFT : LOG_MISC_CLASS;

	if (wanted(s) == 0 || !begin(s, classes, *arg != '\0' && secret(s, c, verb) ? "(hidden)" :
	    arg))
		return;
	if (c != NULL)
		copy(r->verb, sizeof r->verb, c->verb, strlen(c->verb));
	else if (!command_like_pass(verb))
		copy(r->verb, sizeof r->verb, verb, n);
	else if (verb[n] == '\0')
		r->is.argument = "(hidden)"; /* the verb was the secret */
	if (c == NULL)
		return;
	if (c->run == cmd_rnto)
		copy(r->from, sizeof r->from, s->rename_from, strlen(s->rename_from));
	if (c->flags & CMD_DATA)
		r->is.offset = s->restart;
	if (c->flags & (CMD_DATA | CMD_LIST)) {
		r->is.status = TRANSFER_FAILED;
		r->is.ascii = (c->flags & CMD_LIST) != 0 || transfer_ascii(s);
	}
}

void record_site(struct session *s, const struct command *c, const char *arg)
{
	struct record *r = &s->record;

	if (!r->on)
		return;
	(void)snprintf(r->verb, sizeof r->verb, "SITE %s", c->verb);
	r->is.argument = arg;
}

void record_reply(struct session *s, unsigned code, const char *text, size_t n)
{
	struct record *r = &s->record;

	if (!r->on)
		return;
	r->is.code = code;
	r->replied = clock_ms();
	copy(r->text, sizeof r->text, text, n);
}

void record_path(struct session *s, const char *path)
{
	struct record *r = &s->record;

	if (r->on)
		copy(r->path, sizeof r->path, path, strlen(path));
}

void record_stored(struct session *s, int file, bool existed, uint64_t offset)
{
	struct record *r = &s->record;
	struct stat st;

	if (!r->on)
		return;
	r->is.modified = existed;
	r->is.offset = offset;
	r->is.has_size = fstat(file, &st) == 0;
	r->is.size = r->is.has_size ? (uint64_t)st.st_size : 0;
}

void record_connected(struct session *s)
{
	struct record *r = &s->record;
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	/* where the client connected to, or we from */
	if (!r->on || getsockname(s->data.fd, (struct sockaddr *)&ss, &len) < 0)
		return;
	if (ss.ss_family == AF_INET)
		r->is.port = ntohs(((struct sockaddr_in *)(void *)&ss)->sin_port);
	else if (ss.ss_family == AF_INET6)
		r->is.port = ntohs(((struct sockaddr_in6 *)(void *)&ss)->sin6_port);
}

void record_transfer(struct session *s, const struct transfer *t, const struct copy_result *end)
{
	struct record *r = &s->record;

	if (!r->on)
		return;
	record_path(s, t->path);
	r->is.status = end->end == COPY_DONE ? TRANSFER_SUCCESS : end->end == COPY_ABORTED ?
	    TRANSFER_CANCELLED : end->end == COPY_STALLED ? TRANSFER_TIMEOUT : TRANSFER_FAILED;
	r->is.has_bytes = true;
	r->is.has_offset = t->direction != 0;
	r->is.bytes = end->bytes;
	r->is.transfer_ms = (uint64_t)(clock_ms() - s->data.began);
	if (t->direction == 'o') {
		r->is.has_size = true;
		r->is.size = t->size;
	}
}

void record_end(struct session *s)
{
	struct record *r = &s->record;

	if (!r->on)
		return;
	r->on = false;               /* before the log's own way can come back here */
	r->is.milliseconds = (uint64_t)(r->replied - r->began);
	r->is.raw_in = s->raw_in;
	r->is.raw_out = s->raw_out;
	priv_command(s, &r->is);
}

struct record *record_aside(struct session *s)
{
	struct record *aside;

	if (!s->record.on)
		return NULL;
	aside = memory_map(sizeof *aside);
	*aside = s->record;          /* its texts lie where they will be again, or in s->command */
	s->record.on = false;
	return aside;
}

void record_back(struct session *s, struct record *aside)
{
	if (aside == NULL)
		return;
	s->record = *aside;
	memory_unmap(aside, sizeof *aside);
}

void record_login(struct session *s, unsigned code, const char *text)
{
	struct record *r = &s->record;
	bool asked = !s->id.by_certificate;

	if (!begin(s, LOG_AUTH_CLASS, asked ? "(hidden)" : s->id.typed))
		return;
	copy(r->verb, sizeof r->verb, asked ? "PASS" : "USER", 4);
	record_reply(s, code, text, strlen(text));
	record_end(s);
}
