/* Any pattern and any name, one behind the other with a NUL between: bounded, and sane. */
#include "vfs/glob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 2), *pattern, *name;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	memset(text + size, 0, 2);
	pattern = strdup(text);
	name = strdup(text + strlen(text) + 1);
	if (pattern == NULL || name == NULL)
		abort();
	/* what matches with the rule of the leading dot matches without it */
	if (glob_match(pattern, name, false) && !glob_match(pattern, name, true))
		abort();
	/* a pattern without wildcard and quote is a name */
	if (!glob_magic(pattern) && strchr(pattern, '\\') == NULL && strlen(pattern) < 1000 &&
	    (glob_match(pattern, name, true) != (strcmp(pattern, name) == 0)))
		abort();
	free(name);
	free(pattern);
	free(text);
	return 0;
}
