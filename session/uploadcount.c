/* What an upload changes of credit and room: ratios and quotas of STOR, APPE and STOU. */
#include "session/upload.h"

#include "config/log.h"
#include "session/copy.h"
#include "session/move.h"
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
	const char *path = u->path;
	STRBUF(moved, PATHNAME_SIZE);

	/* where it is brought to may count, if its own name does not */
	if (!quota_counts(s, path) && u->moves && move_target(s, u->context, path, &moved) == 0)
		path = moved.buf;
	u->counted = quota_counts(s, path);
	return quota_allows(s, u->how == STORE_APPEND && u->exists ? QUOTA_APPEND : QUOTA_STORE,
	    path, u->arg, s->allo > size ? s->allo - size : 0);
}

bool upload_is_counted(const struct upload *u)
{
	return u->counted || SETTING(u->context, D_RATIOS, ratios);
}

void upload_claim(struct upload *u)
{
	u->shared = flock(u->file, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

void upload_turn(struct session *s, struct upload *u, const char *from, const char *path,
    struct stat *st)
{
	if (!u->counted)
		return;
	quota_turn(s, from, path, st);
	u->unsure = u->unsure || s->quota->no_turn;
}

void upload_measure(struct session *s, struct upload *u)
{
	struct stat st, now;

	if (u->created || (!upload_is_counted(u) && !quota_on(s)))
		return;
	upload_turn(s, u, NULL, u->place, NULL);
	if (fstat(u->file, &st) < 0)
		return;
	/* under another name it is another's turn */
	if (root_stat(&s->root, u->place, &now) < 0 || now.st_dev != st.st_dev ||
	    now.st_ino != st.st_ino)
		u->unsure = true;
	/* whoever took it away meanwhile had its room back */
	u->opened = st.st_nlink > 0 || !u->counted ? (uint64_t)st.st_size : 0;
	if (!u->hidden)
		u->old_size = u->opened;
	if (u->counted && !quota_counts(s, u->place))
		quota_begin_at(s, u->how == STORE_APPEND ? u->opened : u->offset);
}

void upload_replaces(struct session *s, struct upload *u, const struct stat *st)
{
	u->old_size = (uint64_t)st->st_size;
	u->frees = quota_counts(s, u->path) && st->st_nlink <= 1 && !u->unsure &&
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

/* Whether what is there now lies where quotas count it. */
static bool lies_counted(struct session *s, const struct upload *u, bool done)
{
	if (u->gone)
		return false;
	if (done && u->moved->len > 0)
		return quota_counts(s, u->moved->buf);
	if (done && u->hidden)
		return quota_counts(s, u->path);
	return quota_counts(s, u->place);
}

void upload_count_room(struct session *s, const struct upload *u, struct copy_result *r)
{
	bool done = r->end == COPY_DONE, replaced = u->hidden && done && u->exists;
	bool was = !u->created && quota_counts(s, u->place), is = lies_counted(s, u, done);
	uint64_t kept = u->how == STORE_APPEND ? u->opened : u->offset;
	uint64_t before = was ? u->opened : 0;
	uint64_t after = !is ? 0 : u->begun ? kept + r->bytes : u->opened;
	struct quota_use use = {
		.more = after > before ? after - before : 0,
		.less = after < before ? before - after : 0,
		.both = u->counted && !u->over_quota ? r->bytes : 0,
		.files_more = is && !was, .files_less = was && !is, .files_both = u->counted &&
		    done,
	};
	int err = 0;

	if (!quota_on(s))
		return;
	if (u->shared) {             /* what gave way goes on being counted by the other one */
		use.more = is ? r->bytes : 0;
		use.less = 0;
	}
	if (!u->created && (u->unsure || !quota_is_ours(s, u->context, &u->st)))
		use.less = use.files_less = 0;
	if (replaced && u->frees) {
		use.less += u->old_size;
		use.files_less++;
	}
	if (u->counted)
		err = quota_used(s, &use);
	else if (use.more > 0 || use.less > 0 || use.files_more > 0 || use.files_less > 0)
		err = priv_quota_used(s, &use);      /* of an excepted name the temporary */
	if (err == 0)
		return;
	log_write(LOG_ERR, "quotas: %s is stored, and not counted: %s", u->path, strerror(-err));
	if (done) {
		r->end = COPY_FILE;
		r->err = -EIO;
	}
}
