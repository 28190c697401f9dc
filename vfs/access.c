/* The one question about access: the rules of the configuration for a path of the session. */
#include "vfs/access.h"

#include "config/bounds.h"
#include "vfs/path.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const struct context *access_context(const struct access *a, const char *path)
{
	/* both fit always, so that no rule can be dodged by a long name */
	STRBUF(host, 2 * PATHNAME_SIZE);

	(void)root_host_path(a->root, path, &host);
	return context_for_path(a->base, host.buf);
}

/*
 * What the C library would read in a jail belongs to the administrator: a user's own
 * nsswitch.conf or library would run as whoever loads it.
 */
static bool in_system_files(const struct access *a, const char *path)
{
	return a->jailed && (path_within(path, "/etc") || path_within(path, "/lib")) &&
	    SETTING(a->base, D_RLIMIT_CHROOT, rlimit_chroot);
}

/*
 * Who writes a .ftpaccess writes the rules of its directory. Only the directory's owner may, and
 * no anonymous user; in any case of letters, since some file systems know no case.
 */
static bool foreign_rules(const struct access *a, const char *path)
{
	STRBUF(dir, PATHNAME_SIZE);
	struct stat st;

	if (strcasecmp(path_last(path), ".ftpaccess") != 0)
		return false;
	return a->base->kind == CTX_ANON || path_parent(&dir, path) != 0 ||
	    root_stat(a->root, dir.buf, &st) != 0 || st.st_uid != geteuid();
}

/*
 * A directory that rules are about keeps its name, and so does each one above it: moved away,
 * what is denied in it would be there under a name that no rule knows.
 */
static const struct context *bound_name(const struct access *a, const struct limit_verb *verb,
    const char *path)
{
	STRBUF(host, 2 * PATHNAME_SIZE);

	if (strcmp(verb->name, "RNFR") != 0)
		return NULL;
	(void)root_host_path(a->root, path, &host);
	return context_naming(a->base, host.buf);
}

struct access_answer access_check(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes)
{
	struct access_answer answer = { .context = a->base };
	const struct context *bound;

	if (path != NULL)
		answer.context = access_context(a, path);
	if (!verb->unchecked)
		answer.why = limit_check(answer.context, verb, a->who, a->arg);
	if (answer.why.verdict != VERDICT_DENY && changes && path != NULL) {
		if (in_system_files(a, path))
			answer.why = (struct decision){ VERDICT_DENY, a->base,
			    SETTING(a->base, D_RLIMIT_CHROOT, where)[D_RLIMIT_CHROOT],
			    "RLimitChroot", { .line = 0 } };
		else if (foreign_rules(a, path))
			answer.why = (struct decision){ .verdict = VERDICT_DENY,
			    .context = answer.context, .name = ".ftpaccess" };
		else if ((bound = bound_name(a, verb, path)) != NULL)
			answer.why = (struct decision){ VERDICT_DENY, bound, bound->where, "<Directory>", { .line = 0 } };
	}
	answer.allowed = answer.why.verdict != VERDICT_DENY;
	return answer;
}

bool access_differs_below(const struct access *a, const char *dir)
{
	STRBUF(host, 2 * PATHNAME_SIZE);

	(void)root_host_path(a->root, dir, &host);
	return context_below(a->base, host.buf);
}

bool access_names(const struct access *a, const struct limit_verb *verb, struct strbuf *dir,
    const char *name, bool link)
{
	STRBUF(real, PATHNAME_SIZE);
	size_t len = dir->len;
	bool allowed = false;

	if (len > 1)
		strbuf_addc(dir, '/');
	strbuf_add(dir, name);
	if (!dir->full) {
		allowed = access_check(a, verb, dir->buf, false).allowed;
		if (allowed && link &&
		    root_resolve(a->root, dir->buf, RESOLVE_EXISTING, &real, NULL) == 0)
			allowed = access_check(a, verb, real.buf, false).allowed;
	}
	strbuf_cut(dir, len);
	return allowed;
}
