#ifndef SESSION_TRANSFER_H
#define SESSION_TRANSFER_H

#include "session/copy.h"

struct cap;
struct context;
struct session;
struct throttle;

/*
 * What RETR, STOR, LIST and their kin have in common, from 150 to 226.
 * Every transfer_begin that returns 0 is followed by one transfer_end.
 */
struct transfer {
	const char *verb;            /* "RETR" … */
	const char *path;            /* canonical */
	const struct context *context;       /* whose TLSRequired holds */
	char direction;              /* of a file: 'i' stored, 'o' retrieved; 0: a listing */
	bool ascii;
	bool ours;                   /* the session itself writes the file, also under TLS */
	struct throttle *throttle;   /* the rate that it keeps to, then the same; NULL: none */
	bool quick;                  /* over at once: 150 may leave together with 226 */
	uint64_t size;               /* 0: unknown */
	uint64_t offset;             /* of the file, before the first byte that is moved */
	uint64_t most;               /* MaxStoreFileSize, for COPY_OVER's reply */
	const char *over;            /* the same of a quota; NULL: it was none */
	/* of an upload, at its end: */
	const char *moved;           /* where StoreMoveTo brought it (canonical); NULL or "":
	                                nowhere */
	uint64_t stored;             /* the size of its file */
};

/*
 * Have the data connection and say 150 with `text`: in this order, as every client expects
 * it, so that a failure is one reply; but TLS on it comes behind the 150 (RFC 4217), which then
 * leaves at once. Returns 0 or -errno, which data_refuse is to tell.
 */
int transfer_begin(struct session *s, const struct transfer *t, const char *text);
/*
 * Close the data connection, count and record a file's transfer, and reply: 226 with `text`
 * (NULL: "Transfer complete."), or what `result` calls for.
 */
void transfer_end(struct session *s, const struct transfer *t, const struct copy_result *result,
    const char *text);
/*
 * For the log: a MaxRetrieveFileSize or MaxStoreFileSize, with its line, refuses `size` bytes of a
 * file.
 */
void transfer_too_large(const struct session *s, const char *directive, const struct cap *cap,
    const char *path, uint64_t size);
/* The 150 leaves now at the latest: before anything is waited for. */
void transfer_release(struct session *s);
/* Whether TYPE A is in force for files (TransferOptions IgnoreASCII). */
bool transfer_ascii(const struct session *s);

#endif
