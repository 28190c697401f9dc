/* Any bytes as a configuration: values or errors, and a dump that can be read again. */
#include "config/read.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Neither libc's expressions nor the network are what is looked at here. */
int regcomp(regex_t *re, const char *text, int flags)
{
	memset(re, 0, sizeof *re);
	return text[0] == '*' && flags != 0 ? REG_BADRPT : 0;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	(void)host, (void)service, (void)hints, (void)list;
	return EAI_NONAME;
}

static void tell(void *arg, enum config_severity severity, const char *line)
{
	*(bool *)arg |= severity == CONFIG_ERROR;
	if (strpbrk(line, "\n\r\033") != NULL)
		abort();
}

static struct config *read_bytes(const void *bytes, size_t n, const struct addr *local)
{
	static bool errors;          /* servers that are asked for later tell there, too */
	struct config_source src = { .local = local, .invoker = getuid(), .tell = tell,
	    .arg = &errors };
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct config *c;
	char path[32];

	errors = false;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fd < 0 || fchmod(fd, 0600) != 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	src.path = path;
	c = config_read(&src);
	if ((c == NULL) != errors)
		abort();
	(void)close(fd);
	return c;
}

/* HOST with every name that there is. */
static void ask_for_all(struct config *c, const struct addr *local)
{
	for (const struct server *s = &c->main; s != NULL; s = s->next) {
		for (const struct server_alias *a = s->aliases; a != NULL; a = a->next)
			(void)config_server_named(c, a->name, local);
	}
	if (config_server_named(c, "", local) != config_server(c))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr local = { .family = AF_INET, .port = 21 };
	static const struct context_names names = { "user", "/home/user", "/srv/ftp" };
	struct config *c;

	if (memmem(data, size, "nclude", 6) != NULL || memmem(data, size, "NCLUDE", 6) != NULL)
		return 0;            /* which files there are would decide */
	(void)inet_pton(AF_INET, "192.0.2.1", &local.v4);
	c = read_bytes(data, size, size % 2 ? &local : NULL);
	if (c == NULL)
		return 0;
	if (config_server(c) != NULL) {
		context_resolve(c, config_server(c), &names);
		(void)context_for_path(config_server(c), "/home/user/x");
		ask_for_all(c, &local);
	}
	if (size % 2 == 0) {
		char *text;
		size_t n;
		FILE *out = open_memstream(&text, &n);
		struct config *again;

		config_dump(c, out);
		(void)fclose(out);
		again = read_bytes(text, n, NULL);
		if (again == NULL)
			abort();
		config_free(again);
		free(text);
	}
	config_free(c);
	return 0;
}
