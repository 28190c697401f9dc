/* crypt(3), with the same work for a hash that is none. */
#include "auth/password.h"

#include "config/log.h"
#include "config/memory.h"

#include <crypt.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the cost that Debian's passwd(1) gives to a new password. */
static const char dummy[] = "$y$j9T$T7Q3LzYg1b0nV5cJr8sW2.";

typedef char *crypt_function(const char *phrase, const char *setting, void *data, int size);

/*
 * libxcrypt, loaded when there is a hash to check: a session that never comes to that, or one
 * that PAM decides, does not pay for it.
 */
static crypt_function *load_crypt(void)
{
	void *library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL), *symbol;
	crypt_function *f = NULL;

	if (library == NULL)
		/* without the old symbols */
		library = dlopen("libcrypt.so.2", RTLD_NOW | RTLD_LOCAL);
	symbol = library != NULL ? dlsym(library, "crypt_rn") : NULL;
	if (symbol == NULL)
		log_write(LOG_ERR, "no password can be checked: %s: install libcrypt1", dlerror());
	else
		memcpy(&f, &symbol, sizeof f);
	return f;
}

static bool same(const char *a, const char *b)
{
	size_t n = strlen(a);
	unsigned char differ = 0;

	if (n != strlen(b))
		return false;
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

static bool check(const char *hash, const char *secret)
{
	/* crypt_rn(3), which says NULL where crypt(3) has words that might be compared */
	crypt_function *run = load_crypt();
	struct crypt_data *data = memory_map(sizeof *data);
	const char *made = NULL;

	if (run == NULL)
		return false;
	if (hash[0] != '\0')
		made = run(secret, hash, data, (int)sizeof *data);
	if (made != NULL)
		return same(made, hash);
	(void)run(secret, dummy, data, (int)sizeof *data);
	return false;
}

bool password_matches(const char *hash, const char *secret)
{
	/*
	 * In a child: what libxcrypt leaves in memory is gone with it, and a monitor that waits for
	 * hours is not 60 KiB larger for one question. A hash that is too long is none of
	 * crypt(3)'s.
	 */
	enum { MATCH = 64 };
	char copy[CRYPT_OUTPUT_SIZE] = "";   /* it may lie in memory that a child does not have */
	int status = 0, pid, err;

	if (hash != NULL && strlen(hash) < sizeof copy)
		memcpy(copy, hash, strlen(hash) + 1);
	pid = fork();
	if (pid == 0) {
		/* a hash may take long, and must not outlive its monitor */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
			_exit(1);
		_exit(check(copy, secret) ? MATCH : 0);
	}
	explicit_bzero(copy, sizeof copy);
	if (pid < 0) {
		log_write(LOG_ERR, "no password can be checked: fork: %s", strerror(errno));
		return false;
	}
	while ((err = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		continue;
	return err == pid && WIFEXITED(status) && WEXITSTATUS(status) == MATCH;
}
