/* Data connections under TLS: whatever a captured TLS process says, and in whatever order. */
#include "tests/session/tlsfixture.h"

#include <errno.h>

static void forge(unsigned which)
{
	switch (which) {
	case 0:
		say_progress(6);             /* more than there is */
		break;
	case 1:
		say_progress(4);
		say_progress(3);
		break;
	case 2:
		say_done(TLS_COMPLETE, 0, 4);        /* complete, and it is not */
		break;
	case 3:
		say_done(TLS_COMPLETE, 0, UINT64_MAX);
		break;
	case 4:
		say_done(TLS_ENDS, 0, 5);
		break;
	case 5:
		say(TLS_DONE);
		break;
	case 6:
		say(TLS_PROGRESS);
		break;
	case 7:
		say_opened(0, "");           /* once more */
		break;
	case 8:
		say(TLS_CLOSED);
		break;
	case 9:
		say(0);
		break;
	case 10:
		say(PRIV_END);
		break;
	case 11:
		msg_start(&m, TLS_DONE);
		msg_put_u32(&m, TLS_COMPLETE);
		msg_put_u32(&m, 0);
		msg_put_u64(&m, 5);
		msg_put_u32(&m, 0);          /* and something behind it */
		assert_int_equal(msg_send(channel, &m), 0);
		break;
	case 12:
		msg_start(&m, TLS_DONE);
		msg_put_u32(&m, TLS_COMPLETE);
		msg_put_u32(&m, 0);
		msg_put_u64(&m, 5);
		m.fd = channel;              /* a gift */
		assert_int_equal(msg_send(channel, &m), 0);
		break;
	default:
		assert_int_equal(send(channel, "x", 1, 0), 1);
	}
}

enum { FORGERIES = 14 };

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void what_is_forged_ends_the_session(void **state)
{
	static const char *const lines[] = { "RETR x", "STOR y", "NLST" };

	for (unsigned i = 0; i < FORGERIES; i++) {
		for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
			int before;

			/* as an upload's progress, and at the end of a relay, these are in order */
			if ((k == 1 && (i == 0 || i == 2)) || (k == 2 && (i == 2 || i == 3)))
				continue;
			make_file("x", "hello");
			say_opened(0, "");
			forge(i);
			prepare();
			before = open_descriptors();
			(void)run(lines[k]);
			assert_non_null(strstr(f->text, RESET));
			assert_null(strstr(f->text, "226"));
			assert_true(f->s->ending);
			assert_string_equal(f->s->end_reason, "TLS process out of order");
			assert_int_equal(f->s->start.tls, -1);
			/* listener and channel */
			assert_int_equal(open_descriptors(), before - 2);
			end(state);
			begin(state);
		}
	}
}

static void forged_answers_to_open(void **state)
{
	for (unsigned i = 0; i < FORGERIES; i++) {
		if (i == 7)
			continue;
		forge(i);
		prepare();
		(void)run("STOR y");
		assert_null(strstr(f->text, "226"));
		assert_non_null(strstr(f->text, "\r\n425 "));
		assert_true(f->s->ending);
		assert_null(content("y"));
		end(state);
		begin(state);
	}
}

static void forged_answers_to_close(void **state)
{
	for (unsigned i = 9; i < FORGERIES; i++) {
		say_opened(EPERM, "");
		forge(i);
		prepare();
		(void)run("STOR y");
		assert_non_null(strstr(f->text, "\r\n425 "));
		assert_true(f->s->ending);
		assert_null(content("y"));
		end(state);
		begin(state);
	}
}

static void its_end_is_the_sessions(void **state)
{
	(void)state;
	make_file("x", "hello");
	say_opened(0, "");
	assert_int_equal(shutdown(channel, SHUT_WR), 0);
	prepare();
	(void)run("RETR x");
	assert_non_null(strstr(f->text, RESET));
	assert_true(f->s->ending);
	assert_string_equal(f->s->end_reason, "TLS process gone");
}

/* A file that is whole although it was never said to be is not. */
static void an_end_before_done(void **state)
{
	(void)state;
	say_opened(0, "");
	assert_int_equal(shutdown(channel, SHUT_WR), 0);
	prepare();
	(void)run("NLST");
	assert_null(strstr(f->text, "226"));
	assert_true(f->s->ending);
}

static void no_word_is_no_progress(void **state)
{
	(void)state;
	make_file("x", "hello");
	f->own.timeout_stalled = 1;
	f->own.where[D_TIMEOUT_STALLED].line = 1;
	player = fork();
	if (player == 0) {
		struct pollfd p = { .fd = channel, .events = POLLIN };

		say_opened(0, "");
		(void)close(hears(TLS_OPEN));
		(void)close(hears(TLS_SEND));
		while (poll(&p, 1, 100) == 0)
			say_progress(2);
		(void)hears(TLS_CLOSE);
		say(TLS_CLOSED);
		_exit(0);
	}
	prepare();
	(void)run("RETR x");
	assert_non_null(strstr(f->text, "426 Data transfer stalled"));
	assert_string_equal(f->s->end_reason, "TimeoutStalled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_forged_ends_the_session), TEST(forged_answers_to_open),
		TEST(forged_answers_to_close), TEST(its_end_is_the_sessions),
		TEST(an_end_before_done), TEST(no_word_is_no_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
