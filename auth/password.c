/* crypt(3), with the same work for a hash that is none. */
#include "auth/password.h"

#include "config/log.h"

#include <crypt.h>
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* Of the cost that Debian's passwd(1) gives to a new password. */
static const char dummy[] = "$y$j9T$T7Q3LzYg1b0nV5cJr8sW2.";

typedef char *crypt_function(const char *phrase, const char *setting, void *data, int size);

/*
 * libxcrypt, loaded by the monitor when it has a hash to check: a session that never comes to
 * that, or one that PAM decides, does not pay for it. Loaded once, and kept by the loader.
 */
static crypt_function *load_crypt(void)
{
	void *library = dlopen("libcrypt.so.1", RTLD_NOW | RTLD_LOCAL), *symbol;
	crypt_function *f = NULL;

	if (library == NULL)
		library = dlopen("libcrypt.so.2", RTLD_NOW | RTLD_LOCAL);   /* without the old symbols */
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

bool password_matches(const char *hash, const char *secret)
{
	/*
	 * Memory of its own, so that neither heap nor stack keep traces or grow by 32 KiB; and
	 * crypt_rn(3), which says NULL where crypt(3) has words that might be compared.
	 */
	struct crypt_data *data = mmap(NULL, sizeof *data, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	crypt_function *run = load_crypt();
	const char *made = NULL;
	bool match = false;

	if (data == MAP_FAILED)
		return false;
	if (run == NULL) {
		(void)munmap(data, sizeof *data);
		return false;
	}
	if (hash != NULL && hash[0] != '\0')
		made = run(secret, hash, data, (int)sizeof *data);
	if (made != NULL)
		match = same(made, hash);
	else
		(void)run(secret, dummy, data, (int)sizeof *data);
	explicit_bzero(data, sizeof *data);
	(void)munmap(data, sizeof *data);
	return match;
}
