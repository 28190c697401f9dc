/* A session from its first byte to its last: start, loop, end. */
#include "session/session.h"

#include "config/cap.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"
#include "session/command.h"
#include "session/display.h"
#include "session/login.h"
#include "session/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LEAVE_WITHIN = 1000,         /* ms for the peer to take our last words */
	LEAVE_BYTES = 1048576,       /* of its own that we read and drop meanwhile */
};

volatile sig_atomic_t session_signalled;

static void on_signal(int sig)
{
	(void)sig;
	session_signalled = 1;
}

/* SIGTERM is let in by ppoll alone: between two waits it could come and be slept over. */
static void take_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t term;

	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	if (sigaction(SIGTERM, &act, NULL) < 0 || sigprocmask(SIG_BLOCK, &term, NULL) < 0)
		fatal("signals: %s", strerror(errno));
}

static struct session *begin(const struct session_start *start)
{
	/* large and mostly never touched, and most sessions need no heap */
	struct session *s = memory_map(sizeof *s);

	log_close();
	log_set_client(start->client);
	s->start = *start;
	if (!start->secured)
		s->start.tls = -1;   /* and so no word of PROT can count */
	s->pbsz = s->prot = start->secured && start->implicit;
	log_to_monitor(priv_log, s);
	take_signals();
	s->base = start->server;
	s->access.config = start->config;
	s->who = (struct subject){ .peer = start->peer, .classes = config_classes(start->config),
	    .find_name = priv_peer, .find_groups = priv_groups,
	    .find_id = priv_hidden, .arg = s };
	line_init(&s->line, SETTING(s->base, D_COMMAND_BUFFER_SIZE, command_buffer_size));
	s->ascii = !SETTING(s->base, D_DEFAULT_TRANSFER_MODE, default_transfer_binary);
	s->utf8 = true;
	s->mlst_facts = SETTING(s->base, D_FACTS_DEFAULT, facts_default);
	s->data.listener = s->data.fd = -1;
	s->connected_at = s->last_input = s->last_transfer = clock_ms();
	return s;
}

void session_end(struct session *s, const char *reason, const char *text)
{
	if (s->ending)
		return;
	s->ending = true;
	s->end_reason = reason;
	if (text != NULL)
		(void)snprintf(s->last_words, sizeof s->last_words, "%s", text);
}

_Noreturn void session_exit(struct session *s, const char *reason)
{
	if (s->data.fd >= 0)
		data_close(s, true);
	record_end(s);
	priv_closing(s, reason);
	_exit(0);
}

/*
 * The kernel answers a socket closed over unread bytes with a reset, which can overtake
 * our last reply: read for a moment what still comes, where there is such.
 */
static void leave(struct session *s)
{
	int64_t until = clock_ms() + LEAVE_WITHIN, left;
	size_t dropped = 0;
	char bytes[4096];

	if (s->reply.broken || shutdown(s->start.client, SHUT_WR) < 0)
		return;
	while (dropped < LEAVE_BYTES && (left = until - clock_ms()) > 0) {
		struct pollfd p = { .fd = s->start.client, .events = POLLIN };
		ssize_t n = recv(s->start.client, bytes, sizeof bytes, MSG_DONTWAIT);

		if (n > 0) {
			dropped += (size_t)n;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR) || dropped == 0)
			return;
		if (poll(&p, 1, (int)left) <= 0)
			return;
	}
}

/* In a frame of its own, which no session holds that waits. */
static void __attribute__((noinline)) tell_rate(struct session *s, const struct settings *set)
{
	STRBUF(where, PATHNAME_SIZE);

	config_where(s->start.config, set->where[D_MAX_COMMAND_RATE], &where);
	log_write(LOG_NOTICE,
	    "more than %u commands in %u s (MaxCommandRate at %s): each one waits longer",
	    set->max_command_rate.count, set->max_command_rate.seconds, where.buf);
}

/* MaxCommandRate: let a command that came too soon wait. False: the session ends meanwhile. */
static bool in_turn(struct session *s)
{
	const struct settings *set = settings_for(s->base, D_MAX_COMMAND_RATE);
	unsigned count = set->max_command_rate.count;
	bool first;
	int64_t ms;

	if (count == 0)
		return true;
	ms = rate_delay(&s->rate, count, set->max_command_rate.seconds, clock_ms(), &first);
	if (first)
		tell_rate(s, set);
	return ms == 0 || session_pause(s, ms);
}

/* Run what the client says, until somebody asks for the end. */
static _Noreturn void loop(struct session *s)
{
	char *text;
	size_t len;

	while (!s->ending) {
		switch (line_take(&s->line, &text, &len)) {
		case LINE_NONE:
			(void)session_wait(s, -1, 0, 0);
			break;
		case LINE_TOO_LONG:
			if (!in_turn(s))
				break;
			reply(s, 500, "Command line too long.");
			s->last_input = clock_ms();
			break;
		case LINE_HOPELESS:
			session_end(s, "Endless command line", "Command line too long, goodbye.");
			break;
		case LINE_COMMAND:
			memcpy(s->command, text, len + 1);
			explicit_bzero(text, len);
			if (in_turn(s))
				command_dispatch(s, s->command, len);
			s->last_input = clock_ms();
			break;
		}
	}
	if (s->last_words[0] != '\0')
		reply(s, 421, "%s", s->last_words);
	reply_flush(s);
	leave(s);
	session_exit(s, s->end_reason);
}

/*
 * What the first session leaves to any other: what waits to be run, and who the client says it is.
 */
static void take_line(struct session *s, struct handover *h)
{
	size_t room;
	unsigned char *to;

	priv_await_go(s, h);
	to = line_room(&s->line, &room);
	if (h->pending > sizeof h->line || h->pending > room)
		fatal("%u bytes handed over", h->pending);
	memcpy(to, h->line, h->pending);
	s->line.end += h->pending; /* Telnet is out of them already */
	if (!line_resume(&s->line, h->telnet))
		fatal("Telnet state %u handed over", (unsigned)h->telnet);
	s->utf8 = h->utf8;
	s->commands = h->commands;
	s->raw_in = h->raw_in;
	s->raw_out = h->raw_out;
	memcpy(s->client_name, h->client, sizeof s->client_name);
}

_Noreturn void session_first(const struct session_start *start)
{
	struct session *s = begin(start);
	int unread = SESSION_UNREAD;

	if (start->again) {          /* HOST, SNI: the parameters are the other server's own */
		struct handover *h = memory_map(sizeof *h);

		take_line(s, h);
		memory_unmap(h, sizeof *h);
	}
	if (!start->again || !start->secured)        /* SNI: the 220 came before AUTH, and one is
	                                                all */
		login_greet(s);
	/* or the kernel keeps megabytes for a peer that does not read, and calls it progress */
	(void)setsockopt(start->client, SOL_SOCKET, SO_SNDBUF, &unread, sizeof unread);
	loop(s);
}

/* Go on where the first session stopped. */
static void take_over(struct session *s)
{
	struct handover *h = memory_map(sizeof *h);

	take_line(s, h);
	s->ascii = h->type_ascii;
	s->epsv_all = h->epsv_all;
	s->pbsz = h->pbsz && s->start.tls >= 0;
	s->prot = h->prot && s->start.tls >= 0;
	s->mlst_facts = h->mlst_facts;
	memory_unmap(h, sizeof *h);
}

/* TimeoutSession for who is logged in now. */
static void limit_length(struct session *s)
{
	const struct cap *cap = cap_for(s->base, D_TIMEOUT_SESSION, &s->who);

	s->timeout_session = cap != NULL ? (unsigned)cap->most : 0;
}

static void take_identity(struct session *s, const struct identity *id)
{
	s->id.uid = id->uid;
	s->id.gid = id->gid;
	s->id.ngroups = id->ngroups;
	s->id.groups = config_alloc(s->start.config, (id->ngroups + 1) * sizeof *id->groups);
	memcpy(s->id.groups, id->groups, id->ngroups * sizeof *id->groups);
	s->id.anonymous = id->anonymous;
	s->id.guest = id->guest;
	s->id.wants_records = id->wants_records;
	s->id.wants_state = id->wants_state;
	s->id.log_classes = id->log_classes;
	s->id.wrapped = id->wrapped;
	s->id.by_certificate = id->by_certificate;
	memcpy(s->id.typed, id->typed, sizeof s->id.typed);
	memcpy(s->id.account, id->account, sizeof s->id.account);
	ratio_begin(s, id);
}

/* In a frame of its own, which is gone when the session waits. */
static void __attribute__((noinline)) tell_ready(struct session *s, const char *jail)
{
	STRBUF(host, PATHNAME_SIZE);
	int err = root_host_path(&s->root, s->cwd, &host);

	if (err < 0)
		priv_failed(s, strerror(-err));
	priv_ready(s, jail, host.buf);
}

_Noreturn void session_second(const struct session_start *start, const struct identity *id,
    int root_fd, const char *jail, const char *start_dir)
{
	struct session *s = begin(start);
	const struct context *base = id->anonymous == 0 ? start->server :
	    context_anonymous(start->server, id->anonymous);
	int err;

	take_identity(s, id);
	s->logged_in = true;
	s->base = base;
	if (base == NULL)
		priv_failed(s, "no such <Anonymous>");
	err = root_init(&s->root, root_fd, config_strdup(start->config, jail));
	if (err < 0)
		priv_failed(s, err == -ENOSYS ? "this kernel has no openat2" : strerror(-err));
	s->who.user = s->id.account;
	s->who.uid = s->id.uid;
	s->who.gid = s->id.gid;
	/* before what is large: whatever comes behind that lies in a page of its own */
	s->home = config_strdup(start->config, start_dir);
	s->access = (struct access){ .base = s->base, .root = &s->root, .jailed = jail[0] != '\0',
	    .who = &s->who, .config = start->config,
	    .files = ftpaccess_new(start->config, s->base, &s->root, jail[0] != '\0') };
	(void)snprintf(s->cwd, sizeof s->cwd, "%s", start_dir);
	tell_ready(s, jail);
	memory_unmap(start->arrival, start->arrival_size);
	take_over(s);
	s->connected_at = s->last_input = s->last_transfer = clock_ms();
	state_begin(s);
	limit_length(s);
	login_welcome(s);
	memory_forget(&s->msg, sizeof s->msg);
	memory_rest();
	loop(s);
}
