/* Who the client is, by what its handshake says. */
#include "tls/peer.h"

#ifdef WITH_TLS

#include "config/strbuf.h"

#include <string.h>
#include <strings.h>

enum { SNI_HOST_NAME = 0 };

bool peer_parse_server_name(const unsigned char *bytes, size_t n, char name[HOST_SIZE])
{
	size_t len;

	/* a list of one: its length, a type, the name's length, the name to the very end */
	if (n < 5 || (size_t)(bytes[0] << 8 | bytes[1]) != n - 2 || bytes[2] != SNI_HOST_NAME)
		return false;
	len = (size_t)(bytes[3] << 8 | bytes[4]);
	if (len == 0 || len != n - 5 || len >= HOST_SIZE || memchr(bytes + 5, '\0', len) != NULL)
		return false;
	memcpy(name, bytes + 5, len);
	name[len] = '\0';
	return true;
}

bool peer_server_name(const struct openssl *o, SSL *ssl, char name[HOST_SIZE])
{
	const unsigned char *bytes;
	size_t n;

	return o->SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &n) == 1 &&
	    peer_parse_server_name(bytes, n, name);
}

bool peer_find_protocol(const unsigned char *list, size_t n, bool data, const unsigned char **found,
    unsigned char *found_n)
{
	static const char *const ours[] = { "ftp", "ftp-data" };

	for (size_t i = 0; i < (data ? 2 : 1); i++) {
		size_t want = strlen(ours[i]);

		for (size_t at = 0; at < n && list[at] < n - at; at += 1 + (size_t)list[at]) {
			if (list[at] != want || memcmp(list + at + 1, ours[i], want) != 0)
				continue;
			*found = list + at + 1;
			*found_n = list[at];
			return true;
		}
	}
	return false;
}

/* A name that is one to every program: text without NUL or control characters, and not cut. */
static void take_name(struct tls_peer *p, const unsigned char *bytes, int n)
{
	if (bytes == NULL || n <= 0 || n >= USER_SIZE || p->nnames == TLS_NAMES_MAX)
		return;
	for (int i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] == 127)
			return;
	memcpy(p->names[p->nnames], bytes, (size_t)n);
	p->names[p->nnames++][n] = '\0';
}

static void take_string(const struct openssl *o, struct tls_peer *p, const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = o->ASN1_STRING_to_UTF8(&utf8, s);

	if (n >= 0) {
		take_name(p, utf8, n);
		o->CRYPTO_free(utf8, __FILE__, __LINE__);
	}
	o->ERR_clear_error();
}

static void take_common_name(const struct openssl *o, X509 *x, struct tls_peer *p)
{
	const X509_NAME *subject = o->X509_get_subject_name(x);
	int at = o->X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

	if (at < 0 || o->X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return;
	take_string(o, p, o->X509_NAME_ENTRY_get_data(o->X509_NAME_get_entry(subject, at)));
}

static void free_name(void *name)
{
	(void)name;
}

static void take_addresses(const struct openssl *o, X509 *x, struct tls_peer *p)
{
	OPENSSL_STACK *names = o->X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; names != NULL && i < o->OPENSSL_sk_num(names); i++) {
		GENERAL_NAME *name = o->OPENSSL_sk_value(names, i);
		int type;
		const ASN1_STRING *s = o->GENERAL_NAME_get0_value(name, &type);

		if (type == GEN_EMAIL)
			take_name(p, o->ASN1_STRING_get0_data(s), o->ASN1_STRING_length(s));
		o->GENERAL_NAME_free(name);
	}
	if (names != NULL)
		o->OPENSSL_sk_pop_free(names, free_name);
	o->ERR_clear_error();
}

/* The value of an extension, when it is one string. */
static void take_extension(const struct openssl *o, X509 *x, const char *oid, struct tls_peer *p)
{
	ASN1_OBJECT *object = o->OBJ_txt2obj(oid, 1);
	int at = object != NULL ? o->X509_get_ext_by_OBJ(x, object, -1) : -1;
	const ASN1_STRING *value;
	const unsigned char *bytes;
	ASN1_TYPE *type;

	if (object != NULL)
		o->ASN1_OBJECT_free(object);
	if (at >= 0) {
		value = o->X509_EXTENSION_get_data(o->X509_get_ext(x, at));
		bytes = o->ASN1_STRING_get0_data(value);
		type = o->d2i_ASN1_TYPE(NULL, &bytes, o->ASN1_STRING_length(value));
		if (type != NULL && (type->type == V_ASN1_UTF8STRING ||
		    type->type == V_ASN1_IA5STRING ||
		    type->type == V_ASN1_PRINTABLESTRING))
			take_string(o, p, type->value.asn1_string);
		if (type != NULL)
			o->ASN1_TYPE_free(type);
	}
	o->ERR_clear_error();
}

/* For the log: RFC 2253's form, cut where it is too long for a line. */
static void take_subject(const struct openssl *o, X509 *x, struct tls_peer *p)
{
	BIO *bio = o->BIO_new(o->BIO_s_mem());
	struct strbuf subject;
	char *bytes;
	long n;

	if (bio == NULL)
		return;
	strbuf_init(&subject, p->subject, sizeof p->subject);
	if (o->X509_NAME_print_ex(bio, o->X509_get_subject_name(x), 0, XN_FLAG_RFC2253) >= 0) {
		n = o->BIO_ctrl(bio, BIO_CTRL_INFO, 0, &bytes);
		if (n >= (long)sizeof p->subject)
			n = (long)sizeof p->subject - 1;
		strbuf_addn(&subject, bytes, n > 0 && memchr(bytes, '\0', (size_t)n) == NULL ?
		    (size_t)n : 0);
	}
	(void)o->BIO_free(bio);
	o->ERR_clear_error();
}

static void take_certificate(const struct openssl *o, X509 *x, struct tls_peer *p)
{
	unsigned char *to = p->certificate;
	int n = o->i2d_X509(x, NULL);

	if (n > 0 && n <= CERTIFICATE_SIZE && o->i2d_X509(x, &to) == n)
		p->certificate_size = (uint32_t)n;
}

static void describe_certificate(const struct openssl *o, X509 *x, const struct tls_settings *s,
    struct tls_peer *out)
{
	out->verified = true;
	take_subject(o, x, out);
	if (s->certificate)
		take_certificate(o, x, out);
	if (strcasecmp(s->user_name, "CommonName") == 0)
		take_common_name(o, x, out);
	else if (strcasecmp(s->user_name, "EmailSubjAltName") == 0)
		take_addresses(o, x, out);
	else if (s->user_name[0] != '\0')
		take_extension(o, x, s->user_name, out);
}

static void text(char *out, size_t size, const char *from)
{
	struct strbuf b;

	strbuf_init(&b, out, size);
	strbuf_add(&b, from);
}

void peer_describe(const struct openssl *o, SSL *ssl, const struct tls_settings *settings,
    struct tls_peer *out)
{
	const SSL_CIPHER *cipher = o->SSL_get_current_cipher(ssl);
	X509 *x = o->SSL_get1_peer_certificate(ssl);

	text(out->protocol, sizeof out->protocol, o->SSL_get_version(ssl));
	text(out->cipher, sizeof out->cipher, o->SSL_CIPHER_get_name(cipher));
	out->bits = (uint32_t)o->SSL_CIPHER_get_bits(cipher, NULL);
	out->verified = false;
	out->nnames = out->certificate_size = 0;
	out->subject[0] = '\0';
	if (x != NULL && o->SSL_get_verify_result(ssl) == X509_V_OK && settings->verify != 0)
		describe_certificate(o, x, settings, out);
	if (x != NULL)
		o->X509_free(x);
}

#endif
