/* AUTH, PBSZ, PROT, CCC and TLSRequired: what they answer, and what they leave behind. */
#include "session/security.h"

#include "session/command.h"
#include "session/login.h"
#include "tests/session/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct fixture *f;
static int channel;                  /* the TLS process's end, or -1 */

#define SET(id, field, value) (f->own.field = (value), f->own.where[id].line = 1)

static void offer(void)
{
	SET(D_TLS_ENGINE, tls_engine, true);
	f->own.protocols.ftp = f->own.protocols.ftps = true;
	f->own.where[D_PROTOCOLS].line = 1;
}

static int stranger(void **state)
{
	(void)state;
	f = fixture_new(SOCK_STREAM);
	f->s->last_input = INT64_MAX / 2;
	channel = -1;
	offer();
	return 0;
}

/* Logged in, with a TLS process that the test plays. */
static int user(void **state)
{
	int pair[2];

	stranger(state);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	f->s->start.tls = pair[0];
	channel = pair[1];
	f->s->start.secured = f->s->logged_in = true;
	f->s->home = "/";
	memcpy(f->s->id.typed, "alice", 6);
	assert_int_equal(root_init(&f->s->root, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), ""),
	    0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (channel >= 0)
		(void)close(channel);
	if (f->s->start.tls >= 0)
		(void)close(f->s->start.tls);
	if (f->s->root.fd >= 0)
		(void)close(f->s->root.fd);
	fixture_free(f);
	return 0;
}

static const char *run(const char *line)
{
	return fixture_run(f, line);
}

static void expect(const char *line, const char *answer)
{
	const char *got = run(line);

	if (strncmp(got, answer, strlen(answer)) != 0)
		fail_msg("%s: %s instead of %s", line, got, answer);
}

static void nothing_is_offered(void)
{
	static const char *const verbs[] = { "AUTH TLS", "PBSZ 0", "PROT P", "CCC", "AUTH",
	    "PROT" };

	expect("FEAT", "211-");
	assert_null(strstr(f->text, "AUTH"));
	assert_null(strstr(f->text, "PBSZ"));
	assert_null(strstr(f->text, "PROT"));
	assert_null(strstr(f->text, "CCC"));
	expect("HELP", "214-");
	assert_null(strstr(f->text, "AUTH"));
	expect("HELP AUTH", "502 ");
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		expect(verbs[i], !f->s->logged_in && strcmp(verbs[i], "CCC") == 0 ? "530 " :
		    "502 Command not implemented.\r\n");
}

static void where_tls_is_off(void **state)
{
	(void)state;
	f->own.tls_engine = false;
	nothing_is_offered();
	f->own.tls_engine = true;
	f->own.protocols.ftps = false;
	nothing_is_offered();
}

#ifdef WITH_TLS

static struct msg m;

/* Answers wait in the socket before they are asked for. */
static void answer(int sock, uint32_t type, int n, uint32_t a, uint32_t b)
{
	msg_start(&m, type);
	if (n > 0)
		msg_put_u32(&m, a);
	if (n > 1)
		msg_put_u32(&m, b);
	assert_int_equal(msg_send(sock, &m), 0);
}

/* What the session sent there, or 0. */
static uint32_t asked(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	if (poll(&p, 1, 0) != 1 || msg_recv(sock, &m) != 1)
		return 0;
	return m.type;
}

static void hears(int sock, uint32_t type)
{
	uint32_t got;

	do
		got = asked(sock);
	while (got == PRIV_LOG || got == PRIV_STATE);
	assert_int_equal(got, type);
}

/* Have the handshake succeed. Returns the other end of the new control connection. */
static int secure(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	msg_start(&m, PRIV_DESCRIPTOR);
	msg_put_u32(&m, 0);
	m.fd = pair[0];
	assert_int_equal(msg_send(f->monitor, &m), 0);
	(void)close(pair[0]);
	return pair[1];
}

static void what_is_offered(void **state)
{
	(void)state;
	expect("FEAT", "211-");
	assert_non_null(strstr(f->text, "\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n"));
	assert_null(strstr(f->text, "CCC"));
	expect("HELP CCC", "502 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH | TLS_NEED_DATA);
	expect("FEAT", "211-");
	assert_non_null(strstr(f->text, "\r\n CCC\r\n"));
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH | TLS_NEED_DATA | TLS_NEED_CTRL);
	expect("FEAT", "211-");
	assert_null(strstr(f->text, "CCC"));
}

static void refusals_of_auth(void **state)
{
	(void)state;
	expect("AUTH", "501 ");
	expect("AUTH SSL", "504 ");
	expect("AUTH TLS-P", "504 ");
	expect("AUTH GSSAPI", "504 ");
	expect("PBSZ 0", "503 ");
	expect("PROT P", "503 ");
	expect("CCC", "530 ");
	answer(f->monitor, PRIV_RESULT, 2, ENOENT, 0);
	expect("AUTH TLS", "431 TLS is not available now, see the server's log.\r\n");
	hears(f->monitor, PRIV_TLS);
	assert_int_equal(asked(f->monitor), 0);
	f->s->named = true;
	expect("AUTH TLS", "503 ");
	f->s->logged_in = true;
	expect("AUTH TLS", "503 ");
	assert_int_equal(asked(f->monitor), 0);
	assert_false(f->s->ending);
}

/* What <Limit> says of AUTH and its kin. */
static void limits(void **state)
{
	static const struct limit_rule deny = { .kind = RULE_ALL };
	static const char *const names[] = { "AUTH", "PBSZ", "PROT", NULL };
	const struct limit limit = { .names = names, .rules = &deny, .where = { 0, 1 } };

	(void)state;
	f->server.limits = &limit;
	expect("AUTH TLS", "534 ");
	expect("PBSZ 0", "534 ");
	expect("PROT P", "534 ");
	expect("FEAT", "211-");
	assert_null(strstr(f->text, "AUTH"));
}

/* CVE-2011-0411: nothing that was said in clear counts behind AUTH, wherever it waits. */
static void auth_begins_anew(void **state)
{
	static const char early[] = "USER alice\r\nDELE x\r\n", late[] = "NOOP\r\n\377\375";
	char text[512];
	size_t room;
	int tls = secure();
	ssize_t n;

	(void)state;
	memcpy(line_room(&f->s->line, &room), early, sizeof early - 1);
	line_received(&f->s->line, sizeof early - 1);
	f->s->line.telnet = 1;
	f->s->pbsz = f->s->prot = true;
	assert_int_equal(send(f->client, late, sizeof late - 1, 0), (ssize_t)sizeof late - 1);
	expect("auth tls-c", "234 ");
	assert_null(strstr(f->text + 4, "\n2"));
	hears(f->monitor, PRIV_TLS);
	hears(f->monitor, PRIV_TLS_START);
	assert_false(line_waiting(&f->s->line));
	assert_int_equal(f->s->line.end, 0);
	assert_int_equal(f->s->line.telnet, 0);
	assert_true(f->s->start.secured);
	assert_false(f->s->pbsz || f->s->prot);
	/* no end of it is ours */
	assert_int_equal(recv(f->client, text, sizeof text, MSG_DONTWAIT), 0);
	assert_string_equal(run("NOOP"), "");
	n = recv(tls, text, sizeof text, 0);
	assert_int_equal(n, 9);
	assert_memory_equal(text, "200 OK.\r\n", 9);
	(void)close(f->client);
	f->client = tls;
	expect("AUTH TLS", "503 ");
	expect("PROT P", "503 Give PBSZ first.");
	expect("USER", "501 ");
}

/* Clear text without end is no beginning of TLS. */
static void a_flood_behind_auth(void **state)
{
	static char flood[1 << 20];
	int size = 4 << 20;

	(void)state;
	assert_int_equal(setsockopt(f->client, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size), 0);
	assert_int_equal(send(f->client, flood, sizeof flood, MSG_DONTWAIT), (ssize_t)sizeof flood);
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	assert_string_equal(run("AUTH TLS"), "");
	assert_true(f->s->ending);
	hears(f->monitor, PRIV_TLS);
	hears(f->monitor, 0);
}

static void a_handshake_that_fails(void **state)
{
	(void)state;
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	answer(f->monitor, PRIV_DESCRIPTOR, 1, EPROTO, 0);
	expect("AUTH TLS", "234 ");
	assert_true(f->s->ending);
	assert_string_equal(f->s->last_words, "");
	reply(f->s, 421, "in clear");
	assert_string_equal(fixture_read(f), "");
	assert_false(f->s->start.secured);
}

/* In a child, since it exits. Returns its status. */
static int child_auth(void)
{
	char line[] = "AUTH TLS";
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		command_dispatch(f->s, line, strlen(line));
		_exit(77);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void another_server_by_sni(void **state)
{
	static struct handover h;
	size_t room;

	(void)state;
	memcpy(line_room(&f->s->line, &room), "NOOP\r\n", 6);
	line_received(&f->s->line, 6);
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	answer(f->monitor, PRIV_GRANTED, 0, 0, 0);
	assert_int_equal(child_auth(), 0);
	assert_memory_equal(fixture_read(f), "234 ", 4);
	assert_null(strchr(f->text, '\r')[2] != '\0' ? f->text : NULL);
	hears(f->monitor, PRIV_TLS);
	hears(f->monitor, PRIV_TLS_START);
	hears(f->monitor, PRIV_HANDOVER);
	msg_get_handover(&m, &h);
	assert_true(msg_done(&m));
	assert_int_equal(h.pending, 0);
	assert_false(h.pbsz || h.prot);
}

/* Whatever ends the session in the handshake says nothing in clear. */
static void the_end_in_a_handshake(void **state)
{
	(void)state;
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	msg_start(&m, PRIV_END);
	msg_put_str(&m, "The server is being stopped");
	assert_int_equal(msg_send(f->monitor, &m), 0);
	assert_int_equal(child_auth(), 0);
	assert_memory_equal(fixture_read(f), "234 ", 4);
	assert_null(strstr(f->text, "421"));
}

static void a_monitor_out_of_order(void **state)
{
	(void)state;
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	answer(f->monitor, PRIV_RESULT, 2, 0, 0);
	assert_int_equal(child_auth(), 1);
	assert_memory_equal(fixture_read(f), "234 ", 4);
	assert_null(strstr(f->text, "421"));
}

static void pbsz_and_prot(void **state)
{
	static const struct { const char *line, *answer; } table[] = {
		{ "PROT P", "503 " }, { "PBSZ -1", "501 " }, { "PBSZ 4294967296", "501 " },
		{ "PBSZ x", "501 " },
		{ "PBSZ", "501 " }, { "PBSZ 4294967295", "200 PBSZ=0\r\n" },
		{ "PBSZ 0", "200 PBSZ=0\r\n" },
		{ "PROT", "501 " }, { "PROT S", "536 " }, { "PROT e", "536 " },
		{ "PROT X", "504 " },
		{ "PROT PP", "504 " }, { "PROT p", "200 " }, { "AUTH TLS", "503 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		expect(table[i].line, table[i].answer);
	assert_true(f->s->prot);
	expect("STAT", "211-");
	assert_non_null(strstr(f->text, "Control connection: TLS, data connections: private\r\n"));
	expect("PROT C", "200 ");
	assert_false(f->s->prot);
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_DATA);
	expect("PROT P", "200 ");
	expect("PROT C", "534 ");
	assert_true(f->s->prot);
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH | TLS_NO_DATA);
	expect("PROT C", "200 ");
	expect("PROT P", "534 ");
	assert_false(f->s->prot);
}

static void ccc(void **state)
{
	(void)state;
	expect("CCC x", "501 ");
	expect("CCC", "534 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH | TLS_NEED_CTRL);
	expect("CCC", "534 ");
	assert_int_equal(asked(channel), 0);
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH);
	f->s->pbsz = f->s->prot = true;
	answer(channel, TLS_CLEARED, 1, 0, 0);
	expect("CCC", "200 ");
	hears(channel, TLS_CLEAR);
	assert_true(msg_done(&m));
	assert_false(f->s->start.secured);
	assert_true(f->s->prot);     /* the data connections stay as they were */
	expect("CCC", "533 ");
	expect("STAT", "211-");
	assert_non_null(strstr(f->text,
	    "Control connection: clear, data connections: private\r\n"));
	expect("PROT P", "200 ");
	expect("AUTH TLS", "503 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_CTRL);
	expect("NOOP", "550 ");
	expect("SYST", "215 ");
}

static void ccc_that_fails(void **state)
{
	(void)state;
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH);
	answer(channel, TLS_CLEARED, 1, ECONNRESET, 0);
	assert_string_equal(run("CCC"), "");
	assert_true(f->s->ending);
	assert_true(f->s->start.secured);
}

static void ccc_and_a_forged_answer(void **state)
{
	(void)state;
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH);
	answer(channel, TLS_OPENED, 1, 0, 0);
	assert_string_equal(run("CCC"), "");
	assert_true(f->s->ending);
	assert_string_equal(f->s->end_reason, "TLS process out of order");
	assert_true(f->s->start.secured);
	assert_int_equal(f->s->start.tls, -1);
}

/* Every row of the table under TLSRequired, in clear. */
static void the_gate(void **state)
{
	static const char *const may[] = { "AUTH", "FEAT", "HOST", "CLNT", "SYST", "QUIT" };
	const struct command *c;
	char line[64];

	(void)state;
	for (unsigned need = TLS_NEED_CTRL; need <= TLS_NEED_AUTH; need++) {
		SET(D_TLS_REQUIRED, tls_required, need);
		for (size_t i = 0; (c = command_at(i)) != NULL && !(c->flags & CMD_SITE); i++) {
			bool free = false;

			for (size_t k = 0; k < sizeof may / sizeof may[0]; k++)
				free = free || strcmp(may[k], c->verb) == 0;
			assert_int_equal(!!(c->flags & CMD_CLEAR), free);
			(void)snprintf(line, sizeof line, "%s x", c->verb);
			if (!free)
				expect(line, "550 TLS is required here: give AUTH TLS first.\r\n");
		}
		expect("SYST", "215 ");
		expect("FEAT", "211-");
		expect("CLNT x", "200 ");
		expect("AUTH x", "504 ");
	}
	assert_int_equal(asked(f->monitor), 0);      /* nobody's name went anywhere */
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_CTRL | TLS_NEED_AUTH);
	SET(D_TLS_OPTIONS, tls_options, TLS_PER_USER);
	expect("NOOP", "550 ");
	expect("PASS x", "503 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_DATA);
	expect("NOOP", "200 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_CTRL);
	f->own.tls_options = 0;
	f->own.tls_engine = false;
	expect("NOOP", "550 TLS is required here, and not to be had");
	expect("USER alice", "550 ");
	expect("AUTH TLS", "502 ");
}

static void the_gate_behind_the_login(void **state)
{
	(void)state;
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_CTRL | TLS_NEED_AUTH);
	expect("NOOP", "200 ");
	f->s->start.secured = false;
	expect("NOOP", "550 ");
	expect("RETR x", "550 ");
	SET(D_TLS_REQUIRED, tls_required, TLS_NEED_AUTH);
	expect("NOOP", "200 ");
}

/* A section's own TLSRequired: before anything is opened, and the same for what is not there. */
static void the_gate_of_a_section(void **state)
{
	struct settings own = settings_unset;
	struct context section = { .kind = CTX_DIRECTORY, .outer = &f->server, .own = &own,
	    .path = "/proc/self", .host = "/usr", .host_len = 4 };

	(void)state;
	own.where[D_TLS_REQUIRED].line = 1;
	f->server.directories = &section;
	own.tls_required = TLS_NEED_DATA;
	expect("RETR /usr/missing",
	    "522 Data connections must be protected here: give PROT P first.\r\n");
	expect("RETR /usr/bin/env", "522 ");
	expect("STOR /usr/new", "522 ");
	expect("LIST /usr", "522 ");
	expect("LIST /usr/b*", "522 ");
	expect("NLST /usr/missing", "522 ");
	expect("MLSD /usr", "522 ");
	expect("MLST /usr", "250-");
	expect("SIZE /usr/bin/env", "213 ");
	expect("RETR /etc/passwd", "425 ");
	f->s->prot = true;
	expect("RETR /usr/bin/env", "425 ");
	expect("RETR /usr/missing", "550 ");
	own.tls_required = TLS_NO_DATA;
	expect("RETR /usr/bin/env",
	    "522 Data connections must not be protected here: give PROT C first.\r\n");
	expect("LIST /usr", "522 ");
	own.tls_required = TLS_NEED_CTRL;
	expect("CWD /usr", "250 ");
	f->s->start.secured = false;
	expect("CWD /usr", "550 TLS");
	expect("SIZE /usr/missing", "550 TLS");
	expect("STAT /usr", "550 TLS");
	expect("STAT /usr/missing", "550 TLS");
	expect("CWD /etc", "250 ");
	expect("STAT -n /*/bin", "");
	assert_null(strstr(f->text, "/usr/bin"));
	f->s->start.secured = true;
	expect("STAT -n /*/bin", "213-");
	assert_non_null(strstr(f->text, "/usr/bin"));
}

static void protocols(void **state)
{
	(void)state;
	f->own.protocols.ftp = false;
	expect("USER alice", "530 Logging in without TLS");
	f->s->start.secured = true;
	f->own.protocols.ftp = true;
	f->own.protocols.ftps = false;
	expect("USER alice", "530 Logging in under TLS");
	hears(f->monitor, 0);
}

static void host_behind_auth(void **state)
{
	(void)state;
	f->s->start.secured = true;
	answer(f->monitor, PRIV_RESULT, 2, EBUSY, 0);
	expect("HOST other.example", "503 HOST comes before AUTH.\r\n");
	answer(f->monitor, PRIV_RESULT, 2, ENOENT, 0);
	expect("HOST other.example", "504 ");
}

static void the_welcome_by_certificate(void **state)
{
	(void)state;
	SET(D_WRAP_ALLOW_MSG, wrap_allow_msg, "in by a table");
	f->s->id.wrapped = f->s->id.by_certificate = true;
	login_welcome(f->s);
	assert_string_equal(fixture_read(f), "232-in by a table\r\n232 User alice logged in.\r\n");
	f->s->id.wrapped = f->s->id.by_certificate = false;
	login_welcome(f->s);
	assert_string_equal(fixture_read(f), "230 User alice logged in.\r\n");
}

static void the_address_for_pasv(void **state)
{
	(void)state;
	assert_true(addr_parse(&f->s->start.local, "127.0.0.1"));
	SET(D_MASQUERADE_ADDRESS, masquerade_address, "192.0.2.1");
	SET(D_TLS_MASQUERADE_ADDRESS, tls_masquerade_address, "192.0.2.2");
	expect("PASV", "227 Entering Passive Mode (192,0,2,2,");
	f->s->start.secured = false;
	expect("PASV", "227 Entering Passive Mode (192,0,2,1,");
	data_reset(f->s);
}

#endif

#define STRANGER(test) cmocka_unit_test_setup_teardown(test, stranger, end)
#define USER(test) cmocka_unit_test_setup_teardown(test, user, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STRANGER(where_tls_is_off), USER(where_tls_is_off),
#ifdef WITH_TLS
		STRANGER(what_is_offered), STRANGER(refusals_of_auth), STRANGER(limits),
		STRANGER(auth_begins_anew), STRANGER(a_flood_behind_auth),
		    STRANGER(a_handshake_that_fails),
		STRANGER(another_server_by_sni), STRANGER(the_end_in_a_handshake),
		STRANGER(a_monitor_out_of_order),
		USER(pbsz_and_prot), USER(ccc), USER(ccc_that_fails), USER(ccc_and_a_forged_answer),
		STRANGER(the_gate), USER(the_gate_behind_the_login), USER(the_gate_of_a_section),
		STRANGER(protocols), STRANGER(host_behind_auth), USER(the_welcome_by_certificate),
		USER(the_address_for_pasv),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
