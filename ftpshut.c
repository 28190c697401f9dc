/* ftpshut: write or remove the file that announces a shutdown (shutmsg(5)). */
#include "config/aside.h"
#include "config/bounds.h"
#include "config/strbuf.h"
#include "config/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };
enum {
	MESSAGE_MAX = 80,            /* bytes of it that a server uses */
	BEFORE_MAX = 99 * 60 + 59,   /* HHMM says no more */
	AHEAD_MAX = 366 * 24 * 60,
};

static const char usage[] =
    "usage: ftpshut [-l minutes] [-d minutes] [-f file] now | +minutes | HHMM [message ...]\n"
    "       ftpshut -R [-f file]\n";

struct shutdown {
	const char *file;
	bool remove, has_deny, has_disconnect;
	uintmax_t deny, disconnect;  /* minutes before it */
	time_t at;
	struct strbuf *message;
};

static bool complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "ftpshut: %s: %s\n", what, why);
	return false;
}

/* The next time that the clock shows HHMM: today, or tomorrow. */
static bool parse_clock(const char *text, time_t now, time_t *out)
{
	uintmax_t v;
	struct tm tm;

	if (strlen(text) != 4 || !parse_uint(text, 10, 0, 2359, &v) || v % 100 > 59 ||
	    localtime_r(&now, &tm) == NULL)
		return false;
	tm.tm_hour = (int)(v / 100);
	tm.tm_min = (int)(v % 100);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*out = mktime(&tm);
	if (*out <= now) {
		tm.tm_mday++;
		tm.tm_hour = (int)(v / 100);
		tm.tm_min = (int)(v % 100);
		tm.tm_isdst = -1;
		*out = mktime(&tm);
	}
	return *out > now;
}

static bool parse_when(const char *text, struct shutdown *s)
{
	time_t now = time(NULL);
	uintmax_t minutes;

	if (strcmp(text, "now") == 0) {
		s->at = now;
		return true;
	}
	if (text[0] == '+' && parse_uint(text + 1, 10, 0, AHEAD_MAX, &minutes)) {
		s->at = now + (time_t)minutes * 60;
		return true;
	}
	return (text[0] != '+' && parse_clock(text, now, &s->at)) ||
	    complain(text, "now, +minutes or HHMM is expected");
}

static bool parse_message(char **words, struct strbuf *out)
{
	for (; *words != NULL; words++) {
		strbuf_add(out, out->len > 0 ? " " : "");
		strbuf_add(out, *words);
	}
	if (out->full || out->len > MESSAGE_MAX)
		return complain("the message", "is longer than 80 bytes");
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->buf[i] < ' ' || out->buf[i] == 0x7f)
			return complain("the message", "holds a control character");
	return true;
}

static bool parse_before(const char *option, const char *text, bool *has, uintmax_t *out)
{
	*has = true;
	return parse_uint(text, 10, 0, BEFORE_MAX, out) ||
	    complain(option, "a number of minutes from 0 to 5999 is expected");
}

/* Nobody shall be cut off who may come in again at once. */
static bool order(struct shutdown *s)
{
	if (s->disconnect <= s->deny)
		return true;
	if (s->has_deny && s->has_disconnect)
		return complain("-d", "is more than -l: who is cut off would be let in again");
	if (s->has_deny)
		s->disconnect = s->deny;
	else
		s->deny = s->disconnect;
	return true;
}

/* DONE: all is known; USAGE. */
static int read_words(int argc, char **argv, struct shutdown *s)
{
	int option;

	while ((option = getopt(argc, argv, "+Rl:d:f:")) != -1) {
		if (option == 'R')
			s->remove = true;
		else if (option == 'f')
			s->file = optarg;
		else if (option == '?' ||
		    (option == 'l' && !parse_before("-l", optarg, &s->has_deny, &s->deny)) ||
		    (option == 'd' &&
		    !parse_before("-d", optarg, &s->has_disconnect, &s->disconnect)))
			return USAGE;
	}
	argv += optind;
	argc -= optind;
	if (s->remove)
		return argc == 0 && !s->has_deny && !s->has_disconnect ? DONE : USAGE;
	if (argc == 0)
		return USAGE;
	return parse_when(argv[0], s) && parse_message(argv + 1, s->message) && order(s) ? DONE :
	    USAGE;
}

static bool put_text(const struct shutdown *s, struct strbuf *out)
{
	struct tm tm;

	if (localtime_r(&s->at, &tm) == NULL)
		return false;
	strbuf_addf(out, "%04d %02d %02d %02d %02d %02d %02u%02u %02u%02u\n%s\n", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(s->deny / 60),
	    (unsigned)(s->deny % 60), (unsigned)(s->disconnect / 60),
	    (unsigned)(s->disconnect % 60), s->message->buf);
	return !out->full;
}

/* For whoever sits there; cron would send it by mail every day. */
static void tell(const struct shutdown *s)
{
	static const struct { const char *what; bool deny, disconnect; } lines[] = {
		{ "no new sessions from", true, false }, { "sessions end at", false, true },
		{ "shutdown at", false, false },
	};

	if (!isatty(STDOUT_FILENO))
		return;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		time_t at = s->at - 60 * (time_t)(lines[i].deny ? s->deny :
		    lines[i].disconnect ? s->disconnect : 0);
		char text[64];
		struct tm tm;

		if (localtime_r(&at, &tm) != NULL &&
		    strftime(text, sizeof text, "%F %T %Z", &tm) > 0)
			(void)printf("%s %s\n", lines[i].what, text);
	}
}

int main(int argc, char **argv)
{
	STRBUF(message, TEXT_SIZE);
	STRBUF(text, TEXT_SIZE * 2);
	struct shutdown s = {
		.file = "/etc/shutmsg", .deny = 10, .disconnect = 5, .message = &message,
	};
	int err = 0;

	if (read_words(argc, argv, &s) == USAGE) {
		(void)fputs(usage, stderr);
		return USAGE;
	}
	if (s.remove) {
		/* that there is none is what was asked for */
		if (unlink(s.file) < 0 && errno != ENOENT)
			err = -errno;
	} else {
		err = put_text(&s, &text) ?
		    write_aside(s.file, 0644, true, text.buf, text.len) : -EOVERFLOW;
	}
	if (err < 0) {
		(void)complain(s.file, strerror(-err));
		return FAILED;
	}
	if (!s.remove)
		tell(&s);
	return DONE;
}
