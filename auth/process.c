/* What the configuration says of the process: its log and its environment. */
#include "auth/process.h"

#include "auth/xferlog.h"
#include "config/addr.h"
#include "config/context.h"
#include "config/log.h"
#include "config/strbuf.h"

#include <stdlib.h>
#include <strings.h>

void process_name_peer(const struct addr *peer, char *name, size_t size)
{
	STRBUF(both, 2 * NAME_SIZE);
	struct strbuf b;

	strbuf_init(&b, name, size);
	addr_text(peer, &b);
	strbuf_add(&both, name); /* its name is looked up only when something needs it */
	strbuf_add(&both, " (");
	strbuf_add(&both, name);
	strbuf_addc(&both, ')');
	log_set_peer(both.buf);
}

/* From here on the log goes where the server's own settings say. */
static void settle_log(const struct context *server)
{
	const struct settings *debug = settings_for(server, D_DEBUG_LEVEL);
	const char *path = SETTING(server, D_SYSTEM_LOG, system_log);
	int fd;

	log_set_facility(SETTING(server, D_SYSLOG_FACILITY, syslog_facility));
	log_set_threshold(SETTING(server, D_SYSLOG_LEVEL, syslog_level));
	if (debug->where[D_DEBUG_LEVEL].line != 0)
		log_set_debug((int)debug->debug_level);
	if (path == NULL)
		return;
	if (strcasecmp(path, "none") == 0)
		log_to_file(-1); /* nothing is written */
	else if ((fd = log_file_open("SystemLog", path)) >= 0)
		log_to_file(fd);
}

void process_settle(const struct context *server)
{
	const struct context *c = settings_next(server, D_SET_ENV);

	settle_log(server);
	for (; c != NULL; c = settings_next(c->outer, D_SET_ENV))
		for (const struct env_rule *e = c->own->env; e != NULL; e = e->next)
			if ((e->value != NULL ? setenv(e->name, e->value, 1) :
			    unsetenv(e->name)) < 0)
				fatal("SetEnv %s: out of memory", e->name);
}
