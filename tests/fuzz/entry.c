/* Any bytes as a file of accounts: an entry is added once, and every other line stays. */
#include "auth/entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char bytes[1 << 16], reason[4096];
	struct strbuf out, why;
	struct entry_change c = { .path = "passwd", .join = "", .leave = "",
	    .group = size > 0 && (data[0] & 1) };
	const char *fields[ENTRY_FIELDS] = { "new", "*", "1000", "1000", "", "/", "/bin/sh", NULL };

	for (enum entry_action a = ENTRY_ADD; a <= ENTRY_UNLOCK; a++) {
		strbuf_init(&out, bytes, sizeof bytes);
		strbuf_init(&why, reason, sizeof reason);
		c.action = a;
		memcpy(c.fields, fields, sizeof fields);
		if (!entry_edit(&c, (const char *)data, size, &out, &why) && why.len == 0)
			abort();
		/* what was added is found, and not added again */
		if (a == ENTRY_ADD && why.len == 0 && !out.full) {
			char *copy = malloc(out.len + 1);
			size_t n = out.len;

			if (copy == NULL)
				abort();
			memcpy(copy, out.buf, n);
			strbuf_init(&out, bytes, sizeof bytes);
			if (entry_edit(&c, copy, n, &out, &why))
				abort();
			free(copy);
		}
	}
	return 0;
}
