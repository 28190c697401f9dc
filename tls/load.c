/* What a server speaks TLS with: its certificates, keys and rules, from bytes to an SSL_CTX. */
#include "tls/load.h"

#ifdef WITH_TLS

#include "config/settings.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/*
 * Forward secrecy and authenticated encryption, which every client of the last ten years has; what
 * is older needs a TLSCipherSuite that says so. AES-128 before AES-256: nobody breaks either, and
 * the first costs a tenth less at both ends.
 */
static const char usual_ciphers[] =
    "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM+AES128:DHE+AESGCM:DHE+CHACHA20";
static const char old_ciphers[] =
    "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM+AES128:"
    "DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:AES:!aNULL:!eNULL";
static const char usual_suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";

enum {
	SESSION_LIFE = 365 * 24 * 3600,      /* s: as long as any control connection; nobody else
	                                        has its keys */
	SESSIONS = 64,               /* kept for clients without tickets */
	RSA_BITS_MIN = 2048, DH_BITS_MIN = 2048,
};

static const struct { unsigned bit; int version; uint64_t off; } versions[] = {
	{ TLS_1_0, TLS1_VERSION, SSL_OP_NO_TLSv1 }, { TLS_1_1, TLS1_1_VERSION, SSL_OP_NO_TLSv1_1 },
	{ TLS_1_2, TLS1_2_VERSION, SSL_OP_NO_TLSv1_2 },
	{ TLS_1_3, TLS1_3_VERSION, SSL_OP_NO_TLSv1_3 },
};

enum { NVERSIONS = sizeof versions / sizeof *versions };

static const uint64_t all_versions = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 |
    SSL_OP_NO_TLSv1_3;

static int fail(const struct loaded *l, struct strbuf *why, const char *what)
{
	strbuf_add(why, what);
	strbuf_add(why, ": ");
	openssl_why(l->o, why);
	return -EINVAL;
}

static int refuse(const struct loaded *l, struct strbuf *why, const char *what)
{
	l->o->ERR_clear_error();
	strbuf_add(why, what);
	return -EINVAL;
}

static bool is_old(const struct tls_settings *s)
{
	return (s->protocols & (TLS_1_0 | TLS_1_1)) != 0;
}

static uint64_t options(const struct tls_settings *s)
{
	uint64_t set = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_SSLv3;

	/* but for a client that puts ChaCha20 first: it has no AES in its processor */
	if (s->server_preference)
		set |= SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
	for (size_t i = 0; i < NVERSIONS; i++)
		if ((s->protocols & versions[i].bit) == 0)
			set |= versions[i].off;
	return set;
}

static int verify_mode(const struct tls_settings *s)
{
	if (s->verify == TLS_VERIFY_OFF)
		return SSL_VERIFY_NONE;
	return SSL_VERIFY_PEER | (s->verify == TLS_VERIFY_ON ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
}

/* A key with a passphrase is refused: nobody is there to ask, least of all a terminal. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static const char *suites_of(const struct tls_settings *s)
{
	return s->suites[0] != '\0' ? s->suites : usual_suites;
}

static int set_ciphers(struct loaded *l, struct strbuf *why)
{
	const struct tls_settings *s = &l->settings;
	const char *list = s->ciphers[0] != '\0' ? s->ciphers : is_old(s) ? old_ciphers :
	    usual_ciphers;

	if (l->o->SSL_CTX_set_cipher_list(l->ctx, list) != 1)
		return fail(l, why, "TLSCipherSuite");
	if (l->o->SSL_CTX_set_ciphersuites(l->ctx, suites_of(s)) != 1)
		return fail(l, why, "TLSCipherSuite TLSv1.3");
	if (s->curves[0] != '\0' && l->o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_SET_GROUPS_LIST, 0,
	    (void *)(uintptr_t)s->curves) != 1)
		return fail(l, why, "TLSECDHCurve");
	return 0;
}

int load_begin(struct loaded *l, const struct openssl *o, const struct tls_settings *settings,
    struct strbuf *why)
{
	*l = (struct loaded){ .o = o, .settings = *settings };
	o->ERR_clear_error();
	l->ctx = o->SSL_CTX_new(o->TLS_server_method());
	if (l->ctx == NULL)
		return fail(l, why, "OpenSSL");
	(void)o->SSL_CTX_set_options(l->ctx, options(settings));
	if (is_old(settings)) /* their handshakes are signed with what no higher level has */
		o->SSL_CTX_set_security_level(l->ctx, 0);
	(void)o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_MODE,
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS, NULL);
	(void)o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_SERVER, NULL);
	(void)o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_SET_SESS_CACHE_SIZE, SESSIONS, NULL);
	(void)o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_SET_DH_AUTO, 1, NULL);
	(void)o->SSL_CTX_set_timeout(l->ctx, SESSION_LIFE);
	(void)o->SSL_CTX_set_session_id_context(l->ctx, (const unsigned char *)"in.ftpd", 7);
	o->SSL_CTX_set_verify(l->ctx, verify_mode(settings), NULL);
	o->SSL_CTX_set_verify_depth(l->ctx, (int)settings->depth);
	return set_ciphers(l, why);
}

static int take_certificate(struct loaded *l, X509 *x, struct strbuf *why)
{
	const struct openssl *o = l->o;
	EVP_PKEY *key = o->X509_get0_pubkey(x);

	if (o->X509_cmp_current_time(o->X509_get0_notAfter(x)) < 0)
		return refuse(l, why, "the certificate has expired");
	if (o->X509_cmp_current_time(o->X509_get0_notBefore(x)) > 0)
		return refuse(l, why, "the certificate is not valid yet");
	if (key != NULL && o->EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && !is_old(&l->settings) &&
	    o->EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
		return refuse(l, why, "the certificate's RSA key has less than 2048 bits");
	if (o->SSL_CTX_use_certificate(l->ctx, x) != 1)
		return fail(l, why, "the certificate");
	return 0;
}

/* Our certificate, and behind it those that lead to the root. */
static int load_certificate(struct loaded *l, BIO *bio, struct strbuf *why)
{
	const struct openssl *o = l->o;
	X509 *x = o->PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL);
	int err;

	if (x == NULL)
		return fail(l, why, "no certificate in it");
	if (l->certificate != NULL)
		o->X509_free(l->certificate);
	l->certificate = x;
	err = take_certificate(l, x, why);
	while (err == 0 && (x = o->PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
		if (o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_CHAIN_CERT, 1, x) != 1)
			err = fail(l, why, "a certificate of the chain");
		o->X509_free(x);
	}
	o->ERR_clear_error();        /* the end of the file is an error to it */
	return err;
}

static int load_key(struct loaded *l, BIO *bio, struct strbuf *why)
{
	const struct openssl *o = l->o;
	EVP_PKEY *key = o->PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	int err = 0;

	if (key == NULL)
		return fail(l, why, "no private key without a passphrase in it");
	if (l->certificate == NULL)
		err = refuse(l, why, "a key without a certificate");
	else if (o->X509_check_private_key(l->certificate, key) != 1)
		err = refuse(l, why, "the key does not match the certificate");
	else if (o->SSL_CTX_use_PrivateKey(l->ctx, key) != 1)
		err = fail(l, why, "the key");
	else
		l->pairs++;
	o->EVP_PKEY_free(key);
	return err;
}

static int load_chain(struct loaded *l, BIO *bio, struct strbuf *why)
{
	unsigned n = 0;
	X509 *x;

	while ((x = l->o->PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
		if (l->o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_EXTRA_CHAIN_CERT, 0, x) != 1) {
			l->o->X509_free(x);
			return fail(l, why, "a certificate of the chain");
		}
		n++;                 /* it is the context's now */
	}
	return n > 0 ? (l->o->ERR_clear_error(), 0) : fail(l, why, "no certificate in it");
}

static int load_dh(struct loaded *l, BIO *bio, struct strbuf *why)
{
	EVP_PKEY *dh = l->o->PEM_read_bio_Parameters(bio, NULL);

	if (dh == NULL)
		return fail(l, why, "no Diffie-Hellman parameters in it");
	if (l->o->EVP_PKEY_get_bits(dh) < DH_BITS_MIN ||
	    l->o->SSL_CTX_set0_tmp_dh_pkey(l->ctx, dh) != 1) {
		l->o->EVP_PKEY_free(dh);
		return refuse(l, why, "Diffie-Hellman parameters of less than 2048 bits");
	}
	(void)l->o->SSL_CTX_ctrl(l->ctx, SSL_CTRL_SET_DH_AUTO, 0, NULL);
	return 0;
}

static int load_ca(struct loaded *l, BIO *bio, struct strbuf *why)
{
	X509_STORE *store = l->o->SSL_CTX_get_cert_store(l->ctx);
	unsigned n = 0;
	int err = 0;
	X509 *x;

	while (err == 0 && (x = l->o->PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL)) !=
	    NULL) {
		if (l->o->X509_STORE_add_cert(store, x) != 1 ||
		    l->o->SSL_CTX_add_client_CA(l->ctx, x) != 1)
			err = fail(l, why, "a certificate of it");
		l->o->X509_free(x);
		n++;
	}
	if (err == 0 && n == 0)
		return fail(l, why, "no certificate in it");
	l->o->ERR_clear_error();
	return err;
}

static int load_crl(struct loaded *l, BIO *bio, struct strbuf *why)
{
	X509_STORE *store = l->o->SSL_CTX_get_cert_store(l->ctx);
	unsigned n = 0;
	int err = 0;
	X509_CRL *x;

	while (err == 0 && (x = l->o->PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL)) !=
	    NULL) {
		if (l->o->X509_STORE_add_crl(store, x) != 1)
			err = fail(l, why, "a list of it");
		l->o->X509_CRL_free(x);
		n++;
	}
	if (err == 0 && n == 0)
		return fail(l, why, "no list of revoked certificates in it");
	l->o->ERR_clear_error();
	/* of every CA on the way to the root: a list that is missing must not let anybody in */
	(void)l->o->X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return err;
}

int load_file(struct loaded *l, enum tls_file kind, const char *bytes, size_t n, struct strbuf *why)
{
	static int (*const by_kind[TLS_FILES])(struct loaded *, BIO *, struct strbuf *) = {
		[TLS_FILE_CERTIFICATE] = load_certificate, [TLS_FILE_KEY] = load_key,
		[TLS_FILE_CHAIN] = load_chain, [TLS_FILE_DH] = load_dh, [TLS_FILE_CA] = load_ca,
		[TLS_FILE_CRL] = load_crl,
	};
	BIO *bio = n > 0 && n <= INT_MAX ? l->o->BIO_new_mem_buf(bytes, (int)n) : NULL;
	int err;

	if (bio == NULL)
		return refuse(l, why, "it is empty");
	err = by_kind[kind](l, bio, why);
	(void)l->o->BIO_free(bio);
	return err;
}

int load_end(struct loaded *l, struct strbuf *why)
{
	if (l->certificate != NULL)
		l->o->X509_free(l->certificate);
	l->certificate = NULL;
	return l->pairs > 0 ? 0 : refuse(l, why, "there is no certificate with its key");
}

int load_change(const struct loaded *l, SSL *ssl)
{
	const struct openssl *o = l->o;
	const struct tls_settings *s = &l->settings;

	/*
	 * the certificates, the CAs and the list of ciphers come with the context; the rest by hand
	 */
	if (o->SSL_set_SSL_CTX(ssl, l->ctx) == NULL)
		return -EINVAL;
	(void)o->SSL_clear_options(ssl, all_versions | SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_PRIORITIZE_CHACHA);
	(void)o->SSL_set_options(ssl, options(s));
	o->SSL_set_verify(ssl, verify_mode(s), NULL);
	o->SSL_set_verify_depth(ssl, (int)s->depth);
	if (is_old(s))
		o->SSL_set_security_level(ssl, 0);
	if (o->SSL_set_ciphersuites(ssl, suites_of(s)) != 1)
		return -EINVAL;
	if (s->curves[0] != '\0' && o->SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0,
	    (void *)(uintptr_t)s->curves) != 1)
		return -EINVAL;
	return 0;
}

void load_free(struct loaded *l)
{
	if (l->certificate != NULL)
		l->o->X509_free(l->certificate);
	if (l->ctx != NULL)
		l->o->SSL_CTX_free(l->ctx);
	l->certificate = NULL;
	l->ctx = NULL;
}

#endif
