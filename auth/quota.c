/*
 * Quotas: the record that applies to a session, its tally, and the room that an upload gets of it.
 */
#include "config/quota.h"

#include "auth/talk.h"
#include "auth/xferlog.h"
#include "config/config.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_SHOWN = 512,
	LINES_MAX = 200,             /* of one session, or it could fill a disk with refusals */
	SPARE = 16,                  /* of the room that is left one in so many is given ahead, so
	                                that near the limit nobody holds what another one needs */
};

/*
 * What one session's monitor knows. The tables are opened for each question: they may be replaced.
 */
struct quotas {
	struct quota_record limit;   /* the one that applies, as it was seen last */
	bool any, by_default;
	struct { off_t at; dev_t dev; ino_t ino; } found;    /* where the limit was; at 0:
	                                                        nowhere */
	off_t tally_at;              /* where to look first */
	struct quota_record session; /* the tally of a limit per session */
	uint64_t granted;            /* room that the upload has, counted as used already */
	bool books;                  /* … as is this, of a transfer that was let begin */
	struct quota_use booked;
	bool failed;                 /* that the tables cannot be used was told */
	bool has_turn;               /* the session takes files away, whose names are locked in
	                                `turn` */
	int turn;
	unsigned lines;              /* that were written about quotas that are used up */
	char path[PATH_SHOWN];       /* what is transferred, for the log */
};

/* A tally while it is changed. */
struct change {
	struct quota_table table;
	bool open;
	int lock;
	off_t at;
	struct quota_record now;
};

static struct quotas *own(struct monitor *m)
{
	struct talk *t = m->talk;

	if (t->quotas == NULL)
		t->quotas = config_alloc(m->config, sizeof *t->quotas);
	return t->quotas;
}

static const struct context *base(const struct monitor *m)
{
	return m->talk->who.base;
}

/* QuotaLog, and the log. */
static void tell(struct monitor *m, int level, const char *text)
{
	const char *path = SETTING(base(m), D_QUOTA_LOG, quota_log);

	log_write(level, "%s", text);
	if (path != NULL && *path == '/')
		log_file_line("QuotaLog", path, SETTING(base(m), D_ALLOW_LOG_SYMLINKS,
		    allow_log_symlinks), m->talk->who.account, text);
}

/* Which record it is, and where it stands. */
static void add_record(struct monitor *m, const struct quotas *q, struct strbuf *out)
{
	const struct settings *set = settings_for(base(m), D_QUOTA_DEFAULT);

	strbuf_addf(out, "the %s quota of %s%s%s", q->limit.hard ? "hard" : "soft",
	    quota_kind_name(q->limit.kind), q->limit.name[0] != '\0' ? " " : "", q->limit.name);
	if (!q->by_default) {
		strbuf_addf(out, " in %s", SETTING(base(m), D_QUOTA_LIMIT_TABLE,
		    quota_limit_table));
		return;
	}
	strbuf_add(out, " by QuotaDefault at ");
	config_where(m->config, set->where[D_QUOTA_DEFAULT], out);
}

static void tell_reached(struct monitor *m, struct quotas *q, const struct quota_record *tally,
    enum quota_what what)
{
	STRBUF(text, 2 * PATHNAME_SIZE);

	if (q->lines == LINES_MAX)
		return;
	strbuf_addf(&text, "%s refused: all of the %s are used, %llu of %llu, by ",
	    q->path[0] != '\0' ? q->path : "a transfer", quota_what_name(what),
	    (unsigned long long)tally->n[what], (unsigned long long)q->limit.n[what]);
	add_record(m, q, &text);
	if (++q->lines == LINES_MAX)
		strbuf_add(&text, "; further ones of this session are not logged");
	tell(m, LOG_NOTICE, text.buf);
}

static int failed(struct monitor *m, struct quotas *q, int err, const struct strbuf *why)
{
	STRBUF(text, 2 * TEXT_SIZE);

	if (!q->failed) {
		strbuf_addf(&text, "quotas: %s: what they limit is refused", why->buf);
		tell(m, LOG_ERR, text.buf);
	}
	q->failed = true;
	return err;
}

/* User, groups (the primary one first), class, all: the first that has a record. */
static int search(struct monitor *m, struct quotas *q, struct quota_table *t, struct strbuf *why)
{
	const struct quota_name user = { QUOTA_USER, m->talk->who.account };
	struct quota_name *names;
	const char *const *groups;
	size_t n, i = 0;
	int got = quota_find_first(t, &user, 1, &q->found.at, &q->limit, why);

	q->found.dev = t->dev;
	q->found.ino = t->ino;
	if (got > 0)                 /* who has his own record needs nobody to look for his
	                                groups */
		return got;
	groups = subject_groups(&m->who, &n);
	names = memory_map((n + 2) * sizeof *names);
	for (size_t k = 0; k < n; k++)
		names[i++] = (struct quota_name){ QUOTA_GROUP, groups[k] };
	names[i++] = (struct quota_name){ QUOTA_CLASS, subject_class(&m->who) };
	names[i++] = (struct quota_name){ QUOTA_ALL, "" };
	if (got == 0)
		got = quota_find_first(t, names, i, &q->found.at, &q->limit, why);
	memory_unmap(names, (n + 2) * sizeof *names);
	if (got <= 0)
		q->found.at = 0;
	return got;
}

/* QuotaDefault's record, for whoever has none. 1, 0: there is none, or -errno. */
static int use_default(struct monitor *m, struct quotas *q, struct strbuf *why)
{
	const struct quota_record *d = SETTING(base(m), D_QUOTA_DEFAULT, quota_default);
	const char *const *groups;
	const char *name = "";
	size_t n;

	if (d == NULL)
		return 0;
	if (d->kind == QUOTA_USER) {
		name = m->talk->who.account;
	} else if (d->kind == QUOTA_CLASS) {
		name = subject_class(&m->who);
	} else if (d->kind == QUOTA_GROUP) {
		groups = subject_groups(&m->who, &n);
		name = n > 0 ? groups[0] : NULL;
	}
	if (name == NULL)
		return 0;
	if (strlen(name) >= QUOTA_NAME_SIZE) {       /* unlimited it is not to be for that */
		strbuf_addf(why, "%s: a table's names have 80 bytes at most", name);
		return -ENAMETOOLONG;
	}
	q->limit = *d;
	memcpy(q->limit.name, name, strlen(name) + 1);
	return 1;
}

/* What of the table applies, where it was the last time if it still does. 1, 0 or -errno. */
static int find_in_table(struct monitor *m, struct quotas *q, const char *path, struct strbuf *why)
{
	struct quota_record last = q->limit;
	struct quota_table t;
	off_t at = q->found.at;
	int got = quota_open(&t, QUOTA_LIMITS, path, false, why);

	if (got < 0)
		return got;
	got = quota_lock(t.fd, 0, 0, false);
	if (got < 0)
		strbuf_addf(why, "%s: somebody holds its lock: %s", path, strerror(-got));
	else if (at != 0 && t.dev == q->found.dev && t.ino == q->found.ino)
		got = quota_find(&t, last.kind, last.name, &at, &q->limit, why);
	if (got == 0)
		got = search(m, q, &t, why);
	quota_close(&t);
	return got;
}

/* Find the record that applies to `q->limit`. 0, q->any telling whether there is one, or -errno. */
static int find_limit(struct monitor *m, struct quotas *q)
{
	const char *path = SETTING(base(m), D_QUOTA_LIMIT_TABLE, quota_limit_table);
	STRBUF(why, 2 * TEXT_SIZE);
	struct quota_record before = q->limit;
	int got = 0;

	if (q->granted > 0 || q->books)      /* a transfer goes by what it began with */
		return 0;
	if (path != NULL)
		got = find_in_table(m, q, path, &why);
	q->by_default = got == 0;
	if (got == 0)
		got = use_default(m, q, &why);
	q->any = got > 0;
	if (got < 0)
		return failed(m, q, got, &why);
	if (q->any && (before.kind != q->limit.kind || strcmp(before.name, q->limit.name) != 0)) {
		q->tally_at = 0;
		memset(&q->session, 0, sizeof q->session);
	}
	return 0;
}

/* A record for whom there is none yet: the whole table is held, or two would be made. */
static int create(struct monitor *m, struct quotas *q, struct change *c, struct strbuf *why)
{
	const char *path = SETTING(base(m), D_QUOTA_LOCK, quota_lock);
	struct stat st;
	int got;

	c->lock = path != NULL ? quota_open_lock(path, why) : -1;
	if (path != NULL && c->lock < 0)
		return c->lock;
	if ((c->lock >= 0 && (got = quota_lock(c->lock, 0, 0, true)) < 0) ||
	    (got = quota_lock(c->table.fd, 0, 0, true)) < 0) {
		strbuf_addf(why, "%s: somebody holds its lock: %s", c->table.path, strerror(-got));
		return got;
	}
	c->at = 0;
	got = quota_find(&c->table, q->limit.kind, q->limit.name, &c->at, &c->now, why);
	if (got != 0)
		return got;
	memset(&c->now, 0, sizeof c->now);
	c->now.kind = q->limit.kind;
	memcpy(c->now.name, q->limit.name, sizeof c->now.name);
	if (fstat(c->table.fd, &st) == 0)
		c->table.size = st.st_size;
	return quota_write(&c->table, c->at, &c->now, why);
}

static void end_change(struct change *c)
{
	if (c->open)
		quota_close(&c->table);
	if (c->lock >= 0)
		(void)close(c->lock);
}

/* Have the tally in c->now, nobody else changing it. 0 or -errno; end_change either way. */
static int begin_change(struct monitor *m, struct quotas *q, struct change *c)
{
	const char *path = SETTING(base(m), D_QUOTA_TALLY_TABLE, quota_tally_table);
	STRBUF(why, 2 * TEXT_SIZE);
	int got;

	*c = (struct change){ .lock = -1, .at = q->tally_at };
	if (q->limit.per_session) {
		c->now = q->session;
		c->now.kind = q->limit.kind;
		memcpy(c->now.name, q->limit.name, sizeof c->now.name);
		return 0;
	}
	if (path == NULL) {
		strbuf_add(&why, "there is no QuotaTallyTable");
		return failed(m, q, -ENOENT, &why);
	}
	got = quota_open(&c->table, QUOTA_TALLIES, path, true, &why);
	c->open = got == 0;
	if (got == 0)
		got = quota_find_locked(&c->table, q->limit.kind, q->limit.name, &c->at, &c->now,
		    &why);
	if (got == 0)
		got = create(m, q, c, &why);
	if (got < 0)
		return failed(m, q, got, &why);
	q->tally_at = c->at;
	return 0;
}

static int store_change(struct monitor *m, struct quotas *q, struct change *c)
{
	STRBUF(why, 2 * TEXT_SIZE);
	int err;

	if (q->limit.per_session) {
		q->session = c->now;
		return 0;
	}
	err = quota_write(&c->table, c->at, &c->now, &why);
	return err < 0 ? failed(m, q, err, &why) : 0;
}

static bool counts(const struct quotas *q, enum quota_what what)
{
	return q->limit.n[what] > 0;
}

/*
 * What of `want` there is, and more where there is plenty. `what`: of which there is less, or
 * QUOTA_WHATS.
 */
static uint64_t room(const struct quotas *q, const struct quota_record *tally, uint64_t want,
    enum quota_what *what)
{
	static const enum quota_what which[] = { QUOTA_BYTES_IN, QUOTA_BYTES_XFER };
	uint64_t left = UINT64_MAX, spare;

	*what = QUOTA_WHATS;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t most = q->limit.n[which[i]], used = tally->n[which[i]];

		if (most == 0 || (used < most && most - used >= left))
			continue;
		left = used < most ? most - used : 0;
		if (left < want)
			*what = which[i];
	}
	if (left <= want)
		return left;
	spare = (left - want) / SPARE;
	return want + (spare < QUOTA_STEP ? spare : QUOTA_STEP);
}

static int grant(struct monitor *m, struct quotas *q, uint64_t want, uint64_t *granted)
{
	enum quota_what what;
	struct change c;
	int err = begin_change(m, q, &c);

	if (err == 0) {
		*granted = room(q, &c.now, want, &what);
		if (!q->limit.hard && *granted < want) {     /* it bounds the next one alone */
			*granted = want;
			what = QUOTA_WHATS;
		}
		if (counts(q, QUOTA_BYTES_IN))
			quota_change(&c.now, QUOTA_BYTES_IN, *granted, 0);
		if (counts(q, QUOTA_BYTES_XFER))
			quota_change(&c.now, QUOTA_BYTES_XFER, *granted, 0);
		err = *granted > 0 ? store_change(m, q, &c) : 0;
		if (err == 0 && what != QUOTA_WHATS)
			tell_reached(m, q, &c.now, what);
	}
	end_change(&c);
	if (err < 0)
		*granted = 0;
	q->granted += *granted;
	return err;
}

bool answer_quota_room(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;
	struct quotas *q = t->quotas;
	uint64_t want = msg_get_u64(in), granted = want;
	int err = 0;

	if (!msg_done(in) || want == 0 || want > QUOTA_ASK_MAX || q == NULL)
		return false;
	/* more than any table can hold is nobody's upload */
	if (q->granted > QUOTA_MOST)
		return false;
	if (q->any && (counts(q, QUOTA_BYTES_IN) || counts(q, QUOTA_BYTES_XFER)))
		err = grant(m, q, want, &granted);
	msg_start(&t->out, PRIV_ROOM);
	msg_put_u32(&t->out, (uint32_t)-err);
	msg_put_u64(&t->out, granted);
	talk_send(m, m->boundary);
	return true;
}

/* What the limit has no word about is not counted, as ProFTPD does not. */
static void settle(const struct quotas *q, struct quota_record *tally, const struct quota_use *u)
{
	const struct quota_use none = { .more = 0 }, *b = q->books ? &q->booked : &none;
	const struct { enum quota_what what; uint64_t back, more, less; } parts[] = {
		{ QUOTA_BYTES_IN, q->granted + b->more, u->more, u->less },
		{ QUOTA_BYTES_OUT, b->out, u->out, 0 },
		{ QUOTA_BYTES_XFER, q->granted + b->both, u->both, 0 },
		{ QUOTA_FILES_IN, b->files_more, u->files_more, u->files_less },
		{ QUOTA_FILES_OUT, b->files_out, u->files_out, 0 },
		{ QUOTA_FILES_XFER, b->files_both, u->files_both, 0 },
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!counts(q, parts[i].what))
			continue;
		/* in one: others may have taken the file away already, and had its room back */
		quota_change(tally, parts[i].what, parts[i].more, parts[i].back + parts[i].less);
	}
}

static int change_tally(struct monitor *m, struct quotas *q, const struct quota_use *u)
{
	struct change c;
	int err = begin_change(m, q, &c);

	if (err == 0) {
		settle(q, &c.now, u);
		err = store_change(m, q, &c);
	}
	end_change(&c);
	q->granted = 0;              /* if it is not counted, what was given ahead stays so */
	q->books = false;
	return err;
}

/*
 * Count ahead what a transfer will count for certain, files and a download's bytes: of many that
 * begin at the same time none is to have what is another's. False: that is nothing.
 */
static bool book(struct quotas *q, struct quota_record *tally, enum quota_op op, uint64_t bytes)
{
	static const struct quota_use ops[QUOTA_OPS] = {
		[QUOTA_STORE] = { .files_more = 1, .files_both = 1 }, [QUOTA_APPEND] =
		    { .files_both = 1 },
		[QUOTA_RETRIEVE] = { .files_out = 1, .files_both = 1 },
		[QUOTA_MKDIR] = { .more = QUOTA_DIRECTORY_MOST, .files_more = 1 },
	};
	struct quota_record before = *tally;

	q->booked = ops[op];
	if (op == QUOTA_RETRIEVE)
		q->booked.out = q->booked.both = bytes;
	settle(q, tally, &q->booked);
	q->books = memcmp(before.n, tally->n, sizeof before.n) != 0;
	return q->books;
}

/* Whether there is room for `op`, and if there is, what it takes for certain. 0 or -errno. */
static int begin_transfer(struct monitor *m, struct quotas *q, enum quota_op op, uint64_t bytes,
    struct quota_told *told)
{
	struct change c;
	int err = begin_change(m, q, &c);

	told->any = true;
	told->limit = q->limit;
	told->tally = c.now;
	told->used_up = quota_used_up(&q->limit, &c.now, op);
	if (err == 0 && told->used_up != QUOTA_WHATS)
		tell_reached(m, q, &c.now, (enum quota_what)told->used_up);
	else if (err == 0 && book(q, &c.now, op, bytes))
		err = store_change(m, q, &c);
	if (err < 0)
		q->books = false;
	end_change(&c);
	return err;
}

bool answer_quota(struct monitor *m, struct msg *in)
{
	static const struct quota_use nothing;
	struct talk *t = m->talk;
	struct quotas *q = own(m);
	struct quota_told told = { .used_up = QUOTA_WHATS };
	uint32_t op = msg_get_u32(in);
	char path[PATHNAME_SIZE];
	struct strbuf shown;
	uint64_t bytes;
	int err;

	msg_get_str(in, path, sizeof path);
	bytes = msg_get_u64(in);
	if (!msg_done(in) || op >= QUOTA_OPS || bytes > QUOTA_MOST ||
	    !SETTING(base(m), D_QUOTA_ENGINE, quota_engine))
		return false;
	strbuf_init(&shown, q->path, sizeof q->path);
	strbuf_addn(&shown, path, strnlen(path, PATH_SHOWN - 1));    /* the log escapes */
	if (q->books || q->granted > 0)      /* nothing came of the one before */
		(void)change_tally(m, q, &nothing);
	err = find_limit(m, q);
	if (err == 0 && q->any)
		err = begin_transfer(m, q, (enum quota_op)op, bytes, &told);
	if (err < 0)
		told = (struct quota_told){ .used_up = QUOTA_WHATS };
	msg_start(&t->out, PRIV_QUOTAS);
	msg_put_u32(&t->out, (uint32_t)-err);
	msg_put_quota(&t->out, &told);
	talk_send(m, m->boundary);
	return true;
}

bool answer_quota_used(struct monitor *m, struct msg *in)
{
	struct quotas *q = own(m);
	struct quota_use use;
	int err;

	msg_get_quota_use(in, &use);
	if (!msg_done(in) || !SETTING(base(m), D_QUOTA_ENGINE, quota_engine))
		return false;
	err = find_limit(m, q);
	if (err == 0 && q->any)
		err = change_tally(m, q, &use);
	talk_result(m, -err);
	return true;
}

/* Have the names to oneself. 0 or -errno. */
static int lock_names(struct monitor *m, struct quotas *q, const uint64_t *names, unsigned n)
{
	const char *path = SETTING(base(m), D_QUOTA_TALLY_TABLE, quota_tally_table);
	struct quota_table table;
	STRBUF(why, 2 * TEXT_SIZE);
	int err;

	if (path == NULL)            /* each session has a tally of its own */
		return 0;
	err = quota_open(&table, QUOTA_TALLIES, path, true, &why);
	if (err < 0)
		return failed(m, q, err, &why);
	for (unsigned i = 0; i < n && err == 0; i++)
		err = quota_lock(table.fd, QUOTA_TURN_AT + (off_t)names[i], 1, true);
	if (err < 0) {
		log_write(LOG_WARNING,
		    "quotas: %s: somebody holds its lock: what gives way goes on being counted",
		    path);
		quota_close(&table);
		return err;
	}
	q->turn = table.fd;
	q->has_turn = true;
	return 0;
}

bool answer_quota_turn(struct monitor *m, struct msg *in)
{
	struct quotas *q = own(m);
	uint64_t names[QUOTA_TURN_NAMES], first;
	uint32_t n = msg_get_u32(in);

	for (unsigned i = 0; i < n && n <= QUOTA_TURN_NAMES; i++)
		names[i] = msg_get_u64(in);
	if (!msg_done(in) || n > QUOTA_TURN_NAMES ||
	    !SETTING(base(m), D_QUOTA_ENGINE, quota_engine))
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (names[i] >= QUOTA_TURNS)
			return false;
	}
	if (q->has_turn)
		(void)close(q->turn);
	q->has_turn = false;
	if (n == 0)
		return true;
	if (n == 2 && names[0] > names[1]) { /* everybody in one order, or two would wait for each
	                                        other */
		first = names[1];
		names[1] = names[0];
		names[0] = first;
	}
	talk_result(m, -lock_names(m, q, names, n));
	return true;
}

bool answer_quota_scan(struct monitor *m, struct msg *in)
{
	struct quotas *q = own(m);
	uint64_t bytes = msg_get_u64(in), files = msg_get_u64(in);
	struct change c;
	int err;

	if (!msg_done(in) || !SETTING(base(m), D_QUOTA_ENGINE, quota_engine) ||
	    !SETTING(base(m), D_QUOTA_OPTIONS, quota_scan_on_login))
		return false;
	err = find_limit(m, q);
	if (err == 0 && q->any) {
		err = begin_change(m, q, &c);
		if (err == 0) {
			if (counts(q, QUOTA_BYTES_IN))
				c.now.n[QUOTA_BYTES_IN] = bytes < QUOTA_MOST ? bytes : QUOTA_MOST;
			if (counts(q, QUOTA_FILES_IN))
				c.now.n[QUOTA_FILES_IN] = files < UINT32_MAX ? files : UINT32_MAX;
			err = store_change(m, q, &c);
		}
		end_change(&c);
	}
	talk_result(m, -err);
	return true;
}
