/* RETR: a file to the client. */
#include "session/command.h"
#include "session/transfer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A transfer that fits the socket's buffer is over as soon as it began. */
enum { QUICK_SIZE = 65536 };

/* Whether it may go on at `restart`; it was told when not. */
static bool restart_allowed(struct session *s, const struct context *c, uint64_t restart,
    uint64_t size)
{
	if (restart == 0)
		return true;
	if (!SETTING(c, D_ALLOW_RETRIEVE_RESTART, allow_retrieve_restart))
		reply(s, 451, "Restart not permitted, try again.");
	else if (restart > size)
		reply(s, 554, "Restart point is beyond the end of the file.");
	else
		return true;
	return false;
}

static void retrieve(struct session *s, const struct context *c, const char *path, const char *arg,
    int file, uint64_t restart, uint64_t size)
{
	const struct transfer t = {
		.verb = "RETR", .path = path, .direction = 'o', .ascii = transfer_ascii(s),
		.size = size, .quick = size - restart <= QUICK_SIZE,
	};
	STRBUF(text, TEXT_SIZE);
	struct copy_result r;
	int err;

	strbuf_addf(&text, "Opening %s mode data connection for %.*s%s (%llu bytes).",
	    t.ascii ? "ASCII" : "BINARY", CUT(arg), (unsigned long long)size);
	err = transfer_begin(s, &t, text.buf);
	if (err < 0) {
		data_refuse(s, err);
		return;
	}
	r = copy_send(s, file, restart, size, t.ascii, SETTING(c, D_USE_SENDFILE, use_sendfile));
	transfer_end(s, &t, &r, NULL);
}

void cmd_retr(struct session *s, const struct command *c, const char *arg)
{
	uint64_t restart = s->restart;
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	int file;

	s->restart = 0;
	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, NULL, &answer))
		return;
	file = root_open_read(&s->root, path.buf, &st);
	if (file < 0) {
		reply_errno(s, 0, arg, file);
		return;
	}
	if (restart_allowed(s, answer.context, restart, (uint64_t)st.st_size))
		retrieve(s, answer.context, path.buf, arg, file, restart, (uint64_t)st.st_size);
	(void)close(file);
}
