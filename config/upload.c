/* What becomes of an upload that has arrived: StoreMoveTo, UploadNotify. */
#include "config/special.h"

#include "config/read.h"
#include "config/strbuf.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>

/* `none`, which takes back what an outer section says, or one name that `fits`. */
static int read_name(struct reader *r, const struct directive *d, const char *word, bool fits,
    const char *expected)
{
	const char **field = (const char **)(void *)((char *)r->own + d->offset);

	if (strcasecmp(word, "none") == 0)
		*field = "none";
	else if (!fits)
		return tell_error(r, d->name, "%s: %s", word, expected);
	else
		*field = config_strdup(r->c, word);
	return 0;
}

int read_store_move_to(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *path = words[1];

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	return read_name(r, d, path, (*path == '/' || strcmp(path, "~") == 0 ||
	    strncmp(path, "~/", 2) == 0) && strlen(path) < PATHNAME_SIZE &&
	    strpbrk(path, "\r\n") == NULL, "none is expected, or a directory of the session's "
	    "root: a path that begins with / or ~/");
}

int read_upload_notify(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *path = words[1];
	enum { LONGEST = sizeof ((struct sockaddr_un *)NULL)->sun_path - 1 };

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (*path == '/' && strlen(path) > LONGEST)
		return tell_error(r, d->name, "%s: the name of a socket has at most %d bytes", path,
		    LONGEST);
	return read_name(r, d, path, *path == '/', "none or an absolute path is expected");
}

/* The one root that is known without a user is that of an <Anonymous>. */
static void check_move(struct reader *r, const struct context *c, const char *root)
{
	const char *to = c->own->store_move_to;
	STRBUF(path, 2 * PATHNAME_SIZE);
	struct stat st;

	if (c->own->where[D_STORE_MOVE_TO].line == 0 || root == NULL || *to != '/')
		return;
	strbuf_addf(&path, "%s%s", root, to);
	if (lstat(path.buf, &st) != 0)
		(void)tell_at(r, CONFIG_WARNING, c->own->where[D_STORE_MOVE_TO], "StoreMoveTo",
		    "%s: %s: uploads stay where they are", path.buf, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		(void)tell_at(r, CONFIG_ERROR, c->own->where[D_STORE_MOVE_TO], "StoreMoveTo",
		    "%s: not a directory; no link is followed to one", path.buf);
}

/* Who may replace the socket is told of all uploads, and may have the lines sent where he likes. */
static void check_notify(struct reader *r, const struct context *c)
{
	const char *path = c->own->upload_notify;
	struct origin where = c->own->where[D_UPLOAD_NOTIFY];
	STRBUF(parent, PATHNAME_SIZE);
	struct stat st;

	if (where.line == 0 || *path != '/')
		return;
	if (lstat(path, &st) != 0)
		(void)tell_at(r, CONFIG_WARNING, where, "UploadNotify",
		    "%s: %s: nobody is told now", path, strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		(void)tell_at(r, CONFIG_ERROR, where, "UploadNotify", "%s: not a socket", path);
	strbuf_addn(&parent, path, (size_t)(strrchr(path, '/') - path) + 1);
	if (stat(parent.buf, &st) == 0 && (st.st_mode & S_IWOTH) != 0)
		(void)tell_at(r, CONFIG_WARNING, where, "UploadNotify",
		    "%s: everybody may put a socket of his own there", parent.buf);
}

static void check_context(struct reader *r, const struct context *c, const char *root)
{
	check_move(r, c, root);
	check_notify(r, c);
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		check_context(r, d, root);
}

void upload_check(struct reader *r, const struct context *c)
{
	if (c == r->c->main.context && r->c->global != NULL)
		check_notify(r, r->c->global);       /* its sections stand in the servers as well */
	check_context(r, c, c->kind == CTX_ANON && *c->path == '/' &&
	    !SETTING(c, D_USER_DIR_ROOT, user_dir_root) ? c->path : NULL);
}
