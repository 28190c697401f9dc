#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers and words as people write them. All are pure; each returns false
 * and leaves `out` alone unless the whole of `s` is one value in range.
 */

/* Digits of base 8 or 10 only: no sign, blank or prefix; min <= value <= max. */
bool parse_uint(const char *s, int base, uintmax_t min, uintmax_t max, uintmax_t *out);
/* on/off, true/false, yes/no, 1/0 in any case. */
bool parse_bool(const char *s, bool *out);
/* Seconds: a plain number, hh:mm:ss, or a number with s, sec, m, min, h or hr. */
bool parse_seconds(const char *s, uintmax_t max, uintmax_t *out);
/* Bytes: a number and B, K, Kb, M, Mb, G or Gb (factors of 1024, any case); bare: bytes. */
bool parse_bytes(const char *s, uintmax_t max, uintmax_t *out);
/*
 * The distance of two names for a suggestion: insertions, deletions, changes and swaps, any case.
 */
unsigned word_distance(const char *a, const char *b);

#endif
