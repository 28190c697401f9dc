#ifndef AUTH_TLSPOLICY_H
#define AUTH_TLSPOLICY_H

#include "auth/backend.h"

/* What TLS has to do with login: where nobody may log in in clear, and who needs no password. */

/*
 * Protocols, and TLSRequired of `base`, the <Anonymous> or server: whether anybody may log in over
 * this control connection. REASON_NONE, or why not with the directive's place in `why`.
 */
enum login_reason tlspolicy_channel(const struct monitor *m, const struct context *base,
    struct strbuf *why);
/*
 * The same before a password is asked for, since none is to be sent in clear where TLS must be.
 * With AllowPerUser TLSRequired is asked only when the user is known.
 */
enum login_reason tlspolicy_start(const struct monitor *m, const struct context *base,
    struct strbuf *why);
/* What a client is told then. */
const char *tlspolicy_text(const struct monitor *m, enum login_reason reason);
/*
 * Whether the certificate of the handshake does for `acc`'s password, whose user gave the name
 * `typed`: nobody's that no CA of ours vouches for, and never for uid 0. NULL, or what says so, for
 * the log.
 */
const char *tlspolicy_vouches(const struct monitor *m, const char *typed, const struct account *acc,
    uint32_t gid);

#endif
