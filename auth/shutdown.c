/* When the server serves: announced shutdowns, also for sessions under way, and ServiceHours. */
#include "auth/shutdown.h"

#include "auth/shutmsg.h"
#include "auth/talk.h"
#include "config/config.h"
#include "config/hours.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
	LOOK_EVERY = 30000,          /* ms after which a file that appeared or changed is noticed */
	LOOK_LATER = 100,            /* while nobody can be told: sessions are changing places */
	FILES = 2,
};

/* The files that count for a server: everybody's, and its own or NULL. */
static void files_of(const struct monitor *m, const char *files[FILES])
{
	const char *own = SETTING(m->server, D_SHUT_MSG_FILE, shut_msg_file);

	files[0] = SHUTMSG_FILE;
	files[1] = strcmp(own, "none") != 0 && strcmp(own, SHUTMSG_FILE) != 0 ? own : NULL;
}

/* The whole words for a client; `s` NULL: nothing is known but that the server is shut down. */
static void put_text(const struct monitor *m, const struct shutmsg *s, time_t now, const char *user,
    struct strbuf *text)
{
	STRBUF(local, NAME_SIZE);
	STRBUF(message, TEXT_SIZE / 2);      /* what comes behind it is to stay */
	const struct shutmsg_names names = {
		.local = local.buf, .peer = m->peer_name, .now = now, .user = user,
		.server = SETTING(m->server, D_SERVER_NAME, server_name),
	};

	strbuf_add(text, "FTP server shut down");
	if (s != NULL) {
		addr_text(&m->local, &local);
		shutmsg_text(&message, s, &names);
		if (message.len > 0)
			strbuf_addf(text, ": %s", message.buf);
	}
	strbuf_add(text, " -- please try again later");
}

bool shutdown_admits(const struct monitor *m, struct strbuf *text)
{
	const char *files[FILES];
	time_t now = time(NULL);

	files_of(m, files);
	for (size_t i = 0; i < FILES && files[i] != NULL; i++) {
		struct shutmsg s;
		int found = shutmsg_read(files[i], now, &s);

		if (found == 0 || (found == 1 && now < s.deny))
			continue;
		if (found < 0)
			log_auth(LOG_NOTICE, "connection refused: %s: %s", files[i],
			    found == -EINVAL ? "line 1 is no `YYYY MM DD hh mm ss HHMM HHMM`" :
			    strerror(-found));
		else
			log_auth(LOG_NOTICE, "connection refused: server shut down by %s",
			    files[i]);
		put_text(m, found == 1 ? &s : NULL, now, NULL, text);
		return false;
	}
	return true;
}

/*
 * Milliseconds until sessions end, 0: now, INT64_MAX: no file says so. A file that makes no sense
 * lets nobody in, and ends nothing that is under way.
 */
static int64_t until_end(const struct monitor *m, const char **file, struct shutmsg *out)
{
	const char *files[FILES];
	int64_t least = INT64_MAX;
	struct timespec now;

	files_of(m, files);
	(void)clock_gettime(CLOCK_REALTIME, &now);   /* can't fail on Linux */
	for (size_t i = 0; i < FILES && files[i] != NULL; i++) {
		struct shutmsg s;
		int64_t left;

		if (shutmsg_read(files[i], now.tv_sec, &s) != 1)
			continue;
		left = s.disconnect <= now.tv_sec ? 0 :
		    ((int64_t)s.disconnect - now.tv_sec) * 1000 - now.tv_nsec / 1000000;
		if (left < least) {
			least = left;
			*file = files[i];
			*out = s;
		}
	}
	return least;
}

/* Have the session that speaks say its 421. False: at this moment none can be told. */
static bool end_session(struct monitor *m, const char *file, const struct shutmsg *s)
{
	struct talk *t = m->talk;
	STRBUF(text, TEXT_SIZE);

	if ((t->phase & (SECOND_START | HANDING_OVER)) != 0)
		return false;
	log_write(LOG_NOTICE, "session ended: server shut down by %s", file);
	if (t->phase == SECURING) {
		talk_terminate(m);           /* in the middle of a handshake there is nothing to
		                                say */
		return true;
	}
	put_text(m, s, time(NULL), m->logged_in ? t->who.account : NULL, &text);
	talk_farewell(m, text.buf);
	return true;
}

int64_t shutdown_look(struct monitor *m)
{
	struct talk *t = m->talk;
	int64_t now = clock_ms(), left;
	const char *file = NULL;
	struct shutmsg s;

	if (t->kill_at != 0 || t->phase == REFUSED)
		return -1;                   /* it ends as it is */
	if (!t->heard && now < t->look_at)
		return t->look_at;
	t->heard = false;
	left = until_end(m, &file, &s);
	if (left == 0)
		left = end_session(m, file, &s) ? LOOK_EVERY : LOOK_LATER;
	t->look_at = now + (left < LOOK_EVERY ? left : LOOK_EVERY);
	return t->look_at;
}

static bool within_hours(const struct context *base, struct strbuf *text)
{
	const struct hours *h = &settings_for(base, D_SERVICE_HOURS)->service_hours;
	time_t next = 0;
	char when[64];
	struct tm tm;

	if (h->n == 0)
		return true;
	tzset();                             /* SetEnv TZ; localtime_r alone need not look at it
	                                        again */
	if (hours_open(h, time(NULL), &next))
		return true;
	strbuf_add(text, "No service at this time");
	if (next != 0 && localtime_r(&next, &tm) != NULL &&
	    strftime(when, sizeof when, "%A, %Y-%m-%d, %H:%M %Z", &tm) > 0)
		strbuf_addf(text, "; please come back on %s", when);
	return false;
}

bool shutdown_hours(struct monitor *m, struct strbuf *text)
{
	const struct settings *s = settings_for(m->server, D_SERVICE_HOURS);

	m->hours = s->where[D_SERVICE_HOURS];
	if (within_hours(m->server, text))
		return true;
	log_auth(LOG_NOTICE, "connection refused: ServiceHours");
	return false;
}

bool shutdown_login_hours(const struct monitor *m, const struct context *base, struct strbuf *text)
{
	struct origin where = settings_for(base, D_SERVICE_HOURS)->where[D_SERVICE_HOURS];

	/* those of the connection have let him in, and cut nobody off */
	return (where.line == m->hours.line && where.file == m->hours.file) ||
	    within_hours(base, text);
}
