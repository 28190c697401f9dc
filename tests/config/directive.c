/* The directives: their values, their places, names that are none, and the order of the table. */
#include "tests/config/given.h"

#include "config/directive.h"

#include <strings.h>
#include <syslog.h>

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
		cmocka_unit_test(contexts_are_kept), cmocka_unit_test(names_that_are_not_values),
		cmocka_unit_test(the_first_value_counts),
		cmocka_unit_test(a_source_that_knows_nobody),
		cmocka_unit_test(test_faq_7_3_pam_authoritative), cmocka_unit_test(anonymous_paths),
		cmocka_unit_test(the_table_is_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
