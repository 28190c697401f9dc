/* Quota…: what a configuration says of quotas, and what -t finds about its tables. */
#include "config/quota.h"

#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* file:/absolute/path */
int read_quota_table(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char **field = (const char **)(void *)((char *)r->own + d->offset);
	const char *path;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strncasecmp(words[1], "sql:", 4) == 0)
		return tell_error(r, d->name,
		    "%s: tables in a database are not there: write file:/path", words[1]);
	if (strncasecmp(words[1], "file:", 5) != 0)
		return tell_error(r, d->name, "%s: file:/path is expected", words[1]);
	path = words[1] + 5;
	if (*path != '/' || path[strlen(path) - 1] == '/' || strlen(path) >= PATHNAME_SIZE)
		return tell_error(r, d->name, "%s: an absolute path is expected behind file:",
		    words[1]);
	*field = config_strdup(r->c, path);
	return 0;
}

/* A limit in QuotaDefault: bytes or files; no number above 0 is none. */
static bool parse_limit(const char *word, uint64_t most, uint64_t *out)
{
	uintmax_t v;

	*out = 0;
	if (word[0] == '-')
		return parse_uint(word + 1, 10, 0, UINT64_MAX, &v);
	if (!parse_uint(word, 10, 0, most, &v))
		return false;
	*out = v;
	return true;
}

/* type per-session limit-type in out xfer files-in files-out files-xfer */
int read_quota_default(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct quota_record *q = config_alloc(r->c, sizeof *q);

	if (!words_fit(r, d, nwords, 9, 9))
		return -EINVAL;
	if (!quota_parse_kind(words[1], &q->kind))
		return tell_error(r, d->name, "%s: user, group, class or all is expected",
		    words[1]);
	if (!parse_bool(words[2], &q->per_session))
		return tell_error(r, d->name,
		    "%s: true or false is expected: whether it is per session", words[2]);
	q->hard = strcasecmp(words[3], "hard") == 0;
	if (!q->hard && strcasecmp(words[3], "soft") != 0)
		return tell_error(r, d->name, "%s: hard or soft is expected", words[3]);
	for (unsigned i = 0; i < QUOTA_WHATS; i++) {
		if (!parse_limit(words[4 + i], i <= QUOTA_BYTES_XFER ? QUOTA_MOST : UINT32_MAX,
		    &q->n[i]))
			return tell_error(r, d->name,
			    "%s: a number of %s is expected, or -1 for no limit", words[4 + i],
			    i <= QUOTA_BYTES_XFER ? "bytes" : "files");
	}
	r->own->quota_default = q;
	return 0;
}

int read_quota_units(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char *const known[] = { "b", "Kb", "Mb", "Gb" };

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcasecmp(words[1], known[i]) == 0) {
			r->own->quota_display_units = (unsigned char)(10 * i);
			return 0;
		}
	}
	return tell_error(r, d->name, "%s: b, Kb, Mb or Gb is expected", words[1]);
}

int read_quota_filter(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 2 && strcasecmp(words[1], "none") == 0)
		return 0;
	if (nwords == 3 && !filter_flag(r, d, words[2]))
		return -EINVAL;
	return filter_compile(r, d, words[1], nwords == 3, &r->own->quota_exclude_filter);
}

int read_quota_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "ScanOnLogin") != 0)
		return tell_error(r, d->name, "%s: ScanOnLogin is expected", words[1]);
	r->own->quota_scan_on_login = true;
	return 0;
}

/* Every record of a table. */
static void check_table(struct reader *r, struct origin where, const char *name,
    enum quota_table_type type, const char *path)
{
	STRBUF(why, TEXT_SIZE);
	struct quota_table t;
	struct quota_record record;
	off_t at = QUOTA_HEADER;
	int got = quota_open(&t, type, path, false, &why);

	if (got == 0) {
		while ((got = quota_read(&t, at, &record, &why)) > 0)
			at += (off_t)quota_record_size(type);
		quota_close(&t);
	}
	if (got < 0)
		(void)tell_at(r, got == -EACCES ? CONFIG_WARNING : CONFIG_ERROR, where, name,
		    "%s%s", why.buf, got == -ENOENT ? " (ftpquota --create-table makes it)" : "");
}

void quota_check(struct reader *r, const struct context *c)
{
	const struct settings *on = settings_for(c, D_QUOTA_ENGINE);
	const struct settings *limit = settings_for(c, D_QUOTA_LIMIT_TABLE);
	const struct settings *tally = settings_for(c, D_QUOTA_TALLY_TABLE);
	const struct quota_record *q = SETTING(c, D_QUOTA_DEFAULT, quota_default);

	if (!on->quota_engine)
		return;
	if (limit->quota_limit_table != NULL)
		check_table(r, limit->where[D_QUOTA_LIMIT_TABLE], "QuotaLimitTable", QUOTA_LIMITS,
		    limit->quota_limit_table);
	else if (q == NULL)
		(void)tell_at(r, CONFIG_WARNING, on->where[D_QUOTA_ENGINE], "QuotaEngine",
		    "limits nothing: there is neither QuotaLimitTable nor QuotaDefault");
	if (tally->quota_tally_table != NULL)
		check_table(r, tally->where[D_QUOTA_TALLY_TABLE], "QuotaTallyTable", QUOTA_TALLIES,
		    tally->quota_tally_table);
	else if (limit->quota_limit_table != NULL || (q != NULL && !q->per_session))
		(void)tell_at(r, CONFIG_ERROR, on->where[D_QUOTA_ENGINE], "QuotaEngine",
		    "counts nothing without QuotaTallyTable, and so lets nothing pass that a quota "
		    "limits");
}
