#ifndef CONFIG_HOURS_H
#define CONFIG_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * One span of ServiceHours: from `from` to before `to`, in minutes of the day, on days of the
 * week (bit 0: Sunday). It lasts over midnight where `to` is not above `from`, and belongs to the
 * day that it begins on.
 */
struct hours_span {
	uint8_t days;
	uint16_t from, to;           /* 0 to 1439; 1 to 1440 */
};

/* ServiceHours; no span: always. */
struct hours {
	size_t n;
	const struct hours_span *spans;
};

enum { HOURS_SPANS = 64 };       /* of one directive */

/*
 * Read `DAYS HH:MM-HH:MM …`, the words of ServiceHours, into `out` with room for HOURS_SPANS.
 * DAYS is `daily`, or days and ranges of them with commas, `Mo-Fr,Su`; it holds for the times
 * that follow it. Returns NULL, or what is wrong with word `*bad`. Pure.
 */
const char *hours_parse(char *const *words, size_t n, struct hours_span *out, size_t *count,
    size_t *bad);

/*
 * Whether it is open at `t`: whether a clock on the wall, which is put forward and back with
 * summer time, shows a time within a span. If not, and `next` is not NULL, it is set to when it
 * opens next; 0: not within two weeks. Pure but for the time zone.
 */
bool hours_open(const struct hours *h, time_t t, time_t *next);

#endif
