/* STOR, APPE and STOU: a file from the client, whole or as the rules for broken uploads say. */
#include "session/command.h"

#include "config/cap.h"
#include "config/log.h"
#include "config/transfer.h"
#include "session/claim.h"
#include "session/move.h"
#include "session/owner.h"
#include "session/throttle.h"
#include "session/transfer.h"
#include "session/upload.h"
#include "vfs/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const verbs[] = { "STOR", "APPE", "STOU" };

/* Everything that can be said without opening it (directives.md, 21.1). False: it was told. */
static bool allowed(struct session *s, const struct upload *u, const struct stat *st)
{
	if (u->exists && u->how != STORE_APPEND && !u->overwrite)
		reply(s, 550, "%.*s%s: Overwrite permission denied.", CUT(u->arg));
	else if (u->exists && !S_ISREG(st->st_mode))
		reply_errno(s, 0, u->arg, S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL);
	else if (u->exists && (u->offset > 0 || u->how == STORE_APPEND) && !u->may_restart)
		reply(s, 451, "%.*s%s: Append or restart not permitted, try again.", CUT(u->arg));
	else if (u->offset > 0 && u->hidden && !u->may_restart)
		reply(s, 501, "REST is not possible with HiddenStores.");
	else if (u->offset > 0 && !u->hidden && u->offset > (u->exists ? (uint64_t)st->st_size : 0))
		reply(s, 554, "Restart point is beyond the end of the file.");
	else
		return true;
	return false;
}

/* MaxStoreFileSize, as far as it can be told before the first byte. False: it was told. */
static bool size_allowed(struct session *s, const struct upload *u, const struct stat *st)
{
	uint64_t size = upload_kept(u, st);

	if (u->cap == NULL)
		return true;
	if (s->allo > size)
		size = s->allo;
	if (size <= u->cap->most)
		return true;
	transfer_too_large(s, "MaxStoreFileSize", u->cap, u->path, size);
	reply(s, 552, "%.*s%s: A file may have %llu bytes here.", CUT(u->arg),
	    (unsigned long long)u->cap->most);
	return false;
}

/* How many bytes may come. */
static uint64_t room_for(const struct upload *u)
{
	uint64_t size = u->offset;
	struct stat st;

	if (u->cap == NULL)
		return UINT64_MAX;
	if (u->how == STORE_APPEND)  /* somebody else may have written to it meanwhile */
		size = fstat(u->file, &st) == 0 ? (uint64_t)st.st_size : UINT64_MAX;
	return size < u->cap->most ? u->cap->most - size : 0;
}

/*
 * Receive the file. Several sessions may append to one at a time, each having counted what was
 * there before: only the kernel knows where the next byte goes, and it is the kernel that says no
 * then.
 */
static struct copy_result copy(struct session *s, const struct upload *u, bool ascii)
{
	bool bound = u->cap != NULL && u->how == STORE_APPEND;
	struct rlimit before, limit;
	struct copy_result r;

	if (bound && getrlimit(RLIMIT_FSIZE, &before) == 0 && u->cap->most < before.rlim_cur) {
		limit = (struct rlimit){ u->cap->most, before.rlim_max };
		bound = setrlimit(RLIMIT_FSIZE, &limit) == 0;
	} else {
		bound = false;
	}
	r = copy_receive(s, u->file, ascii, room_for(u));
	if (!bound)
		return r;
	(void)setrlimit(RLIMIT_FSIZE, &before);      /* below the hard one: can't fail */
	if (r.end == COPY_FILE && r.err == -EFBIG)
		r.end = COPY_OVER;
	return r;
}

/* Append `text` with %P replaced by the session's number, which is its monitor's. */
static void add_with_pid(struct strbuf *b, const char *text)
{
	const char *p;

	for (; (p = strstr(text, "%P")) != NULL; text = p + 2) {
		strbuf_addn(b, text, (size_t)(p - text));
		strbuf_addu(b, (uintmax_t)getppid());
	}
	strbuf_add(b, text);
}

/* The temporary of HiddenStores, beside the file that it becomes. */
static int hidden_name(const struct upload *u, struct strbuf *out)
{
	const struct settings *set = settings_for(u->context, D_HIDDEN_STORES);
	int err = path_parent(out, u->path);

	if (err < 0)
		return err;
	if (out->len > 1)
		strbuf_addc(out, '/');
	add_with_pid(out, set->hidden_stores.prefix);
	strbuf_add(out, path_last(u->path));
	add_with_pid(out, set->hidden_stores.suffix);
	return out->full ? -ENAMETOOLONG : 0;
}

/* Nobody has deleted or renamed what we write, nor put something else in its place. */
static bool is_in_place(struct session *s, const struct upload *u)
{
	struct stat now;

	return root_stat(&s->root, u->place, &now) == 0 && now.st_dev == u->st.st_dev &&
	    now.st_ino == u->st.st_ino;
}

/* Remove what we wrote, unless somebody else has done that. */
static void discard(struct session *s, struct upload *u)
{
	upload_turn(s, u, NULL, u->place, NULL);
	u->gone = is_in_place(s, u) && root_unlink(&s->root, u->place) == 0;
	quota_turn_over(s);
}

/*
 * Go on with a temporary that a lost connection left (directives.md, 21.5): it must be the
 * session's own, nobody's at the moment (a live session holds a lock on it), and end where the
 * client goes on.
 */
static bool resume(struct session *s, struct upload *u)
{
	struct stat now;

	u->file = root_stat(&s->root, u->place, &u->st);
	if (u->file == 0)
		u->file = root_open_write(&s->root, u->place, 0, false, &u->created, &u->st);
	/*
	 * who had the lock may have stored more, or given the file its name, until the moment he
	 * left it
	 */
	if (u->file >= 0 && !u->created && u->st.st_uid == s->id.uid &&
	    flock(u->file, LOCK_EX | LOCK_NB) == 0 && fstat(u->file, &u->st) == 0 &&
	    (uint64_t)u->st.st_size == u->offset && root_stat(&s->root, u->place, &now) == 0 &&
	    now.st_dev == u->st.st_dev && now.st_ino == u->st.st_ino)
		return true;
	if (u->file >= 0) {
		if (u->created)
			discard(s, u);
		(void)close(u->file);
	}
	reply(s, 501, "There is no upload to go on with at %llu.", (unsigned long long)u->offset);
	return false;
}

/* Open `place`, nothing lost yet. False: it was told. */
static bool open_place(struct session *s, struct upload *u)
{
	mode_t mode = 0666 & ~SETTING(u->context, D_UMASK, umask.file);
	/* what somebody creates meanwhile is not ours to write over */
	bool exclusive = u->hidden || u->how == STORE_UNIQUE ||
	    !(u->how == STORE_APPEND ? u->may_restart : u->overwrite);

	if (u->hidden && u->offset > 0)
		return resume(s, u);
	u->file = root_open_write(&s->root, u->place, mode, exclusive, &u->created, &u->st);
	if (u->file < 0) {
		reply_errno(s, 0, u->arg, u->file);
		return false;
	}
	if (u->hidden)
		(void)flock(u->file, LOCK_EX | LOCK_NB); /* without one nobody goes on with it */
	else if (upload_is_counted(u) || quota_on(s))
		upload_claim(u);
	return true;
}

/* The data connection stands: only now may the old content go. Returns 0 or -errno. */
static int make_room(const struct upload *u)
{
	if (u->how == STORE_APPEND)
		return fcntl(u->file, F_SETFL, O_APPEND) < 0 ? -errno : 0;
	if (!u->created && ftruncate(u->file, (off_t)u->offset) < 0)
		return -errno;
	return lseek(u->file, (off_t)u->offset, SEEK_SET) < 0 ? -errno : 0;
}

/* Whether a broken upload goes (DeleteAbortedStores; directives.md, 21.4 and 21.5). */
static bool unwanted(const struct upload *u, enum copy_end end)
{
	const struct settings *set = settings_for(u->context, D_DELETE_ABORTED_STORES);
	bool written = set->where[D_DELETE_ABORTED_STORES].line != 0;
	bool lost = end == COPY_NET || end == COPY_STALLED || end == COPY_CUT;

	if (u->over_quota)           /* but what was there before an append or a restart stays */
		return u->hidden || (u->how != STORE_APPEND && u->offset == 0);
	if (!(written ? set->delete_aborted_stores : u->hidden))
		return false;
	if (u->hidden)
		return !lost || written || !u->may_restart;
	/* what was there before an append or a restart was not aborted */
	return !lost && u->how != STORE_APPEND && u->offset == 0;
}

/*
 * A new file gets its owner (UserOwner, GroupOwner) before its first byte. Not where that would
 * take the right to remove or rename it from us: a temporary is ours until it is whole, since
 * nobody else can go on with it, and in a sticky directory names belong to the files' owners.
 */
static void plan_owner(struct session *s, struct upload *u)
{
	STRBUF(parent, PATHNAME_SIZE);
	struct stat st;

	u->give = (u->created || u->hidden) && owner_given(u->context);
	if (!u->give)
		return;
	u->sticky = path_parent(&parent, u->path) < 0 ||
	    root_stat(&s->root, parent.buf, &st) < 0 || (st.st_mode & S_ISVTX) != 0;
	if (!u->hidden && !u->sticky)
		owner_give(s, u->context, u->path, u->file);
}

/*
 * The owner of what got none at the beginning. Returns a descriptor to give it by once the file
 * has its name, or -1: also the name that StoreMoveTo gives is not to be had in a sticky directory
 * for what is another's already.
 */
static int give_late(struct session *s, const struct upload *u, enum copy_end end)
{
	bool stays = end == COPY_DONE || (!u->hidden && !unwanted(u, end));

	if (!u->give || !stays || (!u->hidden && !u->sticky))
		return -1;
	if ((u->hidden || u->moves) && u->sticky)
		return fcntl(u->file, F_DUPFD_CLOEXEC, 0);
	owner_give(s, u->context, u->path, u->file);
	return -1;
}

/*
 * What a hidden upload that was moved away would have replaced goes, as it would without
 * HiddenStores; what somebody else put there since then does not.
 */
static void drop_old(struct session *s, struct upload *u)
{
	struct stat now;
	int err;

	upload_turn(s, u, NULL, u->path, u->counted ? &now : NULL);
	err = root_stat(&s->root, u->path, &now);
	if (err == 0 && (now.st_dev != u->old->st_dev || now.st_ino != u->old->st_ino))
		err = -ESTALE;
	if (err == 0)
		err = root_unlink(&s->root, u->path);
	if (err == 0)
		upload_replaces(s, u, &now);
	u->frees = u->frees && quota_gave_way(s);
	quota_turn_over(s);
	if (err == 0)
		return;
	u->exists = false;           /* who took it away had its room back */
	u->old_size = 0;
	if (err != -ENOENT && err != -ESTALE)
		log_write(LOG_WARNING, "StoreMoveTo: the old %s stays: %s", u->path,
		    strerror(-err));
}

/* StoreMoveTo. False: it stays. */
static bool moves(struct session *s, struct upload *u)
{
	bool moved;

	upload_turn(s, u, NULL, u->place, NULL);
	moved = move_upload(s, u->context, u->place, u->path, &u->st, u->moved);
	quota_turn_over(s);
	return moved;
}

/* The whole file gets its name: StoreMoveTo's, or its own. Returns 0 or -errno. */
static int arrive(struct session *s, struct upload *u)
{
	struct stat now;
	int err;

	if (u->moves && moves(s, u)) {
		if (u->hidden && u->exists)
			drop_old(s, u);
		return 0;
	}
	if (!u->hidden)
		return 0;
	if (upload_is_counted(u)) {  /* other sessions may have stored one of that name since */
		upload_turn(s, u, u->place, u->path, u->counted ? &now : NULL);
		u->exists = root_stat(&s->root, u->path, &now) == 0;
		u->old_size = 0;
		if (u->exists)
			upload_replaces(s, u, &now);
	}
	err = root_rename(&s->root, u->place, u->path, u->overwrite && u->how == STORE_PLAIN);
	u->frees = u->frees && quota_gave_way(s);
	quota_turn_over(s);
	return err;
}

/* Bring it home: close, then the name. A failure of either is a failure of the upload. */
static void finish(struct session *s, struct upload *u, struct copy_result *r)
{
	int again = give_late(s, u, r->end), err;
	/* the lock, until it has its name or is gone: nobody goes on with what is whole */
	int hold = u->hidden || u->counted ? fcntl(u->file, F_DUPFD_CLOEXEC, 0) : -1;

	if (s->id.wants_records || SETTING(u->context, D_RATIOS, ratios))
		(void)fstat(u->file, &u->st);        /* for its size alone */
	/* before it is closed: whoever waits for that may bring it elsewhere */
	u->lost = !u->hidden && SETTING(u->context, D_RATIOS, ratios) && !is_in_place(s, u);
	err = close(u->file) < 0 ? -errno : 0;
	if (err == 0 && r->end == COPY_DONE)
		err = arrive(s, u);
	if (err == 0 && again >= 0)
		owner_give(s, u->context, u->path, again);
	if (again >= 0)
		(void)close(again);
	if (err < 0 && r->end == COPY_DONE) {
		r->end = COPY_FILE;
		r->err = err;
	}
	if (r->end != COPY_DONE && unwanted(u, r->end))
		discard(s, u);
	if (hold >= 0)
		(void)close(hold);
}

static void receive(struct session *s, struct upload *u)
{
	struct throttle throttle;
	struct transfer t = {
		.throttle = throttle_find(s, &throttle, u->context,
		    transfer_command(verbs[u->how])),
		.verb = verbs[u->how], .path = u->path, .context = u->context, .direction = 'i',
		.ascii = transfer_ascii(s), .offset = u->offset, .most = u->cap != NULL ?
		    u->cap->most : 0,
		.ours = (u->cap != NULL && u->how == STORE_APPEND) || quota_reserves(s),
	};
	struct copy_result r = { .end = COPY_FILE };
	STRBUF(text, TEXT_SIZE);
	STRBUF(moved, PATHNAME_SIZE);
	STRBUF(over, TEXT_SIZE);
	int err;

	if (u->how == STORE_UNIQUE)
		strbuf_addf(&text, "FILE: %s", u->arg); /* RFC 1123, 4.1.2.9 */
	else
		strbuf_addf(&text, "Opening %s mode data connection for %.*s%s.",
		    t.ascii ? "ASCII" : "BINARY", CUT(u->arg));
	err = transfer_begin(s, &t, text.buf);
	if (err < 0) {
		if (u->created)
			discard(s, u);
		(void)close(u->file);
		upload_count_room(s, u, &r);
		data_refuse(s, err);
		return;
	}
	plan_owner(s, u);
	upload_measure(s, u);
	r.err = make_room(u);
	quota_turn_over(s);
	u->begun = r.err == 0;
	if (r.err == 0)
		r = copy(s, u, t.ascii);
	if (r.end == COPY_OVER && quota_failed(s)) {
		r.end = COPY_FILE;   /* the log has what is wrong with the tables */
		r.err = -EIO;
	}
	u->over_quota = r.end == COPY_OVER && u->counted && quota_reached(s);
	if (u->over_quota)
		quota_text(s, &over);
	else if (r.end == COPY_OVER)
		transfer_too_large(s, "MaxStoreFileSize", u->cap, u->path, u->cap->most + 1);
	u->moved = &moved;
	record_stored(s, u->file, u->exists, u->how == STORE_APPEND ? (uint64_t)u->st.st_size :
	    u->offset);
	finish(s, u, &r);
	upload_count_credit(s, u, &r);
	upload_count_room(s, u, &r);
	t.over = u->over_quota ? over.buf : NULL;
	t.moved = moved.buf;
	t.stored = u->st.st_size > 0 ? (uint64_t)u->st.st_size : 0;
	strbuf_reset(&text);
	strbuf_addf(&text, "Transfer complete (unique file name: %s).", u->arg);
	transfer_end(s, &t, &r, u->how == STORE_UNIQUE ? text.buf : NULL);
}

/* STOR, APPE or one try of STOU. False: STOU's name is taken. */
static bool store(struct session *s, const struct command *c, const char *arg, enum store how,
    uint64_t offset)
{
	struct upload u = { .how = how, .arg = arg, .offset = offset };
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(place, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	int err = 0;

	if (!command_path(s, c, arg, RESOLVE_CREATE, &path, &st, &answer) ||
	    !claim_transfer(s, answer.context, transfer_command(verbs[how])))
		return true;
	u.context = answer.context;
	u.path = u.place = path.buf;
	u.exists = st.st_nlink > 0;
	u.old = &st;
	if (u.exists && how == STORE_UNIQUE)
		return false;
	u.hidden = how != STORE_APPEND && SETTING(u.context, D_HIDDEN_STORES, hidden_stores.on);
	u.overwrite = SETTING(u.context, D_ALLOW_OVERWRITE, allow_overwrite);
	u.may_restart = SETTING(u.context, D_ALLOW_STORE_RESTART, allow_store_restart);
	u.moves = how != STORE_APPEND && move_wanted(u.context);
	u.cap = cap_for(u.context, D_MAX_STORE_FILE_SIZE, &s->who);
	if (!allowed(s, &u, &st) || !size_allowed(s, &u, &st) || !upload_allowed(s, &u, &st))
		return true;
	if (u.hidden) {
		u.place = place.buf;
		u.old_size = u.exists ? (uint64_t)st.st_size : 0;
		err = hidden_name(&u, &place);
		/*
		 * the temporary of a name that is harmless may be the one that rules are read from
		 */
		if (err == 0 && access_guarded(&s->access, place.buf))
			err = -EACCES;
		if (err < 0)
			reply_errno(s, 0, arg, err);
	}
	if (err == 0 && open_place(s, &u))
		receive(s, &u);
	else
		quota_dropped(s);
	return true;
}

void cmd_stor(struct session *s, const struct command *c, const char *arg)
{
	uint64_t offset = s->restart;

	s->restart = 0;
	(void)store(s, c, arg, STORE_PLAIN, offset);
}

void cmd_appe(struct session *s, const struct command *c, const char *arg)
{
	s->restart = 0;
	(void)store(s, c, arg, STORE_APPEND, 0);
}

void cmd_stou(struct session *s, const struct command *c, const char *arg)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	enum { TRIES = 20, RANDOM = 6 };
	const struct context *here = access_context(&s->access, s->cwd);
	unsigned char random[RANDOM];

	(void)arg; /* RFC 959 gives it none; what clients send is only a wish */
	s->restart = 0;
	for (unsigned i = 0; i < TRIES; i++) {
		STRBUF(name, NAME_SIZE);

		if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
			break;
		strbuf_add(&name, SETTING(here, D_STORE_UNIQUE_PREFIX, store_unique_prefix));
		for (size_t j = 0; j < sizeof random; j++)
			strbuf_addc(&name, letters[random[j] % (sizeof letters - 1)]);
		if (store(s, c, name.buf, STORE_UNIQUE, 0))
			return;
	}
	reply(s, 450, "No unique name found.");
}
