/* Directives about a session's sockets, processes, listings and files: values and mistakes. */
#include "tests/config/given.h"

#include "config/fact.h"
#include "config/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static void values(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g,
	    "SocketOptions maxseg 1400 rcvbuf 65536 sndbuf 131072 keepalive 7200:9:75\nTCPNoDelay "
	    "off\nProtocols FTPS\nProcessTitles terse\nRLimitCPU 10m 1h\nRLimitMemory session 64M "
	    "max\nRLimitOpenFiles none 64\nCDPath /pub\nCDPath ~/more\nFactsAdvertise off\n"
	    "FactsDefault type;size; Modify\nFactsOptions UseSlink nonames\nListStyle windows\n"
	    "DisplayReadme README*\n");

	(void)state;
	assert_int_equal(s->socket_options.maxseg, 1400);
	assert_int_equal(s->socket_options.rcvbuf, 65536);
	assert_int_equal(s->socket_options.sndbuf, 131072);
	assert_true(s->socket_options.keepalive);
	assert_int_equal(s->socket_options.idle, 7200);
	assert_int_equal(s->socket_options.count, 9);
	assert_int_equal(s->socket_options.interval, 75);
	assert_false(s->tcp_no_delay || s->protocols.ftp);
	assert_true(s->protocols.ftps && s->terse_titles);
	assert_int_equal(s->rlimit_cpu.soft, 600);
	assert_int_equal(s->rlimit_cpu.hard, 3600);
	assert_int_equal(s->rlimit_memory.soft, 64 << 20);
	assert_true(s->rlimit_memory.hard == UINT64_MAX);
	assert_int_equal(s->rlimit_open_files.soft, 64);
	assert_int_equal(s->rlimit_open_files.hard, 64);
	assert_string_equal(s->cd_path->path, "/pub");
	assert_string_equal(s->cd_path->next->path, "~/more");
	assert_false(s->facts_advertise);
	assert_int_equal(s->facts_default, FACT_TYPE | FACT_SIZE | FACT_MODIFY);
	assert_true(s->facts_options.use_slink && s->facts_options.no_names);
	assert_false(s->facts_options.adjusted);
	assert_true(s->list_windows);
	assert_string_equal(s->display_readme, "README*");
	s = own(&g,
	    "SocketOptions keepalive off\nFactsDefault UNIX.*\nTCPNoDelay on\n"
	    "Protocols ftp ftps\n");
	assert_false(s->socket_options.keepalive);
	assert_int_equal(s->facts_default, FACT_UNIX_MODE | FACT_UNIX_OWNER | FACT_UNIX_GROUP |
	    FACTS_NAMES);
	given_end(&g);
}

static void refused(void **state)
{
	static const char *const lines[] = {
		"SocketOptions", "SocketOptions maxseg", "SocketOptions maxseg 0",
		"SocketOptions rcvbuf many", "SocketOptions sndbuf 4294967296",
		"SocketOptions keepalive 1:2", "SocketOptions keepalive 1:2:3:4",
		"SocketOptions keepalive 0:1:1", "SocketOptions keepalive 1:999:1",
		"SocketOptions linger 1", "SocketOptions rcvbuf 65536 sndbuf",
		"SocketOptions reuseport perhaps", "TCPNoDelay later", "Protocols",
		"Protocols gopher", "ProcessTitles loud", "ProcessTitles", "RLimitCPU",
		"RLimitCPU 0", "RLimitCPU 20 10", "RLimitCPU max 10", "RLimitCPU session",
		"RLimitCPU 1 2 3", "RLimitCPU everybody 1", "RLimitOpenFiles 3",
		"RLimitOpenFiles -1", "RLimitMemory 1K", "RLimitMemory much", "CDPath",
		"CDPath a b", "FactsDefault", "FactsDefault colour",
		"FactsDefault \"\"", "FactsOptions", "FactsOptions Slink", "ListStyle",
		    "ListStyle VMS",
		"FactsAdvertise some", "DisplayReadme", "UserOwner x", "GroupOwner x",
	};
	struct given g = { .dir = "" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (given(&g, lines[i]) != NULL || g.errors != 1)
			fail_msg("%s: %u errors\n%s", lines[i], g.errors, g.told);
	}
	given_end(&g);
}

static void notes(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g,
	    "RLimitOpenFiles daemon 100\nRLimitOpenFiles session 50\nRLimitOpenFiles "
	    "60\nSocketOptions reuseport on\nProtocols sftp ftp\n");

	(void)state;
	told(&g, "N 1: RLimitOpenFiles: daemon has no effect");
	told(&g, "W 3: RLimitOpenFiles: is set already");
	told(&g, "N 4: SocketOptions: reuseport has no effect");
	told(&g, "N 5: Protocols: sftp has no effect");
	assert_int_equal(s->rlimit_open_files.soft, 50);
	(void)own(&g, "Protocols scp");
	told(&g, "W 1: Protocols: neither ftp nor ftps");
	given_end(&g);
}

static void owners(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g,
	    "<Directory /x>\nUserOwner no-such-user-here\nGroupOwner "
	    "no-such-group\n</Directory>\n<Directory /y>\nUserOwner root\n</Directory>\n<Anonymous "
	    "/z>\n<Directory a>\nGroupOwner no-such-group\n</Directory>\n</Anonymous>\n"));
	told(&g, "E 2: UserOwner: no-such-user-here: there is no such user");
	told(&g, "E 3: GroupOwner: no-such-group: there is no such group");
	told(&g, "E 6: UserOwner: root: nothing that came over the network becomes root's");
	told(&g, "E 10: GroupOwner: no-such-group: there is no such group");
	assert_non_null(given(&g,
	    "<Directory /x>\nUserOwner nobody\nGroupOwner ~\n</Directory>\n"));
	given_end(&g);
}

static bool foreign(struct config *c, const char *address)
{
	struct addr a;

	assert_true(addr_parse(&a, address));
	return foreign_allowed(config_server(c), config_classes(c), &a);
}

static void foreign_addresses(void **state)
{
	struct given g = { .dir = "" };
	struct config *c = given(&g, "<Class near>\nFrom 192.0.2.0/24\nFrom 2001:db8::1\n</Class>\n"
	    "<Class others>\nFrom all\n</Class>\nAllowForeignAddress near\n");

	(void)state;
	assert_non_null(c);
	assert_true(foreign(c, "192.0.2.9") && foreign(c, "2001:db8::1"));
	assert_false(foreign(c, "198.51.100.1") || foreign(c, "2001:db8::2"));
	c = given(&g, "AllowForeignAddress yes\n");
	assert_true(foreign(c, "198.51.100.1"));
	c = given(&g, "");
	assert_false(foreign(c, "198.51.100.1"));
	assert_null(given(&g, "AllowForeignAddress nowhere\n"));
	told(&g, "E 1: AllowForeignAddress: nowhere: neither on nor off, nor a <Class>");
	/* nobody looks a name up here: one that is excluded might be this one's */
	c = given(&g, "<Class c>\nFrom !.example.org\n</Class>\nAllowForeignAddress c\n");
	told(&g, "W 4: AllowForeignAddress: c: its host names never match here");
	assert_false(foreign(c, "198.51.100.1"));
	given_end(&g);
}

static int option(int fd, int level, int name)
{
	socklen_t size = sizeof level;
	int value = -1;

	assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

static void sockets(void **state)
{
	struct given g = { .dir = "" };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rcvbuf;
	struct config *c = given(&g, "TCPNoDelay off\n");

	(void)state;
	assert_true(fd >= 0);
	rcvbuf = option(fd, SOL_SOCKET, SO_RCVBUF);
	socket_tune_data(fd, config_server(c));
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	c = given(&g, "");
	socket_tune_data(fd, config_server(c));
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(fd, SOL_SOCKET, SO_RCVBUF), rcvbuf);
	c = given(&g, "SocketOptions rcvbuf 20000 keepalive 100:3:10\nTCPNoDelay off\n");
	socket_tune_control(fd, config_server(c));
	assert_int_equal(option(fd, SOL_SOCKET, SO_RCVBUF), 40000); /* the kernel doubles it:
	                                                               socket(7) */
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 100);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 10);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	c = given(&g, "SocketOptions keepalive off\n");
	socket_tune_control(fd, config_server(c));
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	(void)close(fd);
	given_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(refused), cmocka_unit_test(notes),
		cmocka_unit_test(owners), cmocka_unit_test(foreign_addresses),
		cmocka_unit_test(sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
