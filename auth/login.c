/* Login policy: from `USER name` to an identity, or to one line that says why not. */
#include "auth/login.h"

#include "auth/alias.h"
#include "auth/backend.h"
#include "auth/count.h"
#include "auth/createhome.h"
#include "auth/defaultroot.h"
#include "auth/email.h"
#include "auth/guest.h"
#include "auth/password.h"
#include "auth/policy.h"
#include "auth/shutdown.h"
#include "auth/tlspolicy.h"
#include "auth/who.h"
#include "auth/wrap.h"
#include "auth/wtmp.h"
#include "config/limit.h"
#include "config/config.h"
#include "config/log.h"
#include "config/memory.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An attempt and what it is about to become. */
struct candidate {
	struct attempt a;
	struct account acc;          /* whose ids the session gets */
	uint32_t gid;                /* the session's: of the account, or the block's Group */
	bool known;                  /* `acc` is there */
	bool by_address;             /* anonymous: an e-mail address is asked for, not a password */
	bool alias_missing;          /* AuthAliasOnly */
	bool member;                 /* of AnonymousGroup */
	const char *alias;           /* what was typed, where it led into the block; or NULL */
	const struct create_home *home;
	char trail[TEXT_SIZE];
	struct group_set groups;
	int level;                   /* of the line of a refusal */
	struct wrap_answer wrap;
	bool conditional;            /* <IfUser> or its like holds */
	const char *certificate;     /* the file or directive that lets the client's count */
};

static void restart_hint(struct strbuf *b)
{
	strbuf_addf(b, "started with uid %lu; the user field of the inetd entry must be root",
	    (unsigned long)geteuid());
}

/* A block whose User or Group does not exist is no block (FAQ 5.15). */
static bool block_usable(void *arg, const struct context *block)
{
	struct candidate *c = arg;
	const char *user = SETTING(block, D_USER, user), *group = who_group(block);
	STRBUF(where, PATHNAME_SIZE);

	c->known = account_find(c->a.m, user, &c->acc);
	c->gid = c->acc.gid;
	if (c->known && (group == NULL || group_find(c->a.m, group, &c->gid)))
		return true;
	config_where(c->a.m->config, block->where, &where);
	log_write(LOG_ERR, "%s: <Anonymous %s> is dropped: %s %s does not exist", where.buf,
	    block->path, c->known ? "Group" : "User", c->known ? group : user);
	c->known = false;
	return false;
}

/* An e-mail address for a password: anything will do, unless a directive says otherwise. */
static enum backend_answer ask_address(struct candidate *c)
{
	struct attempt *a = &c->a;

	a->prompted = true;
	a->asked = monitor_converse(a->m, a->base, true, "", a->secret, sizeof a->secret);
	a->gone = !a->asked;
	if (a->gone)
		return BACKEND_GONE;
	return attempt_too_long(a, a->secret) ? BACKEND_REFUSED : BACKEND_ACCEPTED;
}

static bool address_rejected(const struct candidate *c)
{
	const struct settings *s = settings_for(c->a.base, D_ANON_REJECT_PASSWORDS);
	const regex_t *re = s->anon_reject_passwords.re.regex;

	return c->by_address && re != NULL &&
	    (regexec(re, c->a.secret, 0, NULL, 0) == 0) != s->anon_reject_passwords.negated;
}

/* What the account is, whoever vouches for it. REASON_NONE: nothing against it. */
static enum login_reason judge_account(struct candidate *c, struct strbuf *why)
{
	const struct context *base = c->a.base;

	if (c->acc.uid == UINT32_MAX || c->gid == UINT32_MAX) {
		strbuf_add(why, "invalid id -1: to the kernel it means \"no change\"");
		return REASON_INVALID_ID;
	}
	if (!policy_shell_valid(base, c->acc.shell)) {
		strbuf_addf(why, "Invalid shell: \"%s\" is not in /etc/shells", c->acc.shell);
		return REASON_SHELL;
	}
	if (policy_ftpuser(base, c->acc.name)) {
		strbuf_addf(why, "%s is in /etc/ftpusers", c->acc.name);
		return REASON_FTPUSERS;
	}
	if (c->acc.home[0] != '/' && base->kind != CTX_ANON) {
		strbuf_addf(why, "the home directory \"%s\" is no absolute path", c->acc.home);
		return REASON_NO_HOME;
	}
	return REASON_NONE;
}

/* Before the password counts: names that no password opens. */
static enum login_reason judge_name(const struct candidate *c, struct strbuf *why)
{
	bool anonymous = c->a.base->kind == CTX_ANON || c->member;
	struct account other;

	if (c->alias_missing) {
		strbuf_add(why, "AuthAliasOnly is on, and no UserAlias matches");
		return REASON_ALIAS_ONLY;
	}
	/* root's password must open nothing, nor be found out by what it opens */
	if (c->a.name == c->alias && c->alias != NULL && account_find(c->a.m, c->alias, &other) &&
	    other.uid == 0) {
		strbuf_addf(why, "SECURITY VIOLATION: AuthUsingAlias, and %s has uid 0", c->alias);
		return REASON_ROOT;
	}
	if (c->known && c->acc.uid == 0 &&
	    (anonymous || !SETTING(c->a.base, D_ROOT_LOGIN, root_login))) {
		strbuf_addf(why, "SECURITY VIOLATION: root login attempted (%s has uid 0)",
		    c->acc.name);
		return REASON_ROOT;
	}
	if (c->known && !c->a.m->privileged && c->acc.uid != geteuid()) {
		strbuf_addf(why, "%s has uid %u; ", c->acc.name, (unsigned)c->acc.uid);
		restart_hint(why);
		return REASON_NOT_THIS_UID;
	}
	return REASON_NONE;
}

static enum login_reason judge_secret(const struct candidate *c, enum backend_answer answer,
    struct strbuf *why)
{
	if (answer != BACKEND_ACCEPTED) {
		if (c->a.reason == REASON_LONG_PASSWORD) {
			strbuf_add(why, "longer than MaxPasswordSize");
			return REASON_LONG_PASSWORD;
		}
		strbuf_add(why, c->a.trail.len > 0 ? c->a.trail.buf : "no source could be asked");
		if (c->a.reason == REASON_NEEDS_ROOT) {
			strbuf_add(why, "; ");
			restart_hint(why);
		}
		return c->known && c->a.reason != REASON_NONE ? c->a.reason : REASON_UNKNOWN_USER;
	}
	if (!c->known) {
		strbuf_addf(why, "%s accepted the password, and no source has the account's data",
		    c->a.by != NULL ? c->a.by->module : "UserPassword");
		return REASON_UNKNOWN_USER;
	}
	if (c->a.asked && c->a.secret[0] == '\0' &&
	    !SETTING(c->a.base, D_ALLOW_EMPTY_PASSWORDS, allow_empty_passwords)) {
		strbuf_add(why, "AllowEmptyPasswords is off");
		return REASON_EMPTY_PASSWORD;
	}
	if (address_rejected(c)) {
		strbuf_addf(why, "AnonRejectPasswords: \"%s\"", c->a.secret);
		return REASON_REJECTED_PASSWORD;
	}
	if (c->by_address && !email_accepted(c->a.m, c->a.secret,
	    SETTING(c->a.base, D_ANON_CHECK_EMAIL, anon_check_email), why))
		return REASON_BAD_ADDRESS;
	return REASON_NONE;
}

static enum login_reason judge_limits(struct candidate *c, struct strbuf *why)
{
	struct monitor *m = c->a.m;
	struct decision d;

	if (!limit_login_allowed(m->server, c->a.base->kind == CTX_ANON ? c->a.base : NULL,
	    &m->who, &d)) {
		strbuf_add(why, "<Limit LOGIN> ");
		if (d.where.line != 0)
			config_where(m->config, d.where, why);
		return REASON_LIMIT;
	}
	return REASON_NONE;
}

static enum login_reason judge_tables(struct candidate *c, struct strbuf *why)
{
	wrap_check_login(c->a.m, c->a.base, &c->acc, &c->groups, &c->wrap);
	if (c->wrap.allowed)
		return REASON_NONE;
	c->level = c->wrap.level;
	strbuf_add(why, c->wrap.why);
	return REASON_WRAPPERS;
}

/* From where he comes: <Limit LOGIN>, and the tables unless a condition may yet name others. */
static enum login_reason judge_peer(struct candidate *c, struct login_result *out,
    struct strbuf *why)
{
	const struct monitor *m = c->a.m;
	enum login_reason reason = judge_limits(c, why);

	if (reason != REASON_NONE)
		return reason;
	c->conditional = conditions_at_login(m->server, &c->a.m->who, &out->conditions);
	return c->conditional ? REASON_NONE : judge_tables(c, why);
}

static void find_groups(struct candidate *c, uint32_t *ids)
{
	const struct monitor *m = c->a.m;
	struct group_set *g = &c->groups;

	g->ids = ids;
	account_groups(m, &c->acc, c->a.base->kind == CTX_ANON, g);
	if (g->beyond > 0)
		log_write(LOG_WARNING, "%s is in %zu groups; the first %zu count", c->acc.name,
		    g->n + g->beyond, g->n);
}

static bool put(char *out, size_t size, const char *text)
{
	struct strbuf b;

	strbuf_init(&b, out, size);
	strbuf_add(&b, text);
	return !b.full;
}

/* Everything the second session needs to become the user. */
static enum login_reason fill_identity(struct candidate *c, struct login_result *out,
    struct strbuf *why)
{
	const struct context *base = c->a.base;
	const char *log = SETTING(base, D_TRANSFER_LOG, transfer_log);
	struct identity *id = &out->id;
	struct strbuf jail, start;

	strbuf_init(&jail, id->jail, sizeof id->jail);
	strbuf_init(&start, id->start, sizeof id->start);
	if (!defaultroot_jail(c->a.m, base, &c->acc, c->alias, &jail, why) ||
	    (c->member && !defaultroot_guest(&c->acc, &jail, why)))
		return REASON_JAIL;
	defaultroot_chdir(c->a.m, base, &c->acc, &start);
	id->uid = c->acc.uid;
	id->gid = c->gid;
	id->groups = out->groups;
	id->ngroups = (uint32_t)c->groups.n;
	id->guest = base->kind == CTX_ANON || c->member;
	id->wants_records = log != NULL && strcmp(log, "none") != 0;
	/* the site may be its users' to write to: what stands beside the others must be no link */
	out->no_links = !SETTING(base, D_ALLOW_CHROOT_SYMLINKS, allow_chroot_symlinks) ||
	    (c->alias != NULL && SETTING(base, D_USER_DIR_ROOT, user_dir_root));
	out->root_uid = id->uid == 0;
	/* before a condition on the user can change them, which is too late for these (2.6) */
	c->home = id->guest ? NULL : &SETTING(base, D_CREATE_HOME, create_home);
	out->wtmp = SETTING(base, D_WTMP_LOG, wtmp_log);
	out->lastlog = SETTING(base, D_USE_LASTLOG, use_lastlog);
	/* whoever is anonymous has no home but the site */
	if (put(id->account, sizeof id->account, c->acc.name) &&
	    put(id->email, sizeof id->email, c->by_address ? c->a.secret : "") &&
	    put(id->home, sizeof id->home, base->kind == CTX_ANON ? id->jail : c->acc.home))
		return REASON_NONE;
	strbuf_add(why, "a name is too long");
	return REASON_JAIL;
}

/* <IfUser> and its like: what they hold is the server's from here on, and may refuse the user. */
static enum login_reason apply_conditions(struct candidate *c, struct login_result *out,
    struct strbuf *why)
{
	struct monitor *m = c->a.m;
	enum login_reason reason = REASON_NONE;

	if (c->conditional) {
		conditions_merge(m->config, m->server, &out->conditions);
		reason = judge_limits(c, why);
		if (reason == REASON_NONE)
			reason = judge_tables(c, why);
		/* nothing undoes the merging: nobody else may try behind it */
		out->final = reason != REASON_NONE;
	}
	/*
	 * only now: a body's own <Anonymous> has moved the numbers, and the session counts as we do
	 */
	out->id.anonymous = c->a.base->kind == CTX_ANON ? c->a.base->index : 0;
	return reason;
}

/*
 * ServiceHours of an <Anonymous>, or of a condition that holds now: the 530 says when to come back.
 */
static enum login_reason judge_hours(struct candidate *c, struct login_result *out,
    struct strbuf *why)
{
	struct strbuf text;

	strbuf_init(&text, out->text, sizeof out->text);
	if (shutdown_login_hours(c->a.m, c->a.base, &text))
		return REASON_NONE;
	strbuf_add(why, text.buf);
	out->final = c->conditional; /* nothing undoes the merging */
	return REASON_HOURS;
}

/* All questions but the password, in the order of directives.md, 11.5. */
static enum login_reason judge(struct candidate *c, enum backend_answer answer,
    struct login_result *out, struct strbuf *why)
{
	enum login_reason reason = judge_name(c, why);

	if (reason == REASON_NONE)
		reason = judge_secret(c, answer, why);
	if (reason == REASON_NONE)
		reason = judge_account(c, why);
	if (reason != REASON_NONE)
		return reason;
	who_user(c->a.m, c->acc.name, c->a.base);
	find_groups(c, out->groups);
	reason = judge_peer(c, out, why);
	if (reason == REASON_NONE)
		reason = fill_identity(c, out, why);
	if (reason == REASON_NONE && pam_open(c->a.m->login, why) < 0)
		reason = REASON_PAM;
	if (reason == REASON_NONE)
		reason = apply_conditions(c, out, why);
	if (reason == REASON_NONE && (reason = tlspolicy_channel(c->a.m, c->a.base, why)) !=
	    REASON_NONE)
		out->final = c->conditional; /* nothing undoes the merging */
	if (reason == REASON_NONE)
		reason = judge_hours(c, out, why);
	out->id.wrapped = c->wrap.asked;
	out->id.by_certificate = c->certificate != NULL;
	return reason;
}

/* Who let him in, for the one line of a success. */
static void tell_how(const struct candidate *c, struct login_result *out)
{
	const char *by = c->a.by != NULL ? c->a.by->module : "UserPassword";
	struct strbuf how;

	strbuf_init(&how, out->how, sizeof out->how);
	if (c->certificate != NULL)
		strbuf_addf(&how, "client certificate %s (%s)", c->a.m->tls_peer->subject,
		    c->certificate);
	else if (c->by_address)
		strbuf_addf(&how, "anonymous, gave \"%s\"", c->a.secret);
	else if (c->a.pam_refused)
		strbuf_addf(&how, "PAM refused (%s); accepted by %s; PAM is not authoritative",
		    c->a.pam_text, by);
	else
		strbuf_addf(&how, "accepted by %s", by);
}

/*
 * The text of the 530: WrapDenyMsg where tables denied, or AccessDenyMsg; %u is the name as typed.
 */
static void deny_text(const struct candidate *c, const char *typed, struct login_result *out)
{
	const char *message = c->wrap.text != NULL ? c->wrap.text :
	    SETTING(c->a.base, D_ACCESS_DENY_MSG, access_deny_msg);
	struct strbuf b;

	strbuf_init(&b, out->text, sizeof out->text);
	if (message != NULL)
		login_message(&b, message, typed);
}

/* Whom the typed name stands for. */
static void find_target(struct candidate *c, const char *typed, struct login_result *out,
    struct alias_target *target)
{
	struct attempt *a = &c->a;

	alias_find(a->m->server, typed, block_usable, c, target);
	a->base = out->base = target->anonymous != NULL ? target->anonymous : a->m->server;
	a->name = target->anonymous != NULL ? c->acc.name : target->account;
	c->alias_missing = target->refused;
	c->alias = target->anonymous != NULL && target->aliased ? typed : NULL;
	if (c->alias != NULL && SETTING(a->base, D_AUTH_USING_ALIAS, auth_using_alias))
		a->name = c->alias;
	c->member = target->anonymous == NULL && !target->refused &&
	    guest_is_member(a->m, target->account, &c->acc);
}

/* Where there is no home yet. */
static void make_home(const struct candidate *c)
{
	const struct helper_user user = {
		.uid = c->acc.uid, .gid = c->gid, .groups = c->groups.ids, .ngroups = c->groups.n,
	};

	if (c->home != NULL)
		createhome(c->a.m, c->home, &user, c->acc.home);
}

/* An account's data, of the sources that have some. */
static void find_account(struct candidate *c, const struct alias_target *target)
{
	if (target->anonymous != NULL)
		return;                  /* block_usable has */
	c->known = account_find(c->a.m, target->account, &c->acc);
	c->gid = c->acc.gid;
}

/*
 * Whether a certificate does for the password; not where an e-mail address is what is asked for.
 * Who shows none is looked up no sooner than ever.
 */
static bool is_vouched(struct candidate *c, const char *typed, const struct alias_target *target)
{
	const struct monitor *m = c->a.m;

	if (m->tls_peer == NULL || !m->tls_peer->verified || c->by_address || c->alias_missing)
		return false;
	find_account(c, target);
	c->certificate = c->known ? tlspolicy_vouches(m, typed, &c->acc, c->gid) : NULL;
	return c->certificate != NULL;
}

/* The last question: whether there is room for one more. Who is told no may not try again. */
static enum login_reason judge_count(struct candidate *c, struct login_result *out,
    struct strbuf *why)
{
	struct strbuf text;

	strbuf_init(&text, out->text, sizeof out->text);
	if (count_login(c->a.m, c->a.base, c->acc.name, &text, why))
		return REASON_NONE;
	out->final = true;
	return REASON_COUNT;
}

/* Find out whether the client is who he says. BACKEND_GONE: he has left. */
static enum backend_answer prove(struct candidate *c, const char *typed,
    const struct alias_target *target)
{
	struct attempt *a = &c->a;
	enum backend_answer answer;

	if (is_vouched(c, typed, target)) {
		answer = attempt_vouched(a, c->acc.source);
		return a->gone ? BACKEND_GONE : answer;
	}
	answer = c->by_address ? ask_address(c) : attempt_verify(a);
	/* PAM may have refused without a question; nobody is refused before he has answered one */
	if (answer == BACKEND_GONE || a->gone || (!a->prompted && !attempt_secret(a)))
		return BACKEND_GONE;
	find_account(c, target);
	return answer;
}

static enum login_verdict decide(struct candidate *c, const char *typed, struct login_result *out)
{
	struct attempt *a = &c->a;
	struct alias_target target;
	enum backend_answer answer;
	enum login_reason reason;
	STRBUF(why, TEXT_SIZE);

	find_target(c, typed, out, &target);
	c->by_address = c->member || (target.anonymous != NULL &&
	    !SETTING(a->base, D_ANON_REQUIRE_PASSWORD, anon_require_password));
	reason = tlspolicy_start(a->m, a->base, &why);
	if (reason != REASON_NONE) {
		(void)put(out->text, sizeof out->text, tlspolicy_text(a->m, reason));
		login_refused(c->level, typed, reason, why.buf);
		return LOGIN_REFUSED;
	}
	answer = prove(c, typed, &target);
	if (answer == BACKEND_GONE)
		return LOGIN_GONE;
	reason = judge(c, answer, out, &why);
	if (reason == REASON_NONE)
		reason = judge_count(c, out, &why);
	if (reason == REASON_NONE) {
		make_home(c);
		tell_how(c, out);
		return LOGIN_GRANTED;
	}
	for (size_t i = 0; i < a->nowed && a->reason != REASON_LONG_PASSWORD; i++)
		(void)password_matches(a->owed[i], a->secret);
	login_refused(c->level, typed, reason, why.buf);
	if (reason != REASON_HOURS && reason != REASON_COUNT)
		deny_text(c, typed, out);
	return LOGIN_REFUSED;
}

/* A candidate of whom nothing is known yet. */
static struct candidate *begin(struct monitor *m, struct login_result *out)
{
	struct candidate *c = memory_map(sizeof *c);

	if (m->login == NULL)
		m->login = config_alloc(m->config, sizeof *m->login);
	/* the rest is written before it is read, and large: untouched pages cost nothing */
	memset(&out->id, 0, offsetof(struct identity, home));
	out->id.home[0] = out->id.jail[0] = out->id.start[0] = out->text[0] = '\0';
	out->base = NULL;
	out->no_links = out->root_uid = out->final = false;
	memset(&out->conditions, 0, sizeof out->conditions);
	c->a.m = m;
	c->level = LOG_NOTICE;
	strbuf_init(&c->a.trail, c->trail, sizeof c->trail);
	return c;
}

enum login_verdict login_attempt(struct monitor *m, const char *name, struct login_result *out)
{
	struct candidate *c = begin(m, out);
	enum login_verdict verdict;

	verdict = put(out->id.typed, sizeof out->id.typed, name) ? decide(c, name, out) :
	    LOGIN_REFUSED;
	/* what libpam holds in memory is given back unless it has a session to close */
	if (verdict != LOGIN_GRANTED)
		pam_close(m->login, false);
	else if (c->a.by != &backends[AUTH_SOURCE_PAM])
		pam_close(m->login, true);
	who_user(m, NULL, NULL);
	/*
	 * unmapped, the secret in it is gone: the kernel gives no page to anybody before it is
	 * zeroed
	 */
	memory_unmap(c, sizeof *c);
	return verdict;
}

const char *login_preview(struct monitor *m, const char *name, struct login_result *out,
    struct strbuf *why)
{
	struct candidate *c = begin(m, out);
	struct alias_target target;
	enum login_reason reason;

	if (!put(out->id.typed, sizeof out->id.typed, name))
		return login_word(REASON_UNKNOWN_USER);
	find_target(c, name, out, &target);
	find_account(c, &target);
	reason = judge(c, BACKEND_ACCEPTED, out, why);
	return reason == REASON_NONE ? NULL : login_word(reason);
}

void login_failed(struct monitor *m, const struct login_result *r, const char *why)
{
	login_refused(LOG_NOTICE, r->id.typed, r->id.jail[0] == '\0' ? REASON_NO_HOME : REASON_JAIL,
	    why);
	pam_close(m->login, false);
}

void login_succeeded(struct monitor *m, const struct login_result *r)
{
	STRBUF(name, USER_SIZE);

	log_auth(r->root_uid ? LOG_WARNING : LOG_INFO,
	    "USER %s: Login successful: %s, uid %u, jail %s; %s%s", login_name(r->id.typed, &name),
	    r->id.account, (unsigned)r->id.uid, r->id.jail[0] != '\0' ? r->id.jail : "none", r->how,
	    r->root_uid ? "; root logged in (RootLogin)" : "");
	if (m->login->pam != NULL)
		(void)malloc_trim(0); /* its modules' heap; who needs none would get one */
	if (r->lastlog)
		lastlog_write(m, r->id.uid);
	if (!r->wtmp)
		return;
	wtmp_write(m, r->id.account);
	m->login->in_wtmp = true;
}

void login_end(struct monitor *m)
{
	if (m->login == NULL)
		return;
	pam_close(m->login, true);
	if (m->login->in_wtmp)
		wtmp_write(m, NULL);
	free(m->login->pam);
	m->login = NULL;
}
