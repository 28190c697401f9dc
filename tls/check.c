/* What -t says of certificates, keys, ciphers and curves, with OpenSSL's own eyes. */
#include "tls/check.h"

#ifdef WITH_TLS

#include "auth/tlsfiles.h"
#include "config/directive.h"
#include "config/io.h"
#include "config/memory.h"
#include "config/tls.h"
#include "tls/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	FILE_MAX = 1048576,          /* as at a connection (auth/tlsfiles.c) */
	ENTRIES_MAX = 1000,          /* as there, too */
	SOON = 14 * 24 * 3600,       /* s: a renewal that failed was to have happened by now */
	LINE_SIZE = 2 * PATHNAME_SIZE,
};

struct told {
	struct told *next;
	char line[];
};

struct check {
	struct config *c;
	void (*tell)(void *arg, enum config_severity severity, const char *line);
	void *arg;
	struct told *told;           /* of <Global>, say, or of a file that two servers name */
	struct openssl o;
	const struct context *server;
	struct loaded l;
	X509 *leaf;                  /* the last certificate with its key, for the chain's file */
	bool own_chain;              /* … which brought its own */
	char *bytes;                 /* room for a file: FILE_MAX */
};

static const struct {
	enum directive_id certificate, key;
	int type;                    /* of the key that belongs there */
} pairs[] = {
	{ D_TLS_RSA_CERTIFICATE_FILE, D_TLS_RSA_CERTIFICATE_KEY_FILE, EVP_PKEY_RSA },
	{ D_TLS_EC_CERTIFICATE_FILE, D_TLS_EC_CERTIFICATE_KEY_FILE, EVP_PKEY_EC },
};

static const struct directive *row_of(enum directive_id id)
{
	const struct directive *d = NULL;

	for (size_t i = 0; (d = directive_at(i)) != NULL && d->id != id; i++)
		continue;
	return d;
}

static const char *path_of(const struct check *k, enum directive_id id)
{
	const struct settings *s = settings_for(k->server, id);

	return *(const char *const *)(const void *)((const char *)s + row_of(id)->offset);
}

/* -- telling -------------------------------------------------------------------------- */

static void tell_once(struct check *k, enum config_severity severity, const char *line, size_t n)
{
	struct told *t = k->told;

	while (t != NULL && strcmp(t->line, line) != 0)
		t = t->next;
	if (t != NULL)
		return;
	t = malloc(sizeof *t + n + 1);
	if (t != NULL) {             /* else it may be said twice */
		memcpy(t->line, line, n + 1);
		t->next = k->told;
		k->told = t;
	}
	k->tell(k->arg, severity, line);
}

/* `file:line: Directive: path: why`; the path may be "". */
static void tell_at(struct check *k, enum config_severity severity, struct origin where,
    const char *name, const char *path, const char *why)
{
	STRBUF(line, LINE_SIZE);

	config_where(k->c, where.line != 0 ? where : k->server->where, &line);
	strbuf_addf(&line, ": %s: %s%s%s", name, path, *path != '\0' ? ": " : "", why);
	for (size_t i = 0; i < line.len; i++) {      /* a path must not write to a terminal */
		if ((unsigned char)line.buf[i] < ' ' || line.buf[i] == 0x7f)
			line.buf[i] = '?';
	}
	tell_once(k, severity, line.buf, line.len);
}

/* The same at the line that holds `id` for this server. */
static void tell(struct check *k, enum config_severity severity, enum directive_id id,
    const char *path, const char *why)
{
	tell_at(k, severity, settings_for(k->server, id)->where[id], row_of(id)->name, path, why);
}

/* -- what has no file ----------------------------------------------------------------- */

static void free_certificate(const struct check *k, X509 *x)
{
	if (x != NULL)
		k->o.X509_free(x);
}

/* Ciphers that anybody could answer with, or that hide nothing: who wrote the list may not know. */
static void check_ciphers(struct check *k)
{
	SSL *ssl = k->o.SSL_new(k->l.ctx);
	STACK_OF(SSL_CIPHER) *list = ssl != NULL ? k->o.SSL_get1_supported_ciphers(ssl) : NULL;
	int n = list != NULL ? k->o.OPENSSL_sk_num((const OPENSSL_STACK *)list) : 0;
	const struct settings *suite = settings_for(k->server, D_TLS_CIPHER_SUITE);

	for (int i = 0; i < n; i++) {
		const SSL_CIPHER *cipher = k->o.OPENSSL_sk_value((const OPENSSL_STACK *)list, i);
		bool open = k->o.SSL_CIPHER_get_bits(cipher, NULL) == 0;
		STRBUF(why, TEXT_SIZE);

		if (!open && k->o.SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null)
			continue;
		strbuf_addf(&why, "allows %s, which %s", k->o.SSL_CIPHER_get_name(cipher), open ?
		    "encrypts nothing" :
		    "asks for no certificate: anybody can be between; add !aNULL");
		tell_at(k, CONFIG_WARNING, suite->tls_cipher_suite.list_where, "TLSCipherSuite", "",
		    why.buf);
		break;
	}
	k->o.OPENSSL_sk_free((OPENSSL_STACK *)list);
	if (ssl != NULL)
		k->o.SSL_free(ssl);
	k->o.ERR_clear_error();
}

/* What load_begin refused, by the name that its reason begins with: told, and taken out of `s`. */
static bool take_out(struct check *k, struct tls_settings *s, const char *why)
{
	const struct settings *suite = settings_for(k->server, D_TLS_CIPHER_SUITE);
	const struct {
		const char *begins, *name, *first;
		char *value;
		struct origin where;
	} values[] = {
		{ "TLSCipherSuite TLSv1.3: ", "TLSCipherSuite", "TLSv1.3 ", s->suites,
		    suite->tls_cipher_suite.suites_where },
		{ "TLSCipherSuite: ", "TLSCipherSuite", "", s->ciphers,
		    suite->tls_cipher_suite.list_where },
		{ "TLSECDHCurve: ", "TLSECDHCurve", "", s->curves,
		    settings_for(k->server, D_TLS_ECDH_CURVE)->where[D_TLS_ECDH_CURVE] },
	};
	STRBUF(words, 2 * TEXT_SIZE);

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		size_t n = strlen(values[i].begins);

		if (strncmp(why, values[i].begins, n) != 0 || values[i].value[0] == '\0')
			continue;
		strbuf_addf(&words, "%s%s", values[i].first, values[i].value);
		tell_at(k, CONFIG_ERROR, values[i].where, values[i].name, words.buf, why + n);
		values[i].value[0] = '\0';
		return true;
	}
	tell(k, CONFIG_ERROR, D_TLS_ENGINE, "", why);
	return false;
}

/*
 * Protocols, ciphers and curves. What is refused is told and left out, so that the files are looked
 * at all the same. False: there is nothing to look at them with.
 */
static bool begin(struct check *k)
{
	struct tls_settings *s = memory_map(sizeof *s);
	bool good = tlsfiles_settings(k->server, s);

	if (!good)
		tell(k, CONFIG_ERROR, D_TLS_ENGINE, "",
		    "a value of the TLS directives is too long");
	while (good) {
		STRBUF(why, TEXT_SIZE);

		if (load_begin(&k->l, &k->o, s, &why) == 0)
			break;
		load_free(&k->l);
		good = take_out(k, s, why.buf);
	}
	memory_unmap(s, sizeof *s);
	if (good)
		check_ciphers(k);
	return good;
}

/* -- files ---------------------------------------------------------------------------- */

/* A file of the server into k->bytes; its length, or -1, which is told. */
static long read_bytes(struct check *k, enum directive_id id, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	long n = fd >= 0 ? read_file(fd, k->bytes, FILE_MAX) : -errno;

	if (fd >= 0)
		(void)close(fd);
	if (n < 0)
		tell(k, CONFIG_ERROR, id, path, n == -EFBIG ? "larger than 1 MiB" :
		    strerror((int)-n));
	return n < 0 ? -1 : n;
}

/* Load a file as a connection does; false: told why not. */
static bool load(struct check *k, enum directive_id id, enum tls_file kind, const char *path)
{
	long n = read_bytes(k, id, path);
	STRBUF(why, TEXT_SIZE);
	bool good = n >= 0 && load_file(&k->l, kind, k->bytes, (size_t)n, &why) == 0;

	if (n >= 0 && !good)
		tell(k, CONFIG_ERROR, id, path, why.buf);
	if (kind == TLS_FILE_KEY && n > 0)
		explicit_bzero(k->bytes, (size_t)n);
	return good;
}

/* The first certificate of what was read last, and the one behind it; NULL: there is none. */
static X509 *first_certificate(struct check *k, size_t n, X509 **second)
{
	BIO *bio = n > 0 ? k->o.BIO_new_mem_buf(k->bytes, (int)n) : NULL;
	X509 *x = NULL;

	if (second != NULL)
		*second = NULL;
	if (bio != NULL)
		x = k->o.PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	if (x != NULL && second != NULL)
		*second = k->o.PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (bio != NULL)
		(void)k->o.BIO_free(bio);
	k->o.ERR_clear_error();
	return x;
}

/* What a connection lets pass, and somebody should know of: `x` is served, `next` is behind it. */
static void check_certificate(struct check *k, enum directive_id id, int type, const char *path,
    X509 *x, X509 *next)
{
	EVP_PKEY *key = k->o.X509_get0_pubkey(x);
	time_t soon = time(NULL) + SOON;

	if (k->o.X509_cmp_time(k->o.X509_get0_notAfter(x), &soon) < 0)
		tell(k, CONFIG_WARNING, id, path, "the certificate expires within 14 days");
	if (key != NULL && k->o.EVP_PKEY_get_base_id(key) != type)
		tell(k, CONFIG_NOTE, id, path, type == EVP_PKEY_RSA ?
		    "its key is no RSA key; it is served all the same" :
		    "its key is no EC key; it is served all the same");
	if (next != NULL && k->o.X509_check_issued(next, x) != X509_V_OK)
		tell(k, CONFIG_WARNING, id, path,
		    "the second certificate of the file did not sign the first; clients may not "
		    "find the way to a root");
}

static void check_pair(struct check *k, enum directive_id certificate, enum directive_id key,
    int type)
{
	const char *path = path_of(k, certificate), *key_path = path_of(k, key);
	X509 *x, *next;
	long n;

	if (path == NULL || !load(k, certificate, TLS_FILE_CERTIFICATE, path))
		return;              /* a key could be compared with nothing */
	n = read_bytes(k, certificate, path);
	x = n > 0 ? first_certificate(k, (size_t)n, &next) : NULL;
	if (x == NULL)
		return;
	check_certificate(k, certificate, type, path, x, next);
	free_certificate(k, k->leaf);
	k->leaf = x;
	k->own_chain = next != NULL;
	free_certificate(k, next);
	(void)load(k, key_path != NULL ? key : certificate, TLS_FILE_KEY, key_path != NULL ?
	    key_path : path);
}

static void check_chain(struct check *k)
{
	const char *path = path_of(k, D_TLS_CERTIFICATE_CHAIN_FILE);
	X509 *x;
	long n;

	if (path == NULL || !load(k, D_TLS_CERTIFICATE_CHAIN_FILE, TLS_FILE_CHAIN, path) ||
	    k->leaf == NULL)
		return;
	if (k->own_chain) {
		tell(k, CONFIG_NOTE, D_TLS_CERTIFICATE_CHAIN_FILE, path,
		    "has no effect for a certificate whose own file holds its chain");
		return;
	}
	n = read_bytes(k, D_TLS_CERTIFICATE_CHAIN_FILE, path);
	x = n > 0 ? first_certificate(k, (size_t)n, NULL) : NULL;
	if (x != NULL && k->o.X509_check_issued(x, k->leaf) != X509_V_OK)
		tell(k, CONFIG_WARNING, D_TLS_CERTIFICATE_CHAIN_FILE, path,
		    "its first certificate did not sign ours; clients may not find the way to a "
		    "root");
	free_certificate(k, x);
}

static int is_ca(const struct dirent *e)
{
	return tls_is_hashed(e->d_name, false);
}

static int is_crl(const struct dirent *e)
{
	return tls_is_hashed(e->d_name, true);
}

static void check_path(struct check *k, enum directive_id id, enum tls_file kind)
{
	const char *path = path_of(k, id);
	struct dirent **list;
	int n;

	if (path == NULL)
		return;
	n = scandir(path, &list, kind == TLS_FILE_CRL ? is_crl : is_ca, alphasort);
	if (n < 0)
		tell(k, CONFIG_ERROR, id, path, strerror(errno));
	else if (n == 0)
		tell(k, CONFIG_ERROR, id, path, kind == TLS_FILE_CRL ?
		    "holds no list with a name like 1a2b3c4d.r0; run openssl rehash" :
		    "holds no certificate with a name like 1a2b3c4d.0; run openssl rehash");
	else if (n > ENTRIES_MAX)
		tell(k, CONFIG_ERROR, id, path, "more than 1,000 files");
	for (int i = 0; i < n; i++) {
		STRBUF(file, PATHNAME_SIZE + NAME_SIZE);

		strbuf_addf(&file, "%s/%s", path, list[i]->d_name);
		(void)load(k, id, kind, file.buf);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void check_clients(struct check *k)
{
	const char *ca = path_of(k, D_TLS_CA_CERTIFICATE_FILE);
	const char *crl = path_of(k, D_TLS_CA_REVOCATION_FILE);

	/* nobody is asked for a certificate: nothing looks at these */
	if (SETTING(k->server, D_TLS_VERIFY_CLIENT, tls_verify_client) == TLS_VERIFY_OFF)
		return;
	if (ca != NULL)
		(void)load(k, D_TLS_CA_CERTIFICATE_FILE, TLS_FILE_CA, ca);
	if (crl != NULL)
		(void)load(k, D_TLS_CA_REVOCATION_FILE, TLS_FILE_CRL, crl);
	check_path(k, D_TLS_CA_CERTIFICATE_PATH, TLS_FILE_CA);
	check_path(k, D_TLS_CA_REVOCATION_PATH, TLS_FILE_CRL);
}

/* -- servers -------------------------------------------------------------------------- */

static void check_server(struct check *k, const struct context *server)
{
	const char *dh;

	k->server = server;
	k->leaf = NULL;
	k->own_chain = false;
	if (!begin(k))
		return;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		check_pair(k, pairs[i].certificate, pairs[i].key, pairs[i].type);
	check_chain(k);
	dh = path_of(k, D_TLS_DH_PARAM_FILE);
	if (dh != NULL)
		(void)load(k, D_TLS_DH_PARAM_FILE, TLS_FILE_DH, dh);
	check_clients(k);
	free_certificate(k, k->leaf);
	load_free(&k->l);
}

/* Whether two servers have all that TLS is about from the same lines. */
static bool same_lines(const struct context *a, const struct context *b)
{
	const struct directive *d;

	for (size_t i = 0; (d = directive_at(i)) != NULL; i++) {
		if (d->tls && d->id != D_NONE && settings_for(a, d->id) != settings_for(b, d->id))
			return false;
	}
	return true;
}

static bool speaks_tls(const struct context *server)
{
	const struct settings *port = settings_for(server, D_PORT);

	return SETTING(server, D_TLS_ENGINE, tls_engine) &&
	    SETTING(server, D_PROTOCOLS, protocols).ftps &&
	    (port->where[D_PORT].line == 0 || port->port != 0);
}

/* OpenSSL, once it is needed; false: told. */
static bool start(struct check *k, const struct context *server)
{
	const char *missing = openssl_load(&k->o);
	STRBUF(why, TEXT_SIZE);

	k->server = server;
	if (missing != NULL) {
		strbuf_addf(&why, "%s%s", missing, strchr(missing, ' ') == NULL ?
		    ": libssl.so.3 does not have it; is the package libssl3 of OpenSSL 3?" : "");
		tell(k, CONFIG_ERROR, D_TLS_ENGINE, "", why.buf);
		return false;
	}
	k->bytes = memory_map(FILE_MAX);
	return true;
}

void tls_check(struct config *c,
    void (*say)(void *arg, enum config_severity severity, const char *line), void *arg)
{
	struct check *k = memory_map(sizeof *k);
	const struct context *server, *before = NULL;
	bool good = true;

	k->c = c;
	k->tell = say;
	k->arg = arg;
	for (size_t i = 0; good && (server = config_server_at(c, i)) != NULL; i++) {
		if (!speaks_tls(server) || (before != NULL && same_lines(before, server)))
			continue;
		good = before != NULL || start(k, server);
		if (good)
			check_server(k, server);
		before = server;
	}
	for (struct told *t = k->told, *next; t != NULL; t = next) {
		next = t->next;
		free(t);
	}
	if (k->bytes != NULL)
		memory_unmap(k->bytes, FILE_MAX);
	memory_unmap(k, sizeof *k);
}

#else

void tls_check(struct config *c,
    void (*tell)(void *arg, enum config_severity severity, const char *line), void *arg)
{
	(void)c;
	(void)tell;
	(void)arg;
}

#endif
