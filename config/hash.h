#ifndef CONFIG_HASH_H
#define CONFIG_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN 0xcbf29ce484222325U

/*
 * FNV-1a of 64 bits, begun with HASH_BEGIN or what came before: for names of which only equality
 * counts. Whoever chooses the names can make two of them equal.
 */
static inline uint64_t hash_add(uint64_t h, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3U;
	return h;
}

#endif
