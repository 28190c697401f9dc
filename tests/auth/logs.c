/* The monitor's ExtendedLogs against a captured session: what it may write there, and how much. */
#include "tests/auth/fixture.h"

#include "config/logformat.h"

#include <sys/resource.h>
#include <sys/stat.h>

enum { FILE_MOST = 200000, FILES_MOST = HOSTS_MAX + 4 };

static void configure(const char *words)
{
	FILE *f = fopen(in_dir("conf"), "w");

	assert_non_null(f);
	(void)fprintf(f, "AuthPAM off\nUseReverseDNS off\nWtmpLog off\nTransferLog none\nLogFormat "
	    "v \"%%m %%E\"\nLogFormat all \"%%r|%%J|%%F|%%f|%%w|%%S\"\nServerAlias "
	    "main.example\nDefaultAddress 127.0.0.1\n<VirtualHost 127.0.0.1>\nAuthPAM "
	    "off\nServerAlias other.example\n</VirtualHost>\n<Global>\nSyslogLevel "
	    "info\nUserPassword root x\nSystemLog %s\n", in_dir("log"));
	(void)fprintf(f, "ExtendedLog %s %s\n</Global>\n", in_dir("ext"), words);
	assert_int_equal(fclose(f), 0);
	(void)unlink(in_dir("ext"));
}

/* What the log has; in pages of its own. */
static const char *written(void)
{
	static char text[1 << 20];
	int fd = open(in_dir("ext"), O_RDONLY);
	long n;

	assert_true(fd >= 0);
	n = read_file(fd, text, sizeof text - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(fd);
	return text;
}

static off_t size_written(void)
{
	struct stat st;

	assert_int_equal(stat(in_dir("ext"), &st), 0);
	return st.st_size;
}

static void command(int sock, uint32_t classes, const char *verb, const char *text)
{
	const struct command_record r = {
		.classes = classes, .verb = verb, .argument = text, .text = text, .path = text,
		.from = text,
	};

	msg_start(&out, PRIV_COMMAND);
	msg_put_command(&out, &r);
	(void)msg_send(sock, &out);
}

static void send_half(int sock)
{
	const struct command_record r = { .verb = "RETR", .argument = "", .text = "", .path = "",
	    .from = "" };

	msg_start(&out, PRIV_COMMAND);
	msg_put_command(&out, &r);
	out.len -= sizeof(uint32_t);
	(void)msg_send(sock, &out);
}

static void what_is_no_record(void **state)
{
	(void)state;
	configure("ALL v");
	is_crossed(send_half);
}

static void forge_an_end(int sock)
{
	command(sock, LOG_EXIT_CLASS, "EXIT", "x");
	command(sock, UINT32_MAX, "FORGED", "x");
	_exit(0);
}

static void the_end_is_the_monitors_word(void **state)
{
	(void)state;
	configure("EXIT v");
	assert_int_equal(serve(forge_an_end, false)->status, 0);
	assert_string_equal(written(), "EXIT session gone\n");
}

static void of_classes(int sock)
{
	command(sock, LOG_DIRS_CLASS, "CWD", "x");
	command(sock, LOG_DIRS_CLASS | LOG_WRITE_CLASS, "MKD", "x");
	command(sock, 0, "NONE", "x");
	command(sock, LOG_WRITE_CLASS, "STOR", "x");
	_exit(0);
}

static void what_is_in_a_class_that_is_left_out(void **state)
{
	(void)state;
	configure("ALL,!WRITE v");
	(void)serve(of_classes, false);
	assert_string_equal(written(), "CWD -\n");
	configure("DIRS,WRITE v");
	(void)serve(of_classes, false);
	assert_string_equal(written(), "CWD -\nMKD -\nSTOR -\n");
}

static void longest(int sock)
{
	static char text[PATHNAME_SIZE];

	memset(text, 0x1b, sizeof text - 1);
	command(sock, LOG_READ_CLASS, "RETR", text);
	command(sock, LOG_READ_CLASS, "NEXT", "y");
	_exit(0);
}

/* It is cut, and the next one is a line of its own. */
static void a_line_that_is_too_long(void **state)
{
	const char *first_end;

	(void)state;
	configure("READ all");
	(void)serve(longest, false);
	first_end = strchr(written(), '\n');
	assert_non_null(first_end);
	assert_true(first_end - written() > 60000 && first_end - written() < 65536);
	assert_string_equal(first_end + 1, "NEXT y|y|y|y|y|y\n");
}

static void many_long_ones(int sock)
{
	static char text[PATHNAME_SIZE];

	memset(text, 0x1b, sizeof text - 1);
	for (int i = 0; i < 2000; i++)
		command(sock, LOG_READ_CLASS, "RETR", text);
	_exit(0);
}

/* 2,000 lines of 64 KiB are no 128 MB: a session has 20,000 KiB, and 5,000 more a second. */
static void nobody_fills_a_disk(void **state)
{
	const struct outcome *o;

	(void)state;
	configure("READ all");
	o = serve(many_long_ones, false);
	assert_true(size_written() <= (off_t)(20000 + 5000 * (o->ms / 1000 + 2)) * 1100);
	assert_non_null(strstr(o->log, "lines of the ExtendedLog of this session dropped"));
	(void)unlink(in_dir("ext"));
}

static void on_a_full_disk(void **state)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY },
	    few = { FILE_MOST, RLIM_INFINITY };
	const struct outcome *o;
	const char *told;

	(void)state;
	configure("READ all");
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	o = serve(many_long_ones, false);
	(void)setrlimit(RLIMIT_FSIZE, &all);
	assert_int_equal(o->status, 0);
	assert_int_equal(size_written(), FILE_MOST);
	told = strstr(o->log, "no more is written");
	assert_non_null(told);
	assert_null(strstr(told + 1, "no more is written"));    /* told once */
}

/* Each session asks for the other server and leaves, as long as it is let. */
static void change_hosts(int sock)
{
	static struct handover h;
	int changes = shared->round;

	if (changes > 0 && (msg_recv(sock, &out) != 1 || out.type != PRIV_GO))
		_exit(99);
	msg_start(&out, PRIV_HOST);
	msg_put_str(&out, changes % 2 == 0 ? "other.example" : "");
	(void)msg_send(sock, &out);
	if (msg_recv(sock, &out) != 1)
		_exit(99);
	if (out.type == PRIV_RESULT) {
		command(sock, LOG_READ_CLASS, "RETR", "y");
		_exit(0);
	}
	shared->round++;
	msg_start(&out, PRIV_HANDOVER);
	msg_put_handover(&out, &h);
	(void)msg_send(sock, &out);
	_exit(0);
}

/* Another server's are closed: this has descriptors for fewer than were opened. */
static void as_many_servers_as_there_may_be(void **state)
{
	struct rlimit all, few;
	const struct outcome *o;

	(void)state;
	configure("READ all");
	shared->round = 0;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	few = all;
	few.rlim_cur = FILES_MOST;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	o = serve(change_hosts, false);
	(void)setrlimit(RLIMIT_NOFILE, &all);
	if (o->status != 0 || shared->round != HOSTS_MAX || strstr(o->log, "ExtendedLog") != NULL)
		fail_msg("status %d, %d changes, log:\n%s", o->status, shared->round, o->log);
	assert_string_equal(written(), "RETR y|y|y|y|y|y\n");
}

static int make(void **state)
{
	(void)state;
	return make_with(false);
}

static int clean_all(void **state)
{
	(void)unlink(in_dir("ext"));
	return clean(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_record),
		cmocka_unit_test(the_end_is_the_monitors_word),
		cmocka_unit_test(what_is_in_a_class_that_is_left_out),
		cmocka_unit_test(a_line_that_is_too_long),
		cmocka_unit_test(nobody_fills_a_disk),
		cmocka_unit_test(on_a_full_disk),
		cmocka_unit_test(as_many_servers_as_there_may_be),
	};

	return cmocka_run_group_tests(tests, make, clean_all);
}
