#ifndef AUTH_TALK_H
#define AUTH_TALK_H

#include "auth/login.h"
#include "auth/monitor.h"

/*
 * The monitor's side of the boundary: what it knows of the conversation, and the one
 * place that waits for a session. Within auth/ only.
 */

/* When a request is in order; a row of the table names the phases it may come in. */
enum phase {
	PRE_LOGIN = 1,               /* the first session reads commands, a user was named */
	PROMPTING = 2,               /* a back end waits for an answer */
	SECOND_START = 4,            /* the second session tries to become the user */
	HANDING_OVER = 8,            /* the first session leaves */
	POST_LOGIN = 16,             /* the second session reads commands */
	REFUSED = 32,                /* the last attempt failed: nothing but the end is in order */
	UNNAMED = 64,                /* as PRE_LOGIN, and no user was named: no back end has run */
	ANY_PHASE = 127,
};

struct talk {
	enum phase phase;
	unsigned calls[PRIV_REQUESTS];
	bool over;                   /* nothing more is served */
	const char *reason;          /* why, when the session itself told none */
	bool violated;               /* the boundary was crossed */
	bool kill;                   /* the sessions are killed, not waited for */
	int64_t kill_at;             /* SIGTERM was passed on; 0: it was not */

	/* login: what the messages brought */
	bool user_waiting;           /* `user` was named and no attempt made yet */
	char user[USER_SIZE];
	char *secret;                /* where PRIV_ANSWER goes, of `secret_size`; the back end's */
	size_t secret_size;
	bool answered;
	int64_t asked_at;            /* the latest USER or answer */
	bool ready, failed;          /* the second session is in its place, or `why` not */
	char why[TEXT_SIZE];
	bool handed_over;

	/* HOST: `host` was named and not looked for yet; how many were until now */
	bool host_waiting;
	unsigned hosts;
	char host[HOST_SIZE];

	/* whom it logged in, for the records; texts in the arena */
	struct {
		const struct context *base;
		bool anonymous;
		const char *account, *email;
		const char *jail;        /* host path of the root, "" for "/" */
		const char *home;
		uint32_t uid;
	} who;

	/* UserOwner and GroupOwner (owner.c): the names looked up last, and what they stand for */
	struct {
		bool resolved;           /* the sections of who.base have their host paths */
		const char *user, *group;
		bool nobody;             /* there is no such user */
		uint32_t uid, gid;       /* gid -1: no such group */
	} owner;

	/* the session's records */
	int64_t log_tokens_at;
	unsigned log_tokens;
	unsigned long log_dropped;
	int transfer_log;            /* -1: none */
	struct closing closing;
	char state[TEXT_SIZE];

	/* The large: forgotten after a login, but for `in` and `out` of no use any more. */
	struct login_result result;
	char jail[PATHNAME_SIZE];    /* what PRIV_READY brought */
	struct handover handover;
	struct msg in, out;
};

enum served { SERVED, SERVED_EOF, SERVED_TIME, SERVED_OVER };

/*
 * Wait for one message on `sock` and answer it. SERVED_TIME: `deadline` (clock_ms; -1: none)
 * came first; SERVED_OVER: talk->over, also by SIGTERM, TimeoutLogin or a crossed boundary.
 */
enum served talk_serve(struct monitor *m, int sock, int64_t deadline);
/*
 * Wait until `deadline`, or until the session or its client is gone; a client that can say nothing
 * more is held for 3 s at most, which is no less than any refusal's time.
 */
void talk_pause(struct monitor *m, int64_t deadline);
/* Send `out` to a session; one that does not read its answers has crossed the boundary. */
void talk_send(struct monitor *m, int sock);
/* End the conversation: nothing more is served. The first reason stays. */
void talk_end(struct monitor *m, const char *reason);
/* Catch SIGTERM from here on. */
void talk_catch_signals(void);

/* attempt.c: login, from the first USER to the hand-over. */
bool answer_user(struct monitor *m, struct msg *in);
bool answer_secret(struct monitor *m, struct msg *in);
bool answer_ready(struct monitor *m, struct msg *in);
bool answer_failed(struct monitor *m, struct msg *in);
bool answer_handover(struct monitor *m, struct msg *in);
/* What the first session leaves in `handover`, and its end. False: the conversation is over. */
bool handover_take(struct monitor *m);
/* Make the attempts that were asked for, one after the other. */
void attempt_run(struct monitor *m);

/* vhost.c: HOST. */
bool answer_host(struct monitor *m, struct msg *in);

/* answer.c: what a session asks and tells after login, and its log lines. */
bool answer_log(struct monitor *m, struct msg *in);
bool answer_active(struct monitor *m, struct msg *in);
bool answer_name(struct monitor *m, struct msg *in);
bool answer_peer(struct monitor *m, struct msg *in);
bool answer_ident(struct monitor *m, struct msg *in);
bool answer_groups(struct monitor *m, struct msg *in);
bool answer_hidden(struct monitor *m, struct msg *in);
bool answer_transfer(struct monitor *m, struct msg *in);
bool answer_state(struct monitor *m, struct msg *in);
bool answer_closing(struct monitor *m, struct msg *in);

/* owner.c: UserOwner and GroupOwner of what the session made; the number of a group's name. */
bool answer_owner(struct monitor *m, struct msg *in);
bool answer_group_id(struct monitor *m, struct msg *in);
/* Write how many lines were dropped, if any. */
void answer_log_dropped(struct monitor *m);

#endif
