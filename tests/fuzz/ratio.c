/* Any bytes as a RatioFile: a line that is taken is one, and is written again as it was. */
#include "auth/ratioline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *line, size_t n)
{
	STRBUF(key, RATIO_KEY);
	STRBUF(again, RATIO_LINE);
	struct ratio_line l;

	if (!ratio_line_parse(line, n, &l) || l.comment)
		return;
	if (l.key >= n || l.counts.files_up > RATIO_COUNT_MAX ||
	    l.counts.bytes_up > RATIO_COUNT_MAX ||
	    l.counts.files_down > RATIO_COUNT_MAX || l.counts.bytes_down > RATIO_COUNT_MAX)
		abort();
	strbuf_addn(&key, line, l.key);
	ratio_line_add(&again, key.buf, &l.counts);
	if (key.full || again.full || again.len != n + 1 || memcmp(again.buf, line, n) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	STRBUF(key, RATIO_KEY);
	char name[2 * USER_SIZE];
	struct ratio_place place;
	size_t n = size < sizeof name ? size : sizeof name - 1;

	memcpy(name, data, n);
	name[n] = '\0';
	ratio_key(&key, size, size % 2, name);
	if (key.full)
		abort();
	if (ratio_find(text, size, key.buf, &place) == 0 &&
	    (place.at > size || place.n > size - place.at))
		abort();
	for (; size > 0 && (end = memchr(text, '\n', size)) != NULL; text = end + 1) {
		check_line(text, (size_t)(end - text));
		size -= (size_t)(end - text) + 1;
	}
	check_line(text, size);
	return 0;
}
