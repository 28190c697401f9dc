/* The files of a configuration: who may own one, Include and what it stands for. */
#include "config/read.h"

#include "config/io.h"
#include "config/memory.h"
#include "config/special.h"
#include "config/strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where an error about a file is told: at the Include, or for the first file as `path: reason`. */
static int tell_file(struct reader *r, const char *who, const char *path, const char *reason)
{
	STRBUF(line, PATHNAME_SIZE + TEXT_SIZE);

	if (who != NULL)
		return tell_error(r, who, "%s: %s", path, reason);
	strbuf_addf(&line, "%.*s: %s", PATHNAME_SIZE, path, reason);
	r->src->tell(r->src->arg, CONFIG_ERROR, line.buf);
	r->errors++;
	return -EINVAL;
}

/* Whoever can write a configuration can become root: why this file cannot be one, or NULL. */
static const char *file_unfit(const struct reader *r, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != 0 && st->st_uid != r->src->invoker)
		return "belongs to somebody else than root or the user who runs this";
	if (st->st_mode & S_IWOTH)
		return "is writable by everybody";
	if (st->st_size > CONFIG_SIZE)
		return "is too large";
	return NULL;
}

const struct file *file_at(const struct config *c, unsigned number)
{
	const struct file *f = c->files;

	while (f != NULL && number-- > 0)
		f = f->next;
	return f;
}

static int load_open(struct reader *r, int fd, const char *path, const char *who)
{
	struct file **end = &r->c->files;
	const char *unfit;
	struct stat st;
	char *bytes;
	long n;

	if (fstat(fd, &st) != 0)
		return tell_file(r, who, path, strerror(errno));
	if (S_ISDIR(st.st_mode) && who != NULL)
		return -EISDIR;
	unfit = file_unfit(r, &st);
	if (unfit == NULL && r->c->nfiles == FILES_MAX)
		unfit = "too many files";
	if (unfit != NULL)
		return tell_file(r, who, path, unfit);
	bytes = arena_alloc(&r->c->secret, (size_t)st.st_size + 1);
	memory_expect(bytes, (size_t)st.st_size);
	n = read_file(fd, bytes, (size_t)st.st_size);
	if (n < 0)
		return tell_file(r, who, path,
		    n == -EFBIG ? "changes while it is read" : strerror((int)-n));
	while (*end != NULL)
		end = &(*end)->next;
	*end = config_alloc(r->c, sizeof **end);
	**end = (struct file){ NULL, config_strdup(r->c, path), bytes, (size_t)n };
	return (int)r->c->nfiles++;
}

int file_load(struct reader *r, const char *path, bool no_link, const char *who)
{
	int fd, rc, number = 0;

	for (const struct file *f = r->c->files; f != NULL; f = f->next, number++) {
		if (strcmp(f->path, path) == 0)
			return number;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (no_link ? O_NOFOLLOW : 0));
	if (fd < 0) {
		int e = errno;

		if (who != NULL && (e == ENOENT || e == ELOOP))
			return -e;
		return tell_file(r, who, path, strerror(e));
	}
	rc = load_open(r, fd, path, who);
	(void)close(fd);
	return rc;
}

/* An editor's or a package manager's left-over. */
static bool is_temporary(const char *path)
{
	static const char *const ends[] = {
		"~", "#", ".bak", ".old", ".orig", ".tmp", ".swp", ".rpmnew", ".rpmsave",
		".rpmorig", ".dpkg-old", ".dpkg-new", ".dpkg-dist", ".dpkg-tmp", NULL
	};
	const char *name = strrchr(path, '/');
	size_t n;

	name = name != NULL ? name + 1 : path;
	n = strlen(name);
	for (const char *const *e = ends; *e != NULL; e++) {
		if (n >= strlen(*e) && strcmp(name + n - strlen(*e), *e) == 0)
			return true;
	}
	return name[0] == '#' || strncmp(name, ".#", 2) == 0;
}

/* The files that one Include stands for, as they are found. */
struct found {
	unsigned files[FILES_MAX];
	size_t n;
};

/* Take one of several files that a pattern or a directory gives. */
static void take_file(struct reader *r, struct found *found, const char *path)
{
	bool links = r->include_options & INCLUDE_SYMLINKS;
	int file;

	if ((r->include_options & INCLUDE_NO_TEMP) && is_temporary(path))
		return;
	file = file_load(r, path, !links, "Include");
	if (file == -ELOOP)
		tell_warning(r, "Include", "%s: is a symbolic link, not read (IncludeOptions "
		    "AllowSymlinks reads it)", path);
	else if (file == -EISDIR)
		tell_warning(r, "Include", "%s: is a directory in a directory, not read", path);
	else if (file == -ENOENT)
		tell_warning(r, "Include", "%s: is gone", path);
	else if (file >= 0 && found->n < FILES_MAX)
		found->files[found->n++] = (unsigned)file;
}

/* No directory, no file; but one that cannot be read may hold the rule that matters. */
static int glob_failed(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static void take_pattern(struct reader *r, struct found *found, const char *pattern)
{
	glob_t g;
	int rc = glob(pattern, 0, glob_failed, &g);

	if (rc == GLOB_NOMATCH) {
		tell_note(r, "Include", "%s: no file matches", pattern);
		return;
	}
	if (rc != 0) {
		(void)tell_error(r, "Include", "%s: %s", pattern, strerror(errno));
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		take_file(r, found, g.gl_pathv[i]);
	globfree(&g);
}

static int no_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static void take_directory(struct reader *r, struct found *found, const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, no_dots, alphasort);

	if (n < 0) {
		(void)tell_error(r, "Include", "%s: %s", dir, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		STRBUF(path, PATHNAME_SIZE);

		strbuf_add(&path, dir);
		if (path.len == 0 || path.buf[path.len - 1] != '/')
			strbuf_addc(&path, '/');
		strbuf_add(&path, list[i]->d_name);
		if (path.full)
			(void)tell_error(r, "Include", "%s: name too long", dir);
		else
			take_file(r, found, path.buf);
		free(list[i]);
	}
	free(list);
}

static void take(struct reader *r, struct found *found, const char *path)
{
	int file;

	if (!(r->include_options & INCLUDE_NO_WILDCARDS) && strpbrk(path, "*?[") != NULL) {
		take_pattern(r, found, path);
		return;
	}
	file = file_load(r, path, !(r->include_options & INCLUDE_SYMLINKS), "Include");
	if (file >= 0)
		found->files[found->n++] = (unsigned)file;
	else if (file == -EISDIR)
		take_directory(r, found, path);
	else if (file == -ENOENT)
		tell_warning(r, "Include", "%s: does not exist; nothing is included", path);
	else if (file == -ELOOP)     /* named by itself, it was meant to be read */
		(void)tell_error(r, "Include", "%s: is a symbolic link; write IncludeOptions "
		    "AllowSymlinks before this line", path);
}

/*
 * What this line stands for: the same files each time that its block is read. NULL: told why not.
 */
static const struct include *include_at(struct reader *r, const char *path)
{
	struct include **at = &r->c->includes, *inc;
	struct found found;
	unsigned *files;

	/*
	 * those of one file stand with the later line first, so the first above this one ends the
	 * search
	 */
	for (inc = *at; inc != NULL; at = &inc->next, inc = *at) {
		if (inc->where.file != r->here.file)
			continue;
		if (inc->where.line == r->here.line)
			return inc;
		if (inc->where.line < r->here.line)
			break;
	}
	if (r->late) {               /* a file of today beside those of the start is no
	                                configuration */
		(void)tell_error(r, "Include", "%s: was not read when the connection came", path);
		return NULL;
	}
	found.n = 0;
	take(r, &found, path);
	inc = config_alloc(r->c, sizeof *inc);
	files = config_alloc(r->c, (found.n + 1) * sizeof *files);
	memcpy(files, found.files, found.n * sizeof *files);
	*inc = (struct include){ *at, r->here, files, found.n };
	*at = inc;
	return inc;
}

static bool is_open(const struct reader *r, unsigned file)
{
	for (unsigned i = 0; i < r->nopen; i++) {
		if (r->open[i] == file)
			return true;
	}
	return false;
}

int read_include(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct include *inc;

	/* a <Limit> in a .ftpaccess, too, must not have a file read that the session could not */
	if (r->stranger != NULL)
		return tell_error(r, d->name, "not allowed in .ftpaccess");
	if (nwords != 2)
		return tell_error(r, d->name, "takes one path (put a name with blanks in quotes)");
	if (words[1][0] != '/')
		return tell_error(r, d->name, "%s: the path must be absolute", words[1]);
	inc = include_at(r, words[1]);
	if (inc == NULL)
		return -EINVAL;
	for (size_t i = 0; i < inc->n && !r->stop; i++) {
		if (is_open(r, inc->files[i]))
			return tell_error(r, d->name, "%s: includes itself",
			    file_at(r->c, inc->files[i])->path);
		if (r->included++ == INCLUDES_MAX) {
			r->stop = true;
			return tell_error(r, d->name, "more than %d files are included",
			    INCLUDES_MAX);
		}
		read_whole(r, inc->files[i]);
	}
	return 0;
}

int read_include_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const struct { const char *name; unsigned bit; } options[] = {
		{ "AllowSymlinks", INCLUDE_SYMLINKS },
		{ "IgnoreTempFiles", INCLUDE_NO_TEMP },
		{ "IgnoreWildcards", INCLUDE_NO_WILDCARDS },
	};
	int rc = nwords > 1 ? 0 : tell_error(r, d->name, "needs an option");

	for (size_t i = 1; i < nwords; i++) {
		size_t k = 0;

		while (k < sizeof options / sizeof *options &&
		    strcasecmp(words[i], options[k].name) != 0)
			k++;
		if (k == sizeof options / sizeof *options)
			rc = tell_error(r, d->name, "%s: no such option", words[i]);
		else
			r->include_options |= options[k].bit;
	}
	return rc;
}
