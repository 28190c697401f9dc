/* The two memories of a configuration: what every process may read, and what the monitor alone may. */
#include "config/arena.h"

#include "config/log.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#ifdef WITH_SANITIZER
#include <sanitizer/lsan_interface.h>
#endif

/* Below 2 MiB: a page of that size would be zeroed whole where a few small ones do. */
enum { ALIGN = 16, PLAIN_CHUNK = 256 * 1024, SECRET_CHUNK = 1536 * 1024 };

static void add_chunk(struct arena *a, size_t need)
{
	size_t size = a->secret ? SECRET_CHUNK : PLAIN_CHUNK;
	char *mem;

	if (need > size)
		size = (need + 4095) & ~(size_t)4095;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (mem == MAP_FAILED)
		fatal("configuration: no memory for %zu bytes: %s", size, strerror(errno));
	if (a->secret && madvise(mem, size, MADV_DONTFORK) != 0)
		fatal("configuration: madvise: %s", strerror(errno));
#ifdef WITH_SANITIZER
	if (!a->secret)
		__lsan_register_root_region(mem, size);      /* what libc allocated is held from here */
#endif
	a->at = mem;
	a->end = mem + size;
}

void *arena_alloc(struct arena *a, size_t n)
{
	char *p;

	if (n > (size_t)1 << 40)
		fatal("configuration: no memory for %zu bytes", n);
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (a->at == NULL || n > (size_t)(a->end - a->at))
		add_chunk(a, n);
	p = a->at;
	a->at += n;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}
