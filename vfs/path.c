/* Pathnames as text: what a client sent becomes absolute and clean before any file is looked at. */
#include "vfs/path.h"

#include "config/bounds.h"

#include <errno.h>
#include <string.h>

int path_step(struct strbuf *path, const char *name, size_t n)
{
	if (n == 0 || (n == 1 && name[0] == '.'))
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.') {
		size_t parent = (size_t)(path_last(path->buf) - path->buf);

		strbuf_cut(path, parent > 1 ? parent - 1 : 1);
		return 0;
	}
	if (n >= NAME_SIZE)
		return -ENAMETOOLONG;
	if (path->len > 1)
		strbuf_addc(path, '/');
	strbuf_addn(path, name, n);
	return path->full || path->len >= PATHNAME_SIZE ? -ENAMETOOLONG : 0;
}

int path_clean(struct strbuf *out, const char *cwd, const char *home, const char *arg, size_t len)
{
	size_t at = 0;

	/* CR and LF would forge replies and log lines, a NUL hides what follows it */
	if (len == 0 || memchr(arg, '\0', len) != NULL || memchr(arg, '\r', len) != NULL ||
	    memchr(arg, '\n', len) != NULL)
		return -EINVAL;
	strbuf_reset(out);
	if (home != NULL && arg[0] == '~' && (len == 1 || arg[1] == '/')) {
		strbuf_add(out, home);
		at = 1;
	} else {
		strbuf_add(out, arg[0] == '/' ? "/" : cwd);
	}
	if (out->full || out->len >= PATHNAME_SIZE)
		return -ENAMETOOLONG;
	while (at < len) {
		const char *slash = memchr(arg + at, '/', len - at);
		size_t end = slash != NULL ? (size_t)(slash - arg) : len;
		int err = path_step(out, arg + at, end - at);

		if (err != 0)
			return err;
		at = end + 1;
	}
	return 0;
}

const char *path_last(const char *path)
{
	return strrchr(path, '/') + 1;
}

int path_parent(struct strbuf *out, const char *path)
{
	size_t n = (size_t)(path_last(path) - path);

	strbuf_reset(out);
	strbuf_addn(out, path, n > 1 ? n - 1 : 1);
	return out->full ? -ENAMETOOLONG : 0;
}

bool path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return true;
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}
