/* Directives that limit how many may be here at once, and the file that they are counted in. */
#include "config/counter.h"

#include "config/hash.h"
#include "config/peer.h"
#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { CLIENTS_LIMIT = 1000000 };

static const struct { enum directive_id id; const char *name; } counted[] = {
	{ D_MAX_CLIENTS, "MaxClients" }, { D_MAX_CLIENTS_PER_CLASS, "MaxClientsPerClass" },
	{ D_MAX_CLIENTS_PER_HOST, "MaxClientsPerHost" },
	{ D_MAX_CLIENTS_PER_USER, "MaxClientsPerUser" },
	{ D_MAX_CONNECTIONS_PER_HOST, "MaxConnectionsPerHost" },
	{ D_MAX_HOSTS_PER_USER, "MaxHostsPerUser" },
	{ D_MAX_CONNECTION_RATE, "MaxConnectionRate" },
	{ D_MAX_TRANSFERS_PER_HOST, "MaxTransfersPerHost" },
	{ D_MAX_TRANSFERS_PER_USER, "MaxTransfersPerUser" },
	{ D_TRANSFER_RATE_TOTAL, "TransferRateTotal" },
};

/* n|none ["message"], from the word `first` on. */
static int read_limit(struct reader *r, const struct directive *d, size_t nwords, char **words,
    size_t first, struct client_limit *out)
{
	struct client_limit l = { .message = NULL };
	uintmax_t n = 0;

	if (strcasecmp(words[first], "none") != 0 && !parse_uint(words[first], 10, 1, CLIENTS_LIMIT,
	    &n))
		return tell_error(r, d->name, "%s: none or a number from 1 to %u is expected",
		    words[first], (unsigned)CLIENTS_LIMIT);
	l.max = (unsigned)n;
	if (nwords > first + 1 && strlen(words[first + 1]) >= TEXT_SIZE)
		return tell_error(r, d->name, "the message is too long");
	if (nwords > first + 1)
		l.message = config_strdup(r->c, words[first + 1]);
	*out = l;
	return 0;
}

int read_client_limit(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	return read_limit(r, d, nwords, words, 1,
	    (struct client_limit *)(void *)((char *)r->own + d->offset));
}

int read_class_limit(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const struct class_limit **end = &r->own->max_clients_per_class;
	struct class_limit *l;

	if (!words_fit(r, d, nwords, 2, 3))
		return -EINVAL;
	l = config_alloc(r->c, sizeof *l);
	if (read_limit(r, d, nwords, words, 2, &l->limit) != 0)
		return -EINVAL;
	l->class = config_strdup(r->c, words[1]);
	l->where = r->here;
	while (*end != NULL)
		end = (const struct class_limit **)(void *)&(*end)->next;
	*end = l;
	return 0;
}

int read_scoreboard_file(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char *const off[] = { "none", "off", "/dev/null" };
	const char *path = nwords > 1 ? words[1] : NULL;
	size_t n;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
		if (strcasecmp(path, off[i]) == 0)
			path = NULL;
		if (path == NULL)
			break;
	}
	n = path != NULL ? strlen(path) : 0;
	if (path != NULL && (path[0] != '/' || path[n - 1] == '/' ||
	    n >= PATHNAME_SIZE - sizeof ".lck"))
		return tell_error(r, d->name,
		    "%s: the absolute path of a file, or none, is expected", path);
	if (d->id == D_SCOREBOARD_MUTEX) {
		if (path == NULL)
			return tell_error(r, d->name, "the absolute path of a file is expected");
		r->own->scoreboard_mutex = config_strdup(r->c, path);
	} else {
		r->own->scoreboard_file = path != NULL ? config_strdup(r->c, path) : NULL;
	}
	return 0;
}

int read_scoreboard_options(struct reader *r, const struct directive *d, size_t nwords,
    char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "AllowMissingEntry") != 0)
		return tell_error(r, d->name, "%s: AllowMissingEntry is expected", words[1]);
	r->own->scoreboard_allow_missing = true;
	return 0;
}

const struct client_limit *counter_class(const struct context *server, struct subject *who)
{
	const struct context *c = settings_next(server, D_MAX_CLIENTS_PER_CLASS);
	const char *class = c != NULL ? subject_class(who) : NULL;

	for (; class != NULL && c != NULL; c = settings_next(c->outer, D_MAX_CLIENTS_PER_CLASS)) {
		for (const struct class_limit *l = c->own->max_clients_per_class; l != NULL;
		    l = l->next) {
			if (strcmp(l->class, class) == 0)
				return &l->limit;
		}
	}
	return NULL;
}

bool counter_classes(const struct context *server)
{
	return settings_next(server, D_MAX_CLIENTS_PER_CLASS) != NULL;
}

static bool counts_something(const struct context *c)
{
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		if (settings_next(c, counted[i].id) != NULL)
			return true;
	}
	return false;
}

bool counter_needed(const struct context *server)
{
	bool needed = counts_something(server);

	for (const struct context *a = server->anonymous; a != NULL && !needed; a = a->next)
		needed = counts_something(a);
	for (const struct condition *cond = server->conditions; cond != NULL && !needed;
	    cond = cond->next)
		needed = counts_something(cond->body);
	return needed;
}

static uint64_t add_text(uint64_t h, const char *text)
{
	return hash_add(h, text, strlen(text) + 1);  /* the NUL too, or "ab" "c" would be "a"
	                                                "bc" */
}

uint64_t config_server_id(const struct config *c, const struct context *server)
{
	uint64_t h = add_text(HASH_BEGIN, c->files != NULL ? c->files->path : "");

	for (const struct server *s = c->main.next; s != NULL; s = s->next) {
		uint32_t port = s->has_port ? s->port : 65536;

		if (s->context != server)
			continue;
		for (const char *const *name = s->names; name != NULL && *name != NULL; name++)
			h = add_text(h, *name);
		for (const struct server_alias *a = s->aliases; a != NULL; a = a->next)
			h = add_text(h, a->name);
		h = hash_add(h, &port, sizeof port);
	}
	return h;
}

/* Locks of one machine mean nothing to another, nor does what it maps. */
static bool is_remote(const char *path)
{
	static const unsigned long types[] = {
		0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f,
		0x0bd00bd0,
	};
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (((unsigned long)fs.f_type & 0xffffffffUL) == types[i])
			return true;
	}
	return false;
}

static void check_file(struct reader *r, const char *name, const char *path, struct origin where)
{
	STRBUF(dir, PATHNAME_SIZE);
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	struct stat st;

	if (slash == NULL || where.line == 0)
		return;
	strbuf_addn(&dir, path, slash > path ? (size_t)(slash - path) : 1);
	if (stat(dir.buf, &st) != 0)
		return;                      /* it is made */
	if ((st.st_mode & S_IWOTH) != 0)
		(void)tell_at(r, CONFIG_ERROR, where, name, "%s: everybody may write to it",
		    dir.buf);
	if (is_remote(dir.buf))
		(void)tell_at(r, CONFIG_ERROR, where, name,
		    "%s: lies on another machine; what tells the living from the dead is this "
		    "one's", dir.buf);
}

/* Limits that nobody counts for. */
static void check_dead(struct reader *r, const struct context *c)
{
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		if (c->own->where[counted[i].id].line != 0)
			(void)tell_at(r, CONFIG_WARNING, c->own->where[counted[i].id],
			    counted[i].name, "limits nothing: ScoreboardFile is none");
	}
	for (const struct context *d = c->directories; d != NULL; d = d->next)
		check_dead(r, d);
}

static void check_classes(struct reader *r, const struct context *c)
{
	for (const struct class_limit *l = c->own->max_clients_per_class; l != NULL; l = l->next) {
		const struct class *class = config_classes(r->c);

		while (class != NULL && strcmp(class->name, l->class) != 0)
			class = class->next;
		if (class == NULL)
			(void)tell_at(r, CONFIG_WARNING, l->where, "MaxClientsPerClass",
			    "%s: there is no such class", l->class);
	}
}

static void check_context(struct reader *r, const struct context *c, bool off)
{
	if (off)
		check_dead(r, c);
	check_classes(r, c);
	for (const struct context *a = c->anonymous; off && a != NULL; a = a->next)
		check_dead(r, a);
	for (const struct condition *cond = c->conditions; off && cond != NULL; cond = cond->next)
		check_dead(r, cond->body);
}

void counter_check(struct reader *r)
{
	const struct settings *main = settings_for(r->c->main.context, D_SCOREBOARD_FILE);
	const struct settings *own = r->c->main.context->own;
	bool off = main->scoreboard_file == NULL;

	check_file(r, "ScoreboardFile", main->scoreboard_file, main->where[D_SCOREBOARD_FILE]);
	check_file(r, "ScoreboardMutex", own->scoreboard_mutex, own->where[D_SCOREBOARD_MUTEX]);
	for (const struct server *s = &r->c->main; s != NULL; s = s->next)
		check_context(r, s->context, off);
	if (r->c->global != NULL)
		check_context(r, r->c->global, off);
}

void counter_message(struct strbuf *out, const char *text, unsigned max)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 'm') {
			strbuf_addu(out, max);
			p++;
		} else {
			strbuf_addc(out, *p);
		}
	}
}
