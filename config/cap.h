#ifndef CONFIG_CAP_H
#define CONFIG_CAP_H

#include "config/context.h"
#include "config/subject.h"

/*
 * What MaxRetrieveFileSize, MaxStoreFileSize or TimeoutSession (`id`) sets for who asks: of the
 * innermost context that has a line for him, the one that names him as a user, else his group, else
 * his class, else everybody; the first of several (FAQ 5.18c). NULL: nothing holds.
 */
const struct cap *cap_for(const struct context *c, enum directive_id id, struct subject *who);
/* Whether a context's own lines are for everybody, so that those outside of it never count. */
bool cap_closes(const struct settings *own, enum directive_id id);

#endif
