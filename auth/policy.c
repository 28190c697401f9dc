/* ftpusers and shells: a word a line. */
#include "auth/policy.h"

#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LIST_SIZE = 1048576 };

bool policy_listed(const char *text, size_t n, const char *word)
{
	const char *end = text + n;
	size_t len = strlen(word);

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *stop = lf != NULL ? lf : end, *next = stop + 1;

		while (text < stop && (*text == ' ' || *text == '\t'))
			text++;
		while (stop > text && strchr(" \t\r", stop[-1]) != NULL)
			stop--;
		if (len > 0 && *text != '#' && (size_t)(stop - text) == len &&
		    memcmp(text, word, len) == 0)
			return true;
		text = next;
	}
	return false;
}

/* Whether the list at `path` holds the word; -errno when it can't be read. */
static int list_holds(const char *path, const char *word)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result;
	char *text;
	long n;

	if (fd < 0)
		return -errno;
	text = mmap(NULL, LIST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (text == MAP_FAILED) {
		result = -ENOMEM;
	} else {
		n = read_file(fd, text, LIST_SIZE);
		result = n < 0 ? (int)n : policy_listed(text, (size_t)n, word);
		(void)munmap(text, LIST_SIZE);
	}
	(void)close(fd);
	return result;
}

bool policy_ftpuser(const struct context *base, const char *account)
{
	static const char path[] = "/etc/ftpusers";
	int listed;

	if (!SETTING(base, D_USE_FTP_USERS, use_ftp_users))
		return false;
	listed = list_holds(path, account);
	if (listed == -ENOENT)
		return false;
	if (listed < 0)
		log_write(LOG_ERR, "%s: %s; nobody can log in (UseFtpUsers)", path,
		    strerror(-listed));
	return listed != 0;
}

bool policy_shell_valid(const struct context *base, const char *shell)
{
	static const char path[] = "/etc/shells";
	int listed;

	if (!SETTING(base, D_REQUIRE_VALID_SHELL, require_valid_shell))
		return true;
	listed = list_holds(path, shell[0] != '\0' ? shell : "/bin/sh");
	if (listed == -ENOENT) {
		log_debug(1, "there is no %s: every shell is valid", path);
		return true;
	}
	if (listed < 0)
		log_write(LOG_ERR, "%s: %s; no shell is valid", path, strerror(-listed));
	return listed > 0;
}
