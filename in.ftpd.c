/* A connection, from accept to exit: the checklist. */
#include "auth/admission.h"
#include "auth/inherit.h"
#include "auth/monitor.h"
#include "auth/options.h"
#include "auth/process.h"
#include "auth/refusal.h"
#include "auth/report.h"
#include "auth/resolve.h"
#include "auth/title.h"
#include "auth/tls.h"
#include "auth/vhost.h"
#include "config/config.h"
#include "config/io.h"
#include "config/log.h"
#include "explain.h"
#include "session/session.h"
#include "tls/process.h"
#include "tls/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STARTED = 0, NOT_STARTED = 1, USAGE = 2 };

static const char unavailable[] = "Service not available, closing control connection.";

/* An error is for the log alone: the client must not learn paths. */
static void tell_log(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		log_write(LOG_ERR, "%s", line);
	else
		log_debug(1, "%s", line);
}

/* `text` is room for what a client is told: this frame stays for as long as the session. */
static int serve(struct monitor *m, const struct options *o, struct strbuf *text)
{
	const struct config_source source = {
		.path = o->config, .defines = o->defines, .local = &m->local, .invoker = geteuid(),
		.tell = tell_log, .arg = m, .lookup = resolve_server,
	};

	m->config = config_read(&source);
	inherit_environment();
	if (m->config == NULL) {
		refuse_client(m->client, 421, unavailable);
		return NOT_STARTED;
	}
	m->server = config_server(m->config);
	if (m->server == NULL) {
		strbuf_add(text, "No FTP server here answers at ");
		addr_text(&m->local, text);
		log_write(LOG_NOTICE, "%s, port %u", text->buf, (unsigned)m->local.port);
		refuse_client(m->client, 500, text->buf);
		return STARTED;
	}
	vhost_enter(m, m->server);
	if (tls_is_implicit(m->server))
		log_set_client(-1);  /* what is said in clear is no word to a client of TLS */
	process_title(m, NULL, "connected");
	if (o->ignored)
		log_write(LOG_NOTICE, "-l and -a in the inetd entry have no effect");
	if (!admission_check(m, text)) {
		if (!tls_is_implicit(m->server))
			refuse_client(m->client, 421, text->buf);
		return STARTED;
	}
	return monitor_run(m);
}

int main(int argc, char **argv)
{
	struct monitor m = {
		.first = session_first, .second = session_second,
#ifdef WITH_TLS
		.tls_library = tls_library, .tls = tls_process,
#endif
	};
	enum inherit_kind kind = inherit_look(&m.local, &m.peer);
	STRBUF(why, TEXT_SIZE);
	struct title title;
	struct options o;

	if (kind == INHERIT_NO_SOCKET) {
		if (options_read(&o, argc, argv, false, &why))
			return o.action == ACTION_EXPLAIN ? explain_run(&o) :
			    report_run(&o, tls_check);
		(void)fprintf(stderr, "in.ftpd: %s\n%s", why.buf, options_usage);
		return USAGE;
	}
	inherit_library_path(argv);
	m.connected_at = clock_ms();
	m.client = inherit_order();
	argv = title_take(&title, argc, argv);
	m.title = &title;
	m.privileged = geteuid() == 0;
	m.program = argc > 0 && strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 :
	    argc > 0 ? argv[0] : "in.ftpd";
	log_set_pid(getpid());
	if (kind == INHERIT_OTHER_SOCKET)
		refuse_client(m.client, 421, unavailable);
	if (kind != INHERIT_CONNECTION)
		return inherit_explain(kind) ? STARTED : NOT_STARTED;
	process_name_peer(&m.peer, m.peer_name, sizeof m.peer_name);
	if (!options_read(&o, argc, argv, true, &why)) {
		log_write(LOG_ERR, "command line: %s", why.buf);
		refuse_client(m.client, 421, unavailable);
		return USAGE;
	}
	m.debug = (int)o.debug;
	log_set_debug(m.debug);
	_exit(serve(&m, &o, &why)); /* no library that a back end loaded has a last word */
}
