/* Names, modes and times; on kernels and file systems that can less, too. */
#include "tests/vfs/tree.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void test_names_and_removal(void **state)
{
	struct stat st;
	char text[64];

	(void)state;
	put(jail, "f", "one");
	put(jail, "g", "two");
	assert_int_equal(root_mkdir(&root, "/d", 02775), 0);
	assert_int_equal(root_stat(&root, "/d", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0775);
	assert_int_equal(root_mkdir(&root, "/d", 0777), -EEXIST);
	assert_int_equal(root_mkdir(&root, "/f/x", 0777), -ENOTDIR);
	assert_int_equal(root_rename(&root, "/f", "/g", false), -EEXIST);
	assert_int_equal(root_rename(&root, "/f", "/d/f", false), 0);
	assert_int_equal(root_rename(&root, "/d/f", "/g", true), 0);
	content(root_open_read(&root, "/g", &st), text, sizeof text);
	assert_string_equal(text, "one");
	assert_int_equal(root_rename(&root, "/gone", "/x", true), -ENOENT);
	assert_int_equal(root_rename(&root, "/d", "/d/x", false), -EINVAL);
	assert_int_equal(root_unlink(&root, "/d"), -EISDIR);
	assert_int_equal(root_rmdir(&root, "/g"), -ENOTDIR);
	assert_int_equal(root_rmdir(&root, "/d"), 0);
	assert_int_equal(root_unlink(&root, "/g"), 0);
	assert_int_equal(root_unlink(&root, "/g"), -ENOENT);
	assert_int_equal(root_unlink(&root, "/"), -EBUSY);
	assert_int_equal(root_rmdir(&root, "/"), -EBUSY);
	assert_int_equal(root_mkdir(&root, "/", 0755), -EBUSY);
	assert_int_equal(root_rename(&root, "/", "/x", true), -EBUSY);
	assert_int_equal(root_rename(&root, "/x", "/", true), -EBUSY);
}

static void test_modes_and_times(void **state)
{
	struct stat st;
	uint64_t bytes = 0;

	(void)state;
	put(jail, "f", "x");
	assert_int_equal(root_chmod(&root, "/f", 07777), 0);
	assert_int_equal(root_stat(&root, "/f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0777);
	assert_int_equal(root_chmod(&root, "/f", 0), 0);
	assert_int_equal(root_chmod(&root, "/f", 0604), 0);
	assert_int_equal(root_stat(&root, "/f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(mkdirat(jail, "d", 0755), 0);
	assert_int_equal(fchmodat(jail, "d", 03777, 0), 0);
	assert_int_equal(root_chmod(&root, "/d", 04775), 0);
	assert_int_equal(root_stat(&root, "/d", &st), 0);
	assert_int_equal(st.st_mode & 07777, 03775);
	assert_int_equal(root_set_mtime(&root, "/f", 1234567890), 0);
	assert_int_equal(root_set_mtime(&root, "/d", -1), 0);
	assert_int_equal(root_stat(&root, "/f", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1234567890);
	assert_int_equal(root_stat(&root, "/d", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, -1);
	assert_int_equal(root_free_bytes(&root, "/d", &bytes), 0);
	assert_true(bytes > 0);
}

/* An older kernel or a simpler file system: `call` fails with `err` from now on. */
static bool without(long call, int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = 4, .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool rename_without_help(void)
{
	struct stat st;
	bool ok = without(SYS_renameat2, EINVAL);

	ok = ok && root_rename(&root, "/f", "/g", false) == -EEXIST;
	ok = ok && root_rename(&root, "/f", "/d", false) == -EEXIST;
	ok = ok && root_rename(&root, "/d", "/g", false) == -EEXIST;
	ok = ok && root_rename(&root, "/none", "/new", false) == -ENOENT;
	ok = ok && root_rename(&root, "/f", "/new", false) == 0;
	ok = ok && root_stat(&root, "/f", &st) == -ENOENT;
	ok = ok && root_stat(&root, "/new", &st) == 0 && st.st_nlink == 1;
	ok = ok && root_rename(&root, "/l", "/l2", false) == 0;
	ok = ok && root_stat(&root, "/l2", &st) == 0 && S_ISLNK(st.st_mode);
	ok = ok && root_rename(&root, "/d", "/new", false) == -EEXIST;
	ok = ok && root_rename(&root, "/d", "/d2", false) == 0;
	ok = ok && root_stat(&root, "/d2", &st) == 0 && S_ISDIR(st.st_mode);
	return ok;
}

static bool chmod_without_help(void)
{
	struct stat st;
	bool ok = without(452, ENOSYS);

	ok = ok && root_chmod(&root, "/f", 06711) == 0 && root_chmod(&root, "/d", 0711) == 0;
	ok = ok && root_stat(&root, "/f", &st) == 0 && (st.st_mode & 07777) == 0711;
	ok = ok && root_stat(&root, "/d", &st) == 0 && (st.st_mode & 07777) == 0711;
	ok = ok && root_chmod(&root, "/l", 0711) == -ELOOP;
	return ok;
}

static bool no_openat2(void)
{
	struct root other;

	return without(SYS_openat2, ENOSYS) && root_init(&other, dup(root.fd), "") == -ENOSYS;
}

static void test_less_able_kernels(void **state)
{
	static bool (*const parts[])(void) = { rename_without_help, chmod_without_help,
		no_openat2 };
	int status;

	(void)state;
	put(jail, "f", "f");
	put(jail, "g", "g");
	assert_int_equal(mkdirat(jail, "d", 0755), 0);
	assert_int_equal(symlinkat("f", jail, "l"), 0);
	for (size_t i = sizeof parts / sizeof parts[0]; i-- > 0;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(parts[i]() ? 0 : 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("part %zu: %d", i, status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_and_removal), TEST(test_modes_and_times),
		TEST(test_less_able_kernels),
	};

	return cmocka_run_group_tests_name("vfs/change", tests, NULL, NULL);
}
