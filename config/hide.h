#ifndef CONFIG_HIDE_H
#define CONFIG_HIDE_H

#include "config/context.h"
#include "config/subject.h"

/*
 * HideFiles, HideUser, HideGroup: which entries are out of sight (directives.md, 13). What the
 * session may not use (HideNoAccess) is the kernel's to say: vfs/hide.h.
 */

/*
 * The one HideFiles that decides for who asks, about the entries of a directory whose section is
 * `c`: the first of the innermost section that has one for him. NULL: none, or it says "none".
 */
const struct hide_files *hide_files_for(const struct context *c, struct subject *who);
/* Whether it hides an entry of this name. */
bool hide_files_hides(const struct hide_files *h, const char *name);

/*
 * The HideUser or HideGroup that hides an entry whose own section is `c`, or NULL. The ids of names
 * are found out once (subject's find_id); a name without one hides nothing.
 */
const struct hide_owner *hide_owner_for(const struct context *c, struct subject *who, uint32_t uid,
    uint32_t gid);
/* Whether there is a HideUser or HideGroup at all for entries whose own section is `c`. */
bool hide_owner_possible(const struct context *c);

struct config;
/* The HideUser or HideGroup with this number, or NULL. */
struct hide_owner *hide_owner_at(const struct config *c, uint32_t number);
/* The id of a name; false: it has none. */
bool hide_owner_id(struct hide_owner *h, struct subject *who, uint32_t *id);

#endif
