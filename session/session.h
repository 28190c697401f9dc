#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "auth/msg.h"
#include "config/config.h"
#include "session/data.h"
#include "session/line.h"
#include "vfs/access.h"
#include "vfs/root.h"

#include <signal.h>

/*
 * One session, before or after login: everything a command handler may need. The first
 * session (before login) has no root and no identity; it hands over and exits at 230.
 */
struct session {
	struct session_start start;
	const struct context *base;  /* the <Anonymous>, or the server: where settings are asked for */
	bool logged_in, ending;      /* ending: the loop stops once the replies are out */
	struct line line;            /* the control connection, inward */
	struct reply_state { uint32_t sent; bool broken; } reply;   /* outward; broken: the peer is gone */
	uint32_t commands;           /* run so far */

	/* login */
	bool user_given;
	char user[USER_SIZE];
	struct identity id;
	struct root root;
	struct access access;
	char cwd[PATHNAME_SIZE];     /* canonical, inside the root */
	char home[PATHNAME_SIZE];    /* the same, of the start directory: what "~" means */

	/* transfer parameters (RFC 959, 5.3.1; RFC 2428) */
	bool ascii, epsv_all, utf8;
	uint64_t restart;            /* REST, for the next transfer only */
	char rename_from[PATHNAME_SIZE];   /* RNFR, for the next command only; "": none */
	uint32_t mlst_facts;
	char client_name[CLIENT_NAME_SIZE];
	struct data data;

	/* what went through, for STAT, display files and the closing line */
	uint64_t bytes_in, bytes_out, bytes_total;
	uint32_t files_in, files_out;
	int64_t connected_at, last_input, last_transfer;   /* clock_ms */
	const char *end_reason;      /* for the log: "QUIT", "timeout", … */
};

/* Run the session of a stranger: 220 to 230, or to its end. Never returns. */
_Noreturn void session_first(const struct session_start *start);
/*
 * Run the session of the user that this process has become. `root_fd` is the jail (or "/"),
 * `jail` its canonical host path ("" for "/"), `start_dir` the start directory inside it.
 * Tells the monitor PRIV_READY, waits for PRIV_GO, and sends the 230. Never returns.
 */
_Noreturn void session_second(const struct session_start *start, const struct identity *id,
    int root_fd, const char *jail, const char *start_dir);

/* End now with this reason for the log: data connection closed, process gone. */
_Noreturn void session_exit(struct session *s, const char *reason);
/* A signal asked for the end (SIGTERM): checked by every wait. */
extern volatile sig_atomic_t session_signalled;

/*
 * Wait until `data_fd` (-1: none) is ready for `events` or a whole command line is there, and
 * see to everything else meanwhile: the control connection's end, SIGTERM, the monitor's
 * end, timeouts (`stalled_ms`: the longest wait for data_fd alone, 0: none).
 * With `data_fd` >= 0 no further control input is read while a line waits to be run.
 */
enum wait_result { WAIT_DATA, WAIT_LINE, WAIT_STALLED };
enum wait_result session_wait(struct session *s, int data_fd, short events, int64_t stalled_ms);

#endif
