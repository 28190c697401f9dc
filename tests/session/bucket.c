/*
 * TransferRate: never more than the rate, and no less where somebody takes it. The clock is the
 * test's.
 */
#include "session/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { DEPTH = 1000, MOST = 256 << 10 };

static const uint64_t rates[] = {    /* thousandths of a byte a second */
	1024, 1025, 999999, 1024000, 102400000, 12800000 + 1, 1048576000,
	    UINT64_C(10000000000) * 1000,
	UINT64_C(1000000000000000),
};

/* Take whatever may be taken, in steps, waiting as told, for `seconds`. Returns the bytes. */
static uint64_t drain(uint64_t rate, uint64_t free_bytes, int64_t began, int64_t seconds,
    unsigned hiccup)
{
	int64_t now = began, end = began + seconds * 1000;
	uint64_t bytes = 0;
	struct bucket b;

	bucket_begin(&b, rate, free_bytes, DEPTH, now);
	while (now < end) {
		size_t step = bucket_step(&b, MOST), room = bucket_room(&b, now), n;
		int64_t ms = bucket_wait(&b, step);
		uint64_t most = rate / 1000000 * (uint64_t)(now - began) +
		    rate % 1000000 * (uint64_t)(now - began) / 1000000;

		assert_int_equal(ms > 0, room < step);
		if (ms > 0) {
			now += ms + hiccup;
			continue;
		}
		n = room < MOST ? room : MOST;
		bucket_pass(&b, n);
		bytes += n;
		if (bytes > free_bytes + most)
			fail_msg("rate %llu: %llu bytes after %lld ms", (unsigned long long)rate,
			    (unsigned long long)bytes, (long long)(now - began));
		if (rate >= UINT64_C(10000000000) * 1000)
			now++;       /* no machine takes so much in no time */
	}
	return bytes;
}

static void no_more_and_no_less(void **state)
{
	(void)state;
	for (size_t i = 0; i < 7; i++) {
		uint64_t bytes = drain(rates[i], 0, 5, 20, 0), most = rates[i] / 50;

		assert_true(bytes <= most);
		assert_true(bytes + most / 40 + 1 >= most);
		bytes = drain(rates[i], 0, 5, 20, 200);      /* a machine that comes late catches
		                                                up */
		assert_true(bytes <= most + rates[i] / 5000 + 1);
		assert_true(bytes + most / 20 + 1 >= most);
	}
	for (size_t i = 7; i < sizeof rates / sizeof *rates; i++)
		assert_true(drain(rates[i], 0, INT64_MAX / 2, 2, 0) > 0);
}

static void free_bytes_come_first(void **state)
{
	struct bucket b;

	(void)state;
	bucket_begin(&b, 100 * 1024000, 1048576, DEPTH, 0);
	assert_int_equal(bucket_room(&b, 0), 1048576);
	bucket_pass(&b, 1000000);
	/* while there are some, no time is saved up for what comes behind */
	assert_int_equal(bucket_room(&b, 100000), 48576);
	assert_int_equal(bucket_wait(&b, 48576), 0);
	bucket_pass(&b, 48576);
	assert_int_equal(bucket_room(&b, 100000), 0);
	assert_int_equal(bucket_wait(&b, 1024), 10);
	assert_int_equal(bucket_room(&b, 100010), 1024);
	/* more than may be counted in 64 bits */
	bucket_begin(&b, 1000, UINT64_MAX, DEPTH, 0);
	assert_true(bucket_room(&b, 0) >= SIZE_MAX - 1);
	bucket_pass(&b, SIZE_MAX / 2);
	assert_int_equal(bucket_wait(&b, MOST), 0);
}

/* Who takes nothing for an hour has no more than a second's worth then. */
static void little_is_saved_up(void **state)
{
	struct bucket b;

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		uint64_t second = rates[i] / 1000;

		bucket_begin(&b, rates[i], 0, DEPTH, 0);
		assert_true(bucket_room(&b, INT64_MAX / 2) <= (second > 2 ? second : 2));
		bucket_begin(&b, rates[i], 0, 250, 0);
		assert_true(bucket_room(&b, 3600000) <= (second / 4 > 2 ? second / 4 : 2));
		assert_true(bucket_room(&b, 3600000) >= bucket_step(&b, 1));
	}
}

static void a_rate_that_changes(void **state)
{
	struct bucket b;

	(void)state;
	bucket_begin(&b, 0, 0, 250, 0);
	assert_int_equal(bucket_room(&b, 50), SIZE_MAX);
	assert_int_equal(bucket_wait(&b, MOST), 0);
	bucket_change(&b, 1000 * 1000, 100);         /* 1,000 bytes a second */
	assert_int_equal(bucket_room(&b, 100), 0);
	assert_int_equal(bucket_room(&b, 300), 200);
	bucket_change(&b, 100 * 1000, 300);          /* what was saved up at the old one is too much
	                                                now */
	assert_int_equal(bucket_room(&b, 300), 25);
	bucket_pass(&b, 25);
	assert_int_equal(bucket_wait(&b, 2), 20);
	bucket_change(&b, 2000 * 1000, 310);         /* the time before counts at the old one */
	assert_int_equal(bucket_room(&b, 310), 1);
	assert_int_equal(bucket_room(&b, 290), 1);   /* nor does a clock that goes back */
}

/* Even the slowest rate lets the next byte pass, whenever it is looked at. */
static void the_slowest(void **state)
{
	struct bucket b;
	int64_t now = 0;

	(void)state;
	bucket_begin(&b, 1, 0, 250, now);            /* a byte in 1,000 s */
	assert_int_equal(bucket_room(&b, now), 0);
	assert_int_equal(bucket_wait(&b, 1), 1000000);
	while (bucket_room(&b, now) == 0 && now < 2000000)
		now += 250;
	assert_int_equal(now, 1000000);
	bucket_begin(&b, 1024, 0, DEPTH, 0);
	assert_int_equal(bucket_wait(&b, 1), 977);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_and_no_less), cmocka_unit_test(free_bytes_come_first),
		cmocka_unit_test(little_is_saved_up), cmocka_unit_test(a_rate_that_changes),
		cmocka_unit_test(the_slowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
