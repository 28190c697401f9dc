/* Addresses: a v4-mapped peer is an IPv4 peer everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/addr.h"
#include "config/strbuf.h"

#include <string.h>
#include <sys/socket.h>

static struct addr of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(&a, text));
	return a;
}

static void reading(void **state)
{
	struct addr a;

	(void)state;
	assert_int_equal(of("10.1.2.3").family, AF_INET);
	assert_int_equal(of("2001:db8::7").family, AF_INET6);
	assert_int_equal(of("::ffff:10.1.2.3").family, AF_INET);
	assert_false(addr_parse(&a, "10.1.2"));
	assert_false(addr_parse(&a, "10.1.2.256"));
	assert_false(addr_parse(&a, "010.1.2.3"));
	assert_false(addr_parse(&a, "host.example"));
	assert_false(addr_parse(&a, "[::1]"));
	assert_false(addr_parse(&a, ""));
	assert_int_equal(a.family, 0);
}

static void writing(void **state)
{
	static const char *const texts[] = { "10.1.2.3", "2001:db8::7", "::1", "255.255.255.255" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct addr a = of(texts[i]);
		STRBUF(b, 64);

		addr_text(&a, &b);
		assert_string_equal(b.buf, texts[i]);
	}
}

static void mapped_peer_is_ipv4(void **state)
{
	struct addr a = of("192.0.2.9"), back;
	struct sockaddr_storage ss;

	(void)state;
	a.port = 2121;
	assert_int_equal(addr_to(&a, true, &ss), sizeof(struct sockaddr_in6));
	assert_int_equal(ss.ss_family, AF_INET6);
	assert_true(addr_from(&back, &ss));
	assert_int_equal(back.family, AF_INET);
	assert_int_equal(back.port, 2121);
	assert_true(addr_same_host(&a, &back));
	ss.ss_family = AF_UNIX;
	assert_false(addr_from(&back, &ss));
}

static void kinds(void **state)
{
	static const struct { const char *text; bool any, loop, nobody, priv; } t[] = {
		{ "0.0.0.0", true, false, true, false },
		{ "::", true, false, true, false },
		{ "127.0.0.2", false, true, false, true },
		{ "::1", false, true, false, true },
		{ "224.0.0.1", false, false, true, false },
		{ "255.255.255.255", false, false, true, false },
		{ "ff02::1", false, false, true, false },
		{ "0.1.2.3", false, false, true, false },
		{ "10.0.0.1", false, false, false, true },
		{ "172.31.0.1", false, false, false, true },
		{ "172.32.0.1", false, false, false, false },
		{ "192.168.1.1", false, false, false, true },
		{ "fd00::1", false, false, false, true },
		{ "fe80::1", false, false, false, true },
		{ "2001:db8::1", false, false, false, false },
		{ "::ffff:192.168.1.1", false, false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct addr a = of(t[i].text);

		assert_int_equal(addr_is_any(&a), t[i].any);
		assert_int_equal(addr_is_loopback(&a), t[i].loop);
		assert_int_equal(addr_is_nobody(&a), t[i].nobody);
		assert_int_equal(addr_is_private(&a), t[i].priv);
	}
}

static void comparing(void **state)
{
	struct addr four = of("127.0.0.1"), six = of("::1"), none = { .family = 0 },
	    other = of("127.0.0.2");

	(void)state;
	assert_true(addr_same_host(&four, &four));
	assert_true(addr_same_host(&six, &six));
	assert_false(addr_same_host(&four, &six));
	assert_false(addr_same_host(&four, &other));
	assert_false(addr_same_host(&none, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading), cmocka_unit_test(writing),
		cmocka_unit_test(mapped_peer_is_ipv4),
		cmocka_unit_test(kinds), cmocka_unit_test(comparing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
