#ifndef AUTH_ROWS_H
#define AUTH_ROWS_H

#include "auth/live.h"

/* The living sessions, as ftpwho and ftpcount show them. In tools alone. */

struct row {
	struct slot slot;
	bool known;                  /* `live` is there: else it cannot be read, or not be
	                                trusted */
	struct live live;
	const struct group *group;
};

/* The sessions of one server. Sums are of what is known. */
struct group {
	uint64_t id;
	char name[sizeof ((struct live *)NULL)->server];     /* "": nobody knows it */
	unsigned sessions, anonymous, users, unnamed;
	unsigned doing[DOINGS];
	double bytes[DOINGS], rate[DOINGS];  /* of what is under way, bytes and bytes a second */
	double bytes_in, bytes_out;  /* of the living sessions, with what is under way */
	double files_in, files_out;
};

struct rows {
	char scoreboard[PATHNAME_SIZE];
	int64_t now;                 /* clock_ms of the reading */
	const char *server;          /* whose sessions are shown; NULL: all */
	struct row *row;             /* in order of the servers, then of time */
	size_t n, room;
	struct group *group;         /* every server of the configuration, then unknown ones */
	size_t ngroups, named;       /* named: from the configuration */
};

/*
 * Take the ScoreboardFile and the servers' names from a configuration. False with the reason on
 * stderr, behind the program's name. "none" there: scoreboard is "".
 */
bool rows_configure(struct rows *r, const char *program, const char *config);
/*
 * Read the sessions, those of an earlier reading being dropped. `server` NULL: all; else of the
 * servers with this name. False: it cannot be read, for `why`. No file is no session.
 */
bool rows_read(struct rows *r, const char *server, struct strbuf *why);

/* Whether a server is among those that rows_read was asked for. */
bool rows_shows(const struct rows *r, const struct group *g);

/* Milliseconds for which the session is connected, and idle (0: it does something). */
int64_t row_connected(const struct rows *r, const struct row *row);
int64_t row_idle(const struct rows *r, const struct row *row);
/* Whether it moves a file or a listing; then bytes a second, and per cent, -1: nobody knows. */
bool row_transfers(const struct row *row);
double row_rate(const struct row *row);
double row_percent(const struct row *row);
/* Whoever is logged in, "(none)", or "?"; the peer's name or address; as it was written. */
const char *row_user(const struct row *row);
void row_peer(const struct row *row, struct strbuf *out);
/* The server's address and port; "?" where nobody knows it. */
void row_local(const struct row *row, struct strbuf *out);

#endif
