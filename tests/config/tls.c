/* The directives of TLS: their words, and what -t says of them together. */
#include "config/bounds.h"
#include "config/tls.h"
#include "tests/config/given.h"

#ifdef WITH_TLS

static const struct settings *own_at(struct given *g, const char *text)
{
	struct config *c = given_at(g, text, "127.0.0.1", 21);

	if (c == NULL)
		fail_msg("%s: %s", text, g->told);
	return config_server(c)->own;
}

/* That a line is an error of its directive whose reason holds `why`. */
static void wrong(struct given *g, const char *line, const char *why)
{
	STRBUF(name, 64);

	strbuf_addn(&name, line, strcspn(line, " \n"));
	if (given(g, line) != NULL || strstr(g->told, why) == NULL ||
	    strstr(g->told, name.buf) == NULL)
		fail_msg("%s: %s\ntold: %s", line, why, g->told);
}

static void required(void **state)
{
	static const struct { const char *word; unsigned bits; } forms[] = {
		{ "on", TLS_NEED_CTRL | TLS_NEED_AUTH | TLS_NEED_DATA }, { "off", 0 }, { "Yes", 7 },
		{ "ctrl", TLS_NEED_CTRL | TLS_NEED_AUTH }, { "data", TLS_NEED_DATA },
		{ "!data", TLS_NO_DATA },
		{ "AUTH", TLS_NEED_AUTH }, { "auth+data", TLS_NEED_AUTH | TLS_NEED_DATA },
		{ "auth+!data", TLS_NEED_AUTH | TLS_NO_DATA }, { "control", 3 }, { "both", 7 },
		{ "ctrl+data", 7 }, { "ctrl+!data", TLS_NEED_CTRL | TLS_NEED_AUTH | TLS_NO_DATA },
	};
	struct given g = { .dir = "" };

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		STRBUF(line, 64);

		strbuf_addf(&line, "TLSRequired %s\n", forms[i].word);
		assert_int_equal(own_at(&g, line.buf)->tls_required, forms[i].bits);
	}
	wrong(&g, "TLSRequired always\n", "always: on, off, ctrl");
	wrong(&g, "TLSRequired on off\n", "takes 1 value");
	wrong(&g, "<Limit ALL>\nTLSRequired on\n</Limit>\n", "TLSRequired: not allowed in <Limit>");
	given_end(&g);
}

static void options(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_int_equal(own_at(&g,
	    "TLSOptions nosessionreuserequired UseImplicitSSL\nTLSOptions StdEnvVars\nTLSOptions "
	    "AllowPerUser AllowDotLogin\nTLSOptions IgnoreSNI\n")->tls_options, 63);
	assert_int_equal(g.warnings + g.notes, 0);
	assert_int_equal(own_at(&g,
	    "TLSOptions AllowClientRenegotiations AllowWeakDH AllowWeakSecurity EnableDiags "
	    "ExportCertData NoAutoECDH NoCertRequest NoEmptyFragments\n")->tls_options, 0);
	assert_int_equal(g.notes, 8);
	assert_int_equal(g.warnings, 0);
	assert_int_equal(own_at(&g,
	    "TLSOptions commonnamerequired dNSNameRequired IPAddressRequired\n")-> tls_options, 0);
	assert_int_equal(g.warnings, 3);
	told(&g, "W 1: TLSOptions: CommonNameRequired has no effect");
	wrong(&g, "TLSOptions NoSessionReuse\n", "no such option");
	wrong(&g, "TLSOptions NoSesionReuseRequired\n", "did you mean NoSessionReuseRequired?");
	wrong(&g, "TLSOptions xyzzy\n", "xyzzy: no such option\n");
	wrong(&g, "TLSOptions\n", "takes 1 to");
	given_end(&g);
}

static void protocols(void **state)
{
	static const struct { const char *words; unsigned bits, notes; } forms[] = {
		{ "TLSv1.2 TLSv1.3", TLS_1_2 | TLS_1_3, 0 }, { "tlsv1.3", TLS_1_3, 0 },
		{ "ALL -TLSv1 -SSLv3", TLS_1_1 | TLS_1_2 | TLS_1_3, 1 },
		{ "ALL -TLSv1 -TLSv1.1", TLS_1_2 | TLS_1_3, 0 }, { "ALL", 15, 1 },
		{ "SSLv23", 15, 2 },
		{ "-TLSv1.2", TLS_1_3, 0 }, { "+TLSv1.1", TLS_1_1 | TLS_1_2 | TLS_1_3, 1 },
		{ "TLSv1", TLS_1_0, 1 }, { "-SSLv3", TLS_1_2 | TLS_1_3, 0 },
	};
	struct given g = { .dir = "" };

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		STRBUF(line, 64);

		strbuf_addf(&line, "TLSProtocol %s\n", forms[i].words);
		assert_int_equal(own_at(&g, line.buf)->tls_protocol, forms[i].bits);
		assert_int_equal(g.notes, forms[i].notes);
	}
	(void)own_at(&g, "TLSProtocol TLSv1 TLSv1.1 TLSv1.2\n");
	told(&g, "N 1: TLSProtocol: TLSv1 and TLSv1.1: obsolete (RFC 8996)");
	wrong(&g, "TLSProtocol SSLv3 TLSv1.2\n", "SSLv3: is broken");
	wrong(&g, "TLSProtocol +SSLv3\n", "SSLv3: is broken");
	wrong(&g, "TLSProtocol TLSv1.2 -TLSv1.2\n", "no protocol is left");
	wrong(&g, "TLSProtocol -ALL\n", "no protocol is left");
	wrong(&g, "TLSProtocol TLSv1.4\n", "TLSv1.4: TLSv1.3, TLSv1.2");
	wrong(&g, "TLSProtocol TLSv1.2 -\n", "-: TLSv1.3");
	given_end(&g);
}

static void cipher_suites(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own_at(&g, "TLSCipherSuite HIGH:!aNULL\n"
	    "TLSCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n");

	(void)state;
	assert_string_equal(s->tls_cipher_suite.list, "HIGH:!aNULL");
	assert_string_equal(s->tls_cipher_suite.suites, "TLS_AES_128_GCM_SHA256");
	assert_int_equal(g.warnings, 0);
	s = own_at(&g, "TLSCipherSuite TLSv1.2 HIGH\nTLSCipherSuite TLSv1 MEDIUM\n");
	assert_string_equal(s->tls_cipher_suite.list, "HIGH");
	assert_null(s->tls_cipher_suite.suites);
	told(&g, "W 2: TLSCipherSuite: the list up to TLSv1.2 is set already");
	s = config_server(given(&g,
	    "<Global>\nTLSCipherSuite A\n</Global>\n"
	    "<Global>\nTLSCipherSuite B\n</Global>\n"))->outer->own;
	assert_string_equal(s->tls_cipher_suite.list, "B");
	wrong(&g, "TLSCipherSuite SSLv3 HIGH\n", "SSLv3: TLSv1.3 or an older protocol");
	wrong(&g, "TLSCipherSuite \"\"\n", "the list is empty");
	wrong(&g, "TLSCipherSuite TLSv1.3 a b\n", "takes 1 to 2 values");
	given_end(&g);
}

static void values(void **state)
{
	struct given g = { .dir = "" };
	const struct settings *s = own_at(&g,
	    "TLSEngine on\nTLSServerCipherPreference off\nTLSNextProtocol off\nTLSECDHCurve "
	    "X25519:P-256\nTLSVerifyClient optional\nTLSVerifyDepth 0\nTLSVerifyOrder crl "
	    "ocsp\nTLSUserName commonname\nTLSTimeoutHandshake 2m\nTLSMasqueradeAddress "
	    "ftp.example.org\nTLSLog /var/log/tls.log\n");

	(void)state;
	assert_true(s->tls_engine && !s->tls_server_cipher_preference && !s->tls_next_protocol);
	assert_string_equal(s->tls_ecdh_curve, "X25519:P-256");
	assert_int_equal(s->tls_verify_client, TLS_VERIFY_OPTIONAL);
	assert_int_equal(s->tls_verify_depth, 0);
	assert_string_equal(s->tls_user_name, "CommonName");
	assert_int_equal(s->tls_timeout_handshake, 120);
	assert_string_equal(s->tls_masquerade_address, "ftp.example.org");
	assert_string_equal(s->tls_log, "/var/log/tls.log");
	told(&g, "N 7: TLSVerifyOrder: ocsp has no effect");
	assert_int_equal(g.notes, 1);
	s = own_at(&g, "TLSECDHCurve auto\nTLSUserName 1.2.840.113549.1.9.1\nTLSVerifyClient on\n");
	assert_null(s->tls_ecdh_curve);
	assert_string_equal(s->tls_user_name, "1.2.840.113549.1.9.1");
	assert_int_equal(s->tls_verify_client, TLS_VERIFY_ON);
	assert_null(own_at(&g, "TLSUserName off\n")->tls_user_name);
	assert_string_equal(own_at(&g, "TLSUserName EmailSubjAltName\n")->tls_user_name,
	    "EmailSubjAltName");
	given_end(&g);
}

static void wrong_values(void **state)
{
	static const struct { const char *line, *why; } lines[] = {
		{ "TLSEngine auto\n", "auto: on or off" }, { "TLSNextProtocol x\n", "on or off" },
		{ "TLSServerCipherPreference 2\n", "on or off" },
		{ "TLSECDHCurve P-256,X25519\n", "names of curves" },
		{ "TLSVerifyClient maybe\n", "optional" },
		{ "TLSVerifyDepth 101\n", "from 0 to 100" },
		{ "TLSVerifyDepth -1\n", "from 0 to 100" },
		{ "TLSVerifyOrder cache\n", "crl is expected" },
		{ "TLSUserName on\n", "CommonName" },
		{ "TLSUserName 1\n", "CommonName" }, { "TLSUserName 1.\n", "CommonName" },
		{ "TLSUserName 3.1\n", "CommonName" }, { "TLSUserName 1..2\n", "CommonName" },
		{ "TLSUserName Subject\n", "CommonName" },
		{ "TLSTimeoutHandshake x\n", "not a time" },
		{ "TLSRSACertificateFile cert.pem\n", "must be absolute" },
		{ "TLSCARevocationPath ~/crl\n", "must be absolute" },
		{ "TLSLog log\n", "absolute path" },
		{ "TLSMasqueradeAddress a b\n", "takes one value" },
		{ "TLSPKCS12File /a\n", "unencrypted file with mode 0600" },
		{ "TLSDSACertificateFile /a\n", "DSA is obsolete" },
	};
	struct given g = { .dir = "" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		wrong(&g, lines[i].line, lines[i].why);
	(void)given(&g, "TLSStapling on\nTLSRenegotiate none\nTLSSessionCache shm:/x\n");
	assert_int_equal(g.notes, 4);        /* and AllowEmptyPasswords */
	given_end(&g);
}

/* -- what -t says of the whole ------------------------------------------------------------- */

static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";
static const char certificate_pem[] = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";

/* A configuration in which %d stands for the directory of the test, with cert.pem and key.pem. */
static struct config *site(struct given *g, const char *text)
{
	STRBUF(conf, 8192);

	given_text(g, "cert.pem", certificate_pem);
	given_text(g, "key.pem", key_pem);
	for (; *text != '\0'; text++) {
		if (strncmp(text, "%d", 2) == 0) {
			strbuf_add(&conf, g->dir);
			text++;
		} else {
			strbuf_addc(&conf, *text);
		}
	}
	assert_false(conf.full);
	return given(g, conf.buf);
}

#define PAIR "TLSRSACertificateFile %d/cert.pem\nTLSRSACertificateKeyFile %d/key.pem\n"
#define ON "TLSEngine on\n" PAIR             /* lines 1 to 3 */

static void test_faq_6_9a_no_certificate(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g, "TLSEngine on\n"));
	told(&g, "E 1: TLSEngine: no certificate configured: write TLSRSACertificateFile and "
	    "TLSRSACertificateKeyFile");
	assert_int_equal(g.errors, 1);
	/* at a connection it is AUTH that is refused, not the connection */
	assert_non_null(given_at(&g, "TLSEngine on\n", "127.0.0.1", 21));
	/* each server needs one, whoever switched TLS on */
	assert_null(site(&g, "<Global>\nTLSEngine on\n</Global>\n" PAIR "<VirtualHost 192.0.2.1>\n"
	    "</VirtualHost>\n<VirtualHost 192.0.2.2>\nTLSEngine off\n</VirtualHost>\n"));
	told(&g, "E 6: <VirtualHost>: TLSEngine (");
	assert_int_equal(g.errors, 1);
	/* and one that nobody can reach needs none */
	assert_non_null(given(&g, "Port 0\nTLSEngine on\n"));
	given_end(&g);
}

static void whose_key(void **state)
{
	struct stat st = { .st_mode = S_IFREG | 0600, .st_uid = 0 };
	STRBUF(why, 256);

	(void)state;
	assert_true(tls_key_safe(&st, 1000, &why));
	st.st_uid = 1000;
	assert_true(tls_key_safe(&st, 1000, &why));
	st.st_mode = S_IFREG | 0640;
	assert_true(tls_key_safe(&st, 1000, &why));
	st.st_mode = S_IFREG | 0400;
	assert_true(tls_key_safe(&st, 1000, &why));
	assert_string_equal(why.buf, "");
	assert_false(tls_key_safe(&st, 0, &why));
	assert_string_equal(why.buf, "belongs to uid 1000, who can read the key; give it to root");
	strbuf_reset(&why);
	st.st_mode = S_IFREG | 0644;
	assert_false(tls_key_safe(&st, 1000, &why));
	assert_string_equal(why.buf, "mode 0644: others can read the key; chmod 600");
	strbuf_reset(&why);
	st.st_mode = S_IFREG | 0602;
	assert_false(tls_key_safe(&st, 1000, &why));
	assert_string_equal(why.buf, "mode 0602: others can change the key; chmod 600");
	strbuf_reset(&why);
	st.st_mode = S_IFREG | 0660;
	assert_false(tls_key_safe(&st, 1000, &why));
	assert_string_equal(why.buf, "mode 0660: a group can change the key; chmod 600");
	strbuf_reset(&why);
	st.st_mode = S_IFDIR | 0700;
	assert_false(tls_key_safe(&st, 1000, &why));
}

static void files(void **state)
{
	struct given g = { .dir = "" };
	char path[128], link[128];

	(void)state;
	assert_non_null(site(&g, ON));
	assert_int_equal(g.warnings, 0);
	(void)snprintf(path, sizeof path, "%s/key.pem", g.dir);
	(void)snprintf(link, sizeof link, "%s/link.pem", g.dir);
	assert_int_equal(symlink("key.pem", link), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_null(site(&g, ON));
	told(&g, "E 3: TLSRSACertificateKeyFile: /");
	assert_non_null(strstr(g.told, "mode 0644: others can read the key; chmod 600"));
	/* links lead to the file that counts */
	assert_null(site(&g, "TLSEngine on\nTLSRSACertificateFile %d/cert.pem\n"
	    "TLSRSACertificateKeyFile %d/link.pem\n"));
	assert_non_null(strstr(g.told, "link.pem: mode 0644: others"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_null(site(&g,
	    "TLSEngine on\nTLSRSACertificateFile %d/no.pem\nTLSRSACertificateKeyFile "
	    "%d/no\nTLSCertificateChainFile %d/no.chain\nTLSDHParamFile %d\n"));
	told(&g, "E 2: TLSRSACertificateFile: /");
	told(&g, "E 3: TLSRSACertificateKeyFile: /");
	told(&g, "E 4: TLSCertificateChainFile: /");
	told(&g, "E 5: TLSDHParamFile: /");
	assert_non_null(strstr(g.told, "no.pem: No such file or directory"));
	assert_non_null(strstr(g.told, "is not a regular file"));
	assert_int_equal(g.errors, 4);
	given_end(&g);
}

static void keys_and_certificates(void **state)
{
	struct given g = { .dir = "" };
	char path[128];

	(void)state;
	assert_null(site(&g,
	    "TLSEngine on\nTLSECCertificateFile %d/cert.pem\n"
	    "TLSRSACertificateKeyFile %d/key.pem\n"));
	told(&g, "E 3: TLSRSACertificateKeyFile: there is no TLSRSACertificateFile");
	told(&g, "E 2: TLSECCertificateFile: /");
	assert_non_null(strstr(g.told,
	    "cert.pem: holds no key, and there is no TLSECCertificateKeyFile"));
	assert_int_equal(g.errors, 2);
	/* both in one file, which is judged as a key then */
	given_text(&g, "both.pem", "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n");
	assert_non_null(site(&g, "TLSEngine on\nTLSECCertificateFile %d/both.pem\n"));
	(void)snprintf(path, sizeof path, "%s/both.pem", g.dir);
	assert_int_equal(chmod(path, 0644), 0);
	assert_null(site(&g, "TLSEngine on\nTLSECCertificateFile %d/both.pem\n"));
	assert_non_null(strstr(g.told, "both.pem: mode 0644: others can read the key"));
	/* a file of <Global> is told about once */
	assert_null(site(&g, "<Global>\nTLSEngine on\nTLSECCertificateFile %d/both.pem\n</Global>\n"
	    "<VirtualHost 192.0.2.1>\n</VirtualHost>\n"));
	assert_int_equal(g.errors, 1);
	assert_int_equal(chmod(path, 0602), 0);
	assert_null(site(&g, ON "TLSVerifyClient on\nTLSCACertificateFile "
	    "%d/both.pem\nTLSCACertificatePath %d/key.pem\n"));
	assert_non_null(strstr(g.told, "both.pem: is writable by everybody"));
	assert_non_null(strstr(g.told, "key.pem: is not a directory"));
	given_end(&g);
}

static void clients(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(site(&g, ON "TLSVerifyClient optional\n"));
	told(&g, "E 4: TLSVerifyClient: no client can be believed: write TLSCACertificateFile");
	assert_non_null(site(&g, ON "TLSVerifyClient on\nTLSCACertificateFile "
	    "%d/cert.pem\nTLSUserName CommonName\nTLSOptions AllowDotLogin\n"));
	assert_int_equal(g.warnings, 0);
	assert_non_null(site(&g, ON "TLSUserName CommonName\nTLSOptions AllowDotLogin\n"
	    "TLSCACertificateFile %d/cert.pem\n"));
	told(&g, "W 4: TLSUserName: has no effect: TLSVerifyClient is off");
	told(&g, "W 5: TLSOptions: AllowDotLogin has no effect: TLSVerifyClient is off");
	told(&g, "W 6: TLSCACertificateFile: has no effect");
	given_end(&g);
}

static void without_an_engine(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_null(given(&g, "TLSRequired on\n"));
	told(&g, "E 1: TLSRequired: nobody can log in: TLSEngine is off");
	assert_null(given(&g, "TLSRequired data\n"));
	told(&g, "E 1: TLSRequired: nobody can transfer a file: TLSEngine is off");
	assert_non_null(given(&g,
	    "TLSRequired off\n<VirtualHost 192.0.2.1>\nTLSRequired !data\n</VirtualHost>\n"));
	assert_non_null(given(&g, "Protocols ftps\n"));
	told(&g, "W 1: Protocols: nobody can log in: TLSEngine is off");
	assert_non_null(given(&g,
	    "<Directory /srv>\nTLSRequired data\n</Directory>\n<IfUser x>\nTLSRequired "
	    "on\n</IfUser>\n<Anonymous /srv/a>\nUser nobody\nTLSRequired on\n</Anonymous>\n"));
	told(&g, "W 2: TLSRequired: there is no TLS in this server");
	told(&g, "W 5: TLSRequired: whom it is for cannot use this server: TLSEngine is off");
	told(&g, "W 9: TLSRequired: there is no TLS in this server");
	assert_non_null(site(&g,
	    PAIR "TLSOptions UseImplicitSSL\n<Global>\nTLSCertificateChainFile /x\n</Global>\n"));
	told(&g, "N 1: TLSRSACertificateFile: has no effect: TLSEngine is off");
	told(&g, "N 5: TLSCertificateChainFile: has no effect: TLSEngine is off");
	told(&g, "W 3: TLSOptions: UseImplicitSSL has no effect");
	given_end(&g);
}

static void not_named_in_protocols(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_non_null(site(&g, ON "Protocols ftp\n"));
	told(&g, "W 4: Protocols: ftps is not named, although TLSEngine is on");
	assert_null(site(&g, ON "Protocols ftp\nTLSOptions UseImplicitSSL\nTLSRequired ctrl\n"));
	told(&g, "E 4: Protocols: ftps is not named");
	told(&g, "E 6: TLSRequired: nobody can log in: Protocols does not name ftps");
	assert_non_null(site(&g, ON "Protocols ftps\n"));
	assert_int_equal(g.warnings, 0);
	given_end(&g);
}

static void too_late_for_a_user(void **state)
{
	struct given g = { .dir = "" };

	(void)state;
	assert_non_null(site(&g, ON "<IfUser x>\nTLSProtocol TLSv1.3\nTLSRequired "
	    "on\nTLSMasqueradeAddress 192.0.2.1\nTLSOptions "
	    "NoSessionReuseRequired\n</IfUser>\n<IfGroup y>\nTLSOptions "
	    "StdEnvVars\n</IfGroup>\n<IfClass z>\nTLSProtocol TLSv1.2\n</IfClass>\n<Class z>\nFrom "
	    "10.0.0.0/8\n</Class>\n"));
	told(&g, "W 5: TLSProtocol: has no effect here: it is asked for before the user is known");
	told(&g, "W 11: TLSOptions: has no effect here");
	assert_int_equal(g.warnings, 2);
	given_end(&g);
}

static void hashed_names(void **state)
{
	static const char *const bad[] = { "", ".", "1a2b3c4", "1a2b3c4d", "1a2b3c4d.",
	    "1a2b3c4d.r",
		"1a2b3c4d.x0", "1A2B3C4D.0", "1a2b3c4d5.0", "1a2b3c4d.0.old", "1a2b3c4d.0/../x",
		" 1a2b3c4d.0",
		"1a2b3c4d.000000000000000", "ca.pem" };

	(void)state;
	assert_true(tls_is_hashed("1a2b3c4d.0", false));
	assert_true(tls_is_hashed("00000000.12", false));
	assert_true(tls_is_hashed("1a2b3c4d.00000000000000", false));
	assert_true(tls_is_hashed("1a2b3c4d.r0", true));
	assert_false(tls_is_hashed("1a2b3c4d.r0", false));
	assert_false(tls_is_hashed("1a2b3c4d.0", true));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (tls_is_hashed(bad[i], false) || tls_is_hashed(bad[i], true))
			fail_msg("%s", bad[i]);
	}
}

#else

/* No directive of it is parsed and forgotten. */
static void each_names_the_switch(void **state)
{
	struct given g = { .dir = "" };
	const struct directive *d;
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; (d = directive_at(i)) != NULL; i++) {
		STRBUF(line, 128);

		if (!d->tls)
			continue;
		strbuf_addf(&line, "%s off\n", d->name);
		assert_null(given(&g, line.buf));
		assert_non_null(strstr(g.told, "this program was built without TLS (make TLS=no)"));
		n++;
	}
	assert_true(n > 20);
	given_end(&g);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef WITH_TLS
		cmocka_unit_test(required), cmocka_unit_test(options), cmocka_unit_test(protocols),
		cmocka_unit_test(cipher_suites), cmocka_unit_test(values),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(test_faq_6_9a_no_certificate), cmocka_unit_test(whose_key),
		cmocka_unit_test(files), cmocka_unit_test(keys_and_certificates),
		cmocka_unit_test(clients),
		cmocka_unit_test(without_an_engine), cmocka_unit_test(not_named_in_protocols),
		cmocka_unit_test(too_late_for_a_user), cmocka_unit_test(hashed_names),
#else
		cmocka_unit_test(each_names_the_switch),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
