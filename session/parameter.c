/* Transfer parameters (RFC 959, 4.1.2 and 5.3.1), and ABOR where there is nothing to abort. */
#include "config/cap.h"
#include "config/value.h"
#include "session/command.h"
#include "session/transfer.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What may stand behind TYPE. Others are none of the standard's, or none that anybody needs. */
static const struct {
	const char *code;
	unsigned reply;
	bool ascii;
} types[] = {
	{ "A", 200, true }, { "A N", 200, true }, { "I", 200, false },
	{ "L 8", 200, false }, { "L8", 200, false },
	{ "A T", 504, false }, { "A C", 504, false },
	{ "E", 504, false }, { "E N", 504, false }, { "E T", 504, false }, { "E C", 504, false },
};

void cmd_type(struct session *s, const struct command *c, const char *arg)
{
	uintmax_t bits;

	(void)c;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcasecmp(arg, types[i].code) != 0)
			continue;
		if (types[i].reply == 200) {
			s->ascii = types[i].ascii;
			reply(s, 200, "Type is %s.", s->ascii ? "ASCII" : "image");
		} else {
			reply(s, 504, "This type is not supported.");
		}
		return;
	}
	if (strncasecmp(arg, "L ", 2) == 0 && parse_uint(arg + 2, 10, 1, 255, &bits))
		reply(s, 504, "A byte has 8 bits here.");
	else
		reply(s, 501, "No such type.");
}

/* One letter: the only one that there is, one that is the standard's, or nonsense. */
static void one_letter(struct session *s, const char *arg, char only, const char *others,
    const char *what)
{
	int letter = toupper((unsigned char)arg[0]);

	if (arg[1] == '\0' && letter == only)
		reply(s, 200, "%s is %c.", what, only);
	else if (arg[1] == '\0' && strchr(others, letter) != NULL)
		reply(s, 504, "%s %c is not supported.", what, letter);
	else
		reply(s, 501, "No such %s.", what);
}

void cmd_stru(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	one_letter(s, arg, 'F', "RP", "Structure");
}

void cmd_mode(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	one_letter(s, arg, 'S', "BCZ", "Mode");
}

void cmd_rest(struct session *s, const struct command *c, const char *arg)
{
	uintmax_t offset;

	(void)c;
	if (!parse_uint(arg, 10, 0, INT64_MAX, &offset)) {
		reply(s, 501, "Not a byte count.");
	} else if (s->ascii && offset != 0) {
		reply(s, 501, "REST needs TYPE I.");
	} else {
		s->restart = offset;
		reply(s, 350, "The next transfer begins at byte %ju.", offset);
	}
}

/* "size" or "size R record-size". */
static bool parse_allo(const char *arg, uintmax_t *size)
{
	char digits[32];
	size_t n = strcspn(arg, " ");
	uintmax_t record;

	if (n >= sizeof digits)
		return false;
	memcpy(digits, arg, n);
	digits[n] = '\0';
	if (!parse_uint(digits, 10, 0, INT64_MAX, size))
		return false;
	return arg[n] == '\0' || (strncasecmp(arg + n, " R ", 3) == 0 &&
	    parse_uint(arg + n + 3, 10, 0, INT64_MAX, &record));
}

static void too_large(struct session *s, const struct cap *cap, uint64_t size)
{
	transfer_too_large(s, "MaxStoreFileSize", cap, "ALLO", size);
	reply(s, 552, "A file may have %llu bytes here.", (unsigned long long)cap->most);
}

static void grant(struct session *s, uint64_t size)
{
	s->allo = size;
	reply(s, 200, "There is room for that.");
}

/*
 * Nothing is set aside, but a client that asks learns in time that it will not fit: here, or from
 * the upload into another directory.
 */
void cmd_allo(struct session *s, const struct command *c, const char *arg)
{
	const struct cap *cap = cap_for(access_context(&s->access, s->cwd), D_MAX_STORE_FILE_SIZE,
	    &s->who);
	uintmax_t size;
	uint64_t space, left;

	(void)c;
	s->allo = 0;
	if (!parse_allo(arg, &size))
		reply(s, 501, "Not a size.");
	else if (cap != NULL && size > cap->most)
		too_large(s, cap, size);
	else if (root_free_bytes(&s->root, s->cwd, &space) == 0 && size > space)
		reply(s, 552, "Only %ju bytes are free.", (uintmax_t)space);
	else if (size > (left = quota_left(s, s->cwd)))
		reply(s, 552, "Only %ju bytes are left of the quota.", (uintmax_t)left);
	else
		grant(s, size);
}

void cmd_abor(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	data_reset(s);
	reply(s, 226, "Nothing is being transferred now.");
}
