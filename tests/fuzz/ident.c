/* Any bytes as RFC 1413's reply: a name that is bounded and printable, or none. */
#include "auth/ident.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STRBUF(out, IDENT_SIZE);

	if (!ident_parse((const char *)data, size, 6193, 21, &out))
		return 0;
	if (out.len == 0 || out.full)
		abort();
	for (size_t i = 0; i < out.len; i++)
		if (out.buf[i] <= ' ' || out.buf[i] == 0x7f)
			abort();
	return 0;
}
