#ifndef CONFIG_STRBUF_H
#define CONFIG_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text that is appended to, in memory that somebody else owns.
 * Invariant: cap > 0 and buf[len] is NUL. Overflow is sticky: append freely,
 * check `full` once. A full buffer holds what fitted before the text that did not.
 */
struct strbuf {
	char *buf;
	size_t cap, len;
	bool full;
};

/* A strbuf named `name` over `size` bytes of the enclosing block. */
#define STRBUF(name, size) \
	char name##_bytes[size]; \
	struct strbuf name; \
	strbuf_init(&name, name##_bytes, sizeof name##_bytes)

/* Make `b` an empty text over `cap` (> 0) bytes at `mem`. */
void strbuf_init(struct strbuf *b, char *mem, size_t cap);
/* Empty `b` and forget that it was full. */
void strbuf_reset(struct strbuf *b);
/* Shorten `b` to `len` bytes, which must not be more than it holds; `full` is forgotten. */
void strbuf_cut(struct strbuf *b, size_t len);
/* Append one byte; `s` up to its NUL; `n` bytes at `s` (NULs are kept). */
void strbuf_addc(struct strbuf *b, char c);
void strbuf_add(struct strbuf *b, const char *s);
void strbuf_addn(struct strbuf *b, const char *s, size_t n);
/* Append a number in decimal; padded with `fill` on the left to at least `width` characters. */
void strbuf_addu(struct strbuf *b, uintmax_t value);
void strbuf_addpad(struct strbuf *b, uintmax_t value, unsigned width, char fill);
/* Append as printf(3) would. Slow: not for the lines of a listing. */
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * Append `n` bytes at `s` with every control character, backslash, DEL and byte
 * that is not valid UTF-8 (C1 controls too) written as \xHH: safe in a log line.
 */
void strbuf_addescaped(struct strbuf *b, const char *s, size_t n);

#endif
