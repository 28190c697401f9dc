#ifndef CONFIG_QUOTA_H
#define CONFIG_QUOTA_H

#include "config/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Quotas, and the tables that hold them: those of ProFTPD's mod_quotatab_file, so that its files go
 * on counting here. A table is a magic number and records of one size, in the machine's byte order:
 * 	limits  u32 0x7626; of each: 81 bytes name, u32 kind, u8 per session, u32 1 hard or 2 soft,
 * 	        3 doubles (bytes in, out, both), 3 u32 (files); 0 and below: no limit
 * 	tallies u32 0x7644; of each: 81 bytes name, u32 kind, 3 doubles, 3 u32
 */
enum quota_kind { QUOTA_ALL = 10, QUOTA_USER = 20, QUOTA_GROUP = 30, QUOTA_CLASS = 40 };
enum quota_what {
	QUOTA_BYTES_IN, QUOTA_BYTES_OUT, QUOTA_BYTES_XFER,
	QUOTA_FILES_IN, QUOTA_FILES_OUT, QUOTA_FILES_XFER, QUOTA_WHATS
};
enum quota_table_type { QUOTA_LIMITS, QUOTA_TALLIES };
enum {
	QUOTA_NAME_SIZE = 81,
	QUOTA_HEADER = 4, QUOTA_LIMIT_SIZE = 126, QUOTA_TALLY_SIZE = 121, QUOTA_RECORD_MAX = 126,
};
/* A double counts bytes one by one up to here; more is as much. */
#define QUOTA_MOST ((uint64_t)1 << 53)
/* What a directory counts at most: how much it grows later is not counted either. */
enum { QUOTA_DIRECTORY_MOST = 4096 };
/*
 * Behind the records of a tally table a byte stands for each name of a file, QUOTA_TURNS of them:
 * who takes away what bears the name has it locked.
 */
#define QUOTA_TURN_AT ((off_t)1 << 40)
#define QUOTA_TURNS ((uint64_t)1 << 40)

/* A limit or a tally, whatever the table says it with. */
struct quota_record {
	char name[QUOTA_NAME_SIZE];
	enum quota_kind kind;
	bool per_session, hard;      /* of a limit */
	uint64_t n[QUOTA_WHATS];     /* a limit's 0: none */
};

/* What somebody is about to do, as far as quotas care. */
enum quota_op {
	QUOTA_TELL,                  /* nothing: the figures are asked for */
	QUOTA_STORE, QUOTA_APPEND,   /* append: to a file that is there, which makes no new one */
	QUOTA_RETRIEVE, QUOTA_MKDIR, QUOTA_OPS
};

/* What of a limit is used up for `op`: QUOTA_WHATS, nothing. Pure. */
enum quota_what quota_used_up(const struct quota_record *limit, const struct quota_record *tally,
    enum quota_op op);
/* "uploaded bytes" … */
const char *quota_what_name(enum quota_what what);
/* The size of a record, and the magic that stands before them. */
size_t quota_record_size(enum quota_table_type type);
uint32_t quota_magic(enum quota_table_type type);
/* Take a record. NULL, or what is wrong with it. Pure. */
const char *quota_parse(enum quota_table_type type, const unsigned char *bytes,
    struct quota_record *out);
/* Make its bytes, quota_record_size of them. Pure. */
void quota_format(enum quota_table_type type, const struct quota_record *r, unsigned char *bytes);
/* More of what is counted and less, in one: up to QUOTA_MOST or UINT32_MAX, from 0. Pure. */
void quota_change(struct quota_record *tally, enum quota_what what, uint64_t more, uint64_t less);
/* "User", "Group", "Class", "All". */
const char *quota_kind_name(enum quota_kind kind);
bool quota_parse_kind(const char *word, enum quota_kind *out);
/* "b", "byte", "Kb", "kilo" …, in any case: what a unit is shifted by. */
bool quota_parse_units(const char *word, unsigned *shift);
const char *quota_units(unsigned shift);
/* Append bytes in a unit, with two digits behind the point. */
void quota_amount(struct strbuf *out, uint64_t bytes, unsigned shift);

/* A table's file (quotafile.c). */
struct quota_table {
	enum quota_table_type type;
	const char *path;
	int fd;
	off_t size;
	dev_t dev;
	ino_t ino;
};

/*
 * Open a table, to be changed or only to be read. Only root or whoever runs this process may have
 * put it there or write to it: what is a link, no regular file, or damaged is refused. Returns 0 or
 * -errno, `why` naming the file.
 */
int quota_open(struct quota_table *t, enum quota_table_type type, const char *path, bool change,
    struct strbuf *why);
void quota_close(struct quota_table *t);
/*
 * The same trust for the file of QuotaLock, which is made where there is none. A descriptor or
 * -errno.
 */
int quota_open_lock(const char *path, struct strbuf *why);
/*
 * Lock `n` bytes from `at` on (0: to the end and beyond, but for QUOTA_TURN_AT), as fcntl(2) does
 * and ProFTPD, too; `change`: for nobody else to read or write. Nobody is waited for longer than
 * two seconds. Close unlocks. Returns 0 or -errno.
 */
int quota_lock(int fd, off_t at, off_t n, bool change);
/* Read the record at `at`. Returns 1, 0 at the end of the table, or -errno (`why`). */
int quota_read(struct quota_table *t, off_t at, struct quota_record *out, struct strbuf *why);
/*
 * The first record of this kind and name (for QUOTA_ALL any name), looked for at `*at` first, where
 * that is not 0. Returns 1 with `*at`, 0 when there is none (`*at`: where the next would be), or
 * -errno.
 */
int quota_find(struct quota_table *t, enum quota_kind kind, const char *name, off_t *at,
    struct quota_record *out, struct strbuf *why);
/*
 * Of several the first that has a record, in one walk over the table. As quota_find without a hint.
 */
struct quota_name {
	enum quota_kind kind;
	const char *name;            /* NULL: nobody's */
};
int quota_find_first(struct quota_table *t, const struct quota_name *names, size_t n, off_t *at,
    struct quota_record *out, struct strbuf *why);
/* The same for a record that is to be changed: it is locked, and read again behind the lock. */
int quota_find_locked(struct quota_table *t, enum quota_kind kind, const char *name, off_t *at,
    struct quota_record *out, struct strbuf *why);
/* Write one record, in one piece. At the end of the table it is new; lock the table before. */
int quota_write(struct quota_table *t, off_t at, const struct quota_record *r, struct strbuf *why);

#endif
