/* What the TLS process is handed: the server's settings, and descriptors of the files they name. */
#include "auth/tlsfiles.h"

#include "auth/talk.h"
#include "auth/tls.h"
#include "config/config.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/tls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 1048576,          /* a PEM file; the largest bundle of CAs has a quarter of it */
	ENTRIES_MAX = 1000,          /* of a TLSCACertificatePath or TLSCARevocationPath */
};

/* A directive that names a file. */
struct source {
	enum directive_id id;
	enum tls_file kind;
	const char *name;
	size_t at;
};

#define AT(field) offsetof(struct settings, field)

static const struct {
	struct source certificate, key;
} pairs[] = {
	{ { D_TLS_RSA_CERTIFICATE_FILE, TLS_FILE_CERTIFICATE, "TLSRSACertificateFile",
	    AT(tls_rsa_certificate_file) },
	  { D_TLS_RSA_CERTIFICATE_KEY_FILE, TLS_FILE_KEY, "TLSRSACertificateKeyFile",
	    AT(tls_rsa_certificate_key_file) } },
	{ { D_TLS_EC_CERTIFICATE_FILE, TLS_FILE_CERTIFICATE, "TLSECCertificateFile",
	    AT(tls_ec_certificate_file) },
	  { D_TLS_EC_CERTIFICATE_KEY_FILE, TLS_FILE_KEY, "TLSECCertificateKeyFile",
	    AT(tls_ec_certificate_key_file) } },
};

static const struct source server_files[] = {
	{ D_TLS_CERTIFICATE_CHAIN_FILE, TLS_FILE_CHAIN, "TLSCertificateChainFile",
	    AT(tls_certificate_chain_file) },
	{ D_TLS_DH_PARAM_FILE, TLS_FILE_DH, "TLSDHParamFile", AT(tls_dh_param_file) },
};

static const struct source client_files[] = {
	{ D_TLS_CA_CERTIFICATE_FILE, TLS_FILE_CA, "TLSCACertificateFile",
	    AT(tls_ca_certificate_file) },
	{ D_TLS_CA_REVOCATION_FILE, TLS_FILE_CRL, "TLSCARevocationFile",
	    AT(tls_ca_revocation_file) },
};

static const struct source client_paths[] = {
	{ D_TLS_CA_CERTIFICATE_PATH, TLS_FILE_CA, "TLSCACertificatePath",
	    AT(tls_ca_certificate_path) },
	{ D_TLS_CA_REVOCATION_PATH, TLS_FILE_CRL, "TLSCARevocationPath",
	    AT(tls_ca_revocation_path) },
};

static const char *value_of(const struct context *server, const struct source *s)
{
	return *(const char *const *)(const void *)((const char *)settings_for(server,
	    s->id) + s->at);
}

/* "file:line: Directive: path": how the log, and the TLS process, name what a directive brings. */
static void add_label(const struct monitor *m, const struct source *s, const char *path,
    struct strbuf *out)
{
	const struct origin where = settings_for(m->server, s->id)->where[s->id];

	if (where.line != 0) {
		config_where(m->config, where, out);
		strbuf_add(out, ": ");
	}
	strbuf_addf(out, "%s: %s", s->name, path);
}

static int fail(const struct monitor *m, const struct source *s, const char *path, int err,
    const char *why)
{
	STRBUF(label, 2 * PATHNAME_SIZE);

	add_label(m, s, path, &label);
	log_write(LOG_ERR, "%s: %s", label.buf, why);
	return -err;
}

/* Open what should be a file, and is one of a bearable size. Returns a descriptor or -errno. */
static int open_file(const struct monitor *m, const struct source *s, int dir, const char *path,
    const char *shown)
{
	/* the administrator's links are followed; a FIFO in the place of a file stops nobody */
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err = 0;
	STRBUF(why, TEXT_SIZE);
	struct stat st;

	if (fd < 0)
		return fail(m, s, shown, errno, strerror(errno));
	if (fstat(fd, &st) < 0) {
		err = errno;
		strbuf_add(&why, strerror(err));
	} else if (!S_ISREG(st.st_mode)) {
		err = EINVAL;
		strbuf_add(&why, "not a regular file");
	} else if (st.st_size > FILE_MAX) {
		err = EFBIG;
		strbuf_add(&why, "larger than 1 MiB");
	} else if (s->kind == TLS_FILE_KEY && !tls_key_safe(&st, geteuid(), &why)) {
		err = EPERM;
	}
	if (err == 0)
		return fd;
	(void)close(fd);
	return fail(m, s, shown, err, why.buf);
}

static int send_file(struct monitor *m, const struct source *s, int dir, const char *path,
    const char *shown, int64_t deadline)
{
	struct msg *out = &m->talk->out;
	STRBUF(label, TEXT_SIZE);    /* cut where it is longer */
	int fd = open_file(m, s, dir, path, shown), err;

	if (fd < 0)
		return fd;
	add_label(m, s, shown, &label);
	msg_start(out, TLS_FILE);
	msg_put_u32(out, (uint32_t)s->kind);
	msg_put_str(out, label.buf);
	out->fd = fd;
	err = tls_send(m, deadline);
	(void)close(fd);
	return err;
}

static int send_plain(struct monitor *m, const struct source *s, int64_t deadline)
{
	const char *path = value_of(m->server, s);

	return path == NULL ? 0 : send_file(m, s, AT_FDCWD, path, path, deadline);
}

/* Certificates with their keys; a key without a file of its own is in the certificate's. */
static int send_pairs(struct monitor *m, int64_t deadline)
{
	static const struct source engine = { D_TLS_ENGINE, TLS_FILE_CERTIFICATE, "TLSEngine", 0 };
	unsigned sent = 0;
	int err = 0;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs && err == 0; i++) {
		const char *certificate = value_of(m->server, &pairs[i].certificate);
		const struct source *key = &pairs[i].key;
		struct source within = pairs[i].certificate;

		if (certificate == NULL)
			continue;
		sent++;
		err = send_plain(m, &pairs[i].certificate, deadline);
		if (err != 0)
			break;
		within.kind = TLS_FILE_KEY;
		err = value_of(m->server, key) != NULL ? send_plain(m, key, deadline) :
		    send_file(m, &within, AT_FDCWD, certificate, certificate, deadline);
	}
	if (err == 0 && sent == 0)
		err = fail(m, &engine, "on", ENOENT,
		    "no certificate configured: TLSRSACertificateFile or TLSECCertificateFile is "
		    "missing");
	return err;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The names in a directory that count, sorted. Returns how many, or -errno. */
static int list(DIR *d, bool crl, char (*names)[TLS_ENTRY_SIZE])
{
	const struct dirent *e;
	int n = 0;

	errno = 0;
	while ((e = readdir(d)) != NULL) {
		if (!tls_is_hashed(e->d_name, crl))
			continue;
		if (n == ENTRIES_MAX)
			return -EFBIG;
		memcpy(names[n++], e->d_name, strlen(e->d_name) + 1);
		errno = 0;
	}
	if (errno != 0)
		return -errno;
	qsort(names, (size_t)n, sizeof *names, compare);
	return n;
}

static int send_entries(struct monitor *m, const struct source *s, const char *path, DIR *d,
    char (*names)[TLS_ENTRY_SIZE], int64_t deadline)
{
	int n = list(d, s->kind == TLS_FILE_CRL, names), err = 0;
	STRBUF(shown, PATHNAME_SIZE + NAME_SIZE);

	if (n < 0)
		return fail(m, s, path, -n, n == -EFBIG ? "more than 1,000 files" : strerror(-n));
	/* without a single list nothing would be looked up: that must not let the revoked in */
	if (n == 0)
		return fail(m, s, path, ENOENT, "holds no file whose name openssl rehash gave it");
	for (int i = 0; i < n && err == 0; i++) {
		strbuf_reset(&shown);
		strbuf_addf(&shown, "%s/%s", path, names[i]);
		err = send_file(m, s, dirfd(d), names[i], shown.buf, deadline);
	}
	return err;
}

static int send_path(struct monitor *m, const struct source *s, int64_t deadline)
{
	const char *path = value_of(m->server, s);
	char (*names)[TLS_ENTRY_SIZE];
	int fd, err;
	DIR *d;

	if (path == NULL)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(m, s, path, errno, strerror(errno));
	d = fdopendir(fd);
	if (d == NULL) {
		err = errno;
		(void)close(fd);
		return fail(m, s, path, err, strerror(err));
	}
	names = memory_map(ENTRIES_MAX * sizeof *names);
	err = send_entries(m, s, path, d, names, deadline);
	memory_unmap(names, ENTRIES_MAX * sizeof *names);
	(void)closedir(d);
	return err;
}

static bool put(char *out, size_t size, const char *text)
{
	struct strbuf b;

	strbuf_init(&b, out, size);
	if (text != NULL)
		strbuf_add(&b, text);
	return !b.full;
}

/*
 * Whether no line lets a data connection do without resuming. Then a session cannot either: a
 * captured one could have the key answer for the server to whomever it brings a socket of.
 */
static bool must_resume(const struct context *server)
{
	unsigned options = SETTING(server, D_TLS_OPTIONS, tls_options);

	/* who the user will be is not known yet */
	for (const struct condition *c = server->conditions; c != NULL; c = c->next)
		options |= c->body->own->tls_options;
	return (options & TLS_NO_REUSE_REQUIRED) == 0;
}

bool tlsfiles_settings(const struct context *server, struct tls_settings *out)
{
	const struct settings *suite = settings_for(server, D_TLS_CIPHER_SUITE);
	unsigned options = SETTING(server, D_TLS_OPTIONS, tls_options);

	out->protocols = SETTING(server, D_TLS_PROTOCOL, tls_protocol);
	out->server_preference = SETTING(server, D_TLS_SERVER_CIPHER_PREFERENCE,
	    tls_server_cipher_preference);
	out->alpn = SETTING(server, D_TLS_NEXT_PROTOCOL, tls_next_protocol);
	out->sni = (options & TLS_IGNORE_SNI) == 0;
	out->verify = SETTING(server, D_TLS_VERIFY_CLIENT, tls_verify_client);
	out->depth = SETTING(server, D_TLS_VERIFY_DEPTH, tls_verify_depth);
	out->certificate = (options & TLS_DOT_LOGIN) != 0;
	out->resume = must_resume(server);
	return put(out->ciphers, sizeof out->ciphers, suite->tls_cipher_suite.list) &&
	    put(out->suites, sizeof out->suites, suite->tls_cipher_suite.suites) &&
	    put(out->curves, sizeof out->curves,
	    SETTING(server, D_TLS_ECDH_CURVE, tls_ecdh_curve)) &&
	    put(out->user_name, sizeof out->user_name,
	    SETTING(server, D_TLS_USER_NAME, tls_user_name));
}

int tlsfiles_send(struct monitor *m, int64_t deadline)
{
	struct tls_settings settings;
	int err;

	/* the configuration's own bounds are these, too */
	if (!tlsfiles_settings(m->server, &settings))
		return -ENAMETOOLONG;
	msg_start(&m->talk->out, TLS_SETTINGS);
	msg_put_tls_settings(&m->talk->out, &settings);
	err = tls_send(m, deadline);
	if (err == 0)
		err = send_pairs(m, deadline);
	for (size_t i = 0; i < sizeof server_files / sizeof *server_files && err == 0; i++)
		err = send_plain(m, &server_files[i], deadline);
	/* nobody is asked for a certificate: nothing would look at these */
	if (settings.verify == TLS_VERIFY_OFF)
		return err;
	for (size_t i = 0; i < sizeof client_files / sizeof *client_files && err == 0; i++)
		err = send_plain(m, &client_files[i], deadline);
	for (size_t i = 0; i < sizeof client_paths / sizeof *client_paths && err == 0; i++)
		err = send_path(m, &client_paths[i], deadline);
	return err;
}
