/*
 * UploadNotify: a datagram for whoever waits for uploads, so that nobody polls and nothing is
 * executed.
 */
#include "auth/notify.h"

#include "auth/talk.h"
#include "config/config.h"
#include "config/json.h"
#include "config/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* a byte makes 6 and 2 at most */
enum { LINE_SIZE = 8 * (PATHNAME_SIZE + USER_SIZE) + TEXT_SIZE };

static bool wanted(const struct context *list)
{
	for (; list != NULL; list = list->next) {
		if (list->own->where[D_UPLOAD_NOTIFY].line != 0 || wanted(list->directories))
			return true;
	}
	return false;
}

bool notify_wanted(const struct context *base)
{
	const char *path = SETTING(base, D_UPLOAD_NOTIFY, upload_notify);

	return (path != NULL && *path == '/') || wanted(base->directories);
}

/* As the receiver will open what it is told of, a session must not lead it out of the jail. */
static bool is_canonical(const char *path)
{
	if (*path != '/')
		return false;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && memcmp(path, "..", 2) == 0))
			return false;
		path += n;
	}
	return true;
}

/* The exact bytes, where a string of JSON cannot hold them. */
static void add_hex(struct strbuf *out, const char *path)
{
	if (json_holds(path))
		return;
	strbuf_add(out, ",\"path_hex\":\"");
	for (; *path != '\0'; path++)
		strbuf_addf(out, "%02x", (unsigned char)*path);
	strbuf_addc(out, '"');
}

void notify_line(struct strbuf *out, const struct timespec *now, const char *user, const char *peer,
    const char *path, const struct transfer_record *t)
{
	char stamp[32] = "";
	struct tm tm;

	if (gmtime_r(&now->tv_sec, &tm) != NULL)
		(void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_addf(out, "{\"time\":\"%s.%03ldZ\",\"user\":", stamp, now->tv_nsec / 1000000);
	json_string(out, user);
	strbuf_add(out, ",\"peer\":");
	json_string(out, peer);
	strbuf_add(out, ",\"path\":");
	json_string(out, path);
	add_hex(out, path);
	strbuf_addf(out, ",\"size\":%ju,\"result\":\"%s\"}\n", (uintmax_t)t->size,
	    t->complete ? "complete" : "incomplete");
}

static int send_line(struct talk *t, const char *path, const struct strbuf *line, bool too_long)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);

	if (line->full || too_long)
		return -EMSGSIZE;
	if (t->notify.fd < 0)
		t->notify.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->notify.fd < 0)
		return -errno;
	memcpy(to.sun_path, path, n < sizeof to.sun_path ? n : sizeof to.sun_path - 1);
	return sendto(t->notify.fd, line->buf, line->len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&to, sizeof to) < 0 ? -errno : 0;
}

static void tell_failure(struct monitor *m, const struct settings *set, int err)
{
	STRBUF(where, PATHNAME_SIZE);

	config_where(m->config, set->where[D_UPLOAD_NOTIFY], &where);
	log_write(LOG_WARNING, "%s: UploadNotify %s: %s: not every upload of this session was told",
	    where.buf, set->upload_notify,
	    err == -EAGAIN ? "it is full, since nobody reads it" : strerror(-err));
}

bool notify_upload(struct monitor *m, const struct transfer_record *record)
{
	struct talk *t = m->talk;
	const struct settings *set;
	struct timespec now;
	STRBUF(peer, INET6_ADDRSTRLEN + 32);
	STRBUF(path, PATHNAME_SIZE); /* a longer one nobody could open */
	STRBUF(line, LINE_SIZE);
	int err;

	if (!is_canonical(record->path) || (record->moved[0] != '\0' &&
	    !is_canonical(record->moved)))
		return false;
	/* the section of the name that the client used, which xferlog has too */
	strbuf_addf(&path, "%s%s", t->who.jail, record->path);
	set = settings_for(owner_section(m, path.buf), D_UPLOAD_NOTIFY);
	if (set->upload_notify == NULL || *set->upload_notify != '/')
		return true;
	if (record->moved[0] != '\0') {
		strbuf_reset(&path);
		strbuf_addf(&path, "%s%s", t->who.jail, record->moved);
	}
	addr_text(&m->peer, &peer);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	notify_line(&line, &now, t->who.account, peer.buf, path.buf, record);
	err = send_line(t, set->upload_notify, &line, path.full);
	if (err < 0 && !t->notify.failed)
		tell_failure(m, set, err);
	t->notify.failed = t->notify.failed || err < 0;
	return true;
}
