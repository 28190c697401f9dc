/* Patterns: one name against one component, and a whole one against the files of the root. */
#include "vfs/glob.h"

#include "config/bounds.h"
#include "vfs/list.h"
#include "vfs/path.h"
#include "vfs/root.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/*
 * What one glob_walk may cost. Names are counted in comparison steps, an entry as some; what
 * a directory costs depends on depth and links, so there the processor's clock decides.
 */
enum { WALK_STEPS = 50000000, ENTRY_STEPS = 50, WALK_CPU_NS = 250000000 };

/*
 * The class behind a `[`: whether it holds `c`. Returns what follows its `]`, or NULL when it
 * is not closed. A `]` that comes first is a member.
 */
static const char *class_holds(const char *p, unsigned char c, bool *holds, long *steps)
{
	bool negated = *p == '!' || *p == '^', found = false;

	if (negated)
		p++;
	for (bool first = true; first || *p != ']'; first = false) {
		unsigned char low, high;

		--*steps;
		if (*p == '\\')
			p++;
		if (*p == '\0')
			return NULL;
		low = high = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			p += p[1] == '\\' ? 2 : 1;
			if (*p == '\0')
				return NULL;
			high = (unsigned char)*p++;
		}
		found |= low <= c && c <= high;
	}
	*holds = found != negated;
	return p + 1;
}

/* Whether what `*pattern` begins with (no star) takes `c`; moves behind it then. */
static bool takes(const char **pattern, unsigned char c, long *steps)
{
	const char *p = *pattern, *behind;
	bool holds;

	switch (*p) {
	case '\0':
		return false;
	case '?':
		*pattern = p + 1;
		return true;
	case '[':
		behind = class_holds(p + 1, c, &holds, steps);
		if (behind != NULL) {
			*pattern = behind;
			return holds;
		}
		break; /* not closed: an ordinary character */
	case '\\':
		if (p[1] != '\0')
			p++;
		break;
	}
	*pattern = p + 1;
	return (unsigned char)*p == c;
}

/*
 * Only the last star is ever tried again: an earlier one that took more could not match what
 * this one cannot. So the cost is at most pattern times name, and counted on top.
 */
static bool match(const char *pattern, const char *name, long *steps)
{
	const char *star = NULL, *retry = NULL;

	while (--*steps > 0) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*name == '\0') {
			return *pattern == '\0';
		} else if (takes(&pattern, (unsigned char)*name, steps)) {
			name++;
		} else if (star != NULL) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	return false;
}

static bool match_name(const char *pattern, const char *name, bool dots, long *steps)
{
	if (name[0] == '.' && !dots && pattern[*pattern == '\\'] != '.')
		return false;
	return match(pattern, name, steps);
}

bool glob_match(const char *pattern, const char *name, bool dots)
{
	long steps = GLOB_STEPS;

	return match_name(pattern, name, dots, &steps);
}

bool glob_magic(const char *s)
{
	long steps = 0;
	bool holds, unclosed = false;

	for (; *s != '\0'; s++) {
		if (*s == '*' || *s == '?')
			return true;
		if (*s == '[' && !unclosed) {
			if (class_holds(s + 1, 0, &holds, &steps) != NULL)
				return true;
			unclosed = true; /* nor will a later one be: looked for once only */
		}
		if (*s == '\\' && s[1] != '\0')
			s++;
	}
	return false;
}

/* Names that matched on the levels entered so far, each level's sorted; a stack. */
struct matched {
	unsigned n;
	size_t used;
	uint32_t at[GLOB_MATCHES];
	char names[GLOB_MATCHES * NAME_SIZE];
};

struct globbing {
	struct root *root;
	bool (*visible)(void *arg, const char *dir, const char *name);
	int (*each)(void *arg, const char *path);
	void *arg;
	struct matched *matched;
	long steps, matches;
	int64_t began;               /* of the processor's time; moves by what `each` took */
	bool stopped;                /* `each` wants no more */
};

/* One level: the entries of a directory that match a component. */
struct level {
	struct globbing *g;
	const char *dir, *pattern;
	bool last;                   /* the last component: else only directories matter */
};

static int64_t cpu_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool exhausted(const struct globbing *g)
{
	return g->steps <= 0 || cpu_ns() - g->began > WALK_CPU_NS;
}

static int push_name(struct matched *m, const char *name)
{
	size_t n = strlen(name) + 1;

	if (m->n == GLOB_MATCHES || n > sizeof m->names - m->used)
		return -E2BIG;
	memcpy(m->names + m->used, name, n);
	m->at[m->n++] = (uint32_t)m->used;
	m->used += n;
	return 0;
}

static int try_entry(void *arg, const struct list_entry *e)
{
	const struct level *l = arg;
	struct globbing *g = l->g;

	g->steps -= ENTRY_STEPS;
	if (g->steps <= 0)
		return -E2BIG;
	if (!l->last && e->type != DT_DIR && e->type != DT_LNK && e->type != DT_UNKNOWN)
		return 0;
	if (!match_name(l->pattern, e->name, false, &g->steps))
		return 0;
	if (g->visible != NULL && !g->visible(g->arg, l->dir, e->name))
		return 0;
	return push_name(g->matched, e->name);
}

static int compare(const void *a, const void *b, void *names)
{
	const uint32_t *x = a, *y = b;

	return strcmp((const char *)names + *x, (const char *)names + *y);
}

/* What is no directory, is gone or closed to us, matches nothing; anything else is an error. */
static int no_match(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -EACCES || err == -ELOOP ||
	    err == -ENAMETOOLONG ? 0 : err;
}

/* Push the entries of directory `path` that match `pattern`, sorted. */
static int match_level(struct globbing *g, const char *path, const char *pattern, bool last)
{
	STRBUF(dir, PATHNAME_SIZE);
	const struct list_how how = { .order = LIST_AS_READ };
	struct matched *m = g->matched;
	unsigned first = m->n;
	int fd, err;

	if (exhausted(g))
		return -E2BIG;
	err = root_resolve(g->root, path, RESOLVE_EXISTING, &dir, NULL);
	fd = err == 0 ? root_open_dir(g->root, dir.buf) : err;
	if (fd < 0)
		return no_match(fd);
	err = list_directory(fd, &how, NULL, try_entry,
	    &(struct level){ .g = g, .dir = dir.buf, .pattern = pattern, .last = last });
	(void)close(fd);
	qsort_r(m->at + first, m->n - first, sizeof m->at[0], compare, m->names);
	return err;
}

static int found(struct globbing *g, const char *path)
{
	int64_t before = cpu_ns();

	if (++g->matches > GLOB_MATCHES)
		return -E2BIG;
	g->stopped = g->each(g->arg, path) != 0;
	g->began += cpu_ns() - before;
	return 0;
}

/* `path` exists as an entry that the session may see? Then it is a match. */
static int found_if_there(struct globbing *g, const char *path, bool guessed)
{
	STRBUF(real, PATHNAME_SIZE);
	STRBUF(dir, PATHNAME_SIZE);
	int err;

	if (exhausted(g))
		return -E2BIG;
	err = root_resolve(g->root, path, RESOLVE_LINK, &real, NULL);
	if (err == 0)
		err = path_parent(&dir, real.buf);
	if (err != 0)
		return no_match(err);
	if (guessed && g->visible != NULL && !g->visible(g->arg, dir.buf, path_last(real.buf)))
		return 0;
	return found(g, path);
}

/* Append a component without wildcards, its quotes taken off. */
static int step_literal(struct strbuf *path, const char *part)
{
	STRBUF(name, NAME_SIZE);

	for (; *part != '\0'; part++) {
		if (*part == '\\' && part[1] != '\0')
			part++;
		strbuf_addc(&name, *part);
	}
	return path_step(path, name.buf, name.len);
}

/*
 * Match `rest` below `path` (a name for a directory, perhaps through links). Recursion is at
 * most as deep as the pattern has wildcards. `guessed`: a wildcard chose a part of `path`.
 */
static int expand(struct globbing *g, struct strbuf *path, const char *rest, bool guessed)
{
	struct matched *m = g->matched;
	unsigned first = m->n, end;
	size_t used = m->used, len;
	char part[NAME_SIZE];
	int err = 0;

	do {
		size_t n;

		rest += strspn(rest, "/");
		n = strcspn(rest, "/");
		if (n >= sizeof part)
			return -ENAMETOOLONG;
		memcpy(part, rest, n);
		part[n] = '\0';
		rest += n;
		if (!glob_magic(part)) {
			if (step_literal(path, part) != 0)
				return 0; /* too long to exist */
			part[0] = '\0';
		}
	} while (part[0] == '\0' && *rest != '\0');
	if (part[0] == '\0')
		return found_if_there(g, path->buf, guessed);
	len = path->len;
	err = match_level(g, path->buf, part, *rest == '\0');
	end = m->n;
	for (unsigned i = first; err == 0 && !g->stopped && i < end; i++) {
		const char *name = m->names + m->at[i];

		if (path_step(path, name, strlen(name)) == 0)
			err = *rest == '\0' ? found(g, path->buf) : expand(g, path, rest, true);
		strbuf_cut(path, len);
	}
	m->n = first;
	m->used = used;
	return err;
}

/* GLOB_DEPTH: how many components hold a wildcard? */
static int check_depth(const char *pattern)
{
	char part[NAME_SIZE];
	unsigned depth = 0;

	for (size_t n; *pattern != '\0'; pattern += n) {
		pattern += strspn(pattern, "/");
		n = strcspn(pattern, "/");
		if (n >= sizeof part)
			return -ENAMETOOLONG;
		memcpy(part, pattern, n);
		part[n] = '\0';
		if (glob_magic(part) && ++depth > GLOB_DEPTH)
			return -E2BIG;
	}
	return 0;
}

int glob_walk(struct root *r, const char *pattern,
    bool (*visible)(void *arg, const char *dir, const char *name),
    int (*each)(void *arg, const char *path), void *arg)
{
	STRBUF(path, PATHNAME_SIZE);
	struct globbing g = { .root = r, .visible = visible, .each = each, .arg = arg,
		.steps = WALK_STEPS, .began = cpu_ns() };
	int err = check_depth(pattern);

	if (err != 0)
		return err;
	g.matched = mmap(NULL, sizeof *g.matched, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (g.matched == MAP_FAILED)
		return -errno;
	(void)madvise(g.matched, sizeof *g.matched, MADV_NOHUGEPAGE);
	strbuf_addc(&path, '/');
	err = expand(&g, &path, pattern, false);
	(void)munmap(g.matched, sizeof *g.matched);
	return err != 0 ? err : (int)g.matches;
}
