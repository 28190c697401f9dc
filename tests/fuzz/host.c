/* The argument of HOST, and a ServerAlias that it is compared with: the input's two lines. */
#include "config/read.h"
#include "session/host.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *arg = malloc(size + 1), *alias; /* its own, so that a byte read behind it is
	                                         noticed */
	char name[HOST_SIZE];
	enum host_kind kind;
	struct addr a;

	if (arg == NULL)
		abort();
	memcpy(arg, data, size);
	arg[size] = '\0';
	alias = memchr(arg, '\n', size);
	if (alias != NULL)
		*alias++ = '\0';
	kind = host_parse(arg, name, &a);
	if ((kind == HOST_ADDRESS) != (a.family == AF_INET || a.family == AF_INET6) &&
	    kind != HOST_MALFORMED)
		abort();
	if (kind == HOST_NAME ? strlen(name) > strlen(arg) || strpbrk(name, "*?: []") != NULL ||
	    !*name : *name)
		abort();
	if (alias != NULL && strlen(alias) < 300 && strlen(arg) < 300) {
		if (strcmp(alias, arg) == 0 && !alias_matches(alias, arg))
			abort();
		(void)alias_matches(alias, arg);
	}
	free(arg);
	return 0;
}
