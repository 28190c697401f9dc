/* AuthUserFile and AuthGroupFile: which lines count, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/authfile.h"
#include "auth/backend.h"
#include "auth/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = 128 };

/* The line is taken apart in place, in the caller's `line`. */
static bool user(char line[LINE], const char *text, struct authfile_user *u)
{
	(void)snprintf(line, LINE, "%s", text);
	return authfile_user_line(line, u);
}

static bool group(char line[LINE], const char *text, struct authfile_group *g)
{
	(void)snprintf(line, LINE, "%s", text);
	return authfile_group_line(line, g);
}

static void users(void **state)
{
	static const char *const bad[] = {
		"", "alice", "alice:h:1:2:g:/home", "alice:h:1:2:g:/home:/bin/sh:more",
		":h:1:2:g:/home:/bin/sh", "alice:h::2:g:/home:/bin/sh",
		"alice:h:x:2:g:/home:/bin/sh", "alice:h:-1:2:g:/home:/bin/sh",
		"alice:h:1:4294967296:g:/home:/bin/sh", "alice:h: 1:2:g:/home:/bin/sh", "::::::",
	};
	struct authfile_user u;
	char line[LINE];

	(void)state;
	assert_true(user(line, "alice:$1$x$y:1001:100:Alice, A.:/home/alice:/bin/sh", &u));
	assert_string_equal(u.name, "alice");
	assert_string_equal(u.hash, "$1$x$y");
	assert_int_equal(u.uid, 1001);
	assert_int_equal(u.gid, 100);
	assert_string_equal(u.home, "/home/alice");
	assert_string_equal(u.shell, "/bin/sh");
	assert_true(user(line, "minus::4294967295:0:::", &u));
	assert_int_equal(u.uid, UINT32_MAX);
	assert_string_equal(u.hash, "");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(user(line, bad[i], &u));
}

static void groups(void **state)
{
	static const char *const bad[] = { "", "g", "g:x", "g:x:1", "g:x:1:a:b", ":x:1:a",
	    "g:x:one:a" };
	struct authfile_group g;
	char line[LINE];

	(void)state;
	assert_true(group(line, "staff:x:50:alice,bob", &g));
	assert_string_equal(g.name, "staff");
	assert_int_equal(g.gid, 50);
	assert_true(authfile_is_member(g.members, "alice"));
	assert_true(authfile_is_member(g.members, "bob"));
	assert_false(authfile_is_member(g.members, "bo"));
	assert_false(authfile_is_member(g.members, "alice,bob"));
	assert_false(authfile_is_member(g.members, ""));
	assert_false(authfile_is_member("a,,b", ""));
	assert_true(authfile_is_member("a,,b", "b"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(group(line, bad[i], &g));
}

static void lines(void **state)
{
	char text[] = "# comment\n\none\r\ntw\0o\n#\nthree", *at = text,
	    *end = text + sizeof text - 1;
	unsigned number = 0;

	(void)state;
	assert_string_equal(authfile_next_line(&at, end, &number), "one");
	assert_int_equal(number, 3);
	/* what a NUL cuts is no shorter line: it is none */
	assert_string_equal(authfile_next_line(&at, end, &number), "three");
	assert_int_equal(number, 6);
	assert_null(authfile_next_line(&at, end, &number));
}

static void passwords(void **state)
{
	static const char *const none[] = { "", "*", "!", "!!", "x", "*0", "*1",
	    "!$1$inftpd$Pc18R4hPD49yGPAhmYkwc/",
		"$99$a$b", "$1$", "$1$inftpd$Pc18R4hPD49yGPAhmYkwc" };

	(void)state;
	assert_true(password_matches("$1$inftpd$Pc18R4hPD49yGPAhmYkwc/", "pw"));
	assert_true(password_matches("abzlUXK5ed5rs", "pw"));
	assert_false(password_matches("$1$inftpd$Pc18R4hPD49yGPAhmYkwc/", "pW"));
	assert_false(password_matches("$1$inftpd$Pc18R4hPD49yGPAhmYkwc/", ""));
	assert_false(password_matches(NULL, ""));
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		assert_false(password_matches(none[i], "pw"));
		assert_false(password_matches(none[i], ""));
		assert_false(password_matches(none[i], none[i]));
	}
}

/* A server with these two files, in a directory of their own. */
struct site {
	char dir[64], passwd[96], group[96];
	struct settings own;
	struct context server;
	struct monitor m;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int setup(void **state)
{
	struct site *s = calloc(1, sizeof *s);

	if (s == NULL)
		return -1;
	(void)snprintf(s->dir, sizeof s->dir, "/tmp/authfile.XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		return -1;
	(void)snprintf(s->passwd, sizeof s->passwd, "%s/passwd", s->dir);
	(void)snprintf(s->group, sizeof s->group, "%s/group", s->dir);
	s->server.kind = CTX_SERVER;
	s->server.own = &s->own;
	s->own.where[D_AUTH_USER_FILE].line = s->own.where[D_AUTH_GROUP_FILE].line = 1;
	s->own.auth_user_file.path = s->passwd;
	s->own.auth_group_file.path = s->group;
	s->m.server = &s->server;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct site *s = *state;

	(void)unlink(s->passwd);
	(void)unlink(s->group);
	(void)rmdir(s->dir);
	free(s);
	return 0;
}

static void the_first_line_wins(void **state)
{
	struct site *s = *state;
	struct account acc;
	char name[USER_SIZE];

	write_file(s->passwd,
	    "bad line\nbob:x:1:2::/b:/s\nalice:x:7:8::/first:/s\nalice:x:9:9::/second:/s", 0600);
	assert_true(file_account(&s->m, "alice", &acc));
	assert_int_equal(acc.uid, 7);
	assert_string_equal(acc.home, "/first");
	assert_false(file_account(&s->m, "carol", &acc));
	assert_true(authfile_name(&s->server, false, 9, name, sizeof name));
	assert_string_equal(name, "alice");
	assert_false(authfile_name(&s->server, false, 3, name, sizeof name));
	assert_false(authfile_name(&s->server, false, 9, name, 4));
}

static void filters(void **state)
{
	struct site *s = *state;
	struct auth_file *f = &s->own.auth_user_file;
	struct account acc;
	regex_t re;

	write_file(s->passwd, "alice:x:7:8::/home/alice:/s\nbob:x:20:8::/srv/bob:/s\n", 0600);
	f->has_id = true;
	f->id_min = 10;
	f->id_max = 20;
	assert_false(file_account(&s->m, "alice", &acc));
	assert_true(file_account(&s->m, "bob", &acc));
	f->has_id = false;
	assert_int_equal(regcomp(&re, "^/home/", REG_EXTENDED), 0);
	f->home.regex = &re;
	assert_true(file_account(&s->m, "alice", &acc));
	assert_false(file_account(&s->m, "bob", &acc));
	f->home_not = true;
	assert_false(file_account(&s->m, "alice", &acc));
	assert_true(file_account(&s->m, "bob", &acc));
	regfree(&re);
}

static void files_that_others_can_touch(void **state)
{
	static const mode_t modes[] = { 0644, 0602, 0604, 0666 };
	struct site *s = *state;
	struct account acc;

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		write_file(s->passwd, "alice:x:7:8::/:/s\n", modes[i]);
		assert_false(file_account(&s->m, "alice", &acc));
	}
	write_file(s->passwd, "alice:x:7:8::/:/s\n", 0640);
	assert_true(file_account(&s->m, "alice", &acc));
	assert_int_equal(chmod(s->dir, 0777), 0);
	assert_false(file_account(&s->m, "alice", &acc));
	s->own.where[D_AUTH_FILE_OPTIONS].line = 1;
	s->own.auth_file_insecure_perms = true;
	assert_true(file_account(&s->m, "alice", &acc));
}

static void syntaxcheck_wants_every_line_right(void **state)
{
	struct site *s = *state;
	struct account acc;

	s->own.where[D_AUTH_FILE_OPTIONS].line = 1;
	s->own.auth_file_syntax_check = true;
	write_file(s->passwd, "alice:x:7:8::/:/s\nbad\n", 0600);
	assert_false(file_account(&s->m, "alice", &acc));
	write_file(s->passwd, "alice:x:7:8::/:/s\n# good\n", 0600);
	assert_true(file_account(&s->m, "alice", &acc));
}

static void memberships(void **state)
{
	struct site *s = *state;
	const struct account acc = { .name = "alice", .gid = 100 };
	uint32_t ids[GROUPS_MAX_SENT];
	struct group_set set = { .ids = ids };

	write_file(s->group,
	    "users:x:100:\nstaff:x:50:bob,alice\nwheel:x:10:bob\n"
	    "no:x:4294967295:alice\nftp:x:14:alice\n", 0600);
	file_groups(&s->m, &acc, &set);
	assert_int_equal(set.n, 3);
	assert_int_equal(ids[0], 100);
	assert_int_equal(ids[1], 50);
	assert_int_equal(ids[2], 14);
	/* without the file there is the account's own group, and none of ours */
	assert_int_equal(unlink(s->group), 0);
	set.n = 0;
	file_groups(&s->m, &acc, &set);
	assert_int_equal(set.n, 1);
	assert_int_equal(ids[0], 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(users), cmocka_unit_test(groups), cmocka_unit_test(lines),
		cmocka_unit_test(passwords),
		cmocka_unit_test_setup_teardown(the_first_line_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(filters, setup, teardown),
		cmocka_unit_test_setup_teardown(files_that_others_can_touch, setup, teardown),
		cmocka_unit_test_setup_teardown(syntaxcheck_wants_every_line_right, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(memberships, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
