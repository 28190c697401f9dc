/* Moving bytes: exactly the announced ones, from any offset, and what a bad end is called. */
#include "session/copy.h"

#include "config/io.h"
#include "tests/session/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

static struct fixture *f;
static int data, file;

static int begin(void **state)
{
	int pair[2], size = 4 << 20;

	(void)state;
	f = fixture_new(SOCK_STREAM);
	f->s->logged_in = true;
	f->s->last_input = clock_ms();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
	assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
	f->s->data.fd = pair[0];
	f->s->data.verb = "RETR";
	data = pair[1];
	file = memfd_create("file", MFD_CLOEXEC);
	assert_true(file >= 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(data);
	(void)close(file);
	(void)close(f->s->data.fd);
	fixture_free(f);
	return 0;
}

static void content(const char *text)
{
	assert_int_equal(pwrite(file, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void expect(const char *text)
{
	char got[256];
	ssize_t n = recv(data, got, sizeof got - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, text);
}

static void never_more_than_announced(void **state)
{
	(void)state;
	content("0123456789");
	for (int kernel = 0; kernel < 2; kernel++) {
		struct copy_result r = copy_send(f->s, file, 0, 4, false, kernel);

		assert_int_equal(r.end, COPY_DONE);
		assert_int_equal(r.bytes, 4);
		expect("0123");
		r = copy_send(f->s, file, 8, 10, false, kernel);
		assert_int_equal(r.end, COPY_DONE);
		expect("89");
	}
}

static void a_shorter_file_is_not_filled_up(void **state)
{
	(void)state;
	content("01234");
	for (int kernel = 0; kernel < 2; kernel++) {
		struct copy_result r = copy_send(f->s, file, 2, 10, false, kernel);

		assert_int_equal(r.end, COPY_SHRUNK);
		assert_int_equal(r.bytes, 3);
		expect("234");
	}
}

static void ascii_counts_the_files_bytes(void **state)
{
	struct copy_result r;

	(void)state;
	content("a\nb\n");
	r = copy_send(f->s, file, 0, 4, true, true);
	assert_int_equal(r.end, COPY_DONE);
	assert_int_equal(r.bytes, 4);
	expect("a\r\nb\r\n");
}

/* sendfile that refuses midway: a directory can't be read, and whose fault it is gets known. */
static void a_file_that_cannot_be_read(void **state)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copy_result r = copy_send(f->s, dir, 0, 10, false, true);

	(void)state;
	assert_int_equal(r.end, COPY_FILE);
	assert_int_equal(r.err, -EISDIR);
	(void)close(dir);
}

static void a_peer_that_left(void **state)
{
	struct copy_result r;

	(void)state;
	content("0123456789");
	assert_int_equal(shutdown(data, SHUT_RD), 0);
	r = copy_send(f->s, file, 0, 10, false, false);
	assert_int_equal(r.end, COPY_NET);
	assert_int_equal(r.err, -EPIPE);
	assert_int_equal(r.bytes, 0);
}

static void received_to_the_end(void **state)
{
	struct copy_result r;
	char got[16] = "";

	(void)state;
	assert_int_equal(send(data, "a\r\nb\r", 5, 0), 5);
	assert_int_equal(shutdown(data, SHUT_WR), 0);
	r = copy_receive(f->s, file, true, UINT64_MAX);
	assert_int_equal(r.end, COPY_DONE);
	assert_int_equal(r.bytes, 4);
	assert_int_equal(pread(file, got, sizeof got, 0), 4);
	assert_string_equal(got, "a\nb\r");
}

/* MaxStoreFileSize: as many bytes of the file, not of the wire, and not one more. */
static void no_more_than_allowed(void **state)
{
	static const struct { const char *sent; bool ascii; uint64_t most; const char *kept;
	    bool over; } t[] = {
		{ "0123456789", false, 10, "0123456789", false },
		{ "0123456789", false, 9, "012345678", true },
		{ "0123456789", false, 0, "", true }, { "", false, 0, "", false },
		{ "ab\r\ncd\r\n", true, 6, "ab\ncd\n", false },
		{ "ab\r\ncd\r\n", true, 5, "ab\ncd", true },
		{ "abc\r", true, 4, "abc\r", false }, { "abc\r", true, 3, "abc", true },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct copy_result r;
		char got[16] = "";

		(void)begin(state);
		assert_int_equal(send(data, t[i].sent, strlen(t[i].sent), 0),
		    (ssize_t)strlen(t[i].sent));
		assert_int_equal(shutdown(data, SHUT_WR), 0);
		r = copy_receive(f->s, file, t[i].ascii, t[i].most);
		assert_int_equal(r.end, t[i].over ? COPY_OVER : COPY_DONE);
		assert_int_equal(r.bytes, strlen(t[i].kept));
		assert_int_equal(pread(file, got, sizeof got, 0), (ssize_t)strlen(t[i].kept));
		assert_string_equal(got, t[i].kept);
		(void)end(state);
	}
}

/* The client was killed: both connections end at once, and the file is not whole. */
static void both_connections_end(void **state)
{
	struct copy_result r;

	(void)state;
	assert_int_equal(send(data, "part", 4, 0), 4);
	assert_int_equal(shutdown(data, SHUT_WR), 0);
	assert_int_equal(shutdown(f->client, SHUT_WR), 0);
	r = copy_receive(f->s, file, false, UINT64_MAX);
	assert_int_equal(r.end, COPY_NET);
	assert_int_equal(r.bytes, 4);
}

static void abor_ends_it(void **state)
{
	struct copy_result r;

	(void)state;
	assert_int_equal(send(f->client, "ABOR\r\n", 6, 0), 6);
	r = copy_receive(f->s, file, false, UINT64_MAX);
	assert_int_equal(r.end, COPY_ABORTED);
}

static void a_full_disk_is_the_files_error(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct copy_result r;

	(void)state;
	assert_int_equal(send(data, "x", 1, 0), 1);
	assert_int_equal(shutdown(data, SHUT_WR), 0);
	r = copy_receive(f->s, full, false, UINT64_MAX);
	assert_int_equal(r.end, COPY_FILE);
	assert_int_equal(r.err, -ENOSPC);
	(void)close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(never_more_than_announced, begin, end),
		cmocka_unit_test_setup_teardown(a_shorter_file_is_not_filled_up, begin, end),
		cmocka_unit_test_setup_teardown(ascii_counts_the_files_bytes, begin, end),
		cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read, begin, end),
		cmocka_unit_test_setup_teardown(a_peer_that_left, begin, end),
		cmocka_unit_test_setup_teardown(received_to_the_end, begin, end),
		cmocka_unit_test(no_more_than_allowed),
		cmocka_unit_test_setup_teardown(both_connections_end, begin, end),
		cmocka_unit_test_setup_teardown(abor_ends_it, begin, end),
		cmocka_unit_test_setup_teardown(a_full_disk_is_the_files_error, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
