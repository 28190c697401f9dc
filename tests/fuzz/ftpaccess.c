/*
 * Any bytes as a .ftpaccess file: rules or errors, the same each time, and all memory given back.
 */
#include "config/ftpaccess.h"

#include "config/limit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told: a sum of it stands for the text. */
struct said {
	bool error;
	size_t sum;
};

static void tell(void *arg, enum config_severity severity, const char *line)
{
	struct said *said = arg;

	said->error |= severity == CONFIG_ERROR;
	for (const char *p = line; *p; p++) {
		if (*p == '\n' || *p == '\r' || *p == 033)
			abort();
		said->sum = said->sum * 31 + (unsigned char)*p;
	}
}

static const char *const *groups(void *arg, size_t *n)
{
	static const char *const names[] = { "users", "staff" };

	(void)arg;
	*n = 2;
	return names;
}

static struct config *read_bytes(const uint8_t *data, size_t size, struct said *said)
{
	const struct ftpaccess_source src = { .path = "/pub/.ftpaccess",
	    .bytes = (const char *)data, .len = size, .tell = tell, .arg = said };
	unsigned line = 0;
	struct config *c = ftpaccess_read(&src, &line);

	if ((c == NULL) != said->error || (c == NULL) != (line > 0 || size > FTPACCESS_SIZE))
		abort();
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct limit_verb verb = { "STOR", NULL, LIMIT_WRITE, false, false };
	struct subject who = { .user = "alice", .find_groups = groups };
	struct said first = { .sum = 0 }, second = { .sum = 0 };
	struct config *c = read_bytes(data, size, &first), *again = read_bytes(data, size, &second);

	if (first.sum != second.sum)
		abort();
	if (c == NULL)
		return 0;
	if (limit_check(ftpaccess_context(c), &verb, &who, "a name").verdict !=
	    limit_check(ftpaccess_context(again), &verb, &who, "a name").verdict)
		abort();
	ftpaccess_free(c);
	ftpaccess_free(again);
	return 0;
}
