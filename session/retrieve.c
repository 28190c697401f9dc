/* RETR: a file to the client. */
#include "config/cap.h"
#include "config/io.h"
#include "config/log.h"
#include "config/transfer.h"
#include "session/claim.h"
#include "session/command.h"
#include "session/throttle.h"
#include "session/transfer.h"
#include "vfs/path.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
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

/* MaxRetrieveFileSize: the whole file counts, wherever REST begins. False: it was told. */
static bool size_allowed(struct session *s, const struct context *c, const char *path,
    const char *arg, uint64_t size)
{
	const struct cap *cap = cap_for(c, D_MAX_RETRIEVE_FILE_SIZE, &s->who);

	if (cap == NULL || size <= cap->most)
		return true;
	transfer_too_large(s, "MaxRetrieveFileSize", cap, path, size);
	reply(s, 550, "%.*s%s: The file has %llu bytes, and %llu are allowed.", CUT(arg),
	    (unsigned long long)size, (unsigned long long)cap->most);
	return false;
}

static void count_quota(struct session *s, const char *path, const struct copy_result *r)
{
	const struct quota_use use = {
		.out = r->bytes, .both = r->bytes,
		.files_out = r->end == COPY_DONE, .files_both = r->end == COPY_DONE,
	};
	int err = quota_counts(s, path) ? quota_used(s, &use) : 0;

	if (err < 0)
		log_write(LOG_ERR, "quotas: %s is sent, and not counted: %s", path, strerror(-err));
}

static void retrieve(struct session *s, const struct context *c, const char *path, const char *arg,
    int file, uint64_t restart, uint64_t size)
{
	struct throttle throttle;
	const struct transfer t = {
		.throttle = throttle_find(s, &throttle, c, TRANSFER_RETR),
		.verb = "RETR", .path = path, .context = c, .direction = 'o',
		.ascii = transfer_ascii(s),
		.size = size, .offset = restart, .quick = size - restart <= QUICK_SIZE,
	};
	STRBUF(text, TEXT_SIZE);
	struct copy_result r = { .end = COPY_NET };
	int err;

	strbuf_addf(&text, "Opening %s mode data connection for %.*s%s (%llu bytes).",
	    t.ascii ? "ASCII" : "BINARY", CUT(arg), (unsigned long long)size);
	err = transfer_begin(s, &t, text.buf);
	if (err < 0) {
		ratio_sent(s, c, false, 0);
		count_quota(s, path, &r);
		data_refuse(s, err);
		return;
	}
	r = copy_send(s, file, restart, size, t.ascii, SETTING(c, D_USE_SENDFILE, use_sendfile));
	count_quota(s, path, &r);
	transfer_end(s, &t, &r, NULL);
}

/*
 * AnonAllowRobots off: whether `arg` asks an anonymous site for the rules of its robots where the
 * administrator has written none: at the root or where the session began, since a URL may mean
 * either.
 */
static bool wants_robots(struct session *s, const char *arg)
{
	STRBUF(clean, PATHNAME_SIZE);
	STRBUF(real, PATHNAME_SIZE);
	STRBUF(parent, PATHNAME_SIZE);
	size_t n = strlen(arg);

	return s->id.anonymous != 0 && n >= 10 && strcmp(arg + n - 10, "robots.txt") == 0 &&
	    !SETTING(s->base, D_ANON_ALLOW_ROBOTS, anon_allow_robots) &&
	    path_clean(&clean, s->cwd, s->home, arg, n) == 0 &&
	    strcmp(path_last(clean.buf), "robots.txt") == 0 &&
	    path_parent(&parent, clean.buf) == 0 &&
	    (strcmp(parent.buf, "/") == 0 || strcmp(parent.buf, s->home) == 0) &&
	    root_resolve(&s->root, clean.buf, RESOLVE_EXISTING, &real, NULL) == -ENOENT;
}

/* Send them away (RFC 9309). */
static void retrieve_robots(struct session *s, const struct command *c, const char *arg,
    uint64_t restart)
{
	static const char rules[] = "User-agent: *\nDisallow: /\n";
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	int file;

	if (!command_path(s, c, arg, RESOLVE_CREATE, &path, NULL, &answer) ||
	    !claim_transfer(s, answer.context, TRANSFER_RETR))
		return;
	file = memfd_create("robots.txt", MFD_CLOEXEC);
	if (file < 0 || write_all(file, rules, sizeof rules - 1) < 0)
		reply_errno(s, 0, arg, -ENOENT);
	else if (restart_allowed(s, answer.context, restart, sizeof rules - 1))
		retrieve(s, answer.context, path.buf, arg, file, restart, sizeof rules - 1);
	if (file >= 0)
		(void)close(file);
}

void cmd_retr(struct session *s, const struct command *c, const char *arg)
{
	uint64_t restart = s->restart;
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	int file;

	s->restart = 0;
	if (wants_robots(s, arg)) {
		retrieve_robots(s, c, arg, restart);
		return;
	}
	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, NULL, &answer) ||
	    !claim_transfer(s, answer.context, TRANSFER_RETR))
		return;
	file = root_open_read(&s->root, path.buf, &st);
	if (file < 0) {
		reply_errno(s, 0, arg, file);
		return;
	}
	if (size_allowed(s, answer.context, path.buf, arg, (uint64_t)st.st_size) &&
	    restart_allowed(s, answer.context, restart, (uint64_t)st.st_size) &&
	    quota_allows(s, QUOTA_RETRIEVE, path.buf, arg, (uint64_t)st.st_size - restart)) {
		if (ratio_allows(s, answer.context, arg, (uint64_t)st.st_size - restart))
			retrieve(s, answer.context, path.buf, arg, file, restart,
			    (uint64_t)st.st_size);
		else
			quota_dropped(s);
	}
	(void)close(file);
}
