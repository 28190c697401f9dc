#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "auth/msg.h"
#include "config/config.h"
#include "session/data.h"
#include "session/line.h"
#include "session/priv.h"
#include "session/quota.h"
#include "session/ratio.h"
#include "session/record.h"
#include "session/rate.h"
#include "session/reply.h"
#include "vfs/access.h"
#include "vfs/root.h"

#include <signal.h>

enum {
	SHOWN = 16,                  /* DisplayChdir files remembered as shown */
	SESSION_UNREAD = 65536,      /* bytes of replies that the kernel holds for a client */
};

/*
 * One session, before or after login: everything a command handler may need. The first
 * session (before login) has no root and no identity; it hands over and exits at 230.
 */
struct session {
	struct session_start start;
	const struct context *base;  /* <Anonymous> or server: settings are asked for here */
	bool logged_in;
	bool eof;                    /* the peer has sent its last byte */
	uint32_t commands;           /* run so far */
	unsigned junk;               /* lines in a row that begin with no verb */
	int64_t state_sent;          /* clock_ms of the last priv_state */
	int64_t state_idle;          /* the last_input behind which no word is due any more; 0: one
	                                is */

	/* login */
	bool named;                  /* the monitor was told a user's name: HOST is too late */
	bool user_given, may_be_empty;       /* PASS is due; without a password, too */
	unsigned too_long;           /* passwords over MaxPasswordSize */
	char user[USER_SIZE];
	struct session_identity {    /* of struct identity, what a session needs */
		uint32_t uid, gid, ngroups, *groups, anonymous;
		bool guest, wants_records, wants_state, wrapped, by_certificate;
		uint32_t log_classes;
		char typed[USER_SIZE], account[USER_SIZE];
	} id;
	const char *ident;           /* who RFC 1413 says the client is, once asked for
	                                (priv_ident) */
	struct subject who;          /* whom the rules are asked about */
	struct root root;
	struct access access;
	struct { const char *name; uint32_t gid; } group_owner;     /* owner.c: looked up last */
	bool owner_told;
	const char *home;            /* the start directory, canonical: what "~" means */

	/* transfer parameters (RFC 959, 5.3.1; RFC 2428) */
	bool ascii, epsv_all, utf8;
	bool pbsz, prot;             /* RFC 4217: PBSZ was given, PROT P is in force */
	uint64_t restart;            /* REST, for the next transfer only */
	uint64_t allo;               /* ALLO that was granted, the same */
	uint32_t mlst_facts;
	char client_name[CLIENT_NAME_SIZE];
	struct data data;

	struct { uint64_t dev, ino; int64_t mtime; } shown[SHOWN];   /* DisplayChdir … on */
	unsigned nshown;

	/* what went through, for STAT, display files and the closing line */
	uint64_t bytes_in, bytes_out, bytes_total;
	uint32_t files_in, files_out;
	uint64_t raw_in, raw_out;    /* on either connection, without what TLS adds */
	int64_t connected_at, last_transfer;   /* clock_ms */
	int64_t last_input;          /* the same: the last line from the client, or byte of data */
	unsigned timeout_session;    /* seconds from connected_at on; 0: none */
	struct rate rate;            /* MaxCommandRate */

	/* the end: set once, by whoever asks for it (session_end) */
	bool ending;                 /* the loop stops once the replies are out */
	const char *end_reason;      /* for the log: "QUIT", "TimeoutIdle", … */

	/* The large: last, since what is not touched costs no memory. */
	char cwd[PATHNAME_SIZE];     /* canonical, inside the root */
	struct line line;            /* the control connection, inward */
	struct reply_state reply;    /* the same, outward */
	struct msg msg;              /* on its way to or from the monitor (priv.c) */
	char command[LINE_LIMIT + 1];      /* the line that runs: its argument lies here */
	char rename_from[PATHNAME_SIZE];   /* RNFR, for the next command only; "": none */
	struct name_cache names;
	struct record record;        /* for ExtendedLog */
	char last_words[TEXT_SIZE];  /* the 421 that the loop sends; "": none */
	struct ratio ratio;
	struct quota *quota;         /* quota.c's; NULL: nothing was asked about quotas */
};

/* Run the session of a stranger: 220 to 230, or to its end. Never returns. */
_Noreturn void session_first(const struct session_start *start);
/*
 * Run the session of the user that this process has become. `root_fd` is the jail (or "/"),
 * `jail` its canonical host path ("" for "/"), `start_dir` the start directory inside it,
 * canonical and found good; both texts stay.
 * Tells the monitor PRIV_READY, waits for PRIV_GO, and sends the 230. Never returns.
 */
_Noreturn void session_second(const struct session_start *start, const struct identity *id,
    int root_fd, const char *jail, const char *start_dir);

/*
 * Ask for the end: the loop stops behind the command that runs, sends 421 with the text
 * (NULL: nothing more), and exits. The first reason given is the one that stays.
 */
void session_end(struct session *s, const char *reason, const char *text);
/* End now with this reason for the log: data connection closed, process gone. */
_Noreturn void session_exit(struct session *s, const char *reason);
/* A signal asked for the end (SIGTERM): checked by every wait. */
extern volatile sig_atomic_t session_signalled;

/*
 * The one place that waits: until `data_fd` (-1: none) is ready for `events` (poll's), or, with
 * no data_fd, a command line is there. Everything else is seen to meanwhile: the control
 * connection, SIGTERM, the monitor's word and end, and every timeout (`stalled_ms`: the longest
 * this call may wait for data_fd, 0: none). Held replies are sent first. The monitor's end of
 * file is the process's end. A line that comes while it waits counts before a timeout, since this
 * process may have been late to look; a wait that begins behind one ends at once.
 *
 * A data_fd (listener, connection) means that a transfer command runs, and rules as follow:
 * - Control input is still read while there is room for it. Lines wait their turn, so
 *   that pipelined replies come in order. Three of them are looked at:
 *   ABOR anywhere among them: data.aborted is set, WAIT_ABORTED. The line stays: run after
 *   the transfer's 426 (or 425), it gives the 226. Telnet's IP and DM before it are gone.
 *   STAT without an argument, next in line: answered here and now with the progress.
 *   QUIT: waits, and a control connection closed behind a QUIT does not end the transfer.
 * - session_wait never exits then: the transfer's file and its line in the log are the
 *   caller's. WAIT_GONE says that the session ends: the caller cleans up, records the
 *   transfer as incomplete, replies 426 (dropped where nobody reads it) and returns without
 *   another wait; the loop has the last words (421) and the reason. WAIT_STALLED ends
 *   nothing by itself: a connection that never came is a 425, a transfer is TimeoutStalled.
 * WAIT_ABORTED and WAIT_GONE are given again by any further call until the transfer command
 * has returned.
 */
enum wait_result {
	WAIT_DATA,                   /* data_fd is ready or has failed: read or write tells */
	WAIT_LINE,                   /* no data_fd: line_take has something to do */
	WAIT_ABORTED,                /* data_fd: ABOR came; end the transfer with 426 */
	WAIT_STALLED,                /* data_fd: stalled_ms passed, and nothing else happened */
	WAIT_GONE,                   /* the peer left, a timeout, a signal: the session ends */
};
enum wait_result session_wait(struct session *s, int data_fd, short events, int64_t stalled_ms);
/*
 * Let `ms` pass before the next command, everything else being seen to as above; but for the
 * client, who waits for us, nothing is TimeoutIdle. Lines stay where they are. False: the session
 * ends.
 */
bool session_pause(struct session *s, int64_t ms);
/*
 * The same in a transfer that goes too fast, which is watched as with a data_fd: neither
 * TimeoutIdle nor TimeoutStalled counts our own waiting. Returns WAIT_STALLED once `ms` have
 * passed, else WAIT_ABORTED or WAIT_GONE.
 */
enum wait_result session_throttle(struct session *s, int64_t ms);

#endif
