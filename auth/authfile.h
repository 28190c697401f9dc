#ifndef AUTH_AUTHFILE_H
#define AUTH_AUTHFILE_H

#include "auth/authline.h"
#include "config/context.h"

/*
 * AuthUserFile and AuthGroupFile (directives.md, 19.1): passwd(5) and group(5) lines. Files are
 * read anew for each question, refused when the world may read or write them.
 */

/*
 * The name that the server's AuthUserFile or AuthGroupFile gives to an id: for listings,
 * before the system's own names. False when there is no such file, or no such id in it.
 */
bool authfile_name(const struct context *server, bool group, uint32_t id, char *out, size_t size);

#endif
