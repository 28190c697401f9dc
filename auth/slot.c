/* The file of living sessions: taking a slot, and seeing the others'. */
#include "auth/slot.h"

#include "auth/statefile.h"
#include "config/bounds.h"
#include "config/hash.h"
#include "config/io.h"
#include "config/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	SLOTS_MAX = 65536,
	PAGE = 4096,                 /* of the file; the machine's may be larger */
	FEW = 32, CHUNK = 1024,      /* slots read at once: of a small file, of a large one */
	MODE = 0644,                 /* whoever may log in here may see who has */
	LOCK_MODE = 0600,            /* or anybody could hold it, and with it every login */
	BOOT = 40,
	TABLE = PAGE - SLOTS_TABLE_SIZE,
	LOCK_WITHIN = 10000,         /* ms; thousands who come at once have had their turn by
	                                then */
	TICK = 100000,               /* us after which one who waits looks at the clock */
	AGAIN = 16,                  /* looks at a slot that is just being written */
};

static const char magic[16] = "in.ftpd slots 2";

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

uint64_t slot_name(const char *text)
{
	return text != NULL ? hash_add(HASH_BEGIN, text, strlen(text)) | 1 : 0;
}

uint32_t slot_class(const char *text)
{
	uint64_t h = slot_name(text);

	return (uint32_t)(h ^ h >> 32) | (h != 0);
}

static uint64_t check_of(const struct slot *slot)
{
	uint64_t words[(offsetof(struct slot, check) - offsetof(struct slot,
	    since)) / sizeof(uint64_t)];
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

static void on_tick(int sig)
{
	(void)sig;
}

/*
 * In the order in which they come, and not for ever: somebody who was stopped while he held it
 * must not stop everybody. Returns 0 or -errno.
 */
static int wait_for_lock(int fd)
{
	static const struct itimerval ticks = { { 0, TICK }, { 0, TICK } };
	struct sigaction sa = { .sa_handler = on_tick }, before;     /* it restarts nothing */
	struct itimerval timer;
	int64_t end = clock_ms() + LOCK_WITHIN;
	int err;

	(void)sigaction(SIGALRM, &sa, &before);
	(void)setitimer(ITIMER_REAL, &ticks, &timer);
	do
		err = flock(fd, LOCK_EX) < 0 ? -errno : 0;
	while (err == -EINTR && clock_ms() < end);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	(void)sigaction(SIGALRM, &before, NULL);
	return err == -EINTR ? -ETIMEDOUT : err;
}

static int lock_file(int dir, const char *path, struct strbuf *why)
{
	struct stat st;
	int fd = statefile_open(dir, path, LOCK_MODE, &st, why), err = 0;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		err = errno == EWOULDBLOCK || errno == EINTR ? wait_for_lock(fd) : -errno;
	if (err == 0)
		return fd;
	strbuf_addf(why, "%s: %s", path, err == -ETIMEDOUT ? "somebody holds it for too long" :
	    strerror(-err));
	(void)close(fd);
	return err;
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

/* Returns 0 or -errno; what was written in part did not fit. */
static int put_at(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t k = pwrite(fd, bytes, n, at);

	return k < 0 ? -errno : k == (ssize_t)n ? 0 : -ENOSPC;
}

static bool header_fits(const struct header *h, const struct header *want, off_t size)
{
	return memcmp(h, want, offsetof(struct header, used)) == 0 && h->used <= SLOTS_MAX &&
	    size >= offset_of(h->used);
}

/* The header as it must be, or a file that is begun anew. */
static int settle_header(struct access *a, const char *path, struct strbuf *why)
{
	struct header want = { .size = sizeof(struct slot) };
	int err;

	memcpy(want.magic, magic, sizeof magic);
	read_boot(a->fd, want.boot);
	if (pread(a->fd, &a->header, sizeof a->header, 0) == sizeof a->header &&
	    header_fits(&a->header, &want, a->size))
		return 0;
	a->header = want;
	a->size = PAGE;
	err = ftruncate(a->fd, 0) < 0 || ftruncate(a->fd, PAGE) < 0 ? -errno :
	    put_at(a->fd, &want, sizeof want, 0);
	if (err < 0)
		strbuf_addf(why, "%s: %s", path, strerror(-err));
	return err;
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
	size_t n = statefile_name_at(s->path);
	bool apart = statefile_name_at(s->lock) != n || memcmp(s->lock, s->path, n) != 0;
	int dir = statefile_directory(s->path, why), other = apart ?
	    statefile_directory(s->lock, why) : dir;

	*a = (struct access){ .fd = -1, .lock = -1 };
	if (dir >= 0 && other >= 0)
		a->lock = lock_file(other, s->lock, why);
	if (a->lock >= 0)
		a->fd = statefile_open(dir, s->path, MODE, st, why);
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
	if (err == 0 && s->held && (st.st_dev != s->dev || st.st_ino != s->ino ||
	    s->number >= a->header.used))
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

static bool is_mine(const struct slots *s, const struct slot *slot)
{
	return living(slot) && slot->owner == s->mine.owner && slot->since == s->mine.since;
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

			n = pread(a->fd, slots, (left < chunk ? left : chunk) * sizeof *slots,
			    offset_of(i));
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
		if (s->held && i == s->number && is_mine(s, slot))
			f->mine = true;
		else if (change->see != NULL)
			change->see(change->arg, slot);
	}
	if (chunk > FEW)
		memory_unmap(slots, chunk * sizeof *slots);
	return n < 0 ? -EIO : 0;
}

/* Whether one's slot is where it was: then who sees nobody and takes none need not walk. */
static bool at_place(const struct slots *s, const struct access *a)
{
	struct slot slot;

	return s->held && pread(a->fd, &slot, sizeof slot, offset_of(s->number)) == sizeof slot &&
	    is_mine(s, &slot);
}

static int look(struct slots *s, const struct access *a, const struct slot_change *change,
    struct found *f)
{
	if (change->see != NULL || !at_place(s, a))
		return walk(s, a, change, f);
	*f = (struct found){ .end = a->header.used, .mine = true };
	return 0;
}

/* Never inlined: its room on the stack is for those who have a table to look at. */
__attribute__((noinline)) static int use_table(const struct access *a,
    const struct slot_change *change)
{
	unsigned char table[SLOTS_TABLE_SIZE];

	if (pread(a->fd, table, sizeof table, TABLE) != sizeof table)
		return -EIO;
	return change->table(change->arg, table) ? put_at(a->fd, table, sizeof table, TABLE) : 0;
}

/* A back end's library may have registered a list of its own since the last time. */
static int register_list(struct slots *s)
{
	return syscall(SYS_set_robust_list, &s->head, sizeof s->head) < 0 ? -errno : 0;
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
	/* empty first: at no moment does it lead to what is unmapped */
	s->head.list.next = &s->head.list;
	if (s->page != NULL)
		(void)munmap(s->page, (size_t)page);
	s->page = map;
	s->entry.next = (struct robust_list *)(void *)&s->head;
	s->head.futex_offset = (map + (at - from)) - (char *)&s->entry;
	s->head.list_op_pending = NULL;
	s->head.list.next = &s->entry;
	return register_list(s);
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
	int err = put_at(a->fd, slot, sizeof *slot, offset_of(s->number));

	if (err == 0 && used != a->header.used)
		err = put_at(a->fd, &used, sizeof used, offsetof(struct header, used));
	if (err < 0)
		return err;
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

	if (err == 0 && ((err = look(s, &a, change, &f)) < 0 || (change->table != NULL &&
	    (err = use_table(&a, change)) < 0)))
		strbuf_addf(why, "%s: %s", s->path, strerror(-err));
	if (err == 0 && (change->admit == NULL || change->admit(change->arg))) {
		slot.owner = (uint32_t)gettid();
		slot.check = check_of(&slot);
		err = f.mine ? register_list(s) : take(s, &a, &f);
		if (err == 0)
			err = store(s, &a, &slot, &f);
		if (err < 0)
			strbuf_addf(why, "%s: %s", s->path, strerror(-err));
	}
	leave(&a);
	return err;
}

/* The header of a file to read. 1: it is one of now; 0: it is not, or there is none. */
static int open_to_read(const char *path, struct access *a, struct strbuf *why)
{
	struct header want = { .size = sizeof(struct slot) };
	struct stat st;
	ssize_t n;

	a->fd = statefile_read(path, &st, why);
	if (a->fd < 0)
		return a->fd == -ENOENT ? 0 : a->fd;
	memcpy(want.magic, magic, sizeof magic);
	read_boot(a->fd, want.boot);
	n = pread(a->fd, &a->header, sizeof a->header, 0);
	if (n >= 0 && a->header.magic[0] == '\0')
		return 0;            /* just being made */
	if (memcmp(a->header.magic, magic, sizeof magic) == 0 &&
	    memcmp(a->header.boot, want.boot, sizeof want.boot) != 0)
		return 0;
	/* its size is asked for behind `used`, since it grows before that does */
	if (n == sizeof a->header && fstat(a->fd, &st) == 0 &&
	    header_fits(&a->header, &want, st.st_size))
		return 1;
	strbuf_addf(why, "%s: is damaged, or none of this version", path);
	return -EBADMSG;
}

/* A slot as it is once nobody is writing to it. */
static bool settled(int fd, unsigned number, struct slot *slot)
{
	for (unsigned i = 0; i < AGAIN; i++) {
		if (living(slot))
			return true;
		if ((slot->owner & FUTEX_TID_MASK) == 0 || (slot->owner & FUTEX_OWNER_DIED) != 0 ||
		    pread(fd, slot, sizeof *slot, offset_of(number)) != sizeof *slot)
			return false;
	}
	return false;
}

int slots_read(const char *path, void (*see)(void *arg, unsigned number, const struct slot *slot),
    void *arg, struct strbuf *why)
{
	struct access a = { .fd = -1, .lock = -1 };
	struct slot slots[FEW];
	int err = open_to_read(path, &a, why), seen = 0;

	for (unsigned i = 0; err > 0 && i < a.header.used; i++) {
		if (i % FEW == 0) {
			ssize_t n = pread(a.fd, slots, sizeof slots, offset_of(i));

			if (n < 0)
				n = 0;       /* as if it ended here: it may be begun anew just
				                now */
			memset((char *)slots + n, 0, sizeof slots - (size_t)n);
		}
		if (!settled(a.fd, i, &slots[i % FEW]))
			continue;
		see(arg, i, &slots[i % FEW]);
		seen++;
	}
	leave(&a);
	return err < 0 ? err : seen;
}
