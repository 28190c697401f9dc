/* What an upload changes of credit and room: ratios and quotas of STOR, APPE and STOU. */
#include "session/upload.h"

#include "config/log.h"
#include "session/copy.h"
#include "session/quota.h"
#include "session/ratio.h"
#include "session/session.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>

uint64_t upload_kept(const struct upload *u, const struct stat *st)
{
	return u->how == STORE_APPEND ? (u->exists ? (uint64_t)st->st_size : 0) : u->offset;
}

bool upload_allowed(struct session *s, struct upload *u, const struct stat *st)
{
	uint64_t size = upload_kept(u, st);

	u->counted = quota_counts(s, u->path);
	return quota_allows(s, u->how == STORE_APPEND && u->exists ? QUOTA_APPEND : QUOTA_STORE,
	    u->path, u->arg, s->allo > size ? s->allo - size : 0);
}

bool upload_is_counted(const struct upload *u)
{
	return u->counted || SETTING(u->context, D_RATIOS, ratios);
}

void upload_claim(struct upload *u)
{
	u->shared = flock(u->file, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

void upload_turn(struct session *s, struct upload *u, const char *path)
{
	if (!u->counted)
		return;
	quota_turn(s, NULL, path, NULL);
	u->unsure = u->unsure || s->quota->no_turn;
}

void upload_measure(struct session *s, struct upload *u)
{
	struct stat st;

	if (u->created || !upload_is_counted(u))
		return;
	upload_turn(s, u, u->place);
	if (fstat(u->file, &st) < 0)
		return;
	/* whoever took it away meanwhile had its room back */
	u->opened = st.st_nlink > 0 || !u->counted ? (uint64_t)st.st_size : 0;
	if (!u->hidden)
		u->old_size = u->opened;
}

void upload_replaces(const struct session *s, struct upload *u, const struct stat *st)
{
	u->old_size = (uint64_t)st->st_size;
	u->frees = u->counted && st->st_nlink <= 1 && !u->unsure &&
	    quota_is_ours(s, u->context, st);
}

void upload_count_credit(struct session *s, const struct upload *u, const struct copy_result *r)
{
	bool complete = r->end == COPY_DONE;
	struct ratio_change change = {
		.existed = u->hidden ? u->exists : !u->created, .exists = !u->gone,
		.before = u->old_size, .after = u->gone || u->lost ? 0 : (uint64_t)u->st.st_size,
	};

	if (u->lost)                 /* who took it away gave the credit for a file back */
		change.exists = change.existed;
	if (!complete && u->hidden)
		return;              /* of that name all is as it was */
	/* others may have written to it, too */
	if (change.after > change.before && change.after - change.before > r->bytes)
		change.after = change.before + r->bytes;
	ratio_changed(s, u->context, complete && !u->shared, &change);
}

void upload_count_room(struct session *s, const struct upload *u, struct copy_result *r)
{
	bool done = r->end == COPY_DONE, replaced = u->hidden && done && u->exists;
	uint64_t kept = u->how == STORE_APPEND ? u->opened : u->offset;
	uint64_t after = u->gone ? 0 : u->begun ? kept + r->bytes : u->opened;
	struct quota_use use = {
		.more = after > u->opened ? after - u->opened : 0,
		.less = after < u->opened ? u->opened - after : 0,
		.both = u->over_quota ? 0 : r->bytes,
		.files_more = !u->gone && u->created, .files_less = u->gone && !u->created,
		.files_both = done,
	};
	int err;

	if (u->shared) {             /* what gave way goes on being counted by the other one */
		use.more = r->bytes;
		use.less = 0;
	}
	if (!u->created && (u->unsure || !quota_is_ours(s, u->context, &u->st)))
		use.less = use.files_less = 0;
	if (replaced && u->frees) {
		use.less += u->old_size;
		use.files_less++;
	}
	err = quota_used(s, &use);
	if (err == 0)
		return;
	log_write(LOG_ERR, "quotas: %s is stored, and not counted: %s", u->path, strerror(-err));
	if (done) {
		r->end = COPY_FILE;
		r->err = -EIO;
	}
}
