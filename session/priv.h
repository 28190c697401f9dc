#ifndef SESSION_PRIV_H
#define SESSION_PRIV_H

#include "auth/msg.h"

struct addr;
struct session;

/*
 * What a session asks its monitor: one function a request (auth/msg.h). The monitor's end
 * of file ends the session at once (priv functions then do not return).
 */

/* Login. Both return PRIV_PROMPT, PRIV_REFUSED or PRIV_GRANTED; `text` is the prompt or refusal. */
struct priv_login {
	bool anonymous;              /* PRIV_PROMPT: an e-mail address is asked for */
	bool final;                  /* PRIV_REFUSED: the session ends after the 530 */
	char text[TEXT_SIZE];
};
enum priv_answer priv_user(struct session *s, const char *name, struct priv_login *out);
enum priv_answer priv_secret(struct session *s, const char *secret, struct priv_login *out);
/* Leave everything to the second session. The caller exits then. */
void priv_handover(struct session *s);
/* Second session: tell that the user's place was reached, or why not; wait for the first one's legacy. */
void priv_ready(struct session *s, const char *jail, const char *start);
void priv_await_go(struct session *s, struct handover *h);
/* A connected socket from port L-1 to the address. Returns a descriptor or -errno. */
int priv_active(struct session *s, const struct addr *target);
/* The name of a uid or gid, or its number; from a cache. The text stays good until the next call. */
const char *priv_name(struct session *s, bool group, uint32_t id);
/* A line for the transfer log; nothing is sent where nobody wants it. */
void priv_transfer(struct session *s, const struct transfer_record *t);
/* What the session does now, for ps. */
void priv_state(struct session *s, const char *text);
/* The log's way to the monitor (log_to_monitor). */
void priv_log(void *session, int level, bool auth, const char *text);

#endif
