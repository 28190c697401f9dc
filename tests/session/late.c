/* A process that had no time to look: what came before its time was over still counts. */
#include "tests/session/fixture.h"

#include <time.h>

static struct fixture *f;
static int64_t now_ms, step;

/* The library's: each look at the clock is `step` ms behind the one before. */
int clock_gettime(clockid_t id, struct timespec *at)
{
	(void)id;
	*at = (struct timespec){ .tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000 };
	now_ms += step;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	f = fixture_new(SOCK_STREAM);
	now_ms = 1000000;
	step = 5000;
	f->s->connected_at = f->s->last_input = f->s->last_transfer = now_ms;
	session_signalled = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_free(f);
	return 0;
}

static void say(const char *text)
{
	assert_int_equal(send(f->client, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void take(const char *line)
{
	char *text;
	size_t len;

	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_string_equal(text, line);
}

static void a_line_in_time(void **state)
{
	(void)state;
	f->s->start.login_deadline = now_ms + 1000;
	say("NOOP\r\n");
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);
	assert_false(f->s->ending);
	take("NOOP");
	/* the next one is late, though it is there */
	say("PWD\r\n");
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutLogin");
}

static void idle_until_then(void **state)
{
	(void)state;
	f->s->logged_in = true;
	step = 400 * 1000;           /* TimeoutIdle 600 */
	say("NOOP\r\n");
	f->s->last_transfer += 3600 * 1000;
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);
	take("NOOP");
}

static void half_a_line_is_none(void **state)
{
	(void)state;
	f->s->start.login_deadline = now_ms + 1000;
	say("NOO");
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutLogin");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_in_time), TEST(idle_until_then), TEST(half_a_line_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
