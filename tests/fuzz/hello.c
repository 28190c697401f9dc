/*
 * What a ClientHello brings of names and protocols: whatever the bytes, nothing beyond them is
 * read.
 */
#include "tls/peer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[HOST_SIZE];
	const unsigned char *found;
	unsigned char n;

	if (peer_parse_server_name(data, size, name) &&
	    (strlen(name) == 0 || strlen(name) + 5 != size))
		abort();
	for (int way = 0; way < 2; way++) {
		if (!peer_find_protocol(data, size, way == 1, &found, &n))
			continue;
		if (found < data || found + n > data + size || found[-1] != n ||
		    memcmp(found, "ftp", 3) != 0)
			abort();
	}
	return 0;
}
