/* Giving memory back to the kernel when a burst of work is over. */
#include "config/memory.h"

#include "config/log.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
	PAGE = 4096,                 /* where pages are larger, madvise refuses, and nothing is
	                                lost */
	MANY_PAGES = 16,
	STACK_DEPTH = 256 * 1024,    /* less than the gap that the kernel keeps below a stack */
};

void *memory_map(size_t n)
{
	void *mem = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		fatal("no memory for %zu bytes: %s", n, strerror(errno));
	return mem;
}

void memory_unmap(void *mem, size_t n)
{
	(void)munmap(mem, n); /* fails for no mapping of ours */
}

void memory_expect(void *mem, size_t n)
{
	uintptr_t from = (uintptr_t)mem & ~(uintptr_t)(PAGE - 1);

	/* a fault for each page takes longer than filling it does */
	if (n >= MANY_PAGES * PAGE)
		(void)madvise((void *)from, (uintptr_t)mem + n - from, MADV_POPULATE_WRITE);
}

void memory_forget(void *mem, size_t n)
{
	uintptr_t from = ((uintptr_t)mem + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t to = ((uintptr_t)mem + n) & ~(uintptr_t)(PAGE - 1);

	if (to > from)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

void memory_rest(void)
{
	/* a page of distance: this frame and madvise's own lie below its address */
	uintptr_t below = (uintptr_t)__builtin_frame_address(0) - PAGE;

	memory_forget((void *)(below - STACK_DEPTH), STACK_DEPTH);
}
