#ifndef TESTS_VFS_TREE_H
#define TESTS_VFS_TREE_H

/*
 * A tree of its own for each test: BASE/jail is the root, BASE/outside with its "file" must
 * stay as it is.
 */
#include "config/bounds.h"
#include "vfs/root.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char base[] = "/tmp/vfs-root-XXXXXX";
static int jail = -1, outside = -1;
static struct root root;

static inline void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline void content(int fd, char *text, size_t size)
{
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(close(fd), 0);
}

static inline int setup(void **state)
{
	(void)state;
	(void)umask(0);
	memcpy(base, "/tmp/vfs-root-XXXXXX", sizeof base);
	if (mkdtemp(base) == NULL || chdir(base) < 0 || mkdir("jail", 0755) < 0 ||
	    mkdir("outside", 0755) < 0)
		return -1;
	jail = open("jail", O_RDONLY | O_DIRECTORY);
	outside = open("outside", O_RDONLY | O_DIRECTORY);
	put(outside, "file", "secret");
	return root_init(&root, open("jail", O_PATH | O_DIRECTORY), "/srv/jail");
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int teardown(void **state)
{
	(void)state;
	(void)close(jail);
	(void)close(outside);
	(void)close(root.fd);
	return chdir("/") < 0 ? -1 : nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What resolving says, for what should not resolve. */
static inline int fails(const char *cleaned, enum resolve how)
{
	STRBUF(out, PATHNAME_SIZE);

	return root_resolve(&root, cleaned, how, &out, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
