/* What stands in <Limit> and <Class>: Order, Allow and Deny, expressions, From. */
#include "config/rule.h"

#include "config/peer.h"
#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct limit_rule *rule_add(struct reader *r, enum rule_kind kind, bool allow)
{
	struct limit_rule *rule = config_alloc(r->c, sizeof *rule);
	const struct limit_rule **end = &r->limit->rules;

	*rule = (struct limit_rule){ .kind = kind, .allow = allow, .where = r->here };
	while (*end != NULL)
		end = (const struct limit_rule **)(uintptr_t)&(*end)->next;
	*end = rule;
	return rule;
}

/* AllowAll, DenyAll: of a <Limit>, or of a section for every command. */
int read_all(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool allow = d->id == D_ALLOW_ALL;

	(void)words;
	if (!words_fit(r, d, nwords, 0, 0))
		return -EINVAL;
	if (r->limit != NULL)
		(void)rule_add(r, RULE_ALL, allow);
	else
		*(allow ? &r->own->allow_all : &r->own->deny_all) = true;
	return 0;
}

int read_order(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	STRBUF(order, 32);

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	strbuf_add(&order, words[1]);        /* a blank may stand behind the comma */
	strbuf_add(&order, nwords == 3 ? words[2] : "");
	if (strcasecmp(order.buf, "allow,deny") != 0 && strcasecmp(order.buf, "deny,allow") != 0)
		return tell_error(r, d->name, "%s: allow,deny or deny,allow is expected",
		    order.buf);
	if (r->limit->order.line != 0) {
		tell_warning(r, d->name, "is set already (line %u), and the first counts",
		    (unsigned)r->limit->order.line);
		return 0;
	}
	r->limit->deny_first = strcasecmp(order.buf, "deny,allow") == 0;
	r->limit->order = r->here;
	return 0;
}

/* Read `text`, one item of a list, to the list's end. */
static int add_item(struct reader *r, const struct directive *d, const char *text,
    const struct peer_item **list)
{
	struct peer_item *item = config_alloc(r->c, sizeof *item);
	const char *why = peer_parse(config_strdup(r->c, text), item);

	if (why != NULL)
		return tell_error(r, d->name, "%s: %s", text, why);
	item->where = r->here;
	while (*list != NULL)
		list = (const struct peer_item **)(uintptr_t)&(*list)->next;
	*list = item;
	return 0;
}

/* The items of a line, separated by blanks or commas. */
static int read_items(struct reader *r, const struct directive *d, size_t n, char **words,
    const struct peer_item **list)
{
	size_t items = 0;
	bool alone = false;

	for (size_t i = 0; i < n; i++) {
		for (char *save, *p = strtok_r(words[i], ",", &save); p != NULL;
		    p = strtok_r(NULL, ",", &save), items++) {
			alone = alone || strcasecmp(p, "all") == 0 || strcasecmp(p, "none") == 0;
			if (add_item(r, d, p, list) != 0)
				return -EINVAL;
		}
	}
	if (items == 0)
		return tell_error(r, d->name, "nothing is named");
	if (alone && items > 1)
		return tell_error(r, d->name, "all and none stand alone");
	return 0;
}

/* What a list with "!" means here and did not mean elsewhere; names that nobody looks up. */
static void tell_doubts(struct reader *r, const struct directive *d, const struct peer_item *list)
{
	for (; list != NULL; list = list->next) {
		if (!list->negated)
			continue;
		tell_note(r, d->name,
		    "!%s: a list with a negated item holds for every peer that is not negated and "
		    "is named; ProFTPD lets such a list never hold", list->text);
		return;
	}
}

/* Allow, Deny: [from] all|none|item… */
int read_allow(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool from = nwords > 2 && strcasecmp(words[1], "from") == 0;
	const struct peer_item *list = NULL;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX) ||
	    read_items(r, d, nwords - 1 - from, words + 1 + from, &list) != 0)
		return -EINVAL;
	rule_add(r, RULE_FROM, strcasecmp(d->name, "Allow") == 0)->from = list;
	tell_doubts(r, d, list);
	return 0;
}

static int add_names(struct reader *r, const struct directive *d, size_t n, char **words,
    struct expr *e)
{
	struct expr_item *items;
	size_t room = n;

	for (size_t i = 0; i < n; i++) {
		for (const char *p = words[i]; *p; p++)
			room += *p == ',';
	}
	items = config_alloc(r->c, (room + 1) * sizeof *items);
	for (size_t i = 0; i < n; i++) {
		for (char *p = words[i], *next; p != NULL; p = next) {
			struct expr_item *item = &items[e->n++];

			next = strchr(p, ',');
			if (next != NULL)
				*next++ = '\0';
			item->negated = *p == '!';
			item->name = config_strdup(r->c, p + item->negated);
			if (*item->name == '\0')
				return tell_error(r, d->name, "an empty name in the expression");
		}
	}
	e->items = items;
	return 0;
}

int expr_read(struct reader *r, const struct directive *d, size_t n, char **words, bool all,
    struct expr *out)
{
	struct filter f;

	*out = (struct expr){ .all = all };
	if (n > 1 && strcasecmp(words[0], "regex") == 0) {
		if (n > 2)
			return tell_error(r, d->name, "one expression is expected behind regex");
		if (filter_compile(r, d, words[1], false, &f) != 0)
			return -EINVAL;
		out->regex = f.regex;
		return 0;
	}
	if (n > 1 && (strcasecmp(words[0], "AND") == 0 || strcasecmp(words[0], "OR") == 0)) {
		out->all = strcasecmp(words[0], "AND") == 0;
		words++;
		n--;
	}
	return add_names(r, d, n, words, out);
}

/* AllowUser, DenyGroup and their like: an expression; groups must all hold unless OR is written. */
int read_expr_rule(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool allow = strncasecmp(d->name, "Allow", 5) == 0;
	const char *what = d->name + (allow ? 5 : 4);
	enum rule_kind kind = strcasecmp(what, "User") == 0 ? RULE_USER :
	    strcasecmp(what, "Group") == 0 ? RULE_GROUP : RULE_CLASS;
	struct expr e;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX) ||
	    expr_read(r, d, nwords - 1, words + 1, kind == RULE_GROUP, &e) != 0)
		return -EINVAL;
	rule_add(r, kind, allow)->expr = e;
	return 0;
}

int read_ignore_hidden(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool on;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!parse_bool(words[1], &on))
		return tell_error(r, d->name, "%s: on or off is expected", words[1]);
	if (r->limit->ignore_hidden == IGNORE_UNSET)
		r->limit->ignore_hidden = on ? IGNORE_ON : IGNORE_OFF;
	else
		tell_warning(r, d->name, "is set already, and the first counts");
	return 0;
}

int open_class(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct class *class;
	STRBUF(place, TEXT_SIZE);

	if (r->condition != NULL)
		return tell_error(r, d->name,
		    "not allowed in a conditional section: a class is known before all of them");
	if (nwords != 2 || words[1][0] == '\0')
		return tell_error(r, d->name, "takes one name");
	for (class = r->c->classes; class != NULL; class = class->next) {
		if (strcmp(class->name, words[1]) != 0)
			continue;
		add_place(r, class->where, &place);
		return tell_error(r, d->name, "%s: is there already (%s)", words[1], place.buf);
	}
	class = config_alloc(r->c, sizeof *class);
	class->name = config_strdup(r->c, words[1]);
	class->where = r->here;
	*r->c->classes_end = class;
	r->c->classes_end = &class->next;
	section_open(r, d->name, READ_BUILD);
	r->in = IN_CLASS;
	r->class = class;
	return 0;
}

int read_from(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	return read_items(r, d, nwords - 1, words + 1, &r->class->items);
}

int read_satisfy(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "any") != 0 && strcasecmp(words[1], "all") != 0)
		return tell_error(r, d->name, "%s: any or all is expected", words[1]);
	r->class->all = strcasecmp(words[1], "all") == 0;
	return 0;
}
