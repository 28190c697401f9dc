#ifndef AUTH_MONITOR_H
#define AUTH_MONITOR_H

#include "auth/ident.h"
#include "auth/msg.h"
#include "auth/resolve.h"
#include "auth/slot.h"
#include "config/settings.h"
#include "config/subject.h"

#include <sys/types.h>

/*
 * The monitor: root (or whoever inetd runs it as), from admission to the closing line. It
 * parses no byte that came from the network but bounded opaque strings for the back ends.
 */
struct logs;
struct monitor {
	struct config *config;
	struct context *server;
	int client;                  /* its own copy of the control connection; -1: a preview has
	                                none */
	struct addr peer, local;
	char peer_name[NAME_SIZE];   /* name or address */
	const struct title *title;   /* where ps looks (auth/title.h); or NULL */
	const char *program;         /* base name of argv[0], for hosts.allow */
	bool privileged;             /* root: euid 0 */
	int debug;                   /* -d of the command line */
	struct subject who;          /* whom the rules are asked about (auth/who.h) */
	const struct context *who_block;     /* its user is this <Anonymous>'s; NULL: a real one */
	struct resolver resolver;    /* the peer's name */
	struct ident_query ident;    /* who the peer's machine says that it is */
	struct origin hours;         /* the ServiceHours that let it in; line 0: none */
	struct slots slots;          /* the place among all sessions (auth/count.h) */
	const struct wrap_tables *wrapped;   /* asked at connect already (CheckOnConnect); or
	                                        NULL */

	/* The sessions' code, which auth/ does not include. Neither returns. */
	void (*first)(const struct session_start *start);
	void (*second)(const struct session_start *start, const struct identity *id, int root_fd,
	    const char *jail, const char *start_dir);

	/*
	 * The TLS process's code (tls/process.h). `tls_library`, as that process's user and before
	 * its jail: NULL, or what is missing, which `tls` is to tell.
	 */
	const char *(*tls_library)(void);
	void (*tls)(const struct tls_start *start, const char *missing);

	/* tls.c's own */
	pid_t tls_pid;
	int tls_boundary;            /* to the TLS process; -1: there is none */
	int tls_session;             /* what the second session inherits, to ask it; or -1 */
	bool secured;                /* the control connection is under TLS; `client` is its plain
	                                end */
	bool implicit;               /* … from the first byte (UseImplicitSSL) */
	const struct tls_peer *tls_peer;     /* whom the handshake met; NULL: nobody yet */

	struct logs *logs;           /* logs.c's own: the ExtendedLogs; NULL: there are none */

	/* monitor_run's own */
	int boundary;                /* to the session that speaks */
	int boundary_second;         /* to the one that waits, or -1 */
	pid_t first_pid, second_pid;
	int64_t login_deadline, connected_at;
	unsigned attempts;
	bool logged_in;
	struct login *login;
	struct talk *talk;           /* auth/talk.h */
};

/*
 * Serve the connection: fork the first session, answer what the sessions ask, see them
 * end, and write the closing line. Returns the exit status.
 */
int monitor_run(struct monitor *m);

/*
 * A back end's prompt: sent to the client ("" is the usual password prompt; `anonymous`: the one
 * for an e-mail address), then messages are served until the answer is there (true, `secret`
 * filled). `base`, the <Anonymous> or server, says whether an empty one is taken. False when the
 * conversation is over: another USER, the session's end, TimeoutLogin.
 */
bool monitor_converse(struct monitor *m, const struct context *base, bool anonymous,
    const char *prompt, char *secret, size_t size);

#endif
