/* Whether a password is right: which source is asked, in which order, and whose word is final. */
#include "auth/backend.h"

#include "auth/password.h"

#include <string.h>

/* UserPassword: of the block, then of the server; then no other password counts. */
static const char *user_password(const struct context *c, const char *name)
{
	for (c = settings_next(c, D_USER_PASSWORD); c != NULL;
	    c = settings_next(c->outer, D_USER_PASSWORD))
		for (const struct user_password *p = c->own->user_password; p != NULL; p = p->next)
			if (strcmp(p->user, name) == 0)
				return p->hash;
	return NULL;
}

/*
 * In the default order AuthUserFile is asked before PAM though it stands behind it: either may
 * accept, so the verdict is the same, and its users need no library, no second hash and no line in
 * PAM's count of failures. PAM marked with `*` must have the first word.
 */
static bool file_comes_first(const struct monitor *m, const struct auth_order *order)
{
	return !order->written && !order->step[0].authoritative &&
	    SETTING(m->server, D_AUTH_USER_FILE, auth_user_file).path != NULL;
}

/*
 * Where some names may be decided without PAM, everybody is asked for the password before PAM is:
 * the time from USER to 331 must not tell those names. Else PAM begins, since its first question
 * may be a challenge.
 */
static bool asks_first(const struct attempt *a, const struct auth_order *order)
{
	return settings_next(a->base, D_USER_PASSWORD) != NULL || file_comes_first(a->m, order);
}

/* Ask one source; its words go to the log with its name. */
static enum backend_answer ask(struct attempt *a, enum auth_source source)
{
	struct strbuf *trail = &a->trail;
	enum backend_answer answer;
	size_t start;

	if (trail->len > 0)
		strbuf_add(trail, "; next ");
	strbuf_addf(trail, "%s: ", backends[source].module);
	start = trail->len;
	answer = backends[source].verify(a);
	if (answer == BACKEND_ACCEPTED)
		a->by = &backends[source];
	if (answer == BACKEND_REFUSED && source == AUTH_SOURCE_PAM) {
		struct strbuf b;

		a->pam_refused = true;
		strbuf_init(&b, a->pam_text, sizeof a->pam_text);
		strbuf_add(&b, trail->buf + start);
	}
	return answer;
}

/* The sources to ask, in order, and whose refusal is final. */
static size_t sources(const struct monitor *m, const struct auth_order *order,
    enum auth_source *out, bool *authoritative)
{
	bool pam = pam_is_on(m->server), first = file_comes_first(m, order);
	bool file = SETTING(m->server, D_AUTH_USER_FILE, auth_user_file).path != NULL;
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < order->n; i++) {
			enum auth_source source = order->step[i].source;

			if ((pass == 0) != (first && source == AUTH_SOURCE_FILE))
				continue;
			if ((source == AUTH_SOURCE_PAM && !pam) ||
			    (source == AUTH_SOURCE_FILE && !file))
				continue;
			/*
			 * PAM decides for system accounts; unix then gives their data and no second
			 * verdict
			 */
			if (source == AUTH_SOURCE_UNIX && pam && !order->written)
				continue;
			authoritative[n] = order->step[i].authoritative;
			out[n++] = source;
		}
	}
	return n;
}

enum backend_answer attempt_verify(struct attempt *a)
{
	const struct auth_order *order = &SETTING(a->m->server, D_AUTH_ORDER, auth_order);
	const char *hash = user_password(a->base, a->name);
	bool authoritative[3];
	enum auth_source source[3];
	enum backend_answer answer = BACKEND_UNKNOWN;
	size_t n;

	if (asks_first(a, order) && !attempt_secret(a))
		return BACKEND_GONE;
	if (hash != NULL) {
		if (attempt_too_long(a, a->secret))
			return BACKEND_REFUSED;
		return password_matches(hash, a->secret) ? BACKEND_ACCEPTED :
		    attempt_refused(a, REASON_BAD_PASSWORD, "not the password of UserPassword");
	}
	n = sources(a->m, order, source, authoritative);
	for (size_t i = 0; i < n; i++) {
		enum backend_answer said = ask(a, source[i]);

		if (said == BACKEND_ACCEPTED || said == BACKEND_GONE)
			return said;
		if (said == BACKEND_REFUSED)
			answer = said;
		if (said == BACKEND_REFUSED && authoritative[i])
			break;
	}
	strbuf_add(&a->trail, "; nobody else decides");
	return answer;
}

enum backend_answer attempt_vouched(struct attempt *a, enum auth_source source)
{
	const struct auth_order *order = &SETTING(a->m->server, D_AUTH_ORDER, auth_order);

	/* accounts of these never met PAM with a password, either */
	if (source == AUTH_SOURCE_FILE || user_password(a->base, a->name) != NULL)
		return BACKEND_ACCEPTED;
	for (size_t i = 0; i < order->n && pam_is_on(a->m->server); i++) {
		if (order->step[i].source == AUTH_SOURCE_PAM) {
			a->by = &backends[AUTH_SOURCE_PAM];
			return pam_account(a);
		}
	}
	return unix_open(a);
}
