/* HOST: another server in place of the one that the address alone chose (directives.md, 14.3). */
#include "auth/vhost.h"

#include "auth/admission.h"
#include "auth/inherit.h"
#include "auth/process.h"
#include "auth/spawn.h"
#include "auth/talk.h"
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
	socket_tune_control(m->client, server);
	/* from the accept on: asking for hosts shall buy nobody time */
	within = SETTING(server, D_TIMEOUT_LOGIN, timeout_login);
	m->login_deadline = within > 0 ? m->connected_at + (int64_t)within * 1000 : 0;
}

static void change_server(struct monitor *m, struct context *server)
{
	process_unsettle(m);
	inherit_socket(m->client);
	m->wrapped = NULL;
	vhost_enter(m, server);
}

static void tell_result(struct monitor *m, int err)
{
	struct talk *t = m->talk;

	msg_start(&t->out, PRIV_RESULT);
	msg_put_u32(&t->out, (uint32_t)err);
	msg_put_u32(&t->out, 0);
	talk_send(m, m->boundary);
}

/* Whether the peer may be served by `server`, which is then the monitor's. */
static bool admit(struct monitor *m, struct context *server)
{
	struct context *before = m->server;
	STRBUF(text, TEXT_SIZE);

	change_server(m, server);
	if (admission_possible(m) && admission_check(m, &text))
		return true;
	change_server(m, before);
	return false;
}

/*
 * A new first session with the other server's User and Group, which has read nothing that the one
 * before it was told: only the bytes that wait pass over.
 */
static void change_first(struct monitor *m)
{
	struct talk *t = m->talk;
	int err;

	if (!handover_take(m))
		return;
	err = spawn_first(m);
	if (err < 0)
		fatal("first session: %s", strerror(-err));
	t->phase = UNNAMED;
	msg_start(&t->out, PRIV_GO);
	msg_put_handover(&t->out, &t->handover);
	talk_send(m, m->boundary);
	/* a password may be among them, and the second session is forked from this process */
	explicit_bzero(&t->handover, sizeof t->handover);
	if (t->kill_at > 0)
		(void)kill(m->first_pid, SIGTERM); /* the one before it was told, and is gone */
}

void vhost_run(struct monitor *m)
{
	struct talk *t = m->talk;
	const char *name = t->host[0] != '\0' ? t->host : "by address";
	struct context *server;
	STRBUF(where, PATHNAME_SIZE);

	t->host_waiting = false;
	server = ++t->hosts > HOSTS_MAX ? NULL : config_server_named(m->config, t->host, &m->local);
	if (server == m->server) {
		tell_result(m, 0);
		return;
	}
	if (server == NULL || !admit(m, server)) {
		if (t->hosts <= HOSTS_MAX)
			log_write(LOG_INFO, "HOST %s: %s", name, server == NULL ?
			    "no such server at this address" : "refused by that server");
		tell_result(m, ENOENT);
		return;
	}
	config_where(m->config, server->where, &where);
	log_write(LOG_INFO, "HOST %s: server \"%s\", %s", name,
	    SETTING(server, D_SERVER_NAME, server_name), where.buf);
	change_first(m);
}
