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
#include "session/bucket.h"

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

static void what_somebody_could_use(void **state)
{
	(void)state;
	assert_true(share_demand(1000, 250, 250) == SHARE_ALL);
	assert_true(share_demand(1000, 200, 250) == SHARE_ALL);
	assert_int_equal(share_demand(1000, 100, 250), 1524);
	assert_int_equal(share_demand(1000, 0, 250), 1024);
	/* it is not forgotten at once */
	assert_int_equal(share_demand(17000, 0, 250), 10461);
	assert_int_equal(share_demand(17000, 1800, 250), 10461);
	assert_int_equal(share_demand(17000, 2400, 250), 13024);
	assert_int_equal(share_demand(12000, 0, 400), 6000);
	assert_int_equal(share_demand(UINT64_MAX / 8000, 0, INT64_MAX), 1024);
	assert_true(share_demand(0, 0, 250) == SHARE_ALL);
	assert_true(share_demand(1000, 0, 0) == SHARE_ALL);
	assert_true(share_demand(1000, UINT64_MAX, 1) == SHARE_ALL);
	assert_true(share_demand(UINT64_MAX, 1, 1) == SHARE_ALL);
}

/*
 * Two transfers of one second after the other, in ms of the test's own: the first one takes what it
 * may, the other has `burst` bytes `pause` ms after it has taken the last ones. Returns what the
 * other moved of `seconds`, the first ten not counted; *both is what both did.
 */
static uint64_t in_bursts(uint64_t cap, bool hungry, size_t burst, int64_t pause, int64_t seconds,
    uint64_t *both)
{
	struct { struct bucket b; uint64_t demand, share, bytes, told; } t[2] = { 0 };
	int64_t next = 0, began = 10000, asked = 0;
	uint64_t moved = 0;
	size_t there = 0;

	*both = 0;
	for (int i = 0; i < 2; i++) {
		bucket_begin(&t[i].b, 0, 0, 1000, 0);
		t[i].demand = SHARE_ALL;
	}
	for (int64_t now = 0; now < began + seconds * 1000; now++) {
		for (int i = 0; now % 250 == 0 && i < 2; i++) {
			if (now > 0)
				t[i].demand = share_demand(t[i].share, t[i].bytes - t[i].told,
				    (uint64_t)(now - asked));
			t[i].told = t[i].bytes;
		}
		for (int i = 0; now % 250 == 0 && i < 2; i++) {
			t[i].share = share_of(cap, t[i].demand, &t[!i].demand, hungry);
			bucket_change(&t[i].b, t[i].share * 1000, now);
		}
		asked = now % 250 == 0 ? now : asked;
		if (there == 0 && now >= next)
			there = burst;
		for (int i = !hungry; i < 2; i++) {
			size_t n = bucket_room(&t[i].b, now);

			n = i == 1 && n > there ? there : n;
			bucket_pass(&t[i].b, n);
			t[i].bytes += n;
			if (i == 1 && n > 0 && (there -= n) == 0)
				next = now + pause;
			*both += now >= began ? n : 0;
			moved += i == 1 && now >= began ? n : 0;
		}
	}
	return moved;
}

/* A client far away sends its window and waits; that is no reason to have less and less. */
static void what_comes_in_bursts(void **state)
{
	enum { CAP = 400 * 1024, WINDOW = 64 * 1024 };
	const uint64_t could = WINDOW * 1000 / 600 * 60;     /* in 60 s, with no bound */
	uint64_t both, moved;

	(void)state;
	moved = in_bursts(CAP, true, WINDOW, 600, 60, &both);
	assert_in_range(moved, could * 95 / 100, could + WINDOW);
	assert_in_range(both, 60 * CAP / 100 * 80, 61 * CAP);
	moved = in_bursts(CAP, false, WINDOW, 600, 60, &both);
	assert_in_range(moved, could * 95 / 100, could + WINDOW);
	/* alone, whatever it looks like: all that is there, and a second's at once */
	moved = in_bursts(CAP, false, CAP, 1000, 60, &both);
	assert_in_range(moved, 60 * CAP / 100 * 95, 61 * CAP);
	moved = in_bursts(CAP, false, CAP / 10, 5000, 60, &both);
	assert_in_range(moved, CAP, 60 * CAP / 10);
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
		cmocka_unit_test(so_many_at_once_and_then_in_time),
		cmocka_unit_test(a_table_that_is_full_or_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
