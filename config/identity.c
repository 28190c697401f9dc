/* Directives of more than one word: who may log in, as whom, and where it puts him. */
#include "config/special.h"

#include "config/read.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int read_anon_reject(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool negated;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 3 && !filter_flag(r, d, words[2]))
		return -EINVAL;
	negated = words[1][0] == '!';
	r->own->anon_reject_passwords.negated = negated;
	return filter_compile(r, d, words[1] + negated, nwords == 3,
	    &r->own->anon_reject_passwords.re);
}

int read_auth_file_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "InsecurePerms") == 0)
			own->auth_file_insecure_perms = true;
		else if (strcasecmp(words[i], "SyntaxCheck") == 0)
			own->auth_file_syntax_check = true;
		else
			return tell_error(r, d->name, "%s: no such option", words[i]);
	}
	return 0;
}

/* "a-b" into the range of ids of a file's lines. */
static bool id_range(char *text, struct auth_file *f)
{
	char *dash = strchr(text, '-');
	uintmax_t min, max;

	if (dash == NULL)
		return false;
	*dash = '\0';
	/* -1 is no id: the kernel reads it as "leave alone" */
	if (!parse_uint(text, 10, 0, UINT32_MAX - 1, &min) ||
	    !parse_uint(dash + 1, 10, min, UINT32_MAX - 1, &max))
		return false;
	f->id_min = (uint32_t)min;
	f->id_max = (uint32_t)max;
	f->has_id = true;
	return true;
}

/* AuthUserFile, AuthGroupFile: path [id a-b] [home [!]re] [name [!]re]. */
int read_auth_file(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct auth_file f = { .path = NULL };
	bool users = d->id == D_AUTH_USER_FILE;

	if (!words_fit(r, d, nwords, 1, users ? 7 : 5))
		return -EINVAL;
	if (words[1][0] != '/')
		return tell_error(r, d->name, "%s: the path must be absolute", words[1]);
	for (size_t i = 2; i < nwords; i += 2) {
		bool home = users && strcasecmp(words[i], "home") == 0, negated;

		if (i + 1 == nwords)
			return tell_error(r, d->name, "%s: needs a value behind it", words[i]);
		if (strcasecmp(words[i], "id") == 0) {
			if (!id_range(words[i + 1], &f))
				return tell_error(r, d->name,
				    "id: a range like 1000-1999 is expected");
			continue;
		}
		if (!home && strcasecmp(words[i], "name") != 0)
			return tell_error(r, d->name, "%s: no such condition", words[i]);
		negated = words[i + 1][0] == '!';
		*(home ? &f.home_not : &f.name_not) = negated;
		if (filter_compile(r, d, words[i + 1] + negated, false, home ? &f.home :
		    &f.name) != 0)
			return -EINVAL;
	}
	f.path = config_strdup(r->c, words[1]);
	*(users ? &r->own->auth_user_file : &r->own->auth_group_file) = f;
	return 0;
}

static int auth_source(struct reader *r, const struct directive *d, char *word,
    struct auth_order *o)
{
	static const struct { const char *name; enum auth_source source; } sources[] = {
		{ "mod_auth_pam.c", AUTH_SOURCE_PAM },
		{ "mod_auth_file.c", AUTH_SOURCE_FILE },
		{ "mod_auth_unix.c", AUTH_SOURCE_UNIX },
	};
	size_t n = strlen(word), k = 0;
	bool star = n > 0 && word[n - 1] == '*';

	if (star)
		word[n - 1] = '\0';
	while (k < sizeof sources / sizeof *sources && strcasecmp(word, sources[k].name) != 0)
		k++;
	if (k == sizeof sources / sizeof *sources)
		return tell_error(r, d->name,
		    "%s: no source of users here; there are mod_auth_pam.c, mod_auth_file.c and "
		    "mod_auth_unix.c", word);
	if (!module_present(word))
		return tell_error(r, d->name, "%s: this program was built without it", word);
	for (size_t i = 0; i < o->n; i++) {
		if (o->step[i].source == sources[k].source)
			return tell_error(r, d->name, "%s: is named twice", word);
	}
	o->step[o->n].source = sources[k].source;
	o->step[o->n++].authoritative = star;
	return 0;
}

/* 1.3.8 has TLSUserName and AllowDotLogin among the sources, though they know no accounts. */
static bool is_tls(const char *word)
{
	return (strcasecmp(word, "mod_tls.c") == 0 || strcasecmp(word, "mod_tls.c*") == 0) &&
	    module_present("mod_tls.c");
}

int read_auth_order(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;
	struct auth_order o = { .written = true };
	bool again = own->where[D_AUTH_ORDER].line != 0 && own->auth_order.written;
	STRBUF(place, TEXT_SIZE);

	if (again && (r->scope->kind != CTX_GLOBAL || r->set_in_global[D_AUTH_ORDER])) {
		add_place(r, own->where[D_AUTH_ORDER], &place);
		return tell_error(r, d->name, "is written already (%s)", place.buf);
	}
	if (!words_fit(r, d, nwords, 1, 4))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (is_tls(words[i]))
			tell_note(r, d->name,
			    "%s has no effect: TLSUserName and AllowDotLogin count without it",
			    words[i]);
		else if (auth_source(r, d, words[i], &o) != 0)
			return -EINVAL;
	}
	if (o.n == 0)
		return tell_error(r, d->name, "names no source of users");
	if (own->where[D_AUTH_PAM_AUTHORITATIVE].line != 0)
		tell_warning(r, d->name,
		    "AuthPAMAuthoritative has no effect beside it; mark PAM with * here");
	own->auth_order = o;
	own->where[D_AUTH_ORDER] = r->here;
	return 0;
}

/* The old way to say whether PAM's refusal is final: a default order with or without the mark. */
int read_pam_authoritative(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;
	struct auth_order o = settings_default.auth_order;
	bool on;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!parse_bool(words[1], &on))
		return tell_error(r, d->name, "%s: on or off is expected", words[1]);
	if (own->where[D_AUTH_ORDER].line != 0 && own->auth_order.written) {
		tell_warning(r, d->name, "has no effect beside AuthOrder; mark PAM with * there");
		return 0;
	}
	tell_note(r, d->name, "now AuthOrder mod_auth_pam.c%s", on ? "*" : " (no asterisk)");
	for (size_t i = 0; i < o.n; i++)
		o.step[i].authoritative = o.step[i].source == AUTH_SOURCE_PAM && on;
	own->auth_order = o;
	own->where[D_AUTH_ORDER] = r->here;
	return 0;
}

int read_auth_pam(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!parse_bool(words[1], &r->own->auth_pam))
		return tell_error(r, d->name, "%s: on or off is expected", words[1]);
	if (r->own->auth_pam && !module_present("mod_auth_pam.c"))
		return tell_error(r, d->name, "this program was built without PAM");
	return 0;
}

/* The name of a file in PAM's directory: a slash would choose any file of the system. */
int read_pam_config(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (words[1][0] == '\0' || strchr(words[1], '/') != NULL || strlen(words[1]) >= NAME_SIZE)
		return tell_error(r, d->name, "%s: no name of a PAM service", words[1]);
	r->own->auth_pam_config = config_strdup(r->c, words[1]);
	return 0;
}

int read_pam_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "NoTTY") != 0)
		return tell_error(r, d->name, "%s: no such option", words[1]);
	r->own->auth_pam_no_tty = true;
	return 0;
}

int read_login_attempts(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	uintmax_t v = 0;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "none") != 0 && !parse_uint(words[1], 10, 1, UINT32_MAX, &v))
		return tell_error(r, d->name, "%s: none or a number above 0 is expected", words[1]);
	if (v == 0 || v > LOGIN_ATTEMPTS_MAX)
		tell_note(r, d->name, "a session ends after %d attempts all the same",
		    LOGIN_ATTEMPTS_MAX);
	r->own->max_login_attempts = (unsigned)v;
	return 0;
}

/* DefaultRoot, DefaultChdir: path [group-expression]. */
int read_path_rule(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct path_rule **end = (const struct path_rule **)(void *)
	    ((char *)r->own + d->offset);
	struct path_rule *rule;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	if (d->id == D_DEFAULT_ROOT && words[1][0] != '/' && words[1][0] != '~')
		return tell_error(r, d->name, "%s: the path begins with / or ~", words[1]);
	if (words[1][0] == '\0' || strlen(words[1]) >= PATHNAME_SIZE)
		return tell_error(r, d->name, "no path");
	rule = config_alloc(r->c, sizeof *rule);
	rule->path = config_strdup(r->c, words[1]);
	rule->where = r->here;
	if (expr_read(r, d, nwords - 2, words + 2, true, &rule->groups) != 0)
		return -EINVAL;
	while (*end != NULL)
		end = (const struct path_rule **)(void *)&(*end)->next;
	*end = rule;
	return 0;
}

int read_user_alias(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct user_alias **end = &r->own->user_alias;
	struct user_alias *alias;

	if (!words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	alias = config_alloc(r->c, sizeof *alias);
	alias->alias = config_strdup(r->c, words[1]);
	alias->real = config_strdup(r->c, words[2]);
	alias->where = r->here;
	while (*end != NULL)
		end = (const struct user_alias **)(void *)&(*end)->next;
	*end = alias;
	return 0;
}

int read_user_password(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct user_password **end = &r->own->user_password;
	struct user_password *password;

	if (!words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	password = config_alloc(r->c, sizeof *password);
	password->user = config_strdup(r->c, words[1]);
	password->hash = config_secret(r->c, words[2]);
	password->where = r->here;
	while (*end != NULL)
		end = (const struct user_password **)(void *)&(*end)->next;
	*end = password;
	return 0;
}
