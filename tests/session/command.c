/* The command table, its gates, and the commands that move no data. */
#include "session/command.h"

#include "session/facts.h"
#include "tests/session/fixture.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

static struct fixture *f;
static char directory[] = "/tmp/in.ftpd-unit-XXXXXX";

static int stranger(void **state)
{
	(void)state;
	f = fixture_new(SOCK_SEQPACKET);
	return 0;
}

/* A session that is logged in, in an empty directory of its own. */
static int user(void **state)
{
	int fd;

	stranger(state);
	memcpy(directory + sizeof directory - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(directory));
	fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(root_init(&f->s->root, fd, directory), 0);
	f->s->access = (struct access){ .base = &f->server, .root = &f->s->root,
	    .who = &f->s->who };
	f->s->logged_in = true;
	memcpy(f->s->cwd, "/", 2);
	f->s->home = "/";
	memcpy(f->s->id.typed, "alice", 6);
	return 0;
}

static int end(void **state)
{
	char command[64];

	(void)state;
	if (f->s->logged_in) {
		(void)close(f->s->root.fd);
		(void)snprintf(command, sizeof command, "rm -rf %s", directory);
		assert_int_equal(system(command), 0);
	}
	fixture_free(f);
	return 0;
}

static const char *run_bytes(const char *line, size_t n)
{
	char copy[LINE_DEFAULT];

	memcpy(copy, line, n);
	copy[n] = '\0';
	command_dispatch(f->s, copy, n);
	return fixture_read(f);
}

static void expect(const char *line, const char *answer)
{
	const char *got = run_bytes(line, strlen(line));

	if (strncmp(got, answer, strlen(answer)) != 0)
		fail_msg("%s: %s instead of %s", line, got, answer);
}

static void the_table_holds_together(void **state)
{
	const struct command *c, *other;
	bool site = false;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		site = site || (c->flags & CMD_SITE);
		assert_int_equal(site, !!(c->flags & CMD_SITE));
		for (const char *p = c->verb; *p != '\0'; p++)
			assert_true(isupper((unsigned char)*p) || isdigit((unsigned char)*p));
		assert_ptr_equal(site ? command_find_site(c->verb, strlen(c->verb)) :
		    command_find(c->verb, strlen(c->verb)), c);
		assert_string_equal(c->limit.name + (site ? 5 : 0), c->verb);
		assert_int_equal(c->run == NULL, !!(c->flags & CMD_REFUSED));
		if (c->limit.alias == NULL)
			continue;
		other = command_find(c->limit.alias, strlen(c->limit.alias));
		assert_non_null(other);
		assert_string_equal(other->limit.alias, c->verb);
		assert_int_equal(other->limit.group, c->limit.group);
		assert_true(other->run == c->run);
	}
	assert_true(site);
}

/* What <Limit READ>, WRITE and DIRS stand for, and what none of them reaches. */
static void limit_groups(void **state)
{
	static const struct {
		const char *verbs;
		enum limit_group group;
		bool own, unchecked;
	} want[] = {
		{ "RETR SIZE", LIMIT_READ, false, false },
		{ "STOR STOU APPE DELE MKD XMKD RMD XRMD RNFR RNTO MFMT", LIMIT_WRITE, false,
		  false },
		{ "CWD XCWD CDUP XCUP PWD XPWD LIST NLST MLSD MLST STAT MDTM", LIMIT_DIRS, false,
		  false },
		{ "FEAT HELP NOOP", LIMIT_NONE, false, false },
		{ "PORT PASV EPRT EPSV OPTS", LIMIT_NONE, true, false },
		{ "USER PASS QUIT SYST TYPE MODE STRU REST ALLO ABOR CLNT CSID", LIMIT_NONE, false,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		for (const char *p = want[i].verbs; *p != '\0'; p += strspn(p, " ")) {
			const struct command *c = command_find(p, strcspn(p, " "));

			assert_non_null(c);
			assert_int_equal(c->limit.group, want[i].group);
			assert_int_equal(c->limit.own_name_only, want[i].own);
			assert_int_equal(c->limit.unchecked, want[i].unchecked);
			p += strcspn(p, " ");
		}
	}
	assert_int_equal(command_find_site("chmod", 5)->limit.group, LIMIT_WRITE);
}

static void strangers_get_nowhere(void **state)
{
	static const char *const early[] = { "USER", "PASS", "QUIT", "FEAT", "HELP", "NOOP",
		"SYST", "CLNT", "OPTS", "CSID", "AUTH", "PBSZ", "PROT", "HOST" };
	const struct command *c;

	(void)state;
	for (size_t i = 0; (c = command_at(i)) != NULL && !(c->flags & CMD_SITE); i++) {
		bool is_early = false;
		char line[64];

		for (size_t k = 0; k < sizeof early / sizeof early[0]; k++)
			is_early = is_early || strcmp(early[k], c->verb) == 0;
		assert_int_equal(!!(c->flags & CMD_NO_LOGIN), is_early);
		(void)snprintf(line, sizeof line, "%s x", c->verb);
		if (!is_early)
			expect(line, "530 ");
	}
	expect("XYZZY", "530 ");
	expect("PASS x", "503 ");
	assert_int_equal(f->s->commands > 60, true);
}

static void bytes_that_are_no_command(void **state)
{
	(void)state;
	expect("", "500 ");
	expect(" NOOP", "500 ");
	expect("\xe3\xe3\xe3", "500 ");
	expect("NOOP\t", "500 ");
	expect("NO-OP", "500 ");
	expect("QQQQQQQQQQQQQQQQ", "500 ");
	expect("NOOP x", "501 ");
	expect("USER", "501 ");
	expect("CLNT  ", "501 ");
	expect("noop", "200 ");
	expect("NOOP ", "200 ");
	run_bytes("CLNT a\0b", 8);
	assert_string_equal(f->text, "501 A NUL in the argument.\r\n");
	assert_string_equal(f->s->client_name, "");
	for (int c = 1; c < 256; c++) {
		char line[] = { (char)c, 'O', 'O', 'P' };

		if (isalnum(c))
			continue;
		assert_memory_equal(run_bytes(line, 4), "500 ", 4);
	}
	assert_false(f->s->ending);
}

static void junk_without_end_is_left(void **state)
{
	(void)state;
	for (int i = 0; i < 4999; i++)
		expect("", "500 ");
	expect("XYZZY", "530 ");     /* something like a command: begin again */
	for (int i = 0; i < 4999; i++)
		expect("", "500 ");
	assert_false(f->s->ending);
	expect("", "500 ");
	assert_true(f->s->ending);
}

static void other_protocols_are_left(void **state)
{
	static const char *const first[] = { "POST / HTTP/1.1", "GET / HTTP/1.0",
		"OPTIONS * HTTP/1.1", "CONNECT a:21 HTTP/1.1", "EHLO x", "MAIL FROM:<a>" };

	(void)state;
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
		f->s->ending = false;
		f->s->last_words[0] = '\0';
		expect(first[i], "");
		assert_string_equal(f->text, "");
		assert_true(f->s->ending);
		assert_true(f->s->last_words[0] != '\0');
	}
}

static void a_password_is_wiped_and_not_filtered(void **state)
{
	regex_t digits;
	char line[] = "PASS secret";

	(void)state;
	assert_int_equal(regcomp(&digits, "^[0-9]*$", REG_EXTENDED | REG_NOSUB), 0);
	f->own.allow_filter = (struct filter){ &digits, "^[0-9]*$" };
	f->own.where[D_ALLOW_FILTER].line = 1;
	command_dispatch(f->s, line, strlen(line));
	assert_memory_equal(fixture_read(f), "503 ", 4);
	for (size_t i = 0; i < sizeof line; i++)
		assert_int_equal(line[i], '\0');
	expect("NOOP", "200 ");      /* no argument, nothing to filter */
	expect("CLNT abc", "550 abc: Forbidden");
	expect("CLNT 123", "200 ");
	regfree(&digits);
}

static const struct limit_rule deny_all = { .kind = RULE_ALL };

/* directives.md, 6.6 */
static void limits_without_a_path(void **state)
{
	static const char *const all[] = { "ALL", NULL };
	static const char *const own[] = { "PORT", "PASV", "EPRT", "EPSV", "OPTS", NULL };
	const struct limit by_name = { .next = NULL, .names = own, .rules = &deny_all,
	    .where = { 0, 2 } };
	const struct limit limit = { .next = &by_name, .names = all, .rules = &deny_all,
	    .where = { 0, 1 } };

	(void)state;
	f->server.limits = &limit;
	expect("FEAT", "550 ");
	expect("NOOP", "550 ");
	expect("HELP", "501 ");
	expect("STAT", "500 ");
	expect("PORT 1,2,3,4,5,6", "501 ");
	expect("PASV", "501 ");
	expect("EPSV", "501 ");
	expect("OPTS UTF8 ON", "501 ");
	expect("PWD", "550 ");
	expect("TYPE I", "200 ");
	expect("SYST", "215 UNIX Type: L8\r\n");
}

static void parameters(void **state)
{
	static const struct { const char *line, *answer; } table[] = {
		{ "TYPE A", "200 " }, { "TYPE a n", "200 " }, { "TYPE I", "200 " },
		{ "TYPE L 8", "200 " }, { "TYPE A T", "504 " }, { "TYPE E", "504 " },
		{ "TYPE L 7", "504 " }, { "TYPE A X", "501 " }, { "TYPE I N", "501 " },
		{ "TYPE X", "501 " }, { "TYPE", "501 " }, { "STRU F", "200 " },
		{ "STRU R", "504 " }, { "STRU X", "501 " }, { "STRU FF", "501 " },
		{ "MODE s", "200 " }, { "MODE Z", "504 " }, { "MODE Q", "501 " },
		{ "TYPE I", "200 " }, { "REST 0", "350 " },
		{ "REST 9223372036854775807", "350 " }, { "REST 9223372036854775808", "501 " },
		{ "REST -1", "501 " }, { "REST +1", "501 " }, { "REST 1e9", "501 " },
		{ "REST 99999999999999999999", "501 " }, { "REST 1 2", "501 " },
		{ "TYPE A", "200 " }, { "REST 1", "501 " }, { "REST 0", "350 " },
		{ "ALLO 10", "200 " }, { "ALLO 10 R 20", "200 " },
		{ "ALLO 9000000000000000000", "552 " }, { "ALLO -1", "501 " },
		{ "ALLO 10 R", "501 " }, { "ALLO 10 X 2", "501 " }, { "ABOR", "226 " },
		{ "REIN", "502 " }, { "ACCT x", "502 " }, { "SITE EXEC id", "500 " },
		{ "SITE", "501 " }, { "XYZZY", "500 " }, { "USER alice", "230 " },
		{ "USER bob", "503 " }, { "PASS x", "503 " }, { "RNTO x", "503 " },
		{ "OPTS UTF8 ON", "200 " }, { "OPTS UTF8 OFF", "200 " }, { "OPTS X", "501 " },
		{ "OPTS MLST size;type;nonsense;", "200 MLST OPTS " },
		{ "HELP RETR", "214 Syntax: RETR <sp>" }, { "HELP REIN", "502 " },
		{ "HELP SITE CHMOD", "214 Syntax: SITE CHMOD" },
		{ "CSID Name=x;", "200 Name=in.ftpd; CaseSensitive=1; DirSep=/;\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		expect(table[i].line, table[i].answer);
	}
	assert_int_equal(f->s->mlst_facts, FACT_TYPE | FACT_SIZE);
}

static void directories(void **state)
{
	(void)state;
	expect("PWD", "257 \"/\" ");
	expect("CDUP", "250 ");
	expect("MKD a\"b", "257 \"/a\"\"b\" ");
	expect("MKD a\"b", "550 ");
	expect("CWD a\"b", "250 ");
	expect("XPWD", "257 \"/a\"\"b\" ");
	expect("XCWD ../../../a\"b/.", "250 ");
	expect("CWD nowhere", "550 nowhere: No such file");
	expect("CDUP", "250 ");
	expect("PWD", "257 \"/\" ");
	expect("RMD a\"b", "250 ");
	expect("RMD a\"b", "550 ");
	expect("RMD /", "550 ");
	expect("CWD a\rb", "501 ");
	f->own.umask.dir = 077;
	f->own.where[D_UMASK].line = 1;
	expect("MKD mine", "257 ");
	{
		struct stat st;

		assert_int_equal(root_stat(&f->s->root, "/mine", &st), 0);
		assert_int_equal(st.st_mode & 07777, 0700);
	}
}

/* A <Directory>'s filter holds for what is named in it, from wherever. */
static void filters_of_a_directory(void **state)
{
	struct settings own = settings_unset;
	struct context inside = { .kind = CTX_DIRECTORY, .outer = &f->server, .own = &own };
	char host[64];
	regex_t letters;

	(void)state;
	assert_int_equal(regcomp(&letters, "^[a-z/]*$", REG_EXTENDED | REG_NOSUB), 0);
	(void)snprintf(host, sizeof host, "%s/d", directory);
	inside.path = inside.host = host;
	inside.host_len = strlen(host);
	own.allow_filter = (struct filter){ &letters, "" };
	own.where[D_ALLOW_FILTER].line = 1;
	f->server.directories = &inside;
	expect("MKD d", "257 ");
	expect("MKD D1", "257 ");
	expect("MKD d/e1", "550 d/e1: Forbidden argument.");
	expect("CWD d", "250 ");
	expect("MKD E", "550 E: Forbidden argument.");
	expect("MKD e", "257 ");
	expect("PWD", "257 ");
	expect("AVBL", "213 ");
	expect("CDUP", "250 ");
	regfree(&letters);
}

static void make_file(const char *name, const char *bytes)
{
	int root = open(directory, O_RDONLY), fd = openat(root, name, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	(void)close(fd);
	(void)close(root);
}

static void files(void **state)
{
	struct stat st;

	(void)state;
	make_file("x", "hello");
	make_file("y", "");
	expect("SIZE x", "213 5\r\n");
	expect("TYPE A", "200 ");
	expect("SIZE x", "550 ");
	expect("TYPE I", "200 ");
	expect("SIZE /", "550 ");
	expect("MFMT 20240229123456 x", "213 Modify=20240229123456; x\r\n");
	expect("MDTM x", "213 20240229123456\r\n");
	expect("MDTM 20240229123456 x", "550 ");
	expect("MFMT 20230229123456 x", "501 ");
	expect("MFMT 00000101000000 x", "501 ");
	expect("MFMT 20240230 x", "501 ");
	expect("MFMT 20240229126056 x", "501 ");
	expect("MFMT 20240229123456.5 x", "213 ");
	expect("MFMT 20240229123456. x", "501 ");
	expect("MFMT 20240229123456", "501 ");
	expect("MFMT 20240229123456 ", "501 ");
	expect("SITE CHMOD 6640 x", "200 ");
	assert_int_equal(root_stat(&f->s->root, "/x", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	expect("SITE CHMOD go=,u+rwx x", "200 ");
	assert_int_equal(root_stat(&f->s->root, "/x", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	expect("SITE CHMOD -1 x", "501 ");
	expect("SITE CHMOD 8 x", "501 ");
	expect("SITE CHMOD 644", "501 ");
	expect("RNFR x", "350 ");
	expect("RNTO y", "550 y: File exists");
	expect("RNTO z", "503 ");
	expect("RNFR x", "350 ");
	expect("NOOP", "200 ");
	expect("RNTO z", "250 ");
	expect("RNFR /", "550 ");
	expect("RNFR z", "350 ");
	expect("PWD", "257 ");
	expect("RNTO x", "503 ");
	f->own.allow_overwrite = true;
	f->own.where[D_ALLOW_OVERWRITE].line = 1;
	expect("RNFR z", "350 ");
	expect("RNTO y", "250 ");
	expect("SIZE y", "213 5\r\n");
	expect("DELE z", "550 ");
	expect("DELE y", "250 ");
	expect("DELE /", "550 ");
	expect("AVBL", "213 ");
	expect("AVBL nowhere", "550 ");
}

/* Under a denied directory, nothing tells what is there from what is not. */
static void a_denied_name_tells_nothing(void **state)
{
	static const char *const names[] = { "READ", "WRITE", "CWD", NULL };
	const struct limit limit = { .next = NULL, .names = names, .rules = &deny_all,
	    .where = { 0, 1 } };

	(void)state;
	make_file("there", "x");
	f->server.limits = &limit;
	expect("SIZE there", "550 there: Permission denied.");
	expect("SIZE missing", "550 missing: Permission denied.");
	expect("DELE there", "550 there: Permission denied.");
	expect("DELE missing", "550 missing: Permission denied.");
	expect("MKD there", "550 there: Permission denied.");
	expect("RNFR there", "550 there: Permission denied.");
	expect("SITE CHMOD 600 there", "550 there: Permission denied.");
	expect("CWD /", "550 /: No such file or directory.");
	expect("XCWD /", "550 /: No such file or directory.");
	expect("CDUP", "250 ");      /* is not CWD to <Limit> */
	expect("PWD", "257 ");
	expect("MDTM there", "213 ");
}

static void names_that_filters_forbid(void **state)
{
	regex_t hidden;

	(void)state;
	assert_int_equal(regcomp(&hidden, "(^|/)\\.[^/]*$", REG_EXTENDED | REG_NOSUB), 0);
	make_file("x", "x");
	f->own.path_deny_filter = (struct filter){ &hidden, "" };
	f->own.where[D_PATH_DENY_FILTER].line = 1;
	expect("MKD .hidden", "550 .hidden: Forbidden filename.");
	expect("MKD a/../.hidden", "550 ");
	expect("MKD ./.hidden/", "550 ");
	expect("RNFR x", "350 ");
	expect("RNTO .x", "550 .x: Forbidden filename.");
	expect("SIZE .x", "550 .x: No such file");
	regfree(&hidden);
}

/* What FEAT and HELP offer is what works, and what nobody may do is not offered. */
static void offers_follow_the_table(void **state)
{
	static const char *const names[] = { "MFMT", "SITE_CHMOD", "EPSV", NULL };
	const struct limit limit = { .next = NULL, .names = names, .rules = &deny_all,
	    .where = { 0, 1 } };

	(void)state;
	expect("FEAT", "211-Extensions supported:\r\n");
	assert_non_null(strstr(f->text, "\r\n MFMT\r\n"));
	assert_non_null(strstr(f->text, "\r\n REST STREAM\r\n"));
	assert_non_null(strstr(f->text, "\r\n UTF8\r\n"));
	assert_non_null(strstr(f->text, "\r\n TVFS\r\n"));
	assert_null(strstr(f->text, "AUTH"));
	assert_non_null(strstr(f->text, "\r\n211 End\r\n"));
	f->server.limits = &limit;
	expect("FEAT", "211-");
	assert_null(strstr(f->text, "MFMT"));
	assert_null(strstr(f->text, "EPSV"));
	expect("HELP", "214-");
	assert_null(strstr(f->text, "MFMT"));
	assert_non_null(strstr(f->text, " RETR"));
	expect("SITE HELP", "214-");
	assert_null(strstr(f->text, "CHMOD"));
}

#define STRANGER(test) cmocka_unit_test_setup_teardown(test, stranger, end)
#define USER(test) cmocka_unit_test_setup_teardown(test, user, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds_together), cmocka_unit_test(limit_groups),
		STRANGER(strangers_get_nowhere), STRANGER(bytes_that_are_no_command),
		STRANGER(junk_without_end_is_left), STRANGER(other_protocols_are_left),
		STRANGER(a_password_is_wiped_and_not_filtered),
		USER(limits_without_a_path), USER(parameters), USER(directories), USER(files),
		USER(filters_of_a_directory),
		USER(a_denied_name_tells_nothing), USER(names_that_filters_forbid),
		USER(offers_follow_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
