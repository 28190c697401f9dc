/* UserOwner against a captured session: whatever descriptor it sends, only what is due changes. */
#include "tests/config/given.h"

#include "auth/talk.h"

#include <errno.h>
#include <sys/socket.h>

enum { USER = 61001, OTHER = 61002, OWNER = 61010, GROUP = 61020 };

static struct given g;
static struct monitor m;
static struct talk t;
static struct msg in, got;
static int session;              /* the session's end of the boundary */
static char jail[96];

static const char *in_jail(const char *name)
{
	static char path[2][256];
	static unsigned n;

	n = (n + 1) % 2;
	(void)snprintf(path[n], sizeof path[n], "%s/%s", jail, name);
	return path[n];
}

/* A file, or with a slash at the end a directory, of this uid. */
static void put(const char *name, uid_t uid, mode_t mode)
{
	const char *path = in_jail(name);
	size_t n = strlen(path);
	char cut[256];

	(void)snprintf(cut, sizeof cut, "%.*s", path[n - 1] == '/' ? (int)n - 1 : (int)n, path);
	if (path[n - 1] == '/')
		assert_int_equal(mkdir(cut, 0700), 0);
	else
		assert_int_equal(close(open(cut, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
		    0);
	assert_int_equal(chown(cut, uid, uid), 0);
	assert_int_equal(chmod(cut, mode), 0);
}

/* What the monitor answers to a descriptor, which is closed: 0 or an errno; -1: it crossed. */
static int ask_fd(int fd, bool group_stays)
{
	uint32_t err;

	assert_true(fd >= 0);
	msg_start(&in, PRIV_OWNER);
	msg_put_u32(&in, group_stays);
	in.fd = fd;
	if (!answer_owner(&m, &in))
		return -1;
	assert_int_equal(fcntl(fd, F_GETFD), -1);    /* the monitor keeps none */
	assert_int_equal(msg_recv(session, &got), 1);
	assert_int_equal(got.type, PRIV_RESULT);
	err = msg_get_u32(&got);
	assert_int_equal(msg_get_u32(&got), 0);
	assert_true(msg_done(&got));
	return (int)err;
}

static int ask(const char *name, int flags)
{
	return ask_fd(open(in_jail(name), flags | O_CLOEXEC), false);
}

static void is(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(in_jail(name), &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void what_is_due(void **state)
{
	(void)state;
	put("in/f", USER, 0640);
	assert_int_equal(ask("in/f", O_WRONLY), 0);
	is("in/f", OWNER, GROUP, 0640);
	put("in/d/", USER, 0755);
	assert_int_equal(ask("in/d", O_RDONLY | O_DIRECTORY), 0);
	is("in/d", OWNER, GROUP, 0755);
	put("in/group", USER, 0600);
	assert_int_equal(ask_fd(open(in_jail("in/group"), O_RDWR | O_CLOEXEC), true), 0);
	is("in/group", OWNER, USER, 0600);
	/* once is enough: it is not the session's any more */
	assert_int_equal(ask("in/f", O_WRONLY), EPERM);
}

static void special_bits_go(void **state)
{
	(void)state;
	put("in/suid", USER, 06755);
	assert_int_equal(ask("in/suid", O_RDONLY), 0);
	is("in/suid", OWNER, GROUP, 0755);
	put("in/sgid", USER, 02644);
	assert_int_equal(ask("in/sgid", O_RDONLY), 0);
	is("in/sgid", OWNER, GROUP, 0644);
	put("in/sdir/", USER, 07777);
	assert_int_equal(ask("in/sdir", O_RDONLY), 0);
	is("in/sdir", OWNER, GROUP, 01777);
}

static void other_files(void **state)
{
	char target[256];

	(void)state;
	put("in/foreign", OTHER, 0666);
	assert_int_equal(ask("in/foreign", O_RDWR), EPERM);
	is("in/foreign", OTHER, OTHER, 0666);
	put("in/roots", 0, 0666);
	assert_int_equal(ask("in/roots", O_RDWR), EPERM);
	is("in/roots", 0, 0, 0666);
	put("in/two", USER, 0600);
	(void)snprintf(target, sizeof target, "%s", in_jail("in/two"));
	assert_int_equal(link(target, in_jail("in/names")), 0);
	assert_int_equal(ask("in/two", O_RDWR), EMLINK);
	is("in/two", USER, USER, 0600);
}

static void other_places(void **state)
{
	(void)state;
	put("out/", USER, 0755);
	put("out/f", USER, 0600);
	assert_int_equal(ask("out/f", O_RDWR), EACCES);
	is("out/f", USER, USER, 0600);
	/* the section's name is a beginning of this one, and no more */
	put("inside/", USER, 0755);
	assert_int_equal(ask("inside", O_RDONLY), EACCES);
	is("inside", USER, USER, 0755);
	put("../beside", USER, 0600);
	assert_int_equal(ask("../beside", O_RDWR), EXDEV);
	is("../beside", USER, USER, 0600);
	/* the root itself */
	assert_int_equal(ask(".", O_RDONLY), EPERM);
	assert_int_equal(chown(jail, USER, USER), 0);
	assert_int_equal(ask(".", O_RDONLY), EXDEV);
	is(".", USER, USER, 0755);
}

static void no_files(void **state)
{
	int pair[2], fd;

	(void)state;
	put("in/path", USER, 0600);
	assert_int_equal(ask("in/path", O_PATH), EBADF);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(ask_fd(pair[0], false), EINVAL);
	(void)close(pair[1]);
	assert_int_equal(mkfifo(in_jail("in/fifo"), 0600), 0);
	assert_int_equal(chown(in_jail("in/fifo"), USER, USER), 0);
	assert_int_equal(ask("in/fifo", O_RDWR), EINVAL);
	is("in/fifo", USER, USER, 0600);
	assert_int_equal(ask_fd(open("/dev/null", O_RDWR | O_CLOEXEC), false), EINVAL);
	fd = open(in_jail("in/path"), O_RDWR | O_CLOEXEC);
	assert_int_equal(unlink(in_jail("in/path")), 0);
	assert_int_equal(ask_fd(fd, false), EMLINK);
	/*
	 * a directory that is gone, and another one that has its name as the kernel would write it
	 */
	put("in/gone/", USER, 0700);
	fd = open(in_jail("in/gone"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(rmdir(in_jail("in/gone")), 0);
	put("in/gone (deleted)", USER, 0600);
	assert_int_equal(ask_fd(fd, false), ESTALE);
	is("in/gone (deleted)", USER, USER, 0600);
}

static void malformed(void **state)
{
	(void)state;
	msg_start(&in, PRIV_OWNER);
	msg_put_u32(&in, 0);
	assert_false(answer_owner(&m, &in));
	msg_start(&in, PRIV_OWNER);
	msg_put_u32(&in, 2);
	in.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_false(answer_owner(&m, &in));
	msg_start(&in, PRIV_OWNER);
	msg_put_u32(&in, 0);
	msg_put_u32(&in, OWNER);
	in.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_false(answer_owner(&m, &in));
	msg_start(&in, PRIV_GROUP_ID);
	assert_false(answer_group_id(&m, &in));
}

static void names_that_own_nothing(void **state)
{
	(void)state;
	put("zero/", USER, 0755);
	put("zero/f", USER, 0600);
	assert_int_equal(ask("zero/f", O_RDWR), EPERM);
	put("minus/", USER, 0755);
	put("minus/f", USER, 0600);
	assert_int_equal(ask("minus/f", O_RDWR), EPERM);
	put("unknown/", USER, 0755);
	put("unknown/f", USER, 0600);
	assert_int_equal(ask("unknown/f", O_RDWR), ESRCH);
	assert_int_equal(ask("unknown/f", O_RDWR), ESRCH);
	/* what is remembered of one name is not another one's */
	assert_int_equal(ask("zero/f", O_RDWR), EPERM);
	put("in/after", USER, 0600);
	assert_int_equal(ask("in/after", O_RDWR), 0);
	is("in/after", OWNER, GROUP, 0600);
	m.privileged = false;
	put("in/late", USER, 0600);
	assert_int_equal(ask("in/late", O_RDWR), EPERM);
	m.privileged = true;
	is("zero/f", USER, USER, 0600);
	is("minus/f", USER, USER, 0600);
	is("unknown/f", USER, USER, 0600);
	is("in/late", USER, USER, 0600);
}

static int ask_group(const char *name, uint32_t *gid)
{
	int err;

	msg_start(&in, PRIV_GROUP_ID);
	msg_put_str(&in, name);
	assert_true(answer_group_id(&m, &in));
	assert_int_equal(msg_recv(session, &got), 1);
	err = (int)msg_get_u32(&got);
	*gid = msg_get_u32(&got);
	assert_true(msg_done(&got));
	return err;
}

static void groups_by_name(void **state)
{
	uint32_t gid;

	(void)state;
	assert_int_equal(ask_group("box", &gid), 0);
	assert_int_equal(gid, GROUP);
	assert_int_equal(ask_group("no such group", &gid), ESRCH);
	assert_int_equal(gid, 0);
	assert_int_equal(ask_group("", &gid), ESRCH);
}

static int make(void **state)
{
	char text[2048];
	int pair[2];

	(void)state;
	given_text(&g, "passwd", "keeper:x:61010:61020::/:/bin/sh\nzero:x:0:0::/:/bin/sh\n"
	    "minus:x:4294967295:1::/:/bin/sh\n");
	given_text(&g, "group", "box:x:61020:\n");
	(void)snprintf(jail, sizeof jail, "%s/jail", g.dir);
	if (chmod(g.dir, 0755) != 0 || mkdir(jail, 0755) != 0)
		return -1;
	(void)snprintf(text, sizeof text,
	    "AuthPAM off\nAuthOrder mod_auth_file.c\nAuthUserFile %s/passwd\nAuthGroupFile "
	    "%s/group\n<Directory ~/in>\nUserOwner keeper\nGroupOwner "
	    "box\n</Directory>\n<Directory %s/zero>\nUserOwner zero\n</Directory>\n<Directory "
	    "%s/minus>\nUserOwner minus\n</Directory>\n<Directory %s/unknown>\nUserOwner "
	    "no-such-user\n</Directory>\n<Directory %s/beside>\nUserOwner keeper\n</Directory>\n",
	    g.dir, g.dir, jail, jail, jail, g.dir);
	m.config = given_at(&g, text, "127.0.0.1", 21);
	if (m.config == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	m.server = config_server(m.config);
	m.privileged = true;
	m.boundary = pair[0];
	session = pair[1];
	m.talk = &t;
	t.who.base = m.server;
	t.who.account = "alice";
	t.who.home = jail;
	t.who.jail = jail;
	t.who.uid = USER;
	put("in/", USER, 0755);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	given_end(&g);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_due), cmocka_unit_test(special_bits_go),
		cmocka_unit_test(other_files), cmocka_unit_test(other_places),
		cmocka_unit_test(no_files),
		cmocka_unit_test(malformed), cmocka_unit_test(names_that_own_nothing),
		cmocka_unit_test(groups_by_name),
	};

	/* nobody else can give a file away */
	if (geteuid() != 0) {
		(void)puts("owner: skipped, this is not root");
		return 0;
	}
	return cmocka_run_group_tests(tests, make, clean);
}
