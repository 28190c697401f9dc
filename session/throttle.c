/* TransferRate, and a share of TransferRateTotal: waiting until more may pass. */
#include "session/throttle.h"

#include "config/io.h"
#include "config/transfer.h"
#include "session/session.h"
#include "session/transfer.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	STEP_MAX = 256 << 10,
	WINDOW = 64 << 10,           /* bytes that a slow upload may gather with the kernel, or a
	                                second's */
	WINDOW_BELOW = 1 << 20,      /* bytes a second */
};
#define FASTEST UINT64_C(1000000000000)      /* bytes a second */

struct throttle *throttle_find(struct session *s, struct throttle *t, const struct context *c,
    unsigned command)
{
	const struct transfer_rule *rule = transfer_rate(c, command, &s->who);
	struct transfer_walk walk;
	bool shared;

	transfer_walk(&walk, s->base, D_TRANSFER_RATE_TOTAL, command);
	shared = transfer_next(&walk) != NULL;
	if (rule == NULL && !shared)
		return NULL;
	*t = (struct throttle){
		.slowest = rule != NULL ? rule->rate : 0, .free = rule != NULL ? rule->free : 0,
		.shared = shared,
	};
	return t;
}

/*
 * What a quick client sends beyond the rate lies with the kernel: it would believe that all is
 * stored long before it is, and grow tired of waiting for the reply.
 */
static void narrow(const struct session *s, const struct throttle *t)
{
	uint64_t second = t->rate.rate / 1000;
	int window = second < WINDOW ? WINDOW : (int)second;

	if (t->rate.rate == 0 || second >= WINDOW_BELOW || t->rate.free > WINDOW ||
	    s->data.verb == NULL || transfer_command(s->data.verb) == TRANSFER_RETR)
		return;
	(void)setsockopt(s->data.protect == PROTECT_RELAY_IN ? s->data.socket : s->data.fd,
	    SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
}

static void begin(struct session *s, struct throttle *t, int64_t now)
{
	t->begun = true;
	bucket_begin(&t->rate, t->slowest, t->free, THROTTLE_DEPTH, now);
	bucket_begin(&t->share, 0, 0, THROTTLE_DEPTH, now);
	t->ask_at = now;
	narrow(s, t);
}

/* Ask for the share, if that is due. */
static void ask(struct session *s, struct throttle *t, int64_t now)
{
	uint64_t share;
	uint32_t ms;

	if (!t->shared || now < t->ask_at)
		return;
	priv_share(s, t->bytes, &share, &ms);
	bucket_change(&t->share, share < FASTEST ? share * 1000 : FASTEST * 1000, now);
	t->ask_at = now + ms;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static size_t step(const struct throttle *t, size_t most)
{
	return smaller(bucket_step(&t->rate, most), bucket_step(&t->share, most));
}

size_t throttle_room(struct session *s, size_t n, struct copy_result *r)
{
	struct throttle *t = s->data.throttle;

	for (;;) {
		int64_t now = clock_ms(), ms;
		size_t room, want;

		if (!t->begun)
			begin(s, t, now);
		ask(s, t, now);
		room = smaller(bucket_room(&t->rate, now), bucket_room(&t->share, now));
		want = step(t, smaller(n, STEP_MAX));
		ms = later(bucket_wait(&t->rate, want), bucket_wait(&t->share, want));
		if (ms == 0)
			return smaller(room, n);
		if (t->shared && ms > t->ask_at - now)
			ms = t->ask_at - now;
		transfer_release(s);
		switch (session_throttle(s, ms)) {
		case WAIT_STALLED:
			break;
		case WAIT_ABORTED:
			r->end = COPY_ABORTED;
			return 0;
		default:
			r->end = COPY_NET;
			r->err = -ECONNRESET;
			return 0;
		}
	}
}

void throttle_pass(struct session *s, size_t n)
{
	struct throttle *t = s->data.throttle;

	bucket_pass(&t->rate, n);
	bucket_pass(&t->share, n);
	t->bytes += n;
}

size_t throttle_block(struct session *s, size_t most)
{
	struct throttle *t = s->data.throttle;
	int64_t now = clock_ms();
	size_t room, n;

	if (!t->begun)
		begin(s, t, now);
	room = smaller(bucket_room(&t->rate, now), bucket_room(&t->share, now));
	n = step(t, most);
	return smaller(room > n ? room : n, most);
}

enum wait_result throttle_wait(struct session *s, int fd, short events, int64_t stalled_ms)
{
	struct throttle *t = s->data.throttle;
	int64_t end = clock_ms() + stalled_ms;

	if (!t->shared || !t->begun)
		return session_wait(s, fd, events, stalled_ms);
	for (;;) {
		int64_t now = clock_ms(), ms = later(t->ask_at - now, 1);
		bool last = stalled_ms > 0 && end - now <= ms;
		enum wait_result result = session_wait(s, fd, events, last ? later(end - now, 1) :
		    ms);

		if (result != WAIT_STALLED || last)
			return result;
		ask(s, t, clock_ms());
	}
}
