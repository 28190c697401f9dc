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

static int check(const struct options *o, report_check *check_tls)
{
	struct tally t = { 0, 0 };
	const struct config_source source = {
		.path = o->config, .defines = o->defines, .invoker = getuid(),
		.tell = tell, .arg = &t,
	};
	struct config *c = config_read(&source);

	if (c != NULL)
		check_tls(c, tell, &t);
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
	bool pam = false, wrap = false, sendfile = false, tls = false;
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
#ifdef WITH_TLS
	tls = true;
#endif
	(void)printf("in.ftpd %s\nPAM=%s WRAP=%s SENDFILE=%s TLS=%s\nconfiguration: "
	    "%s/in.ftpd.conf\nempty directory: %s\n", VERSION, yes_no(pam), yes_no(wrap),
	    yes_no(sendfile), yes_no(tls), SYSCONFDIR, EMPTYDIR);
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

int report_run(const struct options *o, report_check *check_tls)
{
	log_to_stderr();
	log_set_debug((int)o->debug);
	switch (o->action) {
	case ACTION_CHECK:
		return check(o, check_tls);
	case ACTION_VERSION:
		return version(o);
	case ACTION_PARTS:
		return parts();
	case ACTION_SERVE:
	case ACTION_EXPLAIN:         /* explain.c */
		break;
	}
	(void)fputs("in.ftpd: descriptor 0 is not a connection: it is started by inetd, xinetd "
	    "or a systemd socket.\n\"in.ftpd -t\" checks the configuration; see in.ftpd(8).\n",
	    stderr);
	return 1;
}
