/* mod_ratio's directives: read, and asked which line holds; and what credit is left. */
#include "config/ratio.h"

#include "config/pattern.h"
#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static struct ratio_settings *own(struct reader *r)
{
	if (r->own->ratio == NULL)
		r->own->ratio = config_alloc(r->c, sizeof *r->own->ratio);
	return r->own->ratio;
}

/* [-]digits */
static bool parse_signed(const char *word, int64_t max, int64_t *out)
{
	bool negative = *word == '-';
	uintmax_t v;

	if (!parse_uint(word + negative, 10, 0, (uintmax_t)max, &v))
		return false;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Kilobytes, as 1.3.8 has them, unless a unit is written. */
static bool parse_credit(const char *word, int64_t *out)
{
	enum { KB = 1024 };
	bool negative = *word == '-';
	uintmax_t v;

	if (parse_signed(word, RATIO_CREDIT_MAX / KB, out)) {
		*out *= KB;
		return true;
	}
	if (word[negative] < '0' || word[negative] > '9' ||
	    word[strspn(word, "-0123456789")] == '\0' ||
	    !parse_bytes(word + negative, (uintmax_t)RATIO_CREDIT_MAX, &v))
		return false;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return true;
}

int read_ratio(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct ratio_settings *set;
	struct ratio_rule *rule;
	int64_t files, bytes;

	if (!words_fit(r, d, nwords, 5, 5))
		return -EINVAL;
	rule = config_alloc(r->c, sizeof *rule);
	if (!parse_signed(words[2], RATIO_FACTOR_MAX, &files))
		return tell_error(r, d->name, "%s: a ratio of files is expected, from -%u to %u",
		    words[2], (unsigned)RATIO_FACTOR_MAX, (unsigned)RATIO_FACTOR_MAX);
	if (!parse_signed(words[3], RATIO_CREDIT_MAX, &rule->file_credit))
		return tell_error(r, d->name, "%s: a number of files is expected", words[3]);
	if (!parse_signed(words[4], RATIO_FACTOR_MAX, &bytes))
		return tell_error(r, d->name, "%s: a ratio of bytes is expected, from -%u to %u",
		    words[4], (unsigned)RATIO_FACTOR_MAX, (unsigned)RATIO_FACTOR_MAX);
	if (!parse_credit(words[5], &rule->byte_credit))
		return tell_error(r, d->name,
		    "%s: a number of kilobytes is expected, or one with B, Kb, Mb or Gb", words[5]);
	rule->id = d->id;
	rule->key = config_strdup(r->c, words[1]);
	rule->files = (int32_t)files;
	rule->bytes = (int32_t)bytes;
	rule->where = r->here;
	rule->older = r->c->ratio_rules;
	rule->number = rule->older != NULL ? rule->older->number + 1 : 1;
	r->c->ratio_rules = rule;
	set = own(r);
	*(set->last != NULL ? &set->last->next : &set->rules) = rule;
	set->last = rule;
	return 0;
}

static const char **text_of(struct ratio_settings *s, enum directive_id id)
{
	return id == D_FILE_RATIO_ERR_MSG ? &s->file_msg : id == D_BYTE_RATIO_ERR_MSG ?
	    &s->byte_msg : id == D_LEECH_RATIO_MSG ? &s->leech_msg : &s->cwd_msg;
}

int read_ratio_text(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strlen(words[1]) >= TEXT_SIZE)
		return tell_error(r, d->name, "the text is too long");
	*text_of(own(r), d->id) = config_strdup(r->c, words[1]);
	return 0;
}

int read_ratio_file(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *path = words[1];
	struct ratio_file *f;
	size_t n;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	n = strlen(path);
	/* its lock and its successor have longer names */
	if (*path != '/' || path[n - 1] == '/' || n >= PATHNAME_SIZE - 16 ||
	    strlen(strrchr(path, '/')) >= NAME_SIZE - 16)
		return tell_error(r, d->name, "%s: the absolute path of a file is expected", path);
	f = config_alloc(r->c, sizeof *f);
	f->path = config_strdup(r->c, path);
	f->older = r->c->ratio_files;
	f->number = f->older != NULL ? f->older->number + 1 : 1;
	r->c->ratio_files = f;
	own(r)->file = f;
	return 0;
}

/* `v` in units of 2³², rounded down, and what is left of it. */
static void split(int64_t v, int64_t *high, int64_t *low)
{
	*low = (int64_t)((uint64_t)v & UINT32_MAX);
	*high = (v - *low) / (INT64_C(1) << 32);
}

int64_t ratio_left(int32_t ratio, int64_t credit, uint64_t up, uint64_t down)
{
	int64_t high, low, h, l;

	split((int64_t)(ratio < 0 ? up / (uint64_t)-(int64_t)ratio : up), &high, &low);
	if (ratio >= 0) {            /* both halves stay below 2⁵² */
		high *= ratio;
		low *= ratio;
	}
	split(credit, &h, &l);
	high += h;
	low += l;
	split((int64_t)down, &h, &l);
	high -= h;
	low -= l;
	split(low, &h, &low);        /* what the lower half carries */
	high += h;
	if (high > INT32_MAX)
		return INT64_MAX;
	if (high < INT32_MIN)
		return INT64_MIN;
	return high * (INT64_C(1) << 32) + low;
}

static void add(uint64_t *n, uint64_t more)
{
	*n = more > RATIO_COUNT_MAX - *n ? RATIO_COUNT_MAX : *n + more;
}

static void take(uint64_t *n, uint64_t less)
{
	*n = less > *n ? 0 : *n - less;
}

enum ratio_verdict ratio_take(struct ratio_counts *n, const struct ratio_rule *rule, uint64_t bytes)
{
	if (rule != NULL && rule->files != 0 &&
	    ratio_left(rule->files, rule->file_credit, n->files_up, n->files_down) < 1)
		return RATIO_FILES;
	if (rule != NULL && rule->bytes != 0) {
		int64_t left = ratio_left(rule->bytes, rule->byte_credit, n->bytes_up,
		    n->bytes_down);

		if (left < 0 || (uint64_t)left < bytes)
			return RATIO_BYTES;
	}
	add(&n->files_down, 1);
	add(&n->bytes_down, bytes);
	return RATIO_GOOD;
}

void ratio_give_back(struct ratio_counts *n, bool file, uint64_t bytes)
{
	take(&n->files_down, file);
	take(&n->bytes_down, bytes);
}

void ratio_stored(struct ratio_counts *n, bool file, uint64_t bytes)
{
	add(&n->files_up, file);
	add(&n->bytes_up, bytes);
}

void ratio_removed(struct ratio_counts *n, bool file, uint64_t bytes)
{
	take(&n->files_up, file);
	take(&n->bytes_up, bytes);
}

/* An address is one, however it is written; a pattern may mean addresses or names. */
static bool host_matches(const char *key, struct subject *who)
{
	STRBUF(text, NAME_SIZE);
	const char *name;
	struct addr a;

	if (addr_parse(&a, key))
		return addr_same_host(&a, &who->peer);
	addr_text(&who->peer, &text);
	if (pattern_match(key, text.buf, true))
		return true;
	/* what has no letter is no name, and none is looked up for it */
	if (strpbrk(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
		return false;
	name = subject_name(who);
	return name != NULL && pattern_match(key, name, true);
}

static bool matches(const struct ratio_rule *rule, struct subject *who, const char *email)
{
	bool anyone = strcmp(rule->key, "*") == 0;
	const char *const *names;
	size_t n;

	switch (rule->id) {
	case D_HOST_RATIO:
		return anyone || host_matches(rule->key, who);
	case D_ANON_RATIO:
		return email != NULL && (anyone || strcmp(rule->key, email) == 0);
	case D_USER_RATIO:
		return who->user != NULL && (anyone || strcmp(rule->key, who->user) == 0);
	default:
		names = who->user != NULL && !anyone ? subject_groups(who, &n) : NULL;
		for (size_t i = 0; names != NULL && i < n; i++) {
			if (strcmp(rule->key, names[i]) == 0)
				return true;
		}
		return anyone && who->user != NULL;
	}
}

const struct ratio_rule *ratio_for(const struct context *c, struct subject *who, const char *email)
{
	static const enum directive_id order[] = {
		D_HOST_RATIO, D_ANON_RATIO, D_USER_RATIO, D_GROUP_RATIO,
	};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		const struct context *at = settings_next(c, order[i]);

		for (; at != NULL; at = settings_next(at->outer, order[i])) {
			const struct ratio_rule *rule = at->own->ratio->rules;

			while (rule != NULL && (rule->id != order[i] || !matches(rule, who, email)))
				rule = rule->next;
			if (rule != NULL)
				return rule;
		}
	}
	return NULL;
}

const struct ratio_file *ratio_file_for(const struct context *c)
{
	const struct context *at = settings_next(c, D_RATIO_FILE);

	return at != NULL && SETTING(c, D_SAVE_RATIOS, save_ratios) ? at->own->ratio->file : NULL;
}

const char *ratio_text(const struct context *c, enum directive_id id)
{
	const struct context *at = settings_next(c, id);

	return at != NULL ? *text_of(at->own->ratio, id) : NULL;
}

const struct ratio_rule *ratio_rule_at(const struct config *c, uint32_t number)
{
	const struct ratio_rule *rule = c->ratio_rules;

	while (rule != NULL && rule->number != number)
		rule = rule->older;
	return rule;
}

const struct ratio_file *ratio_file_at(const struct config *c, uint32_t number)
{
	const struct ratio_file *f = c->ratio_files;

	while (f != NULL && f->number != number)
		f = f->older;
	return f;
}

bool ratio_asks_email(const struct config *c)
{
	const struct ratio_rule *rule = c->ratio_rules;

	while (rule != NULL && rule->id != D_ANON_RATIO)
		rule = rule->older;
	return rule != NULL;
}

/* Whether ratios are on in this context, or in a section of it. */
static bool is_on(const struct context *c)
{
	bool on = SETTING(c, D_RATIOS, ratios);

	for (const struct context *d = c->directories; d != NULL && !on; d = d->next)
		on = is_on(d);
	for (const struct context *a = c->anonymous; a != NULL && !on; a = a->next)
		on = is_on(a);
	for (const struct condition *cond = c->conditions; cond != NULL && !on; cond = cond->next)
		on = is_on(cond->body);
	return on;
}

/* `around`: what a body of a condition becomes a part of; else `c` itself. */
static void check_path(struct reader *r, const struct context *c, const struct context *around)
{
	const struct origin where = c->own->where[D_RATIO_FILE];
	STRBUF(dir, PATHNAME_SIZE);
	struct ratio_file *f;
	const char *path;
	struct stat st;

	if (where.line == 0)
		return;
	f = (struct ratio_file *)(uintptr_t)c->own->ratio->file;
	if (f->told)                 /* <Global>'s sections stand in every server */
		return;
	f->told = true;
	path = f->path;
	strbuf_addn(&dir, path, (size_t)(strrchr(path, '/') - path) + 1);
	if (stat(dir.buf, &st) != 0) {       /* it is made, in another one that is there */
		strbuf_cut(&dir, dir.len - 1);
		strbuf_cut(&dir, (size_t)(strrchr(dir.buf, '/') - dir.buf) + 1);
		if (stat(dir.buf, &st) != 0)
			(void)tell_at(r, CONFIG_ERROR, where, "RatioFile", "%s: %s", dir.buf,
			    strerror(errno));
	} else if ((st.st_mode & S_IWOTH) != 0)
		(void)tell_at(r, CONFIG_ERROR, where, "RatioFile", "%s: everybody may write to it",
		    dir.buf);
	else if (lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH) != 0))
		(void)tell_at(r, CONFIG_ERROR, where, "RatioFile", S_ISREG(st.st_mode) ?
		    "%s: everybody may write to it" : "%s: not a regular file", path);
	if (!SETTING(c, D_SAVE_RATIOS, save_ratios) && !SETTING(around, D_SAVE_RATIOS, save_ratios))
		(void)tell_at(r, CONFIG_WARNING, where, "RatioFile",
		    "keeps nothing: SaveRatios is off");
}

/* `on`: ratios are on where `c` becomes a part of something. */
static void check_context(struct reader *r, const struct context *c, const struct context *around,
    bool on)
{
	const struct origin save = c->own->where[D_SAVE_RATIOS];
	bool used = on || is_on(c);

	for (const struct ratio_rule *rule = c->own->ratio != NULL ? c->own->ratio->rules : NULL;
	    rule != NULL; rule = rule->next)
		((struct ratio_rule *)(uintptr_t)rule)->used |= used;
	check_path(r, c, around);
	if (save.line != 0 && c->own->save_ratios && settings_next(c, D_RATIO_FILE) == NULL &&
	    settings_next(around, D_RATIO_FILE) == NULL)
		(void)tell_at(r, CONFIG_ERROR, save, "SaveRatios", "RatioFile does not say where");
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		check_context(r, d, d, false);
	for (const struct context *a = c->anonymous; a != NULL; a = a->next)
		check_context(r, a, a, false);
	for (const struct condition *cond = c->conditions; cond != NULL; cond = cond->next)
		check_context(r, cond->body, c, used);
}

/* From the oldest, as the file has them. */
static void tell_unused(struct reader *r)
{
	uint32_t n = r->c->ratio_rules != NULL ? r->c->ratio_rules->number : 0;
	const struct ratio_rule **all = n > 0 ? config_alloc(r->c, n * sizeof *all) : NULL;

	for (const struct ratio_rule *rule = r->c->ratio_rules; rule != NULL; rule = rule->older)
		all[rule->number - 1] = rule;
	for (uint32_t i = 0; i < n; i++) {
		if (!all[i]->used)
			(void)tell_at(r, CONFIG_WARNING, all[i]->where, all[i]->id == D_HOST_RATIO ?
			    "HostRatio" : all[i]->id == D_ANON_RATIO ? "AnonRatio" :
			    all[i]->id == D_USER_RATIO ? "UserRatio" : "GroupRatio",
			    "has no effect: Ratios is off");
	}
}

void ratio_check(struct reader *r)
{
	bool on = false;

	for (const struct server *s = &r->c->main; s != NULL; s = s->next) {
		on = on || is_on(s->context);
		check_context(r, s->context, s->context, false);
	}
	/* its sections and conditions stand in the servers as well */
	if (r->c->global != NULL) {
		struct context global = *r->c->global;

		global.directories = global.anonymous = NULL;
		global.conditions = NULL;
		check_context(r, &global, &global, on);
	}
	tell_unused(r);
}
