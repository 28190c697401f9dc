#ifndef SESSION_RATIO_H
#define SESSION_RATIO_H

#include "config/ratio.h"

#include <stdbool.h>
#include <stdint.h>

struct context;
struct identity;
struct session;
struct strbuf;

/*
 * Ratios of a session (directives.md, 1.11; FAQ 4.12): what it may fetch for what it has stored.
 * Where the context that rules over a path does not say `Ratios on` all of these return at once.
 * Counters end with the session, or (SaveRatios) its monitor keeps them.
 */
struct ratio {
	struct ratio_counts own;     /* what ends with this session */
	struct ratio_counts kept;    /* where they are kept: of the monitor's latest answer */
	const char *email;           /* of an anonymous user, where an AnonRatio asks for it; else
	                                NULL */
	bool taken;                  /* a download runs, and `bytes` of it were counted in
	                                advance */
	uint64_t bytes;
};

/* Who it is: before anything is asked for. */
void ratio_begin(struct session *s, const struct identity *id);
/*
 * Whether `bytes` of a file may be fetched; they are counted from now on, and until ratio_sent
 * tells how many they were. False: it was told.
 */
bool ratio_allows(struct session *s, const struct context *c, const char *arg, uint64_t bytes);
/* The download (of the same context) is over, `bytes` of it were sent; or it never began. */
void ratio_sent(struct session *s, const struct context *c, bool complete, uint64_t bytes);

/* What an upload, DELE or RNTO does to a file; sizes 0 where there is none. */
struct ratio_change {
	bool existed, exists;
	uint64_t before, after;
};
/*
 * Credit is for what stays: by how much a file has grown, and for a new one (`complete`: an upload
 * that is not gives none). What is made smaller or removed takes its credit back.
 */
void ratio_changed(struct session *s, const struct context *c, bool complete,
    const struct ratio_change *change);

/*
 * Whether nothing of `from` may be renamed to `to`: it could be fetched there for nothing, or
 * deleted without giving its credit back.
 */
bool ratio_binds(struct session *s, const struct context *from, const struct context *to);

/*
 * A line of a reply that is to follow: at the login (230), behind a transfer (226), at CWD (250).
 */
void ratio_login(struct session *s, unsigned code);
void ratio_transfer(struct session *s, const struct context *c);
void ratio_chdir(struct session *s, const struct context *c);

#endif
