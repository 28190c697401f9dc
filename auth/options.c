/* The command line. */
#include "auth/options.h"

#include "config/value.h"

#include <string.h>
#include <unistd.h>

const char options_usage[] =
    "usage: in.ftpd [-n] [-c file] [-D label] [-d level]    as inetd starts it\n"
    "       in.ftpd -t [-c file] [-D label] [-d level]      check the configuration\n"
    "       in.ftpd -T [-c file] [-D label] [-d level] [-o json] [-C query | -]\n"
    "                                                       tell what holds, and for whom\n"
    "       in.ftpd -V | -VV | -l                           version, build, parts\n";

static bool take_debug(struct options *o, struct strbuf *why)
{
	uintmax_t level;

	if (!parse_uint(optarg, 10, 0, 10, &level)) {
		strbuf_addf(why, "-d %s: must be 0 to 10", optarg);
		return false;
	}
	o->debug = (unsigned)level;
	return true;
}

static bool take_define(struct options *o, struct strbuf *why)
{
	if (o->ndefines == DEFINES_MAX) {
		strbuf_addf(why, "-D: more than %d labels", DEFINES_MAX);
		return false;
	}
	o->defines[o->ndefines++] = optarg;
	return true;
}

/* -C asks, -o says how the answer is written: both mean -T. */
static bool take_query(struct options *o, int flag, struct strbuf *why)
{
	if (flag == 'o') {
		o->json = strcmp(optarg, "json") == 0;
		if (!o->json)
			strbuf_addf(why, "-o %s: json is the only other form", optarg);
		return o->json;
	}
	if (o->nqueries == QUERIES_MAX) {
		strbuf_addf(why, "-C: more than %d queries; write them to -C -", QUERIES_MAX);
		return false;
	}
	o->queries[o->nqueries++] = optarg;
	return true;
}

/* What only makes sense in a terminal. */
static bool take_action(struct options *o, int flag, bool on_socket, struct strbuf *why)
{
	if (on_socket) {
		strbuf_addf(why, "-%c: not while serving a connection", flag);
		return false;
	}
	o->action = flag == 't' ? ACTION_CHECK : flag == 'T' ? ACTION_EXPLAIN : flag == 'l' ?
	    ACTION_PARTS : ACTION_VERSION;
	o->verbose += flag == 'V' || flag == 'v';
	return true;
}

static bool take(struct options *o, int flag, bool on_socket, struct strbuf *why)
{
	switch (flag) {
	case 'c':
		o->config = optarg;
		return true;
	case 'd':
		return take_debug(o, why);
	case 'D':
		return take_define(o, why);
	case 'n':
		return true; /* ProFTPD's "do not fork": we never do */
	case 'a':
	case 'l':
		if (on_socket)
			return o->ignored = true;
		if (flag == 'l')
			return take_action(o, flag, on_socket, why);
		break;
	case 'C':
	case 'o':
		return take_action(o, 'T', on_socket, why) && take_query(o, flag, why);
	case 't':
	case 'T':
	case 'V':
	case 'v':
		return take_action(o, flag, on_socket, why);
	case ':':
		strbuf_addf(why, "-%c: its value is missing", optopt);
		return false;
	}
	strbuf_addf(why, "-%c: unknown option", flag == '?' ? optopt : flag);
	return false;
}

bool options_read(struct options *o, int argc, char **argv, bool on_socket, struct strbuf *why)
{
	int flag;

	*o = (struct options){ .action = ACTION_SERVE, .config = SYSCONFDIR "/in.ftpd.conf" };
	opterr = 0; /* getopt would write to descriptor 2, which may be the client */
	while ((flag = getopt(argc, argv, ":c:d:D:tTC:o:Vvlan")) != -1)
		if (!take(o, flag, on_socket, why))
			return false;
	if (optind < argc) {
		strbuf_addf(why, "%s: unexpected argument", argv[optind]);
		return false;
	}
	return true;
}
