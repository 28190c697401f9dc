/* Directories: where the session is, and making and removing them. */
#include "config/log.h"
#include "session/command.h"
#include "session/display.h"
#include "session/owner.h"
#include "session/readme.h"
#include "vfs/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* 0 when `path` is a directory that the user may enter, or -errno. */
static int enterable(struct session *s, const char *path)
{
	struct stat st;
	int fd = root_open_path(&s->root, path, &st), err = 0;

	if (fd < 0)
		return fd;
	if (!S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	else if (fstatat(fd, ".", &st, 0) < 0) /* looking up "." asks for search permission */
		err = -errno;
	(void)close(fd);
	return err;
}

/* Whether a DisplayChdir file was shown before, as it is; if not, it is remembered. */
static bool shown_before(struct session *s, const struct stat *st)
{
	for (unsigned i = 0; i < SHOWN && i < s->nshown; i++)
		if (s->shown[i].dev == st->st_dev && s->shown[i].ino == st->st_ino &&
		    s->shown[i].mtime == st->st_mtime)
			return true;
	s->shown[s->nshown % SHOWN].dev = st->st_dev;
	s->shown[s->nshown % SHOWN].ino = st->st_ino;
	s->shown[s->nshown % SHOWN].mtime = st->st_mtime;
	s->nshown++;
	return false;
}

static void display_chdir(struct session *s, const struct context *where)
{
	const struct settings *set = settings_for(where, D_DISPLAY_CHDIR);
	const char *name = set->display_chdir.name;
	STRBUF(path, PATHNAME_SIZE);
	struct stat st;

	if (name == NULL || path_clean(&path, s->cwd, NULL, name, strlen(name)) < 0)
		return;
	if (set->display_chdir.once &&
	    (root_stat(&s->root, path.buf, &st) < 0 || shown_before(s, &st)))
		return;
	(void)display_path(s, 250, path.buf, false);
}

/* Go there. False: a refusal was sent. */
static bool change_directory(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	int err;

	if (!command_path(s, c, arg, RESOLVE_EXISTING, &path, &st, &answer))
		return false;
	err = enterable(s, path.buf);
	if (err < 0) {
		reply_errno(s, 550, arg, err);
		return false;
	}
	memcpy(s->cwd, path.buf, path.len + 1);
	reply_hold(s);
	display_chdir(s, answer.context);
	readme_show(s, 250);
	ratio_chdir(s, answer.context);
	reply(s, 250, "Directory changed.");
	reply_release(s);
	return true;
}

/* Whether `arg` leads from the session's directory to a directory that it may enter. */
static bool leads_on(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(clean, PATHNAME_SIZE);
	STRBUF(path, PATHNAME_SIZE);

	return path_clean(&clean, s->cwd, s->home, arg, strlen(arg)) == 0 &&
	    root_resolve(&s->root, clean.buf, RESOLVE_EXISTING, &path, NULL) == 0 &&
	    access_check(&s->access, &c->limit, path.buf, false).allowed &&
	    enterable(s, path.buf) == 0;
}

/* Whether nothing of that name is there, or nothing that the session may know of. */
static bool is_missing(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(clean, PATHNAME_SIZE);
	STRBUF(path, PATHNAME_SIZE);

	return path_clean(&clean, s->cwd, s->home, arg, strlen(arg)) == 0 &&
	    (root_resolve(&s->root, clean.buf, RESOLVE_EXISTING, &path, NULL) == -ENOENT ||
	    !access_check(&s->access, &c->limit, path.buf, false).allowed);
}

/* Go to the first directory of CDPath from which `arg` leads on. False: there is none. */
static bool enter_cd_path(struct session *s, const struct command *c, const char *arg)
{
	const struct context *where = settings_next(s->base, D_CD_PATH);
	char cwd[PATHNAME_SIZE];

	memcpy(cwd, s->cwd, sizeof cwd);
	for (; where != NULL; where = settings_next(where->outer, D_CD_PATH)) {
		for (const struct cd_path *p = where->own->cd_path; p != NULL; p = p->next) {
			STRBUF(path, PATHNAME_SIZE);

			if (path_clean(&path, "/", s->home, p->path, strlen(p->path)) < 0)
				continue;
			memcpy(s->cwd, path.buf, path.len + 1);
			if (leads_on(s, c, arg))
				return true;
			memcpy(s->cwd, cwd, sizeof cwd);
		}
	}
	return false;
}

void cmd_cwd(struct session *s, const struct command *c, const char *arg)
{
	bool relative = *arg != '/' && *arg != '~';
	char cwd[PATHNAME_SIZE];

	if (!relative || settings_next(s->base, D_CD_PATH) == NULL || !is_missing(s, c, arg)) {
		(void)change_directory(s, c, arg);
		return;
	}
	memcpy(cwd, s->cwd, sizeof cwd);
	/* what stands in the way now, a filter, is to be told of the name as it was given */
	(void)enter_cd_path(s, c, arg);
	if (!change_directory(s, c, arg))
		memcpy(s->cwd, cwd, sizeof cwd);
}

void cmd_cdup(struct session *s, const struct command *c, const char *arg)
{
	(void)arg;
	(void)change_directory(s, c, "..");
}

static void reply_path(struct session *s, const char *path, const char *text)
{
	STRBUF(quoted, 2 * PATHNAME_SIZE + 4);

	reply_quote(&quoted, path);
	reply(s, 257, "%s %s", quoted.buf, text);
}

/* No look at the file system: the answer is the session's own knowledge. */
void cmd_pwd(struct session *s, const struct command *c, const char *arg)
{
	const struct access_answer answer = access_check(&s->access, &c->limit, s->cwd, false);

	(void)arg;
	record_path(s, s->cwd);
	if (answer.allowed)
		reply_path(s, s->cwd, "is the working directory.");
	else
		reply_errno(s, 550, NULL, answer.missing ? -ENOENT : -EACCES);
}

/*
 * A directory is given by a descriptor of it: its maker cannot read one whose Umask forbids that.
 */
static void give_directory(struct session *s, const struct context *c, const char *path)
{
	int fd = owner_given(c) ? root_open_dir(&s->root, path) : -ENOENT;

	if (fd >= 0) {
		owner_give(s, c, path, fd);
		(void)close(fd);
	} else if (fd != -ENOENT) {
		log_write(LOG_WARNING, "UserOwner, GroupOwner: %s: %s", path, strerror(-fd));
	}
}

void cmd_mkd(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	mode_t mask;
	int err;

	if (!command_path(s, c, arg, RESOLVE_CREATE, &path, &st, &answer))
		return;
	mask = settings_for(answer.context, D_UMASK)->umask.dir;
	if (st.st_nlink == 0 && !quota_allows_directory(s, path.buf, arg))
		return;
	if (st.st_nlink == 0)
		quota_turn_directory(s, path.buf, NULL);
	err = st.st_nlink != 0 ? -EEXIST : root_mkdir(&s->root, path.buf, 0777 & ~mask);
	if (st.st_nlink == 0)
		quota_made(s, path.buf, err == 0);
	quota_turn_over(s);
	if (err < 0) {
		reply_errno(s, 0, arg, err);
		return;
	}
	give_directory(s, answer.context, path.buf);
	reply_path(s, path.buf, "was created.");
}

void cmd_rmd(struct session *s, const struct command *c, const char *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct access_answer answer;
	struct stat st;
	int err;

	if (!command_path(s, c, arg, RESOLVE_LINK, &path, &st, &answer))
		return;
	quota_turn_directory(s, path.buf, &st);
	err = root_rmdir(&s->root, path.buf);
	if (err == 0)
		quota_removed(s, answer.context, path.buf, &st);
	quota_turn_over(s);
	if (err < 0) {
		reply_errno(s, 0, arg, err);
		return;
	}
	reply(s, 250, "Directory removed.");
}
