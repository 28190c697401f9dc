/* What inetd hands down, put in order before anything else happens. */
#include "auth/inherit.h"

#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 65536, LISTENER_PAUSE = 5 };

static int socket_option(int option)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(STDIN_FILENO, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static bool is_internet(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET || ss->ss_family == AF_INET6;
}

/* A socket without a peer: one that listens, or one whose peer has left. */
static enum inherit_kind look_unconnected(const struct sockaddr_storage *local)
{
	if (!is_internet(local) || socket_option(SO_TYPE) != SOCK_STREAM)
		return INHERIT_OTHER_SOCKET;
	return socket_option(SO_ACCEPTCONN) == 1 ? INHERIT_LISTENER : INHERIT_GONE;
}

enum inherit_kind inherit_look(struct addr *local, struct addr *peer)
{
	struct sockaddr_storage ours, theirs;
	socklen_t size = sizeof ours;

	memset(&ours, 0, sizeof ours);
	memset(&theirs, 0, sizeof theirs);
	if (getsockname(STDIN_FILENO, (struct sockaddr *)&ours, &size) < 0)
		return errno == ENOTSOCK || errno == EBADF ? INHERIT_NO_SOCKET :
		    INHERIT_OTHER_SOCKET;
	size = sizeof theirs;
	if (getpeername(STDIN_FILENO, (struct sockaddr *)&theirs, &size) < 0)
		return errno == ENOTCONN ? look_unconnected(&ours) : INHERIT_OTHER_SOCKET;
	if (!is_internet(&ours) || socket_option(SO_TYPE) != SOCK_STREAM ||
	    !addr_from(local, &ours) || !addr_from(peer, &theirs))
		return INHERIT_OTHER_SOCKET;
	return INHERIT_CONNECTION;
}

/* Descriptors 3 and above are somebody else's files, open for root. */
static void close_others(void)
{
	struct rlimit limit = { DESCRIPTORS_MAX, DESCRIPTORS_MAX };

	if (close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	for (int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_cur; fd++)
		(void)close(fd);
}

/* Where the sanitizers report to: kept when it is a file, never when it may be the client. */
static bool keeps_stderr(void)
{
#ifdef WITH_SANITIZER
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
#else
	return false;
#endif
}

/*
 * 0 to 2 become /dev/null: a library that prints must not speak to the client, and no file
 * opened later may get one of these numbers.
 */
static void fill_standard(void)
{
	(void)close(STDIN_FILENO);
	if (open("/dev/null", O_RDWR) != STDIN_FILENO)
		fatal("/dev/null: %s", strerror(errno));
	if (dup2(STDIN_FILENO, STDOUT_FILENO) < 0 ||
	    (!keeps_stderr() && dup2(STDIN_FILENO, STDERR_FILENO) < 0))
		fatal("dup2: %s", strerror(errno));
}

void inherit_library_path(char **argv)
{
	static const char name[] = "LD_LIBRARY_PATH", system[] = "/usr/lib/";
	const char *value = getenv(name);

	/*
	 * a directory of the system's own is not worth it: valgrind names one, and would do so
	 * again
	 */
	if (value == NULL || (strncmp(value, system, sizeof system - 1) == 0 &&
	    strchr(value, ':') == NULL && strstr(value, "..") == NULL))
		return;
	if (unsetenv(name) == 0)
		(void)execv("/proc/self/exe", argv);
	fatal("LD_LIBRARY_PATH is set, and there is no beginning without it: %s", strerror(errno));
}

/*
 * TZ is named, so that libc reads the zone once and never looks for it again in a jail. The list
 * is ours, and writable for unsetenv(3): setenv(3) would begin the heap on the way to the 220.
 */
void inherit_environment(void)
{
	static const char values[][36] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    "TZ=:/etc/localtime", "LANG=C" };
	enum { VALUES = sizeof values / sizeof *values };
	static char kept[VALUES][sizeof *values], *fixed[VALUES + 1];

	/* what the superserver was told is no session's business, and a fork would copy it */
	for (char **e = environ; e != NULL && *e != NULL; e++)
		explicit_bzero(*e, strlen(*e));
	memcpy(kept, values, sizeof kept);
	for (size_t i = 0; i < VALUES; i++)
		fixed[i] = kept[i];
	fixed[VALUES] = NULL;
	environ = fixed;
}

/*
 * What matters of the dispositions: an ignored SIGCHLD loses exit statuses, the others end
 * processes and libraries' waits. SIGXFSZ: an inherited RLIMIT_FSIZE is EFBIG, not a death.
 * SIGALRM: a timer of the superserver's outlives execve.
 */
static void order_signals(void)
{
	static const struct { int number; void (*disposition)(int); } signals[] = {
		{ SIGCHLD, SIG_DFL }, { SIGTERM, SIG_DFL },
		{ SIGINT, SIG_DFL }, { SIGQUIT, SIG_DFL },
		{ SIGPIPE, SIG_IGN }, { SIGHUP, SIG_IGN }, { SIGXFSZ, SIG_IGN },
		{ SIGALRM, SIG_IGN },
	};
	sigset_t none;

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (signal(signals[i].number, signals[i].disposition) == SIG_ERR)
			fatal("signal: %s", strerror(errno));
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		fatal("sigprocmask: %s", strerror(errno));
}

/* Not fatal: the connection may have been reset since, and other sockets have no such options. */
void inherit_socket(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int inherit_order(void)
{
	static const struct rlimit none = { 0, 0 };
	int client;

	close_others();
	client = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (client < 0 || fcntl(client, F_SETFL, O_RDWR) < 0)
		fatal("descriptor 0: %s", strerror(errno));
	log_set_client(client);
	fill_standard();
	order_signals();
	(void)umask(022); /* for what PAM and wrappers run: a session has its own way (Umask) */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fatal("core dumps: %s", strerror(errno));
	inherit_socket(client);
	return client;
}

bool inherit_explain(enum inherit_kind kind)
{
	if (kind == INHERIT_GONE) {
		log_write(LOG_INFO, "no login: the peer left before it was served");
		return true;
	}
	if (kind == INHERIT_LISTENER) {
		log_write(LOG_ERR, "descriptor 0 is a listening socket: the entry in inetd.conf "
		    "must say nowait (xinetd: wait = no, systemd: Accept=yes)");
		(void)sleep(LISTENER_PAUSE);
	} else {
		log_write(LOG_ERR, "descriptor 0 is a socket, but no TCP connection");
	}
	return false;
}
