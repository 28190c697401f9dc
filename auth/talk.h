#ifndef AUTH_TALK_H
#define AUTH_TALK_H

#include "auth/login.h"
#include "auth/monitor.h"

#include <netinet/in.h>

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
	SECURING = 128,              /* the first session waits for the TLS process */
	ANY_PHASE = 255,
};

struct talk {
	/*
	 * The large: forgotten after a login, but for `in` and `out` of no use any more. First, so
	 * that what stays lies with what the login leaves behind it in the arena.
	 */
	struct login_result result;
	char jail[PATHNAME_SIZE];    /* what PRIV_READY brought */
	struct handover handover;
	char user[USER_SIZE];        /* whom USER named */
	char why[TEXT_SIZE];         /* the second session is not in its place */
	char host[HOST_SIZE];        /* what HOST named */
	char tls_name[HOST_SIZE];    /* and what SNI did */
	char tls_why[TEXT_SIZE];     /* what is wrong with a handshake, or what was to be loaded */
	struct msg in, out;
	struct session_state state;  /* what the session said last of what it does */

	/* what stays */
	enum phase phase;
	unsigned calls[PRIV_REQUESTS];
	bool over;                   /* nothing more is served */
	const char *reason;          /* why, when the session itself told none */
	bool violated;               /* the boundary was crossed */
	bool kill;                   /* the sessions are killed, not waited for */
	int64_t kill_at;             /* it was told to end, by SIGTERM or PRIV_END; 0: it was not */
	bool heard;                  /* a message came: the shutdown files are looked at again, */
	int64_t look_at;             /* or at the latest now (shutdown.c's own) */

	/* login: what the messages brought */
	bool user_waiting;           /* `user` was named and no attempt made yet */
	char *secret;                /* where PRIV_ANSWER goes, of `secret_size`; the back end's */
	size_t secret_size;
	bool answered;
	int64_t asked_at;            /* the latest USER or answer */
	bool ready, failed;          /* the second session is in its place, or `why` not */
	bool handed_over;

	/* HOST: `host` was named and not looked for yet; how many were until now */
	bool host_waiting;
	unsigned hosts;
	bool host_chosen;            /* one of them named a server that is there */

	/*
	 * TLS (tls.c): what was asked for and not looked at yet, and how far the process has come
	 */
	struct {
		bool waiting, starting;      /* PRIV_TLS; PRIV_TLS_START */
		unsigned state;              /* what its process may say (tls.c) */
		unsigned names;              /* TLS_NAMEs that came */
		unsigned tries;              /* processes that were begun */
		bool loaded;                 /* with the files of the server that serves */
		bool said_why;               /* it ends, and told the reason: `why` */
		bool named;                  /* `name` was sent and not looked for yet */
		bool sni;                    /* it is a server's that is there */
		bool changed;                /* … another one's than the one before */
		int raw;                     /* during a handshake the connection itself; else -1 */
		int plain;                   /* before one, what is to become m->client; else -1 */
	} tls;

	/* whom it logged in, for the records; texts in the arena */
	struct {
		const struct context *base;
		bool anonymous;
		const char *account, *email, *typed;
		const char *jail;        /* host path of the root, "" for "/" */
		const char *home;
		uint32_t uid, gid;
	} who;

	/* UserOwner and GroupOwner (owner.c): the names looked up last, and what they stand for */
	struct {
		bool resolved;           /* the sections of who.base have their host paths */
		const char *user, *group;
		bool nobody;             /* there is no such user */
		uint32_t uid, gid;       /* gid -1: no such group */
	} owner;

	char masquerade[INET_ADDRSTRLEN];    /* the address of MasqueradeAddress, once its name had
	                                        one */

	/* what the session does, for others to see (state.c) */
	int64_t login_at;            /* clock_ms; 0: nobody is logged in */
	int64_t state_at;            /* when it was written last */
	bool state_idle;             /* it is idle since the message before */
	bool state_busy;             /* what was written last says that it does something */
	bool state_failed;           /* it cannot be written, and that was told */

	/* the session's records */
	int64_t log_tokens_at;
	unsigned log_tokens;
	unsigned long log_dropped;
	int transfer_log;            /* -1: none */
	struct {
		bool wanted;         /* UploadNotify is set somewhere */
		bool failed;         /* … and a failure was told */
		int fd;              /* what is sent from; -1: nothing was yet */
	} notify;
	struct closing closing;
	/* ratio.c: of the latest download, what was counted in advance, and in which RatioFile */
	struct {
		bool open, told;
		uint32_t file;
		uint64_t bytes;
	} taken;
	int64_t transfers_at;        /* lines of the transfer log */
	unsigned transfer_tokens;
	unsigned long transfers_dropped;
	bool claims_failed;          /* transfers cannot be counted, and that was told */
	/* transfer.c: the claimed transfer's share of a TransferRateTotal, as it was told last */
	struct {
		uint32_t command;    /* TRANSFER_…; 0: none is claimed */
		unsigned asks, next; /* up to a few; in ms */
		int64_t at;
		uint64_t bytes, rate, equal, mean;   /* told; bytes a second, see share_demand */
	} share;
	struct quotas *quotas;       /* quota.c's own; NULL: nothing was asked */
	/* clients.c: how often the slots may be walked over still, and what was found last */
	struct {
		int64_t at;
		unsigned walks;
		uint32_t last[2];
	} clients;
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
/* Answer the session that speaks with a PRIV_RESULT: an errno, 0 for none, and no value. */
void talk_result(struct monitor *m, int err);
/*
 * Wait until a message can be sent on `sock`, as talk_serve waits. False: `deadline` or the end
 * came first.
 */
bool talk_writable(struct monitor *m, int sock, int64_t deadline);
/*
 * Whoever is on the other side of a boundary did `what` with message `type`: the connection's end.
 */
void talk_violated(struct monitor *m, const char *what, uint32_t type);
/* The session that speaks says 421 with `text` and ends; one that does not is killed. */
void talk_farewell(struct monitor *m, const char *text);
/* As if this process had been sent a SIGTERM. */
void talk_terminate(struct monitor *m);
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

/* tls.c: AUTH, and the handshake. */
bool answer_tls(struct monitor *m, struct msg *in);
bool answer_tls_start(struct monitor *m, struct msg *in);

/*
 * answer.c: what a session asks and tells after login, its log lines and those of the TLS process.
 */
bool answer_log(struct monitor *m, struct msg *in);
bool answer_tls_log(struct monitor *m, struct msg *in);
bool answer_active(struct monitor *m, struct msg *in);
bool answer_name(struct monitor *m, struct msg *in);
bool answer_masquerade(struct monitor *m, struct msg *in);
bool answer_peer(struct monitor *m, struct msg *in);
bool answer_ident(struct monitor *m, struct msg *in);
bool answer_groups(struct monitor *m, struct msg *in);
bool answer_hidden(struct monitor *m, struct msg *in);
bool answer_transfer(struct monitor *m, struct msg *in);
bool answer_closing(struct monitor *m, struct msg *in);
/* The name of a uid or gid, of the sources that know accounts. "": nobody knows it. */
void answer_look_up(const struct monitor *m, bool group, uint32_t id, char *out, size_t size);

/* state.c: what it does now. */
bool answer_state(struct monitor *m, struct msg *in);

/* ratio.c: counters of ratios that are kept. */
bool answer_ratio(struct monitor *m, struct msg *in);

/* transfer.c: transfers that are counted, and those that share a rate. */
bool answer_claim(struct monitor *m, struct msg *in);
bool answer_claim_over(struct monitor *m, struct msg *in);
bool answer_share(struct monitor *m, struct msg *in);

/* clients.c: how many there are, for display files. */
bool answer_clients(struct monitor *m, struct msg *in);

/* logs.c: ExtendedLog. */
bool answer_command(struct monitor *m, struct msg *in);

/* owner.c: UserOwner and GroupOwner of what the session made; the number of a group's name. */
bool answer_owner(struct monitor *m, struct msg *in);
bool answer_group_id(struct monitor *m, struct msg *in);
/* The section that rules over a host path, as the session found it before its jail. */
const struct context *owner_section(struct monitor *m, const char *path);
/* quota.c: mod_quotatab's tables. */
bool answer_quota(struct monitor *m, struct msg *in);
bool answer_quota_room(struct monitor *m, struct msg *in);
bool answer_quota_used(struct monitor *m, struct msg *in);
bool answer_quota_turn(struct monitor *m, struct msg *in);
bool answer_quota_scan(struct monitor *m, struct msg *in);
/* Write how many lines were dropped, if any. */
void answer_log_dropped(struct monitor *m);

#endif
