/* TYPE A: the line ends of files and of the network turned into each other. */
#include "session/ascii.h"

#include <string.h>

size_t ascii_out(char *out, const char *in, size_t n, bool *cr)
{
	const char *end = in + n;
	char *p = out;

	while (in < end) {
		const char *lf = memchr(in, '\n', (size_t)(end - in));
		size_t run = (size_t)((lf != NULL ? lf : end) - in);

		memcpy(p, in, run);
		p += run;
		if (run > 0)
			*cr = p[-1] == '\r';
		if (lf == NULL)
			break;
		if (!*cr)
			*p++ = '\r';
		*p++ = '\n';
		*cr = false;
		in = lf + 1;
	}
	return (size_t)(p - out);
}

size_t ascii_in(char *out, const char *in, size_t n, bool *cr)
{
	const char *end = in + n;
	char *p = out;

	while (in < end) {
		const char *next;
		size_t run;

		if (*cr && *in != '\n')
			*p++ = '\r';
		*cr = false;
		next = memchr(in, '\r', (size_t)(end - in));
		run = (size_t)((next != NULL ? next : end) - in);
		memcpy(p, in, run);
		p += run;
		if (next == NULL)
			break;
		*cr = true;
		in = next + 1;
	}
	return (size_t)(p - out);
}

size_t ascii_in_end(char *out, bool *cr)
{
	if (!*cr)
		return 0;
	*out = '\r';
	*cr = false;
	return 1;
}
