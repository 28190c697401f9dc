#ifndef AUTH_WRAP_H
#define AUTH_WRAP_H

#include "auth/backend.h"

/*
 * The tables of mod_wrap (TCP…AccessFiles) and mod_wrap2 (Wrap…Tables): which of them are asked
 * about a peer and a user (directives.md, 1.10). Of each module the first kind that applies
 * decides: the user's, his groups', the general ones. Both modules must pass.
 */
struct wrap_answer {
	bool allowed;
	bool asked;                  /* tables of mod_wrap2 had a say */
	int level;                   /* of a refusal's line */
	const char *text;            /* of a refusal: WrapDenyMsg, or NULL */
	char why[TEXT_SIZE];
};

/*
 * WrapTables with CheckOnConnect, before anything is said. What needs a user is left to the login.
 */
void wrap_check_connect(struct monitor *m, struct wrap_answer *out);
/* At login: tables in the account's home are read as that user, and run nothing. */
void wrap_check_login(struct monitor *m, const struct context *base, const struct account *acc,
    const struct group_set *groups, struct wrap_answer *out);

#endif
