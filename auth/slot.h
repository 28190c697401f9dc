#ifndef AUTH_SLOT_H
#define AUTH_SLOT_H

#include "config/strbuf.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The file that tells monitors of each other: a header, and a slot of 64 bytes for each session
 * (directives.md, 20). A slot's first word is its monitor's thread id, on the monitor's robust
 * list: the kernel itself marks the word at any death, SIGKILL included, so that whether a session
 * lives is read, not asked, and nobody who may read the file can hold a slot. Of the mapped word
 * only the kernel makes use, so that no damage to the file can stop a monitor. The descriptor is
 * closed and the page unmapped in every child (MADV_DONTFORK): no session ever holds either.
 */
enum {
	SLOT_LOGGED_IN = 1, SLOT_ANONYMOUS = 2,
	/* the transfer command under way that limits and shares count */
	SLOT_RETR = 0x100, SLOT_STOR = 0x200, SLOT_APPE = 0x400, SLOT_STOU = 0x800,
	SLOT_TRANSFER = SLOT_RETR | SLOT_STOR | SLOT_APPE | SLOT_STOU,
};

/* What is compared. Names are hashes: they differ from slot to slot, and only equality counts. */
struct slot {
	uint32_t owner;              /* FUTEX_TID_MASK: the living monitor; else the slot is free */
	uint32_t state;              /* SLOT_… */
	uint64_t since;              /* clock_ms of the accept */
	uint64_t server, user;
	uint32_t class;
	uint32_t demand;             /* KB/s that it makes use of under a TransferRateTotal;
	                                UINT32_MAX: as much as it may have */
	uint8_t peer[16];            /* an IPv4 address is mapped */
	uint64_t check;              /* of all but the owner: what is damaged counts for nothing */
};

struct slots {
	const char *path, *lock;     /* NULL path: nobody counts */
	bool held;
	unsigned number;
	dev_t dev;
	ino_t ino;
	char *page;
	struct robust_list_head head;
	struct robust_list entry;
	struct slot mine;            /* as it stands in the file; zeroes before the first */
};

/* Behind the header, zeroed in a new file: entries of 16 bytes for what servers count together. */
enum { SLOTS_TABLE_SIZE = 4096 - 256 };

/* How one changes one's slot, under the file's lock. */
struct slot_change {
	struct slot slot;            /* what it is to be, made of slots.mine, so that what others
	                                set stays; owner and check are filled in */
	void (*see)(void *arg, const struct slot *other);    /* each other living session's; or
	                                                        NULL */
	/*
	 * the table, SLOTS_TABLE_SIZE bytes; true: it is written back, whatever `admit` says; or
	 * NULL
	 */
	bool (*table)(void *arg, unsigned char *table);
	bool (*admit)(void *arg);    /* whether it may be so, now that all were seen; or NULL */
	void *arg;
};

/*
 * Take a slot, or change the one that is held. Returns 1, 0 when `admit` said no (nothing has
 * changed then), or -errno with `why` when the file cannot be used: it is a link or no regular
 * file, belongs to somebody else, others may write to it or to its directory. A damaged one, and
 * one of another boot, is begun anew. There is nothing to give back: the end of the process does.
 */
int slots_change(struct slots *s, const struct slot_change *change, struct strbuf *why);

/*
 * Show each living session's slot with its number, the reader's own among them; no lock is taken
 * and nothing is changed, so that who may read the file may do it. Returns how many there were
 * (none where there is no file, or one of another boot), or -errno with `why`: it is no regular
 * file, belongs neither to root nor to whoever reads, others may write to it, or it is damaged.
 */
int slots_read(const char *path, void (*see)(void *arg, unsigned number, const struct slot *slot),
    void *arg, struct strbuf *why);

/* A name as slots hold it; 0: none. */
uint64_t slot_name(const char *text);
uint32_t slot_class(const char *text);

#endif
