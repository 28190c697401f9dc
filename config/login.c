/* Directives of more than one word: what a login makes, checks and waits for. */
#include "config/special.h"

#include "config/read.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { DELAY_MAX = 600000 };     /* ms: longer than any TimeoutLogin that makes sense */

static int read_mode(struct reader *r, const struct directive *d, const char *word, mode_t *mode)
{
	uintmax_t v;

	if (!parse_uint(word, 8, 0, 07777, &v))
		return tell_error(r, d->name, "%s: not an octal mode from 0 to 07777", word);
	*mode = (mode_t)v;
	return 0;
}

/* A uid or gid as a number, or `~`, the user's own. */
static int read_owner(struct reader *r, const struct directive *d, const char *word,
    struct home_owner *owner)
{
	uintmax_t v;

	owner->users = strcmp(word, "~") == 0;
	if (owner->users)
		return 0;
	/* -1 is no id: the kernel reads it as "leave alone" */
	if (!parse_uint(word, 10, 0, UINT32_MAX - 1, &v))
		return tell_error(r, d->name, "%s: a number or ~ is expected", word);
	owner->id = (uint32_t)v;
	return 0;
}

static int read_skeleton(struct reader *r, const struct directive *d, const char *word,
    struct create_home *h)
{
	if (word[0] != '/' || strlen(word) >= PATHNAME_SIZE)
		return tell_error(r, d->name, "skel: %s: the path must be absolute", word);
	h->skeleton = config_strdup(r->c, word);
	return 0;
}

/* One of CreateHome's pairs. */
static int read_home_option(struct reader *r, const struct directive *d, const char *name,
    const char *value, struct create_home *h)
{
	if (strcasecmp(name, "skel") == 0)
		return read_skeleton(r, d, value, h);
	if (strcasecmp(name, "dirmode") == 0)
		return read_mode(r, d, value, &h->parents_mode);
	if (strcasecmp(name, "uid") == 0)
		return read_owner(r, d, value, &h->parents_uid);
	if (strcasecmp(name, "gid") == 0)
		return read_owner(r, d, value, &h->parents_gid);
	if (strcasecmp(name, "homegid") == 0)
		return read_owner(r, d, value, &h->gid);
	return tell_error(r, d->name, "%s: no such option", name);
}

/* on|off [mode] [skel path] [dirmode mode] [uid n|~] [gid n|~] [homegid n] [NoRootPrivs] */
int read_create_home(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct create_home h = settings_default.create_home;
	size_t i = 2;

	if (!words_fit(r, d, nwords, 1, 13))
		return -EINVAL;
	if (!parse_bool(words[1], &h.on))
		return tell_error(r, d->name, "%s: on or off is expected", words[1]);
	if (!h.on && nwords > 2)
		return tell_error(r, d->name, "off takes nothing behind it");
	if (i < nwords && words[i][0] >= '0' && words[i][0] <= '9') {
		if (read_mode(r, d, words[i++], &h.mode) != 0)
			return -EINVAL;
	}
	while (i < nwords) {
		if (strcasecmp(words[i], "NoRootPrivs") == 0) {
			h.as_user = true;
			i++;
			continue;
		}
		if (i + 1 == nwords)
			return tell_error(r, d->name, "%s: needs a value behind it", words[i]);
		if (read_home_option(r, d, words[i], words[i + 1], &h) != 0)
			return -EINVAL;
		i += 2;
	}
	if ((h.parents_mode & 022) != 0 || (h.mode & 022) != 0)
		tell_warning(r, d->name,
		    "others may write to what it makes (mode %03o, dirmode %03o)", (unsigned)h.mode,
		    (unsigned)h.parents_mode);
	r->own->create_home = h;
	return 0;
}

int read_anonymous_group(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, WORDS_MAX) ||
	    expr_read(r, d, nwords - 1, words + 1, true, &r->own->anonymous_group) != 0)
		return -EINVAL;
	tell_warning(r, d->name,
	    "who is in it logs in as himself with any password; an <Anonymous> of his own would "
	    "give guests an account that owns nothing");
	return 0;
}

int read_anon_check_email(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char *const names[] = {
		[EMAIL_ANY] = "off", [EMAIL_AT] = "at", [EMAIL_SYNTAX] = "syntax", [EMAIL_DOMAIN] =
		    "domain",
	};

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcasecmp(words[1], names[i]) == 0) {
			r->own->anon_check_email = (enum email_check)i;
			return 0;
		}
	}
	return tell_error(r, d->name, "%s: off, at, syntax or domain is expected", words[1]);
}

int read_auth_unix_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char *const none[] = { "NoGetgrouplist", "NoInitgroups", "AIXNoRLogin" };

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		size_t k = 0;

		if (strcasecmp(words[i], "MagicTokenChroot") == 0) {
			r->own->magic_token_chroot = true;
			continue;
		}
		while (k < sizeof none / sizeof *none && strcasecmp(words[i], none[k]) != 0)
			k++;
		if (k == sizeof none / sizeof *none)
			return tell_error(r, d->name, "%s: no such option", words[i]);
		tell_note(r, d->name, "%s: has no effect: groups come from getgrouplist(3)",
		    words[i]);
	}
	return 0;
}

/* DelayOnEvent event ms: once for each event. */
int read_delay_on_event(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char *const names[DELAY_EVENTS] = {
		[DELAY_USER] = "USER", [DELAY_PASS] = "PASS", [DELAY_FAILED] = "FailedLogin",
	};
	struct delay *delay;
	uintmax_t ms;
	size_t i = 0;

	if (!words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	while (i < DELAY_EVENTS && strcasecmp(words[1], names[i]) != 0)
		i++;
	if (i == DELAY_EVENTS)
		return tell_error(r, d->name, "%s: USER, PASS or FailedLogin is expected",
		    words[1]);
	if (!parse_uint(words[2], 10, 0, DELAY_MAX, &ms))
		return tell_error(r, d->name, "%s: not a number of milliseconds from 0 to %d",
		    words[2], DELAY_MAX);
	delay = &r->own->delay_on_event[i];
	if (delay->set && r->scope->kind != CTX_GLOBAL) {
		tell_warning(r, d->name, "%s is set already, and the first counts", names[i]);
		return 0;
	}
	*delay = (struct delay){ true, (unsigned)ms };
	return 0;
}

static bool has_alias(const struct context *anon)
{
	return anon->own->where[D_USER_ALIAS].line != 0 ||
	    settings_next(anon->outer, D_USER_ALIAS) != NULL;
}

void login_check(struct reader *r, const struct context *anon)
{
	const struct settings *own = anon->own;
	const struct origin *where = own->where;

	if (own->auth_using_alias && !SETTING(anon, D_ANON_REQUIRE_PASSWORD, anon_require_password))
		(void)tell_at(r, CONFIG_WARNING, where[D_AUTH_USING_ALIAS], "AuthUsingAlias",
		    "has no effect without AnonRequirePassword on");
	if (own->user_dir_root && !has_alias(anon))
		(void)tell_at(r, CONFIG_WARNING, where[D_USER_DIR_ROOT], "UserDirRoot",
		    "has no effect without a UserAlias that leads here");
	if (own->anon_check_email != EMAIL_ANY && SETTING(anon, D_ANON_REQUIRE_PASSWORD,
	    anon_require_password))
		(void)tell_at(r, CONFIG_WARNING, where[D_ANON_CHECK_EMAIL], "AnonCheckEmail",
		    "has no effect with AnonRequirePassword on: no address is asked for");
}

/* on, off or none */
int read_wtmp_log(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool *on = &r->own->wtmp_log;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "none") == 0)
		*on = false;
	else if (!parse_bool(words[1], on))
		return tell_error(r, d->name, "%s: on, off or none is expected", words[1]);
	return 0;
}
