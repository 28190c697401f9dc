/* The data connection: PORT, EPRT, PASV, EPSV, its opening and its end (RFC 959, RFC 2428). */
#include "session/data.h"

#include "config/io.h"
#include "config/log.h"
#include "config/socket.h"
#include "config/value.h"
#include "session/claim.h"
#include "session/command.h"
#include "session/priv.h"
#include "session/reply.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECT_WITHIN = 30,         /* seconds that a data connection has to stand */
	BACKLOG = 8,                 /* one stranger's connection must not keep the client's out */
	PORT_MIN = 1024,             /* below are services that one could be bounced to */
};

/* Copy the field before `delimiter` to `out`. Returns what lies behind the delimiter, or NULL. */
static const char *field(const char *s, char delimiter, char *out, size_t size)
{
	const char *end = strchr(s, delimiter);

	if (end == NULL || (size_t)(end - s) >= size)
		return NULL;
	memcpy(out, s, (size_t)(end - s));
	out[end - s] = '\0';
	return end + 1;
}

int data_parse_port(const char *arg, struct addr *out)
{
	unsigned char n[6];
	char text[sizeof "255"];
	uintmax_t v;

	for (size_t i = 0; i < sizeof n; i++) {
		arg = field(arg, i < sizeof n - 1 ? ',' : '\0', text, sizeof text);
		if (arg == NULL || !parse_uint(text, 10, 0, 255, &v))
			return -EINVAL;
		n[i] = (unsigned char)v;
	}
	memset(out, 0, sizeof *out);
	out->family = AF_INET;
	memcpy(&out->v4, n, sizeof out->v4);
	out->port = (in_port_t)(n[4] << 8 | n[5]);
	return 0;
}

int data_parse_eprt(const char *arg, struct addr *out)
{
	char protocol[8], host[INET6_ADDRSTRLEN], port[8], delimiter = *arg;
	uintmax_t af, number;

	if (delimiter < 33 || delimiter > 126)
		return -EINVAL;
	if ((arg = field(arg + 1, delimiter, protocol, sizeof protocol)) == NULL ||
	    !parse_uint(protocol, 10, 0, UINT16_MAX, &af))
		return -EINVAL;
	if (af != 1 && af != 2)
		return -EAFNOSUPPORT;
	if ((arg = field(arg, delimiter, host, sizeof host)) == NULL ||
	    (arg = field(arg, delimiter, port, sizeof port)) == NULL || *arg != '\0' ||
	    !parse_uint(port, 10, 0, UINT16_MAX, &number))
		return -EINVAL;
	/* a mapped address is read as IPv4, and so is no protocol 2 */
	if (!addr_parse(out, host) || out->family != (af == 1 ? AF_INET : AF_INET6))
		return -EINVAL;
	out->port = (in_port_t)number;
	return 0;
}

void data_reset(struct session *s)
{
	if (s->data.mode == DATA_PASSIVE)
		(void)close(s->data.listener);
	s->data.mode = DATA_NONE;
	s->data.listener = -1;
}

/* RFC 2428, 4: after EPSV ALL every other way is refused, until the session ends. */
static bool only_epsv(struct session *s, const struct command *c)
{
	if (s->epsv_all)
		reply(s, 503, "%s not allowed after EPSV ALL.", c->verb);
	return s->epsv_all;
}

static void refuse_target(struct session *s, const struct command *c, const struct addr *a,
    const char *why)
{
	STRBUF(text, INET6_ADDRSTRLEN);

	addr_text(a, &text);
	log_write(LOG_WARNING, "%s to %s port %u refused: %s", c->verb, text.buf, a->port, why);
	reply(s, 500, "Illegal %s command.", c->verb);
}

/* Whether we may connect to what the client named; it is told when not. */
static bool target_allowed(struct session *s, const struct command *c, struct addr *a)
{
	const struct addr *peer = &s->start.peer;

	if (a->port < PORT_MIN) {
		refuse_target(s, c, a, "port below 1024, possible bounce attack");
		return false;
	}
	/* a client behind address translation names what it knows of itself */
	if (addr_is_private(a) && !addr_is_loopback(a) && !addr_is_private(peer)) {
		in_port_t port = a->port;

		*a = *peer;
		a->port = port;
	}
	if (addr_same_host(a, peer)) {
		a->scope = peer->scope;
		return true;
	}
	/* the monitor connects to no other loopback address, whatever a directive says */
	if (addr_is_nobody(a) || addr_is_loopback(a)) {
		refuse_target(s, c, a, "not an address of a client, possible bounce attack");
		return false;
	}
	if (!foreign_allowed(s->base, s->who.classes, a)) {
		refuse_target(s, c, a, "address mismatch, not the client's (AllowForeignAddress)");
		return false;
	}
	return true;
}

static void set_target(struct session *s, const struct command *c, struct addr *a)
{
	data_reset(s);
	if (!target_allowed(s, c, a))
		return;
	s->data.target = *a;
	s->data.mode = DATA_ACTIVE;
	reply(s, 200, "%s command successful.", c->verb);
}

void cmd_port(struct session *s, const struct command *c, const char *arg)
{
	struct addr a;

	if (only_epsv(s, c))
		return;
	if (data_parse_port(arg, &a) < 0)
		reply(s, 501, "Syntax: PORT h1,h2,h3,h4,p1,p2 (numbers from 0 to 255).");
	else
		set_target(s, c, &a);
}

void cmd_eprt(struct session *s, const struct command *c, const char *arg)
{
	bool ipv6 = SETTING(s->base, D_USE_IPV6, use_ipv6);
	struct addr a;
	int err;

	if (only_epsv(s, c))
		return;
	err = data_parse_eprt(arg, &a);
	if (err == -EAFNOSUPPORT || (err == 0 && a.family == AF_INET6 && !ipv6))
		reply(s, 522, "Network protocol not supported, use (%s).", ipv6 ? "1,2" : "1");
	else if (err < 0)
		reply(s, 501, "Syntax: EPRT |protocol|address|port|.");
	else
		set_target(s, c, &a);
}

/* A listener on this port (0: the kernel's choice) of the control connection's own address. */
static int listen_on(const struct session *s, unsigned port)
{
	struct sockaddr_storage ss;
	struct addr a = s->start.local;
	socklen_t len;
	int fd, err, on = 1;

	a.port = (in_port_t)port;
	len = addr_to(&a, false, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	socket_tune_data(fd, s->base);       /* what is accepted inherits it */
	/* or each port would be lost for a minute after every transfer */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(fd, (struct sockaddr *)&ss, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	err = -errno;
	(void)close(fd);
	return err;
}

/* A listener on a random free port between `min` and `max`, never on another one. */
static int listen_within(const struct session *s, unsigned min, unsigned max)
{
	unsigned n = max - min + 1, start;
	int fd = -EADDRINUSE;

	/* no port may be guessed from the one before */
	if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start)
		return -EAGAIN;
	for (unsigned i = 0; i < n && fd == -EADDRINUSE; i++)
		fd = listen_on(s, min + (start % n + i) % n);
	return fd;
}

/* Listen for the client. Returns the port, or 0 when 425 was sent. */
static unsigned passive(struct session *s)
{
	const struct settings *set = settings_for(s->base, D_PASSIVE_PORTS);
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;
	struct addr bound;
	int fd;

	data_reset(s);
	fd = set->passive_ports.min == 0 ? listen_on(s, 0) :
	    listen_within(s, set->passive_ports.min, set->passive_ports.max);
	if (fd < 0) {
		if (fd == -EADDRINUSE && set->passive_ports.min != 0)
			log_write(LOG_WARNING, "PassivePorts %u %u: none is free",
			    set->passive_ports.min, set->passive_ports.max);
		else
			log_write(LOG_WARNING, "Passive data connection: %s", strerror(-fd));
		reply(s, 425, "No port free for a data connection, try again.");
		return 0;
	}
	s->data.listener = fd;
	s->data.mode = DATA_PASSIVE;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0 || !addr_from(&bound, &ss))
		fatal("getsockname of a listener: %s", strerror(errno));
	return bound.port;
}

/* An address, or a name or device that the monitor knows one of. */
static bool masquerade_address(struct session *s, const char *text, struct addr *a)
{
	char found[INET6_ADDRSTRLEN];

	if (!addr_parse(a, text) && (!priv_masquerade(s, found, sizeof found) ||
	    !addr_parse(a, found)))
		return false;
	return a->family == AF_INET;
}

/* The address for 227. False: there is none (425 was sent). */
static bool pasv_address(struct session *s, struct addr *a)
{
	const char *masquerade = SETTING(s->base, D_MASQUERADE_ADDRESS, masquerade_address);
	const char *name = "MasqueradeAddress";

	/*
	 * a router that reads along mends what it can read: under TLS the address has to be right
	 */
	if (s->start.secured && SETTING(s->base, D_TLS_MASQUERADE_ADDRESS,
	    tls_masquerade_address) != NULL) {
		masquerade = SETTING(s->base, D_TLS_MASQUERADE_ADDRESS, tls_masquerade_address);
		name = "TLSMasqueradeAddress";
	}
	*a = s->start.local;
	if (a->family != AF_INET) {
		/* 227 has room for an IPv4 address only, and we make none up */
		reply(s, 425, "PASV is for IPv4, use EPSV.");
		return false;
	}
	if (masquerade != NULL && !masquerade_address(s, masquerade, a)) {
		log_write(LOG_WARNING, "%s %s: no IPv4 address", name, masquerade);
		reply(s, 425, "No address for a data connection, use EPSV.");
		return false;
	}
	return true;
}

void cmd_pasv(struct session *s, const struct command *c, const char *arg)
{
	struct addr a;
	const unsigned char *h = (const unsigned char *)&a.v4;
	unsigned port;

	(void)arg;
	if (only_epsv(s, c) || !pasv_address(s, &a) || (port = passive(s)) == 0)
		return;
	reply(s, 227, "Entering Passive Mode (%u,%u,%u,%u,%u,%u).", h[0], h[1], h[2], h[3],
	    port >> 8, port & 255);
}

void cmd_epsv(struct session *s, const struct command *c, const char *arg)
{
	uintmax_t own = s->start.local.family == AF_INET ? 1 : 2, af = own;
	unsigned port;

	(void)c;
	if (strcasecmp(arg, "ALL") == 0) {
		s->epsv_all = true;
		data_reset(s);
		reply(s, 200, "EPSV ALL command successful.");
	} else if (*arg != '\0' && !parse_uint(arg, 10, 0, UINT16_MAX, &af)) {
		reply(s, 501, "Syntax: EPSV [1|2|ALL].");
	} else if (af != own) {
		reply(s, 522, "Network protocol not supported, use (%u).", (unsigned)own);
	} else if ((port = passive(s)) != 0) {
		reply(s, 229, "Entering Extended Passive Mode (|||%u|).", port);
	}
}

/* Take the client's connection from the queue. Returns it, or -errno; -EAGAIN: not there yet. */
static int accept_client(struct session *s)
{
	for (unsigned i = 0; i < BACKLOG; i++) {
		STRBUF(text, INET6_ADDRSTRLEN);
		struct sockaddr_storage ss;
		socklen_t len = sizeof ss;
		struct addr from;
		int fd = accept4(s->data.listener, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			return -errno;
		if (!addr_from(&from, &ss))
			from = (struct addr){ 0 };
		if (addr_same_host(&from, &s->start.peer) ||
		    foreign_allowed(s->base, s->who.classes, &from))
			return fd;
		(void)close(fd);
		addr_text(&from, &text);
		log_write(LOG_WARNING,
		    "SECURITY: data connection from %s refused: not the client's", text.buf);
	}
	return -EAGAIN;
}

/* By when the connection must stand: a stalled one is no better for not being open yet. */
static int64_t open_deadline(const struct session *s)
{
	unsigned stalled = SETTING(s->base, D_TIMEOUT_STALLED, timeout_stalled);

	return clock_ms() + 1000 * (stalled > 0 && stalled < CONNECT_WITHIN ? (int64_t)stalled :
	    CONNECT_WITHIN);
}

/* Wait for `fd` no longer than the connection may take. Returns 0 or -errno. */
static int wait_for(struct session *s, int fd, short events, int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	switch (session_wait(s, fd, events, left)) {
	case WAIT_DATA:
		return 0;
	case WAIT_ABORTED:
		return -ECANCELED;
	default:
		return -ETIMEDOUT;
	}
}

static int open_passive(struct session *s)
{
	int64_t deadline = open_deadline(s);
	int fd, err;

	while ((fd = accept_client(s)) == -EAGAIN)
		if ((err = wait_for(s, s->data.listener, POLLIN, deadline)) < 0)
			return err;
	return fd;
}

/* The monitor's socket is connecting: wait for the outcome. */
static int open_active(struct session *s)
{
	int fd = priv_active(s, &s->data.target), err;
	socklen_t len = sizeof err;

	if (fd < 0)
		return fd;
	err = wait_for(s, fd, POLLOUT, open_deadline(s));
	if (err == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err == 0)
		return fd;
	(void)close(fd);
	return err < 0 ? err : -err;
}

int data_open(struct session *s)
{
	int fd = -ENOTCONN;

	if (s->data.mode == DATA_PASSIVE)
		fd = open_passive(s);
	else if (s->data.mode == DATA_ACTIVE)
		fd = open_active(s);
	data_reset(s);
	s->data.fd = fd < 0 ? -1 : fd;
	return fd < 0 ? fd : 0;
}

/* TLSRequired says otherwise than PROT does. */
static void refuse_prot(struct session *s, bool clear)
{
	/*
	 * 534 answers what asks for a level (RFC 2228); what a transfer meets is 522, one way or
	 * the other
	 */
	if (!clear)
		reply(s, 522, "Data connections must not be protected here: give PROT C first.");
	else if (s->start.secured || s->start.tls >= 0)
		reply(s, 522, "Data connections must be protected here: give PROT P first.");
	else
		reply(s, 522, "Data connections must be protected here: log in after AUTH TLS.");
}

void data_refuse(struct session *s, int err)
{
	claim_over(s);
	if (err == -DATA_IN_CLEAR || err == -DATA_PROTECTED)
		refuse_prot(s, err == -DATA_IN_CLEAR);
	else if (err == -DATA_NOT_RESUMED)
		reply(s, 425,
		    "The data connection must resume the TLS session of the control connection (a "
		    "client's setting; NoSessionReuseRequired lifts it).");
	else if (err == -DATA_TLS_FAILED)
		reply(s, 425, "TLS on the data connection failed.");
	else if (err == -ENOTCONN)
		reply(s, 425, "Use PORT, EPRT, PASV or EPSV first.");
	else if (err == -ECANCELED)
		reply(s, 426, "Transfer aborted.");
	else
		reply(s, 425, "Can't open the data connection: %s.", strerror(-err));
}

void data_close(struct session *s, bool reset)
{
	struct linger l = { .l_onoff = 1 };
	struct copy_result over = { .end = COPY_ABORTED };

	if (s->data.fd < 0)
		return;
	protect_finish(s, &over);    /* where it is under TLS still, nobody waits for it any more */
	/*
	 * What a slow peer has not taken yet is waited for in close(), TimeoutLinger at most; then
	 * the kernel goes on by itself. A peer that kept up costs no call.
	 */
	if (!reset && s->data.waited)
		l.l_linger = (int)SETTING(s->base, D_TIMEOUT_LINGER, timeout_linger);
	if (reset || l.l_linger > 0)
		(void)setsockopt(s->data.fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	(void)close(s->data.fd);
	s->data.fd = -1;
}
