/* TransferRateTotal and MaxConnectionRate: who may have how much, and who comes too soon. */
#include "auth/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/pace.h"
#include "session/throttle.h"

enum { MOST = 300 };

/* The share of each of `n` who want `wants`, as each would be told. */
static uint64_t shares(uint64_t cap, const uint64_t *wants, size_t n, uint64_t *out)
{
	uint64_t others[MOST], sum = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		for (size_t j = 0; j < n; j++) {
			if (j != i)
				others[k++] = wants[j];
		}
		out[i] = share_of(cap, wants[i], others, k);
		sum += out[i];
	}
	return sum;
}

static void max_min_fair(void **state)
{
	static const struct { uint64_t cap, wants[5], has[5]; size_t n; } t[] = {
		{ 1000, { SHARE_ALL }, { 1000 }, 1 },
		/* what nobody could use: who says so may be wrong */
		{ 1000, { 10 }, { 1000 }, 1 },
		{ 1000, { 10, 190 }, { 410, 590 }, 2 },
		{ 1000, { 0, 0, 999 }, { 1, 1, 999 }, 3 },
		{ 1000, { SHARE_ALL, SHARE_ALL }, { 500, 500 }, 2 },
		{ 1000, { SHARE_ALL, SHARE_ALL, SHARE_ALL, SHARE_ALL }, { 250, 250, 250, 250 }, 4 },
		/* what one leaves the others have */
		{ 1000, { 100, SHARE_ALL, SHARE_ALL, SHARE_ALL }, { 100, 300, 300, 300 }, 4 },
		{ 1000, { 100, 200, 400, SHARE_ALL }, { 100, 200, 350, 350 }, 4 },
		{ 1000, { 400, 400, 400, 400 }, { 250, 250, 250, 250 }, 4 },
		{ 1000, { 100, 100, 100, 100 }, { 250, 250, 250, 250 }, 4 },
		{ 1000, { 250, 250, 250, 250 }, { 250, 250, 250, 250 }, 4 },
		{ 1000, { 0, SHARE_ALL }, { 1, 1000 }, 2 },
		{ 3, { SHARE_ALL, SHARE_ALL, SHARE_ALL, SHARE_ALL, SHARE_ALL }, { 1, 1, 1, 1, 1 },
		5 },
		{ UINT64_MAX / 2, { SHARE_ALL, 5 }, { UINT64_MAX / 2 - 5, 5 }, 2 },
	};
	uint64_t got[5];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		(void)shares(t[i].cap, t[i].wants, t[i].n, got);
		for (size_t j = 0; j < t[i].n; j++) {
			if (got[j] != t[i].has[j])
				fail_msg("%zu: %zu has %llu", i, j, (unsigned long long)got[j]);
		}
	}
}

/*
 * Whatever they say they want: together no more than the cap, nobody nothing, and who wants all no
 * less than an equal part.
 */
static void whatever_they_want(void **state)
{
	uint64_t wants[MOST], got[MOST];

	(void)state;
	srand(1);
	for (int round = 0; round < 300; round++) {
		size_t n = 1 + (size_t)rand() % MOST;
		uint64_t cap = n + (uint64_t)rand() % 100000000, sum, wanted = 0;

		for (size_t i = 0; i < n; i++) {
			wants[i] = round % 4 > 0 && rand() % 3 == 0 ? SHARE_ALL :
			    round % 4 > 0 && rand() % 5 == 0 ? UINT64_MAX - (uint64_t)rand() :
			    (uint64_t)rand() % (2 * cap / n + 1) + 1;
			wanted = wanted + wants[i] < wanted ? UINT64_MAX : wanted + wants[i];
		}
		sum = shares(cap, wants, n, got);
		assert_true(sum <= cap);
		assert_true(wanted > cap || sum > cap - n);
		for (size_t i = 0; i < n; i++) {
			assert_true(got[i] > 0);
			assert_true(wanted < cap ? got[i] >= wants[i] : got[i] <= wants[i]);
			assert_true(wants[i] != SHARE_ALL || got[i] >= cap / n);
		}
	}
}

/* What share_demand says of one with an equal part of 8,000. */
static uint64_t demand(uint64_t share, uint64_t mean, uint64_t bytes, uint64_t ms)
{
	return share_demand(share, 8000, &mean, bytes, ms);
}

static void what_somebody_could_use(void **state)
{
	uint64_t mean = 1000;

	(void)state;
	/* a mean of a second, and a quarter */
	assert_int_equal(demand(4000, 1000, 250, 250), 1000 + 250 + 1024);
	assert_int_equal(share_demand(4000, 8000, &mean, 750, 250), 1400 + 350 + 1024);
	assert_int_equal(mean, 1400);
	assert_int_equal(demand(4000, 1000, 0, 1000), 500 + 125 + 1024);
	assert_int_equal(demand(4000, 0, 0, 250), 1024);
	/* nearly all that it may have */
	assert_int_equal(demand(4000, 4000, 1000, 250), 8000 + 1024);
	assert_int_equal(demand(4000, 3200, 800, 250), 6400 + 1024);
	assert_int_equal(demand(4000, 3160, 790, 250), 3160 + 790 + 1024);
	assert_int_equal(demand(1024, 0, 1024, 1000), 2000 + 1024);
	assert_int_equal(demand(4000, 1000000, 1000000, 250), 8000 + 1024);
	/* whatever is said */
	assert_true(demand(0, 0, 0, 250) == SHARE_ALL);
	assert_true(demand(1000, 0, 0, 0) == SHARE_ALL);
	assert_true(demand(1000, 0, UINT64_MAX, 1) == SHARE_ALL);
	assert_true(demand(UINT64_MAX, 1, 1, 1) == SHARE_ALL);
	assert_true(demand(1000, 0, 0, UINT64_MAX - 999) == SHARE_ALL);
	assert_true(demand(UINT64_MAX / 8000, UINT64_MAX, UINT64_MAX / 8000, 1) > 1024);
}

enum { GREEDY = 1 << 20, MEMBERS = 24, SECOND = 1000, FIRST = 10 * SECOND };

/*
 * Who shares, in a test's own time: what it may take comes in gulps of `gulp` bytes, the next one
 * `pause` ms after the last one was taken; and all of them run for `run` ms of each second alone.
 */
struct member {
	size_t gulp, there;
	int64_t pause, next;
	struct bucket b;
	uint64_t demand, share, mean, bytes, told;
	int64_t asked;
};

static void ask(struct member *t, size_t n, size_t i, uint64_t cap, int64_t now)
{
	uint64_t others[MEMBERS];
	size_t k = 0;

	t[i].demand = now < 4 * 250 ? SHARE_ALL : share_demand(t[i].share, cap / n, &t[i].mean,
	    t[i].bytes - t[i].told, (uint64_t)(now - t[i].asked));
	for (size_t j = 0; j < n; j++) {
		if (j != i)         /* as it stands in a slot */
			others[k++] = t[j].demand == SHARE_ALL ? SHARE_ALL :
			    (t[j].demand + 1023) / 1024 * 1024;
	}
	t[i].share = share_of(cap, t[i].demand, others, k);
	t[i].mean = now < 4 * 250 ? t[i].share : t[i].mean;
	bucket_change(&t[i].b, t[i].share * 1000, now);
	t[i].told = t[i].bytes;
	t[i].asked = now;
}

/* What all move in the seconds behind the first ten; that of each one is in its `bytes`. */
static uint64_t together(struct member *t, size_t n, uint64_t cap, int64_t run, int64_t seconds)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		bucket_begin(&t[i].b, 0, 0, THROTTLE_DEPTH, 0);
	for (int64_t now = 0; now < FIRST + seconds * SECOND; now++) {
		for (size_t i = 0; now == FIRST && i < n; i++)
			t[i].bytes = t[i].told = 0;
		for (size_t i = 0; now % SECOND < run && i < n; i++) {
			size_t room;

			if (t[i].there == 0 && now >= t[i].next)
				t[i].there = t[i].gulp;
			if (now == 0 || now - t[i].asked >= 250 + (int64_t)i)
				ask(t, n, i, cap, now);
			room = bucket_room(&t[i].b, now);
			room = room < t[i].there ? room : t[i].there;
			bucket_pass(&t[i].b, room);
			t[i].bytes += room;
			t[i].there -= room;
			if (room > 0 && t[i].there == 0)
				t[i].next = now + t[i].pause;
		}
	}
	for (size_t i = 0; i < n; i++)
		sum += t[i].bytes;
	return sum;
}

/* A client far away sends its window and waits; that is no reason to have less and less. */
static void what_comes_in_bursts(void **state)
{
	enum { CAP = 400 * 1024, WINDOW = 64 * 1024 };
	const uint64_t could = WINDOW * 1000 / 600 * 60;     /* in 60 s, with no bound */
	struct member beside[] = { { .gulp = WINDOW, .pause = 600 }, { .gulp = GREEDY } };
	struct member alone[] = { { .gulp = WINDOW, .pause = 600 } };
	struct member rare[] = { { .gulp = CAP / 10, .pause = 5000 } };

	(void)state;
	(void)together(beside, 2, CAP, SECOND, 60);
	assert_in_range(beside[0].bytes, could * 95 / 100, could + WINDOW);
	assert_in_range(beside[0].bytes + beside[1].bytes, 60 * CAP / 100 * 85, 61 * CAP);
	assert_in_range(together(alone, 1, CAP, SECOND, 60), could * 95 / 100, could + WINDOW);
	assert_in_range(together(rare, 1, CAP, SECOND, 60), 60 / 6 * (CAP / 10), 60 * CAP / 10);
}

/* A machine that gives its processes a fifth of each second: nobody's share dwindles for it. */
static void what_runs_in_bursts(void **state)
{
	enum { CAP = 400 * 1024 };
	struct member alone[] = { { .gulp = GREEDY } };
	struct member late[] = { { .gulp = GREEDY, .next = 8 * SECOND } };
	struct member four[] = { { .gulp = GREEDY }, { .gulp = GREEDY }, { .gulp = GREEDY },
		{ .gulp = GREEDY } };

	(void)state;
	assert_in_range(together(alone, 1, CAP, SECOND / 5, 60), 60 * CAP / 100 * 95, 61 * CAP);
	assert_in_range(together(late, 1, CAP, SECOND / 5, 60), 60 * CAP / 100 * 95, 61 * CAP);
	assert_in_range(together(four, 4, CAP, SECOND / 5, 60), 60 * CAP / 100 * 95, 61 * CAP);
	for (size_t i = 0; i < 4; i++)
		assert_in_range(four[i].bytes, 15 * CAP / 100 * 95, 16 * CAP);
}

/* Slow ones take what the kernel has room for at once, and rest: the others have what they leave. */
static void what_slow_ones_leave(void **state)
{
	enum { CAP = 1000 * 1024 };
	struct member t[MEMBERS] = { { .gulp = GREEDY } };

	(void)state;
	for (size_t i = 1; i < 11; i++)      /* 20 KB a second each */
		t[i] = (struct member){ .gulp = 64 << 10, .pause = 3200 };
	assert_in_range(together(t, 11, CAP, SECOND, 60), 60 * CAP / 100 * 80, 61 * CAP);
	memset(t, 0, sizeof t);
	t[0].gulp = GREEDY;
	for (size_t i = 1; i < MEMBERS; i++)         /* a KB now and then */
		t[i] = (struct member){ .gulp = 1 << 10, .pause = 2000 + 100 * (int64_t)i };
	assert_in_range(together(t, MEMBERS, CAP, SECOND, 60), 60 * CAP / 100 * 90, 61 * CAP);
	/* and who sleeps and wakes beside it has an equal part soon */
	t[1] = (struct member){ .gulp = GREEDY, .next = FIRST };
	t[0] = (struct member){ .gulp = GREEDY };
	(void)together(t, 2, CAP, SECOND, 10);
	assert_in_range(t[1].bytes, 7 * CAP / 2, 10 * CAP / 2);
}

static unsigned char table[SLOTS_TABLE_SIZE];

static void so_many_at_once_and_then_in_time(void **state)
{
	int64_t now = 1000000;
	unsigned n = 0;

	(void)state;
	memset(table, 0, sizeof table);
	for (int i = 0; i < 20; i++)
		n += pace_admits(table, 7, 5, 10000, now);
	assert_int_equal(n, 5);
	assert_true(pace_admits(table, 8, 5, 10000, now));   /* another server's own */
	for (n = 0; n < 4; n++)
		assert_false(pace_admits(table, 7, 5, 10000, now + 1999));
	assert_true(pace_admits(table, 7, 5, 10000, now + 2000));
	assert_false(pace_admits(table, 7, 5, 10000, now + 2000));
	/* whoever is refused owes nothing for it: after a quiet stretch all is as new */
	now += 20000;
	for (n = 0; pace_admits(table, 7, 5, 10000, now); n++)
		continue;
	assert_int_equal(n, 5);
}

static void a_table_that_is_full_or_damaged(void **state)
{
	unsigned n = 0;

	(void)state;
	memset(table, 0xff, sizeof table);
	assert_true(pace_admits(table, 7, 1, 1000, 5));
	assert_false(pace_admits(table, 7, 1, 1000, 5));
	assert_true(pace_admits(table, 7, 1, 1000, 1005));
	memset(table, 0, sizeof table);
	for (uint64_t server = 1; server < 2000; server++)
		n += pace_admits(table, server, 1, 1000000, (int64_t)server);
	assert_int_equal(n, 1999);           /* who comes late takes the place of the quietest */
	assert_false(pace_admits(table, 1999, 1, 1000000, 2000));
	/* another rate than the one that it was noted under */
	assert_true(pace_admits(table, 1999, 1000000, 1000, 2000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(max_min_fair), cmocka_unit_test(whatever_they_want),
		cmocka_unit_test(what_somebody_could_use), cmocka_unit_test(what_comes_in_bursts),
		cmocka_unit_test(what_runs_in_bursts), cmocka_unit_test(what_slow_ones_leave),
		cmocka_unit_test(so_many_at_once_and_then_in_time),
		cmocka_unit_test(a_table_that_is_full_or_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
