/* The one question: what rules say about a path however it is spelt, and what none allows. */
#include "vfs/access.h"

#include "config/bounds.h"
#include "config/config.h"
#include "vfs/path.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct limit_verb retr = { .name = "RETR", .group = LIMIT_READ };
static const struct limit_verb stor = { .name = "STOR", .group = LIMIT_WRITE };
static const struct limit_verb rnfr = { .name = "RNFR", .group = LIMIT_WRITE };
static const struct limit_verb quit = { .name = "QUIT", .unchecked = true };

static char base[] = "/tmp/vfs-access-XXXXXX";
static char jail[64];
static struct root root;
static struct config *config;
static struct access real, anonymous;
static struct subject alice = { .user = "alice" };

static void tell(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		print_error("%s\n", line);
}

static bool write_config(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return false;
	fprintf(f, "<Directory %s/closed>\n<Limit ALL>\nDenyAll\n</Limit>\n</Directory>\n", jail);
	fprintf(f, "<Directory %s/read>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n", jail);
	fprintf(f, "<Directory %s/a/deep/denied>\n<Limit READ>\nDenyAll\n</Limit>\n</Directory>\n",
	    jail);
	fprintf(f, "<Directory %s/a/*/secret>\n<Limit READ>\nDenyAll\n</Limit>\n</Directory>\n",
	    jail);
	fprintf(f, "<Directory %s/own/open>\nUmask 022\n<Limit ALL>\nAllowAll\n</Limit>\n"
	    "</Directory>\n", jail);
	fprintf(f, "<Directory %s/bound/size>\nMaxStoreFileSize 1 Kb\n</Directory>\n", jail);
	fprintf(f, "<Directory %s/bound/rate>\nTransferRate STOR 1\n</Directory>\n", jail);
	fprintf(f, "<Directory %s/bound/kept>\nAllowOverwrite off\n</Directory>\n", jail);
	fprintf(f, "<Directory %s/free>\nAllowOverwrite on\nUmask 077\n</Directory>\n", jail);
	fprintf(f, "<Limit QUIT FEAT>\nDenyAll\n</Limit>\n");
	fprintf(f, "<Anonymous %s>\nUser nobody\nGroup nogroup\n", jail);
	fprintf(f, "<Directory *>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n");
	fprintf(f, "<Directory drop>\n<Limit STOR>\nAllowAll\n</Limit>\n</Directory>\n");
	fprintf(f, "</Anonymous>\n");
	return fclose(f) == 0;
}

static int read_rules(void)
{
	STRBUF(path, PATHNAME_SIZE);
	struct context *server;
	const struct context_names names = { .user = "u", .home = jail, .anon_root = jail };

	strbuf_addf(&path, "%s/conf", base);
	if (!write_config(path.buf))
		return -1;
	config = config_read(&(struct config_source){ .path = path.buf, .invoker = geteuid(),
	    .tell = tell });
	if (config == NULL || (server = config_server(config)) == NULL || server->anonymous == NULL)
		return -1;
	context_resolve(config, server, &names);
	context_resolve(config, server->anonymous, &names);
	real = (struct access){ .base = server, .root = &root, .jailed = true,
	    .who = &alice };
	anonymous = (struct access){ .base = server->anonymous, .root = &root, .jailed = true,
	    .who = &alice };
	return 0;
}

static int setup(void **state)
{
	static const char *const dirs[] = { "", "/closed", "/read", "/drop", "/own", "/etc", "/lib",
		"/a" };
	STRBUF(path, PATHNAME_SIZE);

	(void)state;
	(void)umask(022);
	if (mkdtemp(base) == NULL || chmod(base, 0755) < 0)
		return -1;
	(void)snprintf(jail, sizeof jail, "%s/jail", base);
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		strbuf_reset(&path);
		strbuf_addf(&path, "%s%s", jail, dirs[i]);
		if (mkdir(path.buf, 0777) < 0)
			return -1;
	}
	strbuf_reset(&path);
	strbuf_addf(&path, "%s/link", jail);
	if (symlink("/closed", path.buf) < 0 ||
	    root_init(&root, open(jail, O_PATH), jail) != 0)
		return -1;
	return read_rules();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Ask as a command does: cleaned, resolved, asked. */
static bool may(const struct access *a, const struct limit_verb *verb, const char *arg,
    bool changes)
{
	STRBUF(cleaned, PATHNAME_SIZE);
	STRBUF(path, PATHNAME_SIZE);

	assert_int_equal(path_clean(&cleaned, "/a", NULL, arg, strlen(arg)), 0);
	assert_int_equal(root_resolve(&root, cleaned.buf, RESOLVE_CREATE, &path, NULL), 0);
	return access_check(a, verb, path.buf, changes).allowed;
}

static void test_rules_by_host_path(void **state)
{
	static const char *const spellings[] = { "/closed/f", "//closed///f", "/./closed/./f",
		"../closed/f", "/a/../closed/f", "/link/f", "/link/../closed/f", "../link/f",
		"/closed", "/closed/", "/link" };
	struct access_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		assert_false(may(&real, &retr, spellings[i], false));
		assert_false(may(&real, &stor, spellings[i], true));
	}
	assert_true(may(&real, &retr, "/closed2", false));
	assert_true(may(&real, &retr, "/read/f", false));
	assert_false(may(&real, &stor, "/read/f", true));
	assert_true(may(&real, &stor, "/a/f", true));
	answer = access_check(&real, &retr, "/closed/f", false);
	assert_int_equal(answer.context->kind, CTX_DIRECTORY);
	assert_ptr_equal(answer.context, access_context(&real, "/closed/x/y"));
	assert_int_equal(answer.why.verdict, VERDICT_DENY);
	assert_int_equal(answer.why.where.line, 2);
	assert_string_equal(answer.why.name, "ALL");
}

static void test_commands_without_a_path(void **state)
{
	const struct limit_verb feat = { .name = "FEAT" }, noop = { .name = "NOOP" };
	const struct access before_login = { .base = real.base, .who = &alice };

	(void)state;
	assert_false(access_check(&before_login, &feat, NULL, false).allowed);
	assert_true(access_check(&before_login, &noop, NULL, false).allowed);
	assert_true(access_check(&before_login, &quit, NULL, false).allowed);
}

static void test_anonymous(void **state)
{
	(void)state;
	assert_false(may(&anonymous, &stor, "/a/f", true));
	assert_true(may(&anonymous, &stor, "/drop/f", true));
	assert_true(may(&anonymous, &retr, "/a/f", false));
	/* inside the anonymous root, the server's sections are not asked */
	assert_true(may(&anonymous, &retr, "/closed/f", false));
}

static void test_system_files_of_a_jail(void **state)
{
	static const char *const denied[] = { "/etc", "/lib", "/etc/nsswitch.conf", "/lib/x/y" };
	static const char *const free_ones[] = { "/a/etc", "/a/lib", "/etcetera", "/lib64" };
	struct access unjailed = real;
	struct access_answer answer;

	(void)state;
	unjailed.jailed = false;
	for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
		answer = access_check(&real, &stor, denied[i], true);
		assert_false(answer.allowed);
		assert_string_equal(answer.why.name, "RLimitChroot");
		assert_true(access_check(&real, &retr, denied[i], false).allowed);
		assert_true(access_check(&unjailed, &stor, denied[i], true).allowed);
	}
	for (size_t i = 0; i < sizeof free_ones / sizeof free_ones[0]; i++)
		assert_true(access_check(&real, &stor, free_ones[i], true).allowed);
}

static void test_names_that_rules_hold(void **state)
{
	static const char *const kept[] = { "/closed", "/a", "/a/deep", "/a/deep/denied",
	    "/a/x/secret",
		"/a/x/y/secret", "/bound", "/bound/size", "/bound/rate", "/bound/kept" };
	static const char *const free_ones[] = { "/free", "/bound/size/f", "/closed2", "/a/dee",
	    "/a/deep/denied2", "/a/deep/other",
		"/a/x/secret/file", "/a/x", "/a/x/secret2", "/own", "/own/open", "/own/open/f" };
	struct access_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		assert_false(access_check(&real, &rnfr, kept[i], true).allowed);
	assert_false(may(&real, &rnfr, "../a/./deep/..//", true));
	for (size_t i = 0; i < sizeof free_ones / sizeof free_ones[0]; i++)
		assert_true(access_check(&real, &rnfr, free_ones[i], true).allowed);
	answer = access_check(&real, &rnfr, "/a", true);
	assert_string_equal(answer.why.name, "<Directory>");
	assert_int_not_equal(answer.why.where.line, 0);
	/* only a name that goes away: one that stays or comes is the other rules' business */
	assert_true(access_check(&real, &stor, "/a", true).allowed);
	/* a name that only a star at the end matches is not held by the section, just ruled over */
	assert_string_equal(access_check(&anonymous, &rnfr, "/a", true).why.name, "WRITE");
}

static void test_rule_files(void **state)
{
	struct access_answer answer;
	int status;
	pid_t pid;

	(void)state;
	/* the owner of the directory may, an anonymous user never */
	assert_true(access_check(&real, &stor, "/a/.ftpaccess", true).allowed);
	assert_true(access_check(&real, &stor, "/.ftpaccess", true).allowed);
	answer = access_check(&anonymous, &stor, "/drop/.ftpaccess", true);
	assert_false(answer.allowed);
	assert_string_equal(answer.why.name, ".ftpaccess");
	assert_false(access_check(&anonymous, &stor, "/drop/.FtpAccess", true).allowed);
	assert_true(access_check(&anonymous, &stor, "/drop/x.ftpaccess", true).allowed);
	assert_true(access_check(&anonymous, &retr, "/drop/.ftpaccess", false).allowed);
	assert_false(access_check(&real, &stor, "/nowhere/.ftpaccess", true).allowed);
	if (geteuid() != 0) {
		print_message("another owner: skipped, it needs root\n");
		return;
	}
	assert_int_equal(fchownat(root.fd, "own", 4242, 4242, 0), 0);
	pid = fork();
	if (pid == 0) {
		bool ok = setgid(4242) == 0 && setuid(4242) == 0;

		ok = ok && access_check(&real, &stor, "/own/.ftpaccess", true).allowed;
		ok = ok && !access_check(&real, &stor, "/a/.ftpaccess", true).allowed;
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_by_host_path),
		cmocka_unit_test(test_commands_without_a_path),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_system_files_of_a_jail),
		cmocka_unit_test(test_names_that_rules_hold),
		cmocka_unit_test(test_rule_files),
	};

	return cmocka_run_group_tests_name("vfs/access", tests, setup, teardown);
}
