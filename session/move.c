/*
 * StoreMoveTo: a whole upload goes where the administrator wants it. He ordered it, so no <Limit>
 * is asked; but the session does it with its user's rights, in its root, and never replaces a file.
 */
#include "session/move.h"

#include "config/config.h"
#include "config/log.h"
#include "session/session.h"
#include "vfs/path.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool move_wanted(const struct context *c)
{
	const char *to = SETTING(c, D_STORE_MOVE_TO, store_move_to);

	return to != NULL && strcmp(to, "none") != 0;
}

int move_target(const struct session *s, const struct context *c, const char *path,
    struct strbuf *to)
{
	const char *dir = SETTING(c, D_STORE_MOVE_TO, store_move_to);
	int err = path_clean(to, "/", s->home, dir, strlen(dir));

	return err < 0 ? err : path_step(to, path_last(path), strlen(path_last(path)));
}

/* What somebody else put there meanwhile was never uploaded. */
static int check_same(struct session *s, const char *place, const struct stat *st)
{
	struct stat now;
	int err = root_stat(&s->root, place, &now);

	if (err == 0 && (now.st_dev != st->st_dev || now.st_ino != st->st_ino))
		err = -ESTALE;
	return err;
}

/* Append a dot and six characters to a name that is taken. */
static int add_suffix(struct strbuf *to)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char random[6];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	strbuf_addc(to, '.');
	for (size_t i = 0; i < sizeof random; i++)
		strbuf_addc(to, letters[random[i] % (sizeof letters - 1)]);
	return to->full ? -ENAMETOOLONG : 0;
}

/* Rename to the path in `to`, or another name like it; the kernel decides what is taken. */
static int rename_to(struct session *s, const char *place, struct strbuf *to)
{
	enum { TRIES = 20 };
	size_t n = to->len;
	int err = -EEXIST;

	for (unsigned i = 0; err == -EEXIST && i < TRIES; i++) {
		strbuf_cut(to, n);
		if (i > 0 && (err = add_suffix(to)) < 0)
			return err;
		/* rules of a directory are not for its visitors to bring, nor a jail's libraries */
		if (access_guarded(&s->access, to->buf))
			return -EPERM;
		err = root_rename(&s->root, place, to->buf, false);
	}
	return err;
}

bool move_upload(struct session *s, const struct context *c, const char *place, const char *path,
    const struct stat *st, struct strbuf *moved)
{
	const struct settings *set = settings_for(c, D_STORE_MOVE_TO);
	const char *to = set->store_move_to;
	STRBUF(where, PATHNAME_SIZE);
	int err = move_target(s, c, path, moved);

	if (err == 0 && strcmp(moved->buf, path) == 0) {
		strbuf_reset(moved);
		return false;
	}
	if (err == 0)
		err = check_same(s, place, st);
	if (err == 0)
		err = rename_to(s, place, moved);
	if (err == 0)
		return true;
	config_where(s->start.config, set->where[D_STORE_MOVE_TO], &where);
	log_write(LOG_WARNING, "%s: StoreMoveTo %s: %s stays where it is: %s", where.buf, to, path,
	    err == -EXDEV ? "another file system" : strerror(-err));
	strbuf_reset(moved);
	return false;
}
