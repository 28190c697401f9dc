/* TLS as its commands have it: AUTH, PBSZ, PROT, CCC, and TLSRequired (RFC 2228, RFC 4217). */
#include "session/security.h"

#include "config/log.h"
#include "config/value.h"
#include "session/command.h"
#include "session/protect.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLEAR_MAX = 1048576 };    /* bytes in clear behind AUTH: more is no mistake */

bool security_offered(const struct session *s)
{
#ifdef WITH_TLS
	return SETTING(s->base, D_TLS_ENGINE, tls_engine) &&
	    SETTING(s->base, D_PROTOCOLS, protocols.ftps);
#else
	(void)s;
	return false;
#endif
}

/* TLSRequired's bits. */
static unsigned required(const struct context *where)
{
	return SETTING(where, D_TLS_REQUIRED, tls_required);
}

/*
 * Only an administrator who asks for a protected password and for no protected control connection
 * has said that the latter may end.
 */
static bool may_clear(const struct session *s)
{
	unsigned need = required(s->base);

	return (need & TLS_NEED_AUTH) && !(need & TLS_NEED_CTRL);
}

bool security_shown(const struct session *s, const struct command *c)
{
	return !(c->flags & CMD_TLS) || (security_offered(s) &&
	    (c->run != cmd_ccc || may_clear(s)));
}

/* 550: the control connection is in clear, and says what to do about it. */
static void refuse_clear(struct session *s)
{
	if (!security_offered(s))
		reply(s, 550, "TLS is required here, and not to be had: tell the administrator.");
	else if (s->logged_in)
		reply(s, 550, "TLS is required here: log in after AUTH TLS.");
	else
		reply(s, 550, "TLS is required here: give AUTH TLS first.");
}

bool security_gate(struct session *s, const struct command *c)
{
	/* behind the login the password is no secret to keep any more */
	unsigned need = required(s->base) & (s->logged_in ? TLS_NEED_CTRL :
	    TLS_NEED_CTRL | TLS_NEED_AUTH);

	if (need == 0 || s->start.secured || (c->flags & CMD_CLEAR))
		return true;
	/*
	 * AllowPerUser: what counts is the user's own TLSRequired, and who that is must be told
	 * first
	 */
	if ((c->run == cmd_user || c->run == cmd_pass) &&
	    (SETTING(s->base, D_TLS_OPTIONS, tls_options) & TLS_PER_USER))
		return true;
	log_debug(1, "command %s refused: TLSRequired", c->verb);
	refuse_clear(s);
	return false;
}

int security_data(const struct session *s, const struct context *where)
{
	unsigned need = required(where);

	if ((need & TLS_NEED_DATA) && !s->prot)
		return -DATA_IN_CLEAR;
	return (need & TLS_NO_DATA) && s->prot ? -DATA_PROTECTED : 0;
}

static bool moves_data(const struct command *c)
{
	return (c->flags & (CMD_DATA | CMD_LIST)) != 0;
}

bool security_check(struct session *s, const struct command *c, const struct context *where)
{
	int err = moves_data(c) ? security_data(s, where) : 0;

	if ((required(where) & TLS_NEED_CTRL) && !s->start.secured)
		refuse_clear(s);
	else if (err < 0)
		data_refuse(s, err);
	else
		return true;
	return false;
}

bool security_allows(const struct session *s, const struct command *c, const char *path)
{
	const struct context *where = access_glance(&s->access, path);

	return (s->start.secured || !(required(where) & TLS_NEED_CTRL)) &&
	    (!moves_data(c) || security_data(s, where) == 0);
}

/*
 * Nothing that came in clear may count behind AUTH: somebody on the way may have put it there
 * (CVE-2011-0411 and its like). What comes later goes to the TLS process, and is no ClientHello.
 */
static void throw_away(struct session *s)
{
	size_t n = s->line.end - s->line.start + s->line.overlong;
	unsigned char bytes[4096];
	ssize_t got = 0;

	explicit_bzero(s->line.bytes, s->line.end);
	line_init(&s->line, s->line.limit);
	while (n < CLEAR_MAX) {
		got = recv(s->start.client, bytes, sizeof bytes, MSG_DONTWAIT);
		if (got <= 0 && !(got < 0 && errno == EINTR))
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	explicit_bzero(bytes, sizeof bytes);
	if (n > 0)
		log_write(LOG_NOTICE, "%zu bytes in clear behind AUTH thrown away", n);
	if (n >= CLEAR_MAX)
		session_end(s, "Clear text behind AUTH", "This is no way to begin TLS, goodbye.");
}

/*
 * The plain end of the pair takes the place of the client's socket, which is the TLS process's
 * alone.
 */
static void adopt(struct session *s, int fd)
{
	int unread = SESSION_UNREAD;

	(void)close(s->start.client);
	s->start.client = fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unread, sizeof unread);
	s->reply.broken = s->eof = false;
	log_set_client(fd);
	s->start.secured = true;
	s->pbsz = s->prot = false;   /* RFC 2228: AUTH begins with nothing */
}

/* The 234 is out. The socket is the TLS process's: from here on no byte may reach it from us. */
static void shake_hands(struct session *s)
{
	int fd;

	record_end(s);               /* before a session of another server comes */
	s->reply.broken = true;
	log_set_client(-1);
	if (priv_tls_start(s, &fd) == PRIV_GRANTED) {
		priv_handover(s);
		_exit(0);            /* a first session of the server that SNI named goes on */
	}
	if (fd < 0)
		session_end(s, "TLS handshake failed", NULL);
	else
		adopt(s, fd);
}

void cmd_auth(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	if (s->logged_in || s->named) {      /* a back end may have run: there is no way behind
	                                        it */
		reply(s, 503, "AUTH comes before USER.");
		return;
	}
	if (s->start.secured) {
		reply(s, 503, "This connection is under TLS already.");
		return;
	}
	if (strcasecmp(arg, "TLS") != 0 && strcasecmp(arg, "TLS-C") != 0) {
		reply(s, 504, "No such mechanism here, use AUTH TLS.");
		return;
	}
	if (priv_tls(s) < 0) {
		reply(s, 431, "TLS is not available now, see the server's log.");
		return;
	}
	throw_away(s);
	if (s->ending)
		return;
	reply(s, 234, "Begin the TLS handshake.");
	reply_flush(s);
	if (!s->reply.broken)
		shake_hands(s);
}

/* A security association once made lasts, even where the control connection has left it (CCC). */
static bool associated(const struct session *s)
{
	return s->start.secured || s->start.tls >= 0;
}

void cmd_pbsz(struct session *s, const struct command *c, const char *arg)
{
	uintmax_t size;

	(void)c;
	if (!associated(s)) {
		reply(s, 503, "Give AUTH TLS first.");
	} else if (!parse_uint(arg, 10, 0, UINT32_MAX, &size)) {
		reply(s, 501, "Not a number of 32 bits.");
	} else {
		s->pbsz = true;
		reply(s, 200, "PBSZ=0"); /* TLS is a stream: it needs no buffer (RFC 4217, 9) */
	}
}

void cmd_prot(struct session *s, const struct command *c, const char *arg)
{
	unsigned need = required(s->base);
	bool want = strcasecmp(arg, "P") == 0;

	(void)c;
	if (!associated(s))
		reply(s, 503, "Give AUTH TLS first.");
	else if (!s->pbsz)
		reply(s, 503, "Give PBSZ first.");
	else if (strcasecmp(arg, "S") == 0 || strcasecmp(arg, "E") == 0)
		reply(s, 536, "TLS does not know this level, use P.");
	else if (!want && strcasecmp(arg, "C") != 0)
		reply(s, 504, "No such protection level.");
	else if (need & (want ? TLS_NO_DATA : TLS_NEED_DATA))
		reply(s, 534, "Data connections must %sbe protected here.", want ? "not " : "");
	else {
		s->prot = want;
		reply(s, 200, "Data connections are %s now.", want ? "private" : "clear");
	}
}

void cmd_ccc(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	if (!s->start.secured) {
		reply(s, 533, "The control connection is in clear already.");
		return;
	}
	if (!may_clear(s)) {
		reply(s, 534, "The control connection stays protected here.");
		return;
	}
	/* before the 200, which a client may answer at once */
	if (protect_clear(s) < 0) {
		session_end(s, "CCC failed",
		    "The control connection cannot go on in clear, goodbye.");
		return;
	}
	reply(s, 200, "The control connection is in clear behind this.");
	s->start.secured = false;
}
