/*
 * Hostile configurations: each sample cut off anywhere and changed in ten thousand ways is an error
 * with its line, or a configuration that can be asked; never a crash, a hang or a wider door.
 */
#include "tests/config/given.h"

#include "config/condition.h"
#include "config/limit.h"
#include "config/memory.h"
#include "config/peer.h"
#include "config/read.h"

#include <ctype.h>
#include <netdb.h>
#include <sys/mman.h>

enum { TEXT_MAX = 65536, MUTATIONS = 10000, HANG = 300 };

/* No mutation of a name is worth a question to the network. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	(void)host, (void)service, (void)hints, (void)list;
	return EAI_NONAME;
}

/* Every kind of section and most kinds of values, nested as far as they go. */
static const char everything[] =
	"DefaultRoot ~ !staff,users\n"
	"UserAlias guest ftp\n"
	"PathDenyFilter \"(^|/)\\\\.ht\" NC\n"
	"<Class inside>\n"
	"\tFrom 10.0.0.0/8 !10.1.1. .example.com\n"
	"\tSatisfy all\n"
	"</Class>\n"
	"<Global>\n"
	"\tUmask 077 022\n"
	"\t<Limit ALL>\n"
	"\t\tDenyClass !inside\n"
	"\t</Limit>\n"
	"</Global>\n"
	"<IfModule mod_core.c>\n"
	"\t<Directory /srv/*/in>\n"
	"\t\tAllowOverwrite on\n"
	"\t\t<Limit STOR,MKD DIRS>\n"
	"\t\t\tOrder deny,allow\n"
	"\t\t\tDenyUser !alice,!bob\n"
	"\t\t\tAllow from 10.1.2.[3-7] 2001:db8::/32\n"
	"\t\t\tAllowFilter ^[a-z]+$\n"
	"\t\t</Limit>\n"
	"\t</Directory>\n"
	"</IfModule>\n"
	"<IfUser OR alice,bob>\n"
	"\t<Limit DELE>\n"
	"\t\tDenyAll\n"
	"\t</Limit>\n"
	"</IfUser>\n"
	"<VirtualHost 192.0.2.2>\n"
	"\tPort 2121\n"
	"\t<Limit LOGIN>\n"
	"\t\tDenyGroup OR staff,users\n"
	"\t</Limit>\n"
	"</VirtualHost>\n";

struct text {
	char bytes[TEXT_MAX];
	size_t n;
};

static void load(struct text *t, const char *path)
{
	FILE *f = path != NULL ? fopen(path, "re") : NULL;

	if (path != NULL && f == NULL) {
		print_message("%s: not here; the tests are run from the top of the tree\n", path);
		skip();
	}
	t->n = sizeof everything - 1;
	memcpy(t->bytes, everything, t->n);
	if (f == NULL)
		return;
	t->n = fread(t->bytes, 1, sizeof t->bytes / 2, f);
	assert_int_equal(fclose(f), 0);
	assert_true(t->n > 500);
}

static const char *const samples[] = { "etc/in.ftpd.conf", "etc/anonymous.conf", NULL };

enum { SAMPLES = sizeof samples / sizeof *samples };

/* As given_bytes does, but in memory: a disk would cost more than all the rest. */
static struct config *read_bytes(struct given *g, const void *bytes, size_t n, bool live)
{
	struct addr local = { .family = 0 };
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct config_source src = {
		.path = g->path, .invoker = getuid(), .tell = given_tell, .arg = g,
		.local = live ? &local : NULL,
	};
	struct config *c;

	assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, bytes, n) == (ssize_t)n);
	assert_true(addr_parse(&local, "192.0.2.1"));
	local.port = 21;
	(void)snprintf(g->path, sizeof g->path, "/proc/self/fd/%d", fd);
	g->len = g->errors = g->warnings = g->notes = 0;
	g->told[0] = '\0';
	c = config_read(&src);
	assert_int_equal(close(fd), 0);
	/* without a configuration there is an error, with one there is none */
	assert_int_equal(c == NULL, g->errors > 0);
	return c;
}

/* -- what a text led to ---------------------------------------------------------------------- */

/* Every error names file and line, and no line of it can forge another one or reach a terminal. */
static void errors_have_lines(const struct given *g)
{
	size_t len = strlen(g->path);
	const char *end;

	for (const char *line = g->told; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)             /* the room for them is full */
			return;
		for (const char *p = line; p < end; p++)
			assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
		if (*line != 'E' || strstr(line, "more errors") != NULL)
			continue;
		assert_memory_equal(line + 2, g->path, len);
		assert_true(line[2 + len] == ':' && isdigit((unsigned char)line[3 + len]));
	}
}

static const struct limit_verb verbs[] = {
	{ "RETR", NULL, LIMIT_READ, false, false }, { "STOR", NULL, LIMIT_WRITE, false, false },
	{ "DELE", NULL, LIMIT_WRITE, false, false }, { "MKD", "XMKD", LIMIT_WRITE, false, false },
	{ "LIST", NULL, LIMIT_DIRS, false, false }, { "CWD", "XCWD", LIMIT_DIRS, false, false },
	{ "SITE_CHMOD", NULL, LIMIT_WRITE, false, false },
};
static const char *const paths[] = {
	"/srv/ftp", "/srv/ftp/pub/x", "/srv/ftp/incoming", "/srv/ftp/incoming/x", "/srv/a/in/x",
};

enum {
	NVERBS = sizeof verbs / sizeof *verbs, NPATHS = sizeof paths / sizeof *paths,
	VERDICTS = NVERBS * NPATHS,
};

/* All verdicts of a section's tree, for a peer that belongs to nothing. */
static void verdicts_of(struct config *c, struct context *base, char *out)
{
	static const struct context_names names = { .user = "alice", .home = "/home/alice",
	    .anon_root = "/srv/ftp" };
	struct subject who = { .classes = config_classes(c), .user = "alice" };

	assert_true(addr_parse(&who.peer, "203.0.113.9"));
	context_resolve(c, base, &names);
	for (size_t i = 0; i < NPATHS; i++) {
		const struct context *at = context_for_path(base, paths[i]);

		for (size_t k = 0; k < NVERBS; k++)
			out[i * NVERBS + k] = " +-"[limit_check(at, &verbs[k], &who, "x").verdict];
	}
}

/* Ask a configuration what a connection would ask it. */
static void use(struct config *c)
{
	struct subject who = { .classes = config_classes(c) };
	struct condition_set set;
	struct decision why;
	char out[VERDICTS];

	for (size_t i = 0; i < 4 && config_server_at(c, i) != NULL; i++) {
		struct context *server = config_server_at(c, i);

		who.user = NULL;
		assert_true(addr_parse(&who.peer, "10.1.2.4"));
		conditions_at_connect(c, server, &who);
		(void)limit_login_possible(server, &who, &why);
		who.user = "alice";
		if (conditions_at_login(server, &who, &set))
			conditions_merge(c, server, &set);
		(void)limit_login_allowed(server, server->anonymous, &who, &why);
		verdicts_of(c, server, out);
		for (struct context *a = server->anonymous; a != NULL; a = a->next)
			verdicts_of(c, a, out);
	}
}

/* What -t prints of a configuration is one, too. */
static void dump_is_one(struct given *g, struct config *c)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	struct config *again;

	assert_non_null(out);
	config_dump(c, out);
	assert_int_equal(fclose(out), 0);
	again = read_bytes(g, text, n, false);
	if (again == NULL)
		fail_msg("the dump is refused: %s\n%s", g->told, text);
	config_free(again);
	free(text);
}

/* Read a text, as -t or as a connection; whether it is a configuration. */
static bool accepted(struct given *g, const struct text *t, bool live)
{
	struct config *c = read_bytes(g, t->bytes, t->n, live);

	errors_have_lines(g);
	if (c == NULL)
		return false;
	if (live) {
		use(c);
	} else {
		dump_is_one(g, c);
		use(c);
	}
	config_free(c);
	return true;
}

/* -- prefixes -------------------------------------------------------------------------------- */

/*
 * The sections that are open behind the first `n` bytes; what is no whole line counts for nothing.
 */
static int open_sections(const struct text *t, size_t n)
{
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		const char *lf = memchr(t->bytes + i, '\n', t->n - i);
		size_t end = lf != NULL ? (size_t)(lf - t->bytes) : t->n;

		while (i < end && isspace((unsigned char)t->bytes[i]))
			i++;
		if (end <= n && i < end && t->bytes[i] == '<')
			depth += t->bytes[i + 1] == '/' ? -1 : 1;
		i = end;
	}
	return depth;
}

/* The verdicts inside the anonymous site, if there is one. */
static bool anonymous_verdicts(struct given *g, const void *bytes, size_t n, char *out)
{
	struct config *c = read_bytes(g, bytes, n, true);
	bool there = c != NULL && config_server(c)->anonymous != NULL;

	if (there)
		verdicts_of(c, config_server(c)->anonymous, out);
	if (c != NULL)
		config_free(c);
	return there;
}

static void every_prefix(void **state)
{
	static struct text whole, part;
	char all[VERDICTS], some[VERDICTS];
	struct given g = { .dir = "" };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		bool site;

		load(&whole, samples[i]);
		assert_true(accepted(&g, &whole, false) && accepted(&g, &whole, true));
		assert_int_equal(open_sections(&whole, whole.n), 0);
		site = anonymous_verdicts(&g, whole.bytes, whole.n, all);
		for (size_t n = 0; n < whole.n; n++) {
			bool good;

			memcpy(part.bytes, whole.bytes, n);
			part.n = n;
			good = accepted(&g, &part, n % 2 == 0);
			if (good && open_sections(&whole, n) > 0)
				fail_msg("%s: %zu bytes of it leave a section open and are "
				    "accepted", samples[i] != NULL ? samples[i] : "everything", n);
			/* a site that is there is the whole site */
			if (good && site && anonymous_verdicts(&g, part.bytes, n, some))
				assert_memory_equal(all, some, sizeof all);
		}
	}
}

/* -- mutations ------------------------------------------------------------------------------- */

static uint64_t dice(uint64_t *seed, uint64_t sides)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed % sides;
}

struct span {
	size_t at, n;
};

/* A random line with its LF, or with `word` a random word of it with the blanks behind it. */
static struct span pick(const struct text *t, uint64_t *seed, bool word)
{
	size_t at = dice(seed, t->n), end = at;

	while (at > 0 && t->bytes[at - 1] != '\n' &&
	    !(word && isblank((unsigned char)t->bytes[at - 1])))
		at--;
	while (end < t->n && t->bytes[end] != '\n' &&
	    !(word && isblank((unsigned char)t->bytes[end])))
		end++;
	if (end < t->n && (!word || t->bytes[end] != '\n'))
		end++;
	return (struct span){ at, end - at };
}

static void cut(struct text *t, struct span s)
{
	memmove(t->bytes + s.at, t->bytes + s.at + s.n, t->n - s.at - s.n);
	t->n -= s.n;
}

static void put(struct text *t, size_t at, const void *bytes, size_t n)
{
	assert_true(t->n + n <= sizeof t->bytes);
	memmove(t->bytes + at + n, t->bytes + at, t->n - at);
	memcpy(t->bytes + at, bytes, n);
	t->n += n;
}

static void swap(struct text *t, struct span a, struct span b)
{
	static char first[TEXT_MAX], second[TEXT_MAX];

	if (a.at > b.at) {
		struct span c = a;

		a = b;
		b = c;
	}
	if (a.at + a.n > b.at)
		return;
	memcpy(first, t->bytes + a.at, a.n);
	memcpy(second, t->bytes + b.at, b.n);
	cut(t, b);
	put(t, b.at, first, a.n);
	cut(t, a);
	put(t, a.at, second, b.n);
}

static void junk(struct text *t, uint64_t *seed)
{
	static const char *const pieces[] = {
		"</Limit>\n", "<Limit ALL>\n", "<Directory", ">", "\\\n", "\"", "%{env:",
		    "%{env:NOTHING}", "\r",
		"\r\n", "\xff\xff\xff", "!", ",", "~", "none", "all", "regex (", "AND ", "-1",
		"99999999999999999999", "</Anonymous>\n", "<Anonymous /srv/x>\n", "\0\0", "\n<>\n",
		"</>\n", "< Limit>\n", "# \\\n", "[", "*",
	};
	const char *piece = pieces[dice(seed, sizeof pieces / sizeof *pieces)];
	char noise[16];

	if (dice(seed, 3) > 0) {
		put(t, dice(seed, t->n), piece, *piece != '\0' ? strlen(piece) : 2);
		return;
	}
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)dice(seed, 256);
	put(t, dice(seed, t->n), noise, 1 + dice(seed, sizeof noise));
}

static bool is_section(const struct text *t, struct span line)
{
	const char *p = t->bytes + line.at;

	while (line.n > 0 && isblank((unsigned char)*p)) {
		p++;
		line.n--;
	}
	return line.n > 0 && *p == '<';
}

/* One change; true: what it makes cannot be a configuration. */
static bool mutate(struct text *t, uint64_t *seed)
{
	struct span line = pick(t, seed, false), word = pick(t, seed, true);
	static char copy[TEXT_MAX];
	bool section = is_section(t, line);

	switch (dice(seed, 10)) {
	case 0:
		cut(t, line);
		return section;
	case 1:
		memcpy(copy, t->bytes + line.at, line.n);
		put(t, line.at, copy, line.n);
		return section;
	case 2:
		swap(t, line, pick(t, seed, false));
		return false;
	case 3:
		cut(t, word);
		return false;
	case 4:
		memcpy(copy, t->bytes + word.at, word.n);
		put(t, word.at, copy, word.n);
		return false;
	case 5:
		swap(t, word, pick(t, seed, true));
		return false;
	case 6:
		put(t, line.at, "NoSuchDirective on\n", 19);
		return true;
	case 7:
	case 8:
		t->bytes[dice(seed, t->n)] ^= (char)(1 << dice(seed, 8));
		return false;
	default:
		junk(t, seed);
		return false;
	}
}

/* Whether some line begins with a plain word that is the name of nothing. */
static bool names_nothing(const struct text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		char name[64];
		size_t n = 0;

		while (i < t->n && isblank((unsigned char)t->bytes[i]))
			i++;
		while (i + n < t->n && n < sizeof name - 1 &&
		    isalnum((unsigned char)t->bytes[i + n])) {
			name[n] = t->bytes[i + n];
			n++;
		}
		name[n] = '\0';
		if (n > 0 && i + n < t->n && isblank((unsigned char)t->bytes[i + n]) &&
		    directive_find(name) == NULL)
			return true;
		while (i < t->n && t->bytes[i] != '\n')
			i++;
	}
	return false;
}

static void ten_thousand_mutations(void **state)
{
	static struct text whole[SAMPLES], t;
	uint64_t seed = 0x1f7bd00d5eedULL;
	struct given g = { .dir = "" };
	unsigned refused = 0, taken = 0;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		load(&whole[i], samples[i]);
	for (unsigned i = 0; i < MUTATIONS; i++) {
		unsigned changes = 1 + (unsigned)dice(&seed, 3);
		bool live = dice(&seed, 2) == 0, impossible = false;

		t.n = whole[i % SAMPLES].n;
		memcpy(t.bytes, whole[i % SAMPLES].bytes, t.n);
		for (unsigned k = 0; k < changes; k++)
			impossible = mutate(&t, &seed) && changes == 1;
		/*
		 * another server's section is read over, and a comment or quote may swallow a line
		 */
		impossible = impossible || (!live && memchr(t.bytes, '\\', t.n) == NULL &&
		    memmem(t.bytes, t.n, "<Class", 6) == NULL && names_nothing(&t));
		if (live && i % SAMPLES == SAMPLES - 1)
			impossible = false;
		if (!accepted(&g, &t, live)) {
			refused++;
			continue;
		}
		taken++;
		if (impossible)
			fail_msg("mutation %u is accepted:\n%.*s", i, (int)t.n, t.bytes);
	}
	print_message("%u refused, %u accepted\n", refused, taken);
	assert_true(refused > MUTATIONS / 10 && taken > MUTATIONS / 10);
}

/* A hang is a failure, and no wait. */
static int set_alarm(void **state)
{
	(void)state;
	(void)alarm(HANG);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(ten_thousand_mutations),
	};

	return cmocka_run_group_tests(tests, set_alarm, NULL);
}
