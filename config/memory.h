#ifndef CONFIG_MEMORY_H
#define CONFIG_MEMORY_H

#include <stddef.h>

/*
 * An idle session should cost little, and a login touches much that is never used again:
 * pages given back here read as zero when they are touched the next time.
 */

/*
 * Zeroed pages of their own, for what is large and does not live long. Fatal when there are none.
 */
void *memory_map(size_t n);
void memory_unmap(void *mem, size_t n);
/* `n` bytes at `mem` are about to be written: have all their pages at once, if they are many. */
void memory_expect(void *mem, size_t n);
/* Give back the whole pages of `n` bytes at `mem`, anonymous memory whose content is done with. */
void memory_forget(void *mem, size_t n);
/* Give back what deep calls have touched of the stack below the caller. */
void memory_rest(void);

#endif
