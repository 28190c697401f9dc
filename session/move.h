#ifndef SESSION_MOVE_H
#define SESSION_MOVE_H

#include "config/strbuf.h"

#include <stdbool.h>
#include <sys/stat.h>

struct context;
struct session;

/* Whether what is stored where `c` rules is to be brought elsewhere (StoreMoveTo). */
bool move_wanted(const struct context *c);
/* Where that is, for what is stored at `path`: where no such name is there yet. 0 or -errno. */
int move_target(const struct session *s, const struct context *c, const char *path,
    struct strbuf *to);
/*
 * Bring the whole file at `place`, which `st` describes, to where StoreMoveTo says, under the last
 * name of `path` or, where that is taken, a new one that begins with it. Both are canonical; they
 * differ with HiddenStores. `moved` gets the canonical path where it is now.
 * False: it stays, which is logged unless it is in its directory already.
 */
bool move_upload(struct session *s, const struct context *c, const char *place, const char *path,
    const struct stat *st, struct strbuf *moved);

#endif
