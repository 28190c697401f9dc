#ifndef SESSION_RECORD_H
#define SESSION_RECORD_H

#include "auth/msg.h"

struct command;
struct copy_result;
struct session;
struct transfer;

/*
 * The record of the command that runs, for ExtendedLog (PRIV_COMMAND). `on` only where an
 * ExtendedLog wants the command's class; else all of these return at once, and nothing is kept or
 * sent.
 */
struct record {
	bool on;
	int64_t began;               /* clock_ms */
	int64_t replied;
	struct command_record is;    /* its texts: the command's line, and */
	char verb[VERB_SIZE];
	char text[TEXT_SIZE], path[PATHNAME_SIZE], from[PATHNAME_SIZE];
};

/*
 * A command begins; `c` NULL: one that no table has. `verb` of `n` bytes is as the client wrote it.
 */
void record_begin(struct session *s, const struct command *c, const char *verb, size_t n,
    const char *arg);
/* It is that SITE command. */
void record_site(struct session *s, const struct command *c, const char *arg);
/* The last line of a reply left: its text. */
void record_reply(struct session *s, unsigned code, const char *text, size_t n);
/* The canonical path that it names, inside the root. */
void record_path(struct session *s, const char *path);
/*
 * An upload into `file`, from `offset` on, has come to its end; `existed`: the file was there
 * before.
 */
void record_stored(struct session *s, int file, bool existed, uint64_t offset);
/*
 * A STAT runs within a transfer, whose record is put aside, or the client would hide it from the
 * log. NULL: there is none. record_back takes it, and frees it.
 */
struct record *record_aside(struct session *s);
void record_back(struct session *s, struct record *aside);
/* A data connection stands; the transfer is over. */
void record_connected(struct session *s);
void record_transfer(struct session *s, const struct transfer *t, const struct copy_result *r);
/* The command has ended: send its record. */
void record_end(struct session *s);
/* The login that the session before this one was asked for: it could not know how that ended. */
void record_login(struct session *s, unsigned code, const char *text);

#endif
