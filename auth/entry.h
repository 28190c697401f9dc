#ifndef AUTH_ENTRY_H
#define AUTH_ENTRY_H

#include "config/strbuf.h"

#include <stdbool.h>

/* One entry of an AuthUserFile or AuthGroupFile, changed in the file's text. */

enum entry_action {
	ENTRY_ADD,
	ENTRY_CHANGE,      /* the fields that are given */
	ENTRY_PASSWORD,    /* the hash; a locked account stays locked */
	ENTRY_DELETE,
	ENTRY_LOCK,        /* '!' in front of the hash */
	ENTRY_UNLOCK,
};

enum entry_field {
	ENTRY_NAME, ENTRY_HASH, ENTRY_UID, ENTRY_GID, ENTRY_GECOS, ENTRY_HOME, ENTRY_SHELL,
	ENTRY_MEMBERS, ENTRY_FIELDS
};

struct entry_change {
	enum entry_action action;
	bool group;
	const char *path;                   /* for messages alone */
	const char *fields[ENTRY_FIELDS];   /* NULL: as it is; ENTRY_ADD needs all but the
	                                       members */
	const char *join, *leave;           /* members, commas between; "" for none */
	void (*note)(const char *text);     /* what should be known, and is no error; may be NULL */
};

/*
 * Append `n` bytes at `text`, with the change made, to `out`: every other line stays as it is, byte
 * by byte. False when it can't be made, with the reason in `why`, beginning with file and line.
 * Pure.
 */
bool entry_edit(const struct entry_change *c, const char *text, size_t n, struct strbuf *out,
    struct strbuf *why);

#endif
