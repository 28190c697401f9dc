/* The table of back ends, and what they have in common. */
#include "auth/backend.h"

#include "config/log.h"

#include <string.h>

const struct backend backends[] = {
	/*                    AuthOrder's name  password     account       groups */
#ifdef WITH_PAM
	[AUTH_SOURCE_PAM]  = { "mod_auth_pam.c",  pam_verify,  NULL,         NULL },
#else
	[AUTH_SOURCE_PAM]  = { "mod_auth_pam.c",  NULL,        NULL,         NULL },
#endif
	[AUTH_SOURCE_FILE] = { "mod_auth_file.c", file_verify, file_account, file_groups },
	[AUTH_SOURCE_UNIX] = { "mod_auth_unix.c", unix_verify, unix_account, unix_groups },
};

bool pam_is_on(const struct context *server)
{
	return backends[AUTH_SOURCE_PAM].verify != NULL && SETTING(server, D_AUTH_PAM, auth_pam);
}

static bool text(char *out, size_t size, const char *from)
{
	struct strbuf b;

	strbuf_init(&b, out, size);
	strbuf_add(&b, from);
	return !b.full;
}

bool account_texts(struct account *acc, const char *name, const char *home, const char *shell)
{
	return text(acc->name, sizeof acc->name, name) && text(acc->home, sizeof acc->home, home) &&
	    text(acc->shell, sizeof acc->shell, shell);
}

bool account_find(const struct monitor *m, const char *name, struct account *out)
{
	const struct auth_order *order = &SETTING(m->server, D_AUTH_ORDER, auth_order);

	for (size_t i = 0; i < order->n; i++) {
		enum auth_source source = order->step[i].source;

		if (backends[source].account != NULL && backends[source].account(m, name, out)) {
			out->source = source;
			return true;
		}
	}
	return false;
}

bool group_find(const struct monitor *m, const char *name, uint32_t *gid)
{
	return file_group(m, name, gid) || unix_group(m, name, gid);
}

void group_add(const struct monitor *m, struct group_set *set, uint32_t id, const char *name)
{
	if (id == UINT32_MAX)
		return; /* to the kernel it means "leave as it is" */
	if (set->n == GROUPS_MAX_SENT) {
		set->beyond++;
		return;
	}
	set->ids[set->n++] = id;
	if (name != NULL)
		group_name_add(m, set, name);
}

void group_name_add(const struct monitor *m, struct group_set *set, const char *name)
{
	if (set->names != NULL && set->nnames < GROUPS_MAX_SENT)
		set->names[set->nnames++] = config_strdup(m->config, name);
}

void account_groups(const struct monitor *m, const struct account *acc, bool service,
    struct group_set *out)
{
	if (service && acc->source == AUTH_SOURCE_UNIX)
		unix_groups_of_service(m, acc, out);
	else
		backends[acc->source].groups(m, acc, out);
}

bool attempt_ask(struct attempt *a, const char *prompt, char *secret, size_t size)
{
	a->prompted = true;
	a->gone = a->gone || !monitor_converse(a->m, a->base, false, prompt, secret, size);
	return !a->gone;
}

bool attempt_secret(struct attempt *a)
{
	if (!a->asked && attempt_ask(a, "", a->secret, sizeof a->secret))
		a->asked = true;
	return a->asked && !a->gone;
}

bool attempt_too_long(struct attempt *a, const char *secret)
{
	if (strlen(secret) <= SETTING(a->m->server, D_MAX_PASSWORD_SIZE, max_password_size))
		return false;
	a->reason = REASON_LONG_PASSWORD;
	return true;
}

void attempt_owe(struct attempt *a, const char *hash)
{
	struct strbuf b;

	if (a->nowed == sizeof a->owed / sizeof *a->owed)
		return;
	strbuf_init(&b, a->owed[a->nowed++], sizeof *a->owed);
	strbuf_add(&b, hash != NULL ? hash : "");
}

enum backend_answer attempt_refused(struct attempt *a, enum login_reason reason, const char *text)
{
	a->reason = reason;
	strbuf_add(&a->trail, text);
	return BACKEND_REFUSED;
}
