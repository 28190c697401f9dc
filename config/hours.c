/* ServiceHours: spans of the week, and when the next one begins. */
#include "config/hours.h"

#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { DAY = 24 * 60, WEEK = 7 * DAY, EVERY_DAY = 0x7f, MINUTE = 60 };

/* A day's name at `*at`, two letters or three. Returns its number from Sunday, or -1. */
static int parse_day(const char **at)
{
	static const char names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	size_t n = strcspn(*at, ",-");

	for (int day = 0; day < 7; day++) {
		if ((n == 2 || n == 3) && strncasecmp(*at, names[day], n) == 0) {
			*at += n;
			return day;
		}
	}
	return -1;
}

/* `Mo-Fr,Su`, `daily`. 0: none of it. */
static uint8_t parse_days(const char *text)
{
	unsigned days = 0;

	if (strcasecmp(text, "daily") == 0)
		return EVERY_DAY;
	for (;; text++) {
		int first = parse_day(&text), last = first;

		if (first >= 0 && *text == '-') {
			text++;
			last = parse_day(&text);
		}
		if (first < 0 || last < 0 || (*text != ',' && *text != '\0'))
			return 0;
		for (int day = first; ; day = (day + 1) % 7) {   /* Sa-Mo goes over the week's
		                                                    end */
			days |= 1U << day;
			if (day == last)
				break;
		}
		if (*text == '\0')
			return (uint8_t)days;
	}
}

/* HH:MM, up to 24:00, behind which `stop` must come. */
static bool parse_time(const char *text, char stop, uint16_t *out)
{
	char hour[3] = "", minute[3] = "";
	uintmax_t h, m;

	if (strnlen(text, 6) < 5 || text[2] != ':' || text[5] != stop)
		return false;
	memcpy(hour, text, 2);
	memcpy(minute, text + 3, 2);
	if (!parse_uint(hour, 10, 0, 24, &h) || !parse_uint(minute, 10, 0, 59, &m) ||
	    h * 60 + m > DAY)
		return false;
	*out = (uint16_t)(h * 60 + m);
	return true;
}

const char *hours_parse(char *const *words, size_t n, struct hours_span *out, size_t *count,
    size_t *bad)
{
	uint8_t days = 0;
	bool used = true;

	*count = 0;
	for (*bad = 0; *bad < n; ++*bad) {
		const char *word = words[*bad];
		struct hours_span s;

		if (*word < '0' || *word > '9') {
			days = parse_days(word);
			if (days == 0 || !used)
				return days == 0 ? "days are expected, as Mo-Fr,Su or daily" :
				    "times are expected behind the days before it";
			used = false;
			continue;
		}
		s.days = days;
		if (!parse_time(word, '-', &s.from) || !parse_time(word + 6, '\0', &s.to) ||
		    s.from == DAY)
			return "a time is expected, as 08:00-18:00";
		if (s.from == s.to || s.to == 0)
			return s.to == 0 ? "midnight at the end of a day is 24:00" :
			    "a whole day is 00:00-24:00";
		if (days == 0)
			return "the days come first";
		if (*count == HOURS_SPANS)
			return "too many times";
		out[(*count)++] = s;
		used = true;
	}
	*bad = n > 0 ? n - 1 : 0;
	return used && *count > 0 ? NULL : "times are expected behind the days";
}

static bool span_holds(const struct hours_span *s, int day, int minute)
{
	if ((s->days & (1U << day)) != 0 && minute >= s->from &&
	    (minute < s->to || s->to <= s->from))
		return true;
	return s->to <= s->from && (s->days & (1U << (day + 6) % 7)) != 0 && minute < s->to;
}

static bool holds(const struct hours *h, const struct tm *tm)
{
	for (size_t i = 0; i < h->n; i++)
		if (span_holds(&h->spans[i], tm->tm_wday, tm->tm_hour * 60 + tm->tm_min))
			return true;
	return h->n == 0;
}

/* Minutes from a time of the week to the next beginning of a span: 1 to WEEK. */
static int until_next(const struct hours *h, const struct tm *tm)
{
	int now = tm->tm_wday * DAY + tm->tm_hour * 60 + tm->tm_min, least = WEEK;

	for (size_t i = 0; i < h->n; i++) {
		for (int day = 0; day < 7; day++) {
			int left = (day * DAY + h->spans[i].from - now + WEEK) % WEEK;

			if ((h->spans[i].days & (1U << day)) != 0 && left > 0 && left < least)
				least = left;
		}
	}
	return least;
}

static time_t next_opening(const struct hours *h, time_t t, const struct tm *tm)
{
	time_t minute = t - tm->tm_sec, at = minute + until_next(h, tm) * MINUTE;
	struct tm then;

	if (localtime_r(&at, &then) != NULL && then.tm_gmtoff == tm->tm_gmtoff && holds(h, &then))
		return at;
	/* the clocks change in between: a beginning may not come, or come sooner */
	for (int i = 1; i <= 2 * WEEK; i++) {
		at = minute + (time_t)i * MINUTE;
		if (localtime_r(&at, &then) != NULL && holds(h, &then))
			return at;
	}
	return 0;
}

bool hours_open(const struct hours *h, time_t t, time_t *next)
{
	struct tm tm;

	if (h->n == 0 || localtime_r(&t, &tm) == NULL || holds(h, &tm))
		return true;
	if (next != NULL)
		*next = next_opening(h, t, &tm);
	return false;
}

/* ServiceHours DAYS HH:MM-HH:MM … | always */
int read_service_hours(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct hours_span spans[HOURS_SPANS], *own;
	const char *why;
	size_t n, bad;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	r->own->service_hours = (struct hours){ 0, NULL };
	if (nwords == 2 && strcasecmp(words[1], "always") == 0)
		return 0;
	why = hours_parse(words + 1, nwords - 1, spans, &n, &bad);
	if (why != NULL)
		return tell_error(r, d->name, "%s: %s", words[1 + bad], why);
	own = config_alloc(r->c, n * sizeof *own);
	memcpy(own, spans, n * sizeof *own);
	r->own->service_hours = (struct hours){ n, own };
	return 0;
}
