/* What the configuration means: the settings in effect, and the answers to queries. */
#include "explain.h"

#include "auth/options.h"
#include "config/config.h"
#include "config/log.h"
#include "config/memory.h"
#include "session/command.h"
#include "verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOGETHER = 256 };             /* queries that one child answers at most */

static void tell_error(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		(void)fprintf(stderr, "%s\n", line);
}

/* The configuration is kept for the next queries about the same address. */
struct asking {
	const struct options *o;
	struct config_source source;
	struct config *c;
	struct addr local;
	struct asked list[TOGETHER];
	size_t n;
};

/* Read the configuration as a connection to a->local gets it, or as -t does. */
static void read_for(struct asking *a, bool any)
{
	a->source = (struct config_source){
		.path = a->o->config, .defines = a->o->defines, .local = any ? NULL : &a->local,
		.invoker = getuid(), .keep = true, .tell = tell_error,
	};
	a->c = config_read(&a->source);
}

static int complain(const char *what)
{
	(void)fprintf(stderr, "in.ftpd: -C: %s\n", what);
	return VERDICT_MISTAKE;
}

/* The server that the query is about; NULL: told why there is none. */
static struct context *server_of(struct asking *a, const struct query *q)
{
	struct context *server;
	struct addr local = { .family = 0 };
	bool any = q->laddr == NULL && q->port == 0 && q->host == NULL;

	if (q->laddr != NULL && !addr_parse(&local, q->laddr)) {
		(void)complain("laddr=: no address");
		return NULL;
	}
	if (!any && q->laddr == NULL)
		(void)addr_parse(&local, "127.0.0.1");
	local.port = (in_port_t)(q->port != 0 ? q->port : any ? 0 : 21);
	if (a->c == NULL || local.port != a->local.port || local.family != a->local.family ||
	    !addr_same_host(&local, &a->local)) {
		a->local = local;
		read_for(a, any);
	}
	if (a->c == NULL)
		return NULL;
	server = config_server(a->c);
	if (server != NULL && q->host != NULL)
		server = config_server_named(a->c, q->host, &a->local);
	if (server == NULL)
		(void)complain(q->host != NULL ?
		    "host=: no server of that name at this address: 504" :
		    "no server answers at this address and port: 500");
	return server;
}

/* Answer what was collected, in a child that ends up as the user. */
static int ask_all(struct asking *a)
{
	struct verdict_how how = { .json = a->o->json, .origins = a->o->debug > 0 };
	int status = VERDICT_MISTAKE;
	pid_t pid;

	if (a->n == 0)
		return VERDICT_ALLOWED;
	how.server = server_of(a, &a->list[0].q);
	how.config = a->c;
	how.local = a->local;
	(void)fflush(stdout);
	pid = how.server != NULL ? fork() : -1;
	if (pid == 0) {
		status = verdict_answer(&how, a->list, a->n);
		(void)fflush(stdout);
		_exit(status);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	a->n = 0;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : VERDICT_MISTAKE;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether two queries are about one session, and so can be answered by one child. */
static bool same_person(const struct query *a, const struct query *b)
{
	return same_text(a->user, b->user) && same_text(a->addr, b->addr) &&
	    same_text(a->name, b->name) &&
	    same_text(a->host, b->host) && same_text(a->laddr, b->laddr) && a->port == b->port &&
	    same_text(a->groups, b->groups) && a->cmd != NULL && b->cmd != NULL;
}

/* The row of "STOR" or "SITE CHMOD", in any case; SITE_CHMOD is the same. */
static const struct command *find_command(const char *text)
{
	const struct command *c;
	size_t n;

	if (strncasecmp(text, "SITE", 4) == 0 && (text[4] == ' ' || text[4] == '_'))
		return command_find_site(text + 5, strlen(text + 5));
	n = strlen(text);
	c = command_find(text, n);
	return c;
}

/* Find the command. What of the query makes no sense, or NULL. */
static const char *mistake(struct asked *a)
{
	const struct query *q = &a->q;
	bool login = q->cmd != NULL && strcasecmp(q->cmd, "LOGIN") == 0;
	struct addr addr;

	a->command = q->cmd != NULL && !login ? find_command(q->cmd) : NULL;
	if (q->cmd != NULL && !login && (a->command == NULL || (a->command->flags & CMD_REFUSED)))
		return "cmd=: no command of this server";
	if (q->path != NULL && q->cmd == NULL)
		return "path=: to do what? cmd= is missing";
	if (login && q->user == NULL)
		return "user= is missing";
	if (a->command != NULL && q->user == NULL && !(a->command->flags & CMD_NO_LOGIN))
		return "user= is missing: this command comes after login";
	if (a->command != NULL && (a->command->flags & CMD_PATH) &&
	    a->command->argument == ARG_REQUIRED &&
	    q->path == NULL)
		return "path= is missing";
	if (q->groups != NULL && q->user == NULL)
		return "groups= without user=";
	if (q->addr != NULL && !addr_parse(&addr, q->addr))
		return "addr=: no address";
	return NULL;
}

/* Take one query more; what is about somebody else is answered first. */
static int ask(struct asking *a, const char *text)
{
	struct asked *new = &a->list[a->n];
	struct strbuf b;
	STRBUF(why, TEXT_SIZE);
	const char *wrong;
	int status = VERDICT_ALLOWED;

	strbuf_init(&b, new->text, sizeof new->text);
	strbuf_add(&b, text);
	wrong = b.full ? "too long" : !query_read(&new->q, new->text, &why) ? why.buf :
	    mistake(new);
	if (wrong != NULL) {
		status = ask_all(a);
		(void)complain(wrong);
		return VERDICT_MISTAKE;
	}
	if (a->n > 0 && !same_person(&a->list[0].q, &new->q)) {
		status = ask_all(a);
		return ask(a, text) == VERDICT_MISTAKE ? VERDICT_MISTAKE : status;
	}
	return ++a->n == TOGETHER ? ask_all(a) : VERDICT_ALLOWED;
}

/* -C -: a query a line. */
static int ask_lines(struct asking *a)
{
	char *line = memory_map(QUERY_SIZE);
	int worst = VERDICT_ALLOWED;

	while (fgets(line, QUERY_SIZE, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '\0' && ask(a, line) == VERDICT_MISTAKE)
			worst = VERDICT_MISTAKE;
	}
	if (ask_all(a) == VERDICT_MISTAKE)
		worst = VERDICT_MISTAKE;
	memory_unmap(line, QUERY_SIZE);
	return worst;
}

int explain_run(const struct options *o)
{
	struct asking *a = memory_map(sizeof *a);
	int worst = VERDICT_ALLOWED;

	log_to_stderr();
	log_set_threshold(-1);               /* the answer says it all */
	log_set_debug((int)o->debug);
	a->o = o;
	for (unsigned i = 0; i < o->nqueries; i++) {
		int status = strcmp(o->queries[i], "-") == 0 ? ask_lines(a) : ask(a, o->queries[i]);
		int last = ask_all(a);

		worst = status > worst ? status : worst;
		worst = last > worst ? last : worst;
	}
	if (o->nqueries > 0)
		return worst;
	read_for(a, true);
	if (a->c == NULL)
		return VERDICT_REFUSED;
	config_effective(a->c, config_server(a->c), o->debug > 0, o->json, stdout);
	return VERDICT_ALLOWED;
}
