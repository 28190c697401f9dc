/* HOST: another server in place of the one that the address alone chose (directives.md, 14.3). */
#include "auth/vhost.h"

#include "auth/admission.h"
#include "auth/inherit.h"
#include "auth/logs.h"
#include "auth/process.h"
#include "auth/spawn.h"
#include "auth/state.h"
#include "auth/talk.h"
#include "auth/tls.h"
#include "auth/who.h"
#include "config/condition.h"
#include "config/config.h"
#include "config/log.h"
#include "config/socket.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

bool answer_host(struct monitor *m, struct msg *in)
{
	struct talk *t = m->talk;

	msg_get_str(in, t->host, sizeof t->host);
	t->host_waiting = true;
	return msg_done(in);
}

void vhost_enter(struct monitor *m, struct context *server)
{
	const struct context *outer = server->outer;
	unsigned within;

	m->server = server;
	who_connected(m);
	process_settle(server); /* first: a class by name may have something to tell the log */
	conditions_at_connect(m->config, server, &m->who);
	if (server->outer != outer) {
		process_unsettle(m);
		process_settle(server);
	}
	socket_tune_control(tls_client(m), server);
	/* from the accept on: asking for hosts shall buy nobody time */
	within = SETTING(server, D_TIMEOUT_LOGIN, timeout_login);
	m->login_deadline = within > 0 ? m->connected_at + (int64_t)within * 1000 : 0;
}

static void change_server(struct monitor *m, struct context *server)
{
	process_unsettle(m);
	inherit_socket(tls_client(m));
	m->wrapped = NULL;
	vhost_enter(m, server);
}

bool vhost_admit(struct monitor *m, struct context *server)
{
	struct context *before = m->server;
	struct origin hours = m->hours;
	STRBUF(text, TEXT_SIZE);

	change_server(m, server);
	if (admission_possible(m) && admission_check(m, &text))
		return true;
	change_server(m, before);
	m->hours = hours;
	return false;
}

void vhost_replace(struct monitor *m, bool bytes)
{
	struct talk *t = m->talk;
	int err;

	if (!handover_take(m))
		return;
	err = spawn_first(m);
	if (err < 0)
		fatal("first session: %s", strerror(-err));
	state_connected(m);
	logs_open(m);
	t->phase = UNNAMED;
	if (!bytes) {
		t->handover.pending = 0;
		t->handover.telnet = 0;
	}
	msg_start(&t->out, PRIV_GO);
	msg_put_handover(&t->out, &t->handover);
	talk_send(m, m->boundary);
	/* a password may be among them, and the second session is forked from this process */
	explicit_bzero(&t->handover, sizeof t->handover);
	if (t->kill_at > 0)
		(void)kill(m->first_pid, SIGTERM); /* the one before it was told, and is gone */
}

/* A server whose clients shake hands before they say a word has none that began in clear. */
static bool may_serve_clear(const struct context *server)
{
	return !tls_is_implicit(server);
}

void vhost_run(struct monitor *m)
{
	struct talk *t = m->talk;
	const char *name = t->host[0] != '\0' ? t->host : "by address";
	struct context *server;
	STRBUF(where, PATHNAME_SIZE);

	t->host_waiting = false;
	server = ++t->hosts > HOSTS_MAX ? NULL : config_server_named(m->config, t->host, &m->local);
	t->host_chosen = t->host_chosen || (server != NULL && !m->secured);
	if (m->secured || server == m->server) {
		/* under TLS the certificate has said which server this is (RFC 7151, 3.2) */
		talk_result(m, m->secured && !t->tls.sni ? EBUSY : server == m->server ? 0 :
		    ENOENT);
		return;
	}
	if (server == NULL || !may_serve_clear(server) || !vhost_admit(m, server)) {
		if (t->hosts <= HOSTS_MAX)
			log_write(LOG_INFO, "HOST %s: %s", name, server == NULL ?
			    "no such server at this address" : "refused by that server");
		talk_result(m, ENOENT);
		return;
	}
	config_where(m->config, server->where, &where);
	log_write(LOG_INFO, "HOST %s: server \"%s\", %s", name,
	    SETTING(server, D_SERVER_NAME, server_name), where.buf);
	tls_drop(m);
	vhost_replace(m, true);
}
