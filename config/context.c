/* Where a value comes from, and which section rules over a path. */
#include "config/context.h"

#include "config/bounds.h"
#include "config/config.h"
#include "config/limit.h"
#include "config/log.h"
#include "config/pattern.h"
#include "config/strbuf.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

const struct context *settings_next(const struct context *c, enum directive_id id)
{
	while (c != NULL && c->own->where[id].line == 0)
		c = c->outer;
	return c;
}

const struct settings *settings_for(const struct context *c, enum directive_id id)
{
	c = settings_next(c, id);
	return c != NULL ? c->own : &settings_default;
}

const struct context *context_anonymous(const struct context *server, unsigned index)
{
	const struct context *a = server->anonymous;

	while (a != NULL && a->index != index)
		a = a->next;
	return a;
}

enum match { MATCH_NO, MATCH_UNDER, MATCH_EXACT };

/*
 * Whether section `d` covers `path` (directives.md, 3.5): "*" crosses slashes. `slashed` is the
 * path with a slash at its end: what is below the pattern matches that, and what is the pattern's
 * own, too.
 */
static enum match section_match(const struct context *d, const char *path, size_t len,
    const char *slashed)
{
	size_t n = d->host_len;

	if (d->host == NULL)
		return MATCH_NO;
	if (len == n && memcmp(d->host, path, n) == 0)
		return MATCH_EXACT;
	if (!d->pattern) {
		if (n == 1)
			return MATCH_UNDER;  /* "/" */
		return len > n && path[n] == '/' && memcmp(d->host, path, n) == 0 ? MATCH_UNDER :
		    MATCH_NO;
	}
	n = d->literal;
	if (len < n || memcmp(d->host, path, n) != 0)
		return MATCH_NO;
	return (d->under != NULL ? pattern_match(d->under + n, slashed + n, false) :
	    pattern_match(d->host + n, path + n, false)) ? MATCH_UNDER : MATCH_NO;
}

const struct context *context_for_path(const struct context *base, const char *path)
{
	const struct context *found = base, *d = base->directories;
	size_t len = strlen(path);
	STRBUF(slashed, 3 * PATHNAME_SIZE);

	if (d == NULL)
		return base;
	strbuf_addn(&slashed, path, len);
	if (len > 1)
		strbuf_addc(&slashed, '/');
	while (d != NULL) {
		enum match m = section_match(d, path, len, slashed.buf);

		if (m == MATCH_EXACT)
			return d;
		if (m == MATCH_UNDER) {
			found = d;           /* no way back from here (3.7) */
			d = d->directories;
		} else {
			d = d->next;
		}
	}
	return found;
}

/* Whether section `d` forbids something or bounds it, at least to somebody. */
static bool restricts(const struct context *d)
{
	static const enum directive_id bounds[] = {
		D_DENY_ALL, D_ALLOW_FILTER, D_DENY_FILTER, D_PATH_ALLOW_FILTER, D_PATH_DENY_FILTER,
		D_MAX_RETRIEVE_FILE_SIZE, D_MAX_STORE_FILE_SIZE, D_MAX_TRANSFERS_PER_HOST,
		D_MAX_TRANSFERS_PER_USER, D_TLS_REQUIRED, D_TRANSFER_RATE,
	};
	const struct settings *own = d->own;
	const struct limit *l = d->limits;

	while (l != NULL && !limit_restricts(l))
		l = l->next;
	for (size_t i = 0; l == NULL && i < sizeof bounds / sizeof *bounds; i++)
		if (own->where[bounds[i]].line != 0)
			return true;
	return l != NULL || (own->where[D_ALLOW_OVERWRITE].line != 0 && !own->allow_overwrite);
}

/*
 * Whether `path` is a directory on the way to what a pattern names: it matches as many components
 * of it. A "*" alone is passed over, for under any other name it would match as well.
 */
static bool on_the_way(const struct context *d, const char *path)
{
	STRBUF(begin, 2 * PATHNAME_SIZE);
	const char *end = d->host;

	for (const char *p = path; *p != '\0' && *end != '\0'; p++) {
		if (*p == '/')
			end += 1 + strcspn(end + 1, "/");
	}
	strbuf_addn(&begin, d->host, (size_t)(end - d->host));
	return *end == '/' && strcmp(strrchr(begin.buf, '/'), "/*") != 0 &&
	    pattern_match(begin.buf, path, false);
}

/* Whether `path` is what section `d` names, or a directory on the way there. */
static bool named_by(const struct context *d, const char *path, size_t len)
{
	size_t n = d->host_len;

	if (d->pattern) {
		if ((d->host[n - 1] != '*' && pattern_match(d->host, path, false)) ||
		    on_the_way(d, path))
			return true;
		n = strcspn(d->host, "*?[\\");
		while (n > 0 && d->host[n] != '/')
			n--;
	}
	return len <= n && memcmp(d->host, path, len) == 0 &&
	    (d->host[len] == '/' || d->host[len] == '\0');
}

const struct context *context_naming(const struct context *base, const char *path)
{
	const struct context *found = NULL;
	size_t len = strlen(path);

	for (const struct context *d = base->directories; d != NULL && found == NULL; d = d->next)
		found = d->host != NULL && restricts(d) && named_by(d, path, len) ? d :
		    context_naming(d, path);
	return found;
}

bool context_below(const struct context *base, const char *path)
{
	size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

	for (const struct context *d = base->directories; d != NULL; d = d->next) {
		size_t n = d->host == NULL ? 0 : d->pattern ? strcspn(d->host, "*?[\\") :
		    d->host_len;

		if (d->host != NULL && memcmp(d->host, path, n < len ? n : len) == 0 &&
		    (d->pattern || (n > len && d->host[len] == '/')))
			return true;
		if (context_below(d, path))
			return true;
	}
	return false;
}

/* Append a name so that no character of it is a wildcard of the pattern it becomes part of. */
static void add_name(struct strbuf *out, const char *name, bool pattern)
{
	for (; *name; name++) {
		if (pattern && strchr("*?[\\", *name) != NULL)
			strbuf_addc(out, '\\');
		strbuf_addc(out, *name);
	}
}

/* The user of a path that begins with `~user`. False: it does not, or the name is too long. */
static bool path_user(const char *path, char *user)
{
	size_t n = *path == '~' ? strcspn(path, "/") : 0;

	if (n < 2 || n > USER_SIZE)
		return false;
	memcpy(user, path + 1, n - 1);
	user[n - 1] = '\0';
	return true;
}

size_t context_homes(const struct context *base, struct home *out)
{
	size_t n = 0;

	for (const struct context *d = base->directories; d != NULL && n < HOMES_MAX; d = d->next) {
		size_t i = 0;

		if (!path_user(d->path, out[n].user))
			continue;
		out[n].path[0] = '\0';
		while (strcmp(out[i].user, out[n].user) != 0)
			i++;
		n += i == n;
	}
	return n;
}

/* The home of a user other than the session's, or NULL. */
static const char *find_home(const struct context_names *names, const char *user)
{
	const struct passwd *pw;

	for (size_t i = 0; i < names->nhomes; i++) {
		if (strcmp(names->homes[i].user, user) == 0 && names->homes[i].path[0] != '\0')
			return names->homes[i].path;
	}
	pw = getpwnam(user);
	return pw != NULL ? pw->pw_dir : NULL;
}

/* The host path that a section's path stands for, links not yet followed. False: for none. */
static bool expand_path(const struct context *d, const struct context_names *names,
    struct strbuf *out)
{
	const char *p = d->path;

	if (*p == '~') {
		const char *home = names->home, *slash = strchrnul(p, '/');
		char user[USER_SIZE];

		if (slash - p > 1) {
			if (!path_user(p, user))
				return false;
			/* the session's own user may be in no database that libc knows */
			if (names->user == NULL || strcmp(user, names->user) != 0)
				home = find_home(names, user);
		}
		if (home == NULL || *home != '/')
			return false;
		add_name(out, home, d->pattern);
		p = slash;
	} else if (*p != '/') {
		if (names->anon_root == NULL)
			return false;
		add_name(out, names->anon_root, d->pattern);
		strbuf_addc(out, '/');
	}
	for (; *p; p++) {
		if (p[0] == '%' && p[1] == 'u') {
			if (names->user == NULL || strchr(names->user, '/') != NULL ||
			    strcmp(names->user, ".") == 0 || strcmp(names->user, "..") == 0)
				return false;
			add_name(out, names->user, d->pattern);
			p++;
		} else {
			strbuf_addc(out, *p);
		}
	}
	return !out->full;
}

/* Take "//", "/." and a slash at the end out of a path. */
static void tidy(char *path)
{
	char *out = path;

	for (const char *p = path; *p; p++) {
		if (p[0] == '/' && (p[1] == '/' || p[1] == '\0') && (p[1] == '/' || out > path))
			continue;
		if (p[0] == '/' && p[1] == '.' && (p[2] == '/' || p[2] == '\0')) {
			p++;
			continue;
		}
		*out++ = *p;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

/*
 * Follow the links in the part of `path` that exists and holds no wildcard: the path that is asked
 * about has none. What does not exist yet is appended as it is.
 */
static void follow_links(struct strbuf *out, char *path, bool pattern)
{
	size_t end = pattern ? strcspn(path, "*?[\\") : strlen(path);
	char real[PATHNAME_SIZE];

	while (end > 1) {
		char c = path[end];
		bool good;

		if (c != '/' && c != '\0') {         /* only whole components can be followed */
			end--;
			continue;
		}
		path[end] = '\0';
		good = realpath(path, real) != NULL;
		path[end] = c;
		if (good) {
			add_name(out, strcmp(real, "/") == 0 ? "" : real, pattern);
			break;
		}
		end--;
	}
	if (end <= 1)
		end = 0;
	strbuf_add(out, path + end);
	if (out->len == 0)
		strbuf_addc(out, '/');
}

/* Let the section rule over the host path `host`. */
static void set_host(struct config *c, struct context *d, const char *host)
{
	STRBUF(under, 2 * PATHNAME_SIZE + 2);

	size_t quotes = 0;

	strbuf_add(&under, host);
	while (quotes < under.len && host[under.len - 1 - quotes] == '\\')
		quotes++;
	/* a backslash that ends a pattern stands for itself, and is to do so in front of a slash */
	if (d->pattern && quotes % 2 == 1)
		strbuf_addc(&under, '\\');
	d->host = config_strdup(c, under.buf);
	d->host_len = under.len;
	d->literal = strcspn(d->host, "*?[\\");
	if (!d->pattern || (under.len >= 2 && strcmp(host + under.len - 2, "/*") == 0))
		return;
	strbuf_add(&under, "/*");
	d->under = config_strdup(c, under.buf);
}

/*
 * Find out what the section's path stands for. A link in it is followed; what the path says itself
 * is ruled over too (directives.md, 3.4), by a copy of the section, or whoever acts on the link
 * would not be asked. Returns the copy, or NULL.
 */
static struct context *resolve_one(struct config *c, struct context *d,
    const struct context_names *names)
{
	STRBUF(path, PATHNAME_SIZE);
	STRBUF(real, 2 * PATHNAME_SIZE);
	STRBUF(where, PATHNAME_SIZE);
	struct context *literal;

	d->pattern = strpbrk(d->path, "*?[") != NULL;
	d->host = d->under = NULL;
	if (expand_path(d, names, &path)) {
		tidy(path.buf);
		follow_links(&real, path.buf, d->pattern);
	}
	if (real.len == 0 || real.full) {
		config_where(c, d->where, &where);
		log_write(LOG_WARNING,
		    "%s: <Directory %s>: stands for no path here; it never applies", where.buf,
		    d->path);
		return NULL;
	}
	set_host(c, d, real.buf);
	if (strcmp(path.buf, real.buf) == 0)
		return NULL;
	literal = config_alloc(c, sizeof *literal);
	*literal = *d;
	literal->as_read = context_as_read(d);
	set_host(c, literal, path.buf);
	return literal;
}

/* The length of a section's name without the "*" and "/" at its end (3.6). */
static size_t stem_len(const struct context *d)
{
	size_t n = d->host_len;

	while (n > 0 && (d->host[n - 1] == '*' || d->host[n - 1] == '/'))
		n--;
	return n;
}

size_t context_depth(const struct context *d, const char *path)
{
	size_t n = stem_len(d), len = strlen(path);
	STRBUF(stem, 2 * PATHNAME_SIZE);
	STRBUF(at, 2 * PATHNAME_SIZE);

	if (!d->pattern || strcspn(d->host, "*?[\\") >= n)
		return n;
	strbuf_addn(&stem, d->host, n);
	/* "*" crosses slashes: the first directory that matches has the section's place */
	for (size_t end = 0; end < len;) {
		size_t start = end;

		end += 1 + strcspn(path + end + 1, "/");
		strbuf_addn(&at, path + start, end - start);
		if (pattern_match(stem.buf, at.buf, false) || pattern_match(d->host, at.buf, false))
			return end;
	}
	return n < len ? n : len;
}

/* The longest section of `list` that `x` lies under; of two, the one that is asked first. */
static struct context *parent_of(struct context *const *list, size_t n, const struct context *x)
{
	struct context *best = NULL;
	size_t longest = 0, len = stem_len(x);

	for (size_t i = 0; i < n; i++) {
		size_t stem;

		if (list[i] == x || list[i]->host == NULL)
			continue;
		stem = stem_len(list[i]);
		/* what ends in a "*" lies under the same path without it, too */
		if ((stem < len || (stem == len && !list[i]->pattern &&
		    list[i]->host_len < x->host_len)) &&
		    x->host[stem] == '/' && memcmp(x->host, list[i]->host, stem) == 0 &&
		    (best == NULL || stem > longest ||
		    (stem == longest && list[i]->host_len > best->host_len))) {
			best = list[i];
			longest = stem;
		}
	}
	return best;
}

void context_resolve(struct config *c, struct context *base, const struct context_names *names)
{
	struct context **list, *d, *literal;
	size_t n = 0, i = 0;

	for (d = base->directories; d != NULL; d = d->next)
		n++;
	list = config_alloc(c, (2 * n + 1) * sizeof(struct context *));
	for (d = base->directories; d != NULL; d = d->next) {
		if (d->own == &settings_unset && d->limits == NULL)
			continue;            /* says nothing, and must not stand before one that
			                        does */
		list[i++] = d;
		literal = resolve_one(c, d, names);
		if (literal != NULL)
			list[i++] = literal;
	}
	n = i;
	base->directories = NULL;
	while (i-- > 0) {
		struct context *parent = list[i]->host != NULL ? parent_of(list, n, list[i]) : NULL;
		struct context *under = parent != NULL ? parent : base;

		/* from the last to the first, so that each level keeps its order */
		list[i]->outer = under;
		list[i]->next = under->directories;
		under->directories = list[i];
	}
}
