#ifndef AUTH_LIVE_H
#define AUTH_LIVE_H

#include "auth/msg.h"
#include "auth/slot.h"

/*
 * What a session does, in words, beside its slot: <ScoreboardFile>.who, one record a slot, written
 * by the session's monitor alone and readable by nobody else but root. What is in a text came from
 * a client or a configuration: whoever shows it must escape it. A record belongs to a slot whose
 * owner and `since` it names; any other, and one that does not add up, is as if there were none.
 */
enum { LIVE_TLS = 1 };
enum { LIVE_PATH = 504 };

struct live {
	uint64_t check;              /* of all that follows */
	uint64_t since;
	uint32_t owner;
	uint32_t flags;              /* LIVE_… */
	int64_t login;               /* clock_ms, as all times; 0: nobody is logged in */
	int64_t began;               /* what it does now */
	int64_t heard;               /* when the session said so */
	uint64_t bytes, size, offset;        /* of a transfer: moved so far; of all, 0: unknown;
	                                        REST */
	uint64_t bytes_in, bytes_out;        /* of the session's files, those that are under way
	                                        not */
	uint32_t files_in, files_out;
	uint8_t local[16];           /* as slot.peer */
	uint32_t port;
	uint32_t doing;              /* enum doing */
	char server[96], peer_name[96];      /* "": none is known */
	char class[40], account[72], typed[72];      /* typed "": as the account */
	char verb[VERB_SIZE];
	char path[LIVE_PATH];        /* its argument, or where it is: the end of what is too long */
};

/*
 * Put a text into one of these fields: its beginning; or, of what is too long, "..." and its end.
 */
void live_text(char *to, size_t size, const char *text);
void live_tail(char *to, size_t size, const char *text);
/* An address as slots and records hold it, and back; its port is left 0. */
void live_address(uint8_t out[16], const struct addr *a);
void live_address_back(struct addr *a, const uint8_t in[16]);

/*
 * Write the record of `s`'s slot: check, since and owner are filled in. Returns 0, or -errno with
 * `why`.
 */
int live_write(const struct slots *s, struct live *l, struct strbuf *why);

/* Open the records of a ScoreboardFile, to read. Returns a descriptor, or -errno with `why`. */
int live_open(const char *scoreboard, struct strbuf *why);
/* The record of a slot that slots_read has shown. False: there is none that can be trusted. */
bool live_read(int fd, unsigned number, const struct slot *slot, struct live *l);

#endif
