/*
 * .ftpaccess files between the sections of the configuration: order, lifetime, one look a command.
 */
#include "vfs/access.h"

#include "config/config.h"
#include "config/log.h"
#include "tests/vfs/tree.h"

static const struct limit_verb retr = { .name = "RETR", .group = LIMIT_READ };
static const struct limit_verb cwd = { .name = "CWD", .alias = "XCWD", .group = LIMIT_DIRS };
static const struct limit_verb list = { .name = "LIST", .group = LIMIT_DIRS };

static struct config *config;
static struct subject alice = { .user = "alice" };
static struct access a;

static void tell(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		print_error("%s\n", line);
}

static void no_log(void *arg, int level, bool auth, const char *text)
{
	(void)level, (void)auth, (void)text;
	++*(unsigned *)arg;
}

static void configure(const char *text)
{
	const struct context_names names = { .user = "alice", .home = "/srv/jail" };
	STRBUF(path, 128);

	strbuf_addf(&path, "%s/conf", base);
	(void)unlink(path.buf);
	put(AT_FDCWD, path.buf, text);
	assert_int_equal(chmod(path.buf, 0600), 0);
	config = config_read(&(struct config_source){ .path = path.buf, .invoker = geteuid(),
	    .tell = tell });
	assert_non_null(config);
	context_resolve(config, config_server(config), &names);
	a = (struct access){ .base = config_server(config), .root = &root, .jailed = true,
	    .who = &alice, .config = config, .files = ftpaccess_new(config, config_server(config),
	    &root, true) };
}

static void rules(const char *name, const char *text)
{
	(void)unlinkat(jail, name, 0);
	put(jail, name, text);
}

static void directory(const char *name)
{
	assert_int_equal(mkdirat(jail, name, 0755), 0);
}

/* The values of Umask along the chain, and what decides about RETR: "77 22 by /x:3". */
static void chain_is(const char *path, const char *wanted)
{
	struct access_answer answer;
	const struct context *c;
	STRBUF(text, 1024);

	access_next(&a);
	answer = access_check(&a, &retr, path, false);
	c = answer.context;
	for (; (c = settings_next(c, D_UMASK)) != NULL; c = c->outer)
		strbuf_addf(&text, "%o ", c->own->umask.file);
	if (answer.why.name != NULL) {
		strbuf_addf(&text, "%s at ", answer.allowed ? "allowed" : "denied");
		access_where(&a, &answer.why, &text);
	}
	assert_string_equal(text.buf, wanted);
}

static void test_order(void **state)
{
	(void)state;
	directory("a");
	directory("a/b");
	directory("a/b/c");
	configure("Umask 01\n<Directory /srv/jail/a>\nUmask 02\n<Limit RETR>\nDenyAll\n</Limit>\n"
	    "</Directory>\n<Directory /srv/jail/a/b/c>\nUmask 03\n</Directory>\n");
	chain_is("/f", "1 ");
	assert_int_equal(access_context(&a, "/a/b/f")->kind, CTX_DIRECTORY);
	assert_ptr_equal(access_context(&a, "/a/b/f"), context_for_path(a.base, "/srv/jail/a/b/f"));
	rules(".ftpaccess", "Umask 010\n<Limit RETR>\nAllowAll\n</Limit>\n");
	chain_is("/f", "10 1 allowed at /srv/jail/.ftpaccess:2");
	chain_is("/", "10 1 allowed at /srv/jail/.ftpaccess:2");
	access_next(&a);
	assert_false(access_check(&a, &retr, "/a", false).allowed);
	rules("a/.ftpaccess", "\nUmask 020\n<Limit RETR>\nAllowAll\n</Limit>\n");
	chain_is("/a/f", "2 20 10 1 allowed at /srv/jail/a/.ftpaccess:3");
	chain_is("/a/b/c/f", "3 2 20 10 1 allowed at /srv/jail/a/.ftpaccess:3");
	rules("a/b/c/.ftpaccess", "Umask 030\n<Limit RETR>\nDenyAll\n</Limit>\n");
	chain_is("/a/b/c/f", "3 30 2 20 10 1 denied at /srv/jail/a/b/c/.ftpaccess:2");
	rules("a/b/.ftpaccess", "Umask 040\n");
	chain_is("/a/b/c", "3 30 40 2 20 10 1 denied at /srv/jail/a/b/c/.ftpaccess:2");
	/* the sections that were configured are as they were */
	assert_ptr_equal(context_for_path(a.base, "/srv/jail/a/b/f")->outer, a.base);
}

static void test_one_look_in_a_command(void **state)
{
	(void)state;
	configure("");
	directory("a");
	rules("a/.ftpaccess", "<Limit RETR>\nDenyAll\n</Limit>\n");
	assert_false(access_check(&a, &retr, "/a/f", false).allowed);
	rules("a/.ftpaccess", "<Limit RETR>\nAllowAll\n</Limit>\n");
	rules(".ftpaccess", "Umask 077\n");
	assert_false(access_check(&a, &retr, "/a/f", false).allowed);
	assert_false(access_check(&a, &retr, "/a/g", false).allowed);
	assert_int_equal(settings_for(access_context(&a, "/a"), D_UMASK)->umask.file, 022);
	access_next(&a);
	assert_true(access_check(&a, &retr, "/a/f", false).allowed);
	assert_int_equal(settings_for(access_context(&a, "/a"), D_UMASK)->umask.file, 077);
	assert_int_equal(unlinkat(jail, ".ftpaccess", 0), 0);
	access_next(&a);
	assert_int_equal(settings_for(access_context(&a, "/a"), D_UMASK)->umask.file, 022);
}

static void test_contexts_stay_for_a_command(void **state)
{
	const struct context *held;
	struct access_answer answer;
	char name[64];

	(void)state;
	configure("<Directory ~/d7>\nUmask 07\n</Directory>\n");
	directory("held");
	rules("held/.ftpaccess", "Umask 077\n<Limit RETR>\nDenyAll\n</Limit>\n");
	held = access_context(&a, "/held/f");
	answer = access_check(&a, &retr, "/held/f", false);
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof name, "d%u", i);
		directory(name);
		(void)snprintf(name, sizeof name, "d%u/.ftpaccess", i);
		rules(name, i % 2 ? "<Limit LIST RETR>\nDenyAll\n</Limit>\n" : "Umask 0\n");
		(void)snprintf(name, sizeof name, "/d%u", i);
		assert_int_equal(access_opens(&a, &list, name), i % 2 == 0);
		assert_true(access_allows(&a, &list, name));
	}
	assert_int_equal(settings_for(held, D_UMASK)->umask.file, 077);
	assert_string_equal(answer.why.name, "RETR");
	assert_string_equal(answer.why.context->path, "/srv/jail/held/.ftpaccess");
	assert_int_equal(settings_for(answer.context, D_UMASK)->umask.file, 077);
	access_next(&a);
}

static void test_a_file_that_cannot_be_obeyed(void **state)
{
	struct access_answer answer;
	unsigned lines = 0;
	STRBUF(where, 128);

	(void)state;
	log_to_monitor(no_log, &lines);
	configure("");
	directory("a");
	directory("a/b");
	rules("a/.ftpaccess", "Umask 022\nNonsense\n");
	for (unsigned i = 0; i < 3; i++, access_next(&a)) {
		answer = access_check(&a, &retr, "/a/b/f", false);
		assert_false(answer.allowed);
		assert_string_equal(answer.why.name, ".ftpaccess");
		strbuf_reset(&where);
		access_where(&a, &answer.why, &where);
		assert_string_equal(where.buf, "/srv/jail/a/.ftpaccess:2");
		assert_true(access_check(&a, &cwd, "/a/b", false).allowed);
		assert_false(access_check(&a, &list, "/a/b", false).allowed);
		assert_true(access_check(&a, &retr, "/f", false).allowed);
	}
	assert_int_equal(lines, 1);
	assert_int_equal(unlinkat(jail, "a/.ftpaccess", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", jail, "a/.ftpaccess"), 0);
	answer = access_check(&a, &retr, "/a/f", false);
	assert_false(answer.allowed);
	strbuf_reset(&where);
	access_where(&a, &answer.why, &where);
	assert_string_equal(where.buf, "/srv/jail/a/.ftpaccess");
	assert_int_equal(lines, 2);
	log_to_stderr();
}

static void test_off(void **state)
{
	(void)state;
	configure("AllowOverride off\n");
	assert_null(a.files);
	configure("AllowOverride off\n<Directory /srv/jail/a>\nAllowOverride on\n</Directory>\n");
	assert_non_null(a.files);
}

/* How long the part of a path is that a section stands for. */
static void depth_is(const char *section, const char *path, const char *part)
{
	const struct context *d;
	STRBUF(text, 256);

	strbuf_addf(&text, "<Directory %s>\nUmask 022\n</Directory>\n", section);
	configure(text.buf);
	d = context_for_path(a.base, path);
	assert_int_equal(d->kind, CTX_DIRECTORY);
	assert_int_equal(context_depth(d, path), strlen(part));
}

static void test_depth(void **state)
{
	(void)state;
	depth_is("/", "/x/y", "");
	depth_is("/x", "/x/y", "/x");
	depth_is("/x/*", "/x/y/z", "/x");
	depth_is("/x/*/z", "/x/yyy/z/f", "/x/yyy/z");
	depth_is("/x/*/z/*", "/x/yyy/z/f", "/x/yyy/z");
	depth_is("/x/*/z", "/x/y/y/z/f", "/x/y/y/z");
	depth_is("/[xy]/z", "/y/z", "/y/z");
	depth_is("/x?", "/xy/z/f", "/xy");
	depth_is("/*", "/x/y", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_one_look_in_a_command),
		    TEST(test_contexts_stay_for_a_command),
		TEST(test_a_file_that_cannot_be_obeyed), TEST(test_off), TEST(test_depth),
	};

	return cmocka_run_group_tests_name("vfs/ftpaccess", tests, NULL, NULL);
}
