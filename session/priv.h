#ifndef SESSION_PRIV_H
#define SESSION_PRIV_H

#include "auth/msg.h"

struct addr;
struct hide_owner;
struct session;

/* Names of uids and gids that were asked for; a slot by hash, the last one stays. */
enum { NAMES_CACHED = 64, NAME_CACHED_SIZE = 40 };
struct name_cache {
	struct name_slot {
		bool used, group;
		uint32_t id;
		char name[NAME_CACHED_SIZE];
	} slot[NAMES_CACHED];
};

/*
 * What a session asks its monitor: one function a request (auth/msg.h). The monitor's end
 * of file ends the session at once (priv functions then do not return).
 */

/* Login. Both return PRIV_PROMPT, PRIV_REFUSED or PRIV_GRANTED; `text` is the prompt or refusal. */
struct priv_login {
	bool anonymous;              /* PRIV_PROMPT: an e-mail address is asked for */
	bool may_be_empty;           /* … and an empty answer is taken */
	bool final;                  /* PRIV_REFUSED: the session ends after the 530 */
	char text[TEXT_SIZE];
};
enum priv_answer priv_user(struct session *s, const char *name, struct priv_login *out);
enum priv_answer priv_secret(struct session *s, const char *secret, struct priv_login *out);
/*
 * HOST; "": this address. PRIV_GRANTED: leave, PRIV_RESULT: it is this server, PRIV_REFUSED: `err`
 * says why not, -EBUSY: too late for another one.
 */
enum priv_answer priv_host(struct session *s, const char *name, int *err);
/* AUTH: have a TLS process with what it needs. Returns 0 or -errno. */
int priv_tls(struct session *s);
/*
 * The handshake: the monitor is to begin, and this waits for its end. Returns PRIV_GRANTED: leave;
 * or PRIV_DESCRIPTOR: `fd` is the plain end of the control connection, or -errno. Nothing may be
 * said to the client meanwhile: reply.broken is to be set.
 */
enum priv_answer priv_tls_start(struct session *s, int *fd);
/* Leave everything to the next session. The caller exits then. */
void priv_handover(struct session *s);
/* Second session: tell that the user's place was reached (host paths), or why not, and exit. */
void priv_ready(struct session *s, const char *jail, const char *start);
_Noreturn void priv_failed(struct session *s, const char *reason);
/* Wait for what the first session leaves. */
void priv_await_go(struct session *s, struct handover *h);
/*
 * The address of a MasqueradeAddress that is a name, as text of `size` bytes. False: it has none
 * now.
 */
bool priv_masquerade(struct session *s, char *text, size_t size);
/* A connected socket from port L-1 to the address. Returns a descriptor or -errno. */
int priv_active(struct session *s, const struct addr *target);
/* The name of a uid or gid, or its number; from a cache. Good until the next call. */
const char *priv_name(struct session *s, bool group, uint32_t id);
/* Who the peer's machine says the client is (IdentLookups), or NULL: it has not said it yet. */
const char *priv_ident(struct session *s);
/*
 * For session->who: the peer's name (NULL: none), the names of the user's groups, the id of a name
 * in a HideUser or HideGroup.
 */
const char *priv_peer(void *session);
const char *const *priv_groups(void *session, size_t *n);
bool priv_hidden(void *session, const struct hide_owner *h, uint32_t *id);
/* UserOwner for a new file, as the monitor's own configuration says. Returns 0 or -errno. */
int priv_owner(struct session *s, int fd, bool group_stays);
/* The gid of a group's name. Returns 0 or -ESRCH. */
int priv_group_id(struct session *s, const char *name, uint32_t *gid);
/*
 * Quotas (session/quota.h): the record that applies, for a download of `bytes`; room for `want`
 * bytes of an upload, which may be less or more; what was used; what ScanOnLogin found. Return 0 or
 * -errno.
 */
int priv_quota(struct session *s, enum quota_op op, const char *path, uint64_t bytes,
    struct quota_told *out);
int priv_quota_room(struct session *s, uint64_t want, uint64_t *granted);
int priv_quota_used(struct session *s, const struct quota_use *use);
int priv_quota_scan(struct session *s, uint64_t bytes, uint64_t files);
/* Be the only one who takes away files of these names; of none: no more, which cannot fail. */
int priv_quota_turn(struct session *s, const uint64_t *names, unsigned n);
/*
 * How many sessions there are now, of the client's class alone with `of_class`. False: nobody
 * knows.
 */
bool priv_clients(struct session *s, bool of_class, uint32_t *n);
/*
 * MaxTransfers… and TransferRateTotal (session/claim.h, session/throttle.h): a transfer counts, or
 * which limit is reached (-EUSERS); it counts no more; what it may have of a rate that is shared.
 */
int priv_claim(struct session *s, const struct claim *claim, uint32_t *which);
void priv_claim_over(struct session *s);
void priv_share(struct session *s, uint64_t bytes, uint64_t *rate, uint32_t *ms);
/* A line for the transfer log; nothing is sent where nobody wants it. */
void priv_transfer(struct session *s, const struct transfer_record *t);
/* Ask for, or change, the counters of ratios that are kept (SaveRatios). */
void priv_ratio(struct session *s, const struct ratio_request *q, struct ratio_answer *a);
/* A command for ExtendedLog (session/record.h). */
void priv_command(struct session *s, const struct command_record *r);
/* What the session does now (session/state.h). */
void priv_state(struct session *s, const struct session_state *st);
/* The last word: why the session ends and what it moved, for the closing line. */
void priv_closing(struct session *s, const char *reason);
/* The monitor has a word unasked (POLLIN): PRIV_END, which becomes session_end. */
void priv_hear(struct session *s);
/* The log's way to the monitor (log_to_monitor). */
void priv_log(void *session, int level, bool auth, const char *text);

#endif
