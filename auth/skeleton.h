#ifndef AUTH_SKELETON_H
#define AUTH_SKELETON_H

#include "config/strbuf.h"

/*
 * Fill a new home with the files of CreateHome's skeleton, as whoever the caller is: it must have
 * become the user. Directories and regular files without set-id bits; a symbolic link whose target
 * is relative and stays inside; nothing else. What is there already stays. Bounded in depth, number
 * and size. `said` gets how much was copied and what was left out. Returns 0, or -errno of what
 * ended it.
 */
int skeleton_copy(const char *from, int to, struct strbuf *said);
/*
 * Whether a link with this target, `depth` directories below the top, leads to something below the
 * top whatever other such links there are: `..` stands at its beginning alone. Pure.
 */
bool skeleton_link_stays(const char *target, unsigned depth);

#endif
