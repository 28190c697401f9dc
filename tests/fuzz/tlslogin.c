/* Any bytes as a ~/.tlslogin: certificates stay within bounds, and the text comes to its end. */
#include "auth/tlslogin.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { ROOM = 300 };
	const char *at = (const char *)data, *end = at + size, *before;
	unsigned char *der = malloc(ROOM);
	size_t n;

	if (der == NULL)
		abort();
	do {
		before = at;
		n = tlslogin_next(&at, end, der, ROOM);
		if (n > ROOM || at > end || (n > 0 && at <= before))
			abort();
	} while (n > 0);
	if (at != end)
		abort();
	free(der);
	return 0;
}
