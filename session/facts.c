/* MLSD and MLST: facts about files, for programs to read (RFC 3659, 7). */
#include "session/facts.h"

#include "session/command.h"
#include "session/date.h"
#include "session/dirfake.h"
#include "session/lines.h"
#include "session/transfer.h"
#include "vfs/list.h"
#include "vfs/path.h"
#include "vfs/view.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What the rules let the session do with an entry: a bit for each command that a perm is about. */
enum {
	MAY_RETR = 1, MAY_STOR = 2, MAY_APPE = 4, MAY_DELE = 8, MAY_RNFR = 16, MAY_RMD = 32,
	MAY_MKD = 64, MAY_CWD = 128, MAY_LIST = 256,
	MAY_OVERWRITE = 512,         /* AllowOverwrite and AllowStoreRestart */
	MAY_RESTART = 1024,
};

static const struct {
	const char *verb;
	unsigned bit;
} rules_of[] = {
	{ "RETR", MAY_RETR }, { "STOR", MAY_STOR }, { "APPE", MAY_APPE }, { "DELE", MAY_DELE },
	{ "RNFR", MAY_RNFR }, { "RMD", MAY_RMD }, { "MKD", MAY_MKD }, { "CWD", MAY_CWD },
	{ "MLSD", MAY_LIST },
};

/* One MLSD or MLST. */
struct facts {
	struct session *s;
	const struct command *c;
	const struct context *context;
	uint32_t wanted;
	bool varies;                 /* entries may have owners and modes of their own */
	unsigned rules;              /* MAY_…, asked once: for the directory, or MLST's file */
	struct stat dir;             /* the directory that holds the entries */
	bool in_dir;                 /* `dir` is known */
	gid_t gid;                   /* the last one looked for among the session's */
	bool gid_known, gid_ours;
	struct dates dates;
	struct strbuf *path;         /* canonical, of the directory listed */
	struct view view;            /* of what it holds */
	struct lines out;
};

/* One entry. */
struct entry {
	const struct stat *st;
	const char *type;
	bool movable;                /* it has a place in `dir`: not "." or ".." */
	const struct context *context;       /* says how owner and mode are shown */
};

static unsigned ask_rules(const struct session *s, const char *path, const struct context *c)
{
	unsigned rules = 0;

	for (size_t i = 0; i < sizeof rules_of / sizeof rules_of[0]; i++) {
		const struct command *r = command_find(rules_of[i].verb, strlen(rules_of[i].verb));

		/* the directory itself need not be movable for its entries to be */
		bool changes = (r->flags & CMD_CHANGES) && rules_of[i].bit != MAY_RNFR;

		const struct access_answer a = access_check(&s->access, &r->limit, path, changes);

		/* an entry that is shown is not hidden, even if its directory is */
		if (a.allowed || a.missing)
			rules |= rules_of[i].bit;
	}
	if (SETTING(c, D_ALLOW_OVERWRITE, allow_overwrite))
		rules |= MAY_OVERWRITE;
	if (SETTING(c, D_ALLOW_STORE_RESTART, allow_store_restart))
		rules |= MAY_RESTART;
	return rules;
}

static bool in_group(struct facts *f, gid_t gid)
{
	const struct session_identity *id = &f->s->id;

	if (f->gid_known && f->gid == gid)
		return f->gid_ours;
	f->gid = gid;
	f->gid_known = true;
	f->gid_ours = id->gid == gid;
	for (uint32_t i = 0; i < id->ngroups && !f->gid_ours; i++)
		f->gid_ours = id->groups[i] == gid;
	return f->gid_ours;
}

/* The session's rwx bits: what access(2) would say, without asking for each entry. */
static unsigned rights(struct facts *f, const struct stat *st)
{
	if (st->st_uid == f->s->id.uid)
		return st->st_mode >> 6 & 7;
	return in_group(f, st->st_gid) ? st->st_mode >> 3 & 7 : st->st_mode & 7;
}

/* Whether the entry may be taken out of its directory. */
static bool removable(struct facts *f, const struct entry *e)
{
	uid_t uid = f->s->id.uid;

	if (!e->movable || !f->in_dir || (rights(f, &f->dir) & 3) != 3)
		return false;
	return !(f->dir.st_mode & S_ISVTX) || e->st->st_uid == uid || f->dir.st_uid == uid;
}

/* RFC 3659, 7.5.5. */
static void add_perm(struct strbuf *b, struct facts *f, const struct entry *e)
{
	unsigned mine = rights(f, e->st), rules = f->rules;
	bool dir = S_ISDIR(e->st->st_mode), file = S_ISREG(e->st->st_mode);
	bool change = (mine & 3) == 3, out = removable(f, e);
	const struct {
		char letter;
		bool holds;
	} perms[] = {
		{ 'a', file && (mine & 2) && (rules & MAY_APPE) && (rules & MAY_RESTART) },
		{ 'c', dir && change && (rules & MAY_STOR) },
		{ 'd', out && (rules & (dir ? MAY_RMD : MAY_DELE)) },
		{ 'e', dir && (mine & 1) && (rules & MAY_CWD) },
		{ 'f', out && (rules & MAY_RNFR) },
		{ 'l', dir && (mine & 5) == 5 && (rules & MAY_LIST) },
		{ 'm', dir && change && (rules & MAY_MKD) },
		{ 'p', dir && change && (rules & MAY_DELE) },
		{ 'r', file && (mine & 4) && (rules & MAY_RETR) },
		{ 'w', file && (mine & 2) && (rules & MAY_STOR) && (rules & MAY_OVERWRITE) },
	};

	for (size_t i = 0; i < sizeof perms / sizeof perms[0]; i++)
		if (perms[i].holds)
			strbuf_addc(b, perms[i].letter);
}

static void add_hex(struct strbuf *b, uint64_t v)
{
	char digits[16];
	size_t at = sizeof digits;

	do
		digits[--at] = "0123456789abcdef"[v & 15];
	while ((v >>= 4) != 0);
	strbuf_addn(b, digits + at, sizeof digits - at);
}

static void add_type(struct strbuf *b, struct facts *f, const struct entry *e)
{
	(void)f;
	strbuf_add(b, e->type);
}

static void add_size(struct strbuf *b, struct facts *f, const struct entry *e)
{
	(void)f;
	strbuf_addu(b, (uintmax_t)e->st->st_size);
}

static void add_modify(struct strbuf *b, struct facts *f, const struct entry *e)
{
	strbuf_addn(b, date_fact(&f->dates, e->st->st_mtime), 14);
}

static void add_unique(struct strbuf *b, struct facts *f, const struct entry *e)
{
	(void)f;
	add_hex(b, e->st->st_dev);
	strbuf_addc(b, 'X');
	add_hex(b, e->st->st_ino);
}

static void add_mode(struct strbuf *b, struct facts *f, const struct entry *e)
{
	mode_t mode = dirfake_mode(e->context, e->st->st_mode) & 07777;

	(void)f;
	strbuf_addn(b, (char[]){ (char)('0' + (mode >> 9)), (char)('0' + (mode >> 6 & 7)),
	    (char)('0' + (mode >> 3 & 7)), (char)('0' + (mode & 7)) }, 4);
}

static void add_owner(struct strbuf *b, struct facts *f, const struct entry *e)
{
	(void)f;
	strbuf_addu(b, e->st->st_uid);
}

static void add_group(struct strbuf *b, struct facts *f, const struct entry *e)
{
	(void)f;
	strbuf_addu(b, e->st->st_gid);
}

/* A name must not look like the end of its fact. */
static void add_value(struct strbuf *b, const char *name)
{
	size_t at = b->len;

	strbuf_add(b, name);
	for (; at < b->len; at++)
		if (b->buf[at] == ';' || (unsigned char)b->buf[at] <= ' ')
			b->buf[at] = '_';
}

static void add_ownername(struct strbuf *b, struct facts *f, const struct entry *e)
{
	add_value(b, dirfake_user(f->s, e->context, e->st->st_uid));
}

static void add_groupname(struct strbuf *b, struct facts *f, const struct entry *e)
{
	add_value(b, dirfake_group(f->s, e->context, e->st->st_gid));
}

#define AS_ROW(token, short, name, bit) { name, bit, add_##short },
static const struct {
	const char *name;
	uint32_t bit;
	void (*add)(struct strbuf *b, struct facts *f, const struct entry *e);
} facts[] = { FACTS(AS_ROW) };
#undef AS_ROW

enum { NFACTS = sizeof facts / sizeof facts[0] };

uint32_t facts_left_out(const struct session *s)
{
	return SETTING(s->base, D_FACTS_OPTIONS, facts_options.no_names) ? FACTS_NAMES : 0;
}

void facts_feat(uint32_t on, uint32_t out_of_it, struct strbuf *out)
{
	for (size_t i = 0; i < NFACTS; i++) {
		if (out_of_it & facts[i].bit)
			continue;
		strbuf_add(out, facts[i].name);
		strbuf_add(out, on & facts[i].bit ? "*;" : ";");
	}
}

uint32_t facts_parse(const char *arg)
{
	uint32_t on = 0;

	while (*arg != '\0') {
		size_t n = strcspn(arg, ";");

		on |= fact_find(arg, n);
		arg += n + (arg[n] == ';');
	}
	return on;
}

/* RFC 3659, 7.5.1: what is neither file nor directory has an operating system's type. */
static const char *type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "OS.unix=symlink";
	case S_IFIFO:
		return "OS.unix=fifo";
	case S_IFSOCK:
		return "OS.unix=socket";
	case S_IFCHR:
		return "OS.unix=chr";
	default:
		return "OS.unix=blk";
	}
}

/* Which facts `c` lets be told: no true number beside a false name. */
static uint32_t allowed(const struct context *c, uint32_t wanted)
{
	if (SETTING(c, D_DIR_FAKE_USER, dir_fake_user.on))
		wanted &= ~(uint32_t)FACT_UNIX_OWNER;
	if (SETTING(c, D_DIR_FAKE_GROUP, dir_fake_group.on))
		wanted &= ~(uint32_t)FACT_UNIX_GROUP;
	return wanted;
}

/* Append the facts and the space before the name. */
static void add_facts(struct facts *f, const struct entry *e)
{
	uint32_t wanted = allowed(e->context, f->wanted);
	struct strbuf *b = &f->out.text;

	for (size_t i = 0; i < NFACTS; i++) {
		/* a size is of what RETR would give */
		if (!(wanted & facts[i].bit) ||
		    (facts[i].bit == FACT_SIZE && !S_ISREG(e->st->st_mode)))
			continue;
		strbuf_add(b, facts[i].name);
		strbuf_addc(b, '=');
		facts[i].add(b, f, e);
		strbuf_addc(b, ';');
	}
	strbuf_addc(b, ' ');
}

/*
 * A link is shown as what it leads to, since that is what any command on its name meets.
 * Returns whether it is shown: with ShowSymlinks off, one that leads nowhere is not.
 */
static bool look_behind(struct facts *f, const char *name, struct stat *st)
{
	STRBUF(real, PATHNAME_SIZE);
	size_t len = f->path->len;
	struct stat target;

	if (len > 1)
		strbuf_addc(f->path, '/');
	strbuf_add(f->path, name);
	if (!f->path->full &&
	    root_resolve(&f->s->root, f->path->buf, RESOLVE_EXISTING, &real, &target) == 0 &&
	    access_allows(&f->s->access, &f->c->limit, real.buf))
		*st = target;
	strbuf_cut(f->path, len);
	return !S_ISLNK(st->st_mode) || SETTING(f->s->base, D_SHOW_SYMLINKS, show_symlinks);
}

/*
 * FactsOptions UseSlink: "OS.unix=slink:" and where a link points to, with AdjustedSymlinks as the
 * client would name it. Without it a link has the type of what it leads to.
 */
static bool slink_type(const struct facts *f, const char *name, struct strbuf *type)
{
	const struct settings *set = settings_for(f->s->base, D_FACTS_OPTIONS);
	STRBUF(path, PATHNAME_SIZE);
	char target[PATHNAME_SIZE];

	strbuf_add(&path, f->path->buf);
	if (path_step(&path, name, strlen(name)) < 0 || !set->facts_options.use_slink ||
	    root_show_link(&f->s->root, path.buf, set->facts_options.adjusted, target,
	    sizeof target) < 0)
		return false;
	strbuf_add(type, "OS.unix=slink:");
	add_value(type, target);
	return !type->full;
}

static bool visible(void *arg, const char *name, unsigned char type)
{
	struct facts *f = arg;

	return view_keeps(&f->view, name, type);
}

static int show_entry(void *arg, const struct list_entry *l)
{
	struct facts *f = arg;
	bool self = strcmp(l->name, ".") == 0, parent = strcmp(l->name, "..") == 0;
	struct entry e = { .movable = !self && !parent };
	STRBUF(slink, PATHNAME_SIZE + 32);
	struct stat st = *l->st;
	bool link = S_ISLNK(st.st_mode);

	if (f->view.stats && e.movable && !view_shows(&f->view, l))
		return 0;
	if (link && !look_behind(f, l->name, &st))
		return 0;
	e.st = &st;
	e.type = self ? "cdir" : parent ? "pdir" : link && SETTING(f->s->base, D_SHOW_SYMLINKS,
	    show_symlinks) && slink_type(f, l->name, &slink) ? slink.buf : type_of(st.st_mode);
	e.context = f->varies && e.movable ? view_context(&f->view, l->name) : f->context;
	add_facts(f, &e);
	lines_name(&f->out.text, l->name, false, false);
	return !lines_next(&f->out);
}

static void init(struct facts *f, struct session *s, const struct command *c,
    const struct access_answer *answer, struct strbuf *path)
{
	*f = (struct facts){
		.s = s, .c = c, .context = answer->context,
		.wanted = s->mlst_facts & ~facts_left_out(s), .path = path,
	};
	if (f->wanted & FACT_PERM)
		f->rules = ask_rules(s, path->buf, answer->context);
	date_init(&f->dates, false, 0);
}

static void send_directory(struct facts *f, const struct command *c, int fd)
{
	const struct transfer t = { .verb = c->verb, .path = f->path->buf, .context = f->context,
	    .quick = true };
	const struct list_how how = {
		.order = LIST_BY_NAME, .need_stat = true, .dots = true,
		.at_root = strcmp(f->path->buf, "/") == 0,
	};
	int err = transfer_begin(f->s, &t, "Opening data connection for MLSD.");

	if (err < 0) {
		lines_close(&f->out);
		data_refuse(f->s, err);
		return;
	}
	view_begin(&f->view, &f->s->access, &f->c->limit, f->path, fd);
	f->varies = dirfake_varies(&f->view, f->context);
	err = list_directory(fd, &how, visible, show_entry, f);
	if (err < 0) {
		f->out.r.end = COPY_FILE;
		f->out.r.err = err;
	}
	lines_close(&f->out);
	transfer_end(f->s, &t, &f->out.r, NULL);
}

void cmd_mlsd(struct session *s, const struct command *c, const char *arg)
{
	const char *name = *arg != '\0' ? arg : ".";
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct facts f;
	struct stat st;
	int fd, err;

	if (!command_path(s, c, name, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	if (!S_ISDIR(st.st_mode)) {
		reply_errno(s, 501, name, -ENOTDIR); /* RFC 3659, 7.2.1 */
		return;
	}
	fd = root_open_dir(&s->root, path.buf);
	if (fd < 0) {
		reply_errno(s, 0, name, fd);
		return;
	}
	init(&f, s, c, &answer, &path);
	f.dir = st;
	f.in_dir = true;
	err = lines_open(&f.out, s, false);
	if (err < 0)
		reply_errno(s, 0, NULL, err);
	else
		send_directory(&f, c, fd);
	(void)close(fd);
}

/* RFC 3659, 7.2: one entry, whose name is the whole path, on the control connection. */
void cmd_mlst(struct session *s, const struct command *c, const char *arg)
{
	const char *name = *arg != '\0' ? arg : ".";
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(parent, PATHNAME_SIZE);
	STRBUF(clean, PATHNAME_SIZE);
	struct access_answer answer;
	struct facts f;
	struct stat st;
	struct entry e = { .st = &st };
	int err;

	if (!command_path(s, c, name, RESOLVE_EXISTING, &path, &st, &answer))
		return;
	init(&f, s, c, &answer, &path);
	e.context = f.context;
	e.type = type_of(st.st_mode);
	e.movable = strcmp(path.buf, "/") != 0;
	f.in_dir = path_parent(&parent, path.buf) == 0 &&
	    root_stat(&s->root, parent.buf, &f.dir) == 0;
	err = path_clean(&clean, s->cwd, s->home, name, strlen(name));
	if (err == 0)
		err = lines_open(&f.out, s, true);
	if (err < 0) {
		reply_errno(s, 0, name, err);
		return;
	}
	reply_hold(s);
	reply_begin(s, 250, "Listing %.*s%s:", CUT(name));
	strbuf_addc(&f.out.text, ' ');
	add_facts(&f, &e);
	strbuf_add(&f.out.text, clean.buf);
	(void)lines_next(&f.out);
	lines_close(&f.out);
	reply(s, 250, "End.");
	reply_release(s);
}
