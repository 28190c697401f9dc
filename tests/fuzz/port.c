/* The arguments of PORT, EPRT, OPTS MLST and LIST: whatever is read, it is within bounds. */
#include "session/data.h"
#include "session/facts.h"
#include "session/ls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *arg = malloc(size + 1); /* its own, so that a byte read behind it is noticed */
	struct ls_options o;
	struct addr a;
	int rc;

	if (arg == NULL)
		abort();
	memcpy(arg, data, size);
	arg[size] = '\0';
	rc = data_parse_port(arg, &a);
	if (rc != -EINVAL && (rc != 0 || a.family != AF_INET ||
	    strspn(arg, "0123456789,") != strlen(arg)))
		abort();
	rc = data_parse_eprt(arg, &a);
	if (rc != -EINVAL && rc != -EAFNOSUPPORT &&
	    (rc != 0 || a.family != (arg[1] == '1' || arg[1] == '0' ? a.family : AF_INET6)))
		abort();
	if (facts_parse(arg) & ~(uint32_t)FACTS_DEFAULT)
		abort();
	ls_init(&o, true);
	if (ls_words(&o, arg) != ls_words(NULL, arg) || ls_words(NULL, arg) > arg + strlen(arg))
		abort();
	free(arg);
	return 0;
}
