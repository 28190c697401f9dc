#ifndef VFS_VIEW_H
#define VFS_VIEW_H

#include "config/bounds.h"
#include "config/entries.h"
#include "vfs/access.h"
#include "vfs/list.h"

/*
 * What a listing of one directory may name: what the rules let its command say (a section is asked
 * once, however many entries it rules over), and what is not hidden. "." and ".." are no business
 * of it.
 */
struct view {
	const struct access *a;
	const struct limit_verb *verb;
	struct strbuf *dir;          /* canonical; grown and cut back */
	int fd;
	bool judges;                 /* the rules may forbid to name an entry */
	bool links;                  /* what a link leads to may be hidden */
	bool stats;                  /* view_shows has something to say, and needs data */
	const struct hide_files *files;
	bool fleeting;               /* they are of a .ftpaccess */
	const struct context *section;       /* of all entries, unless the rules tell them apart */
	struct entries entries;
	struct { bool known, allowed; } said[ENTRIES_BASE + 1];      /* of each section */
	unsigned branch;             /* what was found for `name`, the last that was asked about */
	const struct context *found;
	char name[NAME_SIZE];
	char host[2 * PATHNAME_SIZE];
};

/*
 * Begin with the directory at `dir` (canonical), open at `fd`; all but `v` must live as long.
 */
void view_begin(struct view *v, const struct access *a, const struct limit_verb *verb,
    struct strbuf *dir, int fd);
/* Whether an entry may be named, as far as its name and type (DT_…) tell. */
bool view_keeps(struct view *v, const char *name, unsigned char type);
/* Whether one that view_keeps kept may be, now that its data is there. Asked with `stats` only. */
bool view_shows(struct view *v, const struct list_entry *e);
/*
 * Whether some entry may have another value of `id` than `c` has, which rules over the directory
 * that the listing began with.
 */
bool view_varies(const struct view *v, const struct context *c, enum directive_id id);
/* What rules over an entry, for its settings alone; until the next question about access. */
const struct context *view_context(struct view *v, const char *name);

/*
 * Both questions about one entry, of a directory that is not read. `dir` is grown and cut back.
 */
bool view_names(const struct access *a, const struct limit_verb *verb, struct strbuf *dir,
    const char *name);

#endif
