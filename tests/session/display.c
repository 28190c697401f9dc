/* Display files: variables, and nothing that drives a terminal. */
#include "session/display.h"

#include "tests/session/fixture.h"

#include <stdio.h>

static struct fixture *f;

static const char *shown(const char *bytes, size_t n)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(display_fd(f->s, 230, fileno(file), false), n > 0);
	assert_int_equal(fclose(file), 0);
	f->s->reply.open = 0;
	return fixture_read(f);
}

#define SHOWN(text) shown(text, sizeof text - 1)

static void display_files(void **state)
{
	static char big[DISPLAY_SIZE * 2];

	(void)state;
	f = fixture_new(SOCK_STREAM);
	f->s->start.local.family = AF_INET;
	f->s->start.local.v4.s_addr = htonl(0x7f000001);
	memcpy(f->s->user, "al%ice\033[2J", 11);
	f->s->files_in = 2;
	f->s->bytes_in = 4096;
	assert_string_equal(SHOWN(""), "");
	assert_string_equal(SHOWN("hi\n"), "230-hi\r\n");
	assert_string_equal(SHOWN("a\r\n226 b\nc"), "230-a\r\n 226 b\r\n c\r\n");
	assert_string_equal(SHOWN("%L %R %i %t %K %k %M %x"),
	    "230-127.0.0.1 peer 2 2 4 4KB unlimited (unknown)\r\n");
	assert_string_equal(SHOWN("%U"), "230-al%ice[2J\r\n");   /* not expanded again, no escape */
	assert_string_equal(SHOWN("%{total_bytes_in}|%{nonsense}|%{unclosed"),
	    "230-4096|(none)|%{unclosed\r\n");
	assert_string_equal(SHOWN("100%% %n%s %q%"), "230-100%% %n%s %q%\r\n");
	assert_string_equal(SHOWN("gr\303\274n\t\342\202\254 \302\233x\233y\177\000z"),
	    "230-gr\303\274n\t\342\202\254 xyz\r\n");
	memset(big, '\n', sizeof big);
	(void)shown(big, sizeof big);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(display_files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
