/* A configuration file as an administrator meets it: values, mistakes, Include, -t. */
#include "tests/config/given.h"

#include "config/bounds.h"
#include "config/directive.h"

#include <strings.h>
#include <sys/wait.h>
#include <syslog.h>

static const struct settings *own(struct given *g, const char *text)
{
	struct config *c = given(g, text);

	if (c == NULL)
		fail_msg("%s", g->told);
	return config_server(c)->own;
}

static void values(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g,
	    "ServerName \"My server\"\nserverident ON \"text\"\nPort 2121\nUmask 027 022\n"
	    "TimeoutIdle 10m\nTimeoutLogin 00:01:30\nMaxLoginAttempts none\nPassivePorts 49152 "
	    "65534\nSyslogFacility local3\nSyslogLevel debug\nHiddenStores .up- -%P\nTransferLog "
	    "NONE\nDefaultTransferMode binary\nAllowForeignAddress on\nDisplayChdir .message true\n"
	    "DirFakeUser on ~\nDirFakeMode 0640\nListOptions \"-la +R\" strict maxfiles 2000\n"
	    "CommandBufferSize 1Kb\nTransferOptions IgnoreASCII\nUseSendfile off\nSetEnv TZ "
	    "Europe/Berlin\nUnsetEnv LANG\nDebugLevel 9\nTCPAccessSyslogLevels debug "
	    "err\nUserPassword bob $6$x$y\nAuthUserFile /dev/null id 1000-1999 home !^/root name "
	    "^v\nAllowOverride off\n");

	(void)state;
	assert_string_equal(s->server_name, "My server");
	assert_int_equal(s->ident, IDENT_TEXT);
	assert_string_equal(s->ident_text, "text");
	assert_int_equal(s->port, 2121);
	assert_int_equal(s->umask.file, 027);
	assert_int_equal(s->umask.dir, 022);
	assert_int_equal(s->timeout_idle, 600);
	assert_int_equal(s->timeout_login, 90);
	assert_int_equal(s->max_login_attempts, 0);
	assert_int_equal(s->passive_ports.min, 49152);
	assert_int_equal(s->passive_ports.max, 65534);
	assert_int_equal(s->syslog_facility, LOG_LOCAL3);
	assert_int_equal(s->syslog_level, LOG_DEBUG);
	assert_true(s->hidden_stores.on);
	assert_string_equal(s->hidden_stores.prefix, ".up-");
	assert_string_equal(s->hidden_stores.suffix, "-%P");
	assert_string_equal(s->transfer_log, "none");
	assert_true(s->default_transfer_binary && s->allow_foreign_address && s->ignore_ascii);
	assert_string_equal(s->display_chdir.name, ".message");
	assert_true(s->display_chdir.once);
	assert_string_equal(s->dir_fake_user.name, "~");
	assert_int_equal(s->dir_fake_mode, 0640);
	assert_string_equal(s->list_options.on, "la");
	assert_string_equal(s->list_options.off, "R");
	assert_true(s->list_options.strict && s->list_options.maxfiles == 2000);
	assert_int_equal(s->command_buffer_size, 1024);
	assert_string_equal(s->env->value, "Europe/Berlin");
	assert_null(s->env->next->value);
	assert_int_equal(s->tcp_access_syslog_levels.deny, LOG_ERR);
	assert_string_equal(s->user_password->hash, "$6$x$y");
	assert_true(s->auth_user_file.has_id && s->auth_user_file.id_max == 1999);
	assert_true(s->auth_user_file.home_not && !s->auth_user_file.name_not);
	assert_int_equal(regexec(s->auth_user_file.name.regex, "virtual", 0, NULL, 0), 0);
	assert_int_equal(s->where[D_PORT].line, 3);
	given_end(&g);
}

/* Each line is refused, and nothing but for itself. */
static void refused_values(void **state)
{
	static const char *const lines[] = {
		"Umask 088", "Umask -1", "Umask 01000", "Umask 0x12", "Umask 022 9", "Umask",
		"Umask 1 2 3", "Port 65536", "Port -1", "Port ftp", "Port", "Port 21 22",
		"PassivePorts 1023 2000", "PassivePorts 2000 2000", "PassivePorts 3000 2000",
		"PassivePorts 2000 65536", "PassivePorts 2000", "TimeoutIdle soon",
		"TimeoutIdle 99999999999", "UseIPv6 perhaps", "ServerName a b",
		"DisplayConnect welcome.msg", "DefaultRoot home", "DefaultRoot %u",
		"MaxLoginAttempts 0", "MaxLoginAttempts -1", "DebugLevel 11", "SyslogLevel loud",
		"SyslogFacility local8",
		"AllowForeignAddress trusted", "HiddenStores a/b", "HiddenStores \"\" \"\"",
		    "StoreUniquePrefix ../x",
		"CommandBufferSize 511", "CommandBufferSize 1Mb", "AllowFilter \"(\"",
		    "DenyFilter *",
		"DenyFilter x y", "PathDenyFilter", "AuthOrder mod_sql.c", "AuthOrder",
		"AuthUserFile passwd", "AuthOrder mod_tls.c",
		"AuthOrder mod_auth_unix.c mod_auth_unix.c", "AuthUserFile /dev/null id 5",
		"SetEnv A=B c", "AuthUserFile /dev/null id 9-5",
		"AuthUserFile /dev/null id 0-4294967295", "AuthPAMConfig ../x",
		"AuthUserFile /dev/null name", "AuthGroupFile /dev/null home x",
		"TransferLog xferlog", "TCPAccessFiles /etc/a b", "TCPAccessFiles /etc/a",
		"ListOptions -l maxfiles", "ListOptions l", "ListOptions -l maxfiles 0",
		"ListOptions -l fast", "ServerIdent off text", "DirFakeMode 9",
		"DefaultTransferMode E", "UseSendfile 0%", "UseSendfile fast",
		"TransferOptions Quick", "AllowOverride perhaps", "ServerType both",
		"Include relative.conf", "Include", "IncludeOptions Fast", "Define",
		"UserAlias ftp", "UserPassword bob", "MaxPasswordSize 0", "MaxPasswordSize 1Mb",
		"CopyEngine on", "AuthFileOptions None", "AuthPAMOptions TTY", "AuthPAM perhaps",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct given g = { .dir = "" };
		STRBUF(text, 256);

		strbuf_addf(&text, "ServerAdmin me\n%s\nServerIdent off\n", lines[i]);
		if (given(&g, text.buf) != NULL || g.errors != 1 ||
		    strstr(g.told, "main.conf:2: ") == NULL)
			fail_msg("%s: %s", lines[i], g.told);
		given_end(&g);
	}
}

static void contexts_are_kept(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g,
	    "<Directory /a>\nPort 21\n<Anonymous /x>\nUmask "
	    "022\n</Anonymous>\n</Directory>\nAnonRequirePassword on\n<Limit ALL>\nUmask "
	    "022\n<Limit READ>\n</Limit>\n</Limit>\nDenyAll\n<VirtualHost 192.0.2.1>\nUseIPv6 "
	    "on\nDefaultAddress 192.0.2.1\n</VirtualHost>\n"));
	told(&g, "E 2: Port: not allowed in <Directory>; its place is the main server, "
	    "<VirtualHost>, <Global>");
	told(&g, "E 3: <Anonymous>: not allowed in <Directory>");
	told(&g,
	    "E 7: AnonRequirePassword: not allowed in the main server; its place is <Anonymous>");
	told(&g, "E 9: Umask: not allowed in <Limit>");
	told(&g, "E 10: <Limit>: not allowed in <Limit>");
	told(&g, "E 13: DenyAll: not allowed in the main server; its place is <Anonymous>, "
	    "<Directory>, <Limit>");
	told(&g, "E 15: UseIPv6: not allowed in <VirtualHost>");
	assert_int_equal(g.errors, 8);
	given_end(&g);
}

static void names_that_are_not_values(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g,
	    "AuthPAMAuthorative on\nSeverIdent off\nXyzzyPlugh on\n<Directroy /a>\nUmask "
	    "1\n</Directroy>\nAllowChmod off\nRateReadBPS 10240\nRateWriteFreeBytes "
	    "5000\nBandwidth 1\nExecOnConnect /bin/x\nOrder allow,deny\n<Class x>\nFrom "
	    "all\n</Class>\nPolicySocket /x\nLDAPServer x\nSQLEngine on\nMaxConnectionRate "
	    "x\nTransferRate RETR x\nTraceLog x\nSQLLog x\nShaperAll x\n"));
	told(&g, "E 1: AuthPAMAuthorative: unknown directive; did you mean AuthPAMAuthoritative?");
	told(&g, "E 2: SeverIdent: unknown directive; did you mean ServerIdent?");
	told(&g, "E 3: XyzzyPlugh: unknown directive\n");
	told(&g, "E 4: <Directroy>: unknown directive; did you mean <Directory>?");
	told(&g, "E 7: AllowChmod: write <Limit SITE_CHMOD>");
	told(&g, "E 8: RateReadBPS: write TransferRate RETR 10.00 instead");
	told(&g,
	    "E 9: RateWriteFreeBytes: write TransferRate STOR,APPE,STOU KB-per-second:5000 "
	    "instead");
	told(&g, "E 11: ExecOnConnect: no program is run, by design");
	told(&g, "E 12: Order: not allowed in the main server; its place is <Limit>");
	told(&g, "E 16: PolicySocket: is not implemented yet");
	told(&g, "E 17: LDAPServer: no LDAP is spoken here");
	assert_int_equal(g.errors, 18);              /* the bodies of unknown sections are not told
	                                                about */
	assert_non_null(given(&g,
	    "TCPBackLog 5\nRootRevoke on\nPersistentPasswd off\nForensicLogFile /x\nMaxInstances "
	    "30\nServerType standalone\nServerType inetd\n<IfModule mod_sql.c>\nSQLEngine "
	    "on\n</IfModule>\nUseSendfile 10%\nCopyEngine off\n"));
	told(&g, "N 1: TCPBackLog: has no effect: it belongs to a daemon that listens");
	told(&g, "N 4: ForensicLogFile: has no effect");
	told(&g, "N 6: ServerType: there is no standalone mode");
	assert_int_equal(g.notes, 9);
	given_end(&g);
}

static void the_first_value_counts(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_int_equal(own(&g, "Umask 077\nUmask 000\n")->umask.file, 077);
	told(&g, "W 2: Umask: is set already (line 1), and the first counts");
	assert_null(given(&g, "AuthOrder mod_auth_unix.c\nAuthOrder mod_auth_file.c\n"));
	told(&g, "E 2: AuthOrder: is written already (line 1)");
	assert_null(given(&g, "<Directory /a>\n</Directory>\n<Directory /a/>\n</Directory>\n"));
	told(&g, "E 3: <Directory>: /a: has a section already (line 1)");
	given_end(&g);
}

/* A source of 1.3.8 that knows nobody: what it stands for counts without it. */
static void a_source_that_knows_nobody(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	if (!module_present("mod_tls.c"))
		skip();
	assert_int_equal(own(&g, "AuthOrder mod_tls.c* mod_auth_file.c\n")->auth_order.n, 1);
	told(&g, "N 1: AuthOrder: mod_tls.c* has no effect");
	assert_null(given(&g, "AuthOrder mod_tls.c\n"));
	told(&g, "E 1: AuthOrder: names no source of users");
	given_end(&g);
}

static void test_faq_7_3_pam_authoritative(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g, "AuthPAMAuthoritative on\n");

	(void)state;
	told(&g, "N 1: AuthPAMAuthoritative: now AuthOrder mod_auth_pam.c*");
	assert_int_equal(s->auth_order.step[0].source, AUTH_SOURCE_PAM);
	assert_true(s->auth_order.step[0].authoritative);
	assert_false(s->auth_order.step[1].authoritative || s->auth_order.written);
	assert_int_equal(s->where[D_AUTH_ORDER].line, 1);
	s = own(&g, "AuthPAMAuthoritative off\nPersistentPasswd off\n");
	told(&g, "N 1: AuthPAMAuthoritative: now AuthOrder mod_auth_pam.c (no asterisk)");
	assert_false(s->auth_order.step[0].authoritative);
	for (int first = 0; first < 2; first++) {
		s = own(&g, first ?
		    "AuthPAMAuthoritative on\nAuthOrder mod_auth_file.c* mod_auth_pam.c\n" :
		    "AuthOrder mod_auth_file.c* mod_auth_pam.c\nAuthPAMAuthoritative on\n");
		assert_int_equal(g.warnings, 1);
		assert_true(s->auth_order.written && s->auth_order.step[0].authoritative);
		assert_false(s->auth_order.step[1].authoritative);
		assert_int_equal(s->auth_order.n, 2);
	}
	s = own(&g, "AuthPAMAuthoritative on\n<Global>\nAuthOrder mod_auth_file.c\n</Global>\n");
	assert_int_equal(s->where[D_AUTH_ORDER].line, 0);
	assert_int_equal(g.warnings, 1);
	given_end(&g);
}

static void conditions(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g,
	    "<IfModule mod_core.c>\nTimeoutIdle 1\n</IfModule>\n"
	    "<IfModule !mod_core.c>\nNonsense here\n<Foo bar>\n<IfDefine "
	    "x>\n</IfDefine>\n</Foo>\n</IfModule>\n<IfModule mod_sql.c>\nSQLEngine "
	    "on\n</IfModule>\n<IfModule !MOD_SQL.C>\nTimeoutLogin 2\n</IfModule>\n<IfDefine "
	    "A>\nTimeoutLinger 9\n</IfDefine>\nDefine A\n<IfDefine A>\nTimeoutLinger "
	    "3\n</IfDefine>\n<IfDefine !A>\nPort x\n</IfDefine>\n<Anonymous /srv/ftp>\n<IfModule "
	    "mod_xfer.c>\nUser nobody\n<Limit WRITE>\n<IfDefine "
	    "A>\nDenyAll\n</IfDefine>\n</Limit>\n</IfModule>\n</Anonymous>\n");

	(void)state;
	assert_int_equal(s->timeout_idle, 1);
	assert_int_equal(s->timeout_login, 2);
	assert_int_equal(s->timeout_linger, 3);
	assert_null(given(&g, "<IfModule no.c>\n<A>\n</B>\n</IfModule>\n"));
	told(&g, "E 3: <B>: is closed, but not open");
	told(&g, "E 2: <A>: is not closed before line 4");
	given_end(&g);
}

static void labels_of_the_command_line(void **state)
{
	static const char *const labels[] = { "TWO", "ONE", NULL };
	static const char text[] =
	    "<IfDefine ONE>\nPort 1\n</IfDefine>\n<IfDefine one>\nPort 2\n</IfDefine>\n";
	struct given g = { .dir = "" };
	char *path = given_file(&g, "d.conf", text, sizeof text - 1);
	struct config_source src = { .path = path, .defines = labels, .invoker = getuid(),
	    .tell = given_tell, .arg = &g };
	struct config *c = config_read(&src);

	(void)state;
	assert_non_null(c);
	assert_int_equal(config_server(c)->own->port, 1);
	assert_int_equal(g.warnings, 0);
	free(path);
	given_end(&g);
}

static void includes(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	struct config *c;
	char path[256];

	(void)state;
	given_text(&g, "one.conf", "TimeoutIdle 1\n");
	(void)snprintf(path, sizeof path, "%s/conf.d", g.dir);
	assert_int_equal(mkdir(path, 0700), 0);
	given_text(&g, "conf.d/b.conf", "DefaultRoot /b\n");
	given_text(&g, "conf.d/a.conf", "DefaultRoot /a\n");
	given_text(&g, "conf.d/c.conf~", "DefaultRoot /c\n");
	strbuf_addf(&text, "Include %s/one.conf\nInclude %s/nothing\nInclude %s/no*dir/*.conf\n"
	    "IncludeOptions IgnoreTempFiles\nInclude %s/conf.d\n<Directory /x>\nInclude "
	    "%s/conf.d/b.con?\n</Directory>\n", g.dir, g.dir, g.dir, g.dir, g.dir);
	assert_null(given(&g, text.buf));
	told(&g, "W 2: Include: ");
	assert_non_null(strstr(g.told, "/nothing: does not exist; nothing is included"));
	assert_non_null(strstr(g.told, "conf.d/b.conf:1: DefaultRoot: not allowed in <Directory>"));
	assert_int_equal(g.errors, 1);
	strbuf_reset(&text);
	strbuf_addf(&text,
	    "IncludeOptions IgnoreTempFiles\nInclude %s/one.conf\nInclude %s/conf.d/\nInclude "
	    "%s/conf.d/*.conf\n", g.dir, g.dir, g.dir);
	c = given(&g, text.buf);
	assert_non_null(c);
	assert_int_equal(config_server(c)->own->timeout_idle, 1);
	assert_string_equal(config_server(c)->own->default_root->path, "/a");
	assert_string_equal(config_server(c)->own->default_root->next->path, "/b");
	assert_string_equal(config_server(c)->own->default_root->next->next->next->path, "/b");
	assert_null(config_server(c)->own->default_root->next->next->next->next);
	given_end(&g);
}

static void includes_that_are_refused(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	char path[256], link[256];

	(void)state;
	given_text(&g, "open.conf", "Port 1\n");
	(void)snprintf(path, sizeof path, "%s/open.conf", g.dir);
	assert_int_equal(chmod(path, 0666), 0);
	(void)snprintf(link, sizeof link, "%s/link.conf", g.dir);
	assert_int_equal(symlink("main.conf", link), 0);
	strbuf_addf(&text, "Include %s\nInclude %s\nInclude %s/main.conf\nInclude /dev/null\n"
	    "Include %s/l*.conf\n", path, link, g.dir, g.dir);
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "main.conf:1: Include: "));
	assert_non_null(strstr(g.told, "open.conf: is writable by everybody"));
	assert_non_null(strstr(g.told,
	    "link.conf: is a symbolic link; write IncludeOptions AllowSymlinks"));
	assert_non_null(strstr(g.told, "main.conf: includes itself"));
	assert_non_null(strstr(g.told, "/dev/null: is not a regular file"));
	assert_non_null(strstr(g.told, "link.conf: is a symbolic link, not read"));
	assert_int_equal(g.errors, 4);
	if (getuid() == 0) {
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(chown(path, 4711, 0), 0);
		assert_null(given(&g, text.buf));
		assert_non_null(strstr(g.told, "open.conf: belongs to somebody else"));
	}
	given_end(&g);
}

static void include_loops_end(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 1024);
	char name[32];

	(void)state;
	given_text(&g, "x", "");
	for (int i = 0; i < 40; i++) {              /* deeper than allowed, and each twice */
		strbuf_reset(&text);
		strbuf_addf(&text, "Include %s/f%d\nInclude %s/f%d\n", g.dir, i + 1, g.dir, i + 1);
		(void)snprintf(name, sizeof name, "f%d", i);
		given_text(&g, name, text.buf);
	}
	given_text(&g, "f40", "");
	strbuf_reset(&text);
	strbuf_addf(&text, "Include %s/f0\n", g.dir);
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "more than 32 files deep"));
	strbuf_reset(&text);
	strbuf_addf(&text, "Include %s/f20\n", g.dir);      /* 2 to the power of 20 files */
	assert_null(given(&g, text.buf));
	assert_non_null(strstr(g.told, "files are included"));
	given_end(&g);
}

static void files_that_cannot_be_read(void **state)
{
	struct given g = { .dir = "" };
	struct config_source src = { .path = "/nonexistent/in.ftpd.conf", .invoker = getuid(),
	    .tell = given_tell, .arg = &g };

	(void)state;
	assert_null(config_read(&src));
	assert_string_equal(g.told, "E /nonexistent/in.ftpd.conf: No such file or directory\n");
	src.path = "/";
	assert_null(config_read(&src));
	assert_non_null(strstr(g.told, "E /: is not a regular file"));
}

static void what_t_alone_looks_at(void **state)
{
	struct given g = { .dir = "" };
	static const char text[] = "User no-such-user-x\nGroup no-such-group-x\n"
	    "<Anonymous /srv/ftp>\nUser root\nUserAlias ftp nobody\n<Directory pub/incoming>\n"
	    "<Limit STOR CWD>\nAllowAll\n</Limit>\n</Directory>\n<Directory "
	    "/pub>\n</Directory>\n</Anonymous>\n<Anonymous /srv/two>\nUser nobody\nUserAlias ftp "
	    "nobody\nRootLogin on\n</Anonymous>\nAuthUserFile /nonexistent/passwd\nAuthPAMConfig "
	    "no-such-service-x\n";

	(void)state;
	assert_null(given(&g, text));
	told(&g, "E 1: User: no-such-user-x: there is no such user");
	told(&g, "E 2: Group: no-such-group-x: there is no such group");       /* FAQ 4.28a */
	told(&g, "E 4: User: root: nobody is root without a password");
	/* FAQ 5.14d */
	told(&g, "E 16: UserAlias: ftp: leads to another <Anonymous> too (line 5)");
	told(&g, "W 11: <Directory>: /pub: is outside the root /srv/ftp");
	told(&g, "W 3: <Anonymous>: /srv/ftp allows STOR below (line 7), but nothing denies WRITE");
	assert_non_null(strstr(g.told, "RNFR and RNTO"));                       /* FAQ 5.3c, 5.3e */
	told(&g, "W 17: RootLogin: lets root log in");
	told(&g, "E 19: AuthUserFile: /nonexistent/passwd: No such file or directory");
	told(&g, "W 20: AuthPAMConfig: the PAM service no-such-service-x has no file");
	/* a connection looks at none of it */
	assert_non_null(given_at(&g, text, "127.0.0.1", 21));
	assert_int_equal(g.errors + g.warnings, 0);
	given_end(&g);
}

static void accounts_of_a_file_are_known(void **state)
{
	struct given g = { .dir = "" };
	STRBUF(text, 512);

	(void)state;
	given_text(&g, "passwd", "virtual-x:*:1000:1000::/:/bin/sh\n");
	given_text(&g, "group", "virtuals-x:x:1000:\n");
	strbuf_addf(&text, "AuthUserFile %s/passwd\nAuthGroupFile %s/group\n<Anonymous /srv/ftp>\n"
	    "User virtual-x\nGroup virtuals-x\n</Anonymous>\n", g.dir, g.dir);
	assert_non_null(given(&g, text.buf));
	given_end(&g);
}

static void anonymous_paths(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g,
	    "<Anonymous />\n</Anonymous>\n<Anonymous srv>\n</Anonymous>\n<Anonymous "
	    "/a*>\n</Anonymous>\n<Anonymous>\n</Anonymous>\n<Anonymous /a "
	    "/b>\n</Anonymous>\n<Directory "
	    "a>\n</Directory>\n<Directory>\n</Directory>\n<Limit>\n</Limit>\n<Limit "
	    ",>\n</Limit>\n<Global x>\n</Global>\n<VirtualHost>\n</VirtualHost>\n<Anonymous "
	    "/x>\n<Directory ~>\n</Directory>\n</Anonymous>\n"));
	assert_int_equal(g.errors, 12);
	given_end(&g);
}

/* Read again what the dump prints: the same dump. */
static void the_dump_is_a_configuration(void **state)
{
	static const char text[] =
	    "ServerName \"My \\\"big\\\" server\" # comment\nDenyFilter \\*.*/\nServerAdmin "
	    "\"\"\nAccessGrantMsg \"# %u \\\\\"\n<IfModule mod_core.c>\nTimeoutIdle "
	    "5\n</IfModule>\n<IfModule mod_none.c>\nNonsense\n</IfModule>\n<Anonymous "
	    "/srv/ftp>\nUser nobody\n<Limit READ,WRITE STOR>\nDenyAll\n</Limit>\n<Directory "
	    "\"/srv/ftp/a b\">\n</Directory>\n</Anonymous>\nUserPassword bob $6$secret\n";
	struct given g = { .dir = "" };
	char *first = NULL, *second = NULL;
	size_t n;
	FILE *out;
	struct config *c = given(&g, text);

	(void)state;
	assert_non_null(c);
	out = open_memstream(&first, &n);
	config_dump(c, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(first, "ServerName \"My \\\"big\\\" server\" # "));
	assert_non_null(strstr(first, "\tUser nobody # "));
	assert_non_null(strstr(first, "/main.conf:12\n"));
	assert_null(strstr(first, "Nonsense"));
	assert_null(strstr(first, "secret"));
	c = given(&g, first);
	assert_non_null(c);
	assert_string_equal(config_server(c)->own->server_name, "My \"big\" server");
	assert_string_equal(config_server(c)->own->access_grant_msg, "# %u \\");
	out = open_memstream(&second, &n);
	config_dump(c, out);
	assert_int_equal(fclose(out), 0);
	for (char *a = first, *b = second; *a != '\0'; a++, b++) {  /* but for the places */
		if (strncmp(a, " # /", 4) == 0) {
			a = strchr(a, '\n');
			b = strchr(b, '\n');
		}
		assert_int_equal(*a, *b);
	}
	free(first);
	free(second);
	given_end(&g);
}

static const char sample[] =
    "ServerName \"A server\"\nUmask 027\nDefaultRoot ~ users,!staff\n<Limit "
    "LOGIN>\nDenyAll\n</Limit>\n<Anonymous /srv/ftp>\n  User nobody\n  UserAlias anonymous "
    "nobody\n  <Directory *>\n    <Limit WRITE>\n      DenyAll\n    </Limit>\n  </Directory>\n  "
    "<Directory in>\n    <Limit STOR CWD>\n      AllowAll\n    </Limit>\n  "
    "</Directory>\n</Anonymous>\n<VirtualHost 192.0.2.1>\nPort 2121\n</VirtualHost>\n";

/* Attack 87: a file that is being written is refused wherever a section of it is open. */
static void every_prefix(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	for (size_t n = 0; n < sizeof sample; n++) {
		unsigned open = 0;

		for (size_t i = 0; i < n; i++)
			open += sample[i] == '<' ? (sample[i + 1] == '/' ? -1U : 1U) : 0;
		for (int check = 0; check < 2; check++) {
			struct config *c = given_bytes(&g, sample, n, check ? NULL : "127.0.0.1",
			    21);

			if (open > 0 && c != NULL)
				fail_msg("read: %.*s", (int)n, sample);
		}
	}
	given_end(&g);
}

static void bytes_that_are_no_text(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given_bytes(&g, "Port 21\nUmask 0\0" "77\nPort 1\n", 25, "127.0.0.1", 21));
	told(&g, "E 2: line: NUL byte in the line");
	assert_null(given_bytes(&g, "\0\0\0\0", 4, "127.0.0.1", 21));
	assert_null(given(&g, "\033[2Jx \033]0;x\007\n"));
	assert_null(strchr(g.told, '\033'));
	given_end(&g);
}

static void too_much_is_an_error(void **state)
{
	enum { SIZE = 2 * CONFIG_LINE };
	struct given g = { .dir = "" };
	struct strbuf text;

	(void)state;
	strbuf_init(&text, malloc(SIZE), SIZE);
	for (int i = 0; i < 10000; i++)
		strbuf_add(&text, "<Limit ALL>\n");
	assert_null(given(&g, text.buf));
	told(&g, "E 2: <Limit>: not allowed in <Limit>");
	told(&g, "E 65: <Limit>: more than 64 sections deep");
	assert_int_equal(g.errors, 2);
	strbuf_reset(&text);
	for (int i = 0; i < 10000; i++)
		strbuf_add(&text, "<IfModule mod_core.c>\n");
	assert_null(given(&g, text.buf));
	told(&g, "E 65: <IfModule>: more than 64 sections deep");
	strbuf_reset(&text);
	for (int i = 0; i < 5000; i++)
		strbuf_add(&text, "Nonsense\n");
	assert_null(given(&g, text.buf));
	assert_int_equal(g.errors, CONFIG_ERRORS + 1);
	assert_non_null(strstr(g.last, "4000 more errors"));
	strbuf_reset(&text);
	strbuf_add(&text, "ServerName ");
	for (size_t i = 0; i < CONFIG_LINE + 5; i++)
		strbuf_addc(&text, 'x');
	assert_null(given(&g, text.buf));
	told(&g, "E 1: line: line too long");
	free(text.buf);
	given_end(&g);
}

/* Whether `p` can be read here: the kernel says so without a fault. */
static bool readable(const void *p)
{
	int ends[2];
	bool yes;

	if (pipe(ends) != 0)
		return true;
	yes = write(ends[1], p, 1) == 1;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return yes;
}

/* What a session inherits of a configuration holds no hash. */
static void secrets_stay_with_the_monitor(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own(&g, "UserPassword bob $6$salt$hash\nServerName x\n");
	int status;
	pid_t child;

	(void)state;
	assert_true(readable(s->user_password->hash));
	child = fork();
	if (child == 0)
		_exit((readable(s->server_name) ? 1 : 0) | (readable(s->user_password->hash) ? 2 :
		    0));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	given_end(&g);
}

static void the_table_is_in_order(void **state)
{
	bool seen[DIRECTIVES] = { true };
	const struct directive *d, *before = NULL;

	(void)state;
	for (size_t i = 0; (d = directive_at(i)) != NULL; before = d, i++) {
		if (before != NULL && strcasecmp(before->name, d->name) >= 0)
			fail_msg("%s stands behind %s", d->name, before->name);
		assert_ptr_equal(directive_find(d->name), d);
		seen[d->id] = true;
		if (d->type == V_NO_EFFECT || (d->type == V_REPLACED && d->reader == 0))
			assert_non_null(directive_text(d));
		if (d->type == V_SPECIAL || d->type == V_SECTION)
			assert_true(d->reader != 0);
		if (d->type < V_NO_EFFECT)
			assert_true(d->contexts != 0);
	}
	for (size_t i = 0; i < DIRECTIVES; i++) {
		if (!seen[i])
			fail_msg("no row sets directive_id %zu", i);
	}
	assert_null(directive_find("Nonsense"));
	assert_null(directive_find(""));
	assert_string_equal(directive_find("eXeConConnect")->name, "Exec*");
	assert_null(directive_suggest("abc"));
	assert_string_equal(directive_suggest("umaks"), "Umask");
	assert_true(module_present("mod_CORE.c"));
	assert_false(module_present("mod_sql.c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(refused_values),
		cmocka_unit_test(contexts_are_kept),
		cmocka_unit_test(names_that_are_not_values),
		cmocka_unit_test(the_first_value_counts),
		cmocka_unit_test(a_source_that_knows_nobody),
		cmocka_unit_test(test_faq_7_3_pam_authoritative), cmocka_unit_test(conditions),
		cmocka_unit_test(labels_of_the_command_line), cmocka_unit_test(includes),
		cmocka_unit_test(includes_that_are_refused), cmocka_unit_test(include_loops_end),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(what_t_alone_looks_at),
		cmocka_unit_test(accounts_of_a_file_are_known), cmocka_unit_test(anonymous_paths),
		cmocka_unit_test(the_dump_is_a_configuration), cmocka_unit_test(every_prefix),
		cmocka_unit_test(bytes_that_are_no_text), cmocka_unit_test(too_much_is_an_error),
		cmocka_unit_test(secrets_stay_with_the_monitor),
		cmocka_unit_test(the_table_is_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
