#ifndef SESSION_DATE_H
#define SESSION_DATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Times as listings write them. Entries of one directory mostly share a day or a minute, so
 * the last text of each kind is kept; a struct belongs to one listing.
 */
struct dates {
	bool local;                  /* TimesGMT off: date_list in the zone of the host */
	int64_t now;
	int64_t minute, day;         /* of the texts; `have_…`: there is one */
	bool have_minute, have_day;
	char list[20];               /* of one of the two styles: a listing has but one */
	char fact[16];
};

void date_init(struct dates *d, bool local, int64_t now);
/* "Nov 21 09:18", or "Nov 21  2024" beyond half a year ago or in the future: 12 characters. */
const char *date_list(struct dates *d, int64_t t);
/* "11-21-24  09:18AM": 17 characters. */
const char *date_windows(struct dates *d, int64_t t);
/* "20241121091800", always UTC (RFC 3659, 2.3). */
const char *date_fact(struct dates *d, int64_t t);

#endif
