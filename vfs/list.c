/* The entries of one directory: read in blocks, sorted while they are few, streamed when many. */
#include "vfs/list.h"

#include "config/bounds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An entry that waits to be sorted; its name lies behind its type in `names`. */
struct item {
	uint64_t key;                /* compared first; then `sub`, then the names */
	uint32_t sub;
	uint32_t at;
};

/* Mapped for one listing: only the pages that are used cost memory, and they go with it. */
struct work {
	int fd;
	const struct list_how *how;
	bool (*keep)(void *arg, const char *name, unsigned char type);
	int (*each)(void *arg, const struct list_entry *e);
	void *arg;
	size_t nitems, used;
	struct item items[LIST_SORT_MAX];
	_Alignas(struct dirent64) char block[65536];
	char names[LIST_SORT_MAX * (NAME_SIZE + 1)];
};

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* False for what vanished meanwhile, and for what the kernel shows nobody (a dead mount). */
static bool look(const struct work *w, const char *name, struct stat *st)
{
	/* what lies above the root is nobody's business */
	if (w->how->at_root && strcmp(name, "..") == 0)
		name = ".";
	return fstatat(w->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int emit(const struct work *w, const char *name, unsigned char type)
{
	struct list_entry e = { .name = name, .type = type };
	struct stat st;

	if (w->how->need_stat) {
		if (!look(w, name, &st))
			return 0;
		e.st = &st;
		e.type = (unsigned char)IFTODT(st.st_mode);
	}
	return w->each(w->arg, &e);
}

static int emit_collected(const struct work *w, bool reverse)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->nitems; i++) {
		const char *entry = w->names + w->items[reverse ? w->nitems - 1 - i : i].at;

		rc = emit(w, entry + 1, (unsigned char)entry[0]);
	}
	return rc;
}

/* Keep an entry for sorting. False when there is no more room. */
static bool collect(struct work *w, const char *name, unsigned char type)
{
	size_t n = strlen(name) + 1;

	if (w->nitems == LIST_SORT_MAX || n + 1 > sizeof w->names - w->used)
		return false;
	w->items[w->nitems++].at = (uint32_t)w->used;
	w->names[w->used] = (char)type;
	memcpy(w->names + w->used + 1, name, n);
	w->used += n + 1;
	return true;
}

/* The first bytes of a name as a number that sorts as they do: most comparisons end there. */
static uint64_t name_key(const char *name)
{
	uint64_t key = 0;

	for (unsigned i = 0; i < sizeof key; i++) {
		key = key << 8 | (unsigned char)*name;
		if (*name != '\0')
			name++;
	}
	return key;
}

/* Set what an entry is sorted by: newest and largest come first. */
static void set_key(const struct work *w, struct item *item)
{
	const char *name = w->names + item->at + 1;
	const struct timespec *t;
	struct stat st;

	item->sub = 0;
	if (w->how->order == LIST_BY_NAME) {
		item->key = name_key(name);
		return;
	}
	item->key = UINT64_MAX;
	if (!look(w, name, &st))
		return;
	if (w->how->order == LIST_BY_SIZE) {
		item->key = ~(uint64_t)st.st_size;
		return;
	}
	t = w->how->order == LIST_BY_TIME ? &st.st_mtim :
	    w->how->order == LIST_BY_CTIME ? &st.st_ctim : &st.st_atim;
	item->key = ~((uint64_t)t->tv_sec ^ (uint64_t)1 << 63); /* times before 1970 too */
	item->sub = ~(uint32_t)t->tv_nsec;
}

static int compare(const void *a, const void *b, void *names)
{
	const struct item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->sub != y->sub)
		return x->sub < y->sub ? -1 : 1;
	return strcmp((const char *)names + x->at + 1, (const char *)names + y->at + 1);
}

static int emit_sorted(struct work *w)
{
	for (size_t i = 0; i < w->nitems; i++)
		set_key(w, &w->items[i]);
	qsort_r(w->items, w->nitems, sizeof w->items[0], compare, w->names);
	return emit_collected(w, w->how->reverse);
}

/* Take the entries of one block; `sorting` ends when there are too many. */
static int take_block(struct work *w, size_t n, bool *sorting)
{
	const struct dirent64 *d;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < n; at += d->d_reclen) {
		d = (const struct dirent64 *)(const void *)(w->block + at);
		if (is_dots(d->d_name) ? !w->how->dots :
		    w->keep != NULL && !w->keep(w->arg, d->d_name, d->d_type))
			continue;
		if (*sorting) {
			if (collect(w, d->d_name, d->d_type))
				continue;
			*sorting = false;
			rc = emit_collected(w, false);
		}
		if (rc == 0)
			rc = emit(w, d->d_name, d->d_type);
	}
	return rc;
}

static int read_entries(struct work *w)
{
	bool sorting = w->how->order != LIST_AS_READ;
	int rc = 0;

	if (lseek(w->fd, 0, SEEK_SET) < 0)
		return -errno;
	while (rc == 0) {
		ssize_t n = getdents64(w->fd, w->block, sizeof w->block);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ENOENT) /* the directory itself was removed: it has no more */
			return -errno;
		if (n <= 0)
			return sorting ? emit_sorted(w) : 0;
		rc = take_block(w, (size_t)n, &sorting);
	}
	return rc;
}

int list_directory(int fd, const struct list_how *how,
    bool (*keep)(void *arg, const char *name, unsigned char type),
    int (*each)(void *arg, const struct list_entry *e), void *arg)
{
	struct work *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc;

	if (w == MAP_FAILED)
		return -errno;
	/* or a listing of three names clears two megabytes first */
	(void)madvise(w, sizeof *w, MADV_NOHUGEPAGE);
	w->fd = fd;
	w->how = how;
	w->keep = keep;
	w->each = each;
	w->arg = arg;
	rc = read_entries(w);
	(void)munmap(w, sizeof *w);
	return rc;
}
