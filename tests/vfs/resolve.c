/* Symbolic links: followed inside the root, bounded, and never a way out of it. */
#include "config/bounds.h"
#include "tests/vfs/tree.h"

#include <errno.h>
#include <sys/wait.h>

static void resolves(const char *cleaned, enum resolve how, const char *want)
{
	STRBUF(out, PATHNAME_SIZE);
	struct stat st, direct;

	assert_int_equal(root_resolve(&root, cleaned, how, &out, &st), 0);
	assert_string_equal(out.buf, want);
	if (st.st_nlink > 0) {
		assert_int_equal(root_stat(&root, out.buf, &direct), 0);
		assert_int_equal(direct.st_ino, st.st_ino);
	} else {
		assert_int_equal(root_stat(&root, out.buf, &direct), -ENOENT);
	}
}

static void make_tree(void)
{
	assert_int_equal(mkdirat(jail, "a", 0755), 0);
	assert_int_equal(mkdirat(jail, "a/b", 0755), 0);
	put(jail, "a/b/file", "inside");
	assert_int_equal(symlinkat("a/b", jail, "rel"), 0);
	assert_int_equal(symlinkat("/a", jail, "abs"), 0);
	assert_int_equal(symlinkat("../../../../a/b/./../b/file", jail, "a/up"), 0);
	assert_int_equal(symlinkat("/nothing", jail, "dangling"), 0);
	assert_int_equal(symlinkat("loop2", jail, "loop1"), 0);
	assert_int_equal(symlinkat("/loop1", jail, "loop2"), 0);
	assert_int_equal(symlinkat("a/b/file/", jail, "slash"), 0);
	assert_int_equal(symlinkat("a/b/file/..", jail, "through"), 0);
	assert_int_equal(symlinkat("//", jail, "top"), 0);
}

static void test_resolving(void **state)
{
	(void)state;
	make_tree();
	resolves("/", RESOLVE_EXISTING, "/");
	resolves("/", RESOLVE_CREATE, "/");
	resolves("/a/b/file", RESOLVE_EXISTING, "/a/b/file");
	resolves("/rel/file", RESOLVE_EXISTING, "/a/b/file");
	resolves("/abs/b/file", RESOLVE_EXISTING, "/a/b/file");
	resolves("/abs/up", RESOLVE_EXISTING, "/a/b/file");
	resolves("/abs/up", RESOLVE_LINK, "/a/up");
	resolves("/rel", RESOLVE_LINK, "/rel");
	resolves("/top/rel", RESOLVE_LINK, "/rel");
	resolves("/top", RESOLVE_EXISTING, "/");
	resolves("/dangling", RESOLVE_LINK, "/dangling");
	resolves("/rel/new", RESOLVE_CREATE, "/a/b/new");
	resolves("/new", RESOLVE_CREATE, "/new");
	resolves("/top/new", RESOLVE_CREATE, "/new");
	resolves("/abs/up", RESOLVE_CREATE, "/a/b/file");
}

static void test_not_resolving(void **state)
{
	(void)state;
	make_tree();
	assert_int_equal(fails("/nothing", RESOLVE_EXISTING), -ENOENT);
	assert_int_equal(fails("/nothing", RESOLVE_LINK), -ENOENT);
	assert_int_equal(fails("/nothing/new", RESOLVE_CREATE), -ENOENT);
	assert_int_equal(fails("/dangling", RESOLVE_EXISTING), -ENOENT);
	assert_int_equal(fails("/dangling", RESOLVE_CREATE), -ENOENT);
	assert_int_equal(fails("/dangling/new", RESOLVE_CREATE), -ENOENT);
	assert_int_equal(fails("/loop1", RESOLVE_EXISTING), -ELOOP);
	assert_int_equal(fails("/loop1/x", RESOLVE_CREATE), -ELOOP);
	assert_int_equal(fails("/a/b/file/x", RESOLVE_EXISTING), -ENOTDIR);
	assert_int_equal(fails("/a/b/file/x", RESOLVE_CREATE), -ENOTDIR);
	assert_int_equal(fails("/rel/file/x", RESOLVE_CREATE), -ENOTDIR);
	assert_int_equal(fails("/through", RESOLVE_EXISTING), -ENOTDIR);
}

/* Where it would be: what rules are asked about, so that a link to a closed place tells nothing. */
static void test_where_it_would_be(void **state)
{
	static const struct { const char *cleaned, *want; } tests[] = {
		{ "/nothing", "/nothing" },
		{ "/rel/nothing", "/a/b/nothing" },
		{ "/rel/nothing/x/y", "/a/b/nothing/x/y" },
		{ "/abs/nothing/x", "/a/nothing/x" },
		{ "/dangling", "/nothing" },
		{ "/dangling/x", "/nothing/x" },
		{ "/rel/file/x", "/a/b/file/x" },
	};
	STRBUF(out, PATHNAME_SIZE);

	(void)state;
	make_tree();
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		assert_true(root_resolve(&root, tests[i].cleaned, RESOLVE_EXISTING, &out,
		    NULL) < 0);
		assert_string_equal(out.buf, tests[i].want);
	}
	assert_int_equal(root_resolve(&root, "/rel/nothing/x", RESOLVE_CREATE, &out, NULL),
	    -ENOENT);
	assert_string_equal(out.buf, "/a/b/nothing/x");
}

static void test_link_bounds(void **state)
{
	char name[32], target[32], longest[PATHNAME_SIZE];

	(void)state;
	put(jail, "l0", "x");
	for (int i = 1; i <= LINK_STEPS + 1; i++) {
		(void)snprintf(name, sizeof name, "l%d", i);
		(void)snprintf(target, sizeof target, "l%d", i - 1);
		assert_int_equal(symlinkat(target, jail, name), 0);
	}
	(void)snprintf(name, sizeof name, "/l%d", LINK_STEPS);
	resolves(name, RESOLVE_EXISTING, "/l0");
	(void)snprintf(name, sizeof name, "/l%d", LINK_STEPS + 1);
	assert_int_equal(fails(name, RESOLVE_EXISTING), -ELOOP);
	/* a link of the longest text, and something behind it */
	memset(longest, '/', sizeof longest);
	longest[sizeof longest - 2] = 'd';
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(mkdirat(jail, "d", 0755), 0);
	assert_int_equal(symlinkat(longest, jail, "long"), 0);
	resolves("/long", RESOLVE_EXISTING, "/d");
	assert_int_equal(fails("/long/x", RESOLVE_CREATE), -ENAMETOOLONG);
	/* many steps in few links */
	for (size_t i = 0; i < sizeof longest - 1; i += 2)
		memcpy(longest + i, "d/", 2);
	memcpy(longest, "", 1);
	for (size_t i = 0; i + 5 < sizeof longest; i += 5)
		memcpy(longest + i, "d/../", 6);
	assert_int_equal(symlinkat(longest, jail, "steps"), 0);
	resolves("/steps", RESOLVE_EXISTING, "/");
	assert_int_equal(fails("/steps/steps/steps/steps", RESOLVE_EXISTING), -ENAMETOOLONG);
}

static void test_every_byte(void **state)
{
	struct stat st;
	bool created;

	(void)state;
	for (int c = 1; c < 256; c++) {
		char path[] = { '/', (char)c, 'x', '\0' }, other[] = { '/', 'y', (char)c, '\0' };
		int fd;

		if (c == '/')
			continue;
		resolves(path, RESOLVE_CREATE, path);
		fd = root_open_write(&root, path, 0644, true, &created, &st);
		assert_true(fd >= 0);
		assert_int_equal(close(fd), 0);
		resolves(path, RESOLVE_EXISTING, path);
		assert_int_equal(root_rename(&root, path, other, false), 0);
		assert_int_equal(root_unlink(&root, other), 0);
	}
}

/* No permission is reported as that, and modes don't hinder the owner of a file. */
static void test_permission(void **state)
{
	struct stat st;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		print_message("permissions: skipped, they need root\n");
		return;
	}
	assert_int_equal(mkdirat(jail, "closed", 0700), 0);
	put(jail, "closed/f", "x");
	assert_int_equal(symlinkat("closed/f", jail, "link"), 0);
	assert_int_equal(mkdirat(jail, "own", 0755), 0);
	put(jail, "own/f", "x");
	assert_int_equal(fchownat(jail, "own", 4242, 4242, 0), 0);
	assert_int_equal(fchownat(jail, "own/f", 4242, 4242, 0), 0);
	assert_int_equal(fchmod(jail, 0755), 0);
	assert_int_equal(chmod(base, 0755), 0);
	pid = fork();
	if (pid == 0) {
		bool ok = setgid(4242) == 0 && setuid(4242) == 0;

		ok = ok && fails("/closed/f", RESOLVE_EXISTING) == -EACCES;
		ok = ok && fails("/closed/new", RESOLVE_CREATE) == -EACCES;
		ok = ok && fails("/link", RESOLVE_EXISTING) == -EACCES;
		ok = ok && root_open_read(&root, "/closed/f", &st) == -EACCES;
		ok = ok && root_mkdir(&root, "/d", 0755) == -EACCES;
		ok = ok && root_chmod(&root, "/closed", 0755) == -EPERM;
		ok = ok && root_chmod(&root, "/own/f", 0) == 0;
		ok = ok && root_open_read(&root, "/own/f", &st) == -EACCES;
		ok = ok && root_chmod(&root, "/own/f", 0644) == 0;
		ok = ok && root_chmod(&root, "/own", 0311) == 0;
		ok = ok && root_unlink(&root, "/own/f") == 0;
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resolving), TEST(test_not_resolving), TEST(test_where_it_would_be),
		TEST(test_link_bounds),
		TEST(test_every_byte), TEST(test_permission),
	};

	return cmocka_run_group_tests_name("vfs/resolve", tests, NULL, NULL);
}
