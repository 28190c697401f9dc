#ifndef AUTH_INHERIT_H
#define AUTH_INHERIT_H

#include "config/addr.h"

/*
 * What inetd leaves to a spawned server, and nobody should trust: descriptors,
 * environment, umask, signal mask and dispositions, limits.
 */
enum inherit_kind {
	INHERIT_CONNECTION,          /* 0 is a connected stream socket of IPv4 or IPv6 */
	INHERIT_GONE,                /* it was, but the peer has left (ENOTCONN) */
	INHERIT_LISTENER,            /* 0 listens: the entry says `wait` */
	INHERIT_OTHER_SOCKET,        /* a socket, but not one that FTP can speak on */
	INHERIT_NO_SOCKET,           /* a terminal, pipe, file, or nothing */
};

/* What descriptor 0 is; `local` and `peer` are filled for INHERIT_CONNECTION. Changes nothing. */
enum inherit_kind inherit_look(struct addr *local, struct addr *peer);
/*
 * Put everything in order: the socket moves to a descriptor above 2 (returned), /dev/null
 * to 0-2, all others closed; umask 022; every signal unblocked, those that matter at their
 * default, SIGPIPE, SIGHUP, SIGXFSZ and SIGALRM ignored; no core dumps, not dumpable; the socket
 * blocking, its options set. fatal() knows the client from here on. Fatal when it cannot.
 */
int inherit_order(void);
/*
 * Begin again without LD_LIBRARY_PATH, where it is set: the loader has taken note of it, and would
 * look there for the libraries that PAM, libwrap and TLS are. Before anything else was touched.
 */
void inherit_library_path(char **argv);
/*
 * Empty the environment but for a fixed PATH, TZ and LANG, and wipe what it was. Called once the
 * configuration is read, which may name inherited values (%{env:NAME}), before anything else may
 * look at them; and again to undo what SetEnv did.
 */
void inherit_environment(void);
/* The options that each control connection begins with; inherit_order has set them already. */
void inherit_socket(int fd);
/*
 * Say in the log why there is no connection to serve; a listener gets a pause, since inetd starts
 * the next process at once. True when nobody is to blame (INHERIT_GONE).
 */
bool inherit_explain(enum inherit_kind kind);

#endif
