/* Cleaned pathnames to canonical ones: symbolic links, read and followed inside the root. */
#include "vfs/root.h"

#include "config/bounds.h"
#include "vfs/path.h"

#include <errno.h>
#include <string.h>

/* What is left to walk. The text of a link that is followed is put in front of it. */
struct walk {
	char rest[PATHNAME_SIZE];
	unsigned links, steps;
	bool through_link;           /* the last component was a link: nothing is made behind it */
};

static bool may_be_missing(enum resolve how)
{
	return how == RESOLVE_CREATE || how == RESOLVE_NAME;
}

static bool follows_last(enum resolve how)
{
	return how == RESOLVE_EXISTING || how == RESOLVE_CREATE;
}

/* Cut the next component off, slashes before it too. Returns its length, 0 at the end. */
static size_t next_component(struct walk *w, char *name)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(start, "/");

	if (n < NAME_SIZE) {
		memcpy(name, start, n);
		name[n] = '\0';
	}
	memmove(w->rest, start + n, strlen(start + n) + 1);
	return n;
}

/* Go on with the link at `at`, whose parent becomes the place to start from. */
static int follow(struct root *r, struct walk *w, struct strbuf *at)
{
	char target[PATHNAME_SIZE];
	long n;
	size_t left = strlen(w->rest);

	if (++w->links > LINK_STEPS)
		return -ELOOP;
	n = root_readlink(r, at->buf, target, sizeof target);
	if (n < 0)
		return (int)n;
	if ((size_t)n + left >= sizeof w->rest)
		return -ENAMETOOLONG;
	if (left == 0)
		w->through_link = true;
	memmove(w->rest + n, w->rest, left + 1);
	memcpy(w->rest, target, (size_t)n);
	/* An absolute link means this root, ".." above it stays: no text leads out. */
	if (target[0] == '/')
		strbuf_cut(at, 1);
	else
		return path_step(at, "..", 2);
	return 0;
}

/*
 * One component after the other. `out` holds no link at any time, so that ".." in a link's
 * text is the physical parent and may be taken off as text. Each look starts at the root
 * anew; the steps are bounded, or links to long paths cost seconds.
 */
static int walk(struct root *r, struct walk *w, enum resolve how, struct strbuf *out,
    struct stat *st)
{
	char name[NAME_SIZE];
	size_t n;
	int err;

	strbuf_reset(out);
	strbuf_addc(out, '/');
	err = root_stat(r, out->buf, st);
	while (err == 0 && (n = next_component(w, name)) > 0) {
		if (n >= NAME_SIZE || path_step(out, name, n) != 0)
			return -ENAMETOOLONG;
		if (!S_ISDIR(st->st_mode))
			return -ENOTDIR;
		if (++w->steps > PATHNAME_SIZE)
			return -ELOOP;
		err = root_stat(r, out->buf, st);
		if (err == -ENOENT && may_be_missing(how) && w->rest[0] == '\0' &&
		    !w->through_link) {
			*st = (struct stat){ 0 };
			return 0;
		}
		if (err != 0 || !S_ISLNK(st->st_mode))
			continue;
		if (!follows_last(how) && w->rest[0] == '\0')
			return 0;
		err = follow(r, w, out);
		if (err == 0)
			err = root_stat(r, out->buf, st);
	}
	return err;
}

/* Where no link is involved. -ELOOP: one is, somewhere. */
static int resolve_plain(struct root *r, const char *cleaned, enum resolve how,
    struct strbuf *out, struct stat *st)
{
	int err = root_stat(r, cleaned, st);

	if (err == 0 && S_ISLNK(st->st_mode) && follows_last(how))
		return -ELOOP;
	if (err == -ENOENT && may_be_missing(how)) {
		err = path_parent(out, cleaned);
		if (err == 0)
			err = root_stat(r, out->buf, st);
		if (err == 0)
			*st = (struct stat){ 0 };
	}
	strbuf_reset(out);
	strbuf_add(out, cleaned);
	return err == 0 && out->full ? -ENAMETOOLONG : err;
}

/* What the walk did not get to, as text: the name that it would have been. */
static void add_rest(struct walk *w, struct strbuf *out)
{
	char name[NAME_SIZE];
	size_t n;

	while ((n = next_component(w, name)) > 0)
		if (n >= NAME_SIZE || path_step(out, name, n) != 0)
			return;
}

int root_resolve(struct root *r, const char *cleaned, enum resolve how, struct strbuf *out,
    struct stat *st)
{
	struct stat unwanted;
	struct walk w;
	size_t n = strlen(cleaned);
	int err;

	if (st == NULL)
		st = &unwanted;
	strbuf_reset(out);
	if (n >= sizeof w.rest)
		return -ENAMETOOLONG;
	err = resolve_plain(r, cleaned, how, out, st);
	if (err == -ELOOP) {
		memcpy(w.rest, cleaned, n + 1);
		w.links = w.steps = 0;
		w.through_link = false;
		err = walk(r, &w, how, out, st);
		if (err != 0)
			add_rest(&w, out);
	}
	return err;
}

long root_show_link(struct root *r, const char *path, bool adjusted, char *out, size_t size)
{
	long n = root_readlink(r, path, out, size);
	size_t prefix = strlen(r->prefix);

	if (n <= 0 || !adjusted || prefix == 0 || !path_within(out, r->prefix))
		return n;
	if (out[prefix] == '\0')
		out[--prefix] = '/';         /* the root itself */
	memmove(out, out + prefix, (size_t)n - prefix + 1);
	return n - (long)prefix;
}
