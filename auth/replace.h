#ifndef AUTH_REPLACE_H
#define AUTH_REPLACE_H

#include "config/bounds.h"
#include "config/strbuf.h"

#include <stdbool.h>
#include <sys/stat.h>

/*
 * A file that is replaced as a whole: the new one is written beside it, in ".NAME.ftpasswd", and
 * renamed. That file is the lock, too: whoever has it under flock(2), and sees it still there, is
 * the only one at work, also while NAME does not exist. What a killed run left there goes.
 */
struct replace {
	const char *path, *base;
	int dir, new, old;          /* descriptors, or -1; `old` is -1 for a file that is not
	                               there */
	struct stat was;            /* of `old` */
	char beside[NAME_SIZE];
};

/*
 * Open the file, after a wait for others when `lock`; without it nothing is written. Refuses
 * links, other things than files, and what others may write. In any case replace_end follows.
 * False with the reason in `why`, beginning with the path.
 */
bool replace_begin(struct replace *r, const char *path, bool lock, struct strbuf *why);
/* The old file's bytes, in memory_map's pages of *size bytes; *n of them. None for no file. */
bool replace_read(struct replace *r, char **mem, size_t *size, size_t *n, struct strbuf *why);
/*
 * Write and rename, with the old file's owner and mode (0600 for a first one), and see it on the
 * disk. False when the old file is as it was, or may not outlast a crash, as `why` says.
 */
bool replace_commit(struct replace *r, const char *bytes, size_t n, struct strbuf *why);
/* Let go of everything; what was not committed never was. */
void replace_end(struct replace *r);

#endif
