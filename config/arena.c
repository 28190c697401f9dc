/* The two memories of a configuration: for every process, and for the monitor alone. */
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

/* Stands at the beginning of each mapping. */
struct chunk {
	struct chunk *next;
	size_t size;
};

_Static_assert(sizeof(struct chunk) % ALIGN == 0, "what follows a chunk's head is aligned");

static void add_chunk(struct arena *a, size_t need)
{
	size_t size = a->secret ? SECRET_CHUNK : PLAIN_CHUNK;
	struct chunk *chunk;
	char *mem;

	if (need > size - sizeof *chunk)
		size = (need + sizeof *chunk + 4095) & ~(size_t)4095;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (mem == MAP_FAILED)
		fatal("configuration: no memory for %zu bytes: %s", size, strerror(errno));
	if (a->secret && madvise(mem, size, MADV_DONTFORK) != 0)
		fatal("configuration: madvise: %s", strerror(errno));
#ifdef WITH_SANITIZER
	if (!a->secret)
		__lsan_register_root_region(mem, size);      /* it holds what libc allocated */
#endif
	chunk = (struct chunk *)(void *)mem;
	*chunk = (struct chunk){ a->chunks, size };
	a->chunks = chunk;
	a->at = mem + sizeof *chunk;
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

void arena_free(struct arena *a)
{
	while (a->chunks != NULL) {
		struct chunk *chunk = a->chunks;

		a->chunks = chunk->next;
#ifdef WITH_SANITIZER
		if (!a->secret)
			__lsan_unregister_root_region(chunk, chunk->size);
#endif
		(void)munmap(chunk, chunk->size);
	}
	a->at = a->end = NULL;
}
