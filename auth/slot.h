#ifndef AUTH_SLOT_H
#define AUTH_SLOT_H

#include "config/strbuf.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The file that tells monitors of each other: a header, and a slot of 64 bytes for each session
 * (directives.md, 20). A slot's first word is its monitor's thread id, on the monitor's robust list:
 * the kernel itself marks the word at any death, SIGKILL included, so that whether a session
 * lives is read, not asked, and nobody who may read the file can hold a slot. Of the mapped word
 * only the kernel makes use, so that no damage to the file can stop a monitor. The descriptor is
 * closed and the page unmapped in every child (MADV_DONTFORK): no session ever holds either.
 */
enum { SLOT_LOGGED_IN = 1, SLOT_ANONYMOUS = 2 };

/* What is compared. Names are hashes: they differ from slot to slot, and only equality counts. */
struct slot {
	uint32_t owner;              /* FUTEX_TID_MASK: the living monitor; else the slot is free */
	uint32_t state;              /* SLOT_… */
	uint64_t since;              /* clock_ms of the accept */
	uint64_t server, user, class;
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
	struct slot mine;
};

/* How one changes one's slot, under the file's lock. */
struct slot_change {
	struct slot slot;            /* what it is to be; owner and check are filled in */
	void (*see)(void *arg, const struct slot *other);    /* each living session's; or NULL */
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

/* A name as slots hold it; 0: none. */
uint64_t slot_name(const char *text);

#endif
