/* Times in listings: the calendar, and the last texts kept. */
#include "session/date.h"

#include <string.h>
#include <time.h>

enum { DAY = 86400, HALF_YEAR = 15778476 };

struct moment {
	int64_t year;
	unsigned month, day, hour, minute;   /* month 0 to 11 */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * UTC without the C library, which would look for a time zone file in the jail. Years begin with
 * March here, so that the leap day is the last of its year.
 */
static struct moment utc(int64_t t)
{
	int64_t days = floor_div(t, DAY) + 719468; /* since 1 March of the year 0 */
	unsigned second = (unsigned)(t - floor_div(t, DAY) * DAY);
	int64_t era = floor_div(days, 146097);     /* 400 years */
	unsigned in_era = (unsigned)(days - era * 146097);
	unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * in_year + 2) / 153;

	return (struct moment){
		.year = era * 400 + year + (month >= 10), .month = (month + 2) % 12,
		.day = in_year - (153 * month + 2) / 5 + 1,
		.hour = second / 3600, .minute = second / 60 % 60,
	};
}

static struct moment at(const struct dates *d, int64_t t)
{
	time_t clock = (time_t)t;
	struct tm tm;

	if (!d->local || localtime_r(&clock, &tm) == NULL)
		return utc(t);
	return (struct moment){ tm.tm_year + 1900, (unsigned)tm.tm_mon, (unsigned)tm.tm_mday,
		(unsigned)tm.tm_hour, (unsigned)tm.tm_min };
}

static void two(char *out, unsigned v)
{
	out[0] = (char)('0' + v / 10 % 10);
	out[1] = (char)('0' + v % 10);
}

/* Four digits; a year that has more or less is shown as the nearest that has not. */
static void four(char *out, int64_t v)
{
	unsigned year = v < 0 ? 0 : v > 9999 ? 9999 : (unsigned)v;

	two(out, year / 100);
	two(out + 2, year);
}

void date_init(struct dates *d, bool local, int64_t now)
{
	memset(d, 0, sizeof *d);
	d->local = local;
	d->now = now;
}

const char *date_list(struct dates *d, int64_t t)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t minute = floor_div(t, 60);
	struct moment m;

	if (d->have_minute && d->minute == minute)
		return d->list;
	m = at(d, t);
	memcpy(d->list, months + 3 * m.month, 3);
	memcpy(d->list + 3, "         ", 9);
	two(d->list + 4, m.day);
	if (m.day < 10)
		d->list[4] = ' ';
	/* a minute ahead is no future: clocks of file servers differ */
	if (t > d->now - HALF_YEAR && t <= d->now + 60) {
		two(d->list + 7, m.hour);
		d->list[9] = ':';
		two(d->list + 10, m.minute);
	} else {
		four(d->list + 8, m.year);
	}
	d->have_minute = true;
	d->minute = minute;
	return d->list;
}

const char *date_windows(struct dates *d, int64_t t)
{
	int64_t minute = floor_div(t, 60);
	struct moment m;

	if (d->have_minute && d->minute == minute)
		return d->list;
	m = at(d, t);
	memcpy(d->list, "mm-dd-yy  hh:mmAM", 18);
	two(d->list, m.month + 1);
	two(d->list + 3, m.day);
	two(d->list + 6, (unsigned)((m.year % 100 + 100) % 100));
	two(d->list + 10, m.hour % 12 == 0 ? 12 : m.hour % 12);
	two(d->list + 13, m.minute);
	if (m.hour >= 12)
		d->list[15] = 'P';
	d->have_minute = true;
	d->minute = minute;
	return d->list;
}

const char *date_fact(struct dates *d, int64_t t)
{
	int64_t day = floor_div(t, DAY);
	unsigned second = (unsigned)(t - day * DAY);

	if (!d->have_day || d->day != day) {
		struct moment m = utc(t);

		four(d->fact, m.year);
		two(d->fact + 4, m.month + 1);
		two(d->fact + 6, m.day);
		d->have_day = true;
		d->day = day;
	}
	two(d->fact + 8, second / 3600);
	two(d->fact + 10, second / 60 % 60);
	two(d->fact + 12, second % 60);
	return d->fact;
}
