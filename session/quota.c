/* Quotas of a session: asking before a transfer, counting behind it, and telling (SITE QUOTA). */
#include "session/quota.h"

#include "config/hash.h"
#include "config/log.h"
#include "session/command.h"
#include "vfs/path.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

bool quota_on(const struct session *s)
{
	return s->logged_in && SETTING(s->base, D_QUOTA_ENGINE, quota_engine);
}

static struct quota *own(struct session *s)
{
	if (s->quota == NULL)
		s->quota = config_alloc(s->start.config, sizeof *s->quota);
	return s->quota;
}

bool quota_counts(struct session *s, const char *path)
{
	const struct filter *f;
	STRBUF(host, 2 * PATHNAME_SIZE);

	if (!quota_on(s))
		return false;
	f = &SETTING(s->base, D_QUOTA_EXCLUDE_FILTER, quota_exclude_filter);
	return f->regex == NULL || root_host_path(&s->root, path, &host) < 0 ||
	    regexec(f->regex, host.buf, 0, NULL, 0) != 0;
}

static int ask(struct session *s, enum quota_op op, const char *path, uint64_t bytes)
{
	struct quota *q = own(s);

	q->reserves = q->reached = q->failed = false;
	q->granted = q->base = 0;
	return priv_quota(s, op, path, bytes, &q->told);
}

static void add_who(const struct quota *q, struct strbuf *out)
{
	const struct quota_record *l = &q->told.limit;

	strbuf_addf(out, "%s%s%s", quota_kind_name(l->kind), l->name[0] != '\0' ? " " : "",
	    l->name);
}

/* "5 of 100", in the unit of QuotaDisplayUnits where it is bytes. */
static void add_figures(const struct session *s, enum quota_what what, const char *between,
    struct strbuf *out)
{
	unsigned shift = SETTING(s->base, D_QUOTA_DISPLAY_UNITS, quota_display_units);
	const struct quota_told *t = &s->quota->told;

	if (what > QUOTA_BYTES_XFER) {
		strbuf_addf(out, "%llu%s%llu", (unsigned long long)t->tally.n[what], between,
		    (unsigned long long)t->limit.n[what]);
		return;
	}
	quota_amount(out, t->tally.n[what], shift);
	strbuf_add(out, between);
	quota_amount(out, t->limit.n[what], shift);
}

/* "Uploaded bytes" in the unit that is shown. */
static void add_name(const struct session *s, enum quota_what what, struct strbuf *out)
{
	static const char *const done[] = { "Uploaded", "Downloaded", "Transferred" };
	unsigned shift = SETTING(s->base, D_QUOTA_DISPLAY_UNITS, quota_display_units);

	strbuf_addf(out, "%s %s", done[what % 3], what > QUOTA_BYTES_XFER ? "files" :
	    quota_units(shift));
}

/* The first limit that is smallest, of those that bound an upload's bytes. */
static uint64_t left(const struct quota_told *t, enum quota_what *what)
{
	static const enum quota_what which[] = { QUOTA_BYTES_IN, QUOTA_BYTES_XFER };
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < 2; i++) {
		uint64_t most = t->limit.n[which[i]], used = t->tally.n[which[i]];
		uint64_t room = used < most ? most - used : 0;

		if (most == 0 || room >= least)
			continue;
		least = room;
		*what = which[i];
	}
	return least;
}

void quota_text(const struct session *s, struct strbuf *out)
{
	const struct quota *q = s->quota;
	enum quota_what what = (enum quota_what)q->told.used_up;

	strbuf_add(out, "Quota of ");
	add_who(q, out);
	if (what >= QUOTA_WHATS)
		(void)left(&q->told, &what);
	strbuf_add(out, ": no room for more, ");
	add_figures(s, what, " of ", out);
	strbuf_addc(out, ' ');
	add_name(s, what, out);
	strbuf_addc(out, '.');
}

static void refuse(struct session *s, enum quota_op op, const char *arg)
{
	STRBUF(text, TEXT_SIZE);

	quota_text(s, &text);
	reply(s, op == QUOTA_RETRIEVE ? 451 : 552, "%.*s%s: %s", CUT(arg), text.buf);
}

bool quota_allows(struct session *s, enum quota_op op, const char *path, const char *arg,
    uint64_t bytes)
{
	enum quota_what what = QUOTA_BYTES_IN;
	struct quota *q;
	int err;

	if (!quota_counts(s, path)) {
		if (s->quota != NULL)
			s->quota->reserves = s->quota->reached = s->quota->failed = false;
		return true;
	}
	err = ask(s, op, path, bytes);
	q = s->quota;
	if (err < 0) {
		reply(s, 451, "%.*s%s: The quotas cannot be looked at; try again.", CUT(arg));
		return false;
	}
	if (!q->told.any)
		return true;
	if (q->told.used_up != QUOTA_WHATS) {
		refuse(s, op, arg);
		return false;
	}
	if (op != QUOTA_STORE && op != QUOTA_APPEND)
		return true;
	q->reserves = left(&q->told, &what) != UINT64_MAX;
	if (!q->told.limit.hard || bytes <= left(&q->told, &what))
		return true;
	/* what will not fit is told while the old file is whole */
	log_write(LOG_NOTICE,
	    "%s refused: %llu bytes more, and %llu are left of the quota of %s %s", path,
	    (unsigned long long)bytes, (unsigned long long)left(&q->told, &what),
	    quota_kind_name(q->told.limit.kind), q->told.limit.name);
	quota_dropped(s);
	refuse(s, op, arg);
	return false;
}

void quota_dropped(struct session *s)
{
	static const struct quota_use nothing;
	int err = quota_used(s, &nothing);

	if (err < 0)
		log_write(LOG_WARNING, "quotas: what was counted ahead stays: %s", strerror(-err));
}

static bool counts_directories(const struct session *s)
{
	return quota_on(s) && SETTING(s->base, D_QUOTA_DIRECTORY_TALLY, quota_directory_tally);
}

bool quota_allows_directory(struct session *s, const char *path, const char *arg)
{
	return !counts_directories(s) || quota_allows(s, QUOTA_MKDIR, path, arg, 0);
}

bool quota_reserves(const struct session *s)
{
	return s->quota != NULL && s->quota->reserves;
}

void quota_begin_at(struct session *s, uint64_t bytes)
{
	if (quota_reserves(s))
		s->quota->base = bytes;
}

uint64_t quota_room(struct session *s, uint64_t bytes, uint64_t most)
{
	struct quota *q = s->quota;
	uint64_t want = bytes < most ? bytes : most, more;

	if (!quota_reserves(s))
		return most;
	want += q->base;
	while (q->granted < want) {
		uint64_t part = want - q->granted;

		if (part > QUOTA_ASK_MAX)
			part = QUOTA_ASK_MAX;
		if (priv_quota_room(s, part, &more) < 0) {
			q->failed = true;
			more = 0;
		}
		q->granted += more;
		if (more < part) {
			q->reached = true;
			return q->granted > q->base ? q->granted - q->base : 0;
		}
	}
	return most;
}

bool quota_reached(const struct session *s)
{
	return s->quota != NULL && s->quota->reached;
}

bool quota_failed(const struct session *s)
{
	return s->quota != NULL && s->quota->failed;
}

int quota_used(struct session *s, const struct quota_use *use)
{
	struct quota *q = s->quota;

	if (q == NULL || !q->told.any)
		return 0;
	q->reserves = false;
	return priv_quota_used(s, use);
}

static uint64_t positive(off_t n)
{
	return n > 0 ? (uint64_t)n : 0;
}

/* Count without having asked before. */
static void count(struct session *s, const struct quota_use *use)
{
	int err = priv_quota_used(s, use);

	if (err < 0)
		log_write(LOG_WARNING, "quotas: what was removed or made is not counted: %s",
		    strerror(-err));
}

/*
 * What stands for a name in its directory, whatever that is called and wherever the root is; two
 * that are equal by chance wait for each other.
 */
static uint64_t turn_of(struct session *s, const char *path)
{
	STRBUF(parent, PATHNAME_SIZE);
	const char *name = path_last(path);
	uint64_t where[2] = { 0, 0 };
	struct stat st;

	if (path_parent(&parent, path) == 0 && root_stat(&s->root, parent.buf, &st) == 0) {
		where[0] = st.st_dev;
		where[1] = st.st_ino;
	}
	return hash_add(hash_add(HASH_BEGIN, where, sizeof where), name, strlen(name)) %
	    QUOTA_TURNS;
}

void quota_turn(struct session *s, const char *from, const char *path, struct stat *st)
{
	struct quota *q;
	uint64_t names[QUOTA_TURN_NAMES];

	if (!quota_on(s))
		return;
	q = own(s);
	names[0] = turn_of(s, path);
	if (from != NULL)
		names[1] = turn_of(s, from);
	q->turn = priv_quota_turn(s, names, from != NULL ? 2 : 1) == 0;
	q->no_turn = !q->turn;
	if (st == NULL)
		return;
	q->old = root_open_path(&s->root, path, st);
	if (q->old < 0)
		*st = (struct stat){ .st_nlink = 0 };
	q->holds = q->old >= 0;
}

bool quota_gave_way(const struct session *s)
{
	struct statfs fs;
	struct stat now;

	if (s->quota == NULL || !s->quota->holds)
		return false;
	/* NFS gives what is open yet another name, and then it may have no data any more */
	return fstat(s->quota->old, &now) < 0 || now.st_nlink == 0 ||
	    (fstatfs(s->quota->old, &fs) == 0 && fs.f_type == NFS_SUPER_MAGIC);
}

void quota_turn_directory(struct session *s, const char *path, struct stat *st)
{
	if (counts_directories(s))
		quota_turn(s, NULL, path, st);
}

void quota_turn_over(struct session *s)
{
	struct quota *q = s->quota;

	if (q != NULL && q->holds)
		(void)close(q->old);
	if (q != NULL && q->turn)
		(void)priv_quota_turn(s, NULL, 0);
	if (q != NULL)
		q->holds = q->turn = false;
}

static bool is_own(const struct session *s, const struct context *c, const struct stat *st)
{
	return st->st_uid == s->id.uid || SETTING(c, D_USER_OWNER, user_owner) != NULL;
}

bool quota_is_ours(const struct session *s, const struct context *c, const struct stat *st)
{
	return is_own(s, c, st) ||
	    (s->quota != NULL && s->quota->told.limit.kind != QUOTA_USER);
}

void quota_removed(struct session *s, const struct context *c, const char *path,
    const struct stat *st)
{
	struct quota_use use = { .less = positive(st->st_size), .files_less = 1 };

	/*
	 * a directory counts where it is said to, and other names, of devices or links, never did
	 */
	if (S_ISDIR(st->st_mode)) {
		if (use.less > QUOTA_DIRECTORY_MOST)
			use.less = QUOTA_DIRECTORY_MOST;
		if (!counts_directories(s))
			return;
	} else if (!S_ISREG(st->st_mode) || st->st_nlink > 1) {
		return;
	}
	/* others may have taken it away, too; or it is not what went */
	if (!quota_on(s) || s->quota->no_turn || !quota_gave_way(s))
		return;
	if (quota_counts(s, path) && (is_own(s, c, st) || (ask(s, QUOTA_TELL, path, 0) == 0 &&
	    quota_is_ours(s, c, st))))
		count(s, &use);
}

void quota_made(struct session *s, const char *path, bool made)
{
	struct quota_use use = { .files_more = 1 };
	struct stat st;

	if (!counts_directories(s) || !quota_counts(s, path))
		return;
	if (!made)
		use.files_more = 0;
	else if (root_stat(&s->root, path, &st) < 0 || positive(st.st_size) > QUOTA_DIRECTORY_MOST)
		use.more = QUOTA_DIRECTORY_MOST;
	else
		use.more = positive(st.st_size);
	count(s, &use);
}

/* Whether another session writes to a file: 1, 0, or -errno where nobody can say. */
static int is_being_stored(struct session *s, const char *path)
{
	struct stat st;
	int fd = root_open_read(&s->root, path, &st), busy;

	if (fd < 0)
		return fd;
	busy = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return busy;
}

/* Whether names in a directory are counted, as far as its own name tells. */
static bool counts_in(struct session *s, const char *path)
{
	STRBUF(inside, PATHNAME_SIZE);

	strbuf_addf(&inside, "%s/", path);
	return inside.full || quota_counts(s, inside.buf);
}

bool quota_allows_move(struct session *s, const char *from, const char *to, const char *arg,
    struct quota_use *use)
{
	struct stat st;
	int busy;

	*use = (struct quota_use){ .more = 0 };
	if (!quota_on(s) || SETTING(s->base, D_QUOTA_EXCLUDE_FILTER,
	    quota_exclude_filter).regex == NULL ||
	    root_stat(&s->root, from, &st) < 0)
		return true;
	if (S_ISDIR(st.st_mode) && !counts_in(s, from) && counts_in(s, to)) {
		reply(s, 550, "%.*s%s: Quotas do not count what is in that directory.", CUT(arg));
		return false;
	}
	if (!S_ISREG(st.st_mode) || quota_counts(s, from) || !quota_counts(s, to))
		return true;
	/* what comes behind the bytes that are counted now would not be */
	busy = is_being_stored(s, from);
	if (busy != 0) {
		if (busy < 0)
			reply_errno(s, 550, arg, busy);
		else
			reply(s, 450, "%.*s%s: Somebody is storing it; try again.", CUT(arg));
		return false;
	}
	*use = (struct quota_use){ .more = positive(st.st_size), .files_more = 1 };
	if (!quota_allows(s, QUOTA_STORE, to, arg, use->more))
		return false;
	(void)quota_room(s, use->more, UINT64_MAX);  /* others may want the same */
	if (!quota_reached(s))
		return true;
	quota_dropped(s);
	refuse(s, QUOTA_STORE, arg);
	return false;
}

void quota_moved(struct session *s, const struct quota_use *use, bool done)
{
	int err;

	if (use->files_more == 0)
		return;
	if (!done) {
		quota_dropped(s);
		return;
	}
	err = quota_used(s, use);
	if (err < 0)
		log_write(LOG_WARNING, "quotas: what was renamed is not counted: %s",
		    strerror(-err));
}

uint64_t quota_left(struct session *s, const char *path)
{
	enum quota_what what;

	if (!quota_counts(s, path))
		return UINT64_MAX;
	if (ask(s, QUOTA_TELL, path, 0) < 0)
		return 0;
	if (!s->quota->told.any)
		return UINT64_MAX;
	return quota_used_up(&s->quota->told.limit, &s->quota->told.tally,
	    QUOTA_STORE) != QUOTA_WHATS ? 0 : left(&s->quota->told, &what);
}

static void add_value(const struct session *s, const struct quota_record *r, enum quota_what what,
    struct strbuf *out)
{
	static const char *const units[] = { "", " KB", " MB", " GB" };
	unsigned shift = SETTING(s->base, D_QUOTA_DISPLAY_UNITS, quota_display_units);

	if (what > QUOTA_BYTES_XFER) {
		strbuf_addu(out, r->n[what]);
		return;
	}
	quota_amount(out, r->n[what], shift);
	strbuf_add(out, units[shift / 10]);
}

bool quota_variable(struct session *s, const char *name, struct strbuf *out)
{
	static const char *const names[QUOTA_WHATS] = {
		"bytes_in", "bytes_out", "bytes_xfer", "files_in", "files_out", "files_xfer",
	};
	bool tally = strncmp(name, "tally.", 6) == 0;
	unsigned what = 0;

	if (!quota_on(s) || (!tally && strncmp(name, "limit.", 6) != 0))
		return false;
	while (what < QUOTA_WHATS && strcmp(name + 6, names[what]) != 0)
		what++;
	if (what == QUOTA_WHATS)
		return false;
	if (ask(s, QUOTA_TELL, "", 0) < 0)
		strbuf_add(out, "unknown");
	else if (!s->quota->told.any || s->quota->told.limit.n[what] == 0)
		strbuf_add(out, "(unlimited)");
	else
		add_value(s, tally ? &s->quota->told.tally : &s->quota->told.limit,
		    (enum quota_what)what, out);
	return true;
}

bool quota_shown(const struct session *s)
{
	return quota_on(s) && SETTING(s->base, D_QUOTA_SHOW_QUOTAS, quota_show_quotas);
}

static void show(struct session *s, const struct quota_record *limit)
{
	const char *admin = SETTING(s->base, D_SERVER_ADMIN, server_admin);

	reply_hold(s);
	reply_begin(s, 200, "Quotas of this session, used/limit:");
	reply_line(s, " Name: %s", limit->name);
	reply_line(s, " Quota Type: %s", quota_kind_name(limit->kind));
	reply_line(s, " Per Session: %s", limit->per_session ? "True" : "False");
	reply_line(s, " Limit Type: %s", limit->hard ? "Hard" : "Soft");
	for (unsigned i = 0; i < QUOTA_WHATS; i++) {
		STRBUF(line, NAME_SIZE);

		add_name(s, (enum quota_what)i, &line);
		strbuf_add(&line, ": ");
		if (limit->n[i] == 0)
			strbuf_add(&line, "unlimited");
		else
			add_figures(s, (enum quota_what)i, "/", &line);
		reply_line(s, "   %s", line.buf);
	}
	if (admin != NULL)
		reply(s, 200, "Tell %s if this is wrong.", admin);
	else
		reply(s, 200, "End of quotas.");
	reply_release(s);
}

void cmd_site_quota(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	if (!quota_shown(s))
		reply(s, 500, "SITE QUOTA: No such command.");
	else if (ask(s, QUOTA_TELL, "", 0) < 0)
		reply(s, 451, "The quotas cannot be looked at; try again.");
	else if (!s->quota->told.any)
		reply(s, 202, "No quotas in effect.");
	else
		show(s, &s->quota->told.limit);
}
