/* Any bytes in any pieces: the reader stays inside its buffer and its promises. */
#include "session/line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line *l = malloc(sizeof *l);
	size_t piece = size > 0 ? data[0] + 1U : 1;
	char *text;
	size_t len;

	line_init(l, LINE_MIN);
	for (size_t at = 0; at < size;) {
		size_t room, n = size - at < piece ? size - at : piece;
		unsigned char *to = line_room(l, &room);
		enum line_result got;

		if (room == 0)
			abort(); /* it was read empty below */
		n = n < room ? n : room;
		memcpy(to, data + at, n);
		at += n;
		line_received(l, n);
		while ((got = line_take(l, &text, &len)) != LINE_NONE && got != LINE_HOPELESS)
			if (got == LINE_COMMAND && (len > LINE_MIN || memchr(text, '\n', len)))
				abort();
	}
	free(l);
	return 0;
}
