/* Data connections under TLS: what is handed over to the TLS process, and how it ends. */
#include "tests/session/tlsfixture.h"

#include <errno.h>

#define OPENING(name) "150 Opening BINARY mode data connection for " name
#define COMPLETE "226 Transfer complete.\r\n"
#define SHORT "426 The data connection ended without TLS's close_notify: " \
	"the upload is not complete.\r\n"

/* The replies to `line`, of which the TLS process's part is in the socket already. */
static void expect(const char *line, const char *answer)
{
	const char *got;

	prepare();
	got = run(line);
	if (strcmp(got, answer) != 0)
		fail_msg("%s: %s instead of %s", line, got, answer);
	assert_int_equal(f->s->data.protect, PROTECT_NONE);
	assert_int_equal(f->s->data.fd, -1);
}

static void hears_nothing(void)
{
	struct pollfd p = { .fd = channel, .events = POLLIN };

	assert_true(poll(&p, 1, 0) == 0 || (p.revents & POLLIN) == 0);
}

static void hears_open(bool reuse)
{
	int fd = hears(TLS_OPEN);

	assert_int_equal(msg_get_bool(&m), reuse);
	assert_true(msg_done(&m));
	assert_true(fd >= 0);
	(void)close(fd);
}

/* -- what goes well ------------------------------------------------------------- */

static void a_file_is_handed_over(void **state)
{
	char text[16] = "";
	int fd;

	(void)state;
	make_file("x", "hello");
	say_opened(0, "");
	say_progress(0);
	say_progress(3);
	say_progress(3);
	say_done(TLS_COMPLETE, 0, 5);
	expect("RETR x", OPENING("x (5 bytes).\r\n") COMPLETE);
	hears_open(true);
	fd = hears(TLS_SEND);
	assert_int_equal(msg_get_u64(&m), 0);
	assert_int_equal(msg_get_u64(&m), 5);
	assert_true(msg_done(&m));
	assert_int_equal(read(fd, text, sizeof text), 5);
	assert_string_equal(text, "hello");
	(void)close(fd);
	hears_nothing();
	assert_int_equal(f->s->bytes_out, 5);
	assert_int_equal(f->s->files_out, 1);
}

/* EPSV between REST and RETR keeps it; what is sent is the rest alone. */
static void the_rest_alone(void **state)
{
	(void)state;
	make_file("x", "hello");
	f->own.tls_options = TLS_NO_REUSE_REQUIRED;
	f->own.where[D_TLS_OPTIONS].line = 1;
	prepare();
	f->s->restart = 2;
	say_opened(0, "");
	say_done(TLS_COMPLETE, 0, 3);
	assert_string_equal(run("RETR x"), OPENING("x (5 bytes).\r\n") COMPLETE);
	hears_open(false);
	(void)close(hears(TLS_SEND));
	assert_int_equal(msg_get_u64(&m), 2);
	assert_int_equal(msg_get_u64(&m), 5);
}

static void an_upload_is_handed_over(void **state)
{
	int fd;

	(void)state;
	say_opened(0, "");
	say_done(TLS_COMPLETE, 0, 0);
	expect("STOR x", OPENING("x.\r\n") COMPLETE);
	hears_open(true);
	fd = hears(TLS_RECEIVE);
	assert_true(msg_get_u64(&m) > 1ULL << 62);
	assert_true(msg_done(&m));
	assert_int_equal(write(fd, "new", 3), 3);
	(void)close(fd);
	assert_string_equal(content("x"), "new");
	say_opened(0, "");
	say_done(TLS_COMPLETE, 0, 0);
	f->own.allow_store_restart = true;
	f->own.where[D_ALLOW_STORE_RESTART].line = 1;
	expect("APPE x", OPENING("x.\r\n") COMPLETE);
	hears_open(true);
	fd = hears(TLS_RECEIVE);
	assert_int_equal(write(fd, "er", 2), 2);
	(void)close(fd);
	assert_string_equal(content("x"), "newer");
}

static void a_listing_is_relayed(void **state)
{
	char text[256] = "";
	int fd;

	(void)state;
	make_file("x", "");
	say_opened(0, "");
	say_done(TLS_COMPLETE, 0, 3);
	expect("NLST", "150 Opening ASCII mode data connection for file list.\r\n" COMPLETE);
	hears_open(true);
	fd = hears(TLS_RELAY);
	assert_true(msg_get_bool(&m));
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 3);
	assert_string_equal(text, "x\r\n");
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 0);  /* and its end */
	(void)close(fd);
}

/* STAT asks in the middle: what the TLS process said last is told. */
static void stat_tells_the_progress(void **state)
{
	(void)state;
	make_file("x", "hello");
	prepare();
	assert_int_equal(send(f->client, "STAT\r\nQUIT\r\n", 12, 0), 12);
	say_opened(0, "");
	say_progress(4);
	say_done(TLS_COMPLETE, 0, 5);
	(void)run("RETR x");
	assert_non_null(strstr(f->text, "213 RETR /x: "));
	assert_non_null(strstr(f->text, " of 5 bytes"));
	assert_non_null(strstr(f->text, COMPLETE));
}

/* -- what does not come about ------------------------------------------------------ */

static void a_session_that_was_not_resumed(void **state)
{
	(void)state;
	make_file("old", "precious");
	say_opened(EPERM, "");
	say(TLS_CLOSED);
	expect("STOR new", OPENING("new.\r\n") "425 The data connection must resume the TLS "
	    "session of the control connection (a client's setting; NoSessionReuseRequired lifts "
	    "it).\r\n");
	hears_open(true);
	hears(TLS_CLOSE);
	assert_null(content("new"));
	say_opened(EPERM, "");
	say(TLS_CLOSED);
	prepare();
	(void)run("STOR old");
	assert_string_equal(content("old"), "precious");
	assert_false(f->s->ending);
	assert_memory_equal(run("NOOP"), "200", 3);
}

static void a_handshake_that_fails(void **state)
{
	(void)state;
	make_file("x", "");
	say_opened(EPROTO, "wrong\r\nversion");
	say(TLS_CLOSED);
	expect("RETR x", OPENING("x (0 bytes).\r\n") "425 TLS on the data connection failed.\r\n");
	say_opened(0xffffffff, "");
	say(TLS_CLOSED);
	expect("RETR x", OPENING("x (0 bytes).\r\n") "425 TLS on the data connection failed.\r\n");
	assert_false(f->s->ending);
}

static void a_handshake_without_end(void **state)
{
	(void)state;
	f->own.tls_timeout_handshake = 1;
	f->own.where[D_TLS_TIMEOUT_HANDSHAKE].line = 1;
	player = fork();
	if (player == 0) {
		(void)close(hears(TLS_OPEN));
		(void)hears(TLS_CLOSE);
		say(TLS_CLOSED);
		_exit(0);
	}
	expect("STOR x", OPENING("x.\r\n") "425 TLS on the data connection failed.\r\n");
	assert_null(content("x"));
	assert_false(f->s->ending);
}

static void abor_in_the_handshake(void **state)
{
	(void)state;
	prepare();
	assert_int_equal(send(f->client, "ABOR\r\n", 6, 0), 6);
	say(TLS_CLOSED);
	assert_string_equal(run("STOR x"), OPENING("x.\r\n") "426 Transfer aborted.\r\n");
	hears_open(true);
	hears(TLS_CLOSE);
	assert_null(content("x"));
	assert_false(f->s->ending);
}

/* -- ends that are none --------------------------------------------------------- */

static void an_upload_that_is_cut(void **state)
{
	(void)state;
	say_opened(0, "");
	say_progress(2);
	say_done(TLS_CUT, 0, 2);
	expect("STOR x", OPENING("x.\r\n") SHORT);
	assert_false(f->s->ending);
	f->own.hidden_stores.on = true;
	f->own.hidden_stores.prefix = ".in.";
	f->own.hidden_stores.suffix = ".";
	f->own.where[D_HIDDEN_STORES].line = 1;
	say_opened(0, "");
	say_done(TLS_CUT, 0, 2);
	expect("STOR y", OPENING("y.\r\n") SHORT);
	assert_null(content("y"));
	assert_int_equal(f->s->files_in, 0);
}

static void ends_and_their_replies(void **state)
{
	static const struct {
		enum tls_end how;
		uint32_t err;
		const char *line, *reply;
	} table[] = {
		{ TLS_NET, ECONNRESET, "RETR x", RESET }, { TLS_NET, 0, "RETR x",
		  "426 Data connection: Input/output error; transfer aborted.\r\n" },
		{ TLS_CUT, 0, "RETR x", RESET },
		{ TLS_DISK, EIO, "RETR x", "451 Input/output error.\r\n" },
		{ TLS_SHRUNK, 0, "RETR x", "451 The file became shorter; transfer aborted.\r\n" },
		{ TLS_DISK, ENOSPC, "STOR y", "452 No space left on device.\r\n" },
		{ TLS_DISK, EFBIG, "STOR y", "552 File too large.\r\n" },
		{ TLS_NET, EPIPE, "STOR y", RESET }, { TLS_NET, ECONNRESET, "NLST", RESET },
	};

	(void)state;
	make_file("x", "hello");
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *second;

		say_opened(0, "");
		say_done(table[i].how, table[i].err, 2);
		prepare();
		second = strstr(run(table[i].line), "\r\n");
		assert_non_null(second);
		assert_string_equal(second + 2, table[i].reply);
		assert_false(f->s->ending);
	}
}

/* MaxStoreFileSize is told from a file system's own bound, and a count beyond it is a forgery. */
static void a_file_that_may_not_grow(void **state)
{
	static const struct { uint64_t bytes; const char *reply; } table[] = {
		{ 2, "552 A file may have 2 bytes here; transfer aborted.\r\n" },
		{ 1, "552 File too large.\r\n" },
	};
	struct context here = { .kind = CTX_FTPACCESS, .path = "/.ftpaccess" };
	struct cap cap = { .most = 2, .context = &here, .where = { .line = 1 } };

	(void)state;
	f->own.max_store_file_size = &cap;
	f->own.where[D_MAX_STORE_FILE_SIZE].line = 1;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *second;

		say_opened(0, "");
		say_done(TLS_DISK, EFBIG, table[i].bytes);
		prepare();
		second = strstr(run("STOR y"), "\r\n");
		assert_non_null(second);
		assert_string_equal(second + 2, table[i].reply);
		assert_false(f->s->ending);
	}
	say_opened(0, "");
	say_done(TLS_DISK, EFBIG, 3);
	prepare();
	(void)run("STOR y");
	assert_true(f->s->ending);
	assert_string_equal(f->s->end_reason, "TLS process out of order");
}

static void abor_ends_it(void **state)
{
	char byte;

	(void)state;
	make_file("x", "hello");
	prepare();
	player = fork();
	if (player == 0) {
		say_opened(0, "");
		(void)close(hears(TLS_OPEN));
		(void)close(hears(TLS_SEND));
		(void)send(f->client, "ABOR\r\n", 6, 0);
		(void)hears(TLS_CLOSE);
		say_progress(3);             /* on their way when it was told to close */
		say_done(TLS_NET, EPIPE, 3);
		say(TLS_CLOSED);
		_exit(0);
	}
	(void)run("RETR x");
	assert_non_null(strstr(f->text, "426 Transfer aborted.\r\n"));
	assert_true(recv(data, &byte, 1, 0) < 0);    /* reset: half a file must not look whole */
	assert_int_equal(errno, ECONNRESET);
	assert_false(f->s->ending);
}

/* -- relays that something comes out of ------------------------------------------------- */

/* The TLS process: send `text` into the relay, end it, and say how it ended. */
static void play_upload(const char *text, enum tls_end how)
{
	player = fork();
	if (player == 0) {
		int fd;

		say_opened(0, "");
		(void)close(hears(TLS_OPEN));
		fd = hears(TLS_RELAY);
		if (msg_get_bool(&m) || write(fd, text, strlen(text)) < 0)
			_exit(1);
		(void)close(fd);
		say_done(how, 0, strlen(text));
		_exit(0);
	}
}

static void an_ascii_upload(void **state)
{
	(void)state;
	(void)run("TYPE A");
	play_upload("a\r\nb\r\n", TLS_COMPLETE);
	expect("STOR x", "150 Opening ASCII mode data connection for x.\r\n" COMPLETE);
	assert_string_equal(content("x"), "a\nb\n");
}

static void an_ascii_upload_that_is_cut(void **state)
{
	(void)state;
	(void)run("TYPE A");
	play_upload("a\r\nb", TLS_CUT);
	expect("STOR x", "150 Opening ASCII mode data connection for x.\r\n" SHORT);
	assert_int_equal(f->s->files_in, 0);
}

static void an_ascii_download(void **state)
{
	(void)state;
	make_file("x", "a\nb\n");
	(void)run("TYPE A");
	player = fork();
	if (player == 0) {
		char text[16] = "";
		int fd;

		say_opened(0, "");
		(void)close(hears(TLS_OPEN));
		fd = hears(TLS_RELAY);
		(void)fcntl(fd, F_SETFL, 0);
		say_done(msg_get_bool(&m) && recv(fd, text, sizeof text, MSG_WAITALL) == 6 &&
		    strcmp(text, "a\r\nb\r\n") == 0 ? TLS_COMPLETE : TLS_NET, ECONNRESET, 6);
		_exit(0);
	}
	expect("RETR x", "150 Opening ASCII mode data connection for x (4 bytes).\r\n" COMPLETE);
}

/* The relay breaks in the middle: the reason is the network's, as the TLS process has it. */
static void a_download_whose_relay_ends(void **state)
{
	static char big[1 << 21];
	int fd;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	make_file("x", big);
	(void)run("TYPE A");
	player = fork();
	if (player == 0) {
		say_opened(0, "");
		(void)close(hears(TLS_OPEN));
		fd = hears(TLS_RELAY);
		say_done(TLS_NET, ETIMEDOUT, 0);
		(void)close(fd);
		(void)hears(TLS_CLOSE);
		say(TLS_CLOSED);
		_exit(0);
	}
	prepare();
	(void)run("RETR x");
	assert_non_null(strstr(f->text,
	    "426 Data connection: Connection timed out; transfer aborted.\r\n"));
	assert_int_equal(f->s->data.protect, PROTECT_NONE);
	assert_false(f->s->ending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_handed_over), TEST(the_rest_alone), TEST(an_upload_is_handed_over),
		TEST(a_listing_is_relayed), TEST(stat_tells_the_progress),
		TEST(a_session_that_was_not_resumed), TEST(a_handshake_that_fails),
		TEST(a_handshake_without_end), TEST(abor_in_the_handshake),
		TEST(an_upload_that_is_cut), TEST(ends_and_their_replies),
		TEST(a_file_that_may_not_grow), TEST(abor_ends_it), TEST(an_ascii_upload),
		TEST(an_ascii_upload_that_is_cut), TEST(an_ascii_download),
		TEST(a_download_whose_relay_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
