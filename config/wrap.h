#ifndef CONFIG_WRAP_H
#define CONFIG_WRAP_H

#include "config/settings.h"

struct context;
struct reader;

/* The table that holds every peer: `builtin:all`. A file's name begins with / or ~/. */
extern const char wrap_everybody[];

/* Whether the tables' names depend on the user (~/, %U). */
bool wrap_needs_user(const struct wrap_tables *t);
/* For -t: files that are missing, unreadable or anybody's; lines that are never of use. */
void wrap_check(struct reader *r, const struct context *c);

#endif
