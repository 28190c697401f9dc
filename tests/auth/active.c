/* Whom the monitor connects to for a session, whatever the session says. */
#include "auth/active.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct addr at(const char *text, in_port_t port)
{
	struct addr a;

	assert_true(addr_parse(&a, text));
	a.port = port;
	return a;
}

static void targets(void **state)
{
	static const struct {
		const char *peer, *target;
		in_port_t port;
		bool plain, foreign;     /* allowed, without and with AllowForeignAddress */
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", 1024, true, true },
		{ "192.0.2.1", "192.0.2.1", 65535, true, true },
		{ "192.0.2.1", "192.0.2.1", 1023, false, false },
		{ "192.0.2.1", "192.0.2.1", 25, false, false },
		{ "192.0.2.1", "192.0.2.1", 0, false, false },
		{ "192.0.2.1", "192.0.2.2", 5000, false, true },
		{ "192.0.2.1", "192.0.2.2", 22, false, false },
		{ "192.0.2.1", "127.0.0.1", 5000, false, false },
		{ "192.0.2.1", "127.9.9.9", 5000, false, false },
		{ "127.0.0.1", "127.0.0.1", 5000, true, true },
		{ "192.0.2.1", "0.0.0.0", 5000, false, false },
		{ "192.0.2.1", "224.0.0.1", 5000, false, false },
		{ "192.0.2.1", "255.255.255.255", 5000, false, false },
		{ "192.0.2.1", "::ffff:192.0.2.1", 5000, true, true },
		{ "192.0.2.1", "::ffff:127.0.0.1", 5000, false, false },
		{ "2001:db8::1", "2001:db8::1", 5000, true, true },
		{ "2001:db8::1", "2001:db8::2", 5000, false, true },
		{ "2001:db8::1", "::1", 5000, false, false },
		{ "2001:db8::1", "::", 5000, false, false },
		{ "2001:db8::1", "ff02::1", 5000, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct addr peer = at(rows[i].peer, 40000),
		    target = at(rows[i].target, rows[i].port);

		if (active_allowed(&peer, &target, false) != rows[i].plain ||
		    active_allowed(&peer, &target, true) != rows[i].foreign)
			fail_msg("%s to %s port %u", rows[i].peer, rows[i].target,
			    (unsigned)rows[i].port);
	}
}

static void no_address_is_no_target(void **state)
{
	struct addr peer = at("192.0.2.1", 40000), none = { .port = 5000 };

	(void)state;
	assert_false(active_allowed(&peer, &none, false));
	assert_false(active_allowed(&none, &none, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(no_address_is_no_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
