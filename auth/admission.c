/* Who is served at all: the shutdown files, tcp wrappers, <Limit LOGIN>, the hours. */
#include "auth/admission.h"

#include "auth/authfile.h"
#include "auth/count.h"
#include "auth/hosts.h"
#include "auth/login.h"
#include "auth/shutdown.h"
#include "auth/wrap.h"
#include "config/limit.h"
#include "config/log.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

static bool hosts_allow_it(struct monitor *m, struct strbuf *text)
{
	struct hosts_answer answer;

	hosts_check_connect(m, &answer);
	if (answer.allowed)
		return true;
	log_auth(answer.level, "connection refused: tcp wrappers (%s): %s", m->program, answer.why);
	strbuf_add(text, "Service not available to you");
	return false;
}

static bool tables_allow_it(struct monitor *m, struct strbuf *text)
{
	struct wrap_answer answer;

	wrap_check_connect(m, &answer);
	if (answer.allowed)
		return true;
	log_auth(answer.level, "connection refused: tcp wrappers: %s", answer.why);
	login_message(text, answer.text != NULL ? answer.text : "Service not available to you",
	    "UNKNOWN");
	return false;
}

static bool limits_allow_it(struct monitor *m, struct strbuf *text)
{
	STRBUF(where, PATHNAME_SIZE);
	struct decision why;

	if (limit_login_possible(m->server, &m->who, &why))
		return true;
	if (why.where.line != 0)
		config_where(m->config, why.where, &where);
	log_auth(LOG_NOTICE, "connection refused: <Limit LOGIN> lets nobody in%s%s",
	    where.len > 0 ? ", " : "", where.buf);
	strbuf_add(text, "Service not available to you");
	return false;
}

bool admission_possible(const struct monitor *m)
{
	char name[USER_SIZE];

	if (m->privileged || authfile_name(m->server, false, geteuid(), name, sizeof name))
		return true;
	/* there must be an account, and a way to prove it */
	return getpwuid(geteuid()) != NULL && (pam_is_on(m->server) ||
	    settings_next(m->server, D_USER_PASSWORD) != NULL || m->server->anonymous != NULL);
}

bool admission_check(struct monitor *m, struct strbuf *text)
{
	if (!admission_possible(m))
		fatal("nobody can log in: started with uid %lu; the user field of the inetd entry "
		    "must be root", (unsigned long)geteuid());
	return shutdown_admits(m, text) && hosts_allow_it(m, text) && tables_allow_it(m, text) &&
	    limits_allow_it(m, text) && shutdown_hours(m, text) &&
	    count_connected(m, text);
}
