#ifndef AUTH_IDENTITY_H
#define AUTH_IDENTITY_H

#include "config/strbuf.h"

#include <sys/types.h>

struct context;

/*
 * The ids that the server's `User` and `Group` name (default: nobody and its primary group).
 * /etc/passwd and /etc/group are asked first, and NSS only for what they do not know: this is on
 * the way to the 220. Returns 0, or -ENOENT with `why`.
 */
int identity_of_server(const struct context *server, uid_t *uid, gid_t *gid, struct strbuf *why);

#endif
