/* What is set on the sockets of a session, and whom data connections are for. */
#include "config/socket.h"

#include "config/peer.h"
#include "config/read.h"
#include "config/special.h"
#include "config/value.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
	SEGMENT_MIN = 88, SEGMENT_MAX = 32767,   /* what Linux takes for TCP_MAXSEG */
	BUFFER_MIN = 1024, BUFFER_MAX = 1 << 30,
	PROBE_MAX = 32767, PROBES_MAX = 127,
};

int read_allow_foreign(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (parse_bool(words[1], &r->own->allow_foreign_address))
		return 0;
	r->own->allow_foreign_address = false;
	r->own->foreign_class = config_strdup(r->c, words[1]);
	return 0;
}

bool foreign_allowed(const struct context *base, const struct class *classes, const struct addr *a)
{
	const struct settings *s = settings_for(base, D_ALLOW_FOREIGN_ADDRESS);
	struct subject other = { .peer = *a };

	if (s->foreign_class == NULL)
		return s->allow_foreign_address;
	while (classes != NULL && strcmp(classes->name, s->foreign_class) != 0)
		classes = classes->next;
	/* without its name nobody can be told to be another one */
	for (const struct peer_item *i = classes != NULL ? classes->items : NULL; i != NULL;
	    i = i->next)
		if (i->negated && peer_asks_name(i->form))
			return false;
	return classes != NULL && class_holds(classes, &other);
}

void foreign_check(struct reader *r, const struct context *c)
{
	const struct class *class = r->c->classes;
	const char *name = c->own->foreign_class;
	bool by_name = false;

	while (name != NULL && class != NULL && strcmp(class->name, name) != 0)
		class = class->next;
	if (name == NULL)
		return;
	for (const struct peer_item *i = class != NULL ? class->items : NULL; i != NULL;
	    i = i->next)
		by_name = by_name || peer_asks_name(i->form);
	if (class == NULL)
		(void)tell_at(r, CONFIG_ERROR, c->own->where[D_ALLOW_FOREIGN_ADDRESS],
		    "AllowForeignAddress", "%s: neither on nor off, nor a <Class>", name);
	else if (by_name)
		(void)tell_at(r, CONFIG_WARNING, c->own->where[D_ALLOW_FOREIGN_ADDRESS],
		    "AllowForeignAddress", "%s: its host names never match here, addresses do",
		    name);
}

/* on, off, or idle:count:interval. */
static int read_keepalive(struct reader *r, const struct directive *d, const char *word,
    struct socket_options *o)
{
	const struct { unsigned *field; uintmax_t max; } parts[] = {
		{ &o->idle, PROBE_MAX }, { &o->count, PROBES_MAX }, { &o->interval, PROBE_MAX },
	};
	uintmax_t v;

	if (parse_bool(word, &o->keepalive))
		return 0;
	o->keepalive = true;
	for (size_t i = 0; i < 3; i++) {
		char digits[8];
		size_t n = strcspn(word, ":");

		if (n >= sizeof digits || (word[n] == ':') != (i < 2))
			return tell_error(r, d->name,
			    "keepalive: on, off or idle:count:interval is expected");
		memcpy(digits, word, n);
		digits[n] = '\0';
		if (!parse_uint(digits, 10, 1, parts[i].max, &v))
			return tell_error(r, d->name, "keepalive: %s: not a number from 1 to %ju",
			    digits, parts[i].max);
		*parts[i].field = (unsigned)v;
		word += n + 1;
	}
	return 0;
}

static int read_number(struct reader *r, const struct directive *d, char **words, unsigned min,
    unsigned max, unsigned *out)
{
	uintmax_t v;

	if (!parse_uint(words[1], 10, min, max, &v))
		return tell_error(r, d->name, "%s %s: not a number from %u to %u", words[0],
		    words[1], min, max);
	*out = (unsigned)v;
	return 0;
}

static int read_option(struct reader *r, const struct directive *d, char **words,
    struct socket_options *o)
{
	bool on;

	if (strcasecmp(words[0], "maxseg") == 0)
		return read_number(r, d, words, SEGMENT_MIN, SEGMENT_MAX, &o->maxseg);
	if (strcasecmp(words[0], "rcvbuf") == 0)
		return read_number(r, d, words, BUFFER_MIN, BUFFER_MAX, &o->rcvbuf);
	if (strcasecmp(words[0], "sndbuf") == 0)
		return read_number(r, d, words, BUFFER_MIN, BUFFER_MAX, &o->sndbuf);
	if (strcasecmp(words[0], "keepalive") == 0)
		return read_keepalive(r, d, words[1], o);
	if (strcasecmp(words[0], "reuseport") != 0)
		return tell_error(r, d->name, "%s: no such option", words[0]);
	if (!parse_bool(words[1], &on))
		return tell_error(r, d->name, "reuseport: on or off is expected");
	tell_note(r, d->name, "reuseport has no effect: inetd listens");
	return 0;
}

int read_socket_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	struct socket_options o = { .keepalive = true };

	if (!words_fit(r, d, nwords, 2, 10))
		return -EINVAL;
	if (nwords % 2 == 0)
		return tell_error(r, d->name, "%s: needs a value", words[nwords - 1]);
	for (size_t i = 1; i < nwords; i += 2)
		if (read_option(r, d, words + i, &o) != 0)
			return -EINVAL;
	r->own->socket_options = o;
	return 0;
}

int read_protocols(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool ftp = false, ftps = false;

	if (!words_fit(r, d, nwords, 1, 8))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "ftp") == 0)
			ftp = true;
		else if (strcasecmp(words[i], "ftps") == 0)
			ftps = true;
		else if (strcasecmp(words[i], "sftp") == 0 || strcasecmp(words[i], "scp") == 0)
			tell_note(r, d->name, "%s has no effect: this is no SSH server", words[i]);
		else
			return tell_error(r, d->name, "%s: ftp or ftps is expected", words[i]);
	}
	if (!ftp && !ftps)
		tell_warning(r, d->name, "neither ftp nor ftps: nobody can log in");
	r->own->protocols.ftp = ftp;
	r->own->protocols.ftps = ftps;
	return 0;
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof value);
}

/*
 * The buffers' sizes decide the window that is offered: before the connection, where that is left.
 */
static void tune(int fd, const struct socket_options *o)
{
	const struct { int level, option; unsigned value; } table[] = {
		{ IPPROTO_TCP, TCP_MAXSEG, o->maxseg },
		{ SOL_SOCKET, SO_RCVBUF, o->rcvbuf },
		{ SOL_SOCKET, SO_SNDBUF, o->sndbuf },
		{ IPPROTO_TCP, TCP_KEEPIDLE, o->idle },
		{ IPPROTO_TCP, TCP_KEEPCNT, o->count },
		{ IPPROTO_TCP, TCP_KEEPINTVL, o->interval },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].value > 0)
			set(fd, table[i].level, table[i].option, (int)table[i].value);
	set(fd, SOL_SOCKET, SO_KEEPALIVE, o->keepalive);
}

void socket_tune_control(int fd, const struct context *server)
{
	const struct settings *s = settings_for(server, D_SOCKET_OPTIONS);

	/* both hold already for every control connection */
	if (s->where[D_SOCKET_OPTIONS].line != 0)
		tune(fd, &s->socket_options);
	if (!SETTING(server, D_TCP_NO_DELAY, tcp_no_delay))
		set(fd, IPPROTO_TCP, TCP_NODELAY, 0);
}

void socket_tune_data(int fd, const struct context *base)
{
	const struct settings *s = settings_for(base, D_SOCKET_OPTIONS);

	if (s->where[D_SOCKET_OPTIONS].line != 0)
		tune(fd, &s->socket_options);
	if (SETTING(base, D_TCP_NO_DELAY, tcp_no_delay))
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}
