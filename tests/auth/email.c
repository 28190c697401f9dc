/* AnonCheckEmail: what looks like an address, and whose domain takes mail. */
#include "auth/email.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void any(void **state)
{
	(void)state;
	assert_true(email_shaped("", EMAIL_ANY));
	assert_true(email_shaped("foo", EMAIL_ANY));
}

static void one_at_between_two_parts(void **state)
{
	(void)state;
	assert_true(email_shaped("a@b", EMAIL_AT));
	assert_true(email_shaped("any thing@\x1b", EMAIL_AT));
	assert_false(email_shaped("", EMAIL_AT));
	assert_false(email_shaped("foo", EMAIL_AT));
	assert_false(email_shaped("@", EMAIL_AT));
	assert_false(email_shaped("a@", EMAIL_AT));
	assert_false(email_shaped("@b", EMAIL_AT));
	assert_false(email_shaped("a@b@c", EMAIL_AT));
	assert_false(email_shaped("a@@b", EMAIL_AT));
}

static void a_mailbox(void **state)
{
	static const char *const good[] = {
		"me@example.net", "a@b", "a.b+c/d=e_f@x-1.example",
		"!#$%&'*+-/=?^_`{|}~@example.org", "1@1.2.example",
	};
	static const char *const bad[] = {
		"me", "me@", "@example.net", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "a@b c",
		"a@.b", "a@b.",
		"a@b..c", "a@-b.c", "a@b-.c", "a@b_c", "a@[192.0.2.1]", "\"a b\"@c.d", "a@b\r\n",
		    "a\x01@b",
		"\xc3\xa9@b.c", "a@b@c", "a,b@c", "<a@b>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (!email_shaped(good[i], EMAIL_SYNTAX))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (email_shaped(bad[i], EMAIL_SYNTAX) || email_shaped(bad[i], EMAIL_DOMAIN))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void lengths(void **state)
{
	char text[600];

	(void)state;
	(void)snprintf(text, sizeof text, "%064d@b", 1);
	assert_true(email_shaped(text, EMAIL_SYNTAX));
	(void)snprintf(text, sizeof text, "%065d@b", 1);
	assert_false(email_shaped(text, EMAIL_SYNTAX));
	(void)snprintf(text, sizeof text, "a@%063d.b", 1);
	assert_true(email_shaped(text, EMAIL_SYNTAX));
	(void)snprintf(text, sizeof text, "a@%064d.b", 1);
	assert_false(email_shaped(text, EMAIL_SYNTAX));
	(void)snprintf(text, sizeof text, "a@%063d.%063d.%063d.%061d", 1, 1, 1, 1);
	assert_true(email_shaped(text, EMAIL_SYNTAX));
	(void)snprintf(text, sizeof text, "a@%063d.%063d.%063d.%062d", 1, 1, 1, 1);
	assert_false(email_shaped(text, EMAIL_SYNTAX));
}

#define HEADER(answers) "\x12\x34\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION "\7example\3net\0\0\17\0\1"
#define MX(len, host) "\xc0\x0c\0\17\0\1\0\0\0\x3c\0" len "\0\12" host
#define CNAME "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x14"
#define MAIL_OF(bytes) email_mx((const unsigned char *)(bytes), sizeof(bytes) - 1)

static void answers_of_name_servers(void **state)
{
	static const char whole[] = HEADER("\2") QUESTION CNAME MX("\7", "\2mx\xc0\x0c");

	(void)state;
	assert_int_equal(MAIL_OF(HEADER("\1") QUESTION MX("\7", "\2mx\xc0\x0c")), TAKES_MAIL);
	assert_int_equal(MAIL_OF(whole), TAKES_MAIL);
	assert_int_equal(MAIL_OF(HEADER("\1") QUESTION MX("\3", "\0")), NO_MAIL);
	assert_int_equal(MAIL_OF(HEADER("\2") QUESTION MX("\3", "\0") MX("\7", "\2mx\xc0\x0c")),
	    TAKES_MAIL);
	assert_int_equal(MAIL_OF(HEADER("\1") QUESTION CNAME), NO_ANSWER);
	assert_int_equal(MAIL_OF(HEADER("\0") QUESTION), NO_ANSWER);
	assert_int_equal(MAIL_OF(""), NO_ANSWER);
	/* what is cut short holds no more than what is there */
	for (size_t n = 0; n < sizeof whole - 1; n++)
		assert_int_equal(email_mx((const unsigned char *)whole, n), NO_ANSWER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any), cmocka_unit_test(one_at_between_two_parts),
		cmocka_unit_test(a_mailbox),
		cmocka_unit_test(lengths), cmocka_unit_test(answers_of_name_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
