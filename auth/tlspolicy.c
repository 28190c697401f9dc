/* TLSRequired, Protocols, TLSUserName and AllowDotLogin at login. */
#include "auth/tlspolicy.h"

#include "auth/tls.h"
#include "auth/tlslogin.h"

#include <string.h>

static enum login_reason refused(const struct monitor *m, enum login_reason reason,
    const char *name, struct origin where, struct strbuf *why)
{
	strbuf_add(why, name);
	if (where.line != 0) {
		strbuf_addc(why, ' ');
		config_where(m->config, where, why);
	}
	return reason;
}

enum login_reason tlspolicy_channel(const struct monitor *m, const struct context *base,
    struct strbuf *why)
{
	const struct settings *p = settings_for(m->server, D_PROTOCOLS);

	if (m->client < 0)           /* a preview's user may come in either way */
		return REASON_NONE;
	if (m->secured ? !p->protocols.ftps : !p->protocols.ftp)
		return refused(m, REASON_PROTOCOL, "Protocols", p->where[D_PROTOCOLS], why);
	if (!m->secured && tls_is_needed(base))
		return refused(m, REASON_TLS, "TLSRequired",
		    settings_for(base, D_TLS_REQUIRED)->where[D_TLS_REQUIRED], why);
	return REASON_NONE;
}

enum login_reason tlspolicy_start(const struct monitor *m, const struct context *base,
    struct strbuf *why)
{
	bool later = (SETTING(m->server, D_TLS_OPTIONS, tls_options) & TLS_PER_USER) != 0;
	enum login_reason reason = tlspolicy_channel(m, m->server, why);

	/* the session itself asks for AUTH where the server needs it, whatever a section says */
	if (reason == REASON_NONE && !later)
		reason = tlspolicy_channel(m, base, why);
	if (reason != REASON_TLS || !later)
		return reason;
	strbuf_reset(why);
	return REASON_NONE;
}

const char *tlspolicy_text(const struct monitor *m, enum login_reason reason)
{
	if (reason == REASON_TLS)
		return "TLS is required to log in: give AUTH TLS first.";
	return m->secured ? "Logging in under TLS is not possible here." :
	    "Logging in without TLS is not possible here.";
}

/* TLSUserName: whether the certificate has this name, to the letter. */
static bool is_certified(const struct monitor *m, const char *typed)
{
	const struct tls_peer *p = m->tls_peer;

	if (SETTING(m->server, D_TLS_USER_NAME, tls_user_name) == NULL)
		return false;
	for (uint32_t i = 0; i < p->nnames; i++)
		if (strcmp(p->names[i], typed) == 0)
			return true;
	return false;
}

const char *tlspolicy_vouches(const struct monitor *m, const char *typed, const struct account *acc,
    uint32_t gid)
{
	if (m->tls_peer == NULL || !m->tls_peer->verified || acc->uid == 0)
		return NULL;
	if (is_certified(m, typed))
		return "TLSUserName";
	if ((SETTING(m->server, D_TLS_OPTIONS, tls_options) & TLS_DOT_LOGIN) != 0 &&
	    tlslogin_allows(m, acc, gid))
		return "~/.tlslogin";
	return NULL;
}
