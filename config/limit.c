/* <Limit>: which section decides about a command, and about a login. */
#include "config/limit.h"

#include <string.h>

static const char *const group_names[] = {
	[LIMIT_NONE] = NULL, [LIMIT_READ] = "READ", [LIMIT_WRITE] = "WRITE", [LIMIT_DIRS] = "DIRS",
};

static bool in_list(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

static bool in_words(const char *words, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = words; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strcspn(p, " ") == n && memcmp(p, name, n) == 0)
			return true;
	}
	return false;
}

const char *limit_doubt(const char *name)
{
	static const char never[] = "USER PASS QUIT SYST TYPE MODE STRU REST ALLO ABOR CLNT CSID "
	    "SITE_HELP";
	static const char asked[] = "ALL READ WRITE DIRS LOGIN RETR SIZE STOR STOU APPE DELE MKD XMKD RMD "
	    "XRMD RNFR RNTO MFMT MFF MFCT CWD XCWD CDUP XCUP PWD XPWD LIST NLST MLSD MLST STAT MDTM AVBL "
	    "FEAT HELP NOOP HOST RANG LANG PORT PASV EPRT EPSV PROT OPTS AUTH PBSZ CCC HASH XCRC XMD5 MD5 "
	    "XSHA XSHA1 XSHA256 XSHA512 SITE SITE_CHMOD SITE_CHGRP SITE_UTIME SITE_QUOTA SITE_RATIO";

	if (in_words(never, name))
		return "is never checked, not even by ALL";
	return in_words(asked, name) ? NULL : "no command of this server";
}

/* What one section says (directives.md, 7.2: the order allow,deny). */
static enum verdict limit_says(const struct limit *l)
{
	return l->allow_all ? VERDICT_ALLOW : l->deny_all ? VERDICT_DENY : VERDICT_NOTHING;
}

/* One pass of 6.2, 6.3: the first explicit word about `name` or `alias`, from the inside out. */
static bool limit_pass(const struct context *c, const char *name, const char *alias,
    struct decision *out)
{
	for (; c != NULL; c = c->outer) {
		for (const struct limit *l = c->limits; l != NULL; l = l->next) {
			if (limit_says(l) == VERDICT_NOTHING)
				continue;
			if (!in_list(l->names, name)) {
				if (alias == NULL || !in_list(l->names, alias))
					continue;
			}
			*out = (struct decision){ limit_says(l), c, l->where, name };
			return true;
		}
	}
	return false;
}

/* A DenyAll directly in a section, unless AllowAll stands beside it or further in (6.5). */
static bool section_denies(const struct context *c, struct decision *out)
{
	for (; c != NULL; c = c->outer) {
		if (c->own.where[D_ALLOW_ALL].line != 0)
			return false;
		if (c->own.where[D_DENY_ALL].line != 0) {
			*out = (struct decision){ VERDICT_DENY, c, c->own.where[D_DENY_ALL], "DenyAll" };
			return true;
		}
	}
	return false;
}

struct decision limit_check(const struct context *c, const struct limit_verb *verb)
{
	struct decision d = { .verdict = VERDICT_NOTHING };

	if (verb->unchecked)
		return d;
	if (!verb->own_name_only && section_denies(c, &d))
		return d;
	if (limit_pass(c, verb->name, verb->alias, &d))
		return d;
	if (strncmp(verb->name, "SITE_", 5) == 0 && limit_pass(c, "SITE", NULL, &d))
		return d;
	if (verb->group != LIMIT_NONE && limit_pass(c, group_names[verb->group], NULL, &d))
		return d;
	if (!verb->own_name_only)
		(void)limit_pass(c, "ALL", NULL, &d);
	return d;
}

/* The first <Limit LOGIN> of `c` alone, or also outside it, that says `wanted`. */
static bool login_says(const struct context *c, bool outer, enum verdict wanted,
    struct decision *why)
{
	for (; c != NULL; c = outer ? c->outer : NULL) {
		for (const struct limit *l = c->limits; l != NULL; l = l->next) {
			if (limit_says(l) != wanted || !in_list(l->names, "LOGIN"))
				continue;
			*why = (struct decision){ wanted, c, l->where, "LOGIN" };
			return true;
		}
	}
	return false;
}

bool limit_login_possible(const struct context *server, struct decision *why)
{
	struct decision denied;

	*why = (struct decision){ .verdict = VERDICT_NOTHING };
	if (login_says(server, true, VERDICT_ALLOW, why) ||
	    !login_says(server, true, VERDICT_DENY, &denied))
		return true;
	for (const struct context *a = server->anonymous; a != NULL; a = a->next) {
		if (login_says(a, false, VERDICT_ALLOW, why))
			return true;
	}
	*why = denied;
	return false;
}

bool limit_login_allowed(const struct context *server, const struct context *anon,
    struct decision *why)
{
	struct decision denied;

	*why = (struct decision){ .verdict = VERDICT_NOTHING };
	if (anon != NULL && login_says(anon, false, VERDICT_DENY, why))
		return false;
	if (!login_says(server, true, VERDICT_DENY, &denied))
		return true;
	if (anon != NULL && login_says(anon, false, VERDICT_ALLOW, why))
		return true;
	*why = denied;
	return false;
}
