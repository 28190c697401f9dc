/* /etc/shutmsg: when nobody is let in any more, and what he is told. */
#include "auth/shutmsg.h"

#include "config/io.h"
#include "config/value.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line, with a NUL behind it. False when there is none or it is too long. */
static bool word(const char **at, const char *end, char *out, size_t size)
{
	size_t n = 0;

	while (*at < end && blank(**at))
		++*at;
	while (*at < end && !blank(**at)) {
		if (n + 1 == size || **at == '\0')
			return false;
		out[n++] = *(*at)++;
	}
	out[n] = '\0';
	return n > 0;
}

static bool date(const char **at, const char *end, time_t *out)
{
	static const struct { unsigned min, max; } range[] = {
		{ 1970, 9999 }, { 1, 12 }, { 1, 31 }, { 0, 23 }, { 0, 59 }, { 0, 60 },
	};
	uintmax_t v[6];
	struct tm tm = { .tm_isdst = -1 };
	char text[8];

	for (size_t i = 0; i < 6; i++)
		if (!word(at, end, text, sizeof text) ||
		    !parse_uint(text, 10, range[i].min, range[i].max, &v[i]))
			return false;
	tm.tm_year = (int)v[0] - 1900;
	tm.tm_mon = (int)v[1] - 1;
	tm.tm_mday = (int)v[2];
	tm.tm_hour = (int)v[3];
	tm.tm_min = (int)v[4];
	tm.tm_sec = (int)v[5];
	*out = mktime(&tm);
	/* the 31st of a short month becomes another day: somebody's mistake, not a date */
	return *out != (time_t)-1 && tm.tm_mon == (int)v[1] - 1 && tm.tm_mday == (int)v[2];
}

/* HHMM before a time; anything that isn't four digits is no time before it. */
static time_t before(const char **at, const char *end)
{
	char text[8];
	uintmax_t v;

	if (!word(at, end, text, sizeof text) || strlen(text) != 4 ||
	    !parse_uint(text, 10, 0, 9999, &v))
		return 0;
	return (time_t)(v / 100 * 3600 + v % 100 * 60);
}

bool shutmsg_parse(const char *text, size_t n, time_t now, struct shutmsg *out)
{
	const char *at = text, *end = text + n, *lf = memchr(text, '\n', n);
	const char *line_end = lf != NULL ? lf : end;
	size_t used = 0;

	*out = (struct shutmsg){ .shutdown = now, .deny = now, .disconnect = now };
	while (at < end && (blank(*at) || *at == '\n'))
		at++;
	if (at == end)
		return true;
	at = text;
	if (!date(&at, line_end, &out->shutdown))
		return false;
	out->deny = out->shutdown - before(&at, line_end);
	out->disconnect = out->shutdown - before(&at, line_end);
	for (at = lf != NULL ? lf + 1 : end; at < end && *at != '\n' &&
	    used + 1 < sizeof out->message; at++)
		if (*at != '\r' && *at != '\0')
			out->message[used++] = *at;
	return true;
}

static void add_time(struct strbuf *out, time_t t)
{
	struct tm tm;
	char text[64];

	if (localtime_r(&t, &tm) != NULL && strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y",
	    &tm) > 0)
		strbuf_add(out, text);
}

void shutmsg_text(struct strbuf *out, const struct shutmsg *s, const struct shutmsg_names *names)
{
	for (const char *c = s->message; *c != '\0'; c++) {
		if (*c != '%' || c[1] == '\0') {
			strbuf_addc(out, *c);
			continue;
		}
		switch (*++c) {
		case 's': add_time(out, s->shutdown); break;
		case 'r': add_time(out, s->deny); break;
		case 'd': add_time(out, s->disconnect); break;
		case 'T': add_time(out, names->now); break;
		case 'L': strbuf_add(out, names->local); break;
		case 'R': strbuf_add(out, names->peer); break;
		case 'V': strbuf_add(out, names->server); break;
		case 'U': strbuf_add(out, names->user != NULL ? names->user : "(none)"); break;
		case 'C': strbuf_add(out, names->cwd != NULL ? names->cwd : "(none)"); break;
		default: strbuf_addn(out, c - 1, 2); break;
		}
	}
}

int shutmsg_read(const char *path, time_t now, struct shutmsg *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), result = 1;
	char text[1024];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		result = -errno;
	else if (S_ISDIR(st.st_mode))
		result = 0;
	else if (!S_ISREG(st.st_mode))
		result = -EINVAL;            /* a FIFO reads as an empty file, which would end
		                                sessions */
	else if ((n = read(fd, text, sizeof text)) < 0) /* two short lines: what is behind them is
	                                                   nothing */
		result = -errno;
	else if (!shutmsg_parse(text, (size_t)n, now, out))
		result = -EINVAL;
	(void)close(fd);
	return result;
}
