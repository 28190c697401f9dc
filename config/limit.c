/* <Limit>: which section decides about a command, and about a login. */
#include "config/limit.h"

#include "config/expr.h"
#include "config/peer.h"

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
	static const char asked[] =
	    "ALL READ WRITE DIRS LOGIN RETR SIZE STOR STOU APPE DELE MKD XMKD RMD XRMD RNFR RNTO "
	    "MFMT MFF MFCT CWD XCWD CDUP XCUP PWD XPWD LIST NLST MLSD MLST STAT MDTM AVBL FEAT "
	    "HELP NOOP HOST RANG LANG PORT PASV EPRT EPSV PROT OPTS AUTH PBSZ CCC HASH XCRC XMD5 "
	    "MD5 XSHA XSHA1 XSHA256 XSHA512 SITE SITE_CHMOD SITE_CHGRP SITE_UTIME SITE_QUOTA "
	    "SITE_RATIO";

	if (in_words(never, name))
		return "is never checked, not even by ALL";
	return in_words(asked, name) ? NULL : "no command of this server";
}

bool limit_restricts(const struct limit *l)
{
	bool deny = l->deny_first && l->names[0] != NULL, all = false;

	for (const struct limit_rule *r = l->rules; r != NULL; r = r->next) {
		deny = deny || (!r->allow && l->names[0] != NULL);
		all = all || (r->allow && r->kind == RULE_ALL);
	}
	/* where Allow counts first, an AllowAll leaves nothing to the others */
	return deny && (l->deny_first || !all);
}

/* Whether the line matches who asks. Users and groups are decided at login (directives.md, 9.4). */
static bool rule_holds(const struct limit_rule *rule, struct subject *who, const char *arg)
{
	const char *const *names;
	const char *one;
	size_t n;

	switch (rule->kind) {
	case RULE_ALL:
		return true;
	case RULE_FROM:
		return peer_list_holds(rule->from, who);
	case RULE_FILTER:
		return arg != NULL && *arg != '\0' &&
		    regexec(rule->filter.regex, arg, 0, NULL, 0) == 0;
	case RULE_CLASS:
		one = subject_class(who);
		/* "!x" too: there is no other */
		return one != NULL && expr_holds(&rule->expr, &one, 1);
	case RULE_USER:
		return who->user == NULL ? rule->allow : expr_holds(&rule->expr, &who->user, 1);
	case RULE_GROUP:
		if (who->user == NULL)
			return rule->allow;
		names = subject_groups(who, &n);
		return expr_holds(&rule->expr, names, n);
	}
	return false;
}

/* The first Allow or Deny line that holds. */
static const struct limit_rule *first_rule(const struct limit *l, bool allow, struct subject *who,
    const char *arg)
{
	const struct limit_rule *r = l->rules;

	while (r != NULL && (r->allow != allow || !rule_holds(r, who, arg)))
		r = r->next;
	return r;
}

/* What one section says (directives.md, 7.2), and the line that said it. */
static enum verdict limit_says(const struct limit *l, struct subject *who, const char *arg,
    struct origin *rule)
{
	const struct limit_rule *r = first_rule(l, !l->deny_first, who, arg);

	if (r == NULL)
		r = first_rule(l, l->deny_first, who, arg);
	*rule = r != NULL ? r->where : (struct origin){ .line = 0 };
	if (r == NULL)
		return l->deny_first ? VERDICT_DENY : VERDICT_NOTHING;
	return r->allow ? VERDICT_ALLOW : VERDICT_DENY;
}

/* One question to the chain of sections. */
struct question {
	const struct limit_verb *verb;
	struct subject *who;
	const char *arg;
	struct decision *out;
};

/* The name by which the section covers the verb, or NULL. */
static const char *covers(const struct limit *l, const char *name, const char *alias)
{
	return in_list(l->names, name) || (alias != NULL && in_list(l->names, alias)) ? name : NULL;
}

/* One pass of 6.2, 6.3: the first explicit word about `name` or `alias`, from the inside out. */
static bool limit_pass(const struct context *c, const struct question *q, const char *name,
    const char *alias)
{
	for (; c != NULL; c = c->outer) {
		for (const struct limit *l = c->limits; l != NULL; l = l->next) {
			struct origin rule;
			enum verdict v;

			if (covers(l, name, alias) == NULL ||
			    (v = limit_says(l, q->who, q->arg, &rule)) == VERDICT_NOTHING)
				continue;
			*q->out = (struct decision){ v, c, l->where, name, rule };
			return true;
		}
	}
	return false;
}

/*
 * A DenyAll directly in the section that rules over the path, unless AllowAll stands beside it
 * (6.5). Sections outside it do not count; but no .ftpaccess further in takes it back by being
 * there.
 */
static bool section_denies(const struct context *c, struct decision *out)
{
	for (; c != NULL; c = c->outer) {
		struct origin deny = c->own->where[D_DENY_ALL];

		if (c->own->where[D_ALLOW_ALL].line != 0)
			return false;
		if (deny.line != 0) {
			*out = (struct decision){ VERDICT_DENY, c, deny, "DenyAll", deny };
			return true;
		}
		if (c->kind != CTX_FTPACCESS)
			break;
	}
	return false;
}

struct decision limit_check(const struct context *c, const struct limit_verb *verb,
    struct subject *who, const char *arg)
{
	struct decision d = { .verdict = VERDICT_NOTHING };
	const struct question q = { verb, who, arg, &d };

	if (verb->unchecked)
		return d;
	if (section_denies(c, &d))
		return d;
	if (limit_pass(c, &q, verb->name, verb->alias))
		return d;
	if (strncmp(verb->name, "SITE_", 5) == 0 && limit_pass(c, &q, "SITE", NULL))
		return d;
	if (verb->group != LIMIT_NONE && limit_pass(c, &q, group_names[verb->group], NULL))
		return d;
	if (!verb->own_name_only)
		(void)limit_pass(c, &q, "ALL", NULL);
	return d;
}

/* The innermost word about IgnoreHidden under this name. */
static enum ignore_hidden ignore_pass(const struct context *c, const char *name, const char *alias,
    struct decision *why)
{
	for (; c != NULL; c = c->outer) {
		for (const struct limit *l = c->limits; l != NULL; l = l->next) {
			if (l->ignore_hidden == IGNORE_UNSET || covers(l, name, alias) == NULL)
				continue;
			*why = (struct decision){ .context = c, .where = l->where };
			return l->ignore_hidden;
		}
	}
	return IGNORE_UNSET;
}

bool limit_ignores_hidden(const struct context *c, const struct limit_verb *verb,
    struct decision *why)
{
	enum ignore_hidden found;

	if (verb->unchecked)
		return false;
	found = ignore_pass(c, verb->name, verb->alias, why);
	if (found == IGNORE_UNSET && strncmp(verb->name, "SITE_", 5) == 0)
		found = ignore_pass(c, "SITE", NULL, why);
	if (found == IGNORE_UNSET && verb->group != LIMIT_NONE)
		found = ignore_pass(c, group_names[verb->group], NULL, why);
	if (found == IGNORE_UNSET && !verb->own_name_only)
		found = ignore_pass(c, "ALL", NULL, why);
	return found == IGNORE_ON;
}

/* The first <Limit LOGIN> of `c` alone, or also outside it, that says `wanted`. */
static bool login_says(const struct context *c, bool outer, enum verdict wanted,
    struct subject *who, struct decision *why)
{
	for (; c != NULL; c = outer ? c->outer : NULL) {
		for (const struct limit *l = c->limits; l != NULL; l = l->next) {
			struct origin rule;

			if (!in_list(l->names, "LOGIN") ||
			    limit_says(l, who, NULL, &rule) != wanted)
				continue;
			*why = (struct decision){ wanted, c, l->where, "LOGIN", rule };
			return true;
		}
	}
	return false;
}

bool limit_login_possible(const struct context *server, struct subject *who, struct decision *why)
{
	struct decision denied;

	*why = (struct decision){ .verdict = VERDICT_NOTHING };
	if (login_says(server, true, VERDICT_ALLOW, who, why) ||
	    !login_says(server, true, VERDICT_DENY, who, &denied))
		return true;
	for (const struct context *a = server->anonymous; a != NULL; a = a->next) {
		if (login_says(a, false, VERDICT_ALLOW, who, why))
			return true;
	}
	*why = denied;
	return false;
}

bool limit_login_allowed(const struct context *server, const struct context *anon,
    struct subject *who, struct decision *why)
{
	struct decision denied;

	*why = (struct decision){ .verdict = VERDICT_NOTHING };
	if (anon != NULL && login_says(anon, false, VERDICT_DENY, who, why))
		return false;
	if (!login_says(server, true, VERDICT_DENY, who, &denied))
		return true;
	if (anon != NULL && login_says(anon, false, VERDICT_ALLOW, who, why))
		return true;
	*why = denied;
	return false;
}
