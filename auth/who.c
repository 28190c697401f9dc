/*
 * Who asks, seen by the monitor: what rules want to know is looked up here, and only when they do.
 */
#include "auth/who.h"

#include "auth/backend.h"
#include "auth/resolve.h"
#include "config/log.h"
#include "config/memory.h"

#include <grp.h>
#include <pwd.h>

static const char *find_name(void *arg)
{
	struct monitor *m = arg;
	const char *name = resolve_wait(&m->resolver, m);

	if (m->resolver.found)
		return name;
	if (SETTING(m->server, D_USE_REVERSE_DNS, use_reverse_dns))
		log_write(LOG_NOTICE, "no name found for %s: rules by name do not match",
		    m->peer_name);
	return NULL;
}

static const char *const *find_groups(void *arg, size_t *n)
{
	struct monitor *m = arg;
	struct account *acc = memory_map(sizeof *acc);
	uint32_t *ids = memory_map(GROUPS_MAX_SENT * sizeof *ids);
	struct group_set set = { .ids = ids };

	*n = 0;
	if (account_find(m, m->who.user, acc)) {
		set.names = config_alloc(m->config, GROUPS_MAX_SENT * sizeof *set.names);
		account_groups(m, acc, m->who_block != NULL, &set);
		/* what it runs with counts, too: a DenyGroup of that name must hold */
		if (m->who_block != NULL && who_group(m->who_block) != NULL)
			group_name_add(m, &set, who_group(m->who_block));
		*n = set.nnames;
	}
	memory_unmap(ids, GROUPS_MAX_SENT * sizeof *ids);
	memory_unmap(acc, sizeof *acc);
	return set.names;
}

static bool find_gid(const struct monitor *m, const char *name, uint32_t *gid)
{
	const struct group *gr;

	if (group_find(m, name, gid))
		return true;
	gr = getgrnam(name);
	if (gr != NULL)
		*gid = gr->gr_gid;
	return gr != NULL;
}

static bool find_uid(const struct monitor *m, const char *name, uint32_t *uid)
{
	struct account *acc = memory_map(sizeof *acc);
	bool found = account_find(m, name, acc);
	const struct passwd *pw;

	*uid = acc->uid;
	memory_unmap(acc, sizeof *acc);
	if (!found && (pw = getpwnam(name)) != NULL) {
		*uid = pw->pw_uid;
		found = true;
	}
	return found;
}

/* Of the sources that know the accounts, or else of the system: who owns files need not log in. */
static bool find_id(void *arg, const struct hide_owner *h, uint32_t *id)
{
	const struct monitor *m = arg;
	bool found = h->group ? find_gid(m, h->name, id) : find_uid(m, h->name, id);

	if (!found)
		log_debug(1, "Hide%s %s: there is no such %s; it hides nothing", h->group ?
		    "Group" : "User", h->name, h->group ? "group" : "user");
	return found;
}

void who_connected(struct monitor *m)
{
	m->who = (struct subject){
		.peer = m->peer, .classes = config_classes(m->config), .find_name = find_name,
		.find_groups = find_groups, .find_id = find_id, .arg = m,
	};
}

const char *who_group(const struct context *block)
{
	/* a User of the block's own is not put into the server's Group */
	if (block->own->where[D_GROUP].line == 0 && block->own->where[D_USER].line != 0)
		return NULL;
	return SETTING(block, D_GROUP, group);
}

void who_user(struct monitor *m, const char *account, const struct context *base)
{
	m->who.user = account;
	m->who.has_groups = false;
	m->who_block = base != NULL && base->kind == CTX_ANON ? base : NULL;
}
