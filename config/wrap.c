/* The directives of tcp wrappers: which tables are asked about whom, and what -t says of them. */
#include "config/wrap.h"

#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char wrap_everybody[] = "builtin:all";

/* Without libwrap nobody could ask the tables: that is told, never left out. */
static bool built_in(struct reader *r, const struct directive *d)
{
	if (!module_present("mod_wrap.c"))
		(void)tell_error(r, d->name,
		    "this program was built without tcp wrappers (make WRAP=no)");
	return module_present("mod_wrap.c");
}

static int table_path(struct reader *r, const struct directive *d, const char *path,
    const char **out)
{
	if (path[0] != '/' && strncmp(path, "~/", 2) != 0)
		return tell_error(r, d->name, "%s: the path begins with / or ~/", path);
	if (strlen(path) >= PATHNAME_SIZE)
		return tell_error(r, d->name, "the path is too long");
	*out = config_strdup(r->c, path);
	return 0;
}

/* `type:rest` of the Wrap directives. */
static int typed_table(struct reader *r, const struct directive *d, const char *word,
    const char **out)
{
	static const char file[] = "file:";
	const char *colon = strchr(word, ':');

	if (colon == NULL)
		return tell_error(r, d->name, "%s: file:path or %s is expected", word,
		    wrap_everybody);
	if (strncasecmp(word, file, sizeof file - 1) == 0)
		return table_path(r, d, colon + 1, out);
	if (strcasecmp(word, wrap_everybody) == 0) {
		*out = wrap_everybody;
		return 0;
	}
	return tell_error(r, d->name,
	    "%.*s: no such type of table here; there are file:path and %s", (int)(colon - word),
	    word, wrap_everybody);
}

static int two_tables(struct reader *r, const struct directive *d, char **words, bool typed,
    struct wrap_tables *out)
{
	int (*read)(struct reader *, const struct directive *, const char *, const char **) =
	    typed ? typed_table : table_path;

	*out = (struct wrap_tables){ .where = r->here };
	return read(r, d, words[0], &out->allow) != 0 || read(r, d, words[1], &out->deny) != 0 ?
	    -EINVAL : 0;
}

/* TCPAccessFiles allow deny. */
int read_tcp_files(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!built_in(r, d) || !words_fit(r, d, nwords, 2, 2))
		return -EINVAL;
	return two_tables(r, d, words + 1, false, &r->own->tcp_access_files);
}

/* A third table gave options to types that have no place for them; files have one in each line. */
static int no_options_table(struct reader *r, const struct directive *d)
{
	return tell_error(r, d->name,
	    "a table of options: write them behind the lines of the files, as in hosts_options(5)");
}

static bool has_type(const char *word)
{
	return strncasecmp(word, "file:", 5) == 0 || strncasecmp(word, "builtin:", 8) == 0;
}

int read_wrap_tables(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!built_in(r, d) || !words_fit(r, d, nwords, 2, 3))
		return -EINVAL;
	if (nwords == 4)
		return no_options_table(r, d);
	return two_tables(r, d, words + 1, true, &r->own->wrap_tables);
}

/* Users that must all be the one user: such a line is never of use, and OR was meant. */
static void tell_doubt(struct reader *r, const struct directive *d, const struct expr *e)
{
	size_t plain = 0;

	for (size_t i = 0; e->all && e->regex == NULL && i < e->n; i++)
		plain += !e->items[i].negated;
	if (plain > 1)
		tell_warning(r, d->name,
		    "a user has one name, and every name must hold: write OR before them");
}

/* TCPUserAccessFiles, WrapGroupTables and their like: expression allow deny. */
int read_wrap_rule(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool user = d->id == D_TCP_USER_ACCESS_FILES || d->id == D_WRAP_USER_TABLES;
	bool typed = d->id == D_WRAP_USER_TABLES || d->id == D_WRAP_GROUP_TABLES;
	const struct wrap_rule **end = (const struct wrap_rule **)(void *)((char *)r->own +
	    d->offset);
	struct wrap_rule *rule;

	if (!built_in(r, d) || !words_fit(r, d, nwords, 3, WORDS_MAX))
		return -EINVAL;
	if (typed && nwords > 4 && has_type(words[nwords - 3]) && has_type(words[nwords - 2]))
		return no_options_table(r, d);
	rule = config_alloc(r->c, sizeof *rule);
	if (two_tables(r, d, words + nwords - 2, typed, &rule->tables) != 0 ||
	    expr_read(r, d, nwords - 3, words + 1, d->id != D_WRAP_USER_TABLES, &rule->who) != 0)
		return -EINVAL;
	if (user)
		tell_doubt(r, d, &rule->who);
	while (*end != NULL)
		end = (const struct wrap_rule **)(uintptr_t)&(*end)->next;
	*end = rule;
	return 0;
}

int read_wrap_engine(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (!parse_bool(words[1], &r->own->wrap_engine))
		return tell_error(r, d->name, "%s: on or off is expected", words[1]);
	return built_in(r, d) ? 0 : -EINVAL;
}

int read_wrap_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!built_in(r, d) || !words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "CheckOnConnect") == 0)
			r->own->wrap_on_connect = true;
		else if (strcasecmp(words[i], "CheckAllNames") == 0)
			r->own->wrap_all_names = true;
		else
			return tell_error(r, d->name,
			    "%s: no such option; there are CheckOnConnect and CheckAllNames",
			    words[i]);
	}
	return 0;
}

/* A name of the service, or a text for the client. */
int read_wrap_text(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char **field = (const char **)(void *)((char *)r->own + d->offset);
	bool name = d->id == D_TCP_SERVICE_NAME || d->id == D_WRAP_SERVICE_NAME;

	if (!built_in(r, d))
		return -EINVAL;
	if (nwords != 2)
		return tell_error(r, d->name, "takes one value (put one with blanks in quotes)");
	if (strlen(words[1]) >= (name ? NAME_SIZE : TEXT_SIZE))
		return tell_error(r, d->name, "is too long");
	if (name && (words[1][0] == '\0' || strpbrk(words[1], " \t,:") != NULL))
		return tell_error(r, d->name, "%s: no name of a service", words[1]);
	*field = config_strdup(r->c, words[1]);
	return 0;
}

int read_wrap_log(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	return built_in(r, d) ? read_log(r, d, nwords, words) : -EINVAL;
}

bool wrap_needs_user(const struct wrap_tables *t)
{
	const char *both[] = { t->allow, t->deny };

	for (size_t i = 0; i < 2; i++) {
		if (both[i] != NULL && (both[i][0] == '~' || strstr(both[i], "%U") != NULL))
			return true;
	}
	return false;
}

/* What the directives of one context lead to. The tables are read by the server's User. */
static void check_table(struct reader *r, const struct wrap_tables *t, const char *name,
    const char *path)
{
	struct stat st;

	if (path[0] != '/' || strstr(path, "%U") != NULL)
		return;
	if (stat(path, &st) != 0)
		(void)tell_at(r, CONFIG_WARNING, t->where, name, "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; it counts as empty" :
		    "; whoever is asked about is refused");
	else if (!S_ISREG(st.st_mode))
		(void)tell_at(r, CONFIG_WARNING, t->where, name, "%s: is not a regular file", path);
	else if (st.st_mode & S_IWOTH)
		(void)tell_at(r, CONFIG_ERROR, t->where, name, "%s: is writable by everybody",
		    path);
	else if (!(st.st_mode & S_IROTH) && st.st_uid == 0 && st.st_gid == 0)
		(void)tell_at(r, CONFIG_WARNING, t->where, name,
		    "%s: only root can read it, and it is read as the server's User: everybody "
		    "will be refused", path);
}

static void check_tables(struct reader *r, const struct wrap_tables *t, const char *name)
{
	if (t->allow == NULL || t->deny == NULL)
		return;
	check_table(r, t, name, t->allow);
	if (strcmp(t->allow, t->deny) != 0)
		check_table(r, t, name, t->deny);
}

static void check_rules(struct reader *r, const struct wrap_rule *rule, const char *name)
{
	for (; rule != NULL; rule = rule->next)
		check_tables(r, &rule->tables, name);
}

/*
 * Tables without an engine, an engine without tables, tables that cannot be asked when they should.
 */
static void check_engine(struct reader *r, const struct context *c)
{
	static const struct { enum directive_id id; const char *name; } kinds[] = {
		{ D_WRAP_TABLES, "WrapTables" }, { D_WRAP_USER_TABLES, "WrapUserTables" },
		{ D_WRAP_GROUP_TABLES, "WrapGroupTables" },
	};
	bool on = SETTING(c, D_WRAP_ENGINE, wrap_engine);
	bool early = on && SETTING(c, D_WRAP_OPTIONS, wrap_on_connect), any = false;
	const struct origin *where = c->own->where;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct origin here = where[kinds[i].id];

		any = any || settings_next(c, kinds[i].id) != NULL;
		if (here.line == 0)
			continue;
		if (!on)
			(void)tell_at(r, CONFIG_WARNING, here, kinds[i].name,
			    "has no effect: WrapEngine is off");
		else if (early && (kinds[i].id != D_WRAP_TABLES || c->kind == CTX_ANON ||
		    wrap_needs_user(&c->own->wrap_tables)))
			(void)tell_at(r, CONFIG_WARNING, here, kinds[i].name,
			    "can be asked at login alone, although CheckOnConnect is set");
	}
	if (on && !any && where[D_WRAP_ENGINE].line != 0 && c->anonymous == NULL)
		(void)tell_at(r, CONFIG_WARNING, where[D_WRAP_ENGINE], "WrapEngine",
		    "has nothing to ask: there is no WrapTables");
}

void wrap_check(struct reader *r, const struct context *c)
{
	const struct settings *s = c->own;

	check_tables(r, &s->tcp_access_files, "TCPAccessFiles");
	check_rules(r, s->tcp_user_files, "TCPUserAccessFiles");
	check_rules(r, s->tcp_group_files, "TCPGroupAccessFiles");
	check_tables(r, &s->wrap_tables, "WrapTables");
	check_rules(r, s->wrap_user_tables, "WrapUserTables");
	check_rules(r, s->wrap_group_tables, "WrapGroupTables");
	if (c->kind != CTX_GLOBAL)
		check_engine(r, c);
	/* <Global>'s are in the list of each server, and looked at with it alone */
	for (const struct condition *cond = c->conditions; cond != NULL; cond = cond->next) {
		if (cond->body->outer == c)
			wrap_check(r, cond->body);
	}
}
