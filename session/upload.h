#ifndef SESSION_UPLOAD_H
#define SESSION_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct cap;
struct context;
struct copy_result;
struct session;
struct strbuf;

enum store { STORE_PLAIN, STORE_APPEND, STORE_UNIQUE };

/* One upload, from the checks to its end. */
struct upload {
	enum store how;
	const char *arg;             /* the name, as the client knows it */
	const char *path;            /* where it is to be in the end */
	const char *place;           /* where it is written: `path`, or HiddenStores' temporary */
	const struct context *context;
	bool exists, hidden, overwrite, may_restart;
	bool created;                /* the file at `place`, by us */
	bool gone;                   /* … and we removed it */
	bool lost;                   /* its name led elsewhere by the end: ratios */
	bool shared;                 /* another session is storing it: ratios, quotas */
	uint64_t old_size;           /* of the file of that name, for the same; 0: there was none */
	uint64_t offset;             /* REST */
	const struct cap *cap;       /* MaxStoreFileSize; NULL: none */
	bool give, sticky;           /* UserOwner, GroupOwner: to be given; in a sticky directory */
	bool moves;                  /* StoreMoveTo: to be brought elsewhere once it is whole */
	struct strbuf *moved;        /* … where it is then; empty: it is not */
	bool counted, over_quota;    /* quotas count it; its room ran out */
	bool begun;                  /* its old content has given way */
	uint64_t opened;             /* the size of the file at `place`, before anything was
	                                stored */
	bool unsure;                 /* who else took away what was at `place` cannot be told */
	bool frees;                  /* what it replaced or took away is this session's to have
	                                back */
	int file;
	struct stat st;              /* of `file` as it was opened, at last as it was closed */
	const struct stat *old;      /* of what was at `path` before, if it `exists` */
};

/*
 * What ratios and quotas make of it (uploadcount.c), in the order in which they are asked.
 */
/* Whether quotas let it begin. False: it was told. */
bool upload_allowed(struct session *s, struct upload *u, const struct stat *st);
/* What of the file stays before the first byte comes, `st` being what was there if it exists. */
uint64_t upload_kept(const struct upload *u, const struct stat *st);
/* Whether any of them counts it. */
bool upload_is_counted(const struct upload *u);
/* The same bytes are not to be stored twice at a time, as credit for two: the first one has it. */
void upload_claim(struct upload *u);
/* quota_turn for the upload at `path`, where it is counted; until quota_turn_over. */
void upload_turn(struct session *s, struct upload *u, const char *from, const char *path,
    struct stat *st);
/*
 * What gives way, once the data connection stands: others may have stored it meanwhile, and until
 * quota_turn_over none does.
 */
void upload_measure(struct session *s, struct upload *u);
/* What gives way to a hidden upload, `st` being the latest of it. */
void upload_replaces(struct session *s, struct upload *u, const struct stat *st);
/* What it has made of the file of that name, for ratios. */
void upload_count_credit(struct session *s, const struct upload *u, const struct copy_result *r);
/*
 * What it has made of the disk's room, for quotas, before anybody is told that it is stored. What
 * was taken away again because of a quota was no transfer either. What cannot be counted fails.
 */
void upload_count_room(struct session *s, const struct upload *u, struct copy_result *r);

#endif
