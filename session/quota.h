#ifndef SESSION_QUOTA_H
#define SESSION_QUOTA_H

#include "auth/msg.h"

#include <sys/stat.h>

struct session;
struct strbuf;

/*
 * Quotas (QuotaEngine) as the session keeps to them: what it asks its monitor before a transfer,
 * and what it tells behind one. Where the engine is off nothing is asked and nothing is held.
 */
struct quota {
	struct quota_told told;      /* of the latest question */
	bool reserves;               /* an upload runs whose room is counted ahead */
	bool reached;                /* … and there was no more room */
	bool failed;                 /* … or nobody could say whether there is */
	uint64_t granted;            /* bytes that it may have */
	uint64_t base;               /* … of which so many were there, where they did not count */
	bool turn;                   /* the session alone takes away what is counted now */
	bool holds;                  /* `old` is an O_PATH descriptor of what it takes away */
	int old;
	bool no_turn;                /* … or others may, too: nothing is given back for it */
};

/* Whether there are quotas: the engine is on, and somebody logged in. */
bool quota_on(const struct session *s);
/*
 * Whether what happens to a canonical path is counted: the engine is on, QuotaExcludeFilter is not
 * its.
 */
bool quota_counts(struct session *s, const char *path);
/*
 * Before `op` on a path, or to create it: whether there is room, for `bytes` more where they are
 * known. False: it was told (552, of a retrieval 451). Behind a true for a transfer comes
 * quota_used, since its file and a download's bytes are counted ahead, or quota_dropped where
 * nothing came of it.
 */
bool quota_allows(struct session *s, enum quota_op op, const char *path, const char *arg,
    uint64_t bytes);
void quota_dropped(struct session *s);
/* The same before a directory is made, which counts under QuotaDirectoryTally alone. */
bool quota_allows_directory(struct session *s, const char *path, const char *arg);
/* Whether an upload must pass through the session, since its room is counted ahead. */
bool quota_reserves(const struct session *s);
/*
 * How long the file's new part may become, `bytes` of it being about to be there and `most` what
 * else bounds it. Room is asked for as it is needed, so that of many uploads none overruns what all
 * share.
 */
uint64_t quota_room(struct session *s, uint64_t bytes, uint64_t most);
/* Before its first byte: `bytes` that are there already come to count with what is new. */
void quota_begin_at(struct session *s, uint64_t bytes);
/* Whether quota_room gave less than was wanted, and what is to be said then. */
bool quota_reached(const struct session *s);
/* Whether it did so because the tables cannot be used. */
bool quota_failed(const struct session *s);
void quota_text(const struct session *s, struct strbuf *out);
/* Count what was done; room that is left is given back. Returns 0 or -errno. */
int quota_used(struct session *s, const struct quota_use *use);
/*
 * Before what bears a counted name is removed, replaced, cut or (`from`, else NULL) renamed to it,
 * and behind that: no other session does any of it in between, so that a file's room is given back
 * once. `st`, unless NULL, is looked at again, its st_nlink being 0 where nothing bears the name.
 */
void quota_turn(struct session *s, const char *from, const char *path, struct stat *st);
void quota_turn_over(struct session *s);
/* The same of a directory, which counts under QuotaDirectoryTally alone. */
void quota_turn_directory(struct session *s, const char *path, struct stat *st);
/* Within a turn with `st`: whether what bore the name bears none any more. */
bool quota_gave_way(const struct session *s);
/*
 * Within a turn with `st`: what bore the name went by DELE, RNTO or RMD, `c` being its section.
 * Within a turn, behind quota_allows_directory: MKD made its directory, or did not.
 */
void quota_removed(struct session *s, const struct context *c, const char *path,
    const struct stat *st);
void quota_made(struct session *s, const char *path, bool made);
/*
 * Whether the room of a file that was there is the session's to have back, `c` being its section
 * and the record that applies known: not where it was another user's to count.
 */
bool quota_is_ours(const struct session *s, const struct context *c, const struct stat *st);
/*
 * Before RNTO: what leaves the names that QuotaExcludeFilter excepts is counted from then on, and
 * needs room; a directory of such names, which nobody has counted, stays. False: it was told (552,
 * 550). Behind a true comes quota_moved, `done` saying whether it was renamed.
 */
bool quota_allows_move(struct session *s, const char *from, const char *to, const char *arg,
    struct quota_use *use);
void quota_moved(struct session *s, const struct quota_use *use, bool done);
/* The bytes that an upload may still bring; UINT64_MAX: no quota bounds it. For AVBL and ALLO. */
uint64_t quota_left(struct session *s, const char *path);
/*
 * %{mod_quotatab.…}: append the value of `name`, without the beginning. False: there is none of it.
 */
bool quota_variable(struct session *s, const char *name, struct strbuf *out);
/* Whether SITE QUOTA is there. */
bool quota_shown(const struct session *s);
/* QuotaOptions ScanOnLogin, QuotaEngine being on: count the start directory anew (quotascan.c). */
void quota_scan(struct session *s);

#endif
