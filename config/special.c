/* Directives of more than one word: the server, access, transfers, listings, logs. */
#include "config/special.h"

#include "config/read.h"
#include "config/rule.h"
#include "config/strbuf.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#define LEN(a) (sizeof(a) / sizeof *(a))

bool words_fit(struct reader *r, const struct directive *d, size_t nwords, size_t min, size_t max)
{
	if (nwords > min && nwords <= max + 1)
		return true;
	if (min == max)
		(void)tell_error(r, d->name, "takes %zu value%s, not %zu", min, min == 1 ? "" : "s",
		    nwords - 1);
	else
		(void)tell_error(r, d->name, "takes %zu to %zu values, not %zu", min, max,
		    nwords - 1);
	return false;
}

int filter_compile(struct reader *r, const struct directive *d, const char *text, bool icase,
    struct filter *f)
{
	struct compiled *re;
	int rc;

	if (r->stranger != NULL && !stranger_regex(r, text))
		return tell_error(r, d->name, "%s: too costly for a .ftpaccess file", text);
	re = config_alloc(r->c, sizeof *re);
	rc = regcomp(&re->regex, text, REG_EXTENDED | REG_NOSUB | (icase ? REG_ICASE : 0));
	if (rc != 0) {
		char why[128];

		(void)regerror(rc, &re->regex, why, sizeof why);
		return tell_error(r, d->name, "%s: %s", text, why);
	}
	re->next = r->c->compiled;
	r->c->compiled = re;
	*f = (struct filter){ &re->regex, config_strdup(r->c, text) };
	return 0;
}

bool filter_flag(struct reader *r, const struct directive *d, const char *word)
{
	static const char *const flags[] = { "[NC]", "[nocase]", "NC" };

	for (size_t i = 0; i < LEN(flags); i++) {
		if (strcasecmp(word, flags[i]) == 0)
			return true;
	}
	(void)tell_error(r, d->name, "%s: only [NC] may stand behind the expression", word);
	return false;
}

int read_filter(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct filter *f;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	f = r->limit != NULL ? &rule_add(r, RULE_FILTER, d->id == D_ALLOW_FILTER)->filter :
	    (struct filter *)(void *)((char *)r->own + d->offset);
	if (nwords == 3 && !filter_flag(r, d, words[2]))
		return -EINVAL;
	return filter_compile(r, d, words[1], nwords == 3, f);
}

int read_cd_path(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct cd_path **end = &r->own->cd_path;
	struct cd_path *p;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (words[1][0] == '\0' || strlen(words[1]) >= PATHNAME_SIZE)
		return tell_error(r, d->name, "a directory is expected");
	p = config_alloc(r->c, sizeof *p);
	p->path = config_strdup(r->c, words[1]);
	p->where = r->here;
	while (*end != NULL)
		end = (const struct cd_path **)(void *)&(*end)->next;
	*end = p;
	return 0;
}

int read_default_address(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char **list;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	list = config_alloc(r->c, nwords * sizeof *list);
	for (size_t i = 1; i < nwords; i++)
		list[i - 1] = config_strdup(r->c, words[i]);
	r->own->default_address = list;
	return 0;
}

int read_transfer_mode(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	r->own->default_transfer_binary = strcasecmp(words[1], "binary") == 0;
	if (!r->own->default_transfer_binary && strcasecmp(words[1], "ascii") != 0)
		return tell_error(r, d->name, "%s: ascii or binary is expected", words[1]);
	return 0;
}

int read_dir_fake(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool on;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (!parse_bool(words[1], &on) || (!on && nwords == 3))
		return tell_error(r, d->name, "off, or on with a name, is expected");
	if (d->id == D_DIR_FAKE_USER) {
		r->own->dir_fake_user.on = on;
		r->own->dir_fake_user.name = nwords == 3 ? config_strdup(r->c, words[2]) : "ftp";
	} else {
		r->own->dir_fake_group.on = on;
		r->own->dir_fake_group.name = nwords == 3 ? config_strdup(r->c, words[2]) : "ftp";
	}
	return 0;
}

int read_display_chdir(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool once = false;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 3 && !parse_bool(words[2], &once))
		return tell_error(r, d->name, "%s: on or off is expected", words[2]);
	r->own->display_chdir.name = config_strdup(r->c, words[1]);
	r->own->display_chdir.once = once;
	return 0;
}

/* SetEnv name [value], UnsetEnv name. */
int read_env(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool set = strcasecmp(d->name, "SetEnv") == 0;
	const struct env_rule **end = &r->own->env;
	struct env_rule *rule;

	if (!words_fit(r, d, nwords, 1, set ? 2 : 1))
		return -EINVAL;
	if (words[1][0] == '\0' || strchr(words[1], '=') != NULL)
		return tell_error(r, d->name, "%s: no name of a variable", words[1]);
	rule = config_alloc(r->c, sizeof *rule);
	rule->name = config_strdup(r->c, words[1]);
	rule->value = set ? config_strdup(r->c, nwords == 3 ? words[2] : "") : NULL;
	rule->where = r->here;
	while (*end != NULL)
		end = (const struct env_rule **)(void *)&(*end)->next;
	*end = rule;
	return 0;
}

int read_hidden_stores(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct hidden_stores h = { .on = true, .prefix = ".in.", .suffix = "." };
	bool on;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 2 && parse_bool(words[1], &on)) {
		h.on = on;
		r->own->hidden_stores = h;
		return 0;
	}
	for (size_t i = 1; i < nwords; i++) {
		if (strchr(words[i], '/') != NULL || strlen(words[i]) > NAME_SIZE / 4)
			return tell_error(r, d->name,
			    "%s: the temporary name is short and in the same directory", words[i]);
	}
	h.prefix = config_strdup(r->c, words[1]);
	if (nwords == 3)
		h.suffix = config_strdup(r->c, words[2]);
	if (*h.prefix == '\0' && *h.suffix == '\0')
		return tell_error(r, d->name, "a temporary name must differ from the real one");
	r->own->hidden_stores = h;
	return 0;
}

/* Letters of `-abc +d` into what is switched on and what is cancelled. */
static int list_letters(struct reader *r, const struct directive *d, const char *text,
    struct list_options *o)
{
	static const char known[] = "1AaBCcdFhLlnRrStUu";
	STRBUF(on, NAME_SIZE);
	STRBUF(off, NAME_SIZE);
	char sign = ' ';

	for (; *text; text++) {
		if (*text == ' ' || *text == '\t')
			sign = ' ';
		else if (sign == ' ' && (*text == '-' || *text == '+'))
			sign = *text;
		else if (sign == ' ')
			return tell_error(r, d->name, "%s: options begin with - or +", text);
		else if (strchr(known, *text) == NULL)
			tell_warning(r, d->name, "-%c: no option of the listing (-%s), ignored",
			    *text, known);
		else
			strbuf_addc(sign == '-' ? &on : &off, *text);
	}
	o->on = config_strdup(r->c, on.buf);
	o->off = config_strdup(r->c, off.buf);
	return 0;
}

/* One of ListOptions' own words; `next` is its number. Returns how many it took, or -EINVAL. */
static int list_word(struct reader *r, const struct directive *d, const char *word,
    const char *next, struct list_options *o)
{
	const struct { const char *name; bool *flag; unsigned *number; } table[] = {
		{ "strict", &o->strict, NULL },
		{ "LISTOnly", &o->list_only, NULL },
		{ "NLSTOnly", &o->nlst_only, NULL },
		{ "NoErrorIfAbsent", &o->no_error_if_absent, NULL },
		{ "SortedNLST", &o->sorted_nlst, NULL }, { "AdjustedSymlinks", &o->adjusted, NULL },
		{ "maxfiles", NULL, &o->maxfiles },
		{ "maxdirs", NULL, &o->maxdirs },
		{ "maxdepth", NULL, &o->maxdepth },
	};
	uintmax_t v;

	for (size_t i = 0; i < LEN(table); i++) {
		if (strcasecmp(word, table[i].name) != 0)
			continue;
		if (table[i].flag != NULL) {
			*table[i].flag = true;
			return 1;
		}
		if (next == NULL || !parse_uint(next, 10, 1, 1000000000, &v))
			return tell_error(r, d->name, "%s: a number above 0 is expected behind it",
			    word);
		*table[i].number = (unsigned)v;
		return 2;
	}
	return tell_error(r, d->name, "%s: no such option", word);
}

int read_list_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct list_options o = { .on = "", .off = "" };

	if (!words_fit(r, d, nwords, 1, 16) || list_letters(r, d, words[1], &o) != 0)
		return -EINVAL;
	for (size_t i = 2; i < nwords;) {
		int took = list_word(r, d, words[i], i + 1 < nwords ? words[i + 1] : NULL, &o);

		if (took < 0)
			return -EINVAL;
		i += (size_t)took;
	}
	r->own->list_options = o;
	return 0;
}

/* A part that is there needs no loading; one that is absent shows itself at its first directive. */
int read_load_module(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!module_present(words[1]))
		tell_note(r, d->name,
		    "%s: not a part of this program; nothing is loaded at run time", words[1]);
	return 0;
}

int read_log(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char **field = (const char **)(void *)((char *)r->own + d->offset);
	bool off;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	off = strcasecmp(words[1], "none") == 0;
	if (!off && words[1][0] != '/')
		return tell_error(r, d->name, "%s: none or an absolute path is expected", words[1]);
	*field = off ? "none" : config_strdup(r->c, words[1]);
	return 0;
}

int read_not_offered(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool on = true;

	if (nwords == 2 && parse_bool(words[1], &on) && !on) {
		tell_note(r, d->name, "has no effect: its commands are not offered");
		return 0;
	}
	return tell_error(r, d->name, "its commands are not offered");
}

int read_passive_ports(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	uintmax_t min, max;

	if (!words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	if (!parse_uint(words[1], 10, 1024, 65535, &min) ||
	    !parse_uint(words[2], 10, 1024, 65535, &max) || min >= max)
		return tell_error(r, d->name,
		    "%s %s: two ports from 1024 to 65535, the lower first, are expected", words[1],
		    words[2]);
	r->own->passive_ports.min = (unsigned)min;
	r->own->passive_ports.max = (unsigned)max;
	return 0;
}

int read_server_ident(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;
	bool on;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (!parse_bool(words[1], &on) || (!on && nwords == 3))
		return tell_error(r, d->name, "off, or on with a text, is expected");
	own->ident = !on ? IDENT_OFF : nwords == 3 ? IDENT_TEXT : IDENT_DEFAULT;
	own->ident_text = nwords == 3 ? config_strdup(r->c, words[2]) : NULL;
	return 0;
}

int read_server_type(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "standalone") == 0)
		tell_note(r, d->name, "there is no standalone mode; inetd starts this program");
	else if (strcasecmp(words[1], "inetd") != 0)
		return tell_error(r, d->name, "%s: inetd is expected", words[1]);
	return 0;
}

int read_unique_prefix(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strchr(words[1], '/') != NULL || strlen(words[1]) > NAME_SIZE / 4)
		return tell_error(r, d->name,
		    "%s: the beginning of a name, without a slash, is expected", words[1]);
	r->own->store_unique_prefix = config_strdup(r->c, words[1]);
	return 0;
}

struct name_value {
	const char *name;
	int value;
};

static bool find_name(const struct name_value *table, size_t n, const char *name, int *out)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(table[i].name, name) == 0) {
			*out = table[i].value;
			return true;
		}
	}
	return false;
}

int read_syslog_facility(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const struct name_value facilities[] = {
		{ "AUTH", LOG_AUTH }, { "AUTHPRIV", LOG_AUTHPRIV }, { "CRON", LOG_CRON },
		{ "DAEMON", LOG_DAEMON }, { "FTP", LOG_FTP }, { "KERN", LOG_KERN },
		{ "LPR", LOG_LPR },
		{ "MAIL", LOG_MAIL }, { "NEWS", LOG_NEWS }, { "SYSLOG", LOG_SYSLOG },
		{ "USER", LOG_USER },
		{ "UUCP", LOG_UUCP }, { "LOCAL0", LOG_LOCAL0 }, { "LOCAL1", LOG_LOCAL1 },
		{ "LOCAL2", LOG_LOCAL2 }, { "LOCAL3", LOG_LOCAL3 }, { "LOCAL4", LOG_LOCAL4 },
		{ "LOCAL5", LOG_LOCAL5 }, { "LOCAL6", LOG_LOCAL6 }, { "LOCAL7", LOG_LOCAL7 },
	};

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!find_name(facilities, LEN(facilities), words[1], &r->own->syslog_facility))
		return tell_error(r, d->name, "%s: no facility of syslog", words[1]);
	return 0;
}

int syslog_level(struct reader *r, const struct directive *d, const char *word, int *out)
{
	static const struct name_value levels[] = {
		{ "emerg", LOG_EMERG }, { "alert", LOG_ALERT }, { "crit", LOG_CRIT },
		{ "err", LOG_ERR },
		{ "error", LOG_ERR }, { "warn", LOG_WARNING }, { "warning", LOG_WARNING },
		{ "notice", LOG_NOTICE }, { "info", LOG_INFO }, { "debug", LOG_DEBUG },
	};

	if (!find_name(levels, LEN(levels), word, out))
		return tell_error(r, d->name, "%s: no level of syslog", word);
	return 0;
}

int read_syslog_level(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	return syslog_level(r, d, words[1], &r->own->syslog_level);
}

int read_tcp_levels(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct settings *own = r->own;

	if (!module_present("mod_wrap.c"))
		return tell_error(r, d->name,
		    "this program was built without tcp wrappers (make WRAP=no)");
	if (!words_fit(r, d, nwords, 2, 2) ||
	    syslog_level(r, d, words[1], &own->tcp_access_syslog_levels.allow) != 0)
		return -EINVAL;
	return syslog_level(r, d, words[2], &own->tcp_access_syslog_levels.deny);
}

int read_transfer_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "IgnoreASCII") == 0)
			r->own->ignore_ascii = true;
		else if (strcasecmp(words[i], "AllowSymlinkUpload") == 0)
			tell_note(r, d->name,
			    "%s has no effect: a link inside the root is always followed",
			    words[i]);
		else
			return tell_error(r, d->name, "%s: no such option", words[i]);
	}
	return 0;
}

int read_umask(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	uintmax_t mask[2];

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (!parse_uint(words[i], 8, 0, 0777, &mask[i - 1]))
			return tell_error(r, d->name, "%s: not an octal number from 0 to 0777",
			    words[i]);
	}
	r->own->umask.file = (mode_t)mask[0];
	r->own->umask.dir = (mode_t)mask[nwords - 2];
	return 0;
}

/* on, off, or how much one call should move, which here the kernel decides. */
int read_use_sendfile(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	uintmax_t size;
	STRBUF(text, 64);

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 2 && parse_bool(words[1], &r->own->use_sendfile))
		return 0;
	strbuf_add(&text, words[1]);
	strbuf_add(&text, nwords == 3 ? words[2] : "");
	if (nwords == 2 && text.len > 1 && text.buf[text.len - 1] == '%') {
		strbuf_cut(&text, text.len - 1);
		if (!parse_uint(text.buf, 10, 1, 100, &size))
			return tell_error(r, d->name, "%s: not a share from 1%% to 100%%",
			    words[1]);
	} else if (text.full || !parse_bytes(text.buf, UINT32_MAX, &size)) {
		return tell_error(r, d->name, "%s: on, off, a size or a percentage is expected",
		    words[1]);
	}
	tell_note(r, d->name, "the same as on: the kernel chooses how much one call moves");
	r->own->use_sendfile = true;
	return 0;
}

/* The rates of old configurations, in bytes a second: say what their line would be now. */
int read_old_rate(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *command = strncasecmp(d->name, "RateRead", 8) == 0 ? "RETR" : "STOR,APPE,STOU";
	const char *what = d->name + (*command == 'R' ? 8 : 9);
	uintmax_t v;

	if (strcasecmp(what, "HardBPS") == 0)
		return tell_error(r, d->name,
		    "write TransferRate %s instead; its rate is always hard", command);
	if (nwords != 2 || !parse_uint(words[1], 10, 0, UINT32_MAX, &v))
		return tell_error(r, d->name,
		    "write TransferRate %s KB-per-second[:free-bytes] instead", command);
	if (strcasecmp(what, "FreeBytes") == 0)
		return tell_error(r, d->name, "write TransferRate %s KB-per-second:%ju instead",
		    command, v);
	return tell_error(r, d->name, "write TransferRate %s %ju.%02ju instead", command, v / 1024,
	    v % 1024 * 100 / 1024);
}
