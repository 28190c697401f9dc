/* A .ftpaccess file as bytes: what may stand in it, its bounds, and that nothing else decides. */
#include "config/ftpaccess.h"

#include "config/limit.h"
#include "config/strbuf.h"
#include "tests/config/given.h"

#include <stdlib.h>

static const struct limit_verb retr = { .name = "RETR", .group = LIMIT_READ };

static struct given told_of;
static unsigned bad_line;

static struct config *read_with(const char *text, size_t len, const struct config *main)
{
	const struct ftpaccess_source src = { .path = "/pub/.ftpaccess", .bytes = text, .len = len,
	    .main = main, .tell = given_tell, .arg = &told_of };
	struct config *c;

	told_of = (struct given){ .path = "/pub/.ftpaccess" };
	bad_line = 0;
	c = ftpaccess_read(&src, &bad_line);
	assert_int_equal(c == NULL, told_of.errors > 0);
	return c;
}

static struct config *read_text(const char *text)
{
	return read_with(text, strlen(text), NULL);
}

static void values_and_limits(void **state)
{
	struct subject alice = { .user = "alice" }, bob = { .user = "bob" };
	struct config *c = read_text("# mine\nUmask 027\nAllowOverwrite on\nPathDenyFilter \\.exe$ "
	    "NC\nListOptions -l\nDirFakeMode 0640\n<Limit RETR>\nAllowUser "
	    "alice\nDenyAll\n</Limit>\nDenyAll\nAllowAll\nStoreUniquePrefix x\nUseSendfile "
	    "off\nDeleteAbortedStores on\n");
	const struct context *rules;

	(void)state;
	assert_non_null(c);
	rules = ftpaccess_context(c);
	assert_int_equal(rules->kind, CTX_FTPACCESS);
	assert_string_equal(rules->path, "/pub/.ftpaccess");
	assert_null(rules->outer);
	assert_int_equal(rules->own->umask.file, 027);
	assert_int_equal(rules->own->where[D_UMASK].line, 2);
	assert_int_equal(rules->own->where[D_DENY_ALL].line, 11);
	assert_int_equal(regexec(rules->own->path_deny_filter.regex, "A.EXE", 0, NULL, 0), 0);
	assert_int_equal(limit_check(rules, &retr, &alice, NULL).verdict, VERDICT_ALLOW);
	assert_int_equal(limit_check(rules, &retr, &bob, NULL).where.line, 7);
	ftpaccess_free(c);
}

static void what_is_refused(void **state)
{
	static const struct { const char *text, *what; unsigned line; } bad[] = {
		{ "Umask 022\nUmaks 022\nPort 1\n",
		    "E 2: Umaks: unknown directive; did you mean Umask?", 2 },
		{ "\n\nPort 21\n", "E 3: Port: not allowed in .ftpaccess", 3 },
		{ "AllowOverride on\n", "E 1: AllowOverride: not allowed in .ftpaccess", 1 },
		{ "Include /etc/motd\n", "E 1: Include: not allowed in .ftpaccess", 1 },
		{ "<Limit ALL>\nInclude /etc/motd\n</Limit>\n",
		    "E 2: Include: not allowed in .ftpaccess", 2 },
		{ "<IfDefine !X>\nInclude /etc/motd\n</IfDefine>\n", "E 2: Include: not allowed",
		    2 },
		{ "<Directory /x>\n</Directory>\n", "E 1: <Directory>: not allowed in .ftpaccess",
		    1 },
		{ "<VirtualHost x>\n</VirtualHost>\n", "E 1: <VirtualHost>: not allowed", 1 },
		{ "<Global>\n</Global>\n", "E 1: <Global>: not allowed in .ftpaccess", 1 },
		{ "<IfUser x>\n</IfUser>\n", "E 1: <IfUser>: not allowed in .ftpaccess", 1 },
		{ "<Limit>\n</Limit>\n", "E 1: <Limit>: names no command", 1 },
		{ "<Limit ALL>\n<Limit ALL>\n</Limit>\n</Limit>\n",
		    "E 2: <Limit>: not allowed in <Limit>", 2 },
		{ "<Limit ALL>\n", "E 1: <Limit>: is never closed", 1 },
		{ "</Limit>\n", "E 1: <Limit>: is closed, but not open", 1 },
		{ "TCPBackLog 5\n", "E 1: TCPBackLog: not allowed in .ftpaccess", 1 },
		{ "UserPassword x y\n", "E 1: UserPassword: not allowed in .ftpaccess", 1 },
		{ "DenyFilter (\n", "E 1: DenyFilter: (:", 1 },
		{ "DenyFilter (x)\\1\n",
		    "E 1: DenyFilter: (x)\\1: too costly for a .ftpaccess file", 1 },
		{ "DenyFilter (x{200}){200}{2}\n", "E 1: DenyFilter: (x{200}){200}{2}: too costly",
		    1 },
		{ "DenyFilter x{70000}\n", "E 1: DenyFilter: x{70000}: too costly", 1 },
		{ "DenyFilter [\\]{99999}\n", "E 1: DenyFilter: [\\]{99999}: too costly", 1 },
		{ "StoreUniquePrefix %{env:HOME}\n",
		    "E 1: line: %{env:…} names a variable that is not set", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_null(read_text(bad[i].text));
		told(&told_of, bad[i].what);
		assert_int_equal(bad_line, bad[i].line);
	}
}

static void what_is_allowed(void **state)
{
	static const char *const good[] = {
		"", "\n", "# nothing", "\xef\xbb\xbfUmask 022", "umask 022\r\n",
		"<Limit LOGIN>\nDenyAll\n</Limit>\n",
		"<Limit WRITE>\nOrder deny,allow\nAllow from 10. !10.1.1.1\nAllowClass "
		"x\nDenyGroup OR a,b\n" "AllowFilter ^[a-z]{1,3}$\nIgnoreHidden on\n</Limit>\n",
		"DenyFilter ^[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}$\n",
		"DenyFilter ^([0-9]{1,3}[.]){3}[0-9]{1,3}$\n",
		"DenyFilter (^|/)([a-z]+(-[a-z]*)?[.])+exe$\n",
		"<IfModule mod_nowhere.c>\nNonsense\n</IfModule>\n",
		"Define X\n<IfDefine X>\nUmask 0\n</IfDefine>\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct config *c = read_text(good[i]);

		if (c == NULL)
			fail_msg("%s: %s", good[i], told_of.told);
		ftpaccess_free(c);
	}
}

static void login_is_left_out(void **state)
{
	struct config *c = read_text("<Limit LOGIN RETR>\nDenyAll\n</Limit>\n");
	const struct limit *l = ftpaccess_context(c)->limits;

	(void)state;
	told(&told_of, "W 1: <Limit>: LOGIN: meaningless in .ftpaccess");
	assert_string_equal(l->names[0], "RETR");
	assert_null(l->names[1]);
	ftpaccess_free(c);
}

/* `n` times the text. */
static char *repeated(const char *text, size_t n, const char *before, const char *after)
{
	size_t len = strlen(text), head = strlen(before);
	char *out = malloc(head + n * len + strlen(after) + 1), *at = out + head;

	assert_non_null(out);
	memcpy(out, before, head);
	for (; n > 0; n--, at += len)
		memcpy(at, text, len);
	memcpy(at, after, strlen(after) + 1);
	return out;
}

static void bounds(void **state)
{
	static const struct { const char *before, *text, *after; size_t n; const char *what;
	    } big[] = {
		{ "", "#", "", FTPACCESS_SIZE + 1, "E 1: file: is larger than 65536 bytes" },
		{ "", "<Limit ALL>\n</Limit>\n", "", FTPACCESS_SECTIONS + 1,
		    "E 513: <Limit>: more sections" },
		{ "<Limit ALL>\n", "DenyFilter x\n", "</Limit>\n", 300, "too costly" },
		{ "<Limit ALL>\n", "AllowUser regex x\n", "</Limit>\n", 300, "too costly" },
		{ "Umask 022", " 0", "\n", FTPACCESS_LINE, "line too long" },
		{ "DenyFilter \"", "(", "\"\n", 2000, "too costly" },
		{ "DenyFilter a", "+", "\n", 40, "too costly" },
		{ "DenyFilter (((((((((((((a", "{1,})", "\n", 13, "too costly" },
		{ "DenyFilter (a", "{2}", ")\n", 40, "too costly" },
		{ "DenyFilter (", "a?", ")+\n", 30, "too costly" },
		{ "DenyFilter (^|", "(a|)", ")*\n", 30, "too costly" },
		{ "DenyFilter ", "[(]", "{3000}\n", 1, "too costly" },
		{ "DenyFilter (a{99}[[:alpha:]\")\"]", "", "){99}\n", 0, "too costly" },
		{ "", "<IfDefine !X>\n", "", 100, "sections deep" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
		char *text = repeated(big[i].text, big[i].n, big[i].before, big[i].after);

		assert_null(read_text(text));
		if (strstr(told_of.told, big[i].what[0] == 'E' ? big[i].what + 5 :
		    big[i].what) == NULL &&
		    strstr(told_of.last, big[i].what) == NULL)
			fail_msg("%s: %s", big[i].what, told_of.told);
		free(text);
	}
	for (size_t i = 0; i < 2; i++) {
		char *text = i == 0 ? repeated("#", FTPACCESS_SIZE, "", "") :
		    repeated("<Limit ALL>\n</Limit>\n", FTPACCESS_SECTIONS, "", "");
		struct config *c = read_text(text);

		assert_non_null(c);
		ftpaccess_free(c);
		free(text);
	}
}

static void labels_of_the_configuration(void **state)
{
	static const char text[] = "<IfDefine MAIN>\nUmask 077\n</IfDefine>\n";
	struct given g = { .dir = "" };
	struct config *main = given(&g, "Define MAIN\n"), *c;

	(void)state;
	assert_non_null(main);
	c = read_with(text, sizeof text - 1, main);
	assert_int_equal(ftpaccess_context(c)->own->where[D_UMASK].line, 2);
	ftpaccess_free(c);
	c = read_text(text);
	assert_int_equal(ftpaccess_context(c)->own->where[D_UMASK].line, 0);
	ftpaccess_free(c);
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_limits),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_is_allowed),
		cmocka_unit_test(login_is_left_out),
		cmocka_unit_test(bounds),
		cmocka_unit_test(labels_of_the_configuration),
	};

	return cmocka_run_group_tests_name("config/ftpaccess", tests, NULL, NULL);
}
