/* One .ftpaccess file: found, read with the session's rights, and kept until it changes. */
#include "vfs/rulefile.h"

#include "config/bounds.h"
#include "config/config.h"
#include "config/ftpaccess.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME "/.ftpaccess"

enum {
	FILES_KEPT = 64,             /* read files that are kept, */
	BYTES_KEPT = 262144,         /* and what they may add up to */
	SETTLED = 1,                 /* s: a file may change twice before its times do */
};

static void forget_rules(struct rulefile *e)
{
	if (e->rules != NULL)
		ftpaccess_free(e->rules);
	e->rules = NULL;
}

static void drop(struct rulefile **at)
{
	struct rulefile *e = *at;

	*at = e->next;
	forget_rules(e);
	free(e->told);
	free(e);
}

/* Make room for one more: those that were not used for the longest time go. */
static void make_room(struct rulefiles *f)
{
	size_t n = 0, bytes = 0;

	for (struct rulefile **at = &f->list; *at != NULL;) {
		bytes += (*at)->bytes;
		if ((++n >= FILES_KEPT || bytes > BYTES_KEPT) && (*at)->users == 0 &&
		    (*at)->kept != f->now)
			drop(at);
		else
			at = &(*at)->next;
	}
}

/* The place of a file in the list, or of the list's end. `path` is inside the root. */
static struct rulefile **find(struct rulefiles *f, const char *path)
{
	struct rulefile **at = &f->list;

	while (*at != NULL && strcmp((*at)->path + f->prefix, path) != 0)
		at = &(*at)->next;
	return at;
}

/* What AllowOverride says for the directory that holds the file. */
static bool override_off(const struct rulefiles *f, const struct rulefile *e)
{
	STRBUF(dir, 2 * PATHNAME_SIZE);

	strbuf_addn(&dir, e->path, strlen(e->path) - strlen(NAME));
	if (dir.len == 0)
		strbuf_addc(&dir, '/');
	return !SETTING(context_for_path(f->base, dir.buf), D_ALLOW_OVERRIDE, allow_override);
}

static struct rulefile *add(struct rulefiles *f, const char *path)
{
	size_t n = strlen(path) + 1;
	struct rulefile *e;

	make_room(f);
	e = calloc(1, sizeof *e + f->prefix + n);
	if (e == NULL)
		fatal("%s: no memory", path);
	memcpy(e->path, f->root->prefix, f->prefix);
	memcpy(e->path + f->prefix, path, n);
	e->faulty = (struct context){ .kind = CTX_FTPACCESS, .path = e->path,
	    .own = &settings_unset };
	e->ignored = override_off(f, e);
	return e;
}

/* It cannot be obeyed; told once, as long as the reason stays the same. */
static void find_fault(struct rulefile *e, unsigned line, const char *reason)
{
	forget_rules(e);
	e->bytes = 0;
	e->line = line;
	if (e->told != NULL && strcmp(e->told, reason) == 0)
		return;
	free(e->told);
	e->told = strdup(reason);
	log_write(LOG_NOTICE, "%s%s%s; its directory is closed", line == 0 ? e->path : "",
	    line == 0 ? ": " : "", reason);
}

/* Keep the first error; the others are for whoever looks closely. */
static void tell(void *arg, enum config_severity severity, const char *line)
{
	struct strbuf *first = arg;

	if (severity == CONFIG_ERROR && first->len == 0)
		strbuf_addf(first, "%.*s", (int)first->cap - 1, line);
	else
		log_debug(3, "%s", line);
}

static void parse(const struct rulefiles *f, struct rulefile *e, const char *bytes, size_t n)
{
	STRBUF(first, PATHNAME_SIZE + TEXT_SIZE);
	const struct ftpaccess_source src = { .path = e->path, .bytes = bytes, .len = n,
	    .main = f->config, .tell = tell, .arg = &first };
	struct config *rules;
	unsigned line = 0;

	rules = ftpaccess_read(&src, &line);
	if (rules == NULL) {
		find_fault(e, line > 0 ? line : 1, first.buf);
		return;
	}
	forget_rules(e);
	free(e->told);
	e->told = NULL;
	e->rules = rules;
	e->bytes = n;
	e->line = 0;
}

static const char *unfit(const struct stat *st, const struct stat *dir)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != 0 && st->st_uid != dir->st_uid)
		return "belongs to neither root nor the owner of its directory";
	return st->st_size > FTPACCESS_SIZE ? "is larger than 65536 bytes" : NULL;
}

static void read_again(struct rulefiles *f, struct rulefile *e, const struct stat *dir)
{
	const char *why = NULL;
	struct timespec now;
	int fd = root_open_read(f->root, e->path + f->prefix, &e->st);
	char *bytes;
	long n;

	e->settled = false;
	if (fd < 0) {
		find_fault(e, 0, strerror(-fd));
		return;
	}
	why = unfit(&e->st, dir);
	bytes = memory_map(FTPACCESS_SIZE);
	n = why == NULL ? read_file(fd, bytes, FTPACCESS_SIZE) : 0;
	if (n < 0)
		why = n == -EFBIG ? "changes while it is read" : strerror((int)-n);
	if (why != NULL)
		find_fault(e, 0, why);
	else
		parse(f, e, bytes, (size_t)n);
	memory_unmap(bytes, FTPACCESS_SIZE);
	(void)close(fd);
	e->settled = clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	    now.tv_sec - e->st.st_ctim.tv_sec > SETTLED;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool unchanged(const struct rulefile *e, const struct stat *st)
{
	return e->settled && e->st.st_dev == st->st_dev && e->st.st_ino == st->st_ino &&
	    e->st.st_size == st->st_size && same_time(e->st.st_mtim, st->st_mtim) &&
	    same_time(e->st.st_ctim, st->st_ctim);
}

/* What `e` says now; `err` is of a look at it, which gave `st` if that is 0. */
static void refresh(struct rulefiles *f, struct rulefile *e, const struct stat *dir, int err,
    const struct stat *st)
{
	const char *why = err != 0 ? strerror(-err) : unfit(st, dir);

	if (why != NULL) {
		e->settled = false;
		find_fault(e, 0, why);
	} else if (!unchanged(e, st)) {
		read_again(f, e, dir);
	}
}

/* What a look at a file says when there is none, or nothing in its directory can be used. */
static bool absent(int err)
{
	/*
	 * ENOTDIR and ELOOP: the path is a file or link that a command is about, and no directory
	 */
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP || err == -EACCES;
}

bool rulefile_foreign(const struct rulefiles *f, const struct stat *dir)
{
	return !f->jailed && dir->st_uid != 0 && dir->st_uid != f->uid;
}

struct rulefile *rulefile_look(struct rulefiles *f, const char *dir, int *err)
{
	STRBUF(path, PATHNAME_SIZE + sizeof NAME);
	struct rulefile **at, *e;
	struct stat st, of_dir;
	int rc;

	strbuf_add(&path, dir[1] == '\0' ? "" : dir);
	strbuf_add(&path, NAME);
	at = find(f, path.buf);
	e = *at;
	if (e == NULL || e->seen != f->now) {
		*err = root_stat(f->root, path.buf, &st);
		if (absent(*err)) {
			if (e != NULL)
				drop(at);
			return NULL;
		}
		/* a name can be so long that there is no room for a file's behind it */
		rc = root_stat(f->root, dir, &of_dir);
		if (absent(rc) || (rc == 0 && !S_ISDIR(of_dir.st_mode)))
			return NULL;
		if (e == NULL)
			e = add(f, path.buf);
		else
			*at = e->next;
		e->next = f->list;
		f->list = e;
		e->seen = f->now;
		if (!e->ignored && (rc != 0 || !rulefile_foreign(f, &of_dir)))
			refresh(f, e, &of_dir, *err != 0 ? *err : rc, &st);
	}
	return e->ignored ? NULL : e;
}

const struct context *rulefile_context(const struct rulefile *e)
{
	return e->rules != NULL ? ftpaccess_context(e->rules) : &e->faulty;
}
