#ifndef VFS_LIST_H
#define VFS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * The entries of one directory, sorted up to LIST_SORT_MAX of them and in directory order
 * above; memory is bounded and constant however many there are. Names sort by bytes;
 * times newest first, sizes largest first, equal ones by name. `reverse` turns a sorted
 * listing round, not one in directory order.
 */
enum list_order {
	LIST_BY_NAME, LIST_BY_TIME, LIST_BY_CTIME, LIST_BY_ATIME, LIST_BY_SIZE, LIST_AS_READ
};

struct list_how {
	enum list_order order;
	bool reverse;
	bool need_stat;              /* false: `st` is NULL, only `type` is known (NLST) */
	bool dots;                   /* give "." and ".." too; `keep` is not asked for them */
	bool at_root;                /* it is the session's root: ".." shows the data of "." */
};

struct list_entry {
	const char *name;
	unsigned char type;          /* DT_…; DT_UNKNOWN only where the file system has no types */
	const struct stat *st;       /* of the entry itself, links not followed; NULL as above */
};

/*
 * Call `each` for the entries of an open directory (which is read from its start; the
 * descriptor stays the caller's). `keep` says whether a name counts, or may not be seen by
 * the session (NULL: all count). With need_stat, an entry that vanished meanwhile, or whose
 * data the kernel does not give, is left out. `each` returning non-zero ends the walk.
 * Returns 0, what `each` said, or -errno.
 */
int list_directory(int fd, const struct list_how *how,
    bool (*keep)(void *arg, const char *name, unsigned char type),
    int (*each)(void *arg, const struct list_entry *e), void *arg);

#endif
