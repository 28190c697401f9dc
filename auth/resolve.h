#ifndef AUTH_RESOLVE_H
#define AUTH_RESOLVE_H

#include "auth/helper.h"
#include "config/addr.h"

struct context;
struct monitor;

/*
 * The peer's name, forward-confirmed (UseReverseDNS), found by a disposable unprivileged
 * child that is killed after 3 s: answers come from whoever runs the peer's name server.
 * Zeroed, a resolver has not begun. Start it only when a line or rule needs the name.
 */
struct resolver {
	struct helper helper;
	bool started, done;
	bool found;                  /* `name` is one, and no address */
	char name[NAME_SIZE];
};

/* Begin, and return at once. Does nothing when begun, or with UseReverseDNS off. */
void resolve_start(struct resolver *r, const struct monitor *m);
/*
 * The peer's name, or its address where there is none: begins if nobody has, waits for the
 * rest of the 3 s. Good as long as `r` is.
 */
const char *resolve_wait(struct resolver *r, const struct monitor *m);
/* In a disposable child: whether a name is plain and one of its addresses is the peer's. */
bool resolve_confirmed(const char *name, const struct addr *peer);
/*
 * The IPv4 address of a device of this machine, or of a name that such a child asks for. False: it
 * has none now.
 */
bool resolve_address(const struct monitor *m, const char *name, struct addr *out);
/*
 * A config_source's lookup, of the monitor `arg`: by a child of the same kind, that becomes the
 * main server's `User`.
 */
bool resolve_server(void *arg, const struct context *main, const char *name,
    const struct addr *local, bool *listed);

#endif
