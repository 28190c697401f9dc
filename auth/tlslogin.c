/* ~/.tlslogin: certificates that log their user in, read by a child that is nobody but him. */
#include "auth/tlslogin.h"

#include "auth/backend.h"
#include "auth/helper.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ";

/* A line without its end, and the next one's start. */
static size_t take_line(const char **at, const char *end, const char **line)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));
	size_t n = (size_t)((lf != NULL ? lf : end) - *at);

	*line = *at;
	*at += n + (lf != NULL);
	while (n > 0 && ((*line)[n - 1] == '\r' || (*line)[n - 1] == ' '))
		n--;
	return n;
}

static bool begins_with(const char *line, size_t n, const char *mark)
{
	return n >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0;
}

/* "CERTIFICATE", or one of the two names that it had before. */
static bool is_certificate(const char *line, size_t n)
{
	static const char *const labels[] = {
		"CERTIFICATE-----", "X509 CERTIFICATE-----", "TRUSTED CERTIFICATE-----",
	};

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (n == strlen(labels[i]) && memcmp(line, labels[i], n) == 0)
			return true;
	return false;
}

struct base64 {
	unsigned char *out;
	size_t n, size;
	uint32_t bits;
	unsigned nbits;
	bool bad, padded;
};

static void decode(struct base64 *b, const char *line, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i++) {
		const char *digit = line[i] != '\0' ? strchr(digits, line[i]) : NULL;

		if (line[i] == '=') {
			b->padded = true;
			continue;
		}
		if (digit == NULL || b->padded) {
			b->bad = true;
			return;
		}
		b->bits = b->bits << 6 | (uint32_t)(digit - digits);
		b->nbits += 6;
		if (b->nbits < 8)
			continue;
		b->nbits -= 8;
		if (b->n == b->size) {
			b->bad = true;
			return;
		}
		b->out[b->n++] = (unsigned char)(b->bits >> b->nbits);
	}
}

size_t tlslogin_next(const char **at, const char *end, unsigned char *der, size_t size)
{
	struct base64 b = { .out = der, .size = size };
	bool inside = false;
	const char *line;

	while (*at < end) {
		size_t n = take_line(at, end, &line);

		if (begins_with(line, n, begin_mark)) {
			b = (struct base64){ .out = der, .size = size };
			inside = is_certificate(line + sizeof begin_mark - 1,
			    n - (sizeof begin_mark - 1));
		} else if (inside && begins_with(line, n, end_mark)) {
			inside = false;
			if (!b.bad && b.n > 0)
				return b.n;
		} else if (inside) {
			decode(&b, line, n);
		}
	}
	return 0;
}

/* The child's exit statuses. */
enum { HOLDS_IT, HOLDS_IT_NOT, NO_FILE, UNFIT };

struct question {
	const char *home;
	uid_t uid;
	const struct tls_peer *peer;
};

static bool is_fit(int fd, uid_t uid)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == uid &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int look(void *arg, int keep, int out)
{
	const struct question *q = arg;
	char *text = memory_map(TLSLOGIN_SIZE);
	unsigned char *der = memory_map(CERTIFICATE_SIZE);
	STRBUF(path, PATHNAME_SIZE);
	const char *at = text;
	size_t n;
	long got;
	int fd;

	(void)keep;
	(void)out;
	strbuf_addf(&path, "%s/.tlslogin", q->home);
	fd = path.full ? -1 : open(path.buf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	if (fd < 0)
		return NO_FILE;
	if (!is_fit(fd, q->uid) || (got = read_file(fd, text, TLSLOGIN_SIZE)) < 0)
		return UNFIT;
	while ((n = tlslogin_next(&at, text + got, der, CERTIFICATE_SIZE)) > 0)
		if (n == q->peer->certificate_size && memcmp(der, q->peer->certificate, n) == 0)
			return HOLDS_IT;
	return HOLDS_IT_NOT;
}

bool tlslogin_allows(const struct monitor *m, const struct account *acc, uint32_t gid)
{
	const struct helper_user user = { .uid = acc->uid, .gid = gid };
	struct question q = { acc->home, acc->uid, m->tls_peer };
	struct helper h;
	char nothing[1];
	int status;

	if (q.peer == NULL || q.peer->certificate_size == 0 || acc->uid == 0 || acc->home[0] != '/')
		return false;
	status = helper_start(&h, m, &user, -1, look, &q);
	if (status == 0)
		status = helper_wait(&h, nothing, sizeof nothing);
	if (status == UNFIT)
		log_write(LOG_NOTICE,
		    "AllowDotLogin: %s/.tlslogin is not believed: it must be the user's own, a "
		    "regular file that nobody else may write, and have 64 KiB at most", acc->home);
	return status == HOLDS_IT;
}
