/* OpenSSL, loaded when a client asks for TLS, and not before. */
#include "tls/openssl.h"

#ifdef WITH_TLS

#include "config/strbuf.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define AS_SYMBOL(name) { #name, offsetof(struct openssl, name) },
static const struct { const char *name; size_t at; } symbols[] = { OPENSSL_FUNCTIONS(AS_SYMBOL) };
#undef AS_SYMBOL

static const char name[] = "libssl.so.3";
static const char missing[] = "libssl.so.3 cannot be loaded; is the package libssl3 installed?";

const char *openssl_library(void)
{
	return dlopen(name, RTLD_NOW | RTLD_LOCAL) != NULL ? NULL : missing;
}

const char *openssl_load(struct openssl *o)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		return missing;
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *f = dlsym(library, symbols[i].name); /* libcrypto's too: it came along */

		if (f == NULL)
			return symbols[i].name;
		memcpy((char *)o + symbols[i].at, &f, sizeof f);
	}
	/* its own configuration file would change what ours says, and is another file to trust */
	if (o->OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return "libssl.so.3 does not start";
	return NULL;
}

void openssl_why(const struct openssl *o, struct strbuf *out)
{
	unsigned long code, last = 0;
	const char *text;

	/* the first is the cause, what follows are the functions around it */
	while ((code = o->ERR_get_error()) != 0)
		if (last == 0)
			last = code;
	text = last != 0 ? o->ERR_reason_error_string(last) : NULL;
	strbuf_add(out, text != NULL ? text : "unknown error");
}

#endif
