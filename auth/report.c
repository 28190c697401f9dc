/* What is printed for an administrator in a terminal: check, version, parts. */
#include "auth/report.h"

#include "auth/options.h"
#include "config/bounds.h"
#include "config/config.h"
#include "config/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { DUMP_LEVEL = 5 };         /* -t -d 5 prints the tree too */

struct tally {
	unsigned errors, warnings;
};

static void tell(void *arg, enum config_severity severity, const char *line)
{
	static const char *const prefix[] = {
		[CONFIG_ERROR] = "", [CONFIG_WARNING] = "warning: ", [CONFIG_NOTE] = "note: ",
	};
	struct tally *t = arg;

	t->errors += severity == CONFIG_ERROR;
	t->warnings += severity == CONFIG_WARNING;
	(void)fprintf(stderr, "%s%s\n", prefix[severity], line);
}

/* A PAM service that is not there is PAM's `other`: everybody is refused, and nobody sees why. */
static void check_pam(struct tally *t, struct config *c, const struct context *server)
{
	static const char *const dirs[] = { "/etc/pam.d/", "/usr/lib/pam.d/" };
	const struct settings *s = settings_for(server, D_AUTH_PAM_CONFIG);
	STRBUF(line, TEXT_SIZE * 2);

	if (!SETTING(server, D_AUTH_PAM, auth_pam) || access("/etc/pam.d", F_OK) != 0)
		return;
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		strbuf_reset(&line);
		strbuf_addf(&line, "%s%s", dirs[i], s->auth_pam_config);
		if (access(line.buf, F_OK) == 0)
			return;
	}
	strbuf_reset(&line);
	if (s->where[D_AUTH_PAM_CONFIG].line != 0) {
		config_where(c, s->where[D_AUTH_PAM_CONFIG], &line);
		strbuf_add(&line, ": ");
	}
	strbuf_addf(&line, "AuthPAMConfig: there is no %s%s: accounts of the system cannot log in",
	    dirs[0], s->auth_pam_config);
	tell(t, CONFIG_WARNING, line.buf);
}

static void check_empty(struct tally *t)
{
	STRBUF(line, TEXT_SIZE);
	struct stat st;
	const char *what = NULL;

	if (lstat(EMPTYDIR, &st) != 0)
		what = "missing: every connection will be refused";
	else if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 07777) != 0555)
		what = "must be a directory of root with mode 0555";
	if (what == NULL)
		return;
	strbuf_addf(&line, "%s: %s", EMPTYDIR, what);
	tell(t, CONFIG_WARNING, line.buf);
}

static int check(const struct options *o)
{
	struct tally t = { 0, 0 };
	const struct config_source source = {
		.path = o->config, .defines = o->defines, .invoker = getuid(),
		.tell = tell, .arg = &t,
	};
	struct config *c = config_read(&source);
	struct context *server;

	for (size_t i = 0; c != NULL && (server = config_server_at(c, i)) != NULL; i++)
		check_pam(&t, c, server);
	check_empty(&t);
	if (c != NULL && o->debug >= DUMP_LEVEL)
		config_dump(c, stdout);
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: errors: %u, warnings: %u\n", o->config, t.errors, t.warnings);
	return c == NULL || t.errors > 0;
}

static const char *yes_no(bool on)
{
	return on ? "yes" : "no";
}

static int version(const struct options *o)
{
	bool pam = false, wrap = false, sendfile = false;
	struct utsname un;

#ifdef WITH_PAM
	pam = true;
#endif
#ifdef WITH_WRAP
	wrap = true;
#endif
#ifdef WITH_SENDFILE
	sendfile = true;
#endif
	(void)printf("in.ftpd %s\nPAM=%s WRAP=%s SENDFILE=%s\nconfiguration: %s/in.ftpd.conf\n"
	    "empty directory: %s\n", VERSION, yes_no(pam), yes_no(wrap), yes_no(sendfile),
	    SYSCONFDIR, EMPTYDIR);
	if (o->verbose > 1 && uname(&un) == 0)
		(void)printf("system: %s %s %s\ncompiler: %s\n", un.sysname, un.release, un.machine,
		    __VERSION__);
	return 0;
}

static int parts(void)
{
	const char *name;

	for (size_t i = 0; (name = module_at(i)) != NULL; i++)
		(void)puts(name);
	return 0;
}

int report_run(const struct options *o)
{
	log_to_stderr();
	log_set_debug((int)o->debug);
	switch (o->action) {
	case ACTION_CHECK:
		return check(o);
	case ACTION_VERSION:
		return version(o);
	case ACTION_PARTS:
		return parts();
	case ACTION_SERVE:
		break;
	}
	(void)fputs("in.ftpd: descriptor 0 is not a connection: it is started by inetd, xinetd "
	    "or a systemd socket.\n\"in.ftpd -t\" checks the configuration; see in.ftpd(8).\n", stderr);
	return 1;
}
