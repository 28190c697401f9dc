/* MaxCommandRate: who waits, how long, and what is a burst. The clock is the test's. */
#include "session/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct rate r;
static bool first;

static int begin(void **state)
{
	(void)state;
	r = (struct rate){ .n = 0 };
	return 0;
}

static void within_the_rate_nobody_waits(void **state)
{
	(void)state;
	for (int64_t now = 1; now < 100000; now += 100) {
		assert_int_equal(rate_delay(&r, 10, 1, now, &first), 0);
		assert_false(first);
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(rate_delay(&r, 10, 1, 200000, &first), 0);
}

/* Each one beyond waits longer than the one before, up to the bound. */
static void the_wait_grows_and_is_bounded(void **state)
{
	int64_t before = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(rate_delay(&r, 10, 1, 5, &first), 0);
	for (int i = 1; i <= 49; i++) {
		int64_t ms = rate_delay(&r, 10, 1, 5, &first);

		assert_int_equal(ms, 100 * i);
		assert_true(ms > before);
		assert_int_equal(first, i == 1);
		before = ms;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rate_delay(&r, 10, 1, 5, &first), RATE_DELAY);
}

/* Who sends without end and waits as told gets little more than the rate. */
static void a_flood_that_waits(void **state)
{
	static const struct { unsigned count, seconds, most; } t[] = {
		{ 10, 1, 15 }, { 100, 1, 115 }, { 1000, 1, 1046 }, { 50, 10, 61 }, { 1, 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t now = 1000, stop = now + 100 * (int64_t)t[i].seconds * 1000;
		unsigned commands = 0, bursts = 0;

		r = (struct rate){ .n = 0 };
		for (; now < stop; commands++) {
			now += rate_delay(&r, t[i].count, t[i].seconds, now, &first);
			bursts += first;
		}
		assert_true(commands >= 100 * t[i].count);
		assert_true(commands <= 100 * t[i].most);
		assert_int_equal(bursts, 1);         /* one line in the log, not thousands */
	}
}

static void a_new_burst_is_told_again(void **state)
{
	unsigned bursts = 0;

	(void)state;
	for (int64_t now = 0; now < 50000; now += 5000) {
		for (int i = 0; i < 20; i++) {
			(void)rate_delay(&r, 10, 1, now, &first);
			bursts += first;
		}
	}
	assert_int_equal(bursts, 10);
	/* a stretch within the rate between two that are over it */
	r = (struct rate){ .n = 0 };
	bursts = 0;
	for (int i = 0; i < 11; i++)
		bursts += rate_delay(&r, 10, 1, 0, &first) > 0 && first;
	for (int i = 0; i < 10; i++)
		assert_int_equal(rate_delay(&r, 10, 1, 1000, &first), 0);
	for (int i = 0; i < 11; i++)
		bursts += rate_delay(&r, 10, 1, 2000, &first) > 0 && first;
	assert_int_equal(bursts, 2);
}

/* No number of commands turns the wait over. */
static void the_largest_numbers(void **state)
{
	(void)state;
	r = (struct rate){ .began = 1, .n = UINT32_MAX, .over = true };
	assert_int_equal(rate_delay(&r, 1, 3600, 2, &first), RATE_DELAY);
	assert_int_equal(r.n, UINT32_MAX);
	r = (struct rate){ .began = 1, .n = 1000000 };
	assert_int_equal(rate_delay(&r, 1000000, 1, 2, &first), 1);
}

#define TEST(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(within_the_rate_nobody_waits), TEST(the_wait_grows_and_is_bounded),
		TEST(a_flood_that_waits), TEST(a_new_burst_is_told_again),
		    TEST(the_largest_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
