/*
 * Dropping privilege: what is left of root afterwards, and that nothing goes on when a step fails.
 */
#include "auth/become.h"

#include "config/bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { UID = 61001, GID = 61100 };

static char dir[] = "/tmp/become.XXXXXX";
static const gid_t groups[] = { GID, 61102 };

/* What a child that became somebody has to tell. */
struct told {
	int result, root_fd, jail_errno, outside_errno, fork_errno;
	bool regained;
	char real[PATHNAME_SIZE], why[TEXT_SIZE], status[4096], before[PATHNAME_SIZE];
};

static struct told *told;

static struct become somebody(const char *jail)
{
	return (struct become){
		.uid = UID, .gid = GID, .groups = groups, .ngroups = 2, .jail = jail, .privileged =
		    true,
	};
}

static const char *in_dir(const char *name)
{
	static char path[8][256];
	static unsigned n;

	n = (n + 1) % 8;
	(void)snprintf(path[n], sizeof path[n], "%s/%s", dir, name);
	return path[n];
}

/* Make `number` fail with EPERM in this process, as a broken or hostile kernel set-up does. */
static void forbid(long number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof code[0], code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) != 0)
		_exit(77);
}

static void try_to_come_back(void)
{
	pid_t pid;

	told->regained = setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0 ||
	    setgroups(0, NULL) == 0 || chroot("/") == 0;
	told->jail_errno = open("/mark", O_RDONLY) < 0 ? errno : 0;
	told->outside_errno = open("../../../../etc/passwd", O_RDONLY) < 0 ? errno : 0;
	pid = fork();
	if (pid == 0)
		_exit(0);
	told->fork_errno = pid < 0 ? errno : 0;
}

/*
 * Run become_user in a child; `number` > 0 is a system call that fails. What it tells is in `told`.
 */
static void become(const struct become *b, long number)
{
	int status_fd, status;
	pid_t pid;

	memset(told, 0, sizeof *told);
	told->result = 1;
	pid = fork();
	if (pid == 0) {
		struct strbuf real, why;

		strbuf_init(&real, told->real, sizeof told->real);
		strbuf_init(&why, told->why, sizeof told->why);
		status_fd = open("/proc/self/status", O_RDONLY);
		if (number > 0)
			forbid(number);
		told->result = become_user(b, &told->root_fd, &real, &why);
		(void)!read(status_fd, told->status, sizeof told->status - 1);
		if (told->result == 0)
			try_to_come_back();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void has_line(const char *want)
{
	if (strstr(told->status, want) == NULL)
		fail_msg("no \"%s\" in:\n%s", want, told->status);
}

static void no_capability(void)
{
	has_line("\nCapInh:\t0000000000000000\n");
	has_line("\nCapPrm:\t0000000000000000\n");
	has_line("\nCapEff:\t0000000000000000\n");
	has_line("\nCapAmb:\t0000000000000000\n");
	has_line("\nNoNewPrivs:\t1\n");
}

static void a_user_in_his_jail(void **state)
{
	struct become b = somebody(in_dir("jail"));

	(void)state;
	become(&b, 0);
	if (told->result != 0)
		fail_msg("%s", told->why);
	has_line("\nUid:\t61001\t61001\t61001\t61001\n");
	has_line("\nGid:\t61100\t61100\t61100\t61100\n");
	has_line("\nGroups:\t61100 61102 \n");
	no_capability();
	assert_false(told->regained);
	assert_string_equal(told->real, in_dir("jail"));
	assert_int_equal(told->jail_errno, 0);
	assert_int_equal(told->outside_errno, ENOENT);
	assert_int_equal(told->fork_errno, EAGAIN);
}

static void a_user_without_a_jail(void **state)
{
	struct become b = somebody(NULL);

	(void)state;
	b.ngroups = 0;
	become(&b, 0);
	assert_int_equal(told->result, 0);
	has_line("\nGroups:\t \n");
	no_capability();
	assert_false(told->regained);
	assert_string_equal(told->real, "");
	assert_int_equal(told->outside_errno, 0);
}

static void root_only_when_it_is_meant(void **state)
{
	struct become b = somebody(in_dir("jail"));

	(void)state;
	b.uid = 0;
	become(&b, 0);
	assert_true(told->result < 0);
	b.keep_root_uid = true;
	become(&b, 0);
	assert_int_equal(told->result, 0);
	has_line("\nUid:\t0\t0\t0\t0\n");
	no_capability();        /* uid 0 is its name alone */
}

static void minus_one_is_no_id(void **state)
{
	struct become b = somebody(NULL);

	(void)state;
	b.uid = (uid_t)-1;
	become(&b, 0);
	assert_int_equal(told->result, -EINVAL);
	b = somebody(NULL);
	b.gid = (gid_t)-1;
	become(&b, 0);
	assert_int_equal(told->result, -EINVAL);
}

static void jails_that_are_none(void **state)
{
	static const char *const bad[] = { "missing", "file", "closed", "hidden/below" };
	struct become b;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		b = somebody(in_dir(bad[i]));
		become(&b, 0);
		assert_true(told->result < 0);
		assert_non_null(strstr(told->why, bad[i]));     /* the log names it */
	}
	b = somebody("relative");
	become(&b, 0);
	assert_true(told->result < 0);
	b = somebody("/proc/self/root");
	become(&b, 0);
	assert_true(told->result < 0);
}

static void links_to_a_jail(void **state)
{
	struct become b = somebody(in_dir("link"));

	(void)state;
	become(&b, 0);
	assert_int_equal(told->result, 0);
	assert_string_equal(told->real, in_dir("jail"));        /* what rules are asked about */
	b.no_links = true;
	become(&b, 0);
	assert_int_equal(told->result, -ELOOP);
	b.jail = in_dir("up/jail");                             /* a component of the way */
	become(&b, 0);
	assert_int_equal(told->result, -ELOOP);
	b.jail = in_dir("jail");
	become(&b, 0);
	assert_int_equal(told->result, 0);
}

static void every_failing_step_is_the_end(void **state)
{
	static const long numbers[] = {
		SYS_setgroups, SYS_setresgid, SYS_setresuid, SYS_capset, SYS_prctl, SYS_openat2,
		SYS_fchdir, SYS_chroot, SYS_capget, SYS_getresuid, SYS_getresgid, SYS_getgroups,
		SYS_prlimit64,
	};
	struct become b = somebody(in_dir("jail"));

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		become(&b, numbers[i]);
		if (told->result >= 0)
			fail_msg("system call %ld failed, and nobody noticed", numbers[i]);
		assert_true(told->why[0] != '\0');
	}
}

static void look_outside(void *arg)
{
	(void)arg;
	/* as the user already: root's own file is closed, the world's is open */
	(void)snprintf(told->before, sizeof told->before, "%s %s %u",
	    access(in_dir("secret"), R_OK) == 0 ? "open" : "closed",
	    open(in_dir("jail/mark"), O_RDONLY) >= 0 ? "open" : "closed", (unsigned)geteuid());
}

static void before_the_jail_it_is_the_user_already(void **state)
{
	struct become b = somebody(in_dir("jail"));

	(void)state;
	b.before_jail = look_outside;
	become(&b, 0);
	assert_int_equal(told->result, 0);
	assert_string_equal(told->before, "closed open 61001");
}

static void the_bounding_set_can_go_first(void **state)
{
	struct become b = somebody(in_dir("jail"));
	STRBUF(why, TEXT_SIZE);
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (become_close_bounding(&why) != 0)
			_exit(1);
		for (int c = 0; c < 64; c++)
			if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1)
				_exit(2);
		_exit(become_user(&b, &status, NULL, &why) == 0 ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0 && fchmod(fd, mode) == 0);
	close(fd);
}

static int make(void **state)
{
	(void)state;
	told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED || mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return -1;
	if (mkdir(in_dir("jail"), 0755) != 0 || mkdir(in_dir("closed"), 0700) != 0 ||
	    mkdir(in_dir("hidden"), 0700) != 0 || mkdir(in_dir("hidden/below"), 0755) != 0 ||
	    symlink("jail", in_dir("link")) != 0 || symlink(".", in_dir("up")) != 0)
		return -1;
	make_file(in_dir("jail/mark"), 0644);
	make_file(in_dir("file"), 0644);
	make_file(in_dir("secret"), 0600);
	return 0;
}

static int clean(void **state)
{
	static const char *const names[] = {
		"jail/mark", "jail", "closed", "hidden/below", "hidden", "link", "up", "file",
		"secret",
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)remove(in_dir(names[i]));
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_in_his_jail),
		cmocka_unit_test(a_user_without_a_jail),
		cmocka_unit_test(root_only_when_it_is_meant),
		cmocka_unit_test(minus_one_is_no_id),
		cmocka_unit_test(jails_that_are_none),
		cmocka_unit_test(links_to_a_jail),
		cmocka_unit_test(every_failing_step_is_the_end),
		cmocka_unit_test(before_the_jail_it_is_the_user_already),
		cmocka_unit_test(the_bounding_set_can_go_first),
	};

	if (geteuid() != 0) {
		(void)puts("become: skipped, this is not root");
		return 0;
	}
	return cmocka_run_group_tests(tests, make, clean);
}
