/* What the server tells about itself and the session, and what clients tell about themselves. */
#include "config/io.h"
#include "config/log.h"
#include "session/command.h"
#include "session/facts.h"
#include "session/list.h"
#include "session/security.h"

#include <string.h>
#include <strings.h>

/* Whether a command may be shown: it does something, and <Limit> does not deny it to everybody. */
static bool offered(struct session *s, const struct command *c)
{
	return !(c->flags & CMD_REFUSED) && security_shown(s, c) &&
	    (c->run != cmd_site_quota || quota_shown(s)) &&
	    (c->limit.unchecked || limit_check(s->logged_in ? access_context(&s->access, s->cwd) :
	    s->base, &c->limit, &s->who, NULL).verdict != VERDICT_DENY);
}

void cmd_feat(struct session *s, const struct command *c, const char *arg)
{
	const struct command *f;

	(void)c;
	(void)arg;
	reply_hold(s);
	reply_begin(s, 211, "Extensions supported:");
	for (size_t i = 0; (f = command_at(i)) != NULL; i++) {
		STRBUF(facts, TEXT_SIZE);

		if (f->feat == NULL || !offered(s, f))
			continue;
		if (f->run == cmd_mlst) {
			if (!SETTING(s->base, D_FACTS_ADVERTISE, facts_advertise))
				continue;
			strbuf_addc(&facts, ' ');
			facts_feat(s->mlst_facts, facts_left_out(s), &facts);
		}
		reply_line(s, " %s%s", f->feat, facts.buf);
	}
	reply(s, 211, "End");
	reply_release(s);
}

/* The verbs of the table, eight in a line; `site`: CMD_SITE or 0. */
static void list_verbs(struct session *s, unsigned site)
{
	STRBUF(line, TEXT_SIZE);
	const struct command *c;
	unsigned n = 0;

	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		if ((c->flags & CMD_SITE) != site || !offered(s, c))
			continue;
		strbuf_addf(&line, " %-7s", c->verb);
		if (++n % 8 == 0) {
			reply_line(s, "%s", line.buf);
			strbuf_reset(&line);
		}
	}
	if (line.len > 0)
		reply_line(s, "%s", line.buf);
}

static void help(struct session *s, const char *arg, unsigned site)
{
	const char *admin = SETTING(s->base, D_SERVER_ADMIN, server_admin);
	const char *prefix = site ? "SITE " : "";
	const struct command *c = site ? command_find_site(arg, strlen(arg)) :
	    command_find(arg, strlen(arg));

	if (*arg != '\0') {
		if (c == NULL || !offered(s, c))
			reply(s, 502, "No such command: %.*s%s.", CUT(arg));
		else
			reply(s, 214, "Syntax: %s%s %s", prefix, c->verb, c->help);
		return;
	}
	reply_hold(s);
	reply_begin(s, 214, "These %scommands are understood:", prefix);
	list_verbs(s, site);
	if (admin != NULL)
		reply_line(s, " Send comments to %s.", admin);
	reply(s, 214, "End of help.");
	reply_release(s);
}

void cmd_help(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	if (strncasecmp(arg, "SITE", 4) == 0 && (arg[4] == '\0' || arg[4] == ' '))
		help(s, arg[4] == ' ' ? arg + 5 : "", CMD_SITE);
	else
		help(s, arg, 0);
}

void cmd_site_help(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	help(s, arg, CMD_SITE);
}

void cmd_noop(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	reply(s, 200, "OK.");
}

void cmd_syst(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	reply(s, 215, "UNIX Type: L8");
}

/* STAT while a transfer runs (RFC 959: 213 for what is about a file). */
static void stat_transfer(struct session *s)
{
	const struct data *d = &s->data;
	STRBUF(text, TEXT_SIZE);

	strbuf_addu(&text, d->bytes);
	if (d->size > 0) {
		strbuf_add(&text, " of ");
		strbuf_addu(&text, d->size);
	}
	strbuf_add(&text, " bytes in ");
	strbuf_addu(&text, (uintmax_t)(clock_ms() - d->began) / 1000);
	reply(s, 213, "%s %.*s%s: %s seconds.", d->verb, CUT(d->path ? d->path : ""), text.buf);
}

static void stat_session(struct session *s)
{
	bool named = settings_for(s->base, D_SERVER_IDENT)->ident != IDENT_OFF;
	STRBUF(peer, TEXT_SIZE);

	addr_text(&s->start.peer, &peer);
	reply_hold(s);
	reply_begin(s, 211, "Status%s%s:", named ? " of " : "",
	    named ? SETTING(s->base, D_SERVER_NAME, server_name) : "");
	reply_line(s, " Connected from %s (%s)", s->start.peer_name, peer.buf);
	reply_line(s, " Logged in as %s%s", s->id.typed, s->id.guest ? " (guest)" : "");
	reply_line(s, " TYPE: %s, STRU: File, MODE: Stream", s->ascii ? "ASCII" : "Image");
	reply_line(s, " Times in directory listings: %s",
	    SETTING(s->base, D_TIMES_GMT, times_gmt) ? "UTC" : "local");
	if (s->start.secured || s->start.tls >= 0)
		reply_line(s, " Control connection: %s, data connections: %s",
		    s->start.secured ? "TLS" : "clear", s->prot ? "private" : "clear");
	reply_line(s, " Files stored: %u, retrieved: %u", s->files_in, s->files_out);
	if (s->data.mode == DATA_PASSIVE)
		reply_line(s, " Passive mode: waiting for a data connection");
	else
		reply_line(s, " No data connection");
	reply(s, 211, "End of status.");
	reply_release(s);
}

void cmd_stat(struct session *s, const struct command *c, const char *arg)
{
	if (arg[strspn(arg, " ")] != '\0')
		list_stat(s, c, arg);
	else if (s->data.verb != NULL)
		stat_transfer(s);
	else
		stat_session(s);
}

void cmd_clnt(struct session *s, const struct command *c, const char *arg)
{
	struct strbuf name;

	(void)c;
	strbuf_init(&name, s->client_name, sizeof s->client_name);
	strbuf_addn(&name, arg, strnlen(arg, sizeof s->client_name - 1));
	log_debug(1, "client: %s", s->client_name);
	reply(s, 200, "Noted.");
}

/* What a client may want to know of ours; never a version. */
void cmd_csid(struct session *s, const struct command *c, const char *arg)
{
	bool named = settings_for(s->base, D_SERVER_IDENT)->ident != IDENT_OFF;

	(void)c;
	log_debug(1, "client: %.200s", arg);
	reply(s, 200, "%sCaseSensitive=1; DirSep=/;", named ? "Name=in.ftpd; " : "");
}

/* RFC 3659, 7.9: the reply names the facts that are now sent. */
static void opts_mlst(struct session *s, const char *arg)
{
	STRBUF(all, TEXT_SIZE);
	STRBUF(on, TEXT_SIZE);

	s->mlst_facts = facts_parse(arg);
	facts_feat(s->mlst_facts, facts_left_out(s), &all);
	for (const char *p = all.buf; *p != '\0';) {
		size_t n = strcspn(p, "*;");

		if (p[n] == '*') {
			strbuf_addn(&on, p, n);
			strbuf_addc(&on, ';');
		}
		p += strcspn(p, ";");
		p += *p == ';';
	}
	reply(s, 200, "MLST OPTS%s%s", on.len > 0 ? " " : "", on.buf);
}

void cmd_opts(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	if (strcasecmp(arg, "UTF8 ON") == 0 || strcasecmp(arg, "UTF8") == 0 ||
	    strcasecmp(arg, "UTF-8 ON") == 0) {
		s->utf8 = true;
		reply(s, 200, "UTF-8 is on.");
	} else if (strcasecmp(arg, "UTF8 OFF") == 0 || strcasecmp(arg, "UTF-8 OFF") == 0) {
		s->utf8 = false;
		reply(s, 200, "Names are passed as they are.");
	} else if (strncasecmp(arg, "MLST", 4) == 0 && (arg[4] == '\0' || arg[4] == ' ')) {
		opts_mlst(s, arg[4] == ' ' ? arg + 5 : "");
	} else {
		reply(s, 501, "Option not understood.");
	}
}
