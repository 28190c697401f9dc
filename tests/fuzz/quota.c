/* Quota tables: any bytes as records, and as a whole table in a file. */
#include "config/quota.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum quota_table_type type, const struct quota_record *r)
{
	unsigned char bytes[QUOTA_RECORD_MAX];
	struct quota_record again;

	if (strlen(r->name) >= QUOTA_NAME_SIZE)
		abort();
	for (unsigned i = 0; i < QUOTA_WHATS; i++)
		if (r->n[i] > (i <= QUOTA_BYTES_XFER ? QUOTA_MOST : UINT32_MAX))
			abort();
	/* what was understood comes out as it was */
	quota_format(type, r, bytes);
	if (quota_parse(type, bytes, &again) != NULL || strcmp(r->name, again.name) != 0 ||
	    memcmp(r->n, again.n, sizeof r->n) != 0 || r->kind != again.kind)
		abort();
}

static void as_a_file(enum quota_table_type type, const uint8_t *data, size_t size)
{
	struct quota_table t = { .type = type, .path = "table", .size = (off_t)size };
	struct quota_record r;
	STRBUF(why, 512);
	off_t at = size > 0 ? data[0] : 0;
	int got;

	t.fd = memfd_create("table", 0);
	if (t.fd < 0 || write(t.fd, data, size) != (ssize_t)size)
		abort();
	got = quota_find(&t, QUOTA_USER, "a", &at, &r, &why);
	if (got > 0 && (strcmp(r.name, "a") != 0 || r.kind != QUOTA_USER || at > (off_t)size))
		abort();
	if ((got < 0) != (why.len > 0))
		abort();
	quota_close(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned type = QUOTA_LIMITS; type <= QUOTA_TALLIES; type++) {
		struct quota_record r;

		if (size >= quota_record_size(type) && quota_parse(type, data, &r) == NULL)
			check(type, &r);
		as_a_file(type, data, size);
	}
	return 0;
}
