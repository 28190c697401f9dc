/* The control connection's bytes, from TLS to the session and back. */
#include "tls/control.h"

#ifdef WITH_TLS

#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LEAVE_WITHIN = 1000,         /* ms for the client to close after our last word */
	TICKET_LIFE = 6 * 3600 * 1000,       /* ms: clients may keep one for 7 days (RFC 8446,
	                                        4.6.1) */
	LEAVE_BYTES = 1 << 20,       /* that it may still say meanwhile */
	BLOCKS = 16,                 /* one way at once, before the others have their turn */
	RECORD_FIRST = 20, RECORD_LAST = 23, /* what a TLS record begins with, and no command
	                                        does */
};

int64_t control_wants(struct control *c, struct pollfd *client, struct pollfd *plain)
{
	bool unsent = !wire_flush(&c->wire);

	*client = (struct pollfd){ .fd = c->wire.fd, .events = 0 };
	*plain = (struct pollfd){ .fd = c->plain, .events = 0 };
	if (!c->client_ended && c->n == 0 && !(unsent && c->state == CONTROL_LEAVING))
		client->events |= POLLIN;
	if (unsent)
		client->events |= POLLOUT;
	if (!unsent && !c->session_ended)
		plain->events |= POLLIN;
	if (c->n > 0)
		plain->events |= POLLOUT;
	/* or one that has hung up would be told about again and again */
	if (client->events == 0)
		client->fd = -1;
	if (plain->events == 0)
		plain->fd = -1;
	return c->state == CONTROL_LEAVING ? c->leave_by : 0;
}

static void over(struct control *c)
{
	c->state = CONTROL_OVER;
}

static void client_ended(struct control *c)
{
	c->client_ended = true;
	if (c->n == 0)
		(void)shutdown(c->plain, SHUT_WR); /* the session may have a last word all the
		                                      same */
}

/* Give the session what it has room for. False: not all of it. */
static bool deliver(struct control *c)
{
	while (c->n > 0) {
		ssize_t k = send(c->plain, c->in + c->at, c->n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return false;
		if (k < 0) {
			c->n = 0;    /* a session that has ended reads no more */
			c->client_ended = true;
			return true;
		}
		c->at += (size_t)k;
		c->n -= (size_t)k;
	}
	c->at = 0;
	if (c->client_ended)
		(void)shutdown(c->plain, SHUT_WR);
	return true;
}

static enum wire_result read_clear(struct control *c, size_t *n)
{
	ssize_t k = recv(c->wire.fd, c->in, sizeof c->in, MSG_DONTWAIT);

	if (k < 0)
		return errno == EAGAIN || errno == EINTR ? WIRE_AGAIN : WIRE_BROKEN;
	*n = (size_t)k;
	return k > 0 ? WIRE_DONE : WIRE_END;
}

/* After CCC some clients say close_notify and some do not: the first byte tells what comes. */
static void look_at_first(struct control *c)
{
	unsigned char first;

	if (c->record_begun || recv(c->wire.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		return;
	if (first < RECORD_FIRST || first > RECORD_LAST)
		c->state = CONTROL_CLEAR;
	else
		c->record_begun = true;
}

/* One block from the client. False: nothing more to be had now. */
static bool from_client(struct control *c)
{
	enum wire_result result;
	size_t n = 0;

	if (c->state == CONTROL_CLEARING)
		look_at_first(c);
	result = c->state == CONTROL_CLEAR ? read_clear(c, &n) :
	    wire_read(&c->wire, c->in, sizeof c->in, &n);
	if (result != WIRE_AGAIN)
		c->record_begun = false;
	switch (result) {
	case WIRE_DONE:
		c->n = n;
		return deliver(c);
	case WIRE_AGAIN:
		return false;
	case WIRE_END:
		if (c->state == CONTROL_CLEARING)
			c->state = CONTROL_CLEAR;
		else
			client_ended(c);
		return false;
	case WIRE_CUT:
		client_ended(c);
		return false;
	case WIRE_BROKEN:
		break;
	}
	if (c->wire.abused)
		log_write(LOG_NOTICE, "TLS: the client asks for new keys over and over: closing");
	over(c);
	return false;
}

/* As long as a session lasts its client must be able to resume it, or it has no data connection. */
static void renew_ticket(struct control *c)
{
	int64_t now = clock_ms();

	if (!c->ticket_due && now - c->ticket_at < TICKET_LIFE)
		return;
	if (c->wire.o->SSL_version(c->wire.ssl) >= TLS1_3_VERSION)
		(void)c->wire.o->SSL_new_session_ticket(c->wire.ssl);
	c->ticket_due = false;
	c->ticket_at = now;
}

void control_ticket_used(struct control *c)
{
	c->ticket_due = true;
}

static void leave(struct control *c)
{
	if (c->state == CONTROL_UP)
		wire_say_end(&c->wire);
	c->session_ended = true;
	c->n = 0;                    /* nobody is there to read it */
	c->state = CONTROL_LEAVING;
	c->leave_by = clock_ms() + LEAVE_WITHIN;
}

/* The 200 of CCC is out. */
static void clear(struct control *c)
{
	wire_say_end(&c->wire);
	c->state = CONTROL_CLEARING;
}

/* One block from the session. False: nothing more to be had now. */
static bool from_session(struct control *c)
{
	char bytes[CONTROL_BLOCK];
	ssize_t k = recv(c->plain, bytes, sizeof bytes, MSG_DONTWAIT);

	if (k < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (k <= 0) {
		leave(c);
		return false;
	}
	if (c->state != CONTROL_UP) {
		wire_write_clear(&c->wire, bytes, (size_t)k);
	} else {
		renew_ticket(c);
		if (wire_write(&c->wire, bytes, (size_t)k) != WIRE_DONE)
			over(c);
		else if (c->clear_next)
			clear(c);
	}
	return wire_flush(&c->wire);
}

/*
 * Whatever the client still says would become a reset that overtakes our last word: it is dropped.
 */
static void run_leaving(struct control *c)
{
	ssize_t k = 0;

	if (!wire_flush(&c->wire)) {
		if (c->wire.err != 0 || clock_ms() >= c->leave_by)
			over(c);
		return;
	}
	(void)shutdown(c->wire.fd, SHUT_WR);
	while (c->dropped < LEAVE_BYTES &&
	    (k = recv(c->wire.fd, c->in, sizeof c->in, MSG_DONTWAIT)) > 0)
		c->dropped += (size_t)k;
	if (k >= 0 || (errno != EAGAIN && errno != EINTR) || clock_ms() >= c->leave_by)
		over(c);
	c->client_ended = false;     /* to be told when it closes */
	c->n = 0;
}

void control_run(struct control *c)
{
	if (c->state == CONTROL_LEAVING) {
		run_leaving(c);
		return;
	}
	if (c->n == 0 || deliver(c))
		for (int i = 0; i < BLOCKS && !c->client_ended && c->state < CONTROL_LEAVING; i++)
			if (!from_client(c))
				break;
	if (c->state < CONTROL_LEAVING && wire_flush(&c->wire))
		for (int i = 0; i < BLOCKS && c->state < CONTROL_LEAVING; i++)
			if (!from_session(c))
				break;
	if (c->wire.err != 0)
		over(c);
	if (c->state == CONTROL_LEAVING)
		run_leaving(c);
}

int control_clear(struct control *c)
{
	if (c->state != CONTROL_UP || c->clear_next)
		return -EALREADY;
	/* what was said before it, is said before it */
	while (c->state == CONTROL_UP && from_session(c))
		continue;
	if (c->state != CONTROL_UP)
		return -ECONNRESET;
	if (!wire_flush(&c->wire))
		return -EAGAIN;
	c->clear_next = true;
	return 0;
}

#endif
