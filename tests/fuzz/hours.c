/* Any words as ServiceHours: spans within their ranges, and a next opening that is one. */
#include "config/hours.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct hours *h, time_t t)
{
	time_t next = -1;

	if (hours_open(h, t, &next) != (next == -1))
		abort();
	if (next > 0 && (next <= t || hours_open(h, next - 1, NULL) || !hours_open(h, next, NULL)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hours_span spans[HOURS_SPANS];
	struct hours h = { .spans = spans };
	char text[1024], *words[512];
	size_t n = 0, bad;
	time_t t;

	if (size < 4 || size - 4 >= sizeof text)
		return 0;
	t = (time_t)(data[0] | data[1] << 8 | data[2] << 16 | (data[3] & 0x7f) << 24);
	memcpy(text, data + 4, size - 4);
	text[size - 4] = '\0';
	for (char *save, *p = strtok_r(text, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save))
		words[n++] = p;
	if (hours_parse(words, n, spans, &h.n, &bad) != NULL) {
		if (bad > n)
			abort();
		return 0;
	}
	if (h.n == 0 || h.n > HOURS_SPANS)
		abort();
	for (size_t i = 0; i < h.n; i++)
		if (spans[i].days == 0 || spans[i].days > 0x7f || spans[i].from >= 1440 ||
		    spans[i].to == 0 || spans[i].to > 1440 || spans[i].from == spans[i].to)
			abort();
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	check(&h, t);
	return 0;
}
