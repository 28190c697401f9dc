/* What a ClientHello says about names and protocols, before anybody believes it. */
#include "tls/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#ifdef WITH_TLS

static bool name_of(const char *bytes, size_t n, char out[HOST_SIZE])
{
	return peer_parse_server_name((const unsigned char *)bytes, n, out);
}

#define NAME(bytes, out) name_of(bytes, sizeof bytes - 1, out)

static void test_server_name(void **state)
{
	char name[HOST_SIZE];

	(void)state;
	assert_true(NAME("\0\5\0\0\2a.", name));
	assert_string_equal(name, "a.");
	assert_true(NAME("\0\16\0\0\13ftp.example", name));
	assert_string_equal(name, "ftp.example");
}

static void test_malformed_server_names(void **state)
{
	static char longest[5 + HOST_SIZE];
	char name[HOST_SIZE];

	(void)state;
	assert_false(NAME("", name));
	assert_false(NAME("\0\0", name));
	assert_false(NAME("\0\3\0\0\0", name));              /* empty */
	assert_false(NAME("\0\5\0\0\3ab", name));            /* shorter than it says */
	assert_false(NAME("\0\5\0\0\1ab", name));            /* longer */
	assert_false(NAME("\0\6\0\0\2ab", name));
	assert_false(NAME("\0\5\1\0\2ab", name));            /* no host name */
	assert_false(NAME("\0\5\0\0\2a\0", name));           /* "a" to one, "a\0" to another */
	assert_false(NAME("\0\12\0\0\2ab\0\0\2cd", name));   /* two names */
	memset(longest, 'a', sizeof longest);
	longest[0] = (HOST_SIZE + 3) >> 8;
	longest[1] = (char)(HOST_SIZE + 3);
	longest[2] = 0;
	longest[3] = HOST_SIZE >> 8;
	longest[4] = (char)HOST_SIZE;
	assert_false(name_of(longest, sizeof longest, name));
}

static bool finds(const char *list, size_t n, bool data, const char *want)
{
	const unsigned char *found = NULL;
	unsigned char len = 0;

	if (!peer_find_protocol((const unsigned char *)list, n, data, &found, &len))
		return false;
	assert_int_equal(len, strlen(want));
	assert_memory_equal(found, want, len);
	return true;
}

#define FINDS(list, data, want) finds(list, sizeof list - 1, data, want)

static void test_protocols(void **state)
{
	(void)state;
	assert_true(FINDS("\3ftp", false, "ftp"));
	assert_true(FINDS("\2h2\10http/1.1\3ftp", false, "ftp"));
	assert_true(FINDS("\17x-filezilla-ftp\3ftp", false, "ftp"));
	assert_true(FINDS("\10ftp-data", true, "ftp-data"));
	assert_true(FINDS("\10ftp-data\3ftp", true, "ftp"));
	assert_false(FINDS("\10ftp-data", false, ""));
	assert_false(FINDS("\10http/1.1", false, ""));
}

static void test_protocols_that_only_look_alike(void **state)
{
	(void)state;
	assert_false(FINDS("", false, ""));
	assert_false(FINDS("\5x\3ftp", false, ""));     /* the bytes of "ftp" inside another name */
	assert_false(FINDS("\3FTP", false, ""));
	assert_false(FINDS("\4ftp", false, ""));        /* shorter than it says */
	assert_false(FINDS("\3ft", false, ""));
	assert_false(FINDS("\0\0\0", false, ""));
	assert_false(FINDS("\377ftp", false, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_name),
		cmocka_unit_test(test_malformed_server_names),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_protocols_that_only_look_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 0;
}

#endif
