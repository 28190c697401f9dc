/*
 * Quota tables: the very bytes that ProFTPD's ftpquota writes, what is refused, and the arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/quota.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `n` bytes of zero. */
#define Z4 "00000000"
#define Z16 Z4 Z4 Z4 Z4
#define Z64 Z16 Z16 Z16 Z16

/*
 * Written by ftpquota of ProFTPD 1.3.8: alice, user, hard, 10 bytes down; staff, group, soft, per
 * session, 77 bytes down; x, class; all.
 */
static const char *const limits[] = {
	"616c696365" Z64 Z4 Z4 Z4 "14000000" "00" "01000000" "000000000000f0bf" "0000000000002440"
	    "000000000000f0bf" Z4 Z4 Z4,
	"7374616666" Z64 Z4 Z4 Z4 "1e000000" "01" "02000000" "000000000000f0bf" "0000000000405340"
	    "000000000000f0bf" Z4 Z4 Z4,
	"78" Z64 Z16 "28000000" "00" "01000000" "000000000000f0bf" "000000000000f0bf"
	"000000000000f0bf"
	    Z4 Z4 Z4,
	Z64 Z16 "00" "0a000000" "00" "01000000" "000000000000f0bf" "000000000000f0bf"
	"000000000000f0bf"
	    Z4 Z4 Z4,
};

/* bob, 5 and 6 bytes, 1 and 2 files. */
static const char *const bob = "626f62" Z64 Z4 Z4 Z4 "0000" "14000000" "0000000000001440"
    "0000000000001840" "0000000000000000" "01000000" "02000000" Z4;

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= QUOTA_RECORD_MAX);
	for (size_t i = 0; i < n; i++) {
		char two[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (unsigned char)strtoul(two, NULL, 16);
	}
	return n;
}

static void limits_of_the_real_one(void **state)
{
	static const struct {
		const char *name;
		enum quota_kind kind;
		bool per_session, hard;
		uint64_t out;
	} want[] = {
		{ "alice", QUOTA_USER, false, true, 10 }, { "staff", QUOTA_GROUP, true, false, 77 },
		{ "x", QUOTA_CLASS, false, true, 0 }, { "", QUOTA_ALL, false, true, 0 },
	};

	(void)state;
	assert_int_equal(quota_magic(QUOTA_LIMITS), 0x7626);
	for (size_t i = 0; i < 4; i++) {
		unsigned char bytes[QUOTA_RECORD_MAX], again[QUOTA_RECORD_MAX];
		struct quota_record r;

		assert_int_equal(unhex(limits[i], bytes), QUOTA_LIMIT_SIZE);
		assert_null(quota_parse(QUOTA_LIMITS, bytes, &r));
		assert_string_equal(r.name, want[i].name);
		assert_int_equal(r.kind, want[i].kind);
		assert_int_equal(r.per_session, want[i].per_session);
		assert_int_equal(r.hard, want[i].hard);
		assert_int_equal(r.n[QUOTA_BYTES_OUT], want[i].out);
		assert_int_equal(r.n[QUOTA_BYTES_IN], 0);
		quota_format(QUOTA_LIMITS, &r, again);
		assert_memory_equal(again, bytes, QUOTA_LIMIT_SIZE);
	}
}

static void tallies_of_the_real_one(void **state)
{
	static const uint64_t want[QUOTA_WHATS] = { 5, 6, 0, 1, 2, 0 };
	unsigned char bytes[QUOTA_RECORD_MAX], again[QUOTA_RECORD_MAX];
	struct quota_record r;

	(void)state;
	assert_int_equal(quota_magic(QUOTA_TALLIES), 0x7644);
	assert_int_equal(unhex(bob, bytes), QUOTA_TALLY_SIZE);
	assert_null(quota_parse(QUOTA_TALLIES, bytes, &r));
	assert_string_equal(r.name, "bob");
	for (size_t i = 0; i < QUOTA_WHATS; i++)
		assert_int_equal(r.n[i], want[i]);
	quota_format(QUOTA_TALLIES, &r, again);
	assert_memory_equal(again, bytes, QUOTA_TALLY_SIZE);
}

/* Where the first double of a record stands. */
static size_t figures(enum quota_table_type type)
{
	return type == QUOTA_LIMITS ? 90 : 85;
}

static const char *parse_double(enum quota_table_type type, double v, struct quota_record *r)
{
	unsigned char bytes[QUOTA_RECORD_MAX];

	(void)unhex(type == QUOTA_LIMITS ? limits[0] : bob, bytes);
	memcpy(bytes + figures(type), &v, sizeof v);
	return quota_parse(type, bytes, r);
}

static void doubles(void **state)
{
	static const struct { double v; uint64_t limit, tally; } good[] = {
		{ 0, 0, 0 }, { -0.0, 0, 0 }, { 1, 1, 1 }, { 1.9, 1, 1 }, { 0.5, 1, 0 },
		{ 5e-324, 1, 0 },
		{ 4294967296.0, 4294967296, 4294967296 },
		{ 9007199254740991.0, 9007199254740991, 9007199254740991 },
		{ 9007199254740992.0, QUOTA_MOST, QUOTA_MOST }, { 1e19, QUOTA_MOST, QUOTA_MOST },
		{ 1.7e308, QUOTA_MOST, QUOTA_MOST },
	};
	static const double bad[] = { NAN, -NAN, INFINITY, -INFINITY };
	struct quota_record r;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_null(parse_double(QUOTA_LIMITS, good[i].v, &r));
		assert_int_equal(r.n[QUOTA_BYTES_IN], good[i].limit);
		assert_null(parse_double(QUOTA_TALLIES, good[i].v, &r));
		assert_int_equal(r.n[QUOTA_BYTES_IN], good[i].tally);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_non_null(parse_double(QUOTA_LIMITS, bad[i], &r));
		assert_non_null(parse_double(QUOTA_TALLIES, bad[i], &r));
	}
	assert_null(parse_double(QUOTA_LIMITS, -5, &r));     /* no limit */
	assert_int_equal(r.n[QUOTA_BYTES_IN], 0);
	assert_non_null(parse_double(QUOTA_TALLIES, -5, &r));
}

static void damaged(void **state)
{
	static const struct { size_t at; unsigned char byte; } spoil[] = {
		{ 81, 11 }, { 84, 1 }, { 85, 2 }, { 86, 0 }, { 86, 3 }, { 89, 1 },
	};
	unsigned char bytes[QUOTA_RECORD_MAX];
	struct quota_record r;

	(void)state;
	for (size_t i = 0; i < sizeof spoil / sizeof *spoil; i++) {
		(void)unhex(limits[0], bytes);
		bytes[spoil[i].at] = spoil[i].byte;
		assert_non_null(quota_parse(QUOTA_LIMITS, bytes, &r));
	}
	(void)unhex(limits[0], bytes);
	memset(bytes, 'n', QUOTA_NAME_SIZE);
	assert_non_null(quota_parse(QUOTA_LIMITS, bytes, &r));
	bytes[QUOTA_NAME_SIZE - 1] = '\0';
	assert_null(quota_parse(QUOTA_LIMITS, bytes, &r));
	assert_int_equal(strlen(r.name), QUOTA_NAME_SIZE - 1);
	bytes[3] = '\0';             /* what stands behind the NUL is not taken along */
	assert_null(quota_parse(QUOTA_LIMITS, bytes, &r));
	quota_format(QUOTA_LIMITS, &r, bytes);
	for (size_t i = 3; i < QUOTA_NAME_SIZE; i++)
		assert_int_equal(bytes[i], 0);
}

static void sums(void **state)
{
	struct quota_record t = { .n = { QUOTA_MOST - 5, 3, 0, UINT32_MAX - 1, 2, 0 } };

	(void)state;
	quota_change(&t, QUOTA_BYTES_IN, 4, 0);
	assert_int_equal(t.n[QUOTA_BYTES_IN], QUOTA_MOST - 1);
	quota_change(&t, QUOTA_BYTES_IN, UINT64_MAX, 0);
	assert_int_equal(t.n[QUOTA_BYTES_IN], QUOTA_MOST);
	quota_change(&t, QUOTA_BYTES_OUT, 0, 4);
	assert_int_equal(t.n[QUOTA_BYTES_OUT], 0);
	quota_change(&t, QUOTA_FILES_IN, 1, 0);
	quota_change(&t, QUOTA_FILES_IN, 1, 0);
	assert_int_equal(t.n[QUOTA_FILES_IN], UINT32_MAX);
	quota_change(&t, QUOTA_FILES_OUT, 0, 1);
	assert_int_equal(t.n[QUOTA_FILES_OUT], 1);
	/* nothing is lost at either end on the way to what comes out */
	quota_change(&t, QUOTA_FILES_OUT, 7, 6);
	assert_int_equal(t.n[QUOTA_FILES_OUT], 2);
	quota_change(&t, QUOTA_FILES_IN, 5, 6);
	assert_int_equal(t.n[QUOTA_FILES_IN], UINT32_MAX - 1);
}

static void used_up(void **state)
{
	struct quota_record l = { .n = { 10, 20, 30, 4, 5, 6 } },
	    t = { .n = { 9, 19, 29, 3, 4, 5 } };
	struct quota_record none = { .n = { 0 } };

	(void)state;
	for (unsigned op = 0; op < QUOTA_OPS; op++) {
		assert_int_equal(quota_used_up(&l, &t, op), QUOTA_WHATS);
		assert_int_equal(quota_used_up(&none, &t, op), QUOTA_WHATS);
		assert_int_equal(quota_used_up(&l, &l, op), op == QUOTA_TELL ? QUOTA_WHATS :
		    op == QUOTA_RETRIEVE ? QUOTA_BYTES_OUT : QUOTA_BYTES_IN);
	}
	t.n[QUOTA_FILES_IN] = 4;
	assert_int_equal(quota_used_up(&l, &t, QUOTA_STORE), QUOTA_FILES_IN);
	assert_int_equal(quota_used_up(&l, &t, QUOTA_APPEND), QUOTA_WHATS);
	assert_int_equal(quota_used_up(&l, &t, QUOTA_RETRIEVE), QUOTA_WHATS);
}

static void words(void **state)
{
	static const struct { uint64_t bytes; unsigned shift; const char *text; } amounts[] = {
		{ 0, 0, "0.00" }, { 7, 0, "7.00" }, { 1536, 10, "1.50" }, { 7, 10, "0.01" },
		{ 1047552, 20, "1.00" }, { 3000000000, 30, "2.79" },
		{ QUOTA_MOST, 30, "8388608.00" },
		{ 1023, 10, "1.00" },
	};
	unsigned shift = 99;
	enum quota_kind kind;

	(void)state;
	for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
		STRBUF(text, 64);

		quota_amount(&text, amounts[i].bytes, amounts[i].shift);
		assert_string_equal(text.buf, amounts[i].text);
	}
	assert_true(quota_parse_units("byte", &shift) && shift == 0);
	assert_true(quota_parse_units("MB", &shift) && shift == 20);
	assert_true(quota_parse_units("giga", &shift) && shift == 30);
	assert_false(quota_parse_units("Tb", &shift));
	assert_true(quota_parse_kind("USER", &kind) && kind == QUOTA_USER);
	assert_false(quota_parse_kind("nobody", &kind));
}

/* A table in a file of its own: made, found, locked, written. */
static void a_file(void **state)
{
	char directory[] = "/tmp/in.ftpd-quota.XXXXXX", path[64];
	unsigned char bytes[4 + 2 * QUOTA_TALLY_SIZE] = { 0x44, 0x76 };
	struct quota_record r;
	struct quota_table t;
	STRBUF(why, 512);
	off_t at = 0;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s/table", directory);
	(void)unhex(bob, bytes + 4);
	(void)unhex(bob, bytes + 4 + QUOTA_TALLY_SIZE);
	bytes[4] = 'B';
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, sizeof bytes, f), sizeof bytes);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(quota_open(&t, QUOTA_LIMITS, path, false, &why), -1);
	assert_non_null(strstr(why.buf, path));
	strbuf_reset(&why);
	assert_int_equal(quota_open(&t, QUOTA_TALLIES, path, true, &why), 0);
	assert_int_equal(quota_find(&t, QUOTA_USER, "nobody", &at, &r, &why), 0);
	assert_int_equal(at, sizeof bytes);
	assert_int_equal(quota_find_locked(&t, QUOTA_USER, "bob", &at, &r, &why), 1);
	assert_int_equal(at, 4 + QUOTA_TALLY_SIZE);
	quota_change(&r, QUOTA_BYTES_IN, 37, 0);
	assert_int_equal(quota_write(&t, at, &r, &why), 0);
	at = 4;                      /* a wrong hint harms nobody */
	assert_int_equal(quota_find(&t, QUOTA_USER, "bob", &at, &r, &why), 1);
	assert_int_equal(r.n[QUOTA_BYTES_IN], 42);
	at = 1 << 20;
	assert_int_equal(quota_find(&t, QUOTA_USER, "bob", &at, &r, &why), 1);
	assert_int_equal(at, 4 + QUOTA_TALLY_SIZE);
	quota_close(&t);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(quota_open(&t, QUOTA_TALLIES, path, true, &why), -1);
	(void)unlink(path);
	(void)rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_of_the_real_one), cmocka_unit_test(tallies_of_the_real_one),
		cmocka_unit_test(doubles), cmocka_unit_test(damaged), cmocka_unit_test(sums),
		cmocka_unit_test(used_up), cmocka_unit_test(words), cmocka_unit_test(a_file),
	};

	return cmocka_run_group_tests_name("quotatable", tests, NULL, NULL);
}
