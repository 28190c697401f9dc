/* QuotaOptions ScanOnLogin: what the user's files in the start directory come to. */
#include "session/quota.h"

#include "config/log.h"
#include "session/session.h"
#include "vfs/list.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What is beyond is not counted: a login does not wait for ever. */
enum { DEPTH = 64, ENTRIES = 2000000 };

struct scan {
	struct session *s;
	struct strbuf *path;
	bool directories;            /* they count, too */
	bool cut;
	enum quota_kind kind;
	unsigned depth;
	uint64_t bytes, files, entries;
};

static bool is_counted(const struct scan *scan, const struct stat *st)
{
	const struct session *s = scan->s;

	if (scan->kind == QUOTA_USER && st->st_uid != s->id.uid)
		return false;
	if (scan->kind == QUOTA_GROUP && st->st_gid != s->id.gid)
		return false;
	return S_ISREG(st->st_mode) || (S_ISDIR(st->st_mode) && scan->directories);
}

static int walk(struct scan *scan);

static int see(void *arg, const struct list_entry *e)
{
	struct scan *scan = arg;
	size_t before = scan->path->len;

	if (++scan->entries > ENTRIES) {
		scan->cut = true;
		return 1;
	}
	if (before > 1)
		strbuf_addc(scan->path, '/');
	strbuf_add(scan->path, e->name);
	if (scan->path->full) {
		scan->cut = true;
	} else if (is_counted(scan, e->st) && quota_counts(scan->s, scan->path->buf)) {
		scan->bytes += e->st->st_size > 0 ? (uint64_t)e->st->st_size : 0;
		scan->files++;
	}
	if (!scan->path->full && S_ISDIR(e->st->st_mode))
		(void)walk(scan);
	strbuf_cut(scan->path, before);
	return scan->cut && scan->entries > ENTRIES ? 1 : 0;
}

static int walk(struct scan *scan)
{
	const struct list_how how = { .order = LIST_AS_READ, .need_stat = true };
	int fd, err;

	if (scan->depth == DEPTH) {
		scan->cut = true;
		return 0;
	}
	fd = root_open_dir(&scan->s->root, scan->path->buf);
	if (fd < 0)
		return fd;           /* what the user cannot read is not counted */
	scan->depth++;
	err = list_directory(fd, &how, NULL, see, scan);
	scan->depth--;
	(void)close(fd);
	return err;
}

/* In a frame of its own, which is gone when the session waits. */
static void __attribute__((noinline)) count(struct session *s, enum quota_kind kind)
{
	STRBUF(path, PATHNAME_SIZE);
	struct scan scan = {
		.s = s, .path = &path, .kind = kind,
		.directories = SETTING(s->base, D_QUOTA_DIRECTORY_TALLY, quota_directory_tally),
	};
	int err;

	strbuf_add(&path, s->cwd);
	(void)walk(&scan);
	if (scan.cut)
		log_write(LOG_WARNING,
		    "ScanOnLogin: not all of %s was counted: it is too deep, or too much", s->cwd);
	err = priv_quota_scan(s, scan.bytes, scan.files);
	if (err < 0)
		log_write(LOG_WARNING, "ScanOnLogin: %s", strerror(-err));
	else
		log_debug(1, "ScanOnLogin: %llu bytes in %llu files",
		    (unsigned long long)scan.bytes, (unsigned long long)scan.files);
}

void quota_scan(struct session *s)
{
	struct quota_told told;

	if (SETTING(s->base, D_QUOTA_OPTIONS, quota_scan_on_login) &&
	    priv_quota(s, QUOTA_TELL, s->cwd, 0, &told) == 0 && told.any)
		count(s, told.limit.kind);
}
