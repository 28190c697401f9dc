/* PORT and EPRT: what is an address, what is an error, and whom we connect to. */
#include "config/log.h"
#include "session/command.h"
#include "tests/session/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static void port_takes_six_numbers(void **state)
{
	static const char *const wrong[] = {
		"", ",", "1,2,3,4,5", "1,2,3,4,5,6,7", "1,2,3,4,5,6,", ",1,2,3,4,5,6",
		"1,2,3,4,5,256", "256,2,3,4,5,6", "1,2,3,4,5,-6", "1,2,3,4,5,+6", "1,2,3,4,5, 6",
		" 1,2,3,4,5,6", "1,2,3,4,5,6 ", "1,2,,4,5,6", "1.2.3.4.5.6", "1,2,3,4,5,0x6",
		"1,2,3,4,5,4294967302", "1,2,3,4,5,18446744073709551622", "a,b,c,d,e,f",
	};
	struct addr a;

	(void)state;
	assert_int_equal(data_parse_port("192,0,2,9,4,1", &a), 0);
	assert_int_equal(a.family, AF_INET);
	assert_int_equal(ntohl(a.v4.s_addr), 0xc0000209);
	assert_int_equal(a.port, 1025);
	assert_int_equal(data_parse_port("0,0,0,0,255,255", &a), 0);
	assert_int_equal(a.port, 65535);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(data_parse_port(wrong[i], &a), -EINVAL);
}

static void eprt_takes_rfc_2428(void **state)
{
	static const struct {
		const char *arg;
		int result;
	} cases[] = {
		{ "|1|132.235.1.2|6275|", 0 },
		{ "|2|1080::8:800:200C:417A|5282|", 0 },
		{ "!1!132.235.1.2!6275!", 0 },          /* any delimiter */
		{ "~2~::1~1~", 0 },
		{ "|3|132.235.1.2|6275|", -EAFNOSUPPORT },
		{ "|0|x|y|", -EAFNOSUPPORT },
		{ "", -EINVAL }, { "|", -EINVAL }, { "||||", -EINVAL },
		{ "|1|132.235.1.2|6275", -EINVAL },
		{ "|1|132.235.1.2|6275||", -EINVAL }, { "|1|132.235.1.2|65536|", -EINVAL },
		{ "|1|132.235.1.2|-1|", -EINVAL }, { "|1|132.235.1.2|+1|", -EINVAL },
		{ "|1|::1|6275|", -EINVAL }, { "|2|132.235.1.2|6275|", -EINVAL },
		{ "|2|::ffff:132.235.1.2|6275|", -EINVAL },   /* no way round the rules for IPv4 */
		{ "|1|host.example|6275|", -EINVAL }, { "|-1|132.235.1.2|6275|", -EINVAL },
		{ "|1|132.235.1.2|18446744073709557891|", -EINVAL },
		{ " 1 132.235.1.2 6275 ", -EINVAL },
		{ "\1771\177132.235.1.2\1776275\177", -EINVAL },
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(data_parse_eprt(cases[i].arg, &a), cases[i].result);
	assert_int_equal(data_parse_eprt("|2|2001:db8::1|5282|", &a), 0);
	assert_int_equal(a.family, AF_INET6);
	assert_int_equal(a.port, 5282);
}

/* A session that is logged in, of a client at `peer`. */
static struct fixture *user_at(const char *peer)
{
	struct fixture *f = fixture_new(SOCK_STREAM);

	assert_true(addr_parse(&f->s->start.peer, peer));
	assert_int_equal(root_init(&f->s->root, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/"),
	    0);
	f->s->access = (struct access){ .base = &f->server, .root = &f->s->root,
	    .who = &f->s->who };
	f->s->logged_in = true;
	memcpy(f->s->cwd, "/", 2);
	return f;
}

/* PORT or EPRT from `peer`: the code of the reply. */
static int active(const char *peer, const char *command)
{
	struct fixture *f = user_at(peer);
	char line[128];
	int code;

	assert_true(addr_parse(&f->s->start.local, "127.0.0.1"));
	log_to_file(open("/dev/null", O_WRONLY | O_CLOEXEC));
	(void)snprintf(line, sizeof line, "%s", command);
	command_dispatch(f->s, line, strlen(line));
	code = atoi(fixture_read(f));
	assert_int_equal(f->s->data.mode, code == 200 ? DATA_ACTIVE : DATA_NONE);
	(void)close(f->s->root.fd);
	fixture_free(f);
	return code;
}

static void bounces_are_refused(void **state)
{
	(void)state;
	assert_int_equal(active("192.0.2.1", "PORT 192,0,2,1,4,0"), 200);
	/* a service's port */
	assert_int_equal(active("192.0.2.1", "PORT 192,0,2,1,3,255"), 500);
	assert_int_equal(active("192.0.2.1", "PORT 192,0,2,9,4,0"), 500);      /* somebody else */
	assert_int_equal(active("192.0.2.1", "PORT 127,0,0,1,4,0"), 500);
	assert_int_equal(active("127.0.0.1", "PORT 127,0,0,1,4,0"), 200);
	assert_int_equal(active("127.0.0.1", "PORT 127,0,0,9,4,0"), 500);
	assert_int_equal(active("192.0.2.1", "PORT 0,0,0,0,4,0"), 500);
	assert_int_equal(active("192.0.2.1", "PORT 224,0,0,1,4,0"), 500);
	assert_int_equal(active("192.0.2.1", "PORT 255,255,255,255,4,0"), 500);
	assert_int_equal(active("2001:db8::1", "EPRT |2|2001:db8::1|1024|"), 200);
	assert_int_equal(active("2001:db8::1", "EPRT |2|2001:db8::2|1024|"), 500);
	assert_int_equal(active("2001:db8::1", "EPRT |2|::1|1024|"), 500);
	assert_int_equal(active("2001:db8::1", "EPRT |2|ff02::1|1024|"), 500);
	assert_int_equal(active("2001:db8::1", "EPRT |7|x|1|"), 522);
}

/* A client behind address translation names its private address: the peer's is meant. */
static void private_addresses_of_public_peers(void **state)
{
	struct fixture *f = user_at("192.0.2.1");
	char line[] = "PORT 10,1,2,3,8,0";

	(void)state;
	command_dispatch(f->s, line, strlen(line));
	assert_int_equal(atoi(fixture_read(f)), 200);
	assert_true(addr_same_host(&f->s->data.target, &f->s->start.peer));
	assert_int_equal(f->s->data.target.port, 2048);
	(void)close(f->s->root.fd);
	fixture_free(f);
	assert_int_equal(active("10.9.9.9", "PORT 10,1,2,3,8,0"), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_takes_six_numbers), cmocka_unit_test(eprt_takes_rfc_2428),
		cmocka_unit_test(bounces_are_refused),
		cmocka_unit_test(private_addresses_of_public_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
