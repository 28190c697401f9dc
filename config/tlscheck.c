/* What -t says of the TLS directives, but for what it takes OpenSSL to know (tls/check.c). */
#include "config/tls.h"

#include "config/io.h"
#include "config/read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LEN(a) (sizeof(a) / sizeof *(a))

enum {
	PEM_SIZE = 65536,
	RIGHTS = 07777,
	HASH_DIGITS = 8,             /* of what OpenSSL's rehash calls a file */
};

/* Certificates, and the keys that belong to them. */
static const struct { enum directive_id certificate, key; } pairs[] = {
	{ D_TLS_RSA_CERTIFICATE_FILE, D_TLS_RSA_CERTIFICATE_KEY_FILE },
	{ D_TLS_EC_CERTIFICATE_FILE, D_TLS_EC_CERTIFICATE_KEY_FILE },
};

static const struct { enum directive_id id; bool directory, clients; } others[] = {
	{ D_TLS_RSA_CERTIFICATE_FILE, false, false }, { D_TLS_EC_CERTIFICATE_FILE, false, false },
	{ D_TLS_CERTIFICATE_CHAIN_FILE, false, false }, { D_TLS_DH_PARAM_FILE, false, false },
	{ D_TLS_CA_CERTIFICATE_FILE, false, true }, { D_TLS_CA_CERTIFICATE_PATH, true, true },
	{ D_TLS_CA_REVOCATION_FILE, false, true }, { D_TLS_CA_REVOCATION_PATH, true, true },
};

bool tls_key_safe(const struct stat *st, uid_t invoker, struct strbuf *why)
{
	unsigned mode = st->st_mode & RIGHTS;

	if (!S_ISREG(st->st_mode))
		strbuf_add(why, "is not a regular file");
	else if (st->st_uid != 0 && st->st_uid != invoker)
		strbuf_addf(why, "belongs to uid %u, who can read the key; give it to root",
		    (unsigned)st->st_uid);
	else if (mode & S_IRWXO)
		strbuf_addf(why, "mode %04o: others can %s the key; chmod 600", mode,
		    mode & S_IWOTH ? "change" : "read");
	else if (mode & S_IWGRP)
		strbuf_addf(why, "mode %04o: a group can change the key; chmod 600", mode);
	else
		return true;
	return false;
}

bool tls_is_hashed(const char *name, bool crl)
{
	size_t n = strspn(name, "0123456789abcdef"), digits;

	if (n != HASH_DIGITS || name[n] != '.' || (crl && name[n + 1] != 'r'))
		return false;
	n += 1 + crl;
	digits = strspn(name + n, "0123456789");
	return digits > 0 && name[n + digits] == '\0' && n + digits < TLS_ENTRY_SIZE;
}

static const struct directive *row_of(enum directive_id id)
{
	const struct directive *d = NULL;

	for (size_t i = 0; (d = directive_at(i)) != NULL && d->id != id; i++)
		continue;
	return d;
}

static const char *text_of(const struct context *c, enum directive_id id)
{
	const struct settings *s = settings_for(c, id);

	return *(const char *const *)(const void *)((const char *)s + row_of(id)->offset);
}

static bool is_set(const struct context *c, enum directive_id id)
{
	return settings_for(c, id)->where[id].line != 0;
}

/* A server without any connection: Port 0. */
static bool disabled(const struct context *c)
{
	return is_set(c, D_PORT) && SETTING(c, D_PORT, port) == 0;
}

static bool engine_on(const struct context *c)
{
	bool on = SETTING(c, D_TLS_ENGINE, tls_engine);

	/* <IfClass> may switch it on for some */
	for (const struct condition *cond = c->conditions; cond != NULL && !on; cond = cond->next)
		on = cond->body->own->tls_engine;
	return on && !disabled(c);
}

/*
 * Whether a line of <Global> was told about with an earlier server that it counts for in the same
 * way.
 */
static bool told_before(const struct reader *r, const struct context *c, enum directive_id id)
{
	bool on = engine_on(c);

	if (c->own->where[id].line != 0)
		return false;
	for (const struct server *s = &r->c->main; s->context != c; s = s->next) {
		if (s->context->own->where[id].line == 0 && engine_on(s->context) == on)
			return true;
	}
	return false;
}

/*
 * A mistake of one server that this directive shows: told at its line, or, where <Global> holds it,
 * at the <VirtualHost> that it is a mistake for.
 */
static void tell_server(struct reader *r, enum config_severity severity, const struct context *c,
    enum directive_id id, const char *what)
{
	struct origin where = settings_for(c, id)->where[id];
	const char *name = row_of(id)->name;
	STRBUF(place, PATHNAME_SIZE);

	if (where.line == 0 || c->own->where[id].line != 0 || c == r->c->main.context) {
		(void)tell_at(r, severity, where.line != 0 ? where : c->where, name, "%s", what);
		return;
	}
	config_where(r->c, where, &place);
	(void)tell_at(r, severity, c->where, "<VirtualHost>", "%s (%s): %s", name, place.buf, what);
}

/* -- files ---------------------------------------------------------------------------- */

static void tell_file(struct reader *r, const struct context *c, enum directive_id id,
    const char *why)
{
	(void)tell_at(r, CONFIG_ERROR, settings_for(c, id)->where[id], row_of(id)->name, "%s: %s",
	    text_of(c, id), why);
}

/* Links are followed: a certificate that is renewed is one in the end. */
static bool readable(const char *path, struct stat *st, const char **why)
{
	*why = stat(path, st) != 0 || access(path, R_OK) != 0 ? strerror(errno) : NULL;
	return *why == NULL;
}

static void check_key(struct reader *r, const struct context *c, enum directive_id id)
{
	STRBUF(why, TEXT_SIZE);
	const char *error;
	struct stat st;

	if (!readable(text_of(c, id), &st, &error))
		tell_file(r, c, id, error);
	else if (!tls_key_safe(&st, r->src->invoker, &why))
		tell_file(r, c, id, why.buf);
}

/* What anybody may read, and nobody else write: a CA that is added here is believed. */
static void check_public(struct reader *r, const struct context *c, enum directive_id id,
    bool directory)
{
	const char *error;
	struct stat st;

	if (!readable(text_of(c, id), &st, &error))
		tell_file(r, c, id, error);
	else if (directory ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
		tell_file(r, c, id, directory ? "is not a directory" : "is not a regular file");
	else if (st.st_mode & S_IWOTH)
		tell_file(r, c, id, "is writable by everybody");
}

static bool holds_key(const char *path)
{
	static const char mark[] = "PRIVATE KEY-----";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char bytes[PEM_SIZE];
	long n = fd >= 0 ? read_file(fd, bytes, sizeof bytes) : 0;
	bool found = n == -EFBIG || (n > 0 &&
	    memmem(bytes, (size_t)n, mark, sizeof mark - 1) != NULL);

	explicit_bzero(bytes, sizeof bytes);
	if (fd >= 0)
		(void)close(fd);
	return found;
}

/* A certificate without a key's directive: the key is in the same file, which is judged as one. */
static void check_pair(struct reader *r, const struct context *c, enum directive_id certificate,
    enum directive_id key)
{
	bool told = told_before(r, c, certificate) && told_before(r, c, key);
	STRBUF(why, TEXT_SIZE);

	if (is_set(c, key)) {
		strbuf_addf(&why, "there is no %s", row_of(certificate)->name);
		if (!is_set(c, certificate))
			tell_server(r, CONFIG_ERROR, c, key, why.buf);
		else if (!told_before(r, c, key))
			check_key(r, c, key);
	} else if (is_set(c, certificate) && !told && access(text_of(c, certificate), R_OK) == 0) {
		strbuf_addf(&why, "holds no key, and there is no %s", row_of(key)->name);
		if (holds_key(text_of(c, certificate)))
			check_key(r, c, certificate);
		else
			tell_file(r, c, certificate, why.buf);
	}
}

static void check_files(struct reader *r, const struct context *c)
{
	bool any = false, clients = SETTING(c, D_TLS_VERIFY_CLIENT,
	    tls_verify_client) != TLS_VERIFY_OFF;

	for (size_t i = 0; i < LEN(pairs); i++)
		any = any || is_set(c, pairs[i].certificate);
	if (!any)
		tell_server(r, CONFIG_ERROR, c, D_TLS_ENGINE, "no certificate configured: write "
		    "TLSRSACertificateFile and TLSRSACertificateKeyFile, or TLSECCertificateFile "
		    "and TLSECCertificateKeyFile");
	for (size_t i = 0; i < LEN(pairs); i++)
		check_pair(r, c, pairs[i].certificate, pairs[i].key);
	for (size_t i = 0; i < LEN(others); i++) {
		if (!is_set(c, others[i].id) || told_before(r, c, others[i].id))
			continue;
		check_public(r, c, others[i].id, others[i].directory);
		if (others[i].clients && !clients)
			tell_server(r, CONFIG_WARNING, c, others[i].id,
			    "has no effect: it is about clients' certificates, and TLSVerifyClient "
			    "is off; what is sent with our own belongs into "
			    "TLSCertificateChainFile");
	}
}

/* -- what does not go together -------------------------------------------------------- */

static void check_clients(struct reader *r, const struct context *c)
{
	bool verify = SETTING(c, D_TLS_VERIFY_CLIENT, tls_verify_client) != TLS_VERIFY_OFF;

	if (verify && !is_set(c, D_TLS_CA_CERTIFICATE_FILE) &&
	    !is_set(c, D_TLS_CA_CERTIFICATE_PATH))
		tell_server(r, CONFIG_ERROR, c, D_TLS_VERIFY_CLIENT,
		    "no client can be believed: write TLSCACertificateFile or "
		    "TLSCACertificatePath");
	if (!verify && SETTING(c, D_TLS_USER_NAME, tls_user_name) != NULL)
		tell_server(r, CONFIG_WARNING, c, D_TLS_USER_NAME,
		    "has no effect: TLSVerifyClient is off");
	if (!verify && SETTING(c, D_TLS_OPTIONS, tls_options) & TLS_DOT_LOGIN)
		tell_server(r, CONFIG_WARNING, c, D_TLS_OPTIONS, "AllowDotLogin has no effect: "
		    "TLSVerifyClient is off");
}

static bool asks_for_tls(unsigned required)
{
	return (required & (TLS_NEED_CTRL | TLS_NEED_AUTH | TLS_NEED_DATA)) != 0;
}

/* Sections that ask for what the server does not have. */
static void check_sections(struct reader *r, const struct context *list)
{
	for (const struct context *c = list; c != NULL; c = c->next) {
		if (c->own->where[D_TLS_REQUIRED].line != 0 && asks_for_tls(c->own->tls_required))
			(void)tell_at(r, CONFIG_WARNING, c->own->where[D_TLS_REQUIRED],
			    "TLSRequired",
			    "there is no TLS in this server: nobody can do anything here");
		check_sections(r, c->directories);
		check_sections(r, c->anonymous);
	}
}

/* A server that cannot have TLS, as `why` says, and asks for it. */
static void check_without(struct reader *r, const struct context *c, const char *why)
{
	unsigned required = SETTING(c, D_TLS_REQUIRED, tls_required);
	bool only_ftps = !SETTING(c, D_PROTOCOLS, protocols).ftp &&
	    SETTING(c, D_PROTOCOLS, protocols).ftps;
	STRBUF(text, TEXT_SIZE);

	strbuf_addf(&text, "nobody can %s: %s", only_ftps ||
	    required & (TLS_NEED_CTRL | TLS_NEED_AUTH) ? "log in" : "transfer a file", why);
	if (asks_for_tls(required))
		tell_server(r, CONFIG_ERROR, c, D_TLS_REQUIRED, text.buf);
	else if (only_ftps)
		tell_server(r, CONFIG_WARNING, c, D_PROTOCOLS, text.buf);
	for (const struct condition *cond = c->conditions; cond != NULL; cond = cond->next) {
		if (asks_for_tls(cond->body->own->tls_required))
			(void)tell_at(r, CONFIG_WARNING, cond->body->own->where[D_TLS_REQUIRED],
			    "TLSRequired", "whom it is for cannot use this server: %s", why);
	}
	check_sections(r, c->directories);
	check_sections(r, c->anonymous);
}

/* Files that nothing asks for: TLSEngine is off, or was forgotten. */
static void check_idle(struct reader *r, const struct context *c)
{
	for (size_t i = 0; i < LEN(others); i++) {
		struct origin where = c->own->where[others[i].id];

		if (where.line != 0)
			(void)tell_at(r, CONFIG_NOTE, where, row_of(others[i].id)->name,
			    "has no effect: TLSEngine is off");
	}
	if (c->own->tls_options & TLS_IMPLICIT)
		(void)tell_at(r, CONFIG_WARNING, c->own->where[D_TLS_OPTIONS], "TLSOptions",
		    "UseImplicitSSL has no effect: TLSEngine is off");
}

void tls_check_server(struct reader *r, const struct context *c)
{
	bool ftps = SETTING(c, D_PROTOCOLS, protocols).ftps;

	if (disabled(c))
		return;
	if (!engine_on(c)) {
		check_without(r, c, "TLSEngine is off");
		check_idle(r, c);
		return;
	}
	if (!ftps) {
		check_without(r, c, "Protocols does not name ftps");
		tell_server(r, SETTING(c, D_TLS_OPTIONS, tls_options) & TLS_IMPLICIT ?
		    CONFIG_ERROR : CONFIG_WARNING, c, D_PROTOCOLS,
		    "ftps is not named, although TLSEngine is on: there is no TLS");
	}
	check_files(r, c);
	check_clients(r, c);
}

void tls_check_global(struct reader *r)
{
	const struct server *s = &r->c->main;

	while (s != NULL && !engine_on(s->context))
		s = s->next;
	if (s == NULL)
		check_idle(r, r->c->global);
}

void tls_check_late(struct reader *r, const struct context *body)
{
	const struct directive *d;

	for (size_t i = 0; (d = directive_at(i)) != NULL; i++) {
		struct origin where = body->own->where[d->id];

		if (!d->tls || where.line == 0 || d->id == D_TLS_REQUIRED ||
		    d->id == D_TLS_MASQUERADE_ADDRESS)
			continue;
		/* the one option that is asked for at each data connection */
		if (d->id != D_TLS_OPTIONS ||
		    (body->own->tls_options & ~(unsigned)TLS_NO_REUSE_REQUIRED) != 0)
			(void)tell_at(r, CONFIG_WARNING, where, d->name,
			    "has no effect here: it is asked for before the user is known");
	}
}
