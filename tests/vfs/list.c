/* Listings: order, bounds, what is left out, and what they cost in memory. */
#include "vfs/list.h"

#include "config/bounds.h"
#include "config/strbuf.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
	char bytes[4096];
	struct strbuf text;          /* the first names, each with a blank behind it */
	size_t n;
	int stop_after;
	char last[NAME_SIZE];
	bool sorted, without_stat, wrong_type;
};

static struct seen *fresh(struct seen *s)
{
	*s = (struct seen){ .sorted = true };
	strbuf_init(&s->text, s->bytes, sizeof s->bytes);
	return s;
}

static char base[] = "/tmp/vfs-list-XXXXXX";
static int dir = -1;

static int remember(void *arg, const struct list_entry *e)
{
	struct seen *s = arg;
	struct stat st;

	if (s->n < 64)
		strbuf_addf(&s->text, "%s ", e->name);
	s->sorted = s->sorted && strcmp(s->last, e->name) < 0;
	s->without_stat |= e->st == NULL;
	if (s->n < 64 && fstatat(dir, e->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		s->wrong_type |= e->type != IFTODT(st.st_mode) ||
		    (e->st != NULL && e->st->st_size != st.st_size);
	(void)snprintf(s->last, sizeof s->last, "%s", e->name);
	return (int)++s->n == s->stop_after ? 77 : 0;
}

static void make(const char *name, off_t size, time_t mtime, long nsec)
{
	const struct timespec times[2] = { { .tv_sec = -mtime, .tv_nsec = nsec },
		{ .tv_sec = mtime, .tv_nsec = nsec } };
	int fd = openat(dir, name, O_WRONLY | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(close(fd), 0);
}

static void empty(void)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		(void)unlinkat(dir, e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	(void)closedir(d);
}

static int setup(void **state)
{
	(void)state;
	if (dir < 0) {
		if (mkdtemp(base) == NULL)
			return -1;
		dir = open(base, O_RDONLY | O_DIRECTORY);
	}
	empty();
	return dir < 0;
}

static int teardown(void **state)
{
	(void)state;
	empty();
	return rmdir(base);
}

static void expect(enum list_order order, bool reverse, bool dots, const char *text)
{
	const struct list_how how = { .order = order, .reverse = reverse, .need_stat = true,
		.dots = dots };
	struct seen s;

	assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
	assert_string_equal(s.text.buf, text);
	assert_false(s.without_stat);
	assert_false(s.wrong_type);
}

static void test_orders(void **state)
{
	(void)state;
	expect(LIST_BY_NAME, false, false, "");
	make("b", 10, 1000, 5);
	make("a", 30, 1000, 6);
	make("B", 20, -5, 0);
	make("longer-than-a-key-2", 20, 4000000000, 0);
	make("longer-than-a-key-10", 5, 0, 0);
	make("longer-t", 0, 1, 0);
	make("\xff", 7, 2, 0);
	expect(LIST_BY_NAME, false, false,
	    "B a b longer-t longer-than-a-key-10 longer-than-a-key-2 \xff ");
	expect(LIST_BY_NAME, true, false,
	    "\xff longer-than-a-key-2 longer-than-a-key-10 longer-t b a B ");
	expect(LIST_BY_TIME, false, false,
	    "longer-than-a-key-2 a b \xff longer-t longer-than-a-key-10 B ");
	expect(LIST_BY_TIME, true, false,
	    "B longer-than-a-key-10 longer-t \xff b a longer-than-a-key-2 ");
	expect(LIST_BY_ATIME, false, false,
	    "B longer-than-a-key-10 longer-t \xff a b longer-than-a-key-2 ");
	expect(LIST_BY_SIZE, false, false,
	    "a B longer-than-a-key-2 b \xff longer-than-a-key-10 longer-t ");
}

static void test_dots(void **state)
{
	const struct list_how how = { .need_stat = true, .dots = true, .at_root = true };
	struct seen s;

	(void)state;
	make(".hidden", 0, 0, 0);
	make("!", 0, 0, 0);
	expect(LIST_BY_NAME, false, true, "! . .. .hidden ");
	expect(LIST_BY_NAME, false, false, "! .hidden ");
	assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
	assert_string_equal(s.text.buf, "! . .. .hidden ");
}

static ino_t parent_inode;

static int see_parent(void *arg, const struct list_entry *e)
{
	(void)arg;
	if (strcmp(e->name, "..") == 0)
		parent_inode = e->st->st_ino;
	return 0;
}

static void test_nothing_above_the_root(void **state)
{
	struct list_how how = { .need_stat = true, .dots = true };
	struct stat here, above;

	(void)state;
	assert_int_equal(fstat(dir, &here), 0);
	assert_int_equal(fstatat(dir, "..", &above, 0), 0);
	assert_int_equal(list_directory(dir, &how, NULL, see_parent, NULL), 0);
	assert_int_equal(parent_inode, above.st_ino);
	how.at_root = true;
	assert_int_equal(list_directory(dir, &how, NULL, see_parent, NULL), 0);
	assert_int_equal(parent_inode, here.st_ino);
}

static void test_types(void **state)
{
	const struct list_how how = { .order = LIST_BY_NAME };
	struct list_how full = { .order = LIST_BY_NAME, .need_stat = true };
	struct seen s;

	(void)state;
	make("file", 0, 0, 0);
	assert_int_equal(symlinkat("/nowhere", dir, "link"), 0);
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	assert_int_equal(mkdirat(dir, "dir", 0700), 0);
	assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
	assert_string_equal(s.text.buf, "dir file link pipe ");
	assert_true(s.without_stat);
	assert_false(s.wrong_type);
	assert_int_equal(list_directory(dir, &full, NULL, remember, fresh(&s)), 0);
	assert_string_equal(s.text.buf, "dir file link pipe ");
	assert_false(s.without_stat || s.wrong_type);
}

static int remove_next(void *arg, const struct list_entry *e)
{
	if (strcmp(e->name, "a") == 0)
		assert_int_equal(unlinkat(dir, "b", 0), 0);
	return remember(arg, e);
}

static bool not_secret(void *arg, const char *name, unsigned char type)
{
	(void)arg;
	assert_int_equal(type, DT_REG);
	return strcmp(name, "secret") != 0;
}

static void test_left_out(void **state)
{
	const struct list_how how = { .order = LIST_BY_NAME, .need_stat = true };
	struct seen s;

	(void)state;
	make("a", 0, 0, 0);
	make("b", 0, 0, 0);
	make("c", 0, 0, 0);
	make("secret", 0, 0, 0);
	assert_int_equal(list_directory(dir, &how, not_secret, remove_next, fresh(&s)), 0);
	assert_string_equal(s.text.buf, "a c ");
	fresh(&s)->stop_after = 1;
	assert_int_equal(list_directory(dir, &how, NULL, remember, &s), 77);
	assert_string_equal(s.text.buf, "a ");
}

/* All bytes that a name may hold; each comes once, unchanged. */
static void test_every_byte(void **state)
{
	const struct list_how how = { .order = LIST_BY_NAME };
	struct seen s;
	STRBUF(want, 1024);

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char name[3] = { (char)c, 'x', '\0' };

		if (c == '/')
			continue;
		make(name, 0, 0, 0);
		if (want.len / 3 < 64)
			strbuf_addf(&want, "%s ", name);
	}
	assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
	assert_int_equal(s.n, 254);
	assert_true(s.sorted);
	assert_string_equal(s.text.buf, want.buf);
}

static long peak_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* One more than is sorted: all come, once each, and memory does not grow with them. */
static void test_many(void **state)
{
	struct list_how how = { .order = LIST_BY_NAME, .need_stat = true };
	struct seen s;
	char name[64];
	long before;

	(void)state;
	for (int i = 0; i < LIST_SORT_MAX; i++) {
		(void)snprintf(name, sizeof name, "%032d", i * 7919 % LIST_SORT_MAX);
		assert_int_equal(mknodat(dir, name, S_IFREG | 0600, 0), 0);
	}
	before = peak_kib();
	assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
	assert_int_equal(s.n, LIST_SORT_MAX);
	assert_true(s.sorted);
	for (int i = 0; i < LIST_SORT_MAX / 2; i++) {
		(void)snprintf(name, sizeof name, "more-%032d", i);
		assert_int_equal(mknodat(dir, name, S_IFREG | 0600, 0), 0);
	}
	for (how.order = LIST_BY_NAME; how.order <= LIST_AS_READ; how.order++) {
			assert_int_equal(list_directory(dir, &how, NULL, remember, fresh(&s)), 0);
		assert_int_equal(s.n, LIST_SORT_MAX + LIST_SORT_MAX / 2);
		assert_false(s.sorted);
	}
#ifndef WITH_SANITIZER
	assert_true(peak_kib() - before < 4096);
#else
	(void)before;
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_orders, setup),
		cmocka_unit_test_setup(test_dots, setup),
		cmocka_unit_test_setup(test_nothing_above_the_root, setup),
		cmocka_unit_test_setup(test_types, setup),
		cmocka_unit_test_setup(test_left_out, setup),
		cmocka_unit_test_setup(test_every_byte, setup),
		cmocka_unit_test_setup(test_many, setup),
	};

	return cmocka_run_group_tests_name("vfs/list", tests, setup, teardown);
}
