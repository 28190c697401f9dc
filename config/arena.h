#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory that is given out in pieces and taken back as a whole. A `secret` arena is made of pages
 * that no fork inherits (MADV_DONTFORK): a session that follows a pointer into it dies, and
 * one that is read out holds nothing.
 */
struct chunk;
struct arena {
	struct chunk *chunks;        /* the last one first */
	char *at, *end;
	bool secret;
};

/* Zeroed memory for any type; fatal when the kernel has none. */
void *arena_alloc(struct arena *a, size_t n);
/* Copies of a text; of `n` bytes of it. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* Give all of it back; the arena is empty then. */
void arena_free(struct arena *a);

#endif
