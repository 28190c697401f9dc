#ifndef SESSION_MOVE_H
#define SESSION_MOVE_H

#include "config/strbuf.h"

#include <stdbool.h>
#include <sys/stat.h>

struct context;
struct session;

/* Whether what is stored where `c` rules is to be brought elsewhere (StoreMoveTo). */
bool move_wanted(const struct context *c);
/*
 * Bring the whole file at `place`, which `st` describes, to where StoreMoveTo says, under the last
 * name of `path` or, where that is taken, a new one that begins with it. Both are canonical; they
 * differ with HiddenStores. `moved` gets the canonical path where it is now.
 * False: it stays, which is logged unless it is in its directory already.
 */
bool move_upload(struct session *s, const struct context *c, const char *place, const char *path,
    const struct stat *st, struct strbuf *moved);

#endif
