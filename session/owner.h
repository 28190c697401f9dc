#ifndef SESSION_OWNER_H
#define SESSION_OWNER_H

#include "session/session.h"

/* Whether new files where `c` rules get another owner or group (UserOwner, GroupOwner). */
bool owner_given(const struct context *c);
/*
 * Give them to what was made at `path`, `fd` being open on it: the group by the session itself
 * where it is one of its own, the rest by the monitor. What fails is logged, and no failure of the
 * command.
 */
void owner_give(struct session *s, const struct context *c, const char *path, int fd);
/* Whether the session is in this group. */
bool owner_in_group(const struct session *s, gid_t gid);

#endif
