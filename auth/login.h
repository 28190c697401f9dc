#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/msg.h"
#include "config/condition.h"

struct monitor;

/*
 * Login policy: a name and the answers to prompts in, an identity or a refusal out.
 * One call is one whole attempt; prompts go through monitor_converse.
 */
enum login_verdict {
	LOGIN_GRANTED,               /* `id` is whom to become; PAM's session is open */
	LOGIN_REFUSED,               /* logged with its reason; `text` for the 530, "": the usual one */
	LOGIN_GONE,                  /* the conversation was left: another USER, the end, a timeout */
};

struct login_result {
	struct identity id;
	uint32_t groups[GROUPS_MAX_SENT];
	const struct context *base;  /* the <Anonymous> or the server */
	char text[TEXT_SIZE];
	bool no_links;               /* AllowChrootSymlinks off */
	bool root_uid;               /* RootLogin let a uid 0 in */
	bool final;                  /* refused for good: no other attempt may follow */
	struct condition_set conditions;     /* merged for this user; the session merges the same */
};

/* The attempt that `USER name` begins (directives.md, 12, 19, 10.2, 11). */
enum login_verdict login_attempt(struct monitor *m, const char *name, struct login_result *out);
/* The user's place was not reached (`why`), or was: write the auth line, wtmp; undo what was opened. */
void login_failed(struct monitor *m, const struct login_result *r, const char *why);
void login_succeeded(struct monitor *m, const struct login_result *r);
/* After the session: close PAM's session, wtmp. */
void login_end(struct monitor *m);

#endif
