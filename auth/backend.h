#ifndef AUTH_BACKEND_H
#define AUTH_BACKEND_H

#include "auth/monitor.h"
#include "config/config.h"
#include "config/strbuf.h"

/*
 * Where accounts and passwords come from: one table of back ends (AuthOrder), and the attempt that
 * they are asked about.
 */

/* The closed list of reasons for a refusal; their words are in reason.c. */
enum login_reason {
	REASON_NONE, REASON_UNKNOWN_USER, REASON_BAD_PASSWORD, REASON_EMPTY_PASSWORD,
	REASON_LONG_PASSWORD, REASON_REJECTED_PASSWORD, REASON_BAD_ADDRESS, REASON_ALIAS_ONLY,
	REASON_ROOT, REASON_PAM,
	REASON_EXPIRED, REASON_LOCKED, REASON_SHELL, REASON_FTPUSERS, REASON_LIMIT, REASON_WRAPPERS,
	REASON_INVALID_ID, REASON_NOT_THIS_UID, REASON_NEEDS_ROOT, REASON_NO_HOME, REASON_JAIL,
	REASON_TLS, REASON_PROTOCOL, REASON_COUNT, REASON_HOURS,
	REASONS
};

/* The word of a reason, for the line of the refusal. */
const char *login_word(enum login_reason reason);
/* The line of a refusal, at `level` of syslog: whom it named, the reason's word, and `why`. */
void login_refused(int level, const char *typed, enum login_reason reason, const char *why);

/* An account as a source knows it. */
struct account {
	enum auth_source source;
	uint32_t uid, gid;
	char name[USER_SIZE];
	char home[PATHNAME_SIZE];
	char shell[PATHNAME_SIZE];
};

/* The groups of an account: ids for the kernel, names for group expressions. */
struct group_set {
	uint32_t *ids;               /* room for GROUPS_MAX_SENT */
	size_t n, beyond;            /* beyond: what found no room */
	const char **names;          /* room for GROUPS_MAX_SENT, in the configuration's arena; or
	                                NULL */
	size_t nnames;
};

enum { HASH_SIZE = 384 };            /* the longest that crypt(3) makes */

/* One attempt, from USER to the verdict. Wiped at its end. */
struct attempt {
	struct monitor *m;
	const struct context *base;  /* the <Anonymous> or the server */
	const char *name;            /* the account whose password counts */
	char secret[SECRET_SIZE];
	bool asked;                  /* `secret` is there */
	bool prompted;               /* the client was asked something */
	bool gone;                   /* the conversation was left */
	enum login_reason reason;    /* of the last source that said no */
	char owed[2][HASH_SIZE];     /* hashes to compute should it end in a refusal: attempt_owe */
	size_t nowed;
	const struct backend *by;    /* who accepted; NULL: UserPassword, or nobody was asked */
	bool pam_refused;            /* whoever accepted */
	char pam_text[TEXT_SIZE];    /* what PAM said then */
	struct strbuf trail;         /* who was asked and said what: for the log */
};

enum backend_answer {
	BACKEND_ACCEPTED,
	BACKEND_REFUSED,             /* `reason` and `trail` say why */
	BACKEND_UNKNOWN,             /* no such name here, after the same work */
	BACKEND_GONE,
};

struct backend {
	const char *module;          /* its name in AuthOrder and in the log */
	/* Whether the secret is the name's; asks for it with attempt_secret. */
	enum backend_answer (*verify)(struct attempt *a);
	/* The account of `name`; false: not known here. NULL: this source has no account data. */
	bool (*account)(const struct monitor *m, const char *name, struct account *out);
	/* The account's groups; names only when `names` is there. */
	void (*groups)(const struct monitor *m, const struct account *acc, struct group_set *out);
};

extern const struct backend backends[];     /* by enum auth_source */

/* Ask for the password by the usual prompt, once in an attempt. False when the client is gone. */
bool attempt_secret(struct attempt *a);
/* Ask something else, or for the first time with words: a back end's own prompt. */
bool attempt_ask(struct attempt *a, const char *prompt, char *secret, size_t size);
/* MaxPasswordSize: a longer answer fails, and nothing is computed from it. */
bool attempt_too_long(struct attempt *a, const char *secret);
/*
 * This source does not know the name. Should nobody know it, as much work is done in the end as
 * for a known one, by `hash` or, when that is NULL, one of the usual cost.
 */
void attempt_owe(struct attempt *a, const char *hash);
/* Say no, with what the log should tell. */
enum backend_answer attempt_refused(struct attempt *a, enum login_reason reason, const char *text);

/* Copy the texts of an account. False when one does not fit: a shortened home is another one. */
bool account_texts(struct account *acc, const char *name, const char *home, const char *shell);
/*
 * Whether the client knows the password of `a->name`: UserPassword, else the sources of AuthOrder
 * (directives.md, 19.3). BACKEND_UNKNOWN: none of them knows the name.
 */
enum backend_answer attempt_verify(struct attempt *a);
/*
 * Whether `a->name`, an account of `source`, may be used by whom a certificate vouches for: what
 * those sources say of it that would say so with the right password, PAM's account phase or
 * shadow(5).
 */
enum backend_answer attempt_vouched(struct attempt *a, enum auth_source source);

/*
 * The account data of `name`: of the first source in AuthOrder that knows it (directives.md, 19.2).
 */
bool account_find(const struct monitor *m, const char *name, struct account *out);
/* The groups of an account; `service`: it is an <Anonymous>'s User. Names when `names` is there. */
void account_groups(const struct monitor *m, const struct account *acc, bool service,
    struct group_set *out);
/* The id of a group's name, of the same sources. */
bool group_find(const struct monitor *m, const char *name, uint32_t *gid);
/* PAM is built in and not switched off. */
bool pam_is_on(const struct context *server);
/* Add to a set; what has no room is counted. `name` may be NULL. */
void group_add(const struct monitor *m, struct group_set *set, uint32_t id, const char *name);
void group_name_add(const struct monitor *m, struct group_set *set, const char *name);

/* pam.c */
enum backend_answer pam_verify(struct attempt *a);
/* The account phase alone; pam_open may follow, as behind pam_verify. */
enum backend_answer pam_account(struct attempt *a);
/*
 * Open the session of the user whom pam_verify accepted; no effect when it did not. Returns 0 or
 * -EACCES.
 */
int pam_open(struct login *l, struct strbuf *why);
/* End what there is of it; `unload`: give the library's memory back, too. */
void pam_close(struct login *l, bool unload);

/* authfile.c */
enum backend_answer file_verify(struct attempt *a);
bool file_account(const struct monitor *m, const char *name, struct account *out);
void file_groups(const struct monitor *m, const struct account *acc, struct group_set *out);
bool file_group(const struct monitor *m, const char *name, uint32_t *gid);

/* unix.c */
enum backend_answer unix_verify(struct attempt *a);
/* Whether the account, or its password, has expired. */
enum backend_answer unix_open(struct attempt *a);
bool unix_account(const struct monitor *m, const char *name, struct account *out);
void unix_groups(const struct monitor *m, const struct account *acc, struct group_set *out);
bool unix_group(const struct monitor *m, const char *name, uint32_t *gid);
/* Add the name of a group, when names are wanted and it has one. */
void unix_group_name(const struct monitor *m, uint32_t gid, struct group_set *out);
/* The groups of a service's account (an <Anonymous>'s User), quickly where that is the same. */
void unix_groups_of_service(const struct monitor *m, const struct account *acc,
    struct group_set *out);

/* What outlives an attempt: monitor.h's `login`. */
struct pam;
struct login {
	struct pam *pam;             /* pam.c's own */
	bool in_wtmp;
};

#endif
