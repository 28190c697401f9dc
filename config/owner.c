/* UserOwner and GroupOwner, as -t looks at them: a name that nobody has changes no file's owner. */
#include "config/read.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

static void check_user(struct reader *r, const struct context *c, struct origin where,
    const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL && !name_in_file(SETTING(c, D_AUTH_USER_FILE, auth_user_file).path, name))
		(void)tell_at(r, CONFIG_ERROR, where, "UserOwner", "%s: there is no such user",
		    name);
	else if (pw != NULL && pw->pw_uid == 0)
		(void)tell_at(r, CONFIG_ERROR, where, "UserOwner",
		    "%s: nothing that came over the network becomes root's", name);
}

void owner_check(struct reader *r, const struct context *c)
{
	const struct settings *own = c->own;

	if (own->where[D_USER_OWNER].line != 0)
		check_user(r, c, own->where[D_USER_OWNER], own->user_owner);
	if (own->where[D_GROUP_OWNER].line != 0 && strcmp(own->group_owner, "~") != 0 &&
	    getgrnam(own->group_owner) == NULL &&
	    !name_in_file(SETTING(c, D_AUTH_GROUP_FILE, auth_group_file).path, own->group_owner))
		(void)tell_at(r, CONFIG_ERROR, own->where[D_GROUP_OWNER], "GroupOwner",
		    "%s: there is no such group", own->group_owner);
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		owner_check(r, d);
}
