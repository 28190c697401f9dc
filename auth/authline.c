/* Lines of AuthUserFile and AuthGroupFile: which count, and what they say. */
#include "auth/authline.h"

#include "config/value.h"

#include <stddef.h>
#include <string.h>

/* The field in front of the next ':', which is cut off. NULL when there is none. */
static char *field(char **at, bool last)
{
	char *start = *at, *colon = strchr(start, ':');

	if ((colon == NULL) != last)
		return NULL;
	if (colon != NULL) {
		*colon = '\0';
		*at = colon + 1;
	}
	return start;
}

static bool id_field(char **at, uint32_t *out)
{
	const char *text = field(at, false);
	uintmax_t v;

	/* -1 (4294967295) is a number here: who has it is refused with a reason of its own */
	if (text == NULL || !parse_uint(text, 10, 0, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool authfile_user_line(char *line, struct authfile_user *out)
{
	char *at = line;

	out->name = field(&at, false);
	out->hash = out->name != NULL ? field(&at, false) : NULL;
	if (out->hash == NULL || !id_field(&at, &out->uid) || !id_field(&at, &out->gid) ||
	    field(&at, false) == NULL)
		return false;
	out->home = field(&at, false);
	out->shell = out->home != NULL ? field(&at, true) : NULL;
	return out->shell != NULL && out->name[0] != '\0';
}

bool authfile_group_line(char *line, struct authfile_group *out)
{
	char *at = line;

	out->name = field(&at, false);
	if (out->name == NULL || field(&at, false) == NULL || !id_field(&at, &out->gid))
		return false;
	out->members = field(&at, true);
	return out->members != NULL && out->name[0] != '\0';
}

bool authfile_is_member(const char *members, const char *name)
{
	size_t n = strlen(name);

	while (n > 0 && *members != '\0') {
		size_t word = strcspn(members, ",");

		if (word == n && memcmp(members, name, n) == 0)
			return true;
		members += word + (members[word] == ',');
	}
	return false;
}

char *authfile_next_line(char **at, char *end, unsigned *number)
{
	while (*at < end) {
		char *line = *at, *lf = memchr(line, '\n', (size_t)(end - line));
		char *stop = lf != NULL ? lf : end;

		*at = stop + 1;
		++*number;
		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0';
		/* a NUL in the middle would hide the rest: such a line is no line of text */
		if (line[0] != '\0' && line[0] != '#' && strlen(line) == (size_t)(stop - line))
			return line;
	}
	return NULL;
}
