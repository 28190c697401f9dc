/* The boundary's messages: what is put comes out, and nothing else is taken. */
#include "auth/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>

static struct msg m, other;

/* Give `from` to a receiver as the kernel would. */
static void deliver(const struct msg *from, struct msg *to, size_t cut)
{
	static unsigned char datagram[sizeof from->type + MSG_SIZE];

	memcpy(datagram, &from->type, sizeof from->type);
	memcpy(datagram + sizeof from->type, from->bytes, from->len);
	assert_true(msg_parse(to, datagram, sizeof from->type + from->len - cut));
}

static int open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void fields_come_out_as_they_went_in(void **state)
{
	char text[16];
	unsigned char bytes[4];

	(void)state;
	msg_start(&m, PRIV_LOG);
	msg_put_u32(&m, 0xfffffffe);
	msg_put_u64(&m, UINT64_C(1) << 40);
	msg_put_u32(&m, true);
	msg_put_str(&m, "a\r\nb");
	msg_put_bytes(&m, "\0\1\2", 3);
	deliver(&m, &other, 0);
	assert_int_equal(other.type, PRIV_LOG);
	assert_int_equal(msg_get_u32(&other), 0xfffffffe);
	assert_int_equal(msg_get_u64(&other), UINT64_C(1) << 40);
	assert_true(msg_get_bool(&other));
	msg_get_str(&other, text, sizeof text);
	assert_string_equal(text, "a\r\nb");
	assert_int_equal(msg_get_bytes(&other, bytes, sizeof bytes), 3);
	assert_memory_equal(bytes, "\0\1\2", 3);
	assert_true(msg_done(&other));
}

static void a_message_ends_exactly(void **state)
{
	(void)state;
	msg_start(&m, PRIV_NAME);
	msg_put_u32(&m, 1);
	msg_put_u32(&m, 2);
	deliver(&m, &other, 0);
	(void)msg_get_u32(&other);
	assert_false(msg_done(&other));         /* something is left */
	(void)msg_get_u32(&other);
	assert_true(msg_done(&other));
	assert_int_equal(msg_get_u32(&other), 0);
	assert_false(msg_done(&other));         /* nothing was there */
	for (size_t cut = 1; cut <= 8; cut++) {
		deliver(&m, &other, cut);
		(void)msg_get_u32(&other);
		(void)msg_get_u32(&other);
		assert_false(msg_done(&other));
	}
}

static void texts_are_bounded_and_whole(void **state)
{
	char text[4];

	(void)state;
	msg_start(&m, PRIV_USER);
	msg_put_str(&m, "abcd");                /* no room for its NUL */
	deliver(&m, &other, 0);
	msg_get_str(&other, text, sizeof text);
	assert_string_equal(text, "");
	assert_false(msg_done(&other));

	msg_start(&m, PRIV_USER);
	msg_put_bytes(&m, "a\0b", 3);
	deliver(&m, &other, 0);
	msg_get_str(&other, text, sizeof text);
	assert_string_equal(text, "");
	assert_false(msg_done(&other));

	msg_start(&m, PRIV_USER);
	msg_put_u32(&m, UINT32_MAX);            /* a length that nothing follows */
	deliver(&m, &other, 0);
	msg_get_str(&other, text, sizeof text);
	assert_false(msg_done(&other));
}

static void a_bool_is_0_or_1(void **state)
{
	(void)state;
	msg_start(&m, PRIV_NAME);
	msg_put_u32(&m, 2);
	deliver(&m, &other, 0);
	assert_false(msg_get_bool(&other));
	assert_false(msg_done(&other));
}

static void too_much_is_not_sent(void **state)
{
	static unsigned char big[MSG_SIZE + 1];
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	msg_start(&m, PRIV_LOG);
	msg_put_bytes(&m, big, sizeof big - 4);
	assert_int_equal(msg_send(pair[0], &m), -EMSGSIZE);
	msg_start(&m, PRIV_LOG);
	msg_put_bytes(&m, big, MSG_SIZE - 4);   /* exactly full */
	assert_int_equal(msg_send(pair[0], &m), 0);
	assert_int_equal(msg_recv(pair[1], &other), 1);
	assert_int_equal(msg_get_bytes(&other, big, sizeof big), MSG_SIZE - 4);
	assert_true(msg_done(&other));
	close(pair[0]);
	assert_int_equal(msg_recv(pair[1], &other), 0);
	close(pair[1]);
}

static void the_largest_identity_fits(void **state)
{
	static uint32_t groups[GROUPS_MAX_SENT], got[GROUPS_MAX_SENT];
	static struct identity a, b = { .groups = got };

	(void)state;
	for (uint32_t i = 0; i < GROUPS_MAX_SENT; i++)
		groups[i] = i * 7;
	a = (struct identity){
		.uid = 1000, .gid = 4294967294, .ngroups = GROUPS_MAX_SENT, .groups = groups,
		.anonymous = 3,
		.typed = "Ann", .account = "ann", .email = "a@b", .home = "/home/ann",
		.jail = "/srv",
		.start = "sub", .wants_records = true, .wants_state = true, .by_certificate = true,
		.wrapped = true,
	};
	memset(a.home, 'h', sizeof a.home - 1);
	memset(a.jail, 'j', sizeof a.jail - 1);
	memset(a.start, 's', sizeof a.start - 1);
	msg_start(&m, PRIV_BECOME);
	msg_put_identity(&m, &a);
	deliver(&m, &other, 0);
	msg_get_identity(&other, &b);
	assert_true(msg_done(&other));
	assert_memory_equal(groups, got, sizeof groups);
	assert_int_equal(b.ngroups, GROUPS_MAX_SENT);
	assert_int_equal(b.gid, 4294967294);
	assert_string_equal(b.jail, a.jail);
	assert_string_equal(b.account, "ann");
	assert_true(b.wants_records && b.wants_state && b.by_certificate && b.wrapped);
}

static void records_round_trip(void **state)
{
	static struct handover h, h2;
	static struct transfer_record t, t2;
	struct closing c = { "QUIT", 1, 2, 3, UINT64_MAX, 5, 6 }, c2;

	(void)state;
	h = (struct handover){ .epsv_all = true, .pbsz = true, .prot = true, .commands = 9,
	    .raw_in = 4, .raw_out = UINT64_MAX, .client = "x", .pending = LINE_LIMIT };
	memset(h.line, 0xff, sizeof h.line);
	msg_start(&m, PRIV_GO);
	msg_put_handover(&m, &h);
	deliver(&m, &other, 0);
	msg_get_handover(&other, &h2);
	assert_true(msg_done(&other));
	assert_memory_equal(&h, &h2, sizeof h);
	h.pending++;
	msg_start(&m, PRIV_GO);
	msg_put_handover(&m, &h);
	assert_true(m.bad);

	t = (struct transfer_record){ .path = "/a b", .bytes = UINT64_MAX, .direction = 'i' };
	msg_start(&m, PRIV_TRANSFER);
	msg_put_transfer(&m, &t);
	deliver(&m, &other, 0);
	msg_get_transfer(&other, &t2);
	assert_true(msg_done(&other));
	assert_memory_equal(&t, &t2, sizeof t);
	t.direction = '\n';
	msg_start(&m, PRIV_TRANSFER);
	msg_put_transfer(&m, &t);
	deliver(&m, &other, 0);
	msg_get_transfer(&other, &t2);
	assert_false(msg_done(&other));

	msg_start(&m, PRIV_CLOSING);
	msg_put_closing(&m, &c);
	deliver(&m, &other, 0);
	msg_get_closing(&other, &c2);
	assert_true(msg_done(&other));
	assert_string_equal(c2.reason, "QUIT");
	assert_int_equal(c2.bytes_out, UINT64_MAX);
	assert_int_equal(c2.raw_in, 5);
	assert_int_equal(c2.raw_out, 6);
}

static void quotas_round_trip(void **state)
{
	struct quota_told a = { .any = true, .used_up = QUOTA_FILES_IN, .limit = { .name = "staff",
		.kind = QUOTA_GROUP, .per_session = true, .hard = true,
		.n = { 1, 2, 3, 4, 5, UINT32_MAX } },
		.tally = { .name = "staff", .kind = QUOTA_GROUP, .n = { QUOTA_MOST, 0, 7 } } }, b;
	const struct quota_use u = { QUOTA_MOST, 1, 2, 3, 2, 1, 0, 1 };
	struct quota_use v;

	(void)state;
	memset(&b, 0xff, sizeof b);
	msg_start(&m, PRIV_QUOTAS);
	msg_put_quota(&m, &a);
	deliver(&m, &other, 0);
	msg_get_quota(&other, &b);
	assert_true(msg_done(&other) && b.any && b.used_up == QUOTA_FILES_IN);
	assert_string_equal(b.limit.name, "staff");
	assert_true(b.limit.kind == QUOTA_GROUP && b.limit.per_session && b.limit.hard);
	assert_memory_equal(b.limit.n, a.limit.n, sizeof a.limit.n);
	assert_memory_equal(b.tally.n, a.tally.n, sizeof a.tally.n);
	a.limit.kind = 21;
	msg_start(&m, PRIV_QUOTAS);
	msg_put_quota(&m, &a);
	deliver(&m, &other, 0);
	msg_get_quota(&other, &b);
	assert_false(msg_done(&other));
	msg_start(&m, PRIV_QUOTA_USED);
	msg_put_quota_use(&m, &u);
	deliver(&m, &other, 0);
	msg_get_quota_use(&other, &v);
	assert_true(msg_done(&other));
	assert_memory_equal(&u, &v, sizeof u);
}

static void states_round_trip(void **state)
{
	struct session_state a = { .doing = DOING_RETRIEVE, .milliseconds = 1, .bytes = 2,
	    .size = 3,
		.offset = 4, .bytes_in = 5, .bytes_out = 6, .files_in = 7, .files_out = 8,
		.verb = "RETR" }, b;

	(void)state;
	memset(&b, 0xff, sizeof b);
	memset(a.what, 'x', sizeof a.what - 1);
	msg_start(&m, PRIV_STATE);
	msg_put_state(&m, &a);
	deliver(&m, &other, 0);
	msg_get_state(&other, &b);
	assert_true(msg_done(&other));
	assert_true(b.doing == a.doing && b.milliseconds == 1 && b.bytes == 2 && b.size == 3 &&
	    b.offset == 4);
	assert_true(b.bytes_in == 5 && b.bytes_out == 6 && b.files_in == 7 && b.files_out == 8);
	assert_string_equal(b.verb, "RETR");
	assert_string_equal(b.what, a.what);
	for (int i = 0; i < 2; i++) {        /* one who is logged in is never before it */
		a.doing = i == 0 ? DOING_LOGIN : DOINGS;
		msg_start(&m, PRIV_STATE);
		msg_put_state(&m, &a);
		deliver(&m, &other, 0);
		msg_get_state(&other, &b);
		assert_false(msg_done(&other));
	}
}

static void claims_round_trip(void **state)
{
	struct claim a = { .command = 8, .max = { [CLAIM_HOST] = UINT32_MAX, [CLAIM_USER] = 3 } },
	    b;

	(void)state;
	memset(&b, 0xff, sizeof b);
	msg_start(&m, PRIV_CLAIM);
	msg_put_claim(&m, &a);
	deliver(&m, &other, 0);
	msg_get_claim(&other, &b);
	assert_true(msg_done(&other));
	assert_memory_equal(&a, &b, sizeof a);
	for (uint32_t command = 0; command < 20; command++) {
		a.command = command;
		msg_start(&m, PRIV_CLAIM);
		msg_put_claim(&m, &a);
		deliver(&m, &other, 0);
		msg_get_claim(&other, &b);
		assert_int_equal(msg_done(&other), command == 1 || command == 2 || command == 4 ||
		    command == 8);
	}
}

static void ratios_round_trip(void **state)
{
	const struct ratio_request q = { RATIO_GIVE_BACK, 3, UINT32_MAX, true, RATIO_COUNT_MAX };
	const struct ratio_answer a = { 13, RATIO_BYTES, { 1, RATIO_COUNT_MAX, 3, 4 } };
	struct ratio_request q2;
	struct ratio_answer a2;

	(void)state;
	memset(&q2, 0, sizeof q2);
	memset(&a2, 0, sizeof a2);
	msg_start(&m, PRIV_RATIO);
	msg_put_ratio(&m, &q);
	deliver(&m, &other, 0);
	msg_get_ratio(&other, &q2);
	assert_true(msg_done(&other));
	assert_true(q2.what == q.what && q2.number == 3 && q2.rule == UINT32_MAX && q2.file &&
	    q2.bytes == RATIO_COUNT_MAX);
	msg_start(&m, PRIV_RATIO_COUNTS);
	msg_put_ratio_answer(&m, &a);
	deliver(&m, &other, 0);
	msg_get_ratio_answer(&other, &a2);
	assert_true(msg_done(&other));
	assert_true(a2.err == 13 && a2.verdict == RATIO_BYTES);
	assert_memory_equal(&a2.counts, &a.counts, sizeof a.counts);
	/* out of their range */
	msg_start(&m, PRIV_RATIO);
	for (int i = 0; i < 4; i++)
		msg_put_u32(&m, i == 0 ? RATIO_WHATS : 0);
	msg_put_u64(&m, 0);
	deliver(&m, &other, 0);
	msg_get_ratio(&other, &q2);
	assert_false(msg_done(&other));
	msg_start(&m, PRIV_RATIO);
	for (int i = 0; i < 4; i++)
		msg_put_u32(&m, 0);
	msg_put_u64(&m, RATIO_COUNT_MAX + 1);
	deliver(&m, &other, 0);
	msg_get_ratio(&other, &q2);
	assert_false(msg_done(&other));
	assert_true(q2.bytes == 0);
}

static void tls_settings_round_trip(void **state)
{
	static struct tls_settings a, b;

	(void)state;
	a = (struct tls_settings){
		.protocols = 12, .curves = "X25519", .server_preference = true, .alpn = true,
		.sni = true,
		.verify = 2, .depth = 9, .user_name = "CommonName", .certificate = true,
		.resume = true,
	};
	memset(a.ciphers, 'c', sizeof a.ciphers - 1);
	memset(a.suites, 's', sizeof a.suites - 1);
	msg_start(&m, TLS_SETTINGS);
	msg_put_tls_settings(&m, &a);
	deliver(&m, &other, 0);
	msg_get_tls_settings(&other, &b);
	assert_true(msg_done(&other));
	assert_memory_equal(&a, &b, sizeof a);
	deliver(&m, &other, 1);
	msg_get_tls_settings(&other, &b);
	assert_false(msg_done(&other));
	msg_start(&m, TLS_SETTINGS);
	msg_put_u32(&m, 0);
	msg_put_bytes(&m, &a, TEXT_SIZE);       /* one more than there is room for */
	deliver(&m, &other, 0);
	msg_get_tls_settings(&other, &b);
	assert_false(msg_done(&other));
}

static void the_largest_tls_peer_fits(void **state)
{
	static struct tls_peer a, b;

	(void)state;
	a = (struct tls_peer){
		.protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .bits = 256,
		.server_name = "b.example", .verified = true, .nnames = TLS_NAMES_MAX,
		.certificate_size = CERTIFICATE_SIZE,
	};
	memset(a.subject, 's', sizeof a.subject - 1);
	for (int i = 0; i < TLS_NAMES_MAX; i++)
		memset(a.names[i], 'a' + i, sizeof a.names[i] - 1);
	memset(a.certificate, 0x30, sizeof a.certificate);
	msg_start(&m, TLS_UP);
	msg_put_tls_peer(&m, &a);
	deliver(&m, &other, 0);
	msg_get_tls_peer(&other, &b);
	assert_true(msg_done(&other));
	assert_memory_equal(&a, &b, sizeof a);
	a.nnames++;                             /* more names than there are */
	msg_start(&m, TLS_UP);
	msg_put_tls_peer(&m, &a);
	deliver(&m, &other, 0);
	msg_get_tls_peer(&other, &b);
	assert_false(msg_done(&other));
	assert_true(b.nnames <= TLS_NAMES_MAX);
}

static void a_descriptor_is_taken_or_refused(void **state)
{
	int pair[2], before;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	before = open_descriptors();
	msg_start(&m, PRIV_DESCRIPTOR);
	m.fd = pair[0];
	assert_int_equal(msg_send(pair[0], &m), 0);
	assert_int_equal(msg_recv(pair[1], &other), 1);
	assert_true(other.fd >= 0);
	assert_false(msg_done(&other));         /* nobody took it */
	close(other.fd);
	other.fd = -1;
	assert_true(msg_done(&other));
	assert_int_equal(open_descriptors(), before);
	close(pair[0]);
	close(pair[1]);
}

/* Send `n` descriptors in `len` bytes, as nobody but an attacker does. */
static void send_raw(int sock, const void *bytes, size_t len, int n)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(8 * sizeof(int))]; } control;
	struct iovec io = { (void *)(uintptr_t)bytes, len };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };
	const int fds[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };

	memset(&control, 0, sizeof control);
	if (n > 0) {
		h.msg_control = control.room;
		h.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		control.h.cmsg_level = SOL_SOCKET;
		control.h.cmsg_type = SCM_RIGHTS;
		control.h.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(&control.h), fds, (size_t)n * sizeof(int));
	}
	assert_true(sendmsg(sock, &h, 0) >= 0);
}

static void foul_datagrams_are_refused(void **state)
{
	static char big[MSG_SIZE + 5];
	int pair[2], before;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	before = open_descriptors();
	for (int n = 2; n <= 8; n++) {
		send_raw(pair[0], big, 8, n);
		assert_int_equal(msg_recv(pair[1], &other), -EBADMSG);
		assert_false(msg_done(&other));
		assert_int_equal(open_descriptors(), before);   /* none was kept */
	}
	send_raw(pair[0], big, 3, 0);           /* no type */
	assert_int_equal(msg_recv(pair[1], &other), -EBADMSG);
	send_raw(pair[0], big, 3, 1);
	assert_int_equal(msg_recv(pair[1], &other), -EBADMSG);
	send_raw(pair[0], big, sizeof big, 0);  /* cut by the kernel */
	assert_int_equal(msg_recv(pair[1], &other), -EBADMSG);
	send_raw(pair[0], big, sizeof big - 1, 0);
	assert_int_equal(msg_recv(pair[1], &other), 1);
	assert_int_equal(open_descriptors(), before);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_out_as_they_went_in),
		cmocka_unit_test(a_message_ends_exactly),
		cmocka_unit_test(texts_are_bounded_and_whole),
		cmocka_unit_test(a_bool_is_0_or_1),
		cmocka_unit_test(too_much_is_not_sent),
		cmocka_unit_test(the_largest_identity_fits),
		cmocka_unit_test(records_round_trip),
		cmocka_unit_test(states_round_trip),
		cmocka_unit_test(quotas_round_trip), cmocka_unit_test(ratios_round_trip),
		cmocka_unit_test(claims_round_trip), cmocka_unit_test(tls_settings_round_trip),
		cmocka_unit_test(the_largest_tls_peer_fits),
		cmocka_unit_test(a_descriptor_is_taken_or_refused),
		cmocka_unit_test(foul_datagrams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
