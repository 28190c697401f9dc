/* Who is served at all: the shutdown file, tcp wrappers, <Limit LOGIN>. */
#include "auth/admission.h"

#include "auth/authfile.h"
#include "auth/hosts.h"
#include "auth/login.h"
#include "auth/shutmsg.h"
#include "auth/wrap.h"
#include "config/limit.h"
#include "config/log.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static bool open_for_business(const struct monitor *m, struct strbuf *text)
{
	STRBUF(local, NAME_SIZE);
	STRBUF(message, TEXT_SIZE);
	struct shutmsg s;
	struct shutmsg_names names = {
		.local = local.buf, .peer = m->peer_name, .now = time(NULL),
		.server = SETTING(m->server, D_SERVER_NAME, server_name),
	};
	int found = shutmsg_read(names.now, &s);

	if (found == 0 || (found == 1 && names.now < s.deny))
		return true;
	strbuf_add(text, "FTP server shut down");
	if (found < 0) {
		log_auth(LOG_NOTICE, "connection refused: /etc/shutmsg: %s",
		    found == -EINVAL ? "line 1 is no `YYYY MM DD hh mm ss HHMM HHMM`" : strerror(-found));
	} else {
		addr_text(&m->local, &local);
		shutmsg_text(&message, &s, &names);
		if (message.len > 0)
			strbuf_addf(text, ": %s", message.buf);
		log_auth(LOG_NOTICE, "connection refused: server shut down by /etc/shutmsg");
	}
	strbuf_add(text, " -- please try again later");
	return false;
}

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
	login_message(text, answer.text != NULL ? answer.text : "Service not available to you", "UNKNOWN");
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
		fatal("nobody can log in: started with uid %lu; the user field of the inetd entry must "
		    "be root", (unsigned long)geteuid());
	return open_for_business(m, text) && hosts_allow_it(m, text) && tables_allow_it(m, text) &&
	    limits_allow_it(m, text);
}
