/* The argument of HOST. */
#include "session/host.h"

#include "config/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *arg, enum host_kind want, const char *text)
{
	STRBUF(address, 64);
	char name[HOST_SIZE];
	struct addr a;
	enum host_kind kind = host_parse(arg, name, &a);

	if (kind != want)
		fail_msg("%s: kind %d instead of %d", arg, kind, want);
	if (kind == HOST_ADDRESS)
		addr_text(&a, &address);
	assert_string_equal(kind == HOST_ADDRESS ? address.buf : name, text);
}

static void names(void **state)
{
	(void)state;
	is("ftp.example.org", HOST_NAME, "ftp.example.org");
	is("FTP.Example.org.", HOST_NAME, "FTP.Example.org");
	is("localhost", HOST_NAME, "localhost");
	is("a_b-c.1.x9", HOST_NAME, "a_b-c.1.x9");
	is("1.2.3.4.example", HOST_NAME, "1.2.3.4.example");
}

static void addresses(void **state)
{
	(void)state;
	is("192.0.2.1", HOST_ADDRESS, "192.0.2.1");
	is("[2001:db8::1]", HOST_ADDRESS, "2001:db8::1");
	is("[::ffff:192.0.2.1]", HOST_ADDRESS, "192.0.2.1");
}

static void neither(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "a..b", ".a", "a..", "a b", "a/b", "*", "?", "*.example", "a,b",
		"a:b", "::1", "2001:db8::1", "[", "]", "[]", "[::1", "::1]", "[192.0.2.1]",
		"[a.example]", "[::1]x", "[[::1]]", "[fe80::1%lo]", "1.2.3", "1.2.3.4.",
		"256.1.1.1", "1.2.3.4.5", "12", "\xc3\xa4.example", "a\r", "a\n", "a%n", "a\x01",
		"a\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is(bad[i], HOST_MALFORMED, "");
}

static void lengths(void **state)
{
	char text[400], name[HOST_SIZE];
	struct addr a;

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 63; i < sizeof text; i += 64)
		text[i] = '.';
	text[253] = '\0';
	assert_int_equal(host_parse(text, name, &a), HOST_NAME);
	assert_int_equal(strlen(name), 253);
	memcpy(text + 253, ".", 2);
	assert_int_equal(host_parse(text, name, &a), HOST_NAME);
	memcpy(text + 253, "a", 2);
	assert_int_equal(host_parse(text, name, &a), HOST_MALFORMED);
	memset(text, 'a', sizeof text);
	text[64] = '\0';
	assert_int_equal(host_parse(text, name, &a), HOST_MALFORMED);
	text[63] = '\0';
	assert_int_equal(host_parse(text, name, &a), HOST_NAME);
	memset(text, ':', sizeof text);
	text[0] = '[';
	text[398] = ']';
	text[399] = '\0';
	assert_int_equal(host_parse(text, name, &a), HOST_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(addresses), cmocka_unit_test(neither),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
