/* Whose are the files that a session makes: UserOwner, GroupOwner. */
#include "session/owner.h"

#include "config/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool owner_given(const struct context *c)
{
	return SETTING(c, D_USER_OWNER, user_owner) != NULL ||
	    SETTING(c, D_GROUP_OWNER, group_owner) != NULL;
}

bool owner_in_group(const struct session *s, gid_t gid)
{
	for (uint32_t i = 0; i < s->id.ngroups; i++)
		if (s->id.groups[i] == gid)
			return true;
	return s->id.gid == gid;
}

/*
 * The gid of GroupOwner's name. The configuration's last one is remembered, since uploads come in
 * crowds; a .ftpaccess may be read anew, with another name where this one lay.
 */
static int find_group(struct session *s, const char *name, bool stays, uint32_t *gid)
{
	int err = 0;

	if (strcmp(name, "~") == 0) {
		*gid = s->id.gid;
		return 0;
	}
	if (s->group_owner.name != name)
		err = priv_group_id(s, name, &s->group_owner.gid);
	s->group_owner.name = err == 0 && stays ? name : NULL;
	*gid = s->group_owner.gid;
	return err;
}

static void change_group(struct session *s, const struct context *where, const char *path, int fd)
{
	const char *name = where->own->group_owner;
	uint32_t gid;
	int err = find_group(s, name, where->kind != CTX_FTPACCESS, &gid);

	if (err < 0)
		log_write(LOG_WARNING, "GroupOwner %s: there is no such group", name);
	else if (!owner_in_group(s, gid))
		log_write(LOG_WARNING,
		    "GroupOwner %s: %s: not a group of %s, and no UserOwner: unchanged", name, path,
		    s->id.account);
	else if (fchown(fd, (uid_t)-1, gid) < 0)
		log_write(LOG_WARNING, "GroupOwner %s: %s: %s", name, path, strerror(errno));
}

/* Without root nobody can give a file away: told once, since it is so for every file. */
static bool can_give(struct session *s, const char *user)
{
	if (!s->start.privileged && !s->owner_told)
		log_write(LOG_WARNING,
		    "UserOwner %s has no effect: it needs root, the user field of the inetd entry",
		    user);
	s->owner_told = true;
	return s->start.privileged;
}

void owner_give(struct session *s, const struct context *c, const char *path, int fd)
{
	const struct context *where = settings_next(c, D_GROUP_OWNER);
	const char *group = where != NULL ? where->own->group_owner : NULL;
	const char *user = SETTING(c, D_USER_OWNER, user_owner);
	bool gives = user != NULL && can_give(s, user);
	/*
	 * what the monitor does not read, a .ftpaccess and the session's own ids, it does not set
	 */
	bool ours = group != NULL && (!gives || where->kind == CTX_FTPACCESS ||
	    strcmp(group, "~") == 0);
	int err;

	if (ours)
		change_group(s, where, path, fd);
	if (!gives)
		return;
	err = priv_owner(s, fd, ours);
	if (err < 0)
		log_write(LOG_WARNING, "UserOwner %s: %s: %s", user, path, strerror(-err));
}
