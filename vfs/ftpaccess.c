/* .ftpaccess files on the way to a path, hung between the sections of the configuration. */
#include "vfs/ftpaccess.h"

#include "config/bounds.h"
#include "config/config.h"
#include "config/log.h"
#include "vfs/rulefile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FILES_ON_PATH = 32,
	WALKS = 2,                   /* a listing asks about its directory and where a link leads */
};

/* Contexts with `outer` pointers of their own. */
struct chain {
	struct chain *next;
	bool kept;
	struct context node[];
};

/* The files on the way from the root to a directory, as one command found them. */
struct walk {
	uint64_t when, used;         /* the command; the last question */
	size_t len;
	unsigned n, first;           /* of `found`; the first that counts */
	bool crowded;                /* more than FILES_ON_PATH */
	size_t unsearchable;         /* the length of the first directory that is not; 0: all are */
	const struct context *winner;        /* of `chain`, built by the last question */
	struct chain *chain;
	/* the outermost first */
	struct { size_t len; struct rulefile *file; } found[FILES_ON_PATH];
	char path[PATHNAME_SIZE];
};

struct ftpaccess {
	struct rulefiles files;
	uint64_t questions;          /* asked so far */
	struct chain *kept;
	bool crowd_told;
	struct walk walks[WALKS];
};

/* Whether AllowOverride is on in a section of `c`. */
static bool on_below(const struct context *c)
{
	for (const struct context *d = c->directories; d != NULL; d = d->next) {
		if ((d->own->where[D_ALLOW_OVERRIDE].line != 0 && d->own->allow_override) ||
		    on_below(d))
			return true;
	}
	return false;
}

struct ftpaccess *ftpaccess_new(struct config *c, const struct context *base, struct root *root,
    bool jailed)
{
	struct ftpaccess *f;

	if (!SETTING(base, D_ALLOW_OVERRIDE, allow_override) && !on_below(base))
		return NULL;
	f = config_alloc(c, sizeof *f);
	f->files = (struct rulefiles){ .config = c, .base = base, .root = root, .jailed = jailed,
	    .uid = geteuid(), .prefix = strlen(root->prefix), .now = 1 };
	return f;
}

/* Let go of the files of directories that are longer than `len`. */
static void cut(struct walk *w, size_t len)
{
	while (w->n > 0 && w->found[w->n - 1].len > len)
		w->found[--w->n].file->users--;
	if (w->unsearchable > len)
		w->unsearchable = 0;
}

static void add(struct walk *w, size_t len, struct rulefile *file)
{
	w->found[w->n].len = len;
	w->found[w->n++].file = file;
	file->users++;
}

/* The chain of a walk goes, or stays until the next command. */
static void let_go(struct ftpaccess *f, struct walk *w)
{
	struct chain *chain = w->chain;

	w->chain = NULL;
	if (chain == NULL)
		return;
	if (!chain->kept) {
		free(chain);
		return;
	}
	chain->next = f->kept;
	f->kept = chain;
}

void ftpaccess_next(struct ftpaccess *f)
{
	f->files.now++;
	for (size_t i = 0; i < WALKS; i++) {
		let_go(f, &f->walks[i]);
		cut(&f->walks[i], 0);
	}
	while (f->kept != NULL) {
		struct chain *chain = f->kept;

		f->kept = chain->next;
		free(chain);
	}
}

/* -- the way to a directory ---------------------------------------------------- */

/* The length of the longest directory that both canonical paths are, or lie in. */
static size_t common(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	while (n > 1 && ((a[n] != '\0' && a[n] != '/') || (b[n] != '\0' && b[n] != '/')))
		n--;
	return n > 0 ? n : 1;
}

/* Take over what another walk found up to `len`. */
static void take_over(struct walk *w, const struct walk *from, size_t len)
{
	cut(w, 0);
	for (unsigned i = 0; i < from->n && from->found[i].len <= len; i++)
		add(w, from->found[i].len, from->found[i].file);
	w->unsearchable = from->unsearchable <= len ? from->unsearchable : 0;
}

/* How much of the way to `dir` a walk of this command knows; 0: nothing. */
static size_t known(const struct ftpaccess *f, const struct walk *w, const char *dir)
{
	return w->when == f->files.now && !w->crowded ? common(w->path, dir) : 0;
}

/* The length of the next directory on the way to `path`, behind the one of `len`; 0: the root's. */
static size_t next_level(const char *path, size_t len)
{
	if (len == 0)
		return 1;
	len += len > 1;              /* the root's name ends with its slash */
	return len + strcspn(path + len, "/");
}

/* Look at the directories of w->path that are longer than `len`. */
static void look_from(struct ftpaccess *f, struct walk *w, size_t len)
{
	while (len < w->len && !w->crowded) {
		struct rulefile *file;
		int err = 0;
		char c;

		len = next_level(w->path, len);
		c = w->path[len];
		w->path[len] = '\0';
		file = rulefile_look(&f->files, w->path, &err);
		w->path[len] = c;
		if (err == -EACCES && w->unsearchable == 0)
			w->unsearchable = len;
		w->crowded = file != NULL && w->n == FILES_ON_PATH;
		if (file != NULL && !w->crowded)
			add(w, len, file);
	}
	if (w->crowded && !f->crowd_told)
		log_write(LOG_NOTICE,
		    "%s%s: more than %d .ftpaccess files on the way; it is closed",
		    f->files.root->prefix, w->path, FILES_ON_PATH);
	f->crowd_told = f->crowd_told || w->crowded;
}

/* The first file that counts: behind the innermost directory of a stranger. */
static unsigned first_own(struct ftpaccess *f, struct walk *w)
{
	unsigned first = 0, n = 0;
	size_t len = 0;

	if (f->files.jailed || w->n == 0)
		return 0;
	while (len < w->len) {
		struct stat st;
		char c;
		int err;

		len = next_level(w->path, len);
		while (n < w->n && w->found[n].len <= len)
			n++;
		c = w->path[len];
		w->path[len] = '\0';
		err = root_stat(f->files.root, w->path, &st);
		w->path[len] = c;
		if (err == 0 && S_ISDIR(st.st_mode) && rulefile_foreign(&f->files, &st))
			first = n;
	}
	return first;
}

/* The files on the way to `dir`, looked at anew only where this command has not yet. */
static struct walk *walk_to(struct ftpaccess *f, const char *dir)
{
	struct walk *w = &f->walks[0], *other = &f->walks[1];
	size_t len, of_other;

	for (size_t i = 0; i < WALKS; i++) {
		if (f->walks[i].when == f->files.now && strcmp(f->walks[i].path, dir) == 0) {
			f->walks[i].used = ++f->questions;
			return &f->walks[i];
		}
	}
	if (w->used > other->used) {
		w = &f->walks[1];
		other = &f->walks[0];
	}
	let_go(f, w);
	len = known(f, w, dir);
	of_other = known(f, other, dir);
	if (of_other > len)
		take_over(w, other, len = of_other);
	else
		cut(w, len);
	w->when = f->files.now;
	w->used = ++f->questions;
	w->crowded = false;
	w->len = strlen(dir);
	memcpy(w->path, dir, w->len + 1);
	look_from(f, w, len);
	w->first = first_own(f, w);
	return w;
}

/* -- between the sections ------------------------------------------------------- */

static struct context *put(struct context *at, const struct context *c)
{
	*at = *c;
	at->as_read = context_as_read(c);
	at->outer = at + 1;
	return at + 1;
}

/*
 * Write the chain of `winner` with the files of the walk between its sections: what is deeper comes
 * first. At one depth the section's values come first, and the file's limits (directives.md, 4.2).
 */
static void splice(const struct ftpaccess *f, const struct walk *w, const struct context *winner,
    const char *host, struct context *at)
{
	const struct context *c = winner;

	for (unsigned i = w->n; i > w->first;) {
		const struct context *file = rulefile_context(w->found[i - 1].file);
		size_t len = w->found[i - 1].len, depth = 0;

		len = f->files.prefix + (len > 1 ? len : 0);   /* as context_depth counts */
		if (c->kind == CTX_DIRECTORY)
			depth = context_depth(c, host);
		if (c->kind != CTX_DIRECTORY || len > depth) {
			at = put(at, file);
			i--;
		} else if (len < depth) {
			at = put(at, c);
			c = c->outer;
		} else {
			at = put(at, file);
			at[-1].own = &settings_unset;
			at = put(at, c);
			at = put(at, file);
			at[-1].limits = NULL;
			c = c->outer;
			i--;
		}
	}
	at[-1].outer = c;
}

/* Room for all that splice may write. */
static struct chain *new_chain(const struct walk *w, const struct context *winner)
{
	size_t n = 2 * (size_t)(w->n - w->first);
	struct chain *chain;

	for (const struct context *c = winner; c != NULL && c->kind == CTX_DIRECTORY; c = c->outer)
		n++;
	chain = malloc(sizeof *chain + n * sizeof *chain->node);
	if (chain == NULL)
		fatal("no memory for %zu sections", n);
	*chain = (struct chain){ .kept = false };
	return chain;
}

/* The innermost file that closes its directory. */
static void find_faulty(const struct walk *w, struct ftpaccess_chain *out)
{
	unsigned i = w->n;

	while (!w->crowded && i > w->first && w->found[i - 1].file->rules != NULL)
		i--;
	if (!w->crowded && i == w->first)
		return;
	out->faulty = &w->found[i - 1].file->faulty;
	out->line = w->crowded ? 0 : w->found[i - 1].file->line;
}

void ftpaccess_chain(struct ftpaccess *f, const char *dir, const struct context *winner,
    const char *host, bool keep, struct ftpaccess_chain *out)
{
	struct walk *w = walk_to(f, dir);

	*out = (struct ftpaccess_chain){ .context = winner, .unknown = w->unsearchable > 0 };
	find_faulty(w, out);
	if (w->n == w->first)
		return;
	if (w->chain == NULL || w->winner != winner) {
		let_go(f, w);
		w->chain = new_chain(w, winner);
		w->winner = winner;
		splice(f, w, winner, host, w->chain->node);
	}
	w->chain->kept = w->chain->kept || keep;
	for (unsigned i = w->first; keep && i < w->n; i++)
		w->found[i].file->kept = f->files.now;
	out->context = w->chain->node;
}
