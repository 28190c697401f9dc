/* Disposable children, and a monitor that had no time to look. */
#include "auth/helper.h"
#include "auth/monitor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t now_ms = 1000000;
static struct monitor m;
static struct helper h;
static char text[8];

/* The library's: time passes when a test says so. */
int clock_gettime(clockid_t id, struct timespec *at)
{
	(void)id;
	*at = (struct timespec){ .tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000 };
	return 0;
}

static int say_yes(void *arg, int keep, int out)
{
	(void)arg;
	(void)keep;
	return write(out, "yes", 3) == 3 ? 7 : 1;
}

static int say_without_end(void *arg, int keep, int out)
{
	(void)arg;
	(void)keep;
	while (write(out, "yes and no", 10) > 0)
		continue;
	return 0;
}

static int say_nothing(void *arg, int keep, int out)
{
	(void)arg;
	(void)keep;
	(void)out;
	(void)pause();
	return 0;
}

static void start(int (*work)(void *arg, int keep, int out))
{
	assert_int_equal(helper_start(&h, &m, NULL, -1, work, NULL), 0);
}

static void an_answer_that_is_there(void **state)
{
	siginfo_t info;

	(void)state;
	start(say_yes);
	assert_int_equal(waitid(P_PID, (id_t)h.pid, &info, WEXITED | WNOWAIT), 0);
	now_ms += HELPER_MS + 1;
	assert_int_equal(helper_wait(&h, text, sizeof text), 7);
	assert_string_equal(text, "yes");
}

static void no_answer(void **state)
{
	(void)state;
	start(say_nothing);
	now_ms += HELPER_MS + 1;
	assert_int_equal(helper_wait(&h, text, sizeof text), -ETIMEDOUT);
	assert_string_equal(text, "");
	assert_true(h.pid == -1 && h.fd == -1);
}

/* The clock stands still behind its time: it is the bytes that end this. */
static void an_answer_without_end(void **state)
{
	(void)state;
	start(say_without_end);
	now_ms += HELPER_MS + 1;
	assert_int_equal(helper_wait(&h, text, sizeof text), -ETIMEDOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_that_is_there), cmocka_unit_test(no_answer),
		cmocka_unit_test(an_answer_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
