/* Any argument of a client: clean afterwards, or refused. */
#include "vfs/path.h"

#include "config/bounds.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STRBUF(first, PATHNAME_SIZE);
	STRBUF(again, PATHNAME_SIZE);
	STRBUF(parent, PATHNAME_SIZE);
	char *arg = malloc(size + 1); /* its own, so that a byte read behind it is noticed */

	if (arg == NULL)
		abort();
	memcpy(arg, data, size);
	arg[size] = 'x';
	if (path_clean(&first, "/cwd/dir", size % 2 ? "/home" : NULL, arg, size) == 0) {
		if (first.buf[0] != '/' || first.len >= PATHNAME_SIZE || first.full ||
		    strlen(first.buf) != first.len || strstr(first.buf, "//") != NULL ||
		    (first.len > 1 && first.buf[first.len - 1] == '/'))
			abort();
		for (const char *p = first.buf; (p = strstr(p, "/.")) != NULL; p++)
			if (strchr("/", p[2]) != NULL || (p[2] == '.' && strchr("/", p[3]) != NULL))
				abort();
		if (path_clean(&again, "/cwd/dir", NULL, first.buf, first.len) != 0 ||
		    strcmp(first.buf, again.buf) != 0)
			abort();
		if (path_parent(&parent, first.buf) != 0 || !path_within(first.buf, parent.buf) ||
		    strchr(path_last(first.buf), '/') != NULL)
			abort();
	}
	free(arg);
	return 0;
}
