/* Which server a connection is for (directives.md, 14.1). */
#include "config/read.h"
#include "tests/config/given.h"

/* The ServerName of the server for this address and port; "none", or "error". */
static void chosen(const char *text, const char *address, unsigned port, const char *want)
{
	struct given g = { .dir = "" };
	struct config *c = given_at(&g, text, address, port);
	const char *got = c == NULL ? "error" : config_server(c) == NULL ? "none" :
	    SETTING(config_server(c), D_SERVER_NAME, server_name);

	if (strcmp(got, want) != 0)
		fail_msg("%s:%u is for %s, not %s, in\n%s\ntold:\n%s", address, port, got, want,
		    text, g.told);
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
	    HOST("192.0.2.1 2001:db8::1", NAME("a") PORT("21")) HOST("[2001:db8::2]",
	    NAME("six") PORT("21"));

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
	static const char text[] = NAME("m") "DefaultAddress 192.0.2.1\n" HOST("192.0.2.2",
	    NAME("a"));

	(void)state;
	chosen(text, "192.0.2.1", 21, "m");
	chosen(text, "192.0.2.2", 21, "a");
	chosen(text, "192.0.2.3", 21, "none");
	chosen(text, "127.0.0.1", 21, "m");
}

static void the_first_of_two_and_global_port(void **state)
{
	(void)state;
	chosen(NAME("m") HOST("192.0.2.1", NAME("a")) HOST("192.0.2.1", NAME("b")), "192.0.2.1", 21,
	    "a");
	chosen(NAME("m") PORT("21") HOST("192.0.2.1", NAME("a")) "<Global>\nPort 2001\n</Global>\n",
	    "192.0.2.1", 2001, "a");
	chosen(NAME("m") PORT("21") HOST("192.0.2.1", NAME("a")) "<Global>\nPort 2001\n</Global>\n",
	    "192.0.2.1", 21, "m");
}

static void conditions_and_global_inside_a_host(void **state)
{
	static const char text[] = NAME("m") PORT("21")
	    HOST("192.0.2.1",
	    "<IfModule mod_core.c>\nPort 2001\n</IfModule>\n<IfModule !mod_core.c>\nPort "
	    "1\n</IfModule>\n<Anonymous /x>\nPort 7\n</Anonymous>\n" NAME("a")
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
	strbuf_addf(&text,
	    "ServerName m\nPort 21\n<VirtualHost 192.0.2.1>\nInclude %s/port.conf\nServerName "
	    "a\n</VirtualHost>\n", g.dir);
	c = given_at(&g, text.buf, "192.0.2.1", 2001);
	assert_non_null(c);
	assert_string_equal(SETTING(config_server(c), D_SERVER_NAME, server_name), "a");
	assert_int_equal(SETTING(config_server(c), D_PORT, port), 2001);
	assert_string_equal(config_file(c, config_server(c)->own->where[D_PORT]) + strlen(g.dir),
	    "/port.conf");
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
	assert_null(given(&g, HOST("192.0.2.1", "DefaultServer on\n") HOST("192.0.2.1",
	    "DefaultServer on\n") HOST("2001:db8::1", "") "UseIPv6 off\n" HOST("192.0.2.2",
	    HOST("192.0.2.3", ""))));
	told(&g, "E 5: DefaultServer: is on in line 2 already");
	told(&g, "W 4: <VirtualHost>: is never reached: the server of line 1 has the same address "
	    "and port");
	told(&g, "N 7: <VirtualHost>: 2001:db8::1: has no effect, UseIPv6 is off");
	told(&g, "E 11: <VirtualHost>: not allowed in <VirtualHost>; its place is the main server");
	assert_null(given_at(&g, HOST("192.0.2.1", PORT("65536")), "192.0.2.9", 21));
	told(&g, "E 2: Port: a number from 0 to 65535 is expected");
	given_end(&g);
}

/* A host with the name of the machine is asked for through the source, here. */
static bool lookup(void *arg, const struct context *main, const char *name,
    const struct addr *local, bool *listed)
{
	struct addr own;
	char host[256];

	(void)arg;
	(void)main;
	assert_int_equal(gethostname(host, sizeof host), 0);
	assert_true(addr_parse(&own, "192.0.2.77"));
	*listed = local != NULL && addr_same_host(&own, local);
	return strcmp(name, host) == 0;
}

/* As chosen(), where the name of the machine has the address 192.0.2.77. */
static void chosen_by_name(const char *text, const char *address, unsigned port, const char *want)
{
	struct given g = { .dir = "" };
	struct addr local;
	struct config_source src = { .invoker = getuid(), .tell = given_tell, .arg = &g,
	    .local = &local, .lookup = lookup };
	const struct context *server;
	struct config *c;

	given_text(&g, "main.conf", text);
	(void)snprintf(g.path, sizeof g.path, "%s/main.conf", g.dir);
	assert_true(addr_parse(&local, address));
	local.port = (in_port_t)port;
	src.path = g.path;
	c = config_read(&src);
	assert_non_null(c);
	server = config_server(c);
	assert_string_equal(server == NULL ? "none" : SETTING(server, D_SERVER_NAME, server_name),
	    want);
	given_end(&g);
}

/* Rule c: what counts is the Port, and none is 21 as it always was. */
static void the_only_server_of_a_port(void **state)
{
	static const char at_2001[] = NAME("m") HOST("192.0.2.1", NAME("a") PORT("2001"));
	static const char two[] = NAME("m") PORT("21") HOST("192.0.2.1", NAME("a") PORT("2001"))
	    HOST("192.0.2.2", NAME("b") PORT("2001"));

	(void)state;
	chosen(at_2001, "192.0.2.9", 2001, "a");
	chosen(at_2001, "192.0.2.9", 21, "m");
	chosen(NAME("m") HOST("192.0.2.1", NAME("a") PORT("21")), "192.0.2.9", 21, "m");
	chosen(NAME("m") PORT("0") HOST("192.0.2.1", NAME("a")), "192.0.2.9", 2121, "a");
	chosen(two, "192.0.2.9", 2001, "none");
	chosen(two, "127.0.0.1", 2001, "m");          /* rule f */
	chosen(two, "::1", 2001, "m");
	chosen(two, "192.0.2.9", 21, "m");
	chosen(two, "192.0.2.9", 4000, "none");
	/* c before d */
	chosen(NAME("m") PORT("0") HOST("192.0.2.1", NAME("a") PORT("2001") "DefaultServer on\n")
	    HOST("192.0.2.2", NAME("b") PORT("21")), "192.0.2.9", 21, "b");
}

/* Rule d: whatever its Port is, but for 0. */
static void the_default_server(void **state)
{
	static const char text[] = NAME("m") PORT("21") HOST("192.0.2.1", NAME("a") PORT("2001")
	    "DefaultServer on\n") HOST("192.0.2.2", NAME("b") PORT("21"));
	static const char off[] = NAME("m") PORT("0") HOST("192.0.2.1", NAME("a") PORT("0")
	    "DefaultServer on\n") HOST("192.0.2.2", NAME("b") PORT("21")) HOST("192.0.2.3",
	    NAME("c") PORT("21"));

	(void)state;
	chosen_by_name(text, "192.0.2.9", 21, "a");
	chosen_by_name(text, "192.0.2.2", 21, "b");
	chosen_by_name(off, "192.0.2.9", 21, "none");
	chosen_by_name(NAME("m") "DefaultServer on\n" HOST("192.0.2.1", NAME("a") PORT("2001"))
	    HOST("192.0.2.2", NAME("b") PORT("2001")), "192.0.2.9", 2001, "m");
}

/* Rules a and e: the main server without DefaultAddress. */
static void the_addresses_of_the_machines_name(void **state)
{
	static const char both_21[] = NAME("m") PORT("21") HOST("192.0.2.1", NAME("a") PORT("21"));
	static const char by_default[] = NAME("m") HOST("192.0.2.1", NAME("a") "DefaultServer on\n")
	    HOST("192.0.2.2", NAME("b"));

	(void)state;
	chosen_by_name(both_21, "192.0.2.77", 21, "m");
	chosen_by_name(both_21, "192.0.2.9", 21, "none");
	chosen_by_name(by_default, "192.0.2.77", 21, "m");
	chosen_by_name(by_default, "192.0.2.9", 21, "a");
	chosen_by_name("DefaultAddress 192.0.2.4\n" NAME("m") HOST("192.0.2.1",
	    NAME("a") "DefaultServer on\n") HOST("192.0.2.2", NAME("b")), "192.0.2.77", 21, "a");
}

/* What HOST leads to on a connection to this address and port; "none". */
static void named(const char *text, const char *address, unsigned port, const char *name,
    const char *want)
{
	struct given g = { .dir = "" };
	struct config *c = given_at(&g, text, address, port);
	const struct context *server;
	struct addr local;

	assert_non_null(c);
	assert_true(addr_parse(&local, address));
	local.port = (in_port_t)port;
	server = config_server_named(c, name, &local);
	if (strcmp(server == NULL ? "none" : SETTING(server, D_SERVER_NAME, server_name),
	    want) != 0)
		fail_msg("HOST %s at %s:%u is not %s in\n%s\ntold:\n%s", name, address, port, want,
		    text, g.told);
	given_end(&g);
}

#define ALIAS(names) "ServerAlias " names "\n"

static void test_faq_4_8b_servers_by_name(void **state)
{
	static const char text[] = NAME("m") PORT("0")
	    HOST("192.0.2.1", NAME("a") PORT("21") ALIAS("*.example") ALIAS("a.example aa.example"))
	    HOST("192.0.2.1", NAME("b") PORT("21") ALIAS("b.example ?.short"))
	    HOST("192.0.2.1", NAME("p") PORT("2001") ALIAS("p.example"))
	    HOST("192.0.2.2", NAME("o") PORT("21") ALIAS("o.example"))
	    HOST("0.0.0.0", NAME("w") ALIAS("w.example"));

	(void)state;
	named(text, "192.0.2.1", 21, "b.example", "b");
	named(text, "192.0.2.1", 21, "B.Example", "b");       /* a literal one before a wildcard */
	named(text, "192.0.2.1", 21, "aa.example", "a");
	named(text, "192.0.2.1", 21, "c.example", "a");
	named(text, "192.0.2.1", 21, "x.short", "b");
	named(text, "192.0.2.1", 21, "xx.short", "none");
	named(text, "192.0.2.1", 21, "w.example", "w");
	named(text, "192.0.2.1", 21, "elsewhere", "none");
	named(text, "192.0.2.1", 21, "", "a");
	named(text, "192.0.2.1", 2001, "p.example", "p");
	named(text, "192.0.2.1", 2001, "b.example", "none");  /* another port */
	named(text, "192.0.2.1", 21, "o.example", "a");       /* another address: only the
	                                                         wildcard */
	named(text, "192.0.2.2", 21, "b.example", "none");
}

static void names_of_the_main_server_and_of_all(void **state)
{
	static const char text[] = NAME("m") ALIAS("m.example") "DefaultAddress 192.0.2.1\n"
	    HOST("192.0.2.1",
	    NAME("a") ALIAS("a.example")) "<Global>\n" ALIAS("all.example *.all") "</Global>\n"
	    HOST("192.0.2.2", NAME("b") ALIAS("b.all"));

	(void)state;
	named(text, "192.0.2.1", 21, "a.example", "a");
	named(text, "192.0.2.1", 21, "m.example", "m");
	named(text, "192.0.2.1", 21, "all.example", "m");
	named(text, "192.0.2.2", 21, "all.example", "b");
	named(text, "192.0.2.2", 21, "x.all", "b");
	named(text, "192.0.2.2", 21, "m.example", "none");
	named(NAME("m") HOST("localhost", NAME("a")) HOST("127.0.0.1", NAME("b")), "127.0.0.1", 21,
	    "LocalHost", "a");
	named(NAME("m") HOST("localhost", NAME("a")) HOST("192.0.2.1", NAME("b")), "192.0.2.1", 21,
	    "localhost", "none");
	/* without ServerName a server has the main one's, else its first name */
	named(HOST("192.0.2.1", ALIAS("*.x a.example")) HOST("192.0.2.1", ALIAS("b.example")),
	    "192.0.2.1", 21, "b.example", "b.example");
	named(NAME("m") HOST("192.0.2.1", ALIAS("a.example")) HOST("192.0.2.1", ALIAS("b.example")),
	    "192.0.2.1", 21, "b.example", "m");
	named(ALIAS("m.example") HOST("192.0.2.1", "") HOST("192.0.2.1", ALIAS("b.example")),
	    "192.0.2.1", 21, "", "m.example");
	named("UseReverseDNS off\n" ALIAS("m.example") HOST("192.0.2.1", "") HOST("192.0.2.1",
	    ALIAS("b.example")), "192.0.2.1", 21, "b.example", "b.example");
}

/* A block is built from what was read at the start, whatever has become of the files since. */
static void a_block_is_built_from_memory(void **state)
{
	struct given g = { .dir = "" };
	const struct context *b;
	struct addr local;
	STRBUF(text, 2048);
	struct config *c;
	char path[128];
	size_t before;

	(void)state;
	given_text(&g, "deep.conf", "<IfDefine inner>\nUser inner\n</IfDefine>\n");
	given_text(&g, "limit.conf", "DenyAll\nInclude /nowhere/none\n");
	strbuf_addf(&text, NAME("m") "Define outer\n" HOST("192.0.2.1",
	    NAME("a")) "<VirtualHost 192.0.2.1>\n" ALIAS("b.example") "<Anonymous /x>\n<IfDefine "
	    "outer>\nDefine inner\nInclude %s/deep.conf\n</IfDefine>\n<Directory y>\n<Limit "
	    "WRITE>\n  iNCLUDE %s/limit.conf\n</Limit>\n</Directory>\n</Anonymous>\nServerAdmin "
	    "%%{env:IN_FTPD_TEST}\n</VirtualHost>\n<Global>\nTimeoutIdle 77\n</Global>\n", g.dir,
	    g.dir);
	assert_int_equal(setenv("IN_FTPD_TEST", "then", 1), 0);
	c = given_at(&g, text.buf, "192.0.2.1", 21);
	assert_non_null(c);
	told(&g, "W *limit.conf:2: Include: /nowhere/none: does not exist");
	before = g.len;
	assert_int_equal(setenv("IN_FTPD_TEST", "now", 1), 0);
	given_text(&g, "main.conf", "Nonsense\n");
	given_text(&g, "deep.conf", "Nonsense\n");
	(void)snprintf(path, sizeof path, "%s/limit.conf", g.dir);
	assert_int_equal(unlink(path), 0);
	assert_true(addr_parse(&local, "192.0.2.1"));
	local.port = 21;
	b = config_server_named(c, "b.example", &local);
	assert_non_null(b);
	assert_int_equal(g.len, before);             /* nothing is told twice, or looked for
	                                                again */
	assert_string_equal(SETTING(b, D_SERVER_ADMIN, server_admin), "then");
	assert_string_equal(getenv("IN_FTPD_TEST"), "now");
	assert_int_equal(SETTING(b, D_TIMEOUT_IDLE, timeout_idle), 77);
	assert_string_equal(b->anonymous->own->user, "inner");
	assert_non_null(b->anonymous->directories->limits->rules);
	assert_ptr_equal(config_server_named(c, "B.EXAMPLE", &local), b);     /* built once */
	assert_string_equal(SETTING(config_server_named(c, "", &local), D_SERVER_NAME, server_name),
	    "a");
	assert_int_equal(unsetenv("IN_FTPD_TEST"), 0);
	config_forget_secrets(c);
	assert_ptr_equal(config_server_named(c, "b.example", &local), b);
	given_end(&g);
}

static void a_faulty_block_is_no_server(void **state)
{
	static const char text[] = NAME("m") HOST("192.0.2.1", NAME("a"))
	    HOST("192.0.2.1", ALIAS("b.example") "Umask many\n<Anonymous /x>\nUser one "
	    "two\n</Anonymous>\n") HOST("192.0.2.1", NAME("c") ALIAS("c.example"));
	struct given g = { .dir = "" };
	struct config *c = given_at(&g, text, "192.0.2.1", 21);
	struct addr local;

	(void)state;
	assert_non_null(c);
	assert_true(addr_parse(&local, "192.0.2.1"));
	local.port = 21;
	assert_null(config_server_named(c, "b.example", &local));
	told(&g, "E 7: Umask: ");
	told(&g, "E 9: User: ");
	assert_int_equal(g.errors, 2);
	assert_null(config_server_named(c, "b.example", &local));
	assert_int_equal(g.errors, 2);               /* told once */
	assert_non_null(config_server_named(c, "c.example", &local));
	given_end(&g);
}

static void what_is_told_about_aliases(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_non_null(given(&g, HOST("192.0.2.1", ALIAS("a.example"))
	    HOST("192.0.2.1", ALIAS("192.0.2.7 b\xc3\xa4.example A.example")) HOST("[::1]", "")
	    HOST("::1", "<IfClass x>\n" ALIAS("c") "</IfClass>\n")));
	told(&g, "W 5: ServerAlias: 192.0.2.7: an address is no name");
	told(&g, "W 5: ServerAlias: b\xc3\xa4.example: no client can send this");
	told(&g,
	    "W 5: ServerAlias: A.example: is the server's of line 2, at the same address and port");
	told(&g, "W 11: ServerAlias: has no effect in a conditional section");
	told(&g, "W 9: <VirtualHost>: is never reached: the server of line 7 has the same address "
	    "and port");
	assert_null(strstr(g.told, ":4: <VirtualHost>: is never reached"));
	assert_null(given(&g, "ServerAlias\n<Anonymous /x>\nServerAlias x\n</Anonymous>\n"));
	told(&g, "E 1: ServerAlias: ");
	told(&g, "E 3: ServerAlias: not allowed in <Anonymous>");
	given_end(&g);
}

static void aliases_match(void **state)
{
	static const struct { const char *alias, *name; bool matches; } cases[] = {
		{ "a", "a", true }, { "a", "A", true }, { "A.b", "a.B", true },
		{ "a", "aa", false }, { "aa", "a", false },
		{ "*", "", true }, { "*", "a.b", true }, { "?", "", false }, { "?", "x", true },
		{ "?", "xy", false },
		{ "*.wild.example", "x.wild.example", true },
		{ "*.wild.example", "x.y.wild.example", true },
		{ "*.wild.example", ".wild.example", true },
		{ "*.wild.example", "wild.example", false },
		{ "a*b*c", "aXbYbZc", true }, { "a*b*c", "aXbYbZ", false },
		{ "**a**", "bab", true },
		{ "ftp?.example", "ftp1.example", true }, { "[a]", "a", false },
		{ "[a]", "[A]", true }, { "", "", true },
		{ "", "a", false }, { "\xc3\x84", "\xc3\xa4", false },
	};
	char name[4096], alias[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (alias_matches(cases[i].alias, cases[i].name) != cases[i].matches)
			fail_msg("%s and %s", cases[i].alias, cases[i].name);
	}
	/* no pattern takes long */
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	for (size_t i = 0; i + 3 < sizeof alias; i += 2)
		memcpy(alias + i, "*a", 3);
	assert_true(alias_matches(alias, name));
	memcpy(alias + 60, "b", 2);
	assert_false(alias_matches(alias, name));
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
		strbuf_addf(&text,
		    "<VirtualHost 10.0.%u.%u>\nServerName h%u\n<Anonymous /srv/%u>\nUser "
		    "nobody\n<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n</VirtualHost>\n",
		    i / 250, i % 250 + 1, i, i);
	assert_false(text.full);
	c = given_at(&g, text.buf, "10.0.2.1", 21);
	assert_string_equal(SETTING(config_server(c), D_SERVER_NAME, server_name), "h500");
	assert_non_null(config_server_at(c, 1));      /* the main one and the chosen one are
	                                                 built, */
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
		cmocka_unit_test(test_faq_4_16c_main_server_off),
		cmocka_unit_test(wildcards_and_families),
		cmocka_unit_test(default_address_lists_the_main_server),
		cmocka_unit_test(the_first_of_two_and_global_port),
		cmocka_unit_test(conditions_and_global_inside_a_host),
		cmocka_unit_test(test_faq_4_22_unknown_name_is_passed_over),
		cmocka_unit_test(a_device_is_a_name),
		cmocka_unit_test(hosts_may_stand_in_included_files),
		cmocka_unit_test(the_only_server_of_a_port), cmocka_unit_test(the_default_server),
		cmocka_unit_test(the_addresses_of_the_machines_name),
		cmocka_unit_test(test_faq_4_8b_servers_by_name),
		cmocka_unit_test(names_of_the_main_server_and_of_all),
		cmocka_unit_test(a_block_is_built_from_memory),
		cmocka_unit_test(a_faulty_block_is_no_server),
		cmocka_unit_test(what_is_told_about_aliases), cmocka_unit_test(aliases_match),
		cmocka_unit_test(what_is_told_about_hosts),
		cmocka_unit_test(many_hosts_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
