/* Replies on the wire: no text can end a line, begin one, or be longer than it may. */
#include "tests/session/fixture.h"

#include <errno.h>
#include <sys/stat.h>

static struct fixture *f;

static int begin(void **state)
{
	(void)state;
	f = fixture_new(SOCK_SEQPACKET);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_free(f);
	return 0;
}

static void names_cannot_forge(void **state)
{
	(void)state;
	reply(f->s, 550, "%s: gone.", "a\r\n226 ok\377");
	assert_string_equal(fixture_read(f), "550 a__226 ok\377\377: gone.\r\n");
}

static void several_lines(void **state)
{
	(void)state;
	reply_hold(f->s);
	reply_begin(f->s, 211, "Features:");
	reply_line(f->s, " SIZE");
	reply_line(f->s, "226 in a name");
	reply_line(f->s, "12 monkeys");
	reply_begin(f->s, 211, "more");
	assert_string_equal(fixture_read(f), "");   /* held */
	reply(f->s, 211, "End");
	reply_release(f->s);
	assert_string_equal(fixture_read(f),
	    "211-Features:\r\n SIZE\r\n 226 in a name\r\n12 monkeys\r\nmore\r\n211 End\r\n");
	assert_string_equal(fixture_read(f), "");   /* one write */
	reply_begin(f->s, 230, "a new one");
	assert_string_equal(fixture_read(f), "230-a new one\r\n");
}

/* What is held and does not fit is sent, whole and in order. */
static void more_than_the_buffer(void **state)
{
	size_t got = 0, n;

	(void)state;
	reply_hold(f->s);
	for (int i = 0; i < 3000; i++)
		reply_line(f->s, "%060d", i);
	reply_release(f->s);
	while ((n = strlen(fixture_read(f))) > 0) {
		assert_memory_equal(f->text + n - 2, "\r\n", 2);
		got += n;
	}
	assert_int_equal(got, 3000 * 63);    /* digits: one space in */
}

static void the_longest_path_in_257(void **state)
{
	char path[PATHNAME_SIZE];
	STRBUF(quoted, 2 * PATHNAME_SIZE + 4);

	(void)state;
	memset(path, '"', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	reply_quote(&quoted, path);
	assert_false(quoted.full);
	reply(f->s, 257, "%s made.", quoted.buf);
	assert_int_equal(strlen(fixture_read(f)), 4 + 2 + 1 + 2 * (PATHNAME_SIZE - 2) + 6 + 2);
	memset(path, '\377', sizeof path - 1);
	reply(f->s, 257, "%s", path);
	assert_int_equal(strlen(fixture_read(f)), 4 + 2 * (PATHNAME_SIZE - 1) + 2);
}

static void too_much_is_cut(void **state)
{
	static char text[3 * REPLY_LINE];

	(void)state;
	memset(text, '\377', sizeof text - 1);
	reply(f->s, 200, "%s", text);
	assert_int_equal(strlen(fixture_read(f)), 4 + 2 * (REPLY_LINE - 1) + 2);
	memset(text, 'x', 300);
	text[300] = '\0';
	reply(f->s, 550, "%.*s%s|", CUT(text));
	assert_int_equal(strlen(fixture_read(f)), 4 + REPLY_ECHO + 3 + 1 + 2);
}

static void errors_have_their_codes(void **state)
{
	static const struct { int err; const char *reply; } table[] = {
		{ ENOENT, "550 x: No such file or directory.\r\n" },
		{ EACCES, "550 x: Permission denied.\r\n" },
		{ ENOSPC, "452 x: No space left on device.\r\n" },
		{ EDQUOT, "552 x: Disk quota exceeded.\r\n" },
		{ EFBIG, "552 x: File too large.\r\n" },
		{ EIO, "451 x: Input/output error.\r\n" },
		{ EPROTO, "451 x: Local error.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		reply_errno(f->s, 0, "x", -table[i].err);
		assert_string_equal(fixture_read(f), table[i].reply);
	}
	reply_errno(f->s, 550, NULL, -EIO);
	assert_string_equal(fixture_read(f), "550 Input/output error.\r\n");
}

static void a_peer_that_is_gone_ends_the_session(void **state)
{
	(void)state;
	(void)close(f->client);
	reply(f->s, 200, "anybody?");
	assert_true(f->s->ending);
	reply(f->s, 200, "no");      /* and nothing happens */
	f->client = dup(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_cannot_forge, begin, end),
		cmocka_unit_test_setup_teardown(several_lines, begin, end),
		cmocka_unit_test_setup_teardown(more_than_the_buffer, begin, end),
		cmocka_unit_test_setup_teardown(the_longest_path_in_257, begin, end),
		cmocka_unit_test_setup_teardown(too_much_is_cut, begin, end),
		cmocka_unit_test_setup_teardown(errors_have_their_codes, begin, end),
		cmocka_unit_test_setup_teardown(a_peer_that_is_gone_ends_the_session, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
