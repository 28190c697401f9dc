/* What the configuration says of the process: its log and its environment. */
#include "auth/process.h"

#include "auth/inherit.h"
#include "auth/monitor.h"
#include "auth/title.h"
#include "auth/xferlog.h"
#include "config/addr.h"
#include "config/config.h"
#include "config/context.h"
#include "config/log.h"
#include "config/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

/* LogOptions, for lines of a file; syslog adds what its administrator wants. */
static void settle_prefix(const struct context *server)
{
	unsigned options = SETTING(server, D_LOG_OPTIONS, log_options);
	char host[NAME_SIZE];

	if (!(options & LOG_HOSTNAME) || gethostname(host, sizeof host) != 0)
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	log_set_prefix(options & LOG_TIMESTAMP, host, options & LOG_VIRTUALHOST ?
	    SETTING(server, D_SERVER_NAME, server_name) : "");
}

/* AuthLog. False: the lines go where all others do. */
static bool settle_auth_log(const struct context *server)
{
	const char *path = SETTING(server, D_AUTH_LOG, auth_log);
	int fd = -1;

	if (path == NULL || (strcasecmp(path, "none") != 0 && (fd = log_file_open("AuthLog", path,
	    SETTING(server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks))) < 0))
		return false;
	log_auth_to_file(fd);
	return fd >= 0;
}

/* From here on the log goes where the server's own settings say. */
static void settle_log(const struct context *server)
{
	const struct settings *debug = settings_for(server, D_DEBUG_LEVEL);
	const struct settings *own = settings_for(server, D_SERVER_LOG);
	bool is_own = own->where[D_SERVER_LOG].line != 0;
	const char *path = is_own ? own->server_log : SETTING(server, D_SYSTEM_LOG, system_log);
	bool files = false;
	int fd;

	log_set_facility(SETTING(server, D_SYSLOG_FACILITY, syslog_facility));
	log_set_threshold(SETTING(server, D_SYSLOG_LEVEL, syslog_level));
	if (debug->where[D_DEBUG_LEVEL].line != 0)
		log_set_debug((int)debug->debug_level);
	if (path != NULL && strcasecmp(path, "none") == 0)
		log_to_file(-1); /* nothing is written */
	else if (path != NULL && (fd = log_file_open(is_own ? "ServerLog" : "SystemLog", path,
	    SETTING(server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks))) >= 0) {
		log_to_file(fd);
		files = true;
	}
	if (settle_auth_log(server) || files)
		settle_prefix(server);
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

void process_unsettle(const struct monitor *m)
{
	bool zone = settings_next(m->server, D_SET_ENV) != NULL;

	log_close();
	log_to_syslog("in.ftpd");
	log_set_debug(m->debug);
	inherit_environment();
	if (zone)
		tzset(); /* the log's own clock may have been another server's */
}

void process_title(const struct monitor *m, const char *user, const char *what)
{
	if (SETTING(config_server_at(m->config, 0), D_PROCESS_TITLES, terse_titles))
		title_set(m->title, NULL, NULL, "processing");
	else
		title_set(m->title, user, m->peer_name, what);
}

static rlim_t lower(uint64_t wanted, rlim_t most)
{
	return wanted < most ? (rlim_t)wanted : most;        /* RLIM_INFINITY is the largest of
	                                                        all */
}

static void limit(const char *name, int resource, const struct resource_limit *wanted)
{
	struct rlimit l;

	if (!wanted->set)
		return;
	if (getrlimit(resource, &l) == 0) {
		l.rlim_max = lower(wanted->hard, l.rlim_max);
		l.rlim_cur = lower(wanted->soft, l.rlim_max);
		if (setrlimit(resource, &l) == 0)
			return;
	}
	/* an unlimited session is not what the administrator asked for */
	fatal("%s: %s", name, strerror(errno));
}

void process_limit(struct config *c)
{
	/* the main server's alone, whichever serves */
	const struct settings *own = config_server_at(c, 0)->own;

	limit("RLimitCPU", RLIMIT_CPU, &own->rlimit_cpu);
	limit("RLimitMemory", RLIMIT_AS, &own->rlimit_memory);
	limit("RLimitOpenFiles", RLIMIT_NOFILE, &own->rlimit_open_files);
}
