/* AnonymousGroup: users who are anonymous without an <Anonymous>. */
#include "auth/guest.h"

#include "config/expr.h"
#include "config/memory.h"

#include <string.h>

enum { NOBODYS = 65534 };        /* a gid for a name that has none */

bool guest_is_member(struct monitor *m, const char *name, struct account *acc)
{
	const struct expr *groups = &SETTING(m->server, D_ANONYMOUS_GROUP, anonymous_group);
	const size_t ids_size = GROUPS_MAX_SENT * sizeof(uint32_t);
	const size_t names_size = GROUPS_MAX_SENT * sizeof(const char *);
	struct group_set set = { .n = 0 };
	bool known, member = false;

	if (expr_empty(groups))
		return false;
	known = account_find(m, name, acc);
	if (!known) {
		memset(acc, 0, offsetof(struct account, name));
		acc->source = AUTH_SOURCE_UNIX;
		acc->uid = acc->gid = NOBODYS;
	}
	if (known || account_texts(acc, name, "", "")) {
		set.ids = memory_map(ids_size);
		set.names = memory_map(names_size);
		account_groups(m, acc, false, &set);
		member = expr_holds(groups, set.names, set.nnames);
		memory_unmap(set.names, names_size);
		memory_unmap(set.ids, ids_size);
	}
	return known && member && acc->uid != 0;
}
