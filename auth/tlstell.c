/* What is told of a handshake: the log's line, TLSLog, and the variables of StdEnvVars. */
#include "auth/tlstell.h"

#include "auth/monitor.h"
#include "auth/xferlog.h"
#include "config/context.h"
#include "config/log.h"
#include "config/strbuf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *own_log(const struct monitor *m)
{
	return SETTING(m->server, D_TLS_LOG, tls_log);
}

static void write_own(const struct monitor *m, const char *text)
{
	if (own_log(m) != NULL && strcasecmp(own_log(m), "none") != 0)
		log_file_line("TLSLog", own_log(m),
		    SETTING(m->server, D_ALLOW_LOG_SYMLINKS, allow_log_symlinks), m->peer_name,
		    text);
}

static void set(const char *name, const char *value)
{
	STRBUF(plain, 4 * NAME_SIZE);

	strbuf_addescaped(&plain, value, strlen(value));
	/* a Display file may show it, a PAM module may read it */
	if (value[0] != '\0' && setenv(name, plain.buf, 1) < 0)
		fatal("StdEnvVars: out of memory");
}

static void set_variables(const struct tls_peer *p)
{
	STRBUF(bits, 16);

	strbuf_addu(&bits, p->bits);
	set("FTPS", "1");
	set("TLS_PROTOCOL", p->protocol);
	set("TLS_CIPHER", p->cipher);
	set("TLS_CIPHER_KEYSIZE_USED", bits.buf);
	set("TLS_SERVER_NAME", p->server_name);
	set("TLS_CLIENT_S_DN", p->verified ? p->subject : "");
}

void tlstell_success(struct monitor *m)
{
	const struct tls_peer *p = m->tls_peer;
	STRBUF(text, TEXT_SIZE);

	strbuf_addf(&text, "%s, %s, %u bits", p->protocol, p->cipher, (unsigned)p->bits);
	if (p->server_name[0] != '\0')
		strbuf_addf(&text, ", server name %s", p->server_name);
	if (p->verified)
		strbuf_addf(&text, ", client certificate %s", p->subject);
	write_own(m, text.buf);
	if (own_log(m) == NULL)
		log_write(LOG_INFO, "%s", text.buf);
	if ((SETTING(m->server, D_TLS_OPTIONS, tls_options) & TLS_STD_ENV) != 0)
		set_variables(p);
}

void tlstell_failure(struct monitor *m, const char *why)
{
	STRBUF(text, 2 * TEXT_SIZE);

	strbuf_addf(&text, "TLS handshake failed: %s", why);
	log_write(LOG_NOTICE, "%s", text.buf);
	write_own(m, text.buf);
}
