/* A configuration file as an administrator meets it: conditions, Include, -t, the dump. */
#include "tests/config/given.h"

#include "config/bounds.h"

#include <sys/wait.h>

static void conditions(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g,
	    "<IfModule mod_core.c>\nTimeoutIdle 1\n</IfModule>\n"
	    "<IfModule !mod_core.c>\nNonsense here\n<Foo bar>\n<IfDefine "
	    "x>\n</IfDefine>\n</Foo>\n</IfModule>\n<IfModule mod_sql.c>\nSQLEngine "
	    "on\n</IfModule>\n<IfModule !MOD_SQL.C>\nTimeoutLogin 2\n</IfModule>\n<IfDefine "
	    "A>\nTimeoutLinger 9\n</IfDefine>\nDefine A\n<IfDefine A>\nTimeoutLinger "
	    "3\n</IfDefine>\n<IfDefine !A>\nPort x\n</IfDefine>\n<Anonymous /srv/ftp>\n<IfModule "
	    "mod_xfer.c>\nUser nobody\n<Limit WRITE>\n<IfDefine "
	    "A>\nDenyAll\n</IfDefine>\n</Limit>\n</IfModule>\n</Anonymous>\n");

	(void)state;
	assert_int_equal(s->timeout_idle, 1);
	assert_int_equal(s->timeout_login, 2);
	assert_int_equal(s->timeout_linger, 3);
	assert_null(given(&g, "<IfModule no.c>\n<A>\n</B>\n</IfModule>\n"));
	told(&g, "E 3: <B>: is closed, but not open");
	told(&g, "E 2: <A>: is not closed before line 4");
	given_end(&g);
}

static void labels_of_the_command_line(void **state)
{
	static const char *const labels[] = { "TWO", "ONE", NULL };
	static const char text[] =
	    "<IfDefine ONE>\nPort 1\n</IfDefine>\n<IfDefine one>\nPort 2\n</IfDefine>\n";
	struct given g = { .dir = "" };
	char *path = given_file(&g, "d.conf", text, sizeof text - 1);
	struct config_source src = { .path = path, .defines = labels, .invoker = getuid(),
	    .tell = given_tell, .arg = &g };
	struct config *c = config_read(&src);

	(void)state;
	assert_non_null(c);
	assert_int_equal(config_server(c)->own->port, 1);
	assert_int_equal(g.warnings, 0);
	free(path);
	given_end(&g);
}

static void includes(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	struct config *c;
	char path[256];

	(void)state;
	given_text(&g, "one.conf", "TimeoutIdle 1\n");
	(void)snprintf(path, sizeof path, "%s/conf.d", g.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	given_text(&g, "conf.d/b.conf", "DefaultRoot /b\n");
	given_text(&g, "conf.d/a.conf", "DefaultRoot /a\n");
	given_text(&g, "conf.d/c.conf~", "DefaultRoot /c\n");
	strbuf_addf(&text, "Include %s/one.conf\nInclude %s/nothing\nInclude %s/no*dir/*.conf\n"
	    "IncludeOptions IgnoreTempFiles\nInclude %s/conf.d\n<Directory /x>\nInclude "
	    "%s/conf.d/b.con?\n</Directory>\n", g.dir, g.dir, g.dir, g.dir, g.dir);
	assert_null(given(&g, text.buf));
	told(&g, "W 2: Include: ");
	assert_non_null(strstr(g.told, "/nothing: does not exist; nothing is included"));
	assert_non_null(strstr(g.told, "conf.d/b.conf:1: DefaultRoot: not allowed in <Directory>"));
	assert_int_equal(g.errors, 1);
	strbuf_reset(&text);
	strbuf_addf(&text,
	    "IncludeOptions IgnoreTempFiles\nInclude %s/one.conf\nInclude %s/conf.d/\nInclude "
	    "%s/conf.d/*.conf\n", g.dir, g.dir, g.dir);
	c = given(&g, text.buf);
	assert_non_null(c);
	assert_int_equal(config_server(c)->own->timeout_idle, 1);
	assert_string_equal(config_server(c)->own->default_root->path, "/a");
	assert_string_equal(config_server(c)->own->default_root->next->path, "/b");
	assert_string_equal(config_server(c)->own->default_root->next->next->next->path, "/b");
	assert_null(config_server(c)->own->default_root->next->next->next->next);
	given_end(&g);
}

static void includes_that_are_refused(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	char path[256], link[256];

	(void)state;
	given_text(&g, "open.conf", "Port 1\n");
	(void)snprintf(path, sizeof path, "%s/open.conf", g.dir);
	assert_int_equal(chmod(path, 0666), 0);
	(void)snprintf(link, sizeof link, "%s/link.conf", g.dir);
	assert_int_equal(symlink("main.conf", link), 0);
	strbuf_addf(&text, "Include %s\nInclude %s\nInclude %s/main.conf\nInclude /dev/null\n"
	    "Include %s/l*.conf\n", path, link, g.dir, g.dir);
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "main.conf:1: Include: "));
	assert_non_null(strstr(g.told, "open.conf: is writable by everybody"));
	assert_non_null(strstr(g.told,
	    "link.conf: is a symbolic link; write IncludeOptions AllowSymlinks"));
	assert_non_null(strstr(g.told, "main.conf: includes itself"));
	assert_non_null(strstr(g.told, "/dev/null: is not a regular file"));
	assert_non_null(strstr(g.told, "link.conf: is a symbolic link, not read"));
	assert_int_equal(g.errors, 4);
	if (getuid() == 0) {
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(chown(path, 4711, 0), 0);
		assert_null(given(&g, text.buf));
		assert_non_null(strstr(g.told, "open.conf: belongs to somebody else"));
	}
	given_end(&g);
}

static void include_loops_end(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	char name[32];

	(void)state;
	given_text(&g, "x", "");
	for (int i = 0; i < 40; i++) {              /* deeper than allowed, and each twice */
		strbuf_reset(&text);
		strbuf_addf(&text, "Include %s/f%d\nInclude %s/f%d\n", g.dir, i + 1, g.dir, i + 1);
		(void)snprintf(name, sizeof name, "f%d", i);
		given_text(&g, name, text.buf);
	}
	given_text(&g, "f40", "");
	strbuf_reset(&text);
	strbuf_addf(&text, "Include %s/f0\n", g.dir);
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "more than 32 files deep"));
	strbuf_reset(&text);
	strbuf_addf(&text, "Include %s/f20\n", g.dir);      /* 2 to the power of 20 files */
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "files are included"));
	given_end(&g);
}

static void files_that_cannot_be_read(void **state)
{
	struct given g = { .dir = "" };
	struct config_source src = { .path = "/nonexistent/in.ftpd.conf", .invoker = getuid(),
	    .tell = given_tell, .arg = &g };

	(void)state;
	assert_null(config_read(&src));
	assert_string_equal(g.told, "E /nonexistent/in.ftpd.conf: No such file or directory\n");
	src.path = "/";
	assert_null(config_read(&src));
	assert_non_null(strstr(g.told, "E /: is not a regular file"));
}

static void what_t_alone_looks_at(void **state)
{
	struct given g = { .dir = "" };
	static const char text[] = "User no-such-user-x\nGroup no-such-group-x\n"
	    "<Anonymous /srv/ftp>\nUser root\nUserAlias ftp nobody\n<Directory pub/incoming>\n"
	    "<Limit STOR CWD>\nAllowAll\n</Limit>\n</Directory>\n<Directory "
	    "/pub>\n</Directory>\n</Anonymous>\n<Anonymous /srv/two>\nUser nobody\nUserAlias ftp "
	    "nobody\nRootLogin on\n</Anonymous>\nAuthUserFile /nonexistent/passwd\nAuthPAMConfig "
	    "no-such-service-x\n";

	(void)state;
	assert_null(given(&g, text));
	told(&g, "E 1: User: no-such-user-x: there is no such user");
	told(&g, "E 2: Group: no-such-group-x: there is no such group");       /* FAQ 4.28a */
	told(&g, "E 4: User: root: nobody is root without a password");
	/* FAQ 5.14d */
	told(&g, "E 16: UserAlias: ftp: leads to another <Anonymous> too (line 5)");
	told(&g, "W 11: <Directory>: /pub: is outside the root /srv/ftp");
	told(&g, "W 3: <Anonymous>: /srv/ftp allows STOR below (line 7), but nothing denies WRITE");
	assert_non_null(strstr(g.told, "RNFR and RNTO"));                       /* FAQ 5.3c, 5.3e */
	told(&g, "W 17: RootLogin: lets root log in");
	told(&g, "E 19: AuthUserFile: /nonexistent/passwd: No such file or directory");
	told(&g, "W 20: AuthPAMConfig: the PAM service no-such-service-x has no file");
	/* a connection looks at none of it */
	assert_non_null(given_at(&g, text, "127.0.0.1", 21));
	assert_int_equal(g.errors + g.warnings, 0);
	given_end(&g);
}

static void accounts_of_a_file_are_known(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 512);

	(void)state;
	given_text(&g, "passwd", "virtual-x:*:1000:1000::/:/bin/sh\n");
	given_text(&g, "group", "virtuals-x:x:1000:\n");
	strbuf_addf(&text, "AuthUserFile %s/passwd\nAuthGroupFile %s/group\n<Anonymous /srv/ftp>\n"
	    "User virtual-x\nGroup virtuals-x\n</Anonymous>\n", g.dir, g.dir);
	assert_non_null(given(&g, text.buf));
	given_end(&g);
}

/* Read again what the dump prints: the same dump. */
static void the_dump_is_a_configuration(void **state)
{
	static const char text[] =
	    "ServerName \"My \\\"big\\\" server\" # comment\nDenyFilter \\*.*/\nServerAdmin "
	    "\"\"\nAccessGrantMsg \"# %u \\\\\"\n<IfModule mod_core.c>\nTimeoutIdle "
	    "5\n</IfModule>\n<IfModule mod_none.c>\nNonsense\n</IfModule>\n<Anonymous "
	    "/srv/ftp>\nUser nobody\n<Limit READ,WRITE STOR>\nDenyAll\n</Limit>\n<Directory "
	    "\"/srv/ftp/a b\">\n</Directory>\n</Anonymous>\nUserPassword bob $6$secret\n";
	struct given g = { .dir = "" };
	char *first = NULL, *second = NULL;
	size_t n;
	FILE *out;
	struct config *c = given(&g, text);

	(void)state;
	assert_non_null(c);
	out = open_memstream(&first, &n);
	config_dump(c, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(first, "ServerName \"My \\\"big\\\" server\" # "));
	assert_non_null(strstr(first, "\tUser nobody # "));
	assert_non_null(strstr(first, "/main.conf:12\n"));
	assert_null(strstr(first, "Nonsense"));
	assert_null(strstr(first, "secret"));
	c = given(&g, first);
	assert_non_null(c);
	assert_string_equal(config_server(c)->own->server_name, "My \"big\" server");
	assert_string_equal(config_server(c)->own->access_grant_msg, "# %u \\");
	out = open_memstream(&second, &n);
	config_dump(c, out);
	assert_int_equal(fclose(out), 0);
	for (char *a = first, *b = second; *a != '\0'; a++, b++) {  /* but for the places */
		if (strncmp(a, " # /", 4) == 0) {
			a = strchr(a, '\n');
			b = strchr(b, '\n');
		}
		assert_int_equal(*a, *b);
	}
	free(first);
	free(second);
	given_end(&g);
}

static const char sample[] =
    "ServerName \"A server\"\nUmask 027\nDefaultRoot ~ users,!staff\n<Limit "
    "LOGIN>\nDenyAll\n</Limit>\n<Anonymous /srv/ftp>\n  User nobody\n  UserAlias anonymous "
    "nobody\n  <Directory *>\n    <Limit WRITE>\n      DenyAll\n    </Limit>\n  </Directory>\n  "
    "<Directory in>\n    <Limit STOR CWD>\n      AllowAll\n    </Limit>\n  "
    "</Directory>\n</Anonymous>\n<VirtualHost 192.0.2.1>\nPort 2121\n</VirtualHost>\n";

/* Attack 87: a file that is being written is refused wherever a section of it is open. */
static void every_prefix(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	for (size_t n = 0; n < sizeof sample; n++) {
		unsigned open = 0;

		for (size_t i = 0; i < n; i++)
			open += sample[i] == '<' ? (sample[i + 1] == '/' ? -1U : 1U) : 0;
		for (int check = 0; check < 2; check++) {
			struct config *c = given_bytes(&g, sample, n, check ? NULL : "127.0.0.1",
			    21);

			if (open > 0 && c != NULL)
				fail_msg("read: %.*s", (int)n, sample);
		}
	}
	given_end(&g);
}

static void bytes_that_are_no_text(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given_bytes(&g, "Port 21\nUmask 0\0" "77\nPort 1\n", 25, "127.0.0.1", 21));
	told(&g, "E 2: line: NUL byte in the line");
	assert_null(given_bytes(&g, "\0\0\0\0", 4, "127.0.0.1", 21));
	assert_null(given(&g, "\033[2Jx \033]0;x\007\n"));
	assert_null(strchr(g.told, '\033'));
	given_end(&g);
}

static void too_much_is_an_error(void **state)
{
	enum { SIZE = 2 * CONFIG_LINE };
	struct given g = { .dir = "" };
	struct strbuf text;

	(void)state;
	strbuf_init(&text, malloc(SIZE), SIZE);
	for (int i = 0; i < 10000; i++)
		strbuf_add(&text, "<Limit ALL>\n");
	assert_null(given(&g, text.buf));
	told(&g, "E 2: <Limit>: not allowed in <Limit>");
	told(&g, "E 65: <Limit>: more than 64 sections deep");
	assert_int_equal(g.errors, 2);
	strbuf_reset(&text);
	for (int i = 0; i < 10000; i++)
		strbuf_add(&text, "<IfModule mod_core.c>\n");
	assert_null(given(&g, text.buf));
	told(&g, "E 65: <IfModule>: more than 64 sections deep");
	strbuf_reset(&text);
	for (int i = 0; i < 5000; i++)
		strbuf_add(&text, "Nonsense\n");
	assert_null(given(&g, text.buf));
	assert_int_equal(g.errors, CONFIG_ERRORS + 1);
	assert_non_null(strstr(g.last, "4000 more errors"));
	strbuf_reset(&text);
	strbuf_add(&text, "ServerName ");
	for (size_t i = 0; i < CONFIG_LINE + 5; i++)
		strbuf_addc(&text, 'x');
	assert_null(given(&g, text.buf));
	told(&g, "E 1: line: line too long");
	free(text.buf);
	given_end(&g);
}

/* Whether `p` can be read here: the kernel says so without a fault. */
static bool readable(const void *p)
{
	int ends[2];
	bool yes;

	if (pipe(ends) != 0)
		return true;
	yes = write(ends[1], p, 1) == 1;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return yes;
}

/* What a session inherits of a configuration holds no hash. */
static void secrets_stay_with_the_monitor(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g, "UserPassword bob $6$salt$hash\nServerName x\n");
	int status;
	pid_t child;

	(void)state;
	assert_true(readable(s->user_password->hash));
	child = fork();
	if (child == 0)
		_exit((readable(s->server_name) ? 1 : 0) | (readable(s->user_password->hash) ? 2 :
		    0));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions), cmocka_unit_test(labels_of_the_command_line),
		cmocka_unit_test(includes), cmocka_unit_test(includes_that_are_refused),
		cmocka_unit_test(include_loops_end), cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(what_t_alone_looks_at),
		cmocka_unit_test(accounts_of_a_file_are_known),
		cmocka_unit_test(the_dump_is_a_configuration), cmocka_unit_test(every_prefix),
		cmocka_unit_test(bytes_that_are_no_text), cmocka_unit_test(too_much_is_an_error),
		cmocka_unit_test(secrets_stay_with_the_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
