#ifndef TESTS_AUTH_TLSFIXTURE_H
#define TESTS_AUTH_TLSFIXTURE_H

/* What sessions that want TLS have in common, and TLS processes that a test plays. */
#include "tests/auth/fixture.h"

static struct msg in;

static inline void ask(int sock, uint32_t type)
{
	msg_start(&out, type);
	(void)msg_send(sock, &out);
}

/* PRIV_TLS, or exit with 99: what errno came? */
static inline uint32_t prepare(int sock)
{
	uint32_t err;

	ask(sock, PRIV_TLS);
	if (msg_recv(sock, &in) != 1 || in.type != PRIV_RESULT)
		_exit(99);
	err = msg_get_u32(&in);
	return err;
}

/* All of it; the exit status tells the errno, or that the plain end works. */
static inline void shake_hands(int sock)
{
	uint32_t err;

	if (prepare(sock) != 0)
		_exit(98);
	ask(sock, PRIV_TLS_START);
	if (msg_recv(sock, &in) != 1 || in.type != PRIV_DESCRIPTOR)
		_exit(99);
	err = msg_get_u32(&in);
	if (err != 0)
		_exit((int)err);
	_exit(in.fd >= 0 && write(in.fd, "hello", 5) == 5 ? 0 : 97);
}

/* -- what a TLS process does -- */

static unsigned files;

/* Take what is to be loaded. */
static inline void take(const struct tls_start *start)
{
	static struct tls_settings settings;
	char name[TEXT_SIZE];

	files = 0;
	do {
		if (msg_recv(start->monitor, &in) != 1)
			_exit(0);
		if (in.type == TLS_SETTINGS)
			msg_get_tls_settings(&in, &settings);
		if (in.type == TLS_FILE) {
			(void)msg_get_u32(&in);
			msg_get_str(&in, name, sizeof name);
			files += in.fd >= 0;
			(void)close(in.fd);
			in.fd = -1;
		}
		if (!msg_done(&in))
			_exit(1);
	} while (in.type != TLS_LOAD);
}

static inline void loaded(const struct tls_start *start, bool good, const char *why)
{
	msg_start(&out, TLS_LOADED);
	msg_put_u32(&out, good);
	msg_put_str(&out, why);
	(void)msg_send(start->monitor, &out);
}

/* … and await TLS_START. */
static inline void load(const struct tls_start *start)
{
	take(start);
	loaded(start, true, "");
	if (msg_recv(start->monitor, &in) != 1 || in.type != TLS_START)
		_exit(0);
}

static inline void put_text(const struct tls_start *start, uint32_t message, const char *text)
{
	msg_start(&out, message);
	msg_put_str(&out, text);
	(void)msg_send(start->monitor, &out);
}

static inline void up(const struct tls_start *start)
{
	static const struct tls_peer peer = { .protocol = "TLSv1.3\n", .cipher = "AES",
	    .bits = 128 };

	msg_start(&out, TLS_UP);
	msg_put_tls_peer(&out, &peer);
	(void)msg_send(start->monitor, &out);
}

static inline int make(void **state)
{
	int fd;

	(void)state;
	if (make_with(true) < 0)
		return -1;
	fd = open(in_dir("pem"), O_WRONLY | O_CREAT, 0600);  /* nobody reads it here */
	return fd < 0 ? -1 : close(fd);
}

#endif
