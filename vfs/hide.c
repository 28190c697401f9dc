/* What hides an entry. */
#include "vfs/hide.h"

#include "config/bounds.h"
#include "config/hide.h"
#include "vfs/path.h"

#include <fcntl.h>
#include <unistd.h>

static bool found(struct hidden *why, const char *name, struct origin where)
{
	*why = (struct hidden){ name, where };
	return true;
}

/*
 * Reading a file, looking into a directory: the kernel is asked, who knows access lists too. It
 * needs no asking about the owner's own, whom no list concerns.
 */
static bool usable(const struct access *a, int dir, const char *name, const struct stat *st)
{
	bool directory = S_ISDIR(st->st_mode);

	if (st->st_uid == a->who->uid)
		return (st->st_mode & (directory ? S_IXUSR : S_IRUSR)) != 0;
	return faccessat(dir, name, directory ? X_OK : R_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
}

bool hide_entry(const struct access *a, const struct context *c, int dir, const char *name,
    const struct stat *st, struct hidden *why)
{
	const struct hide_owner *h = hide_owner_for(c, a->who, st->st_uid, st->st_gid);
	const struct settings *s;

	if (h != NULL)
		return found(why, h->group ? "HideGroup" : "HideUser", h->where);
	s = settings_for(c, D_HIDE_NO_ACCESS);
	return s->hide_no_access && !usable(a, dir, name, st) &&
	    found(why, "HideNoAccess", s->where[D_HIDE_NO_ACCESS]);
}

bool hide_entry_possible(const struct context *c)
{
	return hide_owner_possible(c) || SETTING(c, D_HIDE_NO_ACCESS, hide_no_access);
}

static bool by_name(const struct access *a, const char *path, struct hidden *why)
{
	STRBUF(dir, PATHNAME_SIZE);
	const struct hide_files *h;

	if (path[1] == '\0' || path_parent(&dir, path) != 0)
		return false;
	h = hide_files_for(access_glance(a, dir.buf), a->who);
	return h != NULL && hide_files_hides(h, path_last(path)) &&
	    found(why, "HideFiles", h->where);
}

static bool by_entry(const struct access *a, const char *path, const struct stat *st,
    struct hidden *why)
{
	const struct context *c = access_section(a, path);
	STRBUF(dir, PATHNAME_SIZE);
	struct stat unwanted;
	bool hidden;
	int fd;

	if (!hide_entry_possible(c) || path_parent(&dir, path) != 0)
		return false;
	fd = root_open_path(a->root, dir.buf, &unwanted);
	hidden = hide_entry(a, c, fd, path[1] == '\0' ? "." : path_last(path), st, why);
	if (fd >= 0)
		(void)close(fd);
	return hidden;
}

bool hide_path(const struct access *a, const char *path, struct hidden *why)
{
	STRBUF(target, PATHNAME_SIZE);
	struct stat st;

	*why = (struct hidden){ .name = NULL };
	if (by_name(a, path, why))
		return true;
	if (root_stat(a->root, path, &st) != 0)
		return false;
	if (!S_ISLNK(st.st_mode))
		return by_entry(a, path, &st, why);
	if (root_resolve(a->root, path, RESOLVE_EXISTING, &target, &st) == 0)
		return by_name(a, target.buf, why) || by_entry(a, target.buf, &st, why);
	/* a link that leads nowhere is an entry of its own */
	return root_stat(a->root, path, &st) == 0 && by_entry(a, path, &st, why);
}
