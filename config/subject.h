#ifndef CONFIG_SUBJECT_H
#define CONFIG_SUBJECT_H

#include "config/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hide_owner;

/*
 * Who asks: all that a rule may look at. The peer's name, class and the user's groups are found
 * when the first rule asks for them, and not before: most configurations never do.
 */
struct subject {
	struct addr peer;
	const struct class *classes;         /* the configuration's (config_classes) */
	const char *user;                    /* the account, after aliases; NULL before login */
	uint32_t uid, gid;                   /* what it runs with: ~ in HideUser and HideGroup */

	/*
	 * The peer's name, forward-confirmed, or NULL where it has none; the names of the user's
	 * groups, `n` of them. Asked once; what they give must live on. NULL: none.
	 */
	const char *(*find_name)(void *arg);
	const char *const *(*find_groups)(void *arg, size_t *n);
	/* The id of the name in a HideUser or HideGroup; false: it has none. NULL: nobody knows. */
	bool (*find_id)(void *arg, const struct hide_owner *h, uint32_t *id);
	void *arg;

	/* found so far: for subject.c alone */
	bool has_name, has_class, has_groups;
	const char *name, *class;
	const char *const *groups;
	size_t ngroups;
};

/* The peer's name, or NULL. */
const char *subject_name(struct subject *s);
/* The class of the peer: the first in the file that it belongs to; or NULL. */
const char *subject_class(struct subject *s);
/* The names of the user's groups, primary and supplementary. */
const char *const *subject_groups(struct subject *s, size_t *n);

#endif
