/* Owners and modes as listings show them: true ones, or those of the DirFake directives. */
#include "session/dirfake.h"

#include "session/ls.h"
#include "session/session.h"
#include "vfs/view.h"

#include <string.h>

const char *dirfake_user(struct session *s, const struct context *c, uint32_t uid)
{
	const struct settings *set = settings_for(c, D_DIR_FAKE_USER);

	if (!set->dir_fake_user.on)
		return priv_name(s, false, uid);
	return strcmp(set->dir_fake_user.name, "~") == 0 ? s->id.account : set->dir_fake_user.name;
}

const char *dirfake_group(struct session *s, const struct context *c, uint32_t gid)
{
	const struct settings *set = settings_for(c, D_DIR_FAKE_GROUP);

	if (!set->dir_fake_group.on)
		return priv_name(s, true, gid);
	/* `~` is the session's own group */
	return strcmp(set->dir_fake_group.name, "~") == 0 ? priv_name(s, true, s->id.gid) :
	    set->dir_fake_group.name;
}

mode_t dirfake_mode(const struct context *c, mode_t mode)
{
	const struct settings *set = settings_for(c, D_DIR_FAKE_MODE);

	return set->where[D_DIR_FAKE_MODE].line != 0 ? ls_fake_mode(mode, set->dir_fake_mode) :
	    mode;
}

bool dirfake_varies(const struct view *v, const struct context *c)
{
	return view_varies(v, c, D_DIR_FAKE_USER) || view_varies(v, c, D_DIR_FAKE_GROUP) ||
	    view_varies(v, c, D_DIR_FAKE_MODE);
}
