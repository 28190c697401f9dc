/* ftpasswd: the text of an account file, before and after. */
#include "auth/entry.h"

#include "auth/authline.h"
#include "config/bounds.h"
#include "config/memory.h"

#include <string.h>

/* A line as it stands; its end is LF, CR LF or the file's. */
struct line {
	const char *start;
	size_t n, whole;        /* without and with its end */
	unsigned number;
};

struct edit {
	const struct entry_change *c;
	struct strbuf *out, *why;
	char *scratch;                      /* the line that is looked at, cut into fields */
	const char *fields[ENTRY_FIELDS];   /* of it */
	unsigned found;                     /* number of the line with our entry; 0: not yet */
};

static const enum entry_field user_layout[] = {
	ENTRY_NAME, ENTRY_HASH, ENTRY_UID, ENTRY_GID, ENTRY_GECOS, ENTRY_HOME, ENTRY_SHELL
};
static const enum entry_field group_layout[] = {
	ENTRY_NAME, ENTRY_HASH, ENTRY_GID, ENTRY_MEMBERS
};

static const enum entry_field *layout(const struct entry_change *c, size_t *n)
{
	*n = c->group ? sizeof group_layout / sizeof *group_layout :
	    sizeof user_layout / sizeof *user_layout;
	return c->group ? group_layout : user_layout;
}

static bool next_line(const char **at, const char *end, struct line *l)
{
	const char *lf;

	if (*at == end)
		return false;
	lf = memchr(*at, '\n', (size_t)(end - *at));
	l->start = *at;
	*at = lf != NULL ? lf + 1 : end;
	l->whole = (size_t)(*at - l->start);
	l->n = l->whole - (lf != NULL);
	if (l->n > 0 && l->start[l->n - 1] == '\r')
		l->n--;
	l->number++;
	return true;
}

/* The name in front of the first ':', also of a line that is broken behind it. */
static bool is_ours(const struct line *l, const char *name)
{
	size_t n = strlen(name);

	return l->n >= n && memcmp(l->start, name, n) == 0 && (l->n == n || l->start[n] == ':');
}

/* Whether the server would take this line, by its own reader; then `fields` are those of it. */
static bool is_sound(struct edit *e, const struct line *l)
{
	const char *at = e->scratch;
	const enum entry_field *order;
	size_t n;

	memcpy(e->scratch, l->start, l->n);
	e->scratch[l->n] = '\0';
	if (strlen(e->scratch) != l->n)
		return false;
	if (e->c->group ? !authfile_group_line(e->scratch, &(struct authfile_group){ 0 }) :
	    !authfile_user_line(e->scratch, &(struct authfile_user){ 0 }))
		return false;
	order = layout(e->c, &n);
	for (size_t i = 0; i < n; i++) {
		e->fields[order[i]] = at;       /* the reader has put NULs where the colons were */
		at += strlen(at) + 1;
	}
	return true;
}

static bool at_line(struct edit *e, unsigned number, const char *reason)
{
	strbuf_addf(e->why, "%s:%u: %s", e->c->path, number, reason);
	return false;
}

/* The next of the words with commas between them; false behind the last. */
static bool next_word(const char **at, struct strbuf *word)
{
	size_t n;

	while (**at == ',')
		++*at;
	n = strcspn(*at, ",");
	strbuf_reset(word);
	strbuf_addn(word, *at, n);
	*at += n;
	return n > 0;
}

/* Whoever is to leave must be there: a misspelt name would keep what it should lose. */
static bool may_leave(struct edit *e, const char *members, const struct line *l)
{
	STRBUF(word, USER_SIZE);
	STRBUF(reason, TEXT_SIZE);

	for (const char *at = e->c->leave; next_word(&at, &word);) {
		if (authfile_is_member(members, word.buf))
			continue;
		strbuf_addf(&reason, "%s is no member of %s", word.buf, e->c->fields[ENTRY_NAME]);
		return at_line(e, l->number, reason.buf);
	}
	return true;
}

static void add_members(struct edit *e, const char *members)
{
	size_t start = e->out->len;
	STRBUF(word, USER_SIZE);

	while (*members != '\0') {
		size_t n = strcspn(members, ",");

		strbuf_reset(&word);
		strbuf_addn(&word, members, n);
		if (word.full || !authfile_is_member(e->c->leave, word.buf)) {
			if (e->out->len > start)
				strbuf_addc(e->out, ',');
			strbuf_addn(e->out, members, n);
		}
		members += n + (members[n] == ',');
	}
	for (const char *at = e->c->join; next_word(&at, &word);) {
		if (authfile_is_member(e->out->buf + start, word.buf))
			continue;
		if (e->out->len > start)
			strbuf_addc(e->out, ',');
		strbuf_add(e->out, word.buf);
	}
}

/* A '!' that nobody's hash begins with, so that no password fits and the hash is kept. */
static void add_hash(struct edit *e, const char *old)
{
	const char *new = e->c->fields[ENTRY_HASH];
	bool locked = old[0] == '!';

	if (e->c->action == ENTRY_LOCK && !locked)
		strbuf_addc(e->out, '!');
	if (e->c->action == ENTRY_UNLOCK)
		old += strspn(old, "!");
	if (e->c->action == ENTRY_PASSWORD && locked) {
		strbuf_addc(e->out, '!');
		if (e->c->note != NULL)
			e->c->note("the account is locked and stays so: --unlock opens it");
	}
	strbuf_add(e->out, new != NULL ? new : old);
}

static void add_entry(struct edit *e)
{
	size_t n;
	const enum entry_field *order = layout(e->c, &n);

	for (size_t i = 0; i < n; i++) {
		const char *new = e->c->fields[order[i]], *old = e->fields[order[i]];

		if (i > 0)
			strbuf_addc(e->out, ':');
		if (order[i] == ENTRY_MEMBERS)
			add_members(e, old);
		else if (order[i] == ENTRY_HASH)
			add_hash(e, old);
		else
			strbuf_add(e->out, new != NULL ? new : old);
	}
}

/* The line of our entry, which is `fields`. */
static bool edit_entry(struct edit *e, const struct line *l)
{
	enum entry_action action = e->c->action;
	const char *hash = e->fields[ENTRY_HASH];

	if (action == ENTRY_ADD)
		return at_line(e, l->number, "the name is taken: --change changes this entry");
	/* the server takes the first: of two nobody knows which was meant, but all can go */
	if (e->found != 0 && action != ENTRY_DELETE && action != ENTRY_LOCK)
		return at_line(e, l->number,
		    "the name stands here a second time: remove one of the two");
	e->found = l->number;
	if (action == ENTRY_DELETE)
		return true;
	if (e->c->group && !may_leave(e, e->fields[ENTRY_MEMBERS], l))
		return false;
	hash += action == ENTRY_UNLOCK ? strspn(hash, "!") : 0;
	/* an empty hash is the empty password: nobody should get it by being unlocked */
	if (action == ENTRY_UNLOCK && (hash[0] == '*' || (hash[0] == '\0' &&
	    hash != e->fields[ENTRY_HASH])))
		return at_line(e, l->number,
		    "there is no password to unlock: --change-password gives one");
	add_entry(e);
	strbuf_addn(e->out, l->start + l->n, l->whole - l->n);
	return true;
}

static bool edit_line(struct edit *e, const struct line *l)
{
	bool ours = is_ours(l, e->c->fields[ENTRY_NAME]);
	STRBUF(text, PATHNAME_SIZE + TEXT_SIZE);

	if (l->n == 0 || l->start[0] == '#') {
		strbuf_addn(e->out, l->start, l->whole);
		return true;
	}
	if (is_sound(e, l)) {
		if (ours)
			return edit_entry(e, l);
	} else if (ours) {
		return at_line(e, l->number,
		    "the line of this name is broken: mend or remove it first");
	} else if (e->c->note != NULL) {
		strbuf_addf(&text, "%s:%u: not a line of %s: it is left as it is", e->c->path,
		    l->number, e->c->group ? "group(5), name:x:gid:member,member" :
		    "passwd(5), name:hash:uid:gid:gecos:home:shell");
		e->c->note(text.buf);
	}
	strbuf_addn(e->out, l->start, l->whole);
	return true;
}

static bool edit_all(struct edit *e, const char *text, size_t n)
{
	const char *at = text;
	struct line l = { .number = 0 };

	while (next_line(&at, text + n, &l)) {
		if (!edit_line(e, &l))
			return false;
	}
	if (e->c->action == ENTRY_ADD) {
		if (n > 0 && text[n - 1] != '\n')
			strbuf_addc(e->out, '\n');
		for (size_t i = 0; i < ENTRY_FIELDS; i++)
			e->fields[i] = "";
		add_entry(e);
		strbuf_addc(e->out, '\n');
	} else if (e->found == 0) {
		strbuf_addf(e->why, "%s: there is no %s %s: look at --name and --file", e->c->path,
		    e->c->group ? "group" : "account", e->c->fields[ENTRY_NAME]);
		return false;
	}
	if (e->out->full || e->out->len > CONFIG_SIZE) {
		strbuf_addf(e->why, "%s: it would be too large: the server reads %d bytes",
		    e->c->path, CONFIG_SIZE);
		return false;
	}
	return true;
}

bool entry_edit(const struct entry_change *c, const char *text, size_t n, struct strbuf *out,
    struct strbuf *why)
{
	struct edit e = { .c = c, .out = out, .why = why, .scratch = memory_map(n + 1) };
	bool done = edit_all(&e, text, n);

	memory_unmap(e.scratch, n + 1);
	return done;
}
