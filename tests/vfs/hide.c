/* What is out of sight: by name, by owner, by what the session may do; and through links. */
#include "vfs/hide.h"

#include "config/config.h"
#include "tests/vfs/tree.h"
#include "vfs/view.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/wait.h>
#include <sys/xattr.h>

enum { SOMEBODY = 4242, GROUP = 4343, EXTRA = 4444 };

static const struct limit_verb retr = { .name = "RETR", .group = LIMIT_READ };
static const struct limit_verb list = { .name = "LIST", .group = LIMIT_DIRS };
static const struct limit_verb mkd = { .name = "MKD", .group = LIMIT_WRITE };

static struct subject who = { .user = "alice", .uid = SOMEBODY, .gid = GROUP };
static struct access a;

static void tell(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		print_error("%s\n", line);
}

/* Rules for the test's jail, which the configuration knows as /srv/jail. */
static void obey(const char *rules)
{
	const struct context_names names = { .user = "alice", .home = "/srv/jail" };
	struct config *config;
	FILE *f = fopen("conf", "w");

	assert_non_null(f);
	(void)fputs(rules, f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_int_equal(fclose(f), 0);
	config = config_read(&(struct config_source){ .path = "conf", .invoker = geteuid(),
	    .tell = tell });
	assert_non_null(config);
	context_resolve(config, config_server(config), &names);
	a = (struct access){ .base = config_server(config), .root = &root, .jailed = true,
	    .who = &who,
		.config = config };
}

static bool hidden(const char *path)
{
	struct hidden why;
	bool is = hide_path(&a, path, &why);

	assert_int_equal(is, why.where.line != 0);
	return is;
}

#define DIR(path, body) "<Directory /srv/jail" path ">\n" body "\n</Directory>\n"

static void names(void **state)
{
	struct hidden why;

	(void)state;
	assert_int_equal(mkdirat(jail, "sub", 0755), 0);
	put(jail, "secret", "");
	put(jail, "sub/secret", "");
	put(jail, "sub/plain", "");
	/* of the directory that holds it: the section of the entry itself has no say */
	obey(DIR("/sub", "HideFiles ^secret$") DIR("/secret", "HideFiles ."));
	assert_false(hidden("/secret"));
	assert_true(hidden("/sub/secret"));
	assert_false(hidden("/sub/plain"));
	assert_false(hidden("/sub"));
	assert_true(hide_path(&a, "/sub/secret", &why));
	assert_string_equal(why.name, "HideFiles");
	assert_int_equal(why.where.line, 2);
	/* a name alone is enough, nothing need have it */
	obey(DIR("", "HideFiles ^nothing"));
	assert_true(hidden("/nothing-there"));
	assert_true(hidden("/sub/nothing"));
	assert_false(hidden("/none"));
	assert_false(hidden("/"));
	obey(DIR("", "HideFiles !^plain$") DIR("/sub", "HideFiles none"));
	assert_true(hidden("/sub"));
	assert_false(hidden("/sub/secret"));
}

static void needs_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("other owners need root\n");
	skip();
}

static void owners(void **state)
{
	(void)state;
	needs_root();
	put(jail, "his", "");
	put(jail, "group", "");
	put(jail, "roots", "");
	assert_int_equal(fchownat(jail, "his", SOMEBODY, 0, 0), 0);
	assert_int_equal(fchownat(jail, "group", 0, GROUP, 0), 0);
	obey(DIR("", "HideUser ~"));
	assert_true(hidden("/his"));
	assert_false(hidden("/group"));
	assert_false(hidden("/not-there"));
	obey(DIR("", "HideUser !~"));
	assert_false(hidden("/his"));
	assert_true(hidden("/roots"));
	assert_true(hidden("/"));
	obey(DIR("", "HideGroup ~"));
	assert_true(hidden("/group"));
	assert_false(hidden("/his"));
	/* of the entry's own section */
	obey(DIR("", "HideUser ~") DIR("/his", "HideUser !~"));
	assert_false(hidden("/his"));
}

static void links(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(mkdirat(jail, "sub", 0755), 0);
	put(jail, "sub/secret", "");
	put(jail, "his", "");
	assert_int_equal(fchownat(jail, "his", SOMEBODY, 0, 0), 0);
	assert_int_equal(symlinkat("sub/secret", jail, "leads"), 0);
	assert_int_equal(symlinkat("his", jail, "to-his"), 0);
	assert_int_equal(symlinkat("nowhere", jail, "dangling"), 0);
	assert_int_equal(symlinkat("sub", jail, "way"), 0);
	obey(DIR("/sub", "HideFiles ^secret$"));
	assert_true(hidden("/leads"));
	assert_false(hidden("/to-his"));
	assert_false(hidden("/dangling"));
	assert_false(hidden("/way"));
	obey(DIR("", "HideFiles ^leads$"));
	assert_true(hidden("/leads"));
	assert_false(hidden("/sub/secret"));
	/* whose file it is that it leads to counts; one that leads nowhere has its own owner */
	obey(DIR("", "HideUser ~"));
	assert_true(hidden("/to-his"));
	assert_false(hidden("/leads"));
	assert_false(hidden("/dangling"));
	obey(DIR("", "HideUser !~"));
	assert_true(hidden("/dangling"));
	assert_true(hidden("/leads"));
	assert_false(hidden("/to-his"));
}

/* -- HideNoAccess -------------------------------------------------------------------- */

static void allow(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
	assert_int_equal(fchmodat(jail, name, mode, 0), 0);
	assert_int_equal(fchownat(jail, name, uid, gid, 0), 0);
}

/* Give SOMEBODY this right to a file of root's by an access list. False: there are none here. */
static bool acl(const char *name, unsigned short perm)
{
	struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry e[5];
	} rights = { { POSIX_ACL_XATTR_VERSION }, {
		{ ACL_USER_OBJ, 6, (unsigned)-1 }, { ACL_USER, perm, SOMEBODY },
		{ ACL_GROUP_OBJ, 4, (unsigned)-1 }, { ACL_MASK, 7, (unsigned)-1 },
		{ ACL_OTHER, 4, (unsigned)-1 } } };
	char path[128];

	(void)snprintf(path, sizeof path, "jail/%s", name);
	return setxattr(path, "system.posix_acl_access", &rights, sizeof rights, 0) == 0;
}

static bool as_somebody(bool acls)
{
	static const struct { const char *path; bool hidden; } t[] = {
		{ "/open", false }, { "/closed", true }, { "/his", false }, { "/his-closed", true },
		{ "/of-group", false }, { "/of-extra", false }, { "/of-other", true },
		{ "/dir", false },
		{ "/dir-unsearchable", true }, { "/dir-unreadable", false }, { "/to-closed", true },
		{ "/to-open", false }, { "/dangling", false }, { "/dir-unsearchable/x", false },
		{ "/not-there", false }, { "/", false }, { "/acl-denies", true },
		{ "/acl-allows", false },
	};
	const gid_t extra = EXTRA;
	bool good = setgroups(1, &extra) == 0 && setgid(GROUP) == 0 && setuid(SOMEBODY) == 0;

	for (size_t i = 0; i < sizeof t / sizeof t[0] - (acls ? 0 : 2); i++) {
		if (hidden(t[i].path) == t[i].hidden)
			continue;
		print_error("%s is %shidden\n", t[i].path, t[i].hidden ? "not " : "");
		good = false;
	}
	return good;
}

static void access_rights(void **state)
{
	static const struct { const char *name; mode_t mode; uid_t uid; gid_t gid; } files[] = {
		{ "open", 0644, 0, 0 }, { "closed", 0600, 0, 0 }, { "his", 0400, SOMEBODY, 0 },
		{ "his-closed", 0044, SOMEBODY, 0 }, { "of-group", 0640, 0, GROUP },
		{ "of-extra", 0640, 0, EXTRA }, { "of-other", 0640, 0, 4545 },
		{ "acl-denies", 0644, 0, 0 },
		{ "acl-allows", 0600, 0, 0 },
	}, directories[] = {
		{ "dir", 0755, 0, 0 }, { "dir-unsearchable", 0744, 0, 0 },
		{ "dir-unreadable", 0711, 0, 0 },
	};
	bool acls;
	int status;
	pid_t pid;

	(void)state;
	needs_root();
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		put(jail, files[i].name, "");
		allow(files[i].name, files[i].mode, files[i].uid, files[i].gid);
	}
	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
		assert_int_equal(mkdirat(jail, directories[i].name, 0755), 0);
		allow(directories[i].name, directories[i].mode, 0, 0);
	}
	assert_int_equal(symlinkat("closed", jail, "to-closed"), 0);
	assert_int_equal(symlinkat("open", jail, "to-open"), 0);
	assert_int_equal(symlinkat("nowhere", jail, "dangling"), 0);
	acls = acl("acl-denies", 0) && acl("acl-allows", 4);
	if (!acls)
		print_message("no access lists on this file system\n");
	obey(DIR("", "HideNoAccess on"));
	pid = fork();
	if (pid == 0)
		_exit(as_somebody(acls) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* -- IgnoreHidden --------------------------------------------------------------------- */

static struct access_answer named(const struct limit_verb *verb, const char *path)
{
	STRBUF(real, PATHNAME_SIZE);
	int err = root_resolve(&root, path, RESOLVE_EXISTING, &real, NULL);

	return access_named(&a, verb, path, real.buf, err, false);
}

static void ignored(void **state)
{
	struct access_answer answer;

	(void)state;
	assert_int_equal(mkdirat(jail, "sub", 0755), 0);
	put(jail, "sub/secret", "");
	put(jail, "sub/closed-secret", "");
	put(jail, "plain", "");
	assert_int_equal(symlinkat("plain", jail, "secret-link"), 0);
	assert_int_equal(symlinkat("sub/secret", jail, "link"), 0);
	obey(DIR("", "HideFiles secret\n<Limit READ>\nIgnoreHidden on\n</Limit>")
	    DIR("/sub/closed-secret", "<Limit READ>\nDenyAll\n</Limit>"));
	answer = access_check(&a, &retr, "/sub/secret", false);
	assert_true(answer.missing);
	assert_false(answer.allowed);
	assert_int_equal(answer.why.verdict, VERDICT_DENY);
	assert_string_equal(answer.why.name, "HideFiles");
	assert_int_equal(answer.why.where.line, 3);      /* the <Limit>, */
	assert_int_equal(answer.why.rule.line, 2);       /* and what hides */
	assert_true(named(&retr, "/link").missing);
	assert_true(named(&retr, "/secret-link").missing);
	assert_true(named(&retr, "/sub/secret/x").missing);
	assert_false(named(&retr, "/plain/x").missing);
	assert_true(named(&retr, "/plain").allowed);
	assert_true(access_check(&a, &mkd, "/sub/secret", true).allowed);
	assert_true(access_allows(&a, &retr, "/sub/secret"));
	/* where the rules deny, hidden and not hidden must look alike */
	answer = access_check(&a, &retr, "/sub/closed-secret", false);
	assert_false(answer.allowed);
	assert_false(answer.missing);
	/* an inner off stops; a raw name comes before a group */
	obey(DIR("", "HideFiles secret\n<Limit READ>\nIgnoreHidden on\n</Limit>")
	    DIR("/sub", "<Limit READ>\nIgnoreHidden off\n</Limit>"));
	assert_true(access_check(&a, &retr, "/sub/secret", false).allowed);
	obey(DIR("", "HideFiles secret\n<Limit READ>\nIgnoreHidden on\n</Limit>\n"
	    "<Limit RETR>\nIgnoreHidden off\n</Limit>"));
	assert_true(access_check(&a, &retr, "/sub/secret", false).allowed);
}

/* -- listings ------------------------------------------------------------------------- */

struct seen {
	struct view view;
	char text[1024];
};

static bool keeps(void *arg, const char *name, unsigned char type)
{
	struct seen *s = arg;

	return view_keeps(&s->view, name, type);
}

static int add(void *arg, const struct list_entry *e)
{
	struct seen *s = arg;

	if (!s->view.stats || view_shows(&s->view, e)) {
		(void)strcat(s->text, e->name);
		(void)strcat(s->text, " ");
	}
	return 0;
}

/* The names that a listing of `path` shows, and the same name by name. */
static const char *shown(struct seen *s, const char *path)
{
	struct list_how how = { .order = LIST_BY_NAME };
	struct list_how all = { .order = LIST_BY_NAME };
	STRBUF(dir, PATHNAME_SIZE);
	char one_by_one[1024] = "";
	static struct seen every;
	int fd = root_open_dir(&root, path);

	assert_true(fd >= 0);
	strbuf_add(&dir, path);
	s->text[0] = every.text[0] = '\0';
	view_begin(&s->view, &a, &list, &dir, fd);
	how.need_stat = s->view.stats;
	assert_int_equal(list_directory(fd, &how, keeps, add, s), 0);
	every.view.stats = false;
	assert_int_equal(list_directory(fd, &all, NULL, add, &every), 0);
	for (char *save, *name = strtok_r(every.text, " ", &save); name != NULL;
	    name = strtok_r(NULL, " ", &save)) {
		if (view_names(&a, &list, &dir, name)) {
			(void)strcat(one_by_one, name);
			(void)strcat(one_by_one, " ");
		}
	}
	assert_string_equal(s->text, one_by_one);
	assert_string_equal(dir.buf, path);
	(void)close(fd);
	return s->text;
}

static void listings(void **state)
{
	struct seen *s = calloc(1, sizeof *s);

	(void)state;
	assert_non_null(s);
	assert_int_equal(mkdirat(jail, "sub", 0755), 0);
	assert_int_equal(mkdirat(jail, "closed", 0755), 0);
	put(jail, "closed/x", "");
	put(jail, "a.bak", "");
	put(jail, "b", "");
	put(jail, "sub/a.bak", "");
	put(jail, "sub/c", "");
	assert_int_equal(symlinkat("closed/x", jail, "to-closed"), 0);
	assert_int_equal(symlinkat("a.bak", jail, "to-hidden"), 0);
	obey("");
	assert_string_equal(shown(s, "/"), "a.bak b closed sub to-closed to-hidden ");
	assert_false(s->view.stats);
	obey(DIR("", "HideFiles \\.bak$"));
	assert_string_equal(shown(s, "/"), "b closed sub to-closed ");
	assert_string_equal(shown(s, "/sub"), "c ");
	assert_false(s->view.stats);
	obey(DIR("/closed", "<Limit LIST>\nDenyAll\n</Limit>"));
	assert_string_equal(shown(s, "/"), "a.bak b sub to-hidden ");
	obey(DIR("/*b", "<Limit LIST>\nDenyAll\n</Limit>"));
	assert_string_equal(shown(s, "/"), "a.bak closed to-closed to-hidden ");
	/* an IgnoreHidden changes nothing of what a listing shows */
	obey(DIR("", "HideFiles \\.bak$\n<Limit LIST>\nIgnoreHidden on\n</Limit>"));
	assert_string_equal(shown(s, "/"), "b closed sub to-closed ");
	free(s);
}

/* The mode that DirFakeMode gives an entry of "/", 0: none; and whether it may be asked at all. */
static unsigned faked(struct seen *s, const char *name, bool *varies)
{
	STRBUF(dir, PATHNAME_SIZE);
	const struct settings *set;
	int fd = root_open_dir(&root, "/");

	assert_true(fd >= 0);
	strbuf_add(&dir, "/");
	view_begin(&s->view, &a, &list, &dir, fd);
	*varies = view_varies(&s->view, access_context(&a, "/"), D_DIR_FAKE_MODE);
	set = settings_for(view_context(&s->view, name), D_DIR_FAKE_MODE);
	(void)close(fd);
	return set->where[D_DIR_FAKE_MODE].line != 0 ? set->dir_fake_mode : 0;
}

static void settings_of_entries(void **state)
{
	struct seen *s = calloc(1, sizeof *s);
	bool varies;

	(void)state;
	assert_non_null(s);
	obey(DIR("", "DirFakeMode 0400") DIR("/x", "HideFiles none") DIR("/sub/deep",
	    "DirFakeMode 0444"));
	assert_int_equal(faked(s, "x", &varies), 0400);
	assert_int_equal(faked(s, "sub", &varies), 0400);
	assert_false(varies);        /* a section that says nothing of it costs nothing */
	obey(DIR("", "DirFakeMode 0400") DIR("/sub", "DirFakeMode 0444") DIR("/*.d",
	    "DirFakeMode 0440"));
	assert_int_equal(faked(s, "sub", &varies), 0444);
	assert_true(varies);
	assert_int_equal(faked(s, "x.d", &varies), 0440);
	assert_int_equal(faked(s, "x", &varies), 0400);
	obey(DIR("/sub", "DirFakeMode 0444"));
	assert_int_equal(faked(s, "sub", &varies), 0444);
	assert_int_equal(faked(s, "x", &varies), 0);
	assert_true(varies);
	free(s);
}

static void listings_by_owner(void **state)
{
	struct seen *s = calloc(1, sizeof *s);

	(void)state;
	assert_non_null(s);
	needs_root();
	assert_int_equal(mkdirat(jail, "his-dir", 0755), 0);
	put(jail, "his", "");
	put(jail, "roots", "");
	assert_int_equal(fchownat(jail, "his", SOMEBODY, 0, 0), 0);
	assert_int_equal(fchownat(jail, "his-dir", SOMEBODY, 0, 0), 0);
	assert_int_equal(symlinkat("his", jail, "to-his"), 0);
	obey(DIR("", "HideUser ~"));
	assert_string_equal(shown(s, "/"), "roots ");
	assert_true(s->view.stats);
	/* the entry's own section counts, by whatever it is found */
	obey(DIR("", "HideUser ~") DIR("/his-dir", "HideUser !~"));
	assert_string_equal(shown(s, "/"), "his-dir roots ");
	obey(DIR("/hi*", "HideUser ~"));
	assert_string_equal(shown(s, "/"), "roots ");
	assert_true(s->view.stats);
	obey(DIR("/his-dir/x", "HideUser ~"));
	assert_string_equal(shown(s, "/"), "his his-dir roots to-his ");
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names), TEST(owners), TEST(links), TEST(access_rights), TEST(ignored),
		    TEST(listings),
		TEST(listings_by_owner), TEST(settings_of_entries),
	};

	return cmocka_run_group_tests_name("vfs/hide", tests, NULL, NULL);
}
