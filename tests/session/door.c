/*
 * The one door: every row of the command table, under every kind of rule and by every spelling of a
 * path. What the rules deny and what is hidden answers as what is not there does, to the byte.
 */
#include "session/command.h"

#include "tests/session/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct fixture *f;
static char base[] = "/tmp/in.ftpd-door-XXXXXX", jail[64];
static pid_t monitor;
static struct config *config;

/* -- the tree: two directories with the same things in them, and links to each ------------- */

static const char *const dirs[] = { "closed", "shown" };
static const char *const kinds[] = { "f", "d" };     /* secret-f, absent-f: a file, or none */

static void put(const char *dir, const char *name)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/%s/%s", jail, dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs("what nobody is to know", file);
	assert_int_equal(fclose(file), 0);
}

static void link_to(const char *target, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", jail, name);
	assert_int_equal(symlink(target, path), 0);
}

static void make_dir(const char *a, const char *b)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s/%s", jail, a, b);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type;
	return ftw->level > 0 ? remove(path) : 0;
}

static void make_tree(void)
{
	char name[64], target[64];

	assert_int_equal(nftw(jail, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	make_dir("", "open");
	put("", "plain-f");
	for (size_t i = 0; i < 2; i++) {
		make_dir("", dirs[i]);
		put(dirs[i], "secret-f");
		make_dir(dirs[i], "secret-d");
		(void)snprintf(name, sizeof name, "mid-%s", dirs[i]);
		link_to(dirs[i], name);
		for (size_t k = 0; k < 4; k++) {
			const char *what = k % 2 == 0 ? "secret" : "absent", *kind = kinds[k / 2];

			(void)snprintf(name, sizeof name, "open/last-%s-%s-%s", dirs[i], what,
			    kind);
			(void)snprintf(target, sizeof target, "/%s/%s-%s", dirs[i], what, kind);
			link_to(target, name);
		}
	}
}

static char signature_text[16384];
static size_t signature_len;

static int sign(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type, (void)ftw;
	signature_len += (size_t)snprintf(signature_text + signature_len,
	    sizeof signature_text - signature_len, "%s %lu %o %u:%u %ld %ld.%09ld\n", path,
	    (unsigned long)st->st_ino, (unsigned)st->st_mode, (unsigned)st->st_uid,
	    (unsigned)st->st_gid, (long)(S_ISDIR(st->st_mode) ? 0 : st->st_size),
	    (long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	assert_true(signature_len < sizeof signature_text);
	return 0;
}

/* Everything that can be changed below a directory of the jail. */
static const char *signature(const char *dir)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", jail, dir);
	signature_len = 0;
	assert_int_equal(nftw(path, sign, 16, FTW_PHYS), 0);
	return signature_text;
}

/* Make the tree anew where something in it was changed. */
static void restore(void)
{
	static char whole[sizeof signature_text];

	if (whole[0] != '\0' && strcmp(signature(""), whole) == 0)
		return;
	make_tree();
	(void)snprintf(whole, sizeof whole, "%s", signature(""));
}

/* -- the session --------------------------------------------------------------- */

/* A monitor that knows one group and every name. */
static _Noreturn void be_monitor(int sock)
{
	static struct msg in, out;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (msg_recv(sock, &in) == 1) {
		switch (in.type) {
		case PRIV_CLIENTS:
		case PRIV_GROUP_ID:
		case PRIV_OWNER:
		case PRIV_HIDDEN:
			msg_start(&out, PRIV_RESULT);
			msg_put_u32(&out, 0);
			msg_put_u32(&out, getegid());
			break;
		case PRIV_NAME:
		case PRIV_PEER:
			msg_start(&out, PRIV_TEXT);
			msg_put_str(&out, "name");
			break;
		default:
			continue;        /* a record */
		}
		(void)msg_send(sock, &out);
	}
	_exit(0);
}

static int setup(void **state)
{
	(void)state;
	(void)umask(022);
	if (mkdtemp(base) == NULL || chmod(base, 0755) < 0)
		return -1;
	(void)snprintf(jail, sizeof jail, "%s/jail", base);
	if (mkdir(jail, 0755) < 0)
		return -1;
	make_tree();
	f = fixture_new(SOCK_STREAM);
	assert_int_equal(root_init(&f->s->root, open(jail, O_PATH | O_DIRECTORY | O_CLOEXEC), jail),
	    0);
	f->s->logged_in = true;
	f->s->home = "/";
	f->s->ascii = false;
	memcpy(f->s->id.typed, "alice", 6);
	f->s->id.uid = f->s->who.uid = geteuid();
	f->s->id.gid = f->s->who.gid = getegid();
	f->s->who.user = "alice";
	f->s->who.arg = f->s;
	monitor = fork();
	if (monitor == 0)
		be_monitor(f->monitor);
	return monitor < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)kill(monitor, SIGKILL);
	(void)waitpid(monitor, NULL, 0);
	(void)close(f->s->root.fd);
	fixture_free(f);
	assert_int_equal(nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	return rmdir(base);
}

static void tell(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		print_error("%s\n", line);
}

/* Let these rules hold. */
static void obey(const char *rules)
{
	const struct context_names names = { .user = "alice", .home = jail };
	struct addr local;
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/conf", base);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fprintf(file, "AllowOverride off\n%s", rules);
	assert_int_equal(fclose(file), 0);
	assert_true(addr_parse(&local, "127.0.0.1"));
	local.port = 21;
	config = config_read(&(struct config_source){ .path = path, .invoker = geteuid(),
	    .tell = tell, .local = &local });
	if (config == NULL)
		fail_msg("%s", rules);
	context_resolve(config, config_server(config), &names);
	f->s->start.config = config;
	f->s->start.server = config_server(config);
	f->s->base = f->s->start.server;
	f->s->access = (struct access){ .base = f->s->base, .root = &f->s->root, .jailed = true,
	    .who = &f->s->who, .config = config };
}

/* Run a line in the same state each time; the answer stays until the next. */
static const char *answer(const char *line)
{
	char copy[1024];
	size_t n = strlen(line);

	memcpy(copy, line, n + 1);
	memcpy(f->s->cwd, "/open", 6);
	memcpy(f->s->rename_from, "/plain-f", 9);
	f->s->restart = 0;
	f->s->ending = false;
	command_dispatch(f->s, copy, n);
	return fixture_read(f);
}

/* -- what is asked -------------------------------------------------------------- */

/* The ways to write the path of N in the directory D; two of them are links to it. */
static const char *const spellings[] = { "/D/N", "//D///N", "/./D/./N", "/open/../D/N", "../D/N",
	"./../D/../D/N", "/D/N/", "/D/N/.", "/D/N/x/..", "~/D/N", "/mid-D/N", "../mid-D/./N/",
	"/open/last-D-N", "./last-D-N" };
enum { SPELLINGS = sizeof spellings / sizeof spellings[0], LINKS = 2 };

/* The forms that arguments have, the path being P. A command with another one needs it here. */
enum { ROWS = 200 };
static const char *const forms[] = { "P", "20200102030405 P", "0600 P", "0 P", "UNIX.mode=0600; P",
	"-l P", "0 5 P" };
enum { FORMS = sizeof forms / sizeof forms[0] };
static unsigned met[ROWS];           /* of each row, the bits of the forms that reach its path */

static void replace(char *out, size_t size, const char *text, char what, const char *by)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == what)
			n += (size_t)snprintf(out + n, size - n, "%s", by);
		else
			out[n++] = *text;
		assert_true(n < size);
	}
	out[n] = '\0';
}

/* The line of a command: "SITE CHMOD 0600 /closed/secret-f". */
static void make_line(char *line, size_t size, const struct command *c, size_t form,
    size_t spelling, const char *dir, const char *name)
{
	char a[256], path[256], arg[256];

	replace(a, sizeof a, spellings[spelling], 'D', dir);
	replace(path, sizeof path, a, 'N', name);
	replace(arg, sizeof arg, forms[form], 'P', path);
	(void)snprintf(line, size, "%s%s %s", c->flags & CMD_SITE ? "SITE " : "", c->verb, arg);
}

static bool names_path(const struct command *c)
{
	/* STOU makes its names up itself; what stands behind it is not looked at */
	return strstr(c->help, "pathname") != NULL && strcmp(c->verb, "STOU") != 0;
}

/* They act on a link, not on what it leads to. */
static bool acts_on_link(const struct command *c)
{
	static const char *const verbs[] = { "DELE", "RMD", "XRMD", "RNFR", "RNTO" };

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i], c->limit.name) == 0)
			return true;
	return false;
}

/* The answers about secret-K and absent-K, the latter's name made the former's. */
struct pair {
	char there[4096], nowhere[4096], line[512];
	bool told;                   /* they differ */
};

static void ask(struct pair *p, const struct command *c, size_t form, size_t spelling,
    const char *dir, const char *kind)
{
	char name[16], other[512];
	const char *text;

	(void)snprintf(name, sizeof name, "absent-%s", kind);
	make_line(other, sizeof other, c, form, spelling, dir, name);
	text = answer(other);
	(void)snprintf(p->nowhere, sizeof p->nowhere, "%s", text);
	for (char *at = p->nowhere; (at = strstr(at, "absent-")) != NULL; at++)
		memcpy(at, "secret-", 7);
	(void)snprintf(name, sizeof name, "secret-%s", kind);
	make_line(p->line, sizeof p->line, c, form, spelling, dir, name);
	(void)snprintf(p->there, sizeof p->there, "%s", answer(p->line));
	p->told = strcmp(p->there, p->nowhere) != 0;
}

static bool refused(const struct command *c)
{
	return c->flags & CMD_REFUSED || c->run == cmd_quit;
}

/* -- the tests ------------------------------------------------------------------ */

/*
 * Without a rule each command that names a path tells what is there from what is not, by one of the
 * forms and by every spelling: or what is asked below would prove nothing.
 */
static void without_rules_the_path_is_met(void **state)
{
	const struct command *c;

	(void)state;
	obey("");
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		assert_true(i < ROWS);
		met[i] = 1;          /* a path alone is tried on every row */
		if (refused(c) || !names_path(c))
			continue;
		assert_true(c->flags & CMD_PATH);
		for (size_t s = 0; s < SPELLINGS - (acts_on_link(c) ? LINKS : 0); s++) {
			bool any = false;

			for (size_t n = 0; n < 2 * FORMS; n++) {
				struct pair p;

				if (s > 0 && !(met[i] & 1u << n / 2))
					continue;
				restore();
				ask(&p, c, n / 2, s, "shown", kinds[n % 2]);
				any = any || p.told;
				met[i] |= p.told ? 1u << n / 2 : 0;
			}
			if (!any)
				fail_msg("%s %s: no form of the argument reaches the path", c->verb,
				    spellings[s]);
		}
	}
	restore();
}

/* One row under rules that deny its command in the directory. */
static void check_denied(const struct command *c, unsigned reaching, const char *rules)
{
	char before[sizeof signature_text];
	struct pair p;

	obey(rules);
	(void)snprintf(before, sizeof before, "%s", signature("closed"));
	for (size_t s = 0; s < SPELLINGS; s++) {
		bool link = s >= SPELLINGS - LINKS && acts_on_link(c);
		bool denied = !names_path(c) || link;

		for (size_t n = 0; n < 2 * FORMS; n++) {
			if (!(reaching & 1u << n / 2))
				continue;
			ask(&p, c, n / 2, s, "closed", kinds[n % 2]);
			if (p.told)
				fail_msg("%s\n%s: %s and for what is not there %s", rules, p.line,
				    p.there, p.nowhere);
			denied = denied || (strncmp(p.there, "550 ", 4) == 0 &&
			    strstr(p.there, c->run == cmd_cwd ? ": No such file or directory.\r\n" :
			    ": Permission denied.\r\n") != NULL);
			if (strcmp(signature("closed"), before) != 0)
				fail_msg("%s\n%s: changed something: %s", rules, p.line, p.there);
			if (link || c->run == cmd_rnto) {        /* gone or moved */
				restore();
				(void)snprintf(before, sizeof before, "%s", signature("closed"));
			}
		}
		if (!denied)
			fail_msg("%s\n%s: %s", rules, p.line, p.there);
	}
}

static void what_is_denied_is_told_by_nobody(void **state)
{
	static const char *const groups[] = { [LIMIT_NONE] = "ALL", [LIMIT_READ] = "READ",
		[LIMIT_WRITE] = "WRITE", [LIMIT_DIRS] = "DIRS" };
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		const char *const names[] = { c->limit.name, c->limit.alias, groups[c->limit.group],
		    "ALL",
			c->flags & CMD_SITE ? "SITE" : NULL };
		char rules[512];

		if (refused(c))
			continue;
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
			if (names[n] == NULL || (c->limit.unchecked && names_path(c)))
				continue;
			(void)snprintf(rules, sizeof rules,
			    "<Directory %s/closed>\n<Limit %s>\nDenyAll\n</Limit>\n</Directory>\n",
			    jail, names[n]);
			if (names_path(c))
				check_denied(c, met[i], rules);
		}
		(void)snprintf(rules, sizeof rules,
		    "<Directory %s/closed>\nDenyAll\n</Directory>\n", jail);
		check_denied(c, met[i], rules);
	}
}

/* One row under rules that hide secret-f and secret-d in the directory from its command. */
static void check_hidden(const struct command *c, unsigned reaching, const char *rules)
{
	char before[sizeof signature_text];
	struct pair p;

	obey(rules);
	restore();
	(void)snprintf(before, sizeof before, "%s", signature("shown"));
	for (size_t s = 0; s < SPELLINGS - (acts_on_link(c) ? LINKS : 0); s++) {
		for (size_t n = 0; n < 2 * FORMS; n++) {
			if (!(reaching & 1u << n / 2))
				continue;
			ask(&p, c, n / 2, s, "shown", kinds[n % 2]);
			/*
			 * what would be made there is not, and answered as where there is no
			 * directory
			 */
			if (p.told && (strncmp(p.there, "550 ", 4) != 0 ||
			    strstr(p.there, ": No such file or directory.\r\n") == NULL ||
			    strncmp(p.nowhere, "550", 3) == 0 || strncmp(p.nowhere, "450", 3) == 0))
				fail_msg("%s\n%s: %s and for what is not there %s", rules, p.line,
				    p.there, p.nowhere);
			if (strcmp(signature("shown"), before) != 0) {
				if (!p.told)
					fail_msg("%s\n%s: changed something: %s", rules, p.line,
					    p.there);
				restore();
				(void)snprintf(before, sizeof before, "%s", signature("shown"));
			}
		}
	}
}

static void what_is_hidden_and_ignored_is_missing(void **state)
{
	static const char *const hiding[] = { "HideFiles ^secret", "HideUser ~", "HideGroup ~",
		"HideFiles !^absent" };
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		const char *const names[] = { c->limit.name, "ALL" };
		char rules[512];

		if (refused(c) || !names_path(c))
			continue;
		for (size_t n = 0; n < 2 * sizeof hiding / sizeof hiding[0]; n++) {
			(void)snprintf(rules, sizeof rules, "<Directory %s/shown>\n%s\n<Limit %s>\n"
			    "IgnoreHidden on\n</Limit>\n</Directory>\n", jail, hiding[n / 2],
			    names[n % 2]);
			check_hidden(c, met[i], rules);
		}
	}
	restore();
}

/* Hidden and not ignored: found by its name, and by no listing. */
static void what_is_hidden_works(void **state)
{
	char rules[512];

	(void)state;
	(void)snprintf(rules, sizeof rules,
	    "<Directory %s/shown>\nHideFiles ^secret\n</Directory>\n", jail);
	obey(rules);
	assert_memory_equal(answer("SIZE /shown/secret-f"), "213 22\r\n", 8);
	assert_memory_equal(answer("STAT /shown/secret-f"), "213-", 4);
	assert_memory_equal(answer("STAT /shown"), "212-", 4);
	assert_null(strstr(answer("STAT /shown"), "secret"));
	assert_null(strstr(answer("STAT -aR /"), "shown/secret"));
	assert_null(strstr(answer("STAT -a /open"), "last-shown-secret"));
	assert_non_null(strstr(answer("STAT -a /open"), "last-closed-secret"));
	assert_memory_equal(answer("STAT /shown/*"), "450 ", 4);
	assert_memory_equal(answer("STAT /*/secret-d/../secret-f"), "213-", 4);
	assert_null(strstr(f->text, "shown/secret"));
	assert_non_null(strstr(f->text, "closed/secret"));
}

/* A file or directory on the way that is hidden is not given away by why the way ends there. */
static void a_hidden_name_on_the_way(void **state)
{
	char rules[512];

	(void)state;
	(void)snprintf(rules, sizeof rules,
	    "<Directory %s/shown>\nHideFiles ^secret\n<Limit SIZE LIST>\nIgnoreHidden "
	    "on\n</Limit>\n</Directory>\n", jail);
	obey(rules);
	assert_string_equal(answer("SIZE /shown/secret-f/x"),
	    "550 /shown/secret-f/x: No such file or directory.\r\n");
	assert_string_equal(answer("SIZE /shown/absent-f/x"),
	    "550 /shown/absent-f/x: No such file or directory.\r\n");
	assert_string_equal(answer("LIST /shown/secret-f/x"),
	    "450 /shown/secret-f/x: No such file or directory.\r\n");
	assert_string_equal(answer("SIZE /plain-f/x"), "550 /plain-f/x: Not a directory.\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_the_path_is_met),
		cmocka_unit_test(what_is_denied_is_told_by_nobody),
		cmocka_unit_test(what_is_hidden_and_ignored_is_missing),
		cmocka_unit_test(what_is_hidden_works),
		cmocka_unit_test(a_hidden_name_on_the_way),
	};

	return cmocka_run_group_tests_name("session/door", tests, setup, teardown);
}
