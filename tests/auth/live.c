/* What a session does, beside its slot: written by its monitor alone, believed by nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/live.h"
#include "auth/state.h"
#include "auth/talk.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[128], lock[128], texts[136], conf[128];
static struct slots slots;

static int begin(void **state)
{
	struct slot_change c = { .slot = { .state = SLOT_LOGGED_IN, .since = 5, .server = 1 } };
	STRBUF(why, TEXT_SIZE);

	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/in.ftpd-live-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/slots", dir);
	(void)snprintf(lock, sizeof lock, "%s/lock", dir);
	(void)snprintf(texts, sizeof texts, "%s.who", path);
	(void)snprintf(conf, sizeof conf, "%s/conf", dir);
	slots = (struct slots){ .path = path, .lock = lock };
	return slots_change(&slots, &c, &why) == 1 ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(lock);
	(void)unlink(texts);
	(void)unlink(conf);
	return rmdir(dir);
}

static bool read_back(struct live *l)
{
	STRBUF(why, TEXT_SIZE);
	int fd = live_open(path, &why);
	bool good = fd >= 0 && live_read(fd, slots.number, &slots.mine, l);

	if (fd >= 0)
		(void)close(fd);
	return good;
}

static int write_one(const char *what)
{
	struct live l = { .doing = DOING_COMMAND };
	STRBUF(why, TEXT_SIZE);
	int err;

	live_text(l.verb, sizeof l.verb, "MDTM");
	live_tail(l.path, sizeof l.path, what);
	err = live_write(&slots, &l, &why);
	assert_true((err < 0) == (why.len > 0));
	return err;
}

static void what_is_written_is_read(void **state)
{
	struct live l;
	struct stat st;

	(void)state;
	assert_false(read_back(&l));
	assert_int_equal(write_one("/a\x1b[2J\n"), 0);
	assert_true(read_back(&l));
	assert_string_equal(l.verb, "MDTM");
	assert_string_equal(l.path, "/a\x1b[2J\n");  /* as it was: whoever shows it escapes it */
	assert_int_equal(stat(texts, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void long_paths_show_their_end(void **state)
{
	char text[2000], small[8];

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text + sizeof text - 4, "end", 4);
	live_tail(small, sizeof small, text);
	assert_string_equal(small, "...xend");
	live_tail(small, sizeof small, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9z");
	assert_string_equal(small, "...\xc3\xa9z");
	live_tail(small, sizeof small, "short");
	assert_string_equal(small, "short");
	live_tail(small, sizeof small, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80");
	assert_string_equal(small, "...");
	live_text(small, sizeof small, "beginning");
	assert_string_equal(small, "beginni");
	live_text(small, sizeof small, NULL);
	assert_string_equal(small, "");
}

static void change_byte(off_t at, char c)
{
	int fd = open(texts, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	(void)close(fd);
}

static void damaged_and_foreign_records_are_none(void **state)
{
	struct slot other = slots.mine;
	struct live l;
	STRBUF(why, TEXT_SIZE);
	int fd;

	(void)state;
	for (off_t at = 0; at < 1024; at += 31) {
		assert_int_equal(write_one("name"), 0);
		assert_true(read_back(&l));
		change_byte(at, '\xaa');
		assert_false(read_back(&l));
	}
	assert_int_equal(write_one("name"), 0);
	fd = live_open(path, &why);
	other.owner++;
	assert_false(live_read(fd, slots.number, &other, &l));
	other = slots.mine;
	other.since++;       /* the same process number, of another life */
	assert_false(live_read(fd, slots.number, &other, &l));
	assert_false(live_read(fd, slots.number + 1, &slots.mine, &l));
	(void)close(fd);
	assert_int_equal(truncate(texts, 1023), 0);
	assert_false(read_back(&l));
}

static void no_other_file_is_written_to(void **state)
{
	struct live l;

	(void)state;
	assert_int_equal(mkfifo(texts, 0600), 0);
	assert_true(write_one("x") < 0);
	assert_int_equal(unlink(texts), 0);
	assert_int_equal(symlink("lock", texts), 0);
	assert_true(write_one("x") < 0);
	assert_false(read_back(&l));
	assert_int_equal(unlink(texts), 0);
	assert_int_equal(write_one("x"), 0);
	assert_int_equal(chmod(texts, 0602), 0);
	assert_true(write_one("x") < 0);
	assert_false(read_back(&l));
}

/* A monitor whose session says what a test says. */
static struct monitor *monitor_new(void)
{
	static const struct config_source none;
	struct config_source source = none;
	struct monitor *m = calloc(1, sizeof *m);
	int fd = open(conf, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write_all(fd, "ServerName here\n", 16), 0);
	(void)close(fd);
	assert_true(addr_parse(&m->local, "127.0.0.1"));
	m->local.port = 21;
	source = (struct config_source){ .path = conf, .local = &m->local, .invoker = geteuid() };
	m->config = config_read(&source);
	assert_non_null(m->config);
	m->server = config_server(m->config);
	m->talk = calloc(1, sizeof *m->talk);
	m->talk->who.account = m->talk->who.typed = "alice";
	m->slots = slots;
	m->connected_at = clock_ms();
	m->logged_in = true;
	return m;
}

static void monitor_free(struct monitor *m)
{
	free(m->talk);
	free(m);                     /* but for the configuration, which nobody gives back */
}

static bool say(struct monitor *m, const struct session_state *st)
{
	static struct msg msg;

	msg_start(&msg, PRIV_STATE);
	msg_put_state(&msg, st);
	msg.pos = 0;
	return answer_state(m, &msg);
}

static void whatever_a_session_says(void **state)
{
	struct session_state st = { .doing = DOING_RETRIEVE, .milliseconds = UINT64_MAX,
		.bytes = UINT64_MAX, .size = 1, .offset = UINT64_MAX, .verb = "RETR",
		.what = "/f" };
	struct monitor *m = monitor_new();
	struct live l;
	int64_t at;

	(void)state;
	log_to_file(-1);
	m->connected_at -= 1000;
	assert_true(say(m, &st));
	assert_true(read_back(&l));
	assert_string_equal(l.server, "here");
	assert_string_equal(l.account, "alice");
	assert_string_equal(l.path, "/f");
	/* not before its time */
	assert_true(l.began == m->connected_at && l.heard >= l.began);
	assert_true(l.bytes == UINT64_MAX);
	/* a flood: what comes at once is not written */
	m->talk->state_at = INT64_MAX / 2;
	for (unsigned i = 0; i < 1000; i++) {
		st.bytes = i;
		assert_true(say(m, &st));
	}
	assert_true(read_back(&l));
	assert_true(l.bytes == UINT64_MAX);
	m->talk->state_at = 0;
	assert_true(say(m, &st));
	assert_true(read_back(&l));
	assert_true(l.bytes == 999);
	do {                         /* again, if the machine was busy elsewhere meanwhile */
		st.bytes++;
		m->talk->state_at = at = clock_ms();
		assert_true(say(m, &st));
	} while (clock_ms() - at >= 50);
	assert_true(read_back(&l));
	assert_true(l.bytes != st.bytes);
	m->talk->state_at = 0;
	st.bytes = 999;
	assert_true(say(m, &st));
	/* before login a session has nothing to tell */
	m->logged_in = false;
	m->talk->state_at = 0;
	st.bytes = 5;
	assert_true(say(m, &st));
	assert_true(read_back(&l));
	assert_true(l.bytes == 999);
	st.doing = DOING_LOGIN;
	assert_false(say(m, &st));
	monitor_free(m);
}

static void that_it_rests_is_not_lost(void **state)
{
	struct session_state busy = { .doing = DOING_COMMAND, .verb = "MDTM" },
	    rest = { .doing = DOING_IDLE, .bytes_in = 1 };
	struct monitor *m = monitor_new();
	struct live l;

	(void)state;
	log_to_file(-1);
	assert_true(say(m, &busy));
	m->talk->state_at = INT64_MAX / 2;
	assert_true(say(m, &rest));
	assert_true(read_back(&l));
	assert_true(l.doing == DOING_IDLE && l.bytes_in == 1);
	/* a second one in a row is */
	m->talk->state_at = INT64_MAX / 2;
	rest.bytes_in = 2;
	assert_true(say(m, &rest));
	assert_true(say(m, &busy));
	assert_true(read_back(&l));
	assert_true(l.doing == DOING_IDLE && l.bytes_in == 1);
	monitor_free(m);
}

static void what_cannot_be_written_ends_nothing(void **state)
{
	const struct session_state st = { .doing = DOING_IDLE };
	struct monitor *m = monitor_new();

	(void)state;
	log_to_file(-1);
	assert_int_equal(mkfifo(texts, 0600), 0);
	assert_true(say(m, &st));
	assert_true(m->talk->state_failed);
	m->talk->state_at = 0;
	assert_true(say(m, &st));
	state_rest(m);
	monitor_free(m);
}

/*
 * How many there are: the file is walked over as long as there is a token, then the last answer
 * stands.
 */
static void asking_costs_no_more_than_that(void **state)
{
	static struct msg msg;
	struct monitor *m = monitor_new();
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	m->boundary = pair[0];
	m->talk->clients.at = clock_ms() + 1000000;  /* none comes meanwhile */
	m->talk->clients.walks = 2;
	m->talk->clients.last[0] = 77;
	for (unsigned i = 0; i < 4; i++) {
		if (i == 2)
			m->talk->clients.last[0] = 78;
		msg_start(&msg, PRIV_CLIENTS);
		msg_put_u32(&msg, false);
		msg.pos = 0;
		assert_true(answer_clients(m, &msg));
		assert_int_equal(msg_recv(pair[1], &msg), 1);
		assert_int_equal(msg_get_u32(&msg), 0);
		assert_int_equal(msg_get_u32(&msg), i < 2 ? 1 : 78);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
	monitor_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read, begin, end),
		cmocka_unit_test_setup_teardown(long_paths_show_their_end, begin, end),
		cmocka_unit_test_setup_teardown(damaged_and_foreign_records_are_none, begin, end),
		cmocka_unit_test_setup_teardown(no_other_file_is_written_to, begin, end),
		cmocka_unit_test_setup_teardown(whatever_a_session_says, begin, end),
		cmocka_unit_test_setup_teardown(that_it_rests_is_not_lost, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_ends_nothing, begin, end),
		cmocka_unit_test_setup_teardown(asking_costs_no_more_than_that, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
