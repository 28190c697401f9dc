/* The file of living sessions: taking a slot, and seeing the others'. */
#include "auth/slot.h"

#include "config/bounds.h"
#include "config/io.h"
#include "config/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	SLOTS_MAX = 65536,
	PAGE = 4096,                 /* of the file; the machine's may be larger */
	FEW = 32, CHUNK = 1024,      /* slots read at once: of a small file, of a large one */
	MODE = 0644,                 /* whoever may log in here may see who has */
	LOCK_MODE = 0600,            /* or anybody could hold it, and with it every login */
	BOOT = 40,
};

static const char magic[16] = "in.ftpd slots 1";

struct header {
	char magic[16];
	char boot[BOOT];             /* the kernel's name for the time since it started */
	uint32_t size;               /* of a slot */
	uint32_t used;               /* slots at the beginning; behind them all are free */
};

_Static_assert(sizeof(struct slot) == 64, "a slot never crosses a page");

/* The file while it is locked. */
struct access {
	int fd, lock;
	off_t size;
	struct header header;
};

static uint64_t hash(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3U;
	return h;
}

uint64_t slot_name(const char *text)
{
	return text != NULL ? hash(0xcbf29ce484222325U, text, strlen(text)) | 1 : 0;
}

static uint64_t check_of(const struct slot *slot)
{
	uint64_t words[(offsetof(struct slot, check) - offsetof(struct slot, since)) / sizeof(uint64_t)];
	uint64_t h = 0x84222325cbf29ce4U ^ slot->state;

	memcpy(words, &slot->since, sizeof words);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		h = (h ^ words[i] ^ (h >> 29)) * 0x9e3779b97f4a7c15U;
	return h;
}

static off_t offset_of(unsigned number)
{
	return (off_t)PAGE + (off_t)number * (off_t)sizeof(struct slot);
}

/* Only root, or whoever runs this monitor, may have put it there or may change it. */
static int trusted(int fd, const char *what, mode_t type, struct stat *st, struct strbuf *why)
{
	if (fstat(fd, st) < 0) {
		int err = -errno;

		strbuf_addf(why, "%s: %s", what, strerror(-err));
		return err;
	}
	if ((st->st_mode & S_IFMT) != type || (type == S_IFREG && st->st_nlink != 1))
		strbuf_addf(why, "%s: not a %s", what, type == S_IFDIR ? "directory" :
		    "regular file of one name");
	else if (st->st_uid != geteuid() && (type == S_IFREG || st->st_uid != 0))
		strbuf_addf(why, "%s: belongs to uid %lu", what, (unsigned long)st->st_uid);
	else if ((st->st_mode & S_IWOTH) != 0 || ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0))
		strbuf_addf(why, "%s: others may write to it", what);
	else
		return 0;
	return -EPERM;
}

/* Where the last component of a path begins. */
static size_t name_at(const char *path)
{
	return (size_t)(strrchr(path, '/') + 1 - path);
}

/* The directory of `path`, made if it is not there. */
static int open_directory(const char *path, struct strbuf *why)
{
	STRBUF(parent, PATHNAME_SIZE);
	const char *slash = strrchr(path, '/');
	struct stat st;
	int fd, err;

	strbuf_addn(&parent, path, slash > path ? (size_t)(slash - path) : 1);
	fd = open(parent.buf, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && mkdir(parent.buf, 0755) == 0)
		(void)chmod(parent.buf, 0755);       /* whatever the umask */
	if (fd < 0)
		fd = open(parent.buf, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		strbuf_addf(why, "%s: %s", parent.buf, strerror(errno));
		return err;
	}
	err = trusted(fd, parent.buf, S_IFDIR, &st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

static int open_in(int dir, const char *path, mode_t mode, struct stat *st, struct strbuf *why)
{
	/* O_NONBLOCK: a FIFO is told, not waited for */
	const int how = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	int fd = openat(dir, path + name_at(path), how, mode), err;

	if (fd < 0) {
		err = -errno;
		strbuf_addf(why, "%s: %s", path, errno == ELOOP ? "is a symbolic link" : strerror(errno));
		return err;
	}
	err = trusted(fd, path, S_IFREG, st, why);
	if (err == 0)
		return fd;
	(void)close(fd);
	return err;
}

static int lock_file(int dir, const char *path, struct strbuf *why)
{
	struct stat st;
	int fd = open_in(dir, path, LOCK_MODE, &st, why);

	while (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		int err = -errno;

		if (err == -EINTR)
			continue;
		strbuf_addf(why, "%s: %s", path, strerror(-err));
		(void)close(fd);
		return err;
	}
	return fd;
}

static void read_boot(int file, char *boot)
{
	struct statfs fs;
	int fd;

	memset(boot, 0, BOOT);
	if (fstatfs(file, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return;              /* begins empty */
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;              /* then two boots look alike */
	if (read(fd, boot, BOOT - 1) < 0)
		memset(boot, 0, BOOT);
	(void)close(fd);
}

static bool put_at(int fd, const void *bytes, size_t n, off_t at)
{
	return pwrite(fd, bytes, n, at) == (ssize_t)n;
}

/* The header as it must be, or a file that is begun anew. */
static int settle_header(struct access *a, const char *path, struct strbuf *why)
{
	struct header want = { .size = sizeof(struct slot) };
	bool good;

	memcpy(want.magic, magic, sizeof magic);
	read_boot(a->fd, want.boot);
	good = pread(a->fd, &a->header, sizeof a->header, 0) == sizeof a->header &&
	    memcmp(&a->header, &want, offsetof(struct header, used)) == 0 &&
	    a->header.used <= SLOTS_MAX && a->size >= offset_of(a->header.used);
	if (good)
		return 0;
	a->header = want;
	a->size = PAGE;
	if (ftruncate(a->fd, 0) == 0 && ftruncate(a->fd, PAGE) == 0 && put_at(a->fd, &want, sizeof want, 0))
		return 0;
	strbuf_addf(why, "%s: %s", path, strerror(errno));
	return -EIO;
}

static void leave(struct access *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);
	if (a->lock >= 0)
		(void)close(a->lock);
}

/* Lock, and open; the two files lie in one directory as a rule. */
static int open_both(const struct slots *s, struct access *a, struct stat *st, struct strbuf *why)
{
	size_t n = name_at(s->path);
	bool apart = name_at(s->lock) != n || memcmp(s->lock, s->path, n) != 0;
	int dir = open_directory(s->path, why), other = apart ? open_directory(s->lock, why) : dir;

	*a = (struct access){ .fd = -1, .lock = -1 };
	if (dir >= 0 && other >= 0)
		a->lock = lock_file(other, s->lock, why);
	if (a->lock >= 0)
		a->fd = open_in(dir, s->path, MODE, st, why);
	if (apart && other >= 0)
		(void)close(other);
	if (dir < 0)
		return dir;
	(void)close(dir);
	return other < 0 ? other : a->lock < 0 ? a->lock : a->fd < 0 ? a->fd : 0;
}

static int enter(struct slots *s, struct access *a, struct strbuf *why)
{
	struct stat st;
	int err = open_both(s, a, &st, why);

	if (err < 0)
		return err;
	a->size = st.st_size;
	err = settle_header(a, s->path, why);
	/* somebody has put another file there, or begun this one anew */
	if (err == 0 && s->held && (st.st_dev != s->dev || st.st_ino != s->ino || s->number >= a->header.used))
		s->held = false;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return err;
}

static bool living(const struct slot *slot)
{
	return (slot->owner & FUTEX_TID_MASK) != 0 && (slot->owner & FUTEX_OWNER_DIED) == 0 &&
	    slot->check == check_of(slot);
}

/* What a walk over the slots finds. */
struct found {
	unsigned free, end;          /* the first that is free; one behind the last that lives */
	bool mine;
};

static int walk(struct slots *s, const struct access *a, const struct slot_change *change,
    struct found *f)
{
	struct slot few[FEW], *slots = few;
	size_t chunk = a->header.used > FEW ? CHUNK : FEW;
	ssize_t n = 0;

	if (chunk > FEW)
		slots = memory_map(chunk * sizeof *slots);

	*f = (struct found){ .free = a->header.used };
	for (unsigned i = 0; i < a->header.used && n >= 0; i++) {
		const struct slot *slot = &slots[i % chunk];

		if (i % chunk == 0) {
			size_t left = a->header.used - i;

			n = pread(a->fd, slots, (left < chunk ? left : chunk) * sizeof *slots, offset_of(i));
			if (n < 0)
				break;
			memset((char *)slots + n, 0, chunk * sizeof *slots - (size_t)n);
		}
		if (!living(slot)) {
			if (f->free == a->header.used)
				f->free = i;
			continue;
		}
		f->end = i + 1;
		if (s->held && i == s->number && slot->owner == s->mine.owner && slot->since == s->mine.since)
			f->mine = true;
		else if (change->see != NULL)
			change->see(change->arg, slot);
	}
	if (chunk > FEW)
		memory_unmap(slots, chunk * sizeof *slots);
	return n < 0 ? -EIO : 0;
}

/* Have the kernel mark this slot's owner when this thread ends, however it ends. */
static int put_on_list(struct slots *s, const struct access *a, unsigned number)
{
	long page = sysconf(_SC_PAGESIZE);
	off_t at = offset_of(number), from = at - at % page;
	char *map = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, from);

	if (map == MAP_FAILED)
		return -errno;
	if (madvise(map, (size_t)page, MADV_DONTFORK) < 0) {
		int err = -errno;

		(void)munmap(map, (size_t)page);
		return err;
	}
	if (s->page != NULL)
		(void)munmap(s->page, (size_t)page);
	s->page = map;
	s->entry.next = (struct robust_list *)(void *)&s->head;
	s->head.list.next = &s->entry;
	s->head.futex_offset = (map + (at - from)) - (char *)&s->entry;
	s->head.list_op_pending = NULL;
	return syscall(SYS_set_robust_list, &s->head, sizeof s->head) < 0 ? -errno : 0;
}

static int take(struct slots *s, struct access *a, const struct found *f)
{
	off_t end = offset_of(f->free + 1);
	int err;

	if (f->free >= SLOTS_MAX)
		return -ENOSPC;
	end += (PAGE - end % PAGE) % PAGE;
	if (a->size < end && ftruncate(a->fd, end) < 0)
		return -errno;
	err = put_on_list(s, a, f->free);
	if (err == 0)
		s->number = f->free;
	return err;
}

static int store(struct slots *s, struct access *a, const struct slot *slot, const struct found *f)
{
	uint32_t used = f->end > s->number ? f->end : s->number + 1;

	/* the slot first: what is not below `used` counts for nothing */
	if (!put_at(a->fd, slot, sizeof *slot, offset_of(s->number)))
		return -EIO;
	if (used != a->header.used && !put_at(a->fd, &used, sizeof used, offsetof(struct header, used)))
		return -EIO;
	s->mine = *slot;
	s->held = true;
	return 1;
}

int slots_change(struct slots *s, const struct slot_change *change, struct strbuf *why)
{
	struct slot slot = change->slot;
	struct access a;
	struct found f;
	int err = enter(s, &a, why);

	if (err == 0 && (err = walk(s, &a, change, &f)) < 0)
		strbuf_addf(why, "%s: %s", s->path, strerror(-err));
	if (err == 0 && (change->admit == NULL || change->admit(change->arg))) {
		slot.owner = (uint32_t)gettid();
		slot.check = check_of(&slot);
		if (!f.mine)
			err = take(s, &a, &f);
		if (err == 0)
			err = store(s, &a, &slot, &f);
		if (err < 0)
			strbuf_addf(why, "%s: %s", s->path, strerror(-err));
	}
	leave(&a);
	return err;
}
