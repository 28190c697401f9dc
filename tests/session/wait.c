/* The one wait: what ends it, and what a transfer does about lines that come meanwhile. */
#include "config/io.h"
#include "tests/session/fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>

static struct fixture *f;
static int data[2];

static int begin(void **state)
{
	(void)state;
	f = fixture_new(SOCK_STREAM);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, data), 0);
	f->s->connected_at = f->s->last_input = f->s->last_transfer = f->s->data.began = clock_ms();
	f->s->logged_in = true;
	f->s->data.verb = "RETR";
	f->s->data.path = "/x";
	session_signalled = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(data[0]);
	(void)close(data[1]);
	fixture_free(f);
	return 0;
}

static void say(const char *text)
{
	assert_int_equal(send(f->client, text, strlen(text), 0), (ssize_t)strlen(text));
}

static enum wait_result wait_data(int64_t stalled_ms)
{
	return session_wait(f->s, data[0], POLLIN, stalled_ms);
}

static void data_ready(void)
{
	assert_int_equal(send(data[1], "x", 1, 0), 1);
}

static void a_line_is_waited_for(void **state)
{
	(void)state;
	say("NO");
	say("OP\r\n");
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);
}

static void data_goes_before_lines(void **state)
{
	(void)state;
	say("NOOP\r\nPWD\r\n");
	data_ready();
	assert_int_equal(wait_data(0), WAIT_DATA);
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);
	assert_string_equal(fixture_read(f), "");   /* nothing was run */
}

static void abor_is_found_among_lines(void **state)
{
	char *text;
	size_t len;

	(void)state;
	say("NOOP\r\n\377\364\377\362abor\r\n");
	assert_int_equal(wait_data(0), WAIT_ABORTED);
	assert_true(f->s->data.aborted);
	assert_int_equal(wait_data(0), WAIT_ABORTED);
	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_string_equal(text, "NOOP");
	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_string_equal(text, "abor");
}

static void stat_is_answered_at_once(void **state)
{
	unsigned one = 0, two = 0;
	int len = 0;

	(void)state;
	f->s->data.bytes = 5;
	f->s->data.size = 10;
	f->s->data.began -= 1000 * 1000;
	say("STAT\r\nSTAT\r\nABOR\r\n");
	assert_int_equal(wait_data(0), WAIT_ABORTED);
	(void)sscanf(fixture_read(f), "213 RETR /x: 5 of 10 bytes in %u seconds.\r\n"
	    "213 RETR /x: 5 of 10 bytes in %u seconds.\r\n%n", &one, &two, &len);
	assert_true(len > 0 && f->text[len] == '\0');
	assert_in_range(one, 1000, 1100);
	assert_in_range(two, one, 1100);
}

static void stat_keeps_its_turn(void **state)
{
	(void)state;
	say("NOOP\r\nSTAT\r\nABOR\r\n");
	assert_int_equal(wait_data(0), WAIT_ABORTED);
	assert_string_equal(fixture_read(f), "");
}

static void a_client_that_left_ends_the_transfer(void **state)
{
	(void)state;
	say("NOOP\r\n");
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	assert_int_equal(wait_data(0), WAIT_GONE);
	assert_true(f->s->ending);
	assert_string_equal(f->s->last_words, "");
}

static void a_client_that_said_quit_may_leave(void **state)
{
	(void)state;
	say("QUIT\r\n");
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	data_ready();
	assert_int_equal(wait_data(0), WAIT_DATA);
	assert_int_equal(wait_data(0), WAIT_DATA);
	assert_false(f->s->ending);
}

static void lines_behind_a_closed_connection_are_run(void **state)
{
	char *text;
	size_t len;

	(void)state;
	say("NOOP\r\nrest");
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);
	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_true(f->s->ending);
}

static void timeouts_name_themselves(void **state)
{
	(void)state;
	assert_int_equal(wait_data(20), WAIT_STALLED);
	assert_false(f->s->ending);     /* whether that ends the session is the transfer's to say */
	f->s->last_input -= 600 * 1000;
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutIdle");
	assert_non_null(strstr(f->s->last_words, "600 seconds"));
	f->s->ending = false;
	f->s->last_words[0] = '\0';
	f->s->last_input = clock_ms();
	f->s->last_transfer -= 300 * 1000;
	data_ready();
	assert_int_equal(wait_data(0), WAIT_DATA);  /* a transfer is a transfer */
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutNoTransfer");
	f->s->ending = f->s->logged_in = false;
	f->s->start.login_deadline = clock_ms() + 20;
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutLogin");
}

/*
 * TimeoutSession counts from login on, whatever goes on: also on a connection that is always ready.
 */
static void a_session_has_a_length(void **state)
{
	(void)state;
	data_ready();
	f->s->timeout_session = 5000;
	f->s->connected_at -= 4900 * 1000;
	assert_int_equal(wait_data(0), WAIT_DATA);
	f->s->connected_at -= 100 * 1000;
	assert_int_equal(wait_data(0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "TimeoutSession");
	assert_string_equal(f->s->last_words, "A session may last 5000 seconds, goodbye.");
	f->s->ending = f->s->logged_in = false;
	f->s->last_words[0] = '\0';
	say("NOOP\r\n");
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_LINE);  /* nobody is logged in */
	f->s->logged_in = true;
	assert_int_equal(session_wait(f->s, -1, 0, 0), WAIT_GONE);
}

static void a_pause_ends_when_its_time_is_over(void **state)
{
	char *text;
	size_t len;
	int64_t began = clock_ms();

	(void)state;
	say("NOOP\r\nQUIT\r\n");
	f->s->last_input -= 10000 * 1000;
	f->s->last_transfer -= 10000 * 1000;
	assert_true(session_pause(f->s, 20));       /* it is not the client who is idle */
	assert_true(clock_ms() - began >= 20);
	assert_true(f->s->last_input >= began + 20);
	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_string_equal(text, "NOOP");
	/* who has sent all he has to say is served still */
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	assert_true(session_pause(f->s, 20));
	assert_int_equal(line_take(&f->s->line, &text, &len), LINE_COMMAND);
	assert_string_equal(text, "QUIT");
}

/* What ends a session ends a pause of an hour, too. */
static void a_pause_ends_with_the_session(void **state)
{
	enum { HOUR = 3600 * 1000 };
	struct msg *m = calloc(1, sizeof *m);

	(void)state;
	f->s->timeout_session = 5000;
	f->s->connected_at -= 5000 * 1000;
	assert_false(session_pause(f->s, HOUR));
	assert_string_equal(f->s->end_reason, "TimeoutSession");
	f->s->timeout_session = 0;
	f->s->ending = f->s->logged_in = false;
	f->s->start.login_deadline = clock_ms() + 20;
	assert_false(session_pause(f->s, HOUR));
	assert_string_equal(f->s->end_reason, "TimeoutLogin");
	f->s->ending = false;
	f->s->start.login_deadline = 0;
	session_signalled = 1;
	f->s->start.login_deadline = clock_ms() + 20;        /* it was no signal that woke it */
	assert_false(session_pause(f->s, HOUR));
	assert_string_equal(f->s->end_reason, "SIGTERM");
	session_signalled = 0;
	f->s->ending = false;
	f->s->start.login_deadline = 0;
	f->s->last_words[0] = '\0';
	msg_start(m, PRIV_END);
	msg_put_str(m, "Closing");
	assert_int_equal(msg_send(f->monitor, m), 0);
	assert_false(session_pause(f->s, HOUR));
	assert_string_equal(f->s->last_words, "Closing");
	free(m);
}

static void a_signal_ends_it(void **state)
{
	(void)state;
	session_signalled = 1;
	assert_int_equal(wait_data(0), WAIT_GONE);
	assert_string_equal(f->s->end_reason, "SIGTERM");
	session_signalled = 0;
}

static void the_monitor_can_end_it(void **state)
{
	struct msg *m = calloc(1, sizeof *m);

	(void)state;
	msg_start(m, PRIV_END);
	msg_put_str(m, "Login timeout");
	assert_int_equal(msg_send(f->monitor, m), 0);
	assert_int_equal(wait_data(0), WAIT_GONE);
	assert_string_equal(f->s->last_words, "Login timeout");
	free(m);
}

/* A flood in a transfer stays in the socket. */
static void a_flood_is_not_read(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++)
		if (send(f->client, "NOOP\r\n", 6, MSG_DONTWAIT) != 6)
			break;
	data_ready();
	for (int i = 0; i < 50; i++)
		assert_int_equal(wait_data(0), WAIT_DATA);
	assert_true(f->s->line.end - f->s->line.start <= sizeof f->s->line.bytes);
	assert_false(f->s->ending);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_waited_for), TEST(data_goes_before_lines),
		TEST(abor_is_found_among_lines),
		TEST(stat_is_answered_at_once), TEST(stat_keeps_its_turn),
		TEST(a_client_that_left_ends_the_transfer), TEST(a_client_that_said_quit_may_leave),
		TEST(lines_behind_a_closed_connection_are_run), TEST(timeouts_name_themselves),
		TEST(a_session_has_a_length), TEST(a_pause_ends_when_its_time_is_over),
		TEST(a_pause_ends_with_the_session),
		TEST(a_signal_ends_it), TEST(the_monitor_can_end_it), TEST(a_flood_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
