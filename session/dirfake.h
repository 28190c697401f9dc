#ifndef SESSION_DIRFAKE_H
#define SESSION_DIRFAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct context;
struct session;
struct view;

/*
 * Whose an entry is shown to be, and with what mode: the names of its owner and group, unless
 * DirFakeUser, DirFakeGroup and DirFakeMode in `c` say otherwise. A text is good until the
 * next call of either.
 */
const char *dirfake_user(struct session *s, const struct context *c, uint32_t uid);
const char *dirfake_group(struct session *s, const struct context *c, uint32_t gid);
mode_t dirfake_mode(const struct context *c, mode_t mode);
/* Whether an entry may have others of these than `c` says (view_varies): view_context tells. */
bool dirfake_varies(const struct view *v, const struct context *c);

#endif
