/* Why a login was refused, in one word: what log analysers look for. */
#include "auth/backend.h"

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
