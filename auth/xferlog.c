/* The transfer log's line, and how a log file is opened. */
#include "auth/xferlog.h"

#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One field: blanks and control characters would begin another one, or another line. */
static void add_field(struct strbuf *out, const char *s)
{
	size_t n;

	if (*s == '\0')
		strbuf_addc(out, '_');
	for (; *s != '\0'; s += n) {
		for (n = 0; (unsigned char)s[n] > ' ' && s[n] != 0x7f; n++)
			;
		strbuf_addescaped(out, s, n);
		if (s[n] != '\0') {
			strbuf_addc(out, '_');
			n++;
		}
	}
}

void xferlog_line(struct strbuf *out, const struct xferlog_who *who,
    const struct transfer_record *t, const struct tm *now)
{
	char stamp[32];
	STRBUF(path, 2 * PATHNAME_SIZE);

	if (strftime(stamp, sizeof stamp, "%a %b %e %H:%M:%S %Y", now) == 0)
		stamp[0] = '\0';
	strbuf_add(&path, who->jail);
	strbuf_add(&path, t->path);
	strbuf_addf(out, "%s %ju ", stamp, (uintmax_t)(t->milliseconds + 500) / 1000);
	add_field(out, who->peer);
	strbuf_addf(out, " %ju ", (uintmax_t)t->bytes);
	add_field(out, path.buf);
	strbuf_addf(out, " %c _ %c %c ", t->ascii ? 'a' : 'b', t->direction,
	    who->anonymous ? 'a' : 'r');
	add_field(out, who->user);
	strbuf_addf(out, " %s %c ", who->secured ? "ftps" : "ftp", who->ident != NULL ? '1' : '0');
	add_field(out, who->ident != NULL ? who->ident : "*");
	strbuf_addf(out, " %c\n", t->complete ? 'c' : 'i');
}

/* The directory that holds `path`; nobody but its owner may decide what the log's name means. */
static int open_parent(const char *path, const char *last)
{
	STRBUF(parent, PATHNAME_SIZE);
	struct stat st;
	int fd;

	strbuf_addn(&parent, path, (size_t)(last - path));
	if (parent.full)
		return -ENAMETOOLONG;
	fd = open(parent.buf, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || (st.st_mode & S_IWOTH) != 0) {
		(void)close(fd);
		return -EPERM;
	}
	return fd;
}

static int open_file(const char *path, bool links)
{
	const char *last = strrchr(path, '/');
	struct stat st;
	int dir, fd;

	if (path[0] != '/')
		return -EINVAL;
	dir = open_parent(path, last + 1);
	if (dir < 0)
		return dir;
	/* O_NONBLOCK: a FIFO without a reader is an error, not a wait */
	fd = openat(dir, last + 1, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC, 0640);
	if (fd < 0)
		fd = -errno;
	(void)close(dir);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		return -EINVAL;
	}
	/* who owns the directory may have linked a file there that is not his */
	if (fd >= 0 && st.st_nlink > 1 && !links) {
		(void)close(fd);
		return -EMLINK;
	}
	return fd;
}

int log_file_open(const char *directive, const char *path, bool links)
{
	char real[PATHNAME_SIZE];
	int fd = open_file(links && *path == '/' && realpath(path, real) != NULL ? real : path,
	    links);
	const char *why;

	if (fd >= 0)
		return fd;
	why = fd == -EPERM ? "its directory may be written by everybody" :
	    fd == -ELOOP ? "it is a symbolic link" :
	    fd == -EMLINK ? "it has another name, a hard link" :
	    fd == -EINVAL ? "not an absolute name of a regular file" : strerror(-fd);
	log_write(LOG_NOTICE, "%s %s: no log is written: %s", directive, path, why);
	return fd;
}

void log_file_line(const char *directive, const char *path, bool links, const char *who,
    const char *text)
{
	time_t now = time(NULL);
	char stamp[32] = "";
	struct tm tm;
	STRBUF(line, 10 * TEXT_SIZE);
	int fd;

	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
	strbuf_addf(&line, "%s in.ftpd[%ld]: %s: ", stamp, (long)getpid(), who);
	strbuf_addescaped(&line, text, strlen(text));
	strbuf_addc(&line, '\n');
	if (!line.full && (fd = log_file_open(directive, path, links)) >= 0) {
		(void)write_all(fd, line.buf, line.len);
		(void)close(fd);
	}
}
