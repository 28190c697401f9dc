/* UploadNotify: the line, and what a captured session may have told to whoever reads it. */
#include "tests/config/given.h"

#include "auth/notify.h"
#include "auth/talk.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct given g;
static struct monitor m;
static struct talk t;
static struct msg in;
static struct transfer_record record;
static int receiver;

static const char *line(const char *user, const char *path, bool complete)
{
	static char text[65536];
	const struct timespec now = { .tv_sec = 1767585782, .tv_nsec = 7999999 };
	const struct transfer_record r = { .size = 5368709120, .bytes = 1, .complete = complete };
	struct strbuf out;

	strbuf_init(&out, text, sizeof text);
	notify_line(&out, &now, user, "2001:db8::1", path, &r);
	assert_false(out.full);
	return text;
}

static void the_line(void **state)
{
	(void)state;
	assert_string_equal(line("ann", "/home/ann/f", true),
	    "{\"time\":\"2026-01-05T04:03:02.007Z\",\"user\":\"ann\",\"peer\":\"2001:db8::1\","
	    "\"path\":\"/home/ann/f\",\"size\":5368709120,\"result\":\"complete\"}\n");
	assert_string_equal(line("a\"b\\", "/\n\"\xe4", false),
	    "{\"time\":\"2026-01-05T04:03:02.007Z\",\"user\":\"a\\\"b\\\\\","
	    "\"peer\":\"2001:db8::1\","
	    "\"path\":\"/\\u000a\\\"\\u00e4\",\"path_hex\":\"2f0a22e4\",\"size\":5368709120,"
	    "\"result\":\"incomplete\"}\n");
}

/* What the monitor makes of a record: its datagram, "" for none, NULL: it crossed the boundary. */
static const char *sent(const char *path, const char *moved)
{
	static char text[65536];
	ssize_t n;

	(void)snprintf(record.path, sizeof record.path, "%s", path);
	(void)snprintf(record.moved, sizeof record.moved, "%s", moved);
	msg_start(&in, PRIV_TRANSFER);
	msg_put_transfer(&in, &record);
	if (!answer_transfer(&m, &in))
		return NULL;
	n = recv(receiver, text, sizeof text - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void the_path_lies_in_the_root(void **state)
{
	static const char *const bad[] = {
		"", "f", "/..", "/../x", "/a/../../x", "/a/..", "/.", "/a/./b", "//", "/a//b",
		"/a/",
	};

	(void)state;
	record = (struct transfer_record){ .direction = 'i', .complete = true };
	assert_non_null(strstr(sent("/..a/b..", ""), "\"path\":\"/jail/..a/b..\""));
	assert_non_null(strstr(sent("/f", "/done/f"), "\"path\":\"/jail/done/f\""));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_null(sent(bad[i], ""));
		if (*bad[i] != '\0')
			assert_null(sent("/f", bad[i]));
	}
	assert_string_equal(sent("/silent/f", ""), "");
	/* of what was fetched or deleted nobody is told */
	record.direction = 'o';
	assert_string_equal(sent("/f", ""), "");
	record.direction = 'd';
	assert_string_equal(sent("/f", ""), "");
}

static void names_as_long_as_can_be(void **state)
{
	static char path[PATHNAME_SIZE];

	(void)state;
	record = (struct transfer_record){ .direction = 'i' };
	memset(path, '\xff', sizeof path - 1);
	path[0] = '/';
	/* with the jail before it, it is longer than any path can be: nobody could open it */
	assert_string_equal(sent(path, ""), "");
	path[PATHNAME_SIZE - 16] = '\0';
	assert_true(strlen(sent(path, "")) > 8 * (PATHNAME_SIZE - 32));
	/* … or the socket takes no message as long as that, and then it is a failure like others */
}

static void what_is_wanted(void **state)
{
	struct given other = { .len = 0 };

	(void)state;
	assert_true(notify_wanted(m.server));
	assert_false(notify_wanted(config_server(given_at(&other, "UploadNotify none\n",
	    "127.0.0.1", 21))));
	assert_false(notify_wanted(config_server(given_at(&other, "Umask 022\n", "127.0.0.1",
	    21))));
	assert_true(notify_wanted(config_server(given_at(&other,
	    "<Directory /a>\nUploadNotify /x\n</Directory>\n", "127.0.0.1", 21))));
	assert_true(notify_wanted(config_server(given_at(&other,
	    "<Global>\nUploadNotify /x\n</Global>\n", "127.0.0.1", 21))));
	assert_true(notify_wanted(config_server(given_at(&other,
	    "<Global>\n<Directory /a>\nUploadNotify /x\n</Directory>\n</Global>\n", "127.0.0.1",
	    21))));
	given_end(&other);
}

static int make(void **state)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	char text[1024];

	(void)state;
	given_text(&g, "passwd", "");
	(void)snprintf(text, sizeof text, "AuthPAM off\nUploadNotify %s/socket\n"
	    "<Directory /jail/silent>\nUploadNotify none\n</Directory>\n", g.dir);
	m.config = given_at(&g, text, "127.0.0.1", 21);
	if (m.config == NULL)
		return -1;
	(void)snprintf(here.sun_path, sizeof here.sun_path, "%s/socket", g.dir);
	receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (receiver < 0 || bind(receiver, (struct sockaddr *)&here, sizeof here) != 0)
		return -1;
	m.server = config_server(m.config);
	m.talk = &t;
	m.peer = (struct addr){ .family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK) };
	t.who.base = m.server;
	t.who.account = "alice";
	t.who.home = t.who.jail = "/jail";
	t.transfer_log = t.notify.fd = -1;
	t.notify.wanted = true;
	return 0;
}

static int clean(void **state)
{
	(void)state;
	given_end(&g);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line), cmocka_unit_test(the_path_lies_in_the_root),
		cmocka_unit_test(names_as_long_as_can_be), cmocka_unit_test(what_is_wanted),
	};

	return cmocka_run_group_tests_name("notify", tests, make, clean);
}
