/* What is opened beneath the root: regular files and directories, nothing outside, no device. */
#include "config/bounds.h"
#include "tests/vfs/tree.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static void test_links_out(void **state)
{
	char target[PATHNAME_SIZE];
	struct stat st;
	bool created;

	(void)state;
	(void)snprintf(target, sizeof target, "%s/outside", base);
	assert_int_equal(symlinkat(target, jail, "abs"), 0);
	assert_int_equal(symlinkat("../outside", jail, "rel"), 0);
	assert_int_equal(symlinkat("../outside/file", jail, "file"), 0);
	for (enum resolve how = RESOLVE_EXISTING; how <= RESOLVE_CREATE; how++) {
		assert_int_equal(fails("/abs/file", how), -ENOENT);
		assert_int_equal(fails("/rel/file", how), -ENOENT);
		assert_int_equal(fails("/rel/new", how), -ENOENT);
	}
	assert_int_equal(fails("/file", RESOLVE_EXISTING), -ENOENT);
	assert_int_equal(fails("/file", RESOLVE_CREATE), -ENOENT);
	/* whoever opens without resolving gets nowhere either */
	assert_int_equal(root_open_read(&root, "/rel/file", &st), -ELOOP);
	assert_int_equal(root_open_read(&root, "/file", &st), -ELOOP);
	assert_int_equal(root_open_read(&root, "/../outside/file", &st), -EXDEV);
	assert_int_equal(root_open_write(&root, "/file", 0644, false, &created, &st), -ELOOP);
	assert_int_equal(root_open_write(&root, "/file", 0644, true, &created, &st), -EEXIST);
	assert_int_equal(root_open_write(&root, "/rel/new", 0644, false, &created, &st), -ELOOP);
	assert_int_equal(root_open_dir(&root, "/rel"), -ENOTDIR);
	assert_int_equal(root_mkdir(&root, "/rel/new", 0755), -ELOOP);
	assert_int_equal(root_unlink(&root, "/rel/file"), -ELOOP);
	assert_int_equal(root_rmdir(&root, "/rel/file"), -ELOOP);
	assert_int_equal(root_rename(&root, "/rel/file", "/x", true), -ELOOP);
	assert_int_equal(root_rename(&root, "/file", "/rel/x", true), -ELOOP);
	assert_int_equal(root_chmod(&root, "/file", 0600), -ELOOP);
	assert_int_equal(root_set_mtime(&root, "/file", 0), -ELOOP);
	assert_int_equal(root_stat(&root, "/rel/file", &st), -ELOOP);
	/* a link itself is a thing that can be renamed and removed */
	assert_int_equal(root_rename(&root, "/file", "/file2", false), 0);
	assert_int_equal(root_readlink(&root, "/file2", target, sizeof target), 15);
	assert_string_equal(target, "../outside/file");
	assert_int_equal(root_readlink(&root, "/file2", target, 15), -ENAMETOOLONG);
	assert_int_equal(root_unlink(&root, "/file2"), 0);
	assert_int_equal(fstatat(outside, "file", &st, 0), 0);
}

static void test_reading_and_writing(void **state)
{
	char text[64];
	struct stat st;
	bool created = false;
	int fd;

	(void)state;
	fd = root_open_write(&root, "/f", 0640, false, &created, &st);
	assert_true(fd >= 0 && created);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(write(fd, "12345", 5), 5);
	assert_int_equal(close(fd), 0);
	fd = root_open_write(&root, "/f", 0666, false, &created, &st);
	assert_true(fd >= 0 && !created);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(write(fd, "ab", 2), 2);
	assert_int_equal(close(fd), 0);
	content(root_open_read(&root, "/f", &st), text, sizeof text);
	assert_string_equal(text, "ab345");
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(root_open_write(&root, "/f", 0666, true, &created, &st), -EEXIST);
	assert_int_equal(root_open_write(&root, "/no/f", 0666, false, &created, &st), -ENOENT);
	fd = root_open_write(&root, "/g", 07777, true, &created, &st);
	assert_true(fd >= 0 && created);
	assert_int_equal(st.st_mode & 07777, 0777);
	assert_int_equal(close(fd), 0);
	assert_int_equal(root_open_read(&root, "/", &st), -EISDIR);
	assert_int_equal(root_open_write(&root, "/", 0666, false, &created, &st), -EISDIR);
	assert_int_equal(root_open_dir(&root, "/f"), -ENOTDIR);
}

static void test_special_files(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "jail/sock" };
	static const char *const names[] = { "/pipe", "/sock", "/null" };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	bool created = true, device;
	struct stat st;

	(void)state;
	assert_int_equal(mkfifoat(jail, "pipe", 0666), 0);
	assert_int_equal(bind(sock, (const struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(close(sock), 0);
	device = mknodat(jail, "null", S_IFCHR | 0666, makedev(1, 3)) == 0;
	if (!device)
		print_message("devices: skipped, they need root\n");
	(void)alarm(60); /* waiting for the other end of a FIFO is what must not happen */
	for (size_t i = 0; i < (device ? 3 : 2); i++) {
		assert_int_equal(root_open_read(&root, names[i], &st), -EINVAL);
		assert_int_equal(root_open_write(&root, names[i], 0644, false, &created, &st),
		    -EINVAL);
		assert_false(created);
		assert_int_equal(root_open_write(&root, names[i], 0644, true, &created, &st),
		    -EEXIST);
		assert_int_equal(root_open_dir(&root, names[i]), -ENOTDIR);
		assert_int_equal(root_chmod(&root, names[i], 0600), -EINVAL);
		assert_int_equal(root_set_mtime(&root, names[i], 0), -EINVAL);
		assert_int_equal(root_stat(&root, names[i], &st), 0);
	}
	(void)alarm(0);
}

static void test_kernel_file_systems(void **state)
{
	static const char *const names[] = { "/proc", "/proc/self/status", "/proc/self/root/etc",
		"/proc/1/mem", "/proc/self/fd/0", "/sys", "/sys/kernel" };
	struct root top;
	struct stat st;
	STRBUF(out, PATHNAME_SIZE);
	char link[64];
	bool created;
	int fd;

	(void)state;
	assert_int_equal(root_init(&top, open("/", O_PATH | O_DIRECTORY), ""), 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(root_resolve(&top, names[i], RESOLVE_EXISTING, &out, &st),
		    -ENOENT);
		assert_int_equal(root_resolve(&top, names[i], RESOLVE_LINK, &out, &st), -ENOENT);
		assert_true(root_open_read(&top, names[i], &st) < 0);
		assert_true(root_open_dir(&top, names[i]) < 0);
		assert_true(root_open_write(&top, names[i], 0644, false, &created, &st) < 0);
		assert_true(root_chmod(&top, names[i], 0755) < 0);
	}
	/* by a link that lies elsewhere; and again, from the cache */
	assert_int_equal(symlinkat("/proc/self/status", jail, "link"), 0);
	(void)snprintf(link, sizeof link, "%s/jail/link", base);
	for (int i = 0; i < 3; i++)
		assert_int_equal(root_resolve(&top, link, RESOLVE_EXISTING, &out, &st), -ENOENT);
	assert_int_equal(root_stat(&top, "/tmp", &st), 0);
	(void)close(top.fd);
	fd = open("/proc", O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(root_init(&top, fd, "/proc"), -ENOENT);
}

static void test_host_paths(void **state)
{
	STRBUF(out, 16);
	struct root top = { .prefix = "" };

	(void)state;
	assert_int_equal(root_host_path(&root, "/", &out), 0);
	assert_string_equal(out.buf, "/srv/jail");
	assert_int_equal(root_host_path(&root, "/a/b", &out), 0);
	assert_string_equal(out.buf, "/srv/jail/a/b");
	assert_int_equal(root_host_path(&root, "/a/b/cd", &out), -ENAMETOOLONG);
	assert_int_equal(root_host_path(&top, "/", &out), 0);
	assert_string_equal(out.buf, "/");
	assert_int_equal(root_host_path(&top, "/a", &out), 0);
	assert_string_equal(out.buf, "/a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links_out), TEST(test_reading_and_writing), TEST(test_special_files),
		TEST(test_kernel_file_systems), TEST(test_host_paths),
	};

	return cmocka_run_group_tests_name("vfs/root", tests, NULL, NULL);
}
