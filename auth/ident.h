#ifndef AUTH_IDENT_H
#define AUTH_IDENT_H

#include "auth/helper.h"
#include "config/strbuf.h"

/*
 * IdentLookups: who the peer's machine says the client is (RFC 1413). A disposable child that has
 * no privilege asks, for 2 s at most, while everything else goes on; nothing is decided by the
 * answer. Zeroed, nobody was asked.
 */
enum { IDENT_MS = 2000, IDENT_SIZE = 128, IDENT_LINE = 1024 };

struct ident_query {
	struct helper helper;
	bool asked, done;
	char name[IDENT_SIZE];       /* "": none */
};

/*
 * The user's name in a reply, `n` bytes, to a question about the pair of ports, into `out`:
 * printable characters without blanks. False: it is an error's, another pair's, or no reply. Pure.
 */
bool ident_parse(const char *reply, size_t n, unsigned peer_port, unsigned local_port,
    struct strbuf *out);

/* Begin, and return at once; does nothing unless IdentLookups is on. */
void ident_start(struct ident_query *i, const struct monitor *m);
/*
 * The name, or NULL where there is none. With `wait` for as long as the child may still take, else
 * what is there by now.
 */
const char *ident_name(struct ident_query *i, bool wait);
/* In a process that was forked since: the answer is none of its business. */
void ident_leave(const struct ident_query *i);

#endif
