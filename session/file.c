/* One file at a time: delete, rename, size, time, and the room there is; the SITE commands. */
#include "session/command.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* A file of `st` lost its name: there is no credit for it any more. */
static void uncount(struct session *s, const struct context *c, const struct stat *st)
{
	const struct ratio_change change = { .existed = true, .before = (uint64_t)st->st_size };

	if (S_ISREG(st->st_mode))
		ratio_changed(s, c, false, &change);
}

void cmd_dele(struct session *s, const struct command *c, const char *arg)
{
	struct transfer_record t = { .direction = 'd', .complete = true, .ascii = s->ascii };
	struct strbuf path;
	struct access_answer answer;
	struct stat st;
	int err;

	strbuf_init(&path, t.path, sizeof t.path);
	if (!command_path(s, c, arg, RESOLVE_LINK, &path, &st, &answer))
		return;
	quota_turn(s, NULL, path.buf, &st);
	err = S_ISDIR(st.st_mode) ? -EISDIR : root_unlink(&s->root, path.buf);
	if (err == 0)
		quota_removed(s, answer.context, path.buf, &st);
	quota_turn_over(s);
	if (err < 0) {
		reply_errno(s, 0, arg, err);
		return;
	}
	t.bytes = st.st_size > 0 ? (uint64_t)st.st_size : 0;
	priv_transfer(s, &t);
	uncount(s, answer.context, &st);
	reply(s, 250, "File deleted.");
}

void cmd_rnfr(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;

	s->rename_from[0] = '\0';
	if (!command_path(s, c, arg, RESOLVE_LINK, &path, NULL, &answer))
		return;
	if (strcmp(path.buf, "/") == 0) {
		reply_errno(s, 550, arg, -EBUSY);
		return;
	}
	memcpy(s->rename_from, path.buf, path.len + 1);
	reply(s, 350, "Ready for the new name.");
}

void cmd_rnto(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	char from[PATHNAME_SIZE];
	struct access_answer answer;
	struct quota_use use;
	struct stat st;
	bool replaced;
	int err;

	memcpy(from, s->rename_from, sizeof from);
	s->rename_from[0] = '\0';
	if (from[0] == '\0') {
		reply(s, 503, "Give RNFR first.");
		return;
	}
	/* what bears the name gives way, be it a link: never the file that the link leads to */
	if (!command_path(s, c, arg, RESOLVE_NAME, &path, &st, &answer))
		return;
	if (ratio_binds(s, access_section(&s->access, from), answer.context)) {
		reply(s, 550, "%.*s%s: Ratios do not let it leave where they count.", CUT(arg));
		return;
	}
	quota_turn(s, from, path.buf, &st);
	if (!quota_allows_move(s, from, path.buf, arg, &use)) {
		quota_turn_over(s);
		return;
	}
	err = root_rename(&s->root, from, path.buf,
	    SETTING(answer.context, D_ALLOW_OVERWRITE, allow_overwrite));
	quota_moved(s, &use, err == 0);
	replaced = err == 0 && st.st_nlink > 0 && strcmp(from, path.buf) != 0;
	if (replaced)
		quota_removed(s, answer.context, path.buf, &st);
	quota_turn_over(s);
	if (err < 0) {
		reply_errno(s, 0, arg, err);
		return;
	}
	if (replaced)
		uncount(s, answer.context, &st);
	reply(s, 250, "Renamed.");
}

/* In TYPE A the size on the wire is another, and counting a large file's line ends an attack. */
void cmd_size(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;

	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	if (s->ascii)
		reply(s, 550, "SIZE needs TYPE I.");
	else if (!S_ISREG(st.st_mode))
		reply(s, 550, "%.*s%s: Not a plain file.", CUT(arg));
	else
		reply(s, 213, "%jd", (intmax_t)st.st_size);
}

/* RFC 3659's time-val, always UTC. False for a year that it cannot express. */
static bool time_text(time_t t, struct strbuf *out)
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return false;
	strbuf_addpad(out, (uintmax_t)(tm.tm_year + 1900), 4, '0');
	strbuf_addpad(out, (uintmax_t)tm.tm_mon + 1, 2, '0');
	strbuf_addpad(out, (uintmax_t)tm.tm_mday, 2, '0');
	strbuf_addpad(out, (uintmax_t)tm.tm_hour, 2, '0');
	strbuf_addpad(out, (uintmax_t)tm.tm_min, 2, '0');
	strbuf_addpad(out, (uintmax_t)tm.tm_sec, 2, '0');
	return true;
}

void cmd_mdtm(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(text, 32);
	struct access_answer answer;
	struct stat st;

	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		reply(s, 550, "%.*s%s: Not a plain file.", CUT(arg));
	else if (!time_text(st.st_mtime, &text))
		reply(s, 550, "%.*s%s: No time that can be told.", CUT(arg));
	else
		reply(s, 213, "%s", text.buf);
}

void cmd_avbl(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	uint64_t space, left;
	int err;

	if (*arg == '\0')
		arg = ".";
	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	err = S_ISDIR(st.st_mode) ? root_free_bytes(&s->root, path.buf, &space) : -ENOTDIR;
	if (err < 0) {
		reply_errno(s, 550, arg, err);
		return;
	}
	left = quota_left(s, path.buf);
	reply(s, 213, "%ju", (uintmax_t)(left < space ? left : space));
}

void cmd_site(struct session *s, const struct command *c, const char *arg)
{
	size_t n = strcspn(arg, " ");
	const struct command *site = command_find_site(arg, n);

	(void)c;
	if (site == NULL)
		reply(s, 500, "SITE %.*s%s: No such command.", CUT(arg));
	else {
		record_site(s, site, arg[n] == ' ' ? arg + n + 1 : "");
		command_run(s, site, arg[n] == ' ' ? arg + n + 1 : "");
	}
}
