/* LIST, NLST and STAT with a path: what is listed, by which rules, and in which form. */
#include "session/list.h"

#include "config/io.h"
#include "session/command.h"
#include "session/dirfake.h"
#include "session/lines.h"
#include "session/ls.h"
#include "session/security.h"
#include "session/transfer.h"
#include "vfs/glob.h"
#include "vfs/hide.h"
#include "vfs/path.h"
#include "vfs/view.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One listing, from the argument to the last line. */
struct listing {
	struct session *s;
	const struct command *c;
	bool names;                  /* NLST */
	const char *arg;             /* the pathname as the client wrote it; "": none */
	const struct context *context;   /* of what is listed, for its settings */
	struct ls_options o;
	struct dates dates;
	struct strbuf *path;         /* canonical, of what is listed; grows and shrinks with -R */
	struct strbuf *shown;        /* the same as the client will see it, before a name */
	struct view view;            /* of the directory being read */
	bool wants_data;             /* its entries are shown with more than their names */
	bool varies;                 /* they may have owners and modes of their own
	                                (dirfake_varies) */
	bool matching;               /* what is shown are matches of a pattern */
	char globbed[PATHNAME_SIZE]; /* the directory that a wildcard stood for last, and */
	bool globbed_opens;          /* whether it may be listed */
	unsigned entries, directories;
	bool any;                    /* the pattern matches something */
	struct lines out;
};

/* What the argument stands for. */
enum target {
	TARGET_NONE,                 /* nothing: a refusal was sent */
	TARGET_ABSENT,               /* nothing, and that is no error: hidden, or NoErrorIfAbsent */
	TARGET_FILE,
	TARGET_DIRECTORY,
	TARGET_PATTERN,
};

static const struct list_options *options_of(const struct listing *l)
{
	const struct list_options *o = &settings_for(l->context, D_LIST_OPTIONS)->list_options;

	return (l->names ? o->list_only : o->nlst_only) ? &settings_default.list_options : o;
}

/* ListOptions first, then what the client wants, unless its wishes do not count. */
static void set_options(struct listing *l, const char *arg)
{
	const struct list_options *o = options_of(l);

	ls_init(&l->o, !l->names);
	ls_letters(&l->o, o->on, strlen(o->on), true);
	if (l->names)
		l->o.classify = false;
	if (!o->strict)
		(void)ls_words(&l->o, arg);
	ls_letters(&l->o, o->off, strlen(o->off), false);
	if (l->names)                /* a mark or heading would be taken for a part of a name */
		l->o.classify = l->o.recursive = false;
	/* programs take NLST's lines for names, whatever ListOptions is for (RFC 1123, 4.1.2.7) */
	if (l->names)
		l->o.long_format = false;
	l->o.windows = SETTING(l->s->base, D_LIST_STYLE, list_windows);
	date_init(&l->dates, !SETTING(l->context, D_TIMES_GMT, times_gmt), time(NULL));
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whose settings say how an entry is shown: those of its own path. */
static const struct context *context_of(struct listing *l, const char *name, const char *path)
{
	if (!l->matching && (!l->varies || is_dots(name)))
		return l->context;
	return path != NULL ? access_entry(&l->s->access, path) : view_context(&l->view, name);
}

/* One entry in the long format. The owner's name is copied: asking for the group's ends it. */
static void add_long(struct listing *l, const char *name, const char *path, const struct stat *st,
    const char *target)
{
	const struct context *c = context_of(l, name, path);
	STRBUF(user, NAME_SIZE);
	STRBUF(number, 24);

	if (l->o.numeric) {
		strbuf_addu(&user, st->st_uid);
		strbuf_addu(&number, st->st_gid);
	} else {
		strbuf_add(&user, dirfake_user(l->s, c, st->st_uid));
	}
	ls_format(&l->out.text, &l->o, &l->dates, &(struct ls_line){
		.st = st, .mode = dirfake_mode(c, st->st_mode), .owner = user.buf,
		.group = l->o.numeric ? number.buf : dirfake_group(l->s, c, st->st_gid),
		.name = name, .target = target,
	});
}

static bool may_show(const struct listing *l, const char *path)
{
	return access_allows(&l->s->access, &l->c->limit, path);
}

/*
 * What stands behind a symbolic link, at `path`: true when the entry is to be shown; then `st` is
 * the target's and `text` empty, or `text` is where the link points to.
 */
static bool look_behind(struct listing *l, const char *path, struct stat *st, char *text)
{
	bool show = SETTING(l->s->base, D_SHOW_SYMLINKS, show_symlinks);
	STRBUF(real, PATHNAME_SIZE);
	struct stat target;

	text[0] = '\0';
	if (!show || l->o.follow) {
		if (root_resolve(&l->s->root, path, RESOLVE_EXISTING, &real, &target) == 0 &&
		    may_show(l, real.buf)) {
			*st = target;
			return true;
		}
		if (!show)
			return false;
	}
	if (root_show_link(&l->s->root, path, options_of(l)->adjusted, text, PATHNAME_SIZE) < 0)
		text[0] = '\0';
	return true;
}

/*
 * The line of one entry; `name` is shown, `path` is where it lies (NULL: by that name in the
 * directory being read, and no link). Returns 0, or 1 to stop.
 */
static int show(struct listing *l, const char *name, const char *path, const struct stat *st)
{
	char text[PATHNAME_SIZE];
	const char *target = NULL;
	unsigned most = options_of(l)->maxfiles;
	struct stat own;

	if (most > 0 && l->entries >= most)
		return 1;
	if (st != NULL && S_ISLNK(st->st_mode)) {
		own = *st;
		st = &own;
		if (!look_behind(l, path, &own, text))
			return 0;
		target = text[0] != '\0' ? text : NULL;
	}
	l->entries++;
	if (l->names)
		lines_name(&l->out.text, l->shown->buf, false, l->o.escape);
	if (l->o.long_format && st != NULL) {
		add_long(l, name, path, st, target);
	} else {
		lines_name(&l->out.text, name, !l->names, l->o.escape);
		if (l->o.classify && st != NULL)
			strbuf_add(&l->out.text, ls_mark(st->st_mode));
	}
	return !lines_next(&l->out);
}

/* Names that begin with a dot are out of sight, as with ls; a pattern names them or does not. */
static bool in_sight(const struct listing *l, const char *name)
{
	return name[0] != '.' || l->o.all || l->o.almost_all;
}

static bool visible(void *arg, const char *name, unsigned char type)
{
	struct listing *l = arg;

	return in_sight(l, name) && view_keeps(&l->view, name, type);
}

/* Append a name to a path; returns the length to cut it back to. */
static size_t enter(struct strbuf *path, const char *name)
{
	size_t len = path->len;

	if (len > 0 && path->buf[len - 1] != '/')
		strbuf_addc(path, '/');
	strbuf_add(path, name);
	return len;
}

static int show_entry(void *arg, const struct list_entry *e)
{
	struct listing *l = arg;
	size_t len;
	int rc;

	if (l->view.stats && !is_dots(e->name) && !view_shows(&l->view, e))
		return 0;
	if (e->type != DT_LNK || !l->wants_data)
		return show(l, e->name, NULL, l->wants_data ? e->st : NULL);
	len = enter(l->path, e->name);
	rc = l->path->full ? 0 : show(l, e->name, l->path->buf, e->st);
	strbuf_cut(l->path, len);
	return rc;
}

static int list_one(struct listing *l, int fd, unsigned depth);

/* -R: list a directory that was found in one. What the session may not read is passed over. */
static int descend(struct listing *l, const char *name, unsigned depth)
{
	const struct list_options *o = options_of(l);
	size_t len = enter(l->path, name), shown = l->shown->len;
	int fd = -EACCES, rc = 0;

	strbuf_add(l->shown, name);
	if (!l->path->full && !l->shown->full &&
	    (o->maxdirs == 0 || l->directories < o->maxdirs) &&
	    access_opens(&l->s->access, &l->c->limit, l->path->buf) &&
	    security_allows(l->s, l->c, l->path->buf))
		fd = root_open_dir(&l->s->root, l->path->buf);
	if (fd >= 0 && !l->names) {
		rc = !lines_next(&l->out);
		lines_name(&l->out.text, l->shown->buf, true, l->o.escape);
		strbuf_addc(&l->out.text, ':');
		rc = rc || !lines_next(&l->out);
	}
	strbuf_addc(l->shown, '/');
	if (fd >= 0 && rc == 0)
		rc = list_one(l, fd, depth);
	else if (fd >= 0)
		(void)close(fd);
	strbuf_cut(l->shown, shown);
	strbuf_cut(l->path, len);
	return rc;
}

struct deeper {
	struct listing *l;
	unsigned depth;
};

/* Where the type is not known, the opening tells. */
static bool may_be_directory(void *arg, const char *name, unsigned char type)
{
	const struct deeper *d = arg;

	return in_sight(d->l, name) && (type == DT_DIR || type == DT_UNKNOWN);
}

static int descend_entry(void *arg, const struct list_entry *e)
{
	const struct deeper *d = arg;
	struct listing *l = d->l;

	return view_names(&l->s->access, &l->c->limit, l->path, e->name) ?
	    descend(l, e->name, d->depth) : 0;
}

/* The entries of the open directory at l->path, and with -R what lies below. Takes `fd`. */
static int list_one(struct listing *l, int fd, unsigned depth)
{
	const struct list_options *o = options_of(l);
	struct list_how how = { /* NLST is sorted too, SortedNLST or not */
		.order = ls_order(&l->o), .reverse = l->o.reverse,
		.dots = l->o.all, .at_root = strcmp(l->path->buf, "/") == 0,
	};
	/* a second reading, of the directories alone: the list above is not held meanwhile */
	const struct list_how again = { .order = how.order, .reverse = how.reverse };
	unsigned most = o->maxdepth > 0 && o->maxdepth < LIST_DEPTH ? o->maxdepth : LIST_DEPTH;
	int rc;

	l->directories++;
	view_begin(&l->view, &l->s->access, &l->c->limit, l->path, fd);
	l->wants_data = l->o.long_format || l->o.classify ||
	    !SETTING(l->s->base, D_SHOW_SYMLINKS, show_symlinks);
	how.need_stat = l->wants_data || l->view.stats;
	l->varies = l->o.long_format && dirfake_varies(&l->view, l->context);
	rc = list_directory(fd, &how, visible, show_entry, l);
	if (rc == 0 && l->o.recursive && depth + 1 < most)
		rc = list_directory(fd, &again, may_be_directory, descend_entry,
		    &(struct deeper){ .l = l, .depth = depth + 1 });
	(void)close(fd);
	return rc;
}

/* What a pattern spells out at its end was not asked about when it was found (may_match). */
static bool match_hidden(const struct listing *l, const char *path)
{
	const char *slash = strrchr(l->arg, '/');
	struct hidden why;

	return !glob_magic(slash != NULL ? slash + 1 : l->arg) &&
	    hide_path(&l->s->access, path, &why);
}

/* The same for a match of a pattern; a link is not named where its target may not be. */
static bool may_show_match(const struct listing *l, const char *path, const struct stat *st)
{
	STRBUF(target, PATHNAME_SIZE);
	STRBUF(parent, PATHNAME_SIZE);

	return !access_check(&l->s->access, &l->c->limit, path, false).missing &&
	    may_show(l, path) &&
	    path_parent(&parent, path) == 0 && security_allows(l->s, l->c, parent.buf) &&
	    !match_hidden(l, path) && (!S_ISLNK(st->st_mode) ||
	    root_resolve(&l->s->root, path, RESOLVE_EXISTING, &target, NULL) < 0 ||
	    may_show(l, target.buf));
}

/* A match as the client wrote the pattern: from its directory, unless it began at the root. */
static const char *as_written(const struct listing *l, const char *path)
{
	size_t n = strlen(l->s->cwd);

	if (l->arg[0] == '/' || l->arg[0] == '~')
		return path;
	if (n == 1)
		return path + 1;
	return strncmp(path, l->s->cwd, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

/*
 * What a wildcard may stand for: what a listing of the directory would name, where it may be listed
 * at all. What is spelt out in a pattern is not found by it, and may be hidden.
 */
static bool may_match(void *arg, const char *dir, const char *name)
{
	struct listing *l = arg;
	STRBUF(path, PATHNAME_SIZE);

	if (strcmp(l->globbed, dir) != 0) {
		(void)snprintf(l->globbed, sizeof l->globbed, "%s", dir);
		l->globbed_opens = access_check(&l->s->access, &l->c->limit, dir, false).allowed &&
		    security_allows(l->s, l->c, dir);
	}
	strbuf_add(&path, dir);
	return l->globbed_opens && view_names(&l->s->access, &l->c->limit, &path, name);
}

/* A directory that matches is shown as one line too: a pattern is no order to open it. */
static int show_match(void *arg, const char *path)
{
	struct listing *l = arg;
	STRBUF(real, PATHNAME_SIZE);
	struct stat st;

	if (root_resolve(&l->s->root, path, RESOLVE_LINK, &real, &st) < 0 ||
	    !may_show_match(l, real.buf, &st))
		return 0;
	return show(l, as_written(l, path), real.buf, &st);
}

/* Whether there is a match at all has to be known before the 150: the first one tells. */
static int note_match(void *arg, const char *path)
{
	struct listing *l = arg;
	STRBUF(real, PATHNAME_SIZE);
	struct stat st;

	l->any = root_resolve(&l->s->root, path, RESOLVE_LINK, &real, &st) == 0 &&
	    may_show_match(l, real.buf, &st);
	return l->any;
}

/* A directory's own name is no pattern. */
static void quote(struct strbuf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (strchr("*?[\\", *path) != NULL)
			strbuf_addc(out, '\\');
		strbuf_addc(out, *path);
	}
}

static int make_pattern(const struct listing *l, struct strbuf *pattern)
{
	STRBUF(cwd, 2 * PATHNAME_SIZE);
	STRBUF(home, 2 * PATHNAME_SIZE);

	quote(&cwd, l->s->cwd);
	quote(&home, l->s->home);
	return path_clean(pattern, cwd.buf, home.buf, l->arg, strlen(l->arg));
}

/*
 * Nothing has the name (or it is `hidden`): is it a pattern that matches? l->path is where it would
 * be.
 */
static enum target find_pattern(struct listing *l, bool hidden, struct strbuf *pattern)
{
	struct session *s = l->s;
	int err = 0;

	l->context = access_context(&s->access, l->path->buf);
	if (!hidden && !may_show(l, l->path->buf)) {
		reply_errno(s, 550, l->arg, -EACCES);
		return TARGET_NONE;
	}
	if (!security_check(s, l->c, l->context))
		return TARGET_NONE;
	if (glob_magic(l->arg) && SETTING(s->base, D_USE_GLOBBING, use_globbing)) {
		err = make_pattern(l, pattern);
		if (err == 0)
			err = glob_walk(&s->root, pattern->buf, may_match, note_match, l);
	}
	if (l->any)
		return TARGET_PATTERN;
	if (err >= 0 && options_of(l)->no_error_if_absent)
		return TARGET_ABSENT;
	reply_errno(s, err < 0 ? 0 : 450, l->arg[0] != '\0' ? l->arg : ".", err < 0 ? err :
	    -ENOENT);
	return TARGET_NONE;
}

/* What is hidden is in no listing of its own name either (directives.md, 13.3). */
static bool is_hidden(const struct listing *l, const char *name)
{
	struct hidden why;

	return !is_dots(name) && hide_path(&l->s->access, l->path->buf, &why);
}

/* Find out what to list, and open it where it is a directory. A refusal is sent. */
static enum target find(struct listing *l, const char *arg, struct strbuf *pattern, struct stat *st,
    int *fd)
{
	const char *name = l->arg[0] != '\0' ? l->arg : ".";
	struct session *s = l->s;
	STRBUF(clean, PATHNAME_SIZE);
	struct access_answer answer = { .missing = false };
	int err = path_clean(&clean, s->cwd, s->home, name, strlen(name));

	if (err == 0) {
		err = root_resolve(&s->root, clean.buf, RESOLVE_EXISTING, l->path, st);
		answer = access_named(&s->access, &l->c->limit, clean.buf, l->path->buf, err,
		    false);
		if (answer.missing) {
			command_log(s, l->c, l->path->buf, &answer);
			err = -ENOENT;
		}
	}
	if (err == -ENOENT) {
		enum target target = find_pattern(l, answer.missing, pattern);

		set_options(l, arg);
		return target;
	}
	strbuf_reset(l->path);
	if (!command_path(s, l->c, name, RESOLVE_EXISTING, l->path, st, &answer))
		return TARGET_NONE;
	l->context = answer.context;
	set_options(l, arg);
	if (!S_ISDIR(st->st_mode) || l->o.directory) {
		/* as ls does it, a link that is no way into a directory is shown itself */
		(void)root_resolve(&s->root, clean.buf, RESOLVE_LINK, l->path, st);
		return is_hidden(l, name) ? TARGET_ABSENT : TARGET_FILE;
	}
	*fd = root_open_dir(&s->root, l->path->buf);
	if (*fd >= 0)
		return TARGET_DIRECTORY;
	reply_errno(s, 0, name, *fd);
	return TARGET_NONE;
}

/*
 * What stands before the names of a directory, and in the headings of -R: "sub/" as it was
 * written. For one's own directory nothing needs it (RFC 1123, 4.1.2.7).
 */
static void set_prefix(struct listing *l)
{
	size_t n = strlen(l->arg);

	if (n == 0 || strcmp(l->arg, ".") == 0)
		return;
	strbuf_add(l->shown, l->arg);
	if (l->arg[n - 1] != '/')
		strbuf_addc(l->shown, '/');
}

/* Write the lines. An error of the disk is the transfer's result. */
static void emit(struct listing *l, enum target target, const char *pattern, const struct stat *st,
    int fd)
{
	int rc = 0;

	if (target == TARGET_FILE) {
		rc = show(l, l->arg[0] != '\0' ? l->arg : ".", l->path->buf, st);
	} else if (target == TARGET_DIRECTORY) {
		set_prefix(l);
		rc = list_one(l, fd, 0);
	} else if (target == TARGET_PATTERN) {
		l->matching = true;
		rc = glob_walk(&l->s->root, pattern, may_match, show_match, l);
	}
	if (rc < 0) {
		l->out.r.end = COPY_FILE;
		l->out.r.err = rc;
	}
}

static void over_data(struct listing *l, enum target target, const char *pattern,
    const struct stat *st, int fd)
{
	const struct transfer t = { .verb = l->c->verb, .path = l->path->buf, .context = l->context,
	    .quick = true };
	int err = transfer_begin(l->s, &t, "Opening ASCII mode data connection for file list.");

	if (err < 0) {
		if (fd >= 0)
			(void)close(fd);
		lines_close(&l->out);
		data_refuse(l->s, err);
		return;
	}
	emit(l, target, pattern, st, fd);
	lines_close(&l->out);
	transfer_end(l->s, &t, &l->out.r, NULL);
}

static void over_control(struct listing *l, enum target target, const char *pattern,
    const struct stat *st, int fd)
{
	unsigned code = target == TARGET_DIRECTORY ? 212 : 213;

	reply_hold(l->s);
	reply_begin(l->s, code, "Status of %.*s%s:", CUT(l->arg[0] != '\0' ? l->arg : "."));
	emit(l, target, pattern, st, fd);
	lines_close(&l->out);
	reply(l->s, code, "End of status.");
	reply_release(l->s);
}

static void list(struct session *s, const struct command *c, const char *arg, bool names,
    bool control)
{
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(shown, PATHNAME_SIZE);
	STRBUF(pattern, PATHNAME_SIZE);
	struct listing l = {
		.s = s, .c = c, .names = names, .arg = ls_words(NULL, arg), .context = s->base,
		.path = &path, .shown = &shown,
	};
	enum target target;
	struct stat st;
	int fd = -1, err;

	target = find(&l, arg, &pattern, &st, &fd);
	if (target == TARGET_NONE)
		return;
	err = lines_open(&l.out, s, control);
	if (err < 0) {
		if (fd >= 0)
			(void)close(fd);
		reply_errno(s, 0, NULL, err);
	} else if (control) {
		over_control(&l, target, pattern.buf, &st, fd);
	} else {
		over_data(&l, target, pattern.buf, &st, fd);
	}
}

void cmd_list(struct session *s, const struct command *c, const char *arg)
{
	list(s, c, arg, false, false);
}

void cmd_nlst(struct session *s, const struct command *c, const char *arg)
{
	list(s, c, arg, true, false);
}

void list_stat(struct session *s, const struct command *c, const char *arg)
{
	list(s, c, arg, false, true);
}
