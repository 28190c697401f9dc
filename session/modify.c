/* What is changed of a file but its bytes and name: MFMT, MFF, SITE CHMOD, SITE CHGRP. */
#include "config/fact.h"
#include "config/value.h"
#include "session/command.h"
#include "session/mode.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int two_digits(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* "YYYYMMDDhhmmss", maybe with a fraction: a moment that exists. */
static bool parse_time(const char *p, size_t n, time_t *out)
{
	size_t digits = strspn(p, "0123456789");
	struct tm tm, back;

	if (digits != 14 || strncmp(p, "0000", 4) == 0 || (n > 14 && (p[14] != '.' || n == 15 ||
	    strspn(p + 15, "0123456789") != n - 15)))
		return false;
	tm = (struct tm){
		.tm_year = two_digits(p) * 100 + two_digits(p + 2) - 1900,
		.tm_mon = two_digits(p + 4) - 1, .tm_mday = two_digits(p + 6),
		.tm_hour = two_digits(p + 8), .tm_min = two_digits(p + 10),
		.tm_sec = two_digits(p + 12),
	};
	back = tm;
	*out = timegm(&back); /* which turns the 30th of February into another day */
	return back.tm_mon == tm.tm_mon && back.tm_mday == tm.tm_mday &&
	    back.tm_hour == tm.tm_hour && back.tm_min == tm.tm_min && back.tm_sec == tm.tm_sec;
}

void cmd_mfmt(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	size_t n = strcspn(arg, " ");
	const char *name = arg + n + 1;
	time_t when;
	int err;

	if (arg[n] == '\0' || *name == '\0' || !parse_time(arg, n, &when)) {
		reply(s, 501, "YYYYMMDDhhmmss and a pathname, please.");
		return;
	}
	if (!command_path(s, c, name, RESOLVE_EXISTING, &path, NULL, &answer))
		return;
	err = root_set_mtime(&s->root, path.buf, when);
	if (err < 0)
		reply_errno(s, 0, name, err);
	else
		reply(s, 213, "Modify=%.14s; %.*s%s", arg, CUT(name));
}

/* A group by its name, or by its number. Returns 0 or -ESRCH. */
static int find_group(struct session *s, const char *text, uint32_t *gid)
{
	uintmax_t number;

	if (!parse_uint(text, 10, 0, UINT32_MAX - 1, &number))
		return priv_group_id(s, text, gid);
	*gid = (uint32_t)number;
	return 0;
}

/* What MFF is to change, read as a whole before anything is changed. */
struct changes {
	bool time, mode, group;
	time_t mtime;
	mode_t bits;
	char group_text[NAME_SIZE];
};

/* One fact, `name=value` of `n` bytes. Returns 0, or the code of a refusal. */
static unsigned read_fact(const char *fact, size_t n, struct changes *out)
{
	const char *value = memchr(fact, '=', n);
	size_t name = value != NULL ? (size_t)(value - fact) : n, len = n - name - 1;
	STRBUF(text, NAME_SIZE);

	if (value == NULL)
		return 501;
	strbuf_addn(&text, value + 1, len);
	if (text.full || len == 0)
		return 501;
	switch (fact_find(fact, name)) {
	case FACT_MODIFY:
		out->time = true;
		return parse_time(text.buf, len, &out->mtime) ? 0 : 501;
	case FACT_UNIX_MODE:
		out->mode = true;
		/* symbolic modes are no values of the fact */
		return *text.buf >= '0' && *text.buf <= '7' &&
		    mode_parse(text.buf, 0, false, &out->bits) ? 0 : 501;
	case FACT_UNIX_GROUP:
		out->group = true;
		memcpy(out->group_text, text.buf, text.len + 1);
		return 0;
	default:
		return 504;
	}
}

static unsigned read_facts(const char *facts, size_t n, struct changes *out)
{
	unsigned code = n == 0 ? 501 : 0;

	for (const char *end = facts + n; facts < end && code == 0;) {
		const char *semicolon = memchr(facts, ';', (size_t)(end - facts));
		size_t len = semicolon != NULL ? (size_t)(semicolon - facts) :
		    (size_t)(end - facts);

		code = read_fact(facts, len, out);
		facts += len + (semicolon != NULL);
	}
	return code;
}

/* The group first, since that takes bits of the mode away, and the time last. */
static int change(struct session *s, const char *path, const struct changes *c)
{
	uint32_t gid;
	int err = 0;

	if (c->group && (err = find_group(s, c->group_text, &gid)) == 0)
		err = root_chgrp(&s->root, path, gid);
	if (c->mode && err == 0)
		err = root_chmod(&s->root, path, c->bits);
	if (c->time && err == 0)
		err = root_set_mtime(&s->root, path, c->mtime);
	return err;
}

/* draft-somers-ftp-mfxx: facts, a space, a pathname; all of the facts or none. */
void cmd_mff(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct changes changes = { .time = false };
	struct access_answer answer;
	size_t n = strcspn(arg, " ");
	const char *name = arg + n + 1;
	unsigned code = arg[n] == '\0' || *name == '\0' ? 501 : read_facts(arg, n, &changes);
	int err;

	if (code == 504)
		reply(s, 504, "Only modify, UNIX.mode and UNIX.group can be changed.");
	else if (code != 0)
		reply(s, code, "fact=value;... and a pathname, please.");
	if (code != 0 || !command_path(s, c, name, RESOLVE_EXISTING, &path, NULL, &answer))
		return;
	err = change(s, path.buf, &changes);
	if (err < 0)
		reply_errno(s, 0, name, err);
	else
		reply(s, 213, "%.*s%s %.*s%s", (int)(n < 512 ? n : 512), arg, arg[n - 1] == ';' ?
		    "" : ";", CUT(name));
}

void cmd_site_chmod(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(text, 64);
	struct access_answer answer;
	size_t n = strcspn(arg, " ");
	const char *name = arg + n + 1;
	struct stat st;
	mode_t mode;
	int err;

	strbuf_addn(&text, arg, n);
	if (arg[n] == '\0' || *name == '\0' || text.full ||
	    !mode_parse(text.buf, 0, false, &mode)) {
		reply(s, 501, "A mode and a pathname, please.");
		return;
	}
	if (!command_path(s, c, name, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	(void)mode_parse(text.buf, st.st_mode, S_ISDIR(st.st_mode), &mode);
	err = root_chmod(&s->root, path.buf, mode);
	if (err < 0)
		reply_errno(s, 0, name, err);
	else
		reply(s, 200, "Mode changed.");
}

void cmd_site_chgrp(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(text, NAME_SIZE);
	struct access_answer answer;
	size_t n = strcspn(arg, " ");
	const char *name = arg + n + 1;
	uint32_t gid;
	int err;

	strbuf_addn(&text, arg, n);
	if (arg[n] == '\0' || *name == '\0' || n == 0 || text.full) {
		reply(s, 501, "A group and a pathname, please.");
		return;
	}
	if (!command_path(s, c, name, RESOLVE_EXISTING, &path, NULL, &answer))
		return;
	err = find_group(s, text.buf, &gid);
	if (err == 0)
		err = root_chgrp(&s->root, path.buf, gid);
	if (err < 0)
		reply_errno(s, 0, name, err);
	else
		reply(s, 200, "Group changed.");
}
