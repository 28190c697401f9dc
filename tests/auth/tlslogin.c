/* ~/.tlslogin: which certificates a text holds. */
#include "auth/tlslogin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 64 };

/* What the certificates of a text are, one behind the other with `|` between them. */
static const char *found(const char *text)
{
	static char out[1024];
	const char *at = text, *end = text + strlen(text);
	unsigned char der[ROOM];
	size_t n, len = 0;

	while ((n = tlslogin_next(&at, end, der, sizeof der)) > 0) {
		if (len > 0)
			out[len++] = '|';
		memcpy(out + len, der, n);
		len += n;
	}
	assert_ptr_equal(at, end);
	out[len] = '\0';
	return out;
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

static void certificates_are_found(void **state)
{
	(void)state;
	assert_string_equal(found(""), "");
	assert_string_equal(found(BEGIN "Zm9v\n" END), "foo");
	assert_string_equal(found(BEGIN "Zm9v\nYmFy\n" END BEGIN "YQ==\n" END), "foobar|a");
	assert_string_equal(found("# mine\n" BEGIN "Zm8=\n" END "text\n"), "fo");
	assert_string_equal(found("-----BEGIN CERTIFICATE-----\r\nZm9v\r\n-----END "
	    "CERTIFICATE-----"), "foo");
	assert_string_equal(found("-----BEGIN X509 CERTIFICATE-----\nZm9v\n" END), "foo");
	assert_string_equal(found("-----BEGIN TRUSTED CERTIFICATE-----\nZm9v\n" END), "foo");
}

static void what_is_none_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(found("Zm9v\n" END), "");
	assert_string_equal(found(BEGIN "Zm9v\n"), "");                 /* cut off */
	assert_string_equal(found(BEGIN END), "");
	assert_string_equal(found("-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n"),
	    "");
	assert_string_equal(found("-----BEGIN CERTIFICATE REQUEST-----\nZm9v\n" END), "");
	assert_string_equal(found(BEGIN "Zm!v\n" END BEGIN "YmFy\n" END), "bar");
	assert_string_equal(found(BEGIN "Zm8=Zm8=\n" END), "");
	/* the first of them never ends */
	assert_string_equal(found(BEGIN BEGIN "Zm9v\n" END), "foo");
	assert_string_equal(found(" " BEGIN "Zm9v\n" END), "");
}

static void one_that_is_too_large_is_passed_over(void **state)
{
	char text[512] = BEGIN;

	(void)state;
	for (int i = 0; i < ROOM / 3 + 1; i++)
		strcat(text, "Zm9v\n");
	strcat(text, END BEGIN "YmFy\n" END);
	assert_string_equal(found(text), "bar");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_found),
		cmocka_unit_test(what_is_none_is_passed_over),
		cmocka_unit_test(one_that_is_too_large_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
