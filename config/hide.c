/* HideFiles, HideUser, HideGroup: read from the configuration, and asked about an entry. */
#include "config/hide.h"

#include "config/literal.h"
#include "config/read.h"
#include "config/special.h"
#include "config/whom.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

int read_hide_files(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct hide_files **end = &r->own->hide_files;
	struct hide_files *h;
	struct literal plain;
	bool told = false;
	struct filter f;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	h = config_alloc(r->c, sizeof *h);
	h->where = r->here;
	h->none = strcasecmp(words[1], "none") == 0;
	h->negated = words[1][0] == '!';
	if (!h->none && words[1][h->negated] == '\0')
		return tell_error(r, d->name, "an expression or none is expected");
	if (whom_read(r, d, nwords - 2, words + 2, true, &h->whom) != 0 || (!h->none &&
	    filter_compile(r, d, words[1] + h->negated, false, &f) != 0))
		return -EINVAL;
	if (!h->none) {
		h->regex = f.regex;
		if (literal_parse(&plain, f.text)) {
			h->plain = config_alloc(r->c, sizeof plain);
			*(struct literal *)(uintptr_t)h->plain = plain;
		}
	}
	for (; *end != NULL; end = (const struct hide_files **)(uintptr_t)&(*end)->next) {
		if ((*end)->whom.kind != WHOM_ALL || told)
			continue;
		told = true;         /* once: a file may hold thousands */
		tell_warning(r, d->name, "never counts: line %u is for everybody, and comes "
		    "first", (unsigned)(*end)->where.line);
	}
	*end = h;
	return 0;
}

int read_hide_owner(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool group = d->id == D_HIDE_GROUP;
	struct hide_owner **end = group ? &r->own->hide_group : &r->own->hide_user, *h;
	bool negated;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	negated = words[1][0] == '!';
	if (words[1][negated] == '\0')
		return tell_error(r, d->name, "the name of a %s is expected, or ~",
		    group ? "group" : "user");
	h = config_alloc(r->c, sizeof *h);
	h->group = group;
	h->negated = negated;
	h->own = strcmp(words[1] + negated, "~") == 0;
	h->name = config_strdup(r->c, words[1] + negated);
	h->context = r->scope;
	h->where = r->here;
	h->older = r->c->hide_owners;
	h->number = h->older != NULL ? h->older->number + 1 : 0;
	r->c->hide_owners = h;
	while (*end != NULL)
		end = &(*end)->next;
	*end = h;
	return 0;
}

void hide_check(struct reader *r)
{
	for (const struct hide_owner *h = r->c->hide_owners; h != NULL; h = h->older) {
		const struct auth_file *file = h->group ?
		    &SETTING(h->context, D_AUTH_GROUP_FILE, auth_group_file) :
		    &SETTING(h->context, D_AUTH_USER_FILE, auth_user_file);
		bool known = h->own ||
		    (h->group ? getgrnam(h->name) != NULL : getpwnam(h->name) != NULL);

		if (!known && !name_in_file(file->path, h->name))
			(void)tell_at(r, CONFIG_WARNING, h->where,
			    h->group ? "HideGroup" : "HideUser",
			    "%s: there is no such %s; it hides nothing", h->name, h->group ?
			    "group" : "user");
	}
}

struct hide_owner *hide_owner_at(const struct config *c, uint32_t number)
{
	struct hide_owner *h = c->hide_owners;

	while (h != NULL && h->number != number)
		h = h->older;
	return h;
}

const struct hide_files *hide_files_for(const struct context *c, struct subject *who)
{
	for (c = settings_next(c, D_HIDE_FILES); c != NULL;
	    c = settings_next(c->outer, D_HIDE_FILES)) {
		for (const struct hide_files *h = c->own->hide_files; h != NULL; h = h->next) {
			if (whom_holds(&h->whom, who))
				return h->none ? NULL : h;
		}
	}
	return NULL;
}

bool hide_files_hides(const struct hide_files *h, const char *name)
{
	return (h->plain != NULL ? literal_match(h->plain, name, strlen(name)) :
	    regexec(h->regex, name, 0, NULL, 0) == 0) != h->negated;
}

bool hide_owner_id(struct hide_owner *h, struct subject *who, uint32_t *id)
{
	if (h->own) {
		*id = h->group ? who->gid : who->uid;
		return true;
	}
	if (!h->asked) {
		h->asked = true;
		h->known = who->find_id != NULL && who->find_id(who->arg, h, &h->id);
	}
	*id = h->id;
	return h->known;
}

static const struct hide_owner *first_that_hides(struct hide_owner *h, struct subject *who,
    uint32_t owner)
{
	uint32_t id;

	while (h != NULL && !(hide_owner_id(h, who, &id) && (id == owner) != h->negated))
		h = h->next;
	return h;
}

const struct hide_owner *hide_owner_for(const struct context *c, struct subject *who, uint32_t uid,
    uint32_t gid)
{
	const struct hide_owner *h =
	    first_that_hides(SETTING(c, D_HIDE_USER, hide_user), who, uid);

	return h != NULL ? h : first_that_hides(SETTING(c, D_HIDE_GROUP, hide_group), who, gid);
}

bool hide_owner_possible(const struct context *c)
{
	return SETTING(c, D_HIDE_USER, hide_user) != NULL ||
	    SETTING(c, D_HIDE_GROUP, hide_group) != NULL;
}
