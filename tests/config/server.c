/* Which server a connection is for (directives.md, 14.1). */
#include "tests/config/given.h"

/* The ServerName of the server for this address and port; "none", or "error". */
static void chosen(const char *text, const char *address, unsigned port, const char *want)
{
	struct given g = { .dir = "" };
	struct config *c = given_at(&g, text, address, port);
	const char *got = c == NULL ? "error" : config_server(c) == NULL ? "none" :
	    SETTING(config_server(c), D_SERVER_NAME, server_name);

	if (strcmp(got, want) != 0)
		fail_msg("%s:%u is for %s, not %s, in\n%s\ntold:\n%s", address, port, got, want, text, g.told);
	given_end(&g);
}

#define HOST(names, in) "<VirtualHost " names ">\n" in "</VirtualHost>\n"
#define NAME(n) "ServerName " n "\n"
#define PORT(n) "Port " n "\n"

static void without_hosts_the_main_server(void **state)
{
	(void)state;
	chosen(NAME("m"), "192.0.2.9", 2121, "m");
	chosen(NAME("m") PORT("21"), "192.0.2.9", 2121, "m");
	chosen(NAME("m") "DefaultAddress 198.51.100.1\n", "192.0.2.9", 21, "m");
	chosen(NAME("m") PORT("0"), "192.0.2.9", 21, "none");
}

static void test_faq_4_8a_port_decides_on_one_address(void **state)
{
	static const char text[] = NAME("m") HOST("192.0.2.1", NAME("a") PORT("21"))
	    HOST("192.0.2.1", NAME("b") PORT("2001"));

	(void)state;
	chosen(text, "192.0.2.1", 21, "a");
	chosen(text, "192.0.2.1", 2001, "b");
	chosen(text, "192.0.2.2", 3000, "m");
}

static void test_faq_4_11_no_port_is_any_port(void **state)
{
	static const char text[] = NAME("m") HOST("192.0.2.1", NAME("a") PORT("2001"));

	(void)state;
	chosen(text, "192.0.2.1", 2001, "a");
	chosen(text, "192.0.2.1", 21, "m");
	chosen(text, "198.51.100.1", 8021, "m");
	chosen(NAME("m") HOST("192.0.2.1", NAME("any")) HOST("192.0.2.1", NAME("a") PORT("21")),
	    "192.0.2.1", 21, "a");
	chosen(NAME("m") HOST("192.0.2.1", NAME("any")) HOST("192.0.2.1", NAME("a") PORT("21")),
	    "192.0.2.1", 22, "any");
}

static void test_faq_4_16c_main_server_off(void **state)
{
	static const char two[] = NAME("m") PORT("0") HOST("192.0.2.1", NAME("a") PORT("21"))
	    HOST("192.0.2.2", NAME("b") PORT("21"));

	(void)state;
	chosen(two, "192.0.2.2", 21, "b");
	chosen(two, "192.0.2.3", 21, "none");
	chosen(two, "127.0.0.1", 21, "none");
	chosen(NAME("m") PORT("0") HOST("192.0.2.1", NAME("a") PORT("21")), "192.0.2.3", 21, "a");
	chosen(NAME("m") PORT("0") HOST("192.0.2.1", NAME("a") PORT("21"))
	    HOST("192.0.2.2", NAME("b") PORT("21") "DefaultServer on\n"), "192.0.2.3", 21, "b");
}

static void wildcards_and_families(void **state)
{
	static const char text[] = NAME("m") PORT("0") HOST("0.0.0.0", NAME("all") PORT("21"))
	    HOST("192.0.2.1 2001:db8::1", NAME("a") PORT("21")) HOST("[2001:db8::2]", NAME("six") PORT("21"));

	(void)state;
	chosen(text, "192.0.2.1", 21, "a");
	chosen(text, "2001:db8::1", 21, "a");
	chosen(text, "2001:db8::2", 21, "six");
	chosen(text, "192.0.2.7", 21, "all");
	chosen(text, "2001:db8::7", 21, "none");
	chosen(text, "::ffff:192.0.2.1", 21, "a");
	chosen(NAME("m") PORT("0") "UseIPv6 off\n" HOST("2001:db8::1", NAME("six"))
	    HOST("192.0.2.1", NAME("a")), "2001:db8::1", 21, "none");
}

static void default_address_lists_the_main_server(void **state)
{
	static const char text[] = NAME("m") "DefaultAddress 192.0.2.1\n" HOST("192.0.2.2", NAME("a"));

	(void)state;
	chosen(text, "192.0.2.1", 21, "m");
	chosen(text, "192.0.2.2", 21, "a");
	chosen(text, "192.0.2.3", 21, "none");
	chosen(text, "127.0.0.1", 21, "m");
}

static void the_first_of_two_and_global_port(void **state)
{
	(void)state;
	chosen(NAME("m") HOST("192.0.2.1", NAME("a")) HOST("192.0.2.1", NAME("b")), "192.0.2.1", 21, "a");
	chosen(NAME("m") PORT("21") HOST("192.0.2.1", NAME("a")) "<Global>\nPort 2001\n</Global>\n",
	    "192.0.2.1", 2001, "a");
	chosen(NAME("m") PORT("21") HOST("192.0.2.1", NAME("a")) "<Global>\nPort 2001\n</Global>\n",
	    "192.0.2.1", 21, "m");
}

static void conditions_and_global_inside_a_host(void **state)
{
	static const char text[] = NAME("m") PORT("21")
	    HOST("192.0.2.1", "<IfModule mod_core.c>\nPort 2001\n</IfModule>\n<IfModule !mod_core.c>\nPort 1\n"
	    "</IfModule>\n<Anonymous /x>\nPort 7\n</Anonymous>\n" NAME("a")
	    "<Global>\nTimeoutIdle 77\n</Global>\nDefine later\n")
	    "<IfDefine later>\n" HOST("192.0.2.2", NAME("b") PORT("21")) "</IfDefine>\n"
	    HOST("192.0.2.3", "<IfDefine no>\nport 1\n</IfDefine>\n  pOrT 3000\n" NAME("c"));
	struct given g = { .dir = "" };
	struct config *c;

	(void)state;
	chosen(text, "192.0.2.2", 21, "b");
	chosen(text, "192.0.2.3", 3000, "c");
	chosen(text, "192.0.2.3", 1, "none");
	c = given_at(&g, text, "192.0.2.2", 21);
	assert_int_equal(SETTING(config_server(c), D_TIMEOUT_IDLE, timeout_idle), 77);
	/* the host that is chosen is built whole, and its mistake with it: FAQ 4.20c */
	assert_null(given_at(&g, text, "192.0.2.1", 2001));
	assert_non_null(strstr(g.told, "Port: not allowed in <Anonymous>"));
	given_end(&g);
}

static void test_faq_4_22_unknown_name_is_passed_over(void **state)
{
	static const char text[] = NAME("m") HOST("no-such-host.invalid", NAME("a"))
	    HOST("192.0.2.1", NAME("b"));
	struct given g = { .dir = "" };
	struct config *c;

	(void)state;
	chosen(text, "192.0.2.1", 21, "b");
	c = given_at(&g, text, "192.0.2.9", 21);
	assert_non_null(c);
	told(&g, "W 2: <VirtualHost>: no-such-host.invalid: no address is known");
	assert_null(given(&g, text));
	told(&g, "E 2: <VirtualHost>: no-such-host.invalid: no address is known");
	assert_null(given(&g, "DefaultAddress no-such-host.invalid\n"));
	told(&g, "E 1: DefaultAddress: no-such-host.invalid: no address is known");
	given_end(&g);
}

static void a_device_is_a_name(void **state)
{
	(void)state;
	chosen(NAME("m") HOST("lo", NAME("a")), "127.0.0.1", 21, "a");
	chosen(NAME("m") HOST("lo", NAME("a")), "192.0.2.1", 21, "m");
}

static void hosts_may_stand_in_included_files(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 512);
	struct config *c;

	(void)state;
	given_text(&g, "port.conf", "Port 2001\n");
	given_text(&g, "hosts.conf", "<VirtualHost 192.0.2.1>\nInclude /nowhere/none\n");
	strbuf_addf(&text, "ServerName m\nPort 21\n<VirtualHost 192.0.2.1>\nInclude %s/port.conf\nServerName a\n"
	    "</VirtualHost>\n", g.dir);
	c = given_at(&g, text.buf, "192.0.2.1", 2001);
	assert_non_null(c);
	assert_string_equal(SETTING(config_server(c), D_SERVER_NAME, server_name), "a");
	assert_int_equal(SETTING(config_server(c), D_PORT, port), 2001);
	assert_string_equal(config_file(c, config_server(c)->own->where[D_PORT]) + strlen(g.dir), "/port.conf");
	/* a section ends in the file that opened it */
	strbuf_reset(&text);
	strbuf_addf(&text, "Include %s/hosts.conf\n</VirtualHost>\n", g.dir);
	assert_null(given_at(&g, text.buf, "192.0.2.1", 21));
	assert_non_null(strstr(g.told, "hosts.conf:1: <VirtualHost>: is never closed"));
	told(&g, "E 2: <VirtualHost>: is closed, but not open in this file");
	given_end(&g);
}

static void what_is_told_about_hosts(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g, HOST("192.0.2.1", "DefaultServer on\n") HOST("192.0.2.1", "DefaultServer on\n")
	    HOST("2001:db8::1", "") "UseIPv6 off\n" HOST("192.0.2.2", HOST("192.0.2.3", ""))));
	told(&g, "E 5: DefaultServer: is on in line 2 already");
	told(&g, "W 4: <VirtualHost>: is never reached: the server of line 1 has the same address and port");
	told(&g, "N 7: <VirtualHost>: 2001:db8::1: has no effect, UseIPv6 is off");
	told(&g, "E 11: <VirtualHost>: not allowed in <VirtualHost>; its place is the main server");
	assert_null(given_at(&g, HOST("192.0.2.1", PORT("65536")), "192.0.2.9", 21));
	told(&g, "E 2: Port: a number from 0 to 65535 is expected");
	given_end(&g);
}

static void many_hosts_cost_little(void **state)
{
	enum { HOSTS = 1000, SIZE = 300 * HOSTS };
	struct given g = { .dir = "" };
	struct strbuf text;
	struct config *c;

	(void)state;
	strbuf_init(&text, malloc(SIZE), SIZE);
	for (unsigned i = 0; i < HOSTS; i++)
		strbuf_addf(&text, "<VirtualHost 10.0.%u.%u>\nServerName h%u\n<Anonymous /srv/%u>\nUser nobody\n"
		    "<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n</VirtualHost>\n", i / 250, i % 250 + 1, i, i);
	assert_false(text.full);
	c = given_at(&g, text.buf, "10.0.2.1", 21);
	assert_string_equal(SETTING(config_server(c), D_SERVER_NAME, server_name), "h500");
	assert_non_null(config_server_at(c, 1));      /* the main one and the chosen one are built, */
	assert_null(config_server_at(c, 2));          /* and no other */
	c = given(&g, text.buf);
	assert_non_null(config_server_at(c, HOSTS));
	free(text.buf);
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_hosts_the_main_server),
		cmocka_unit_test(test_faq_4_8a_port_decides_on_one_address),
		cmocka_unit_test(test_faq_4_11_no_port_is_any_port),
		cmocka_unit_test(test_faq_4_16c_main_server_off), cmocka_unit_test(wildcards_and_families),
		cmocka_unit_test(default_address_lists_the_main_server),
		cmocka_unit_test(the_first_of_two_and_global_port),
		cmocka_unit_test(conditions_and_global_inside_a_host),
		cmocka_unit_test(test_faq_4_22_unknown_name_is_passed_over),
		cmocka_unit_test(a_device_is_a_name), cmocka_unit_test(hosts_may_stand_in_included_files),
		cmocka_unit_test(what_is_told_about_hosts), cmocka_unit_test(many_hosts_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
