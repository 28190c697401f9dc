/* The one question about access: the rules of the configuration for a path of the session. */
#include "vfs/access.h"

#include "config/bounds.h"
#include "config/config.h"
#include "vfs/hide.h"
#include "vfs/path.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void access_next(const struct access *a)
{
	if (a->files != NULL)
		ftpaccess_next(a->files);
}

/* What rules over `path`: its section, and the .ftpaccess files from `dir` upwards. */
static struct ftpaccess_chain chain_for(const struct access *a, const char *path, const char *dir,
    bool keep)
{
	struct ftpaccess_chain chain = { .faulty = NULL };
	/* both fit always, so that no rule can be dodged by a long name */
	STRBUF(host, 2 * PATHNAME_SIZE);

	(void)root_host_path(a->root, path, &host);
	chain.context = context_for_path(a->base, host.buf);
	if (a->files != NULL)
		ftpaccess_chain(a->files, dir, chain.context, host.buf, keep, &chain);
	return chain;
}

const struct context *access_context(const struct access *a, const char *path)
{
	return chain_for(a, path, path, true).context;
}

const struct context *access_section(const struct access *a, const char *path)
{
	STRBUF(host, 2 * PATHNAME_SIZE);

	(void)root_host_path(a->root, path, &host);
	return context_for_path(a->base, host.buf);
}

const struct context *access_glance(const struct access *a, const char *path)
{
	return chain_for(a, path, path, false).context;
}

const struct context *access_entry(const struct access *a, const char *path)
{
	STRBUF(dir, PATHNAME_SIZE);

	(void)path_parent(&dir, path);
	return chain_for(a, path, dir.buf, false).context;
}

/*
 * What the rules say. Behind a .ftpaccess that cannot be obeyed, nobody knows what its owner wants
 * kept from whom; where it cannot even be looked for, nothing can be opened, but names be listed.
 */
static struct decision decide(const struct access *a, const struct limit_verb *verb,
    const struct ftpaccess_chain *chain)
{
	static const char *const harmless[] = { "CWD", "XCWD", "CDUP", "XCUP", "PWD", "XPWD" };
	struct decision d = { .verdict = VERDICT_NOTHING };
	/*
	 * what has no group has no path: PASV and NOOP, asked about where the session happens to be
	 */
	bool closed = (chain->faulty != NULL && verb->group != LIMIT_NONE) ||
	    (chain->unknown && verb->group == LIMIT_DIRS);

	if (verb->unchecked)
		return d;
	for (size_t i = 0; closed && i < sizeof harmless / sizeof *harmless; i++)
		closed = strcmp(verb->name, harmless[i]) != 0;
	if (!closed)
		return limit_check(chain->context, verb, a->who, a->arg);
	return (struct decision){ .verdict = VERDICT_DENY,
	    .context = chain->faulty != NULL ? chain->faulty : chain->context,
	    .where = { .line = chain->line }, .name = ".ftpaccess" };
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
static bool foreign_rules(const struct access *a, const struct limit_verb *verb, const char *path)
{
	STRBUF(dir, PATHNAME_SIZE);
	struct stat st;

	if (strcasecmp(path_last(path), ".ftpaccess") != 0)
		return false;
	/* a directory of that name can hold no rules: it would close its parent, itself included */
	if (strcmp(verb->name, "MKD") == 0 || strcmp(verb->name, "XMKD") == 0)
		return true;
	return a->base->kind == CTX_ANON || path_parent(&dir, path) != 0 ||
	    root_stat(a->root, dir.buf, &st) != 0 || st.st_uid != geteuid();
}

bool access_guarded(const struct access *a, const char *path)
{
	static const struct limit_verb stor = { "STOR", NULL, LIMIT_WRITE, false, false };

	return in_system_files(a, path) || foreign_rules(a, &stor, path);
}

/*
 * A directory that rules are about keeps its name, and so does each one above it: moved away,
 * what is denied or bounded in it would be there under a name that no rule knows.
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

/* What the rules say, whether the path is hidden or not. */
static struct access_answer judge(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes)
{
	struct ftpaccess_chain chain = { .context = a->base };
	struct access_answer answer;
	const struct context *bound;

	if (path != NULL)
		chain = chain_for(a, path, path, true);
	answer = (struct access_answer){ .context = chain.context, .why = decide(a, verb, &chain) };
	if (answer.why.verdict != VERDICT_DENY && changes && path != NULL) {
		if (in_system_files(a, path))
			answer.why = (struct decision){ VERDICT_DENY, a->base,
			    SETTING(a->base, D_RLIMIT_CHROOT, where)[D_RLIMIT_CHROOT],
			    "RLimitChroot", { .line = 0 } };
		else if (foreign_rules(a, verb, path))
			answer.why = (struct decision){ .verdict = VERDICT_DENY,
			    .context = answer.context, .name = ".ftpaccess" };
		else if ((bound = bound_name(a, verb, path)) != NULL)
			answer.why = (struct decision){ VERDICT_DENY, bound, bound->where,
			    "<Directory>", { .line = 0 } };
	}
	answer.allowed = answer.why.verdict != VERDICT_DENY;
	return answer;
}

/*
 * IgnoreHidden (directives.md, 13.4): where `hidden` (the path, or what lies on the way to it) is
 * hidden, the answer is the one that would be given if it were not there: by the rules without a
 * .ftpaccess in it, which may deny too. `c` rules over what is hidden.
 */
static bool ignore_hidden(const struct access *a, const struct limit_verb *verb, const char *path,
    const char *hidden, const struct context *c, struct access_answer *answer)
{
	STRBUF(dir, PATHNAME_SIZE);
	struct ftpaccess_chain chain;
	struct decision limit;
	struct hidden by;

	if (!limit_ignores_hidden(c, verb, &limit) || !hide_path(a, hidden, &by))
		return false;
	(void)path_parent(&dir, hidden);
	chain = chain_for(a, path, dir.buf, true);
	answer->why = decide(a, verb, &chain);
	answer->allowed = false;
	answer->missing = answer->why.verdict != VERDICT_DENY;
	if (answer->missing)
		answer->why = (struct decision){ VERDICT_DENY, limit.context, limit.where, by.name,
		    by.where };
	return true;
}

/* Whether the rules of sections and files denied, not what is about the name alone (judge). */
static bool rules_deny(const struct access *a, const struct limit_verb *verb, const char *path)
{
	struct ftpaccess_chain chain = chain_for(a, path, path, false);

	return decide(a, verb, &chain).verdict == VERDICT_DENY;
}

struct access_answer access_check(const struct access *a, const struct limit_verb *verb,
    const char *path, bool changes)
{
	struct access_answer answer = judge(a, verb, path, changes);

	if (path != NULL && (answer.allowed || rules_deny(a, verb, path)))
		(void)ignore_hidden(a, verb, path, path, answer.context, &answer);
	return answer;
}

/* What lies on the way and is hidden is not to be told by why the way ends there. */
static void ignore_on_the_way(const struct access *a, const struct limit_verb *verb,
    const char *path, struct access_answer *answer)
{
	STRBUF(dir, PATHNAME_SIZE);

	strbuf_add(&dir, path);
	do {
		strbuf_cut(&dir, (size_t)(path_last(dir.buf) - dir.buf));
		if (dir.len > 1)
			strbuf_cut(&dir, dir.len - 1);
	} while (!ignore_hidden(a, verb, path, dir.buf, access_context(a, dir.buf), answer) &&
	    dir.len > 1);
}

struct access_answer access_named(const struct access *a, const struct limit_verb *verb,
    const char *named, const char *path, int err, bool changes)
{
	struct access_answer answer = access_check(a, verb, path, changes);
	STRBUF(link, PATHNAME_SIZE);

	if (answer.allowed && strcmp(named, path) != 0 &&
	    root_resolve(a->root, named, RESOLVE_LINK, &link, NULL) == 0 &&
	    strcmp(link.buf, path) != 0)
		(void)ignore_hidden(a, verb, link.buf, link.buf, access_context(a, link.buf),
		    &answer);
	if ((answer.allowed && err != 0 && err != -ENOENT) ||
	    (!answer.allowed && !answer.missing && rules_deny(a, verb, path)))
		ignore_on_the_way(a, verb, path, &answer);
	return answer;
}

bool access_allows(const struct access *a, const struct limit_verb *verb, const char *path)
{
	STRBUF(dir, PATHNAME_SIZE);
	struct ftpaccess_chain chain;

	(void)path_parent(&dir, path);
	chain = chain_for(a, path, dir.buf, false);
	return decide(a, verb, &chain).verdict != VERDICT_DENY;
}

bool access_opens(const struct access *a, const struct limit_verb *verb, const char *path)
{
	struct ftpaccess_chain chain = chain_for(a, path, path, false);

	return decide(a, verb, &chain).verdict != VERDICT_DENY;
}

void access_where(const struct access *a, const struct decision *why, struct strbuf *out)
{
	if (why->context == NULL || why->context->kind != CTX_FTPACCESS) {
		config_where(a->config, why->where, out);
		return;
	}
	strbuf_add(out, why->context->path);
	if (why->where.line != 0)    /* 0: the whole file */
		strbuf_addf(out, ":%u", (unsigned)why->where.line);
}

bool access_differs_below(const struct access *a, const char *dir)
{
	STRBUF(host, 2 * PATHNAME_SIZE);

	(void)root_host_path(a->root, dir, &host);
	return context_below(a->base, host.buf);
}
