#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/msg.h"
#include "config/condition.h"

struct monitor;
struct strbuf;

/*
 * Login policy: a name and the answers to prompts in, an identity or a refusal out.
 * One call is one whole attempt; prompts go through monitor_converse.
 */
enum login_verdict {
	LOGIN_GRANTED,               /* `id` is whom to become; PAM's session is open */
	LOGIN_REFUSED,               /* logged with its reason; `text` for the 530, "": the usual
	                                one */
	LOGIN_GONE,                  /* the conversation was left: another USER, the end, a
	                                timeout */
};

struct login_result {
	struct identity id;
	uint32_t groups[GROUPS_MAX_SENT];
	const struct context *base;  /* the <Anonymous> or the server */
	char text[TEXT_SIZE];
	char how[TEXT_SIZE];         /* who accepted: for the line of a success */
	bool no_links;               /* AllowChrootSymlinks off */
	bool root_uid;               /* RootLogin let a uid 0 in */
	bool wtmp, lastlog;          /* WtmpLog, UseLastlog */
	bool final;                  /* refused for good: no other attempt may follow */
	struct condition_set conditions;     /* merged for this user; the session merges the same */
};

/* Append a configured message, with %u replaced by `user`. */
void login_message(struct strbuf *out, const char *message, const char *user);
/* A name as one word of a log line, or "x: Login successful: root" would read as one. */
const char *login_name(const char *typed, struct strbuf *out);
/* The attempt that `USER name` begins (directives.md, 12, 19, 10.2, 11). */
enum login_verdict login_attempt(struct monitor *m, const char *name, struct login_result *out);
/*
 * What `USER name` would come to with the right password: all that login_attempt asks but the
 * password. NULL: granted, and `out` says whom to become; else the reason's word, `why` its line.
 * For a process that serves nobody and ends soon.
 */
const char *login_preview(struct monitor *m, const char *name, struct login_result *out,
    struct strbuf *why);
/*
 * The user's place was not reached (`why`), or was: write the auth line, wtmp; undo what was
 * opened.
 */
void login_failed(struct monitor *m, const struct login_result *r, const char *why);
void login_succeeded(struct monitor *m, const struct login_result *r);
/* After the session: close PAM's session, wtmp. */
void login_end(struct monitor *m);

#endif
