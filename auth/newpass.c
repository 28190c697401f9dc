/* ftpasswd: passwords, from the terminal or standard input to a hash. */
#include "auth/newpass.h"

#include "config/io.h"
#include "config/memory.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

struct method {
	const char *name, *prefix;
	unsigned long cost;     /* so that guessing costs about as much everywhere; 0: libcrypt's
	                           own */
	size_t longest;         /* bytes of a password that count; what is longer would be cut */
};

enum { LONGEST = CRYPT_MAX_PASSPHRASE_SIZE - 1, BCRYPT_LONGEST = 72 };

static const struct method methods[] = {
	{ "yescrypt",      "$y$",  0,      LONGEST },
	{ "gost-yescrypt", "$gy$", 0,      LONGEST },
	{ "scrypt",        "$7$",  0,      LONGEST },
	{ "bcrypt",        "$2b$", 10,     BCRYPT_LONGEST },
	{ "sha512",        "$6$",  100000, LONGEST },
	{ "sha256",        "$5$",  100000, LONGEST },
};
static const struct method preferred = { "preferred", NULL, 0, LONGEST };

const struct method *method_find(const char *name)
{
	if (name == NULL)
		return &preferred;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	}
	return NULL;
}

void method_names(struct strbuf *out)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		strbuf_addf(out, "%s%s", i > 0 ? " " : "", methods[i].name);
}

static bool wrong(struct strbuf *why, const char *reason)
{
	strbuf_add(why, reason);
	return false;
}

/*
 * A line without its LF, by single bytes: what follows is somebody else's. `signals`, where not -1,
 * ends the wait. Returns its length, -ENODATA for no line, -EMSGSIZE, -EINTR or -errno.
 */
static long take_line(int fd, int signals, char *mem, size_t size)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		    { .fd = signals, .events = POLLIN } };
		ssize_t k;
		char c;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[1].revents != 0)
			return -EINTR;
		if (p[0].revents == 0)
			continue;
		k = read(fd, &c, 1);
		if (k < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (k == 0 && n == 0)
			return -ENODATA;
		if (k == 0 || (k > 0 && c == '\n')) {
			mem[n] = '\0';
			return (long)n;
		}
		if (k > 0 && n + 1 >= size)
			return -EMSGSIZE;
		if (k > 0)
			mem[n++] = c;
	}
}

static bool taken(long n, struct strbuf *why)
{
	if (n >= 0)
		return true;
	strbuf_addf(why, "%s: nothing was done", n == -ENODATA ? "no password was given" :
	    n == -EMSGSIZE ? "the password is too long" : strerror((int)-n));
	return false;
}

/*
 * One line from the terminal, not echoed. Signals wait until the echo is back: one that ends us
 * does so then, and after a stop (^Z) the question is asked again.
 */
static long ask(int tty, const char *prompt, char *mem, size_t size)
{
	struct termios was, silent;
	sigset_t set, before;
	int signals;
	long n;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < 5; i++)
		(void)sigaddset(&set, (int[]){ SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP }[i]);
	do {
		if (tcgetattr(tty, &was) < 0)
			return -errno;
		silent = was;
		silent.c_lflag = (silent.c_lflag | ICANON | ISIG) & ~(tcflag_t)(ECHO | ECHONL);
		(void)sigprocmask(SIG_BLOCK, &set, &before);
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
		if (signals < 0 || tcsetattr(tty, TCSAFLUSH, &silent) < 0)
			n = -errno;
		else if ((n = write_all(tty, prompt, strlen(prompt))) == 0)
			n = take_line(tty, signals, mem, size);
		/* flushed: the end of a password that is too long is no command for a shell */
		(void)tcsetattr(tty, TCSAFLUSH, &was);
		(void)write_all(tty, "\n", 1);
		if (signals >= 0)
			(void)close(signals);
		if (n == -EINTR)
			explicit_bzero(mem, size);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	} while (n == -EINTR);
	return n;
}

static bool from_terminal(const char *whose, char *secret, size_t size, long *n, struct strbuf *why)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	STRBUF(prompt, 512);
	char again[CRYPT_MAX_PASSPHRASE_SIZE];
	bool same = false;
	long m = 0;

	if (tty < 0)
		return wrong(why,
		    "there is no terminal to ask for the password: give it to --stdin");
	strbuf_add(&prompt, "New password");
	if (whose != NULL) {
		strbuf_add(&prompt, " of ");
		strbuf_addescaped(&prompt, whose, strlen(whose));
	}
	strbuf_add(&prompt, ": ");
	*n = ask(tty, prompt.buf, secret, size);
	if (*n >= 0)
		m = ask(tty, "The same again: ", again, sizeof again);
	if (taken(*n, why) && taken(m, why)) {
		same = *n == m && memcmp(secret, again, (size_t)m) == 0;
		if (!same)
			strbuf_add(why, "the two passwords differ: nothing was done");
	}
	explicit_bzero(again, sizeof again);
	(void)close(tty);
	return same;
}

static bool from_input(char *secret, size_t size, long *n, struct strbuf *why)
{
	if (isatty(STDIN_FILENO))
		return wrong(why,
		    "--stdin is for pipes and files: without it the terminal asks, unseen");
	*n = take_line(STDIN_FILENO, -1, secret, size);
	return taken(*n, why);
}

static bool fits(const struct method *m, const char *secret, size_t n, struct strbuf *why)
{
	if (n == 0)
		return wrong(why, "the password is empty: nothing was done");
	if (n > m->longest) {
		strbuf_addf(why,
		    "%s takes no more than %zu bytes: choose another password or --method", m->name,
		    m->longest);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		/*
		 * an arrow key, or the CR of a text file: nobody means that, and few clients send
		 * it
		 */
		if ((unsigned char)secret[i] < ' ' || secret[i] == 0x7f)
			return wrong(why,
			    "there is a control character in the password: nothing was done");
	}
	return true;
}

static bool make(const struct method *m, const char *secret, struct strbuf *hash,
    struct strbuf *why)
{
	struct crypt_data *data = memory_map(sizeof *data);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *made = NULL;

	/* no bytes of ours: libcrypt takes the salt from the kernel */
	if (crypt_gensalt_rn(m->prefix, m->cost, NULL, 0, setting, sizeof setting) != NULL)
		made = crypt_rn(secret, setting, data, (int)sizeof *data);
	if (made != NULL && made[0] != '*')
		strbuf_add(hash, made);
	else
		strbuf_addf(why,
		    "libcrypt makes no hash of the method %s: %s: choose another --method", m->name,
		    strerror(errno));
	explicit_bzero(data, sizeof *data);
	memory_unmap(data, sizeof *data);
	return hash->len > 0;
}

bool newpass_hash(const struct method *method, bool from_stdin, const char *whose,
    struct strbuf *hash, struct strbuf *why)
{
	char secret[CRYPT_MAX_PASSPHRASE_SIZE];
	long n = 0;
	bool made = (from_stdin ? from_input(secret, sizeof secret, &n, why) :
	    from_terminal(whose, secret, sizeof secret, &n, why)) &&
	    fits(method, secret, (size_t)n, why) && make(method, secret, hash, why);

	explicit_bzero(secret, sizeof secret);
	return made;
}
