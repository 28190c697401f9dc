/* Which entries of a directory a listing may name. */
#include "vfs/view.h"

#include "config/hide.h"
#include "vfs/hide.h"

#include <dirent.h>
#include <string.h>

/* Append a name to a path; returns the length to cut it back to. */
static size_t enter(struct strbuf *dir, const char *name)
{
	size_t len = dir->len;

	if (len > 1)
		strbuf_addc(dir, '/');
	strbuf_add(dir, name);
	return len;
}

/* Whether what a link at `path` leads to may be named. */
static bool target_allowed(const struct access *a, const struct limit_verb *verb, const char *path)
{
	STRBUF(real, PATHNAME_SIZE);

	return root_resolve(a->root, path, RESOLVE_EXISTING, &real, NULL) != 0 ||
	    access_allows(a, verb, real.buf);
}

bool view_names(const struct access *a, const struct limit_verb *verb, struct strbuf *dir,
    const char *name)
{
	struct hidden why;
	size_t len = enter(dir, name);
	bool shows = !dir->full && access_allows(a, verb, dir->buf) &&
	    target_allowed(a, verb, dir->buf) && !hide_path(a, dir->buf, &why);

	strbuf_cut(dir, len);
	return shows;
}

/* Whether anything is hidden anywhere: then a link may lead to it. */
static bool hides_anywhere(const struct context *c)
{
	const struct origin *where = c->own->where;

	if (where[D_HIDE_FILES].line != 0 || where[D_HIDE_USER].line != 0 ||
	    where[D_HIDE_GROUP].line != 0 || where[D_HIDE_NO_ACCESS].line != 0)
		return true;
	for (const struct context *d = c->directories; d != NULL; d = d->next) {
		if (hides_anywhere(d))
			return true;
	}
	return false;
}

static bool needs_data(const struct view *v)
{
	if (!v->judges)
		return hide_entry_possible(v->section);
	if (v->entries.slow)
		return hides_anywhere(v->a->base);
	for (short i = 0; i < v->entries.n; i++) {
		if (hide_entry_possible(v->entries.branch[i].section))
			return true;
	}
	return hide_entry_possible(v->a->base);
}

void view_begin(struct view *v, const struct access *a, const struct limit_verb *verb,
    struct strbuf *dir, int fd)
{
	struct strbuf host;

	v->a = a;
	v->verb = verb;
	v->dir = dir;
	v->fd = fd;
	strbuf_init(&host, v->host, sizeof v->host);
	(void)root_host_path(a->root, dir->buf, &host);
	v->judges = access_differs_below(a, dir->buf);
	v->links = hides_anywhere(a->base);
	if (v->judges)
		entries_begin(&v->entries, a->base, v->host);
	else
		v->section = context_for_path(a->base, v->host);
	for (size_t i = 0; i < sizeof v->said / sizeof v->said[0]; i++)
		v->said[i].known = false;
	v->name[0] = '\0';
	v->files = hide_files_for(access_glance(a, dir->buf), a->who);
	v->fleeting = a->files != NULL &&
	    v->files != hide_files_for(access_section(a, dir->buf), a->who);
	v->stats = needs_data(v);
}

/* The section of an entry. In a large directory both questions about one follow upon another. */
static unsigned find(struct view *v, const char *name)
{
	size_t n = strlen(name) + 1;

	if (n > sizeof v->name || memcmp(v->name, name, n) != 0) {
		v->branch = entries_find(&v->entries, name, &v->found);
		memcpy(v->name, name, n < sizeof v->name ? n : 1);
	}
	return v->branch;
}

/* Whether the rules let the entry be named: asked once for all that a section rules over. */
static bool allowed(struct view *v, const char *name, unsigned char type)
{
	unsigned i = find(v, name);
	bool link = type == DT_LNK || type == DT_UNKNOWN, allows;
	size_t len;

	if (i <= ENTRIES_BASE && v->said[i].known && !link)
		return v->said[i].allowed;
	len = enter(v->dir, name);
	allows = !v->dir->full && access_allows(v->a, v->verb, v->dir->buf);
	if (i <= ENTRIES_BASE) {
		v->said[i].known = true;
		v->said[i].allowed = allows;
	}
	allows = allows && (!link || target_allowed(v->a, v->verb, v->dir->buf));
	strbuf_cut(v->dir, len);
	return allows;
}

/* Asked for anew where it is a .ftpaccess's: kept, those of a whole tree would pile up under -R. */
static const struct hide_files *files_of(const struct view *v)
{
	return v->fleeting && v->files != NULL ?
	    hide_files_for(access_glance(v->a, v->dir->buf), v->a->who) : v->files;
}

bool view_keeps(struct view *v, const char *name, unsigned char type)
{
	const struct hide_files *files = files_of(v);
	struct hidden why;
	bool hidden;
	size_t len;

	if (files != NULL && hide_files_hides(files, name))
		return false;
	if (v->judges && !allowed(v, name, type))
		return false;
	if (!v->links || (type != DT_LNK && type != DT_UNKNOWN))
		return true;
	len = enter(v->dir, name);
	hidden = v->dir->full || hide_path(v->a, v->dir->buf, &why);
	strbuf_cut(v->dir, len);
	return !hidden;
}

bool view_shows(struct view *v, const struct list_entry *e)
{
	const struct context *section = v->section;
	struct hidden why;

	if (S_ISLNK(e->st->st_mode))
		return true;         /* view_keeps has looked at what it leads to */
	if (v->judges) {
		(void)find(v, e->name);
		section = v->found;
	}
	return !hide_entry(v->a, section, v->fd, e->name, e->st, &why);
}

bool view_varies(const struct view *v, const struct context *c, enum directive_id id)
{
	const struct settings *all = settings_for(c, id);

	if (settings_for(access_glance(v->a, v->dir->buf), id) != all)
		return true;         /* -R: another directory */
	if (!v->judges)
		return false;
	for (short i = 0; i < v->entries.n; i++) {
		if (settings_for(v->entries.branch[i].section, id) != all)
			return true;
	}
	return v->entries.slow;
}

const struct context *view_context(struct view *v, const char *name)
{
	const struct context *c = v->section;
	size_t len;

	if (v->a->files != NULL) {
		len = enter(v->dir, name);
		c = access_entry(v->a, v->dir->buf);
		strbuf_cut(v->dir, len);
	} else if (v->judges) {
		(void)find(v, name);
		c = v->found;
	}
	return c;
}
