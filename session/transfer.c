/* The frame of every transfer: 150, the data connection, its end and its record. */
#include "session/transfer.h"

#include "config/io.h"
#include "config/log.h"
#include "session/claim.h"
#include "session/display.h"
#include "session/priv.h"
#include "session/reply.h"
#include "session/security.h"
#include "session/session.h"
#include "vfs/path.h"

#include <errno.h>
#include <string.h>

bool transfer_ascii(const struct session *s)
{
	return s->ascii && !SETTING(s->base, D_TRANSFER_OPTIONS, ignore_ascii);
}

void transfer_too_large(const struct session *s, const char *directive, const struct cap *cap,
    const char *path, uint64_t size)
{
	const struct decision why = { .context = cap->context, .where = cap->where };
	STRBUF(where, 2 * PATHNAME_SIZE);

	access_where(&s->access, &why, &where);
	log_write(LOG_NOTICE, "%s refused: %llu bytes or more, %s at %s allows %llu", path,
	    (unsigned long long)size, directive, where.buf, (unsigned long long)cap->most);
}

void transfer_release(struct session *s)
{
	if (s->data.held)
		reply_release(s);
	s->data.held = false;
}

/* Back to a session without a transfer. */
static void over(struct session *s)
{
	s->data.verb = s->data.path = NULL;
	s->data.throttle = NULL;
	s->last_transfer = clock_ms();
	transfer_release(s);
}

/* PROT P: TLS on the data connection that stands. Returns 0 or -errno; then it is closed. */
static int protect(struct session *s, const struct transfer *t)
{
	int err = protect_open(s);

	if (err == 0 && (t->ascii || t->direction == 0 || t->ours || t->throttle != NULL))
		err = protect_relay(s, t->direction != 'i');
	if (err < 0) {
		data_close(s, true);
		over(s);
	}
	return err;
}

int transfer_begin(struct session *s, const struct transfer *t, const char *text)
{
	int err = security_data(s, t->context);

	if (err < 0)
		return err;
	claim_begun(s);
	s->data.verb = t->verb;
	s->data.path = t->path;
	s->data.size = t->size;
	s->data.bytes = 0;
	s->data.offset = t->offset;
	s->data.throttle = t->throttle;
	s->data.began = clock_ms();
	s->data.waited = false;
	err = data_open(s);
	if (err < 0) {
		over(s);
		return err;
	}
	s->data.held = t->quick && !s->prot && t->throttle == NULL;
	record_connected(s);
	if (s->data.held)
		reply_hold(s);
	reply(s, 150, "%s", text);
	return s->prot ? protect(s, t) : 0;
}

/* DisplayFileTransfer: before the jail where its name is absolute, else in the directory. */
static void display_lines(struct session *s)
{
	const char *name = SETTING(s->base, D_DISPLAY_FILE_TRANSFER, display_file_transfer);
	STRBUF(path, PATHNAME_SIZE);

	if (s->start.display_file_transfer >= 0)
		(void)display_fd(s, 226, s->start.display_file_transfer, false);
	else if (name != NULL && name[0] != '/' &&
	    path_clean(&path, s->cwd, NULL, name, strlen(name)) == 0)
		(void)display_path(s, 226, path.buf, false);
}

static void reply_net(struct session *s, int err)
{
	if (err == -EPIPE || err == -ECONNRESET)
		reply(s, 426, "Data connection closed; transfer aborted.");
	else
		reply(s, 426, "Data connection: %s; transfer aborted.", strerror(-err));
}

/* Count it, and write its line for the log, whatever became of it. */
static void record(struct session *s, const struct transfer *t, const struct copy_result *r)
{
	bool complete = r->end == COPY_DONE;
	struct transfer_record line = {
		.bytes = r->bytes, .milliseconds = (uint64_t)(clock_ms() - s->data.began),
		.ascii = t->ascii, .complete = complete, .direction = t->direction,
	};

	s->bytes_total += r->bytes;
	if (t->direction == 'i') {
		s->bytes_in += r->bytes;
		s->files_in += complete;
	} else {
		s->bytes_out += r->bytes;
		s->files_out += complete;
	}
	if (!s->id.wants_records)
		return;
	line.size = t->stored;
	memcpy(line.path, t->path, strlen(t->path) + 1);
	if (t->moved != NULL)
		memcpy(line.moved, t->moved, strlen(t->moved) + 1);
	priv_transfer(s, &line);
}

void transfer_end(struct session *s, const struct transfer *t, const struct copy_result *result,
    const char *text)
{
	struct copy_result copy = *result, *r = &copy;

	protect_finish(s, r);
	data_close(s, r->end != COPY_DONE); /* first: it is what the client waits for */
	claim_over(s);
	record_transfer(s, t, r);
	ratio_sent(s, t->context, r->end == COPY_DONE, r->bytes);
	*(t->direction == 'i' ? &s->raw_in : &s->raw_out) += r->bytes;
	if (t->direction != 0)
		record(s, t, r);
	switch (r->end) {
	case COPY_DONE:
		if (t->direction != 0)
			display_lines(s);
		ratio_transfer(s, t->context);
		reply(s, 226, "%s", text != NULL ? text : "Transfer complete.");
		break;
	case COPY_ABORTED:
		reply(s, 426, "Transfer aborted.");
		break;
	case COPY_STALLED:
		reply(s, 426, "Data transfer stalled; transfer aborted.");
		break;
	case COPY_NET:
		reply_net(s, r->err);
		break;
	case COPY_CUT:
		reply(s, 426, "The data connection ended without TLS's close_notify: "
		    "the upload is not complete.");
		break;
	case COPY_SHRUNK:
		reply(s, 451, "The file became shorter; transfer aborted.");
		break;
	case COPY_OVER:
		if (t->over != NULL)
			reply(s, 552, "%s", t->over);
		else
			reply(s, 552, "A file may have %llu bytes here; transfer aborted.",
			    (unsigned long long)t->most);
		break;
	case COPY_FILE:
		/* 550 would say that the file was not there to begin with */
		reply_errno(s, r->err == -ENOSPC ? 452 :
		    r->err == -EDQUOT || r->err == -EFBIG ? 552 : 451, NULL, r->err);
		break;
	}
	over(s);
}
