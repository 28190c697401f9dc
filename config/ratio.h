#ifndef CONFIG_RATIO_H
#define CONFIG_RATIO_H

#include "config/context.h"
#include "config/subject.h"

#include <stdbool.h>
#include <stdint.h>

struct config;

/*
 * mod_ratio's directives (directives.md, 1.11), and the arithmetic that a session and its monitor
 * share: the one counts what ends with it, the other what is kept (SaveRatios).
 */

enum { RATIO_FACTOR_MAX = 1000000 };
#define RATIO_CREDIT_MAX (INT64_C(1) << 53)
#define RATIO_COUNT_MAX ((uint64_t)INT64_MAX)        /* where counters stay */

/*
 * HostRatio, AnonRatio, UserRatio, GroupRatio: key file-ratio file-credit byte-ratio byte-credit.
 */
struct ratio_rule {
	const struct ratio_rule *next;       /* of its context, in file order */
	const struct ratio_rule *older;      /* all of the configuration, each with its number,
	                                        by */
	uint32_t number;                     /* which a session names it to its monitor; from 1 */
	enum directive_id id;
	const char *key;
	int32_t files, bytes;                /* 0: unchecked; negative: uploads for one download */
	int64_t file_credit, byte_credit;
	struct origin where;
	bool used;                           /* ratio_check's own */
};

/* RatioFile. */
struct ratio_file {
	const struct ratio_file *older;
	uint32_t number;                     /* from 1 */
	const char *path;
	bool told;                           /* ratio_check's own */
};

/* What a context sets of these. */
struct ratio_settings {
	const struct ratio_rule *rules;
	struct ratio_rule *last;             /* of them */
	const struct ratio_file *file;
	const char *file_msg, *byte_msg, *leech_msg, *cwd_msg;
};

/* What went through, at most RATIO_COUNT_MAX each. */
struct ratio_counts {
	uint64_t files_up, bytes_up, files_down, bytes_down;
};

enum ratio_verdict { RATIO_GOOD, RATIO_FILES, RATIO_BYTES, RATIO_VERDICTS };

/*
 * What may still be fetched: ratio × up + credit − down, or up / |ratio| + credit − down when the
 * ratio is negative; the nearest that 64 bits hold. `up` and `down` at most RATIO_COUNT_MAX,
 * `ratio` and `credit` within their bounds. Pure.
 */
int64_t ratio_left(int32_t ratio, int64_t credit, uint64_t up, uint64_t down);
/*
 * Whether a file of `bytes` may be fetched (rule NULL: any may); if so it is counted as fetched
 * already, so that nobody else can spend the same credit. Pure.
 */
enum ratio_verdict ratio_take(struct ratio_counts *n, const struct ratio_rule *rule,
    uint64_t bytes);
/*
 * Of what ratio_take counted: `bytes` were not sent, and it was no download at all where `file`.
 * Pure.
 */
void ratio_give_back(struct ratio_counts *n, bool file, uint64_t bytes);
/* Bytes, and maybe a file, were stored; or taken away again, with the credit for them. Pure. */
void ratio_stored(struct ratio_counts *n, bool file, uint64_t bytes);
void ratio_removed(struct ratio_counts *n, bool file, uint64_t bytes);

/*
 * The rule that holds for who asks: of the hosts', then the anonymous users' (`email`; NULL: he is
 * none), then the users', then the groups' lines the first that matches, inner sections before
 * outer ones. NULL: none, he is only counted.
 */
const struct ratio_rule *ratio_for(const struct context *c, struct subject *who, const char *email);
/* Where the counters are kept; NULL: they end with the session. */
const struct ratio_file *ratio_file_for(const struct context *c);
/* One of the four texts, or NULL. */
const char *ratio_text(const struct context *c, enum directive_id id);
/* By its number; NULL: there is none. */
const struct ratio_rule *ratio_rule_at(const struct config *c, uint32_t number);
const struct ratio_file *ratio_file_at(const struct config *c, uint32_t number);
/* Whether an AnonRatio stands anywhere: else nobody's address need be known. */
bool ratio_asks_email(const struct config *c);

#endif
