/* What ps shows: over the words of the command line, and never beyond them. */
#include "auth/title.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * A command line as execve(2) lays it out, with an environment behind it and a guard behind that.
 */
struct block {
	char bytes[64];
	char *argv[4], *env[2];
};

static void lay_out(struct block *b)
{
	static const char text[] = "in.ftpd\0-c\0/etc/x\0A=1234567890123456\0GUARD";

	memset(b, 0, sizeof *b);
	memcpy(b->bytes, text, sizeof text);
	b->argv[0] = b->bytes;
	b->argv[1] = b->bytes + 8;
	b->argv[2] = b->bytes + 11;
	b->env[0] = b->bytes + 18;
}

static void words_are_kept(void **state)
{
	char **before = environ;
	struct block b;
	struct title t;
	char **argv;

	(void)state;
	lay_out(&b);
	environ = b.env;
	argv = title_take(&t, 3, b.argv);
	environ = before;
	assert_int_equal(t.size, 37);
	title_set(&t, "alice", "192.0.2.1", "RETR a\033[2J\xff file of which not all has room");
	assert_string_equal(b.bytes, "in.ftpd: alice - 192.0.2.1: RETR a?[");
	assert_string_equal(b.bytes + 37, "GUARD");
	title_set(&t, NULL, "192.0.2.1", "connected");
	assert_string_equal(b.bytes, "in.ftpd: 192.0.2.1: connected");
	title_set(&t, NULL, NULL, "processing");
	assert_string_equal(b.bytes, "in.ftpd: processing");
	/* nothing of the longer one is left */
	for (size_t i = strlen(b.bytes); i < 37; i++)
		assert_int_equal(b.bytes[i], '\0');
	assert_string_equal(argv[0], "in.ftpd");
	assert_string_equal(argv[1], "-c");
	assert_string_equal(argv[2], "/etc/x");
	assert_null(argv[3]);
}

static void no_room(void **state)
{
	char long_word[TITLE_TEXT + 8], *argv[] = { long_word, NULL };
	char one[] = "in.ftpd", other[] = "-x", *apart[] = { one, other, NULL };
	struct title t;

	(void)state;
	memset(long_word, 'x', sizeof long_word - 1);
	long_word[sizeof long_word - 1] = '\0';
	assert_ptr_equal(title_take(&t, 1, argv), argv);
	title_set(&t, "a", "b", "c");
	assert_int_equal(long_word[0], 'x');
	if (one + sizeof one != other) {
		assert_ptr_equal(title_take(&t, 2, apart), apart);
		title_set(&t, "a", "b", "c");
		assert_string_equal(one, "in.ftpd");
	}
	assert_ptr_equal(title_take(&t, 0, argv), argv);
	title_set(&t, "a", "b", "c");
	title_set(NULL, "a", "b", "c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_kept), cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
