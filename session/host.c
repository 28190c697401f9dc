/* HOST (RFC 7151): which of the servers at this address the client wants. */
#include "session/host.h"

#include "session/command.h"
#include "session/login.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_MAX = 63, NAME_MAX_LENGTH = 253 };  /* RFC 1035, 2.3.4, as text */

static bool is_label(const char *p, size_t n)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	return n > 0 && n <= LABEL_MAX && strspn(p, letters) >= n;
}

static bool is_name(const char *arg, size_t len)
{
	for (size_t at = 0; at <= len; at++) {
		size_t n = strcspn(arg + at, ".");

		if (n > len - at)
			n = len - at;
		if (!is_label(arg + at, n))
			return false;
		at += n;
	}
	return true;
}

enum host_kind host_parse(const char *arg, char name[HOST_SIZE], struct addr *a)
{
	size_t n = strlen(arg);
	char bare[INET6_ADDRSTRLEN];

	*name = '\0';
	memset(a, 0, sizeof *a);
	if (n > 2 && arg[0] == '[' && arg[n - 1] == ']' && n - 2 < sizeof bare) {
		memcpy(bare, arg + 1, n - 2);
		bare[n - 2] = '\0';
		/* "[192.0.2.1]" is nothing; "[::ffff:192.0.2.1]" is what it means */
		return strchr(bare, ':') != NULL && addr_parse(a, bare) ? HOST_ADDRESS :
		    HOST_MALFORMED;
	}
	if (arg[strspn(arg, "0123456789.")] == '\0')
		return addr_parse(a, arg) ? HOST_ADDRESS : HOST_MALFORMED;
	if (arg[n - 1] == '.')       /* not empty: that has no byte but those above */
		n--;
	if (n > NAME_MAX_LENGTH || !is_name(arg, n))
		return HOST_MALFORMED;
	memcpy(name, arg, n);
	name[n] = '\0';
	return HOST_NAME;
}

void cmd_host(struct session *s, const struct command *c, const char *arg)
{
	char name[HOST_SIZE];
	enum host_kind kind;
	struct addr a;
	int err;

	(void)c;
	if (s->logged_in) {
		reply(s, 503, "Already logged in.");
		return;
	}
	if (s->named) {              /* a back end may have run: there is no way behind it */
		reply(s, 503, "HOST comes before USER.");
		return;
	}
	kind = host_parse(arg, name, &a);
	if (kind == HOST_MALFORMED) {
		reply(s, 501, "A host's name is expected, or an address, IPv6 in brackets.");
		return;
	}
	if (kind == HOST_ADDRESS && !addr_same_host(&a, &s->start.local)) {
		reply(s, 504, "That is not an address of this server.");
		return;
	}
	switch (priv_host(s, name, &err)) {
	case PRIV_GRANTED:
		reply_flush(s);
		record_reply(s, 220, "", 0);      /* the next one says it */
		record_end(s);
		priv_handover(s);
		_exit(0); /* a first session of the other server sends the 220 */
	case PRIV_RESULT:
		login_greet(s);
		break;
	default:
		if (err == -EBUSY)   /* the certificate was of the server that is */
			reply(s, 503, "HOST comes before AUTH.");
		else
			reply(s, 504, "No such host here.");
		break;
	}
}
