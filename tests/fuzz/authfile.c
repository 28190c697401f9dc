/* Any bytes as an AuthUserFile and as an AuthGroupFile: lines stay inside, fields are texts. */
#include "auth/authfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as(bool group, const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *at = text, *line;
	unsigned number = 0;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	while ((line = authfile_next_line(&at, text + size, &number)) != NULL) {
		struct authfile_user u;
		struct authfile_group g;

		if (memchr(line, '\n', strlen(line)) != NULL || number > size + 1)
			abort();
		if (group && authfile_group_line(line, &g) &&
		    authfile_is_member(g.members, g.name) &&
		    strstr(g.members, g.name) == NULL)
			abort();
		if (!group && authfile_user_line(line, &u) && strlen(u.name) + strlen(u.hash) +
		    strlen(u.home) + strlen(u.shell) > size)
			abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(false, data, size);
	read_as(true, data, size);
	return 0;
}
