/* A line of an ExtendedLog: each variable, what is absent, and what may not stand in a line. */
#include "auth/extlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct command_record retr = {
	.classes = LOG_READ_CLASS, .verb = "RETR", .argument = "a b", .text = "Transfer complete.",
	.path = "/in/a b", .from = "", .code = 226, .milliseconds = 7, .raw_in = 12, .raw_out =
	    3456,
	.status = TRANSFER_SUCCESS, .ascii = false, .has_bytes = true, .bytes = 5, .transfer_ms =
	    1042,
	.has_size = true, .size = 9, .has_offset = true, .offset = 4, .port = 2020,
};
static const struct command_record nothing = {
	.verb = "", .argument = "", .text = "", .path = "", .from = "",
};

static struct extlog_event event(const struct command_record *r)
{
	struct extlog_event e = {
		.record = r, .peer = "192.0.2.7", .peer_name = "host.example", .local = "192.0.2.1",
		.server = "my site", .user = "ann", .typed = "annie", .group = "users",
		.email = "me@there",
		.ident = "joe", .class = "near", .reason = "QUIT", .jail = "/srv/ann", .local_port =
		    21,
		.peer_port = 4711, .uid = 1000, .gid = 100, .session_ms = 61002, .secured = true,
		.pid = 77,
		.now = { .tv_sec = 1767585782, .tv_nsec = 12345678 },
	};

	(void)gmtime_r(&e.now.tv_sec, &e.tm);
	return e;
}

/* The line of one format, without its LF. */
static const char *line_of(const char *format, const struct extlog_event *e)
{
	static char text[EXTLOG_LINE];
	struct log_step steps[64];
	struct log_format f = { .steps = steps };
	struct strbuf out;
	const char *bad;
	size_t bad_len;

	f.n = logformat_parse(format, steps, 64, &bad, &bad_len);
	assert_true(f.n > 0 && f.n < 64);
	strbuf_init(&out, text, sizeof text);
	extlog_line(&out, &f, e);
	assert_false(out.full);
	assert_int_equal(text[out.len - 1], '\n');
	text[out.len - 1] = '\0';
	assert_null(strpbrk(text, "\r\n"));
	return text;
}

struct expected {
	const char *format, *full, *empty;
};

static const struct expected table[] = {
	{ "%a", "192.0.2.7", "-" }, { "%A", "me@there", "UNKNOWN" }, { "%b", "5", "-" },
	{ "%c", "near", "-" },
	{ "%d", "-", "-" }, { "%D", "-", "-" }, { "%{dir-name}", "-", "-" }, { "%E", "QUIT", "-" },
	{ "%f", "/srv/ann/in/a b", "-" }, { "%F", "/in/a b", "-" }, { "%{basename}", "a b", "-" },
	{ "%g", "users", "-" }, { "%{gid}", "100", "-" }, { "%{uid}", "1000", "-" },
	{ "%h", "host.example", "-" }, { "%H", "192.0.2.1", "-" }, { "%L", "192.0.2.1", "-" },
	{ "%V", "192.0.2.1", "-" }, { "%I", "12", "0" }, { "%O", "3456", "0" },
	{ "%J", "a b", "-" },
	{ "%l", "joe", "UNKNOWN" }, { "%m", "RETR", "-" }, { "%p", "21", "0" }, { "%P", "77", "0" },
	{ "%r", "RETR a b", "-" }, { "%R", "7", "0" }, { "%s", "226", "-" },
	{ "%S", "Transfer complete.", "-" },
	{ "%t", "[05/Jan/2026:04:03:02 +0000]", NULL }, { "%T", "1.042", "-" },
	{ "%u", "ann", "-" },
	{ "%U", "annie", "-" }, { "%v", "my site", "-" }, { "%w", "-", "-" }, { "%%", "%", "%" },
	{ "%{epoch}", "1767585782", "0" }, { "%{iso8601}", "2026-01-05 04:03:02,012", NULL },
	{ "%{millisecs}", "012", "000" }, { "%{microsecs}", "012345", "000000" },
	{ "%{protocol}", "ftps", "ftp" }, { "%{remote-port}", "4711", "0" },
	{ "%{version}", VERSION, VERSION },
	{ "%{file-modified}", "false", "false" }, { "%{file-size}", "9", "-" },
	{ "%{file-offset}", "4", "-" },
	{ "%{transfer-status}", "success", "-" }, { "%{transfer-failure}", "-", "-" },
	{ "%{transfer-millisecs}", "1042", "-" }, { "%{transfer-port}", "2020", "-" },
	{ "%{transfer-type}", "binary", "-" }, { "%{note:x}", "-", "-" },
	{ "%{%Y/%m}t", "2026/01", NULL },
	{ "%{IN_FTPD_THERE}e", "blue", "blue" }, { "%{IN_FTPD_NOT}e", "-", "-" },
	{ "a%%b", "a%b", "a%b" },
};

static void each_variable(void **state)
{
	const struct extlog_event none = { .record = &nothing };
	struct extlog_event e = event(&retr);

	(void)state;
	(void)setenv("IN_FTPD_THERE", "blue", 1);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_string_equal(line_of(table[i].format, &e), table[i].full);
		if (table[i].empty != NULL)
			assert_string_equal(line_of(table[i].format, &none), table[i].empty);
	}
}

static void directories_and_renames(void **state)
{
	const struct command_record mkd = {
		.classes = LOG_DIRS_CLASS, .verb = "MKD", .argument = "d", .text = "",
		.path = "/x/d", .from = "",
	};
	const struct command_record root = {
		.classes = LOG_DIRS_CLASS, .verb = "CDUP", .argument = "", .text = "", .path = "/",
		.from = "",
	};
	const struct command_record rnto = {
		.classes = LOG_WRITE_CLASS, .verb = "RNTO", .argument = "b", .text = "",
		.path = "/b", .from = "/a",
	};
	const struct command_record mdtm = {
		.classes = LOG_DIRS_CLASS | LOG_INFO_CLASS, .verb = "MDTM", .argument = "f",
		.text = "", .path = "/f",
		.from = "",
	};
	struct extlog_event e = event(&mkd);

	(void)state;
	assert_string_equal(line_of("%d %D %{dir-name} %f", &e), "d /srv/ann/x/d d /srv/ann/x/d");
	e.record = &root;
	assert_string_equal(line_of("%d %D %f %F", &e), "/ /srv/ann /srv/ann /");
	e.jail = "";
	assert_string_equal(line_of("%f", &e), "/");
	e = event(&rnto);
	assert_string_equal(line_of("%w %F %f", &e), "/a /b /srv/ann/b");
	e.record = &mdtm;
	assert_string_equal(line_of("%d %D %{dir-name} %f", &e), "- - - /srv/ann/f");
}

static void how_transfers_end(void **state)
{
	static const char *const names[] = { "failed", "cancelled", "timeout" };
	struct command_record r = retr;
	struct extlog_event e = event(&r);

	(void)state;
	r.text = "Transfer aborted.";
	r.ascii = true;
	for (size_t i = 0; i < 3; i++) {
		char expected[64];

		r.status = (enum transfer_status)(TRANSFER_FAILED + i);
		(void)snprintf(expected, sizeof expected, "%s/Transfer aborted./ASCII", names[i]);
		assert_string_equal(
		    line_of("%{transfer-status}/%{transfer-failure}/%{transfer-type}", &e),
		    expected);
	}
	r.code = 150;
	r.text = "Opening ASCII mode data connection for x.";
	assert_string_equal(line_of("%s/%{transfer-status}/%{transfer-failure}", &e),
	    "150/timeout/-");
}

static void no_password(void **state)
{
	struct command_record r = retr;
	struct extlog_event e = event(&r);

	(void)state;
	r.verb = "PASS";
	r.argument = "sesame";
	assert_string_equal(line_of("%r|%J", &e), "PASS (hidden)|(hidden)");
}

static void what_would_be_another_line(void **state)
{
	struct command_record r = retr;
	struct extlog_event e = event(&r);

	(void)state;
	r.argument = "x\n\r\t\x1b[2J\x7f\x9b\xff\xc2\x85\\";
	assert_string_equal(line_of("%J", &e),
	    "x\\x0A\\x0D\\x09\\x1B[2J\\x7F\\x9B\\xFF\\xC2\\x85\\x5C");
	e.typed = e.server = e.class = "a\nb";
	assert_string_equal(line_of("%U%v%c", &e), "a\\x0Aba\\x0Aba\\x0Ab");
}

/* A value in quotation marks ends where the format says. */
static void quotation_marks(void **state)
{
	static char text[29];        /* of 7 marks all but the NUL would fit */
	static struct command_texts texts;
	const struct log_step steps[] = { { LOG_TEXT, "\"", 1 }, { LOGVAR_ARGUMENT, NULL, 0 } };
	const struct log_format f = { .steps = steps, .n = 2 };
	struct command_record r = retr;
	struct extlog_event e = event(&r);
	struct strbuf out;

	(void)state;
	r.argument = "\"x\" 226 5\"";
	assert_string_equal(line_of("\"%r\" %s", &e), "\"RETR \\x22x\\x22 226 5\\x22\" 226");
	assert_string_equal(line_of("%r %s", &e), "RETR \"x\" 226 5\" 226");
	memset(texts.argument, '"', sizeof texts.argument - 1);
	r.argument = texts.argument;
	assert_int_equal(strlen(line_of("\"%J\"", &e)), 4 * (sizeof texts.argument - 1) + 2);
	for (size_t n = 1; n < 12; n++) {    /* what does not fit is left out */
		texts.argument[n] = '\0';
		strbuf_init(&out, text, sizeof text);
		extlog_line(&out, &f, &e);
		assert_int_equal(out.len, n < 7 ? 4 * n + 2 : 1);
		assert_int_equal(out.full, n >= 7);
		memset(texts.argument, '"', 16);
	}
}

static const char *json_of(const struct extlog_event *e)
{
	static char text[EXTLOG_LINE];
	const struct log_step step = { .what = LOG_JSON };
	const struct log_format f = { .steps = &step, .n = 1 };
	struct strbuf out;

	strbuf_init(&out, text, sizeof text);
	extlog_line(&out, &f, e);
	return text;
}

static void json(void **state)
{
	const struct closing end = { .files_in = 1, .files_out = 2, .bytes_in = 3, .bytes_out = 4 };
	struct command_record r = nothing;
	struct extlog_event e = event(&retr);

	(void)state;
	assert_string_equal(json_of(&e), "{\"time\": \"2026-01-05T04:03:02.012Z\", \"pid\": 77, "
	    "\"server\": \"my site\", \"peer\": \"192.0.2.7\", \"user\": \"ann\", \"verb\": "
	    "\"RETR\", \"argument\": \"a b\", \"path\": \"/srv/ann/in/a b\", \"code\": 226, "
	    "\"bytes\": 5, \"seconds\": 1.042, \"status\": \"success\"}\n");
	r.verb = "EXIT";
	e = event(&r);
	e.closing = &end;
	assert_string_equal(json_of(&e), "{\"time\": \"2026-01-05T04:03:02.012Z\", \"pid\": 77, "
	    "\"server\": \"my site\", \"peer\": \"192.0.2.7\", \"user\": \"ann\", \"verb\": "
	    "\"EXIT\", \"argument\": null, \"path\": null, \"code\": null, \"bytes\": null, "
	    "\"seconds\": 61.002, \"status\": null, \"files_in\": 1, \"bytes_in\": 3, "
	    "\"files_out\": 2, \"bytes_out\": 4, \"reason\": \"QUIT\"}\n");
}

/* A format of strftime has 63 bytes, and gives 255. */
static void formats_of_time(void **state)
{
	const struct extlog_event e = event(&nothing);
	char format[128], text[80];

	(void)state;
	memset(text, 'x', 64);
	text[63] = '\0';
	(void)snprintf(format, sizeof format, "%%{%s}t", text);
	assert_string_equal(line_of(format, &e), text);
	(void)snprintf(format, sizeof format, "%%{x%s}t", text);
	assert_string_equal(line_of(format, &e), "-");
	assert_string_equal(line_of("%{%255Y}t", &e) + 251, "2026");
	assert_string_equal(line_of("%{%256Y}t", &e), "-");
}

/* The longest that the boundary lets through, all of it escaped, in both forms. */
static void the_longest(void **state)
{
	static struct command_texts texts;
	struct command_record r = retr;
	struct extlog_event e = event(&r);
	size_t n;

	(void)state;
	memset(texts.argument, 0x1b, sizeof texts.argument - 1);
	memset(texts.path, 0x1b, sizeof texts.path - 1);
	memset(texts.text, 0x1b, sizeof texts.text - 1);
	r.argument = texts.argument;
	r.path = texts.path;
	r.text = texts.text;
	n = strlen(json_of(&e));
	assert_true(n > 4096 * 12 && n < EXTLOG_LINE - 1);
	assert_int_equal(json_of(&e)[n - 1], '\n');
	assert_true(strlen(line_of("%r %f %S", &e)) > 4096 * 8);
}

static void over_the_boundary(void **state)
{
	static struct command_texts texts;
	struct command_record r;
	struct msg m;

	(void)state;
	msg_start(&m, PRIV_COMMAND);
	msg_put_command(&m, &retr);
	m.pos = 0;
	msg_get_command(&m, &r, &texts);
	assert_true(msg_done(&m));
	assert_string_equal(r.verb, "RETR");
	assert_string_equal(r.path, "/in/a b");
	assert_int_equal(r.code, 226);
	assert_int_equal(r.size, 9);
	assert_int_equal(r.port, 2020);
	assert_int_equal(r.status, TRANSFER_SUCCESS);
	msg_start(&m, PRIV_COMMAND);
	r.code = 1000;
	msg_put_command(&m, &r);
	m.pos = 0;
	msg_get_command(&m, &r, &texts);
	assert_false(msg_done(&m));
	msg_start(&m, PRIV_COMMAND);
	r = retr;
	r.status = (enum transfer_status)TRANSFER_STATUSES;
	msg_put_command(&m, &r);
	m.pos = 0;
	msg_get_command(&m, &r, &texts);
	assert_false(msg_done(&m));
	assert_true(r.status < TRANSFER_STATUSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_variable), cmocka_unit_test(directories_and_renames),
		cmocka_unit_test(how_transfers_end), cmocka_unit_test(no_password),
		cmocka_unit_test(what_would_be_another_line), cmocka_unit_test(json),
		cmocka_unit_test(quotation_marks), cmocka_unit_test(formats_of_time),
		cmocka_unit_test(the_longest), cmocka_unit_test(over_the_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
