/* The words of a login: why it was refused, in one word that log analysers look for; messages. */
#include "auth/login.h"

#include "auth/backend.h"
#include "config/log.h"

/* The closed list of in.ftpd(8): each refusal's line has exactly one of these words. */
static const char *const reasons[REASONS] = {
	[REASON_NONE] = "none",
	[REASON_UNKNOWN_USER] = "unknown-user",
	[REASON_BAD_PASSWORD] = "bad-password",
	[REASON_EMPTY_PASSWORD] = "empty-password",
	[REASON_LONG_PASSWORD] = "long-password",
	[REASON_REJECTED_PASSWORD] = "rejected-password",
	[REASON_BAD_ADDRESS] = "bad-address",
	[REASON_ALIAS_ONLY] = "alias-only",
	[REASON_ROOT] = "root-refused",
	[REASON_PAM] = "pam",
	[REASON_EXPIRED] = "expired",
	[REASON_LOCKED] = "locked",
	[REASON_SHELL] = "invalid-shell",
	[REASON_FTPUSERS] = "ftpusers",
	[REASON_LIMIT] = "login-limit",
	[REASON_WRAPPERS] = "tcp-wrappers",
	[REASON_INVALID_ID] = "invalid-id",
	[REASON_NOT_THIS_UID] = "not-this-uid",
	[REASON_NEEDS_ROOT] = "needs-root",
	[REASON_NO_HOME] = "no-home",
	[REASON_JAIL] = "jail",
	[REASON_TLS] = "tls-required",
	[REASON_PROTOCOL] = "protocol",
	[REASON_COUNT] = "too-many",
	[REASON_HOURS] = "service-hours",
};

const char *login_word(enum login_reason reason)
{
	return reasons[reason];
}

const char *login_name(const char *typed, struct strbuf *out)
{
	for (; *typed != '\0'; typed++)
		strbuf_addc(out, *typed == ' ' ? '_' : *typed);
	return out->buf;
}

void login_refused(int level, const char *typed, enum login_reason reason, const char *why)
{
	STRBUF(name, USER_SIZE);

	log_auth(level, "USER %s (Login failed): %s: %s", login_name(typed, &name),
	    login_word(reason), why);
}

void login_message(struct strbuf *out, const char *message, const char *user)
{
	for (; *message != '\0'; message++) {
		if (message[0] == '%' && message[1] == 'u') {
			strbuf_add(out, user);
			message++;
		} else {
			strbuf_addc(out, *message);
		}
	}
}
