/* What is told of what goes on, and when: the time is the test's. */
#include "tests/session/fixture.h"

#include "session/command.h"
#include "session/state.h"

static struct session_state told;

/* The word that was told, in `told`; false: none. */
static bool hear(struct fixture *f)
{
	static struct msg m;
	char bytes[1];

	if (recv(f->monitor, bytes, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) <= 0)
		return false;
	assert_int_equal(msg_recv(f->monitor, &m), 1);
	assert_int_equal(m.type, PRIV_STATE);
	msg_get_state(&m, &told);
	assert_true(msg_done(&m));
	return true;
}

static int begin(void **state)
{
	struct fixture *f = fixture_new(SOCK_STREAM);

	f->s->logged_in = f->s->id.wants_state = true;
	f->s->last_input = 10000;
	*state = f;
	return 0;
}

static int end(void **state)
{
	fixture_free(*state);
	return 0;
}

static void idleness_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct session *s = f->s;

	s->bytes_out = 7;
	assert_int_equal(state_look(s, 10000, false), 11000);
	assert_int_equal(state_look(s, 10999, false), 11000);
	assert_false(hear(f));
	assert_int_equal(state_look(s, 11000, false), 0);
	assert_true(hear(f));
	assert_true(told.doing == DOING_IDLE && told.milliseconds == 1000 && told.bytes_out == 7);
	assert_string_equal(told.verb, "");
	assert_int_equal(state_look(s, 99000, false), 0);
	assert_false(hear(f));
	s->last_input = 99500;
	assert_int_equal(state_look(s, 99600, false), 100500);
	state_begin(s);
	assert_int_equal(state_look(s, 200000, false), 0);
	assert_false(hear(f));
}

/*
 * A command in the moment of the login, or behind a transfer, that the clock does not tell apart.
 */
static void idleness_behind_what_was_told(void **state)
{
	struct fixture *f = *state;
	struct session *s = f->s;

	state_begin(s);
	state_command(s, command_find("NOOP", 4), "", 10000);
	assert_true(hear(f) && told.doing == DOING_COMMAND);
	assert_int_equal(state_look(s, 10000, false), 11000);
	assert_int_equal(state_look(s, 11000, false), 0);
	assert_true(hear(f) && told.doing == DOING_IDLE);
	assert_int_equal(state_look(s, 12000, false), 0);
	assert_false(hear(f));
}

/* The monitor drops what comes right behind another word. */
static void idleness_begins_where_a_transfer_ends(void **state)
{
	struct fixture *f = *state;
	struct session *s = f->s;

	s->data.verb = "RETR";
	s->data.path = "/f";
	s->data.began = 10000;
	assert_int_equal(state_look(s, 12000, true), 13000);
	assert_true(hear(f) && told.doing == DOING_RETRIEVE);
	s->data.verb = NULL;
	s->last_transfer = 12010;
	assert_int_equal(state_look(s, 12010, false), 13010);
	assert_false(hear(f));
	assert_int_equal(state_look(s, 13010, false), 0);
	assert_true(hear(f) && told.doing == DOING_IDLE && told.milliseconds == 1000);
}

static void commands_are_told_at_most_once_a_second(void **state)
{
	struct fixture *f = *state;
	const struct command *c = command_find("SIZE", 4);
	char name[2000];

	memset(name, 'x', sizeof name);
	memcpy(name + sizeof name - 4, "end", 4);
	state_command(f->s, c, name, 20000);
	assert_true(hear(f));
	assert_true(told.doing == DOING_COMMAND && told.milliseconds == 0 && told.size == 0);
	assert_string_equal(told.verb, "SIZE");
	assert_int_equal(strlen(told.what), STATE_SIZE - 1);
	assert_string_equal(told.what + STATE_SIZE - 5, "xend");
	state_command(f->s, c, "f", 20999);
	assert_false(hear(f));
	state_command(f->s, c, "f", 21000);
	assert_true(hear(f));
	f->s->data.verb = "RETR";            /* a STAT in between is not what goes on */
	state_command(f->s, c, "f", 30000);
	assert_false(hear(f));
}

static void a_transfer_is_told_every_second(void **state)
{
	struct fixture *f = *state;
	struct session *s = f->s;

	assert_int_equal(state_look(s, 50000, true), 0);     /* no transfer yet */
	s->data.verb = "STOR";
	s->data.path = "/f";
	s->data.began = 50000;
	s->data.offset = 3;
	assert_int_equal(state_look(s, 50500, true), 51000);
	assert_false(hear(f));
	s->data.bytes = 4;
	assert_int_equal(state_look(s, 51300, true), 52300);
	assert_true(hear(f));
	assert_true(told.doing == DOING_STORE && told.milliseconds == 1300 && told.bytes == 4 &&
	    told.offset == 3);
	assert_string_equal(told.what, "/f");
	assert_int_equal(state_look(s, 52299, true), 52300);
	assert_false(hear(f));
	s->data.verb = "MLSD";
	assert_int_equal(state_look(s, 52300, true), 53300);
	assert_true(hear(f));
	assert_int_equal(told.doing, DOING_LISTING);
}

static void nothing_is_told_where_nobody_looks(void **state)
{
	struct fixture *f = *state;
	struct session *s = f->s;

	s->id.wants_state = false;
	state_command(s, command_find("SIZE", 4), "f", 20000);
	assert_int_equal(state_look(s, 99000, false), 0);
	s->data.verb = "RETR";
	s->data.path = "/f";
	assert_int_equal(state_look(s, 99000, true), 0);
	assert_false(hear(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(idleness_is_told_once, begin, end),
		cmocka_unit_test_setup_teardown(idleness_behind_what_was_told, begin, end),
		cmocka_unit_test_setup_teardown(idleness_begins_where_a_transfer_ends, begin, end),
		cmocka_unit_test_setup_teardown(commands_are_told_at_most_once_a_second, begin,
		    end),
		cmocka_unit_test_setup_teardown(a_transfer_is_told_every_second, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_told_where_nobody_looks, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
