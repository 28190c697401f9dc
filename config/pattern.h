#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a shell pattern matches all of `s`: `*` (slashes too, directives.md, 3.5), `?`, `[…]`
 * with ranges and `!` or `^`, `\` quotes. Bytes, no locale; `icase`: ASCII letters in any case.
 * Runs in at most strlen(pattern) times strlen(s) steps. Pure.
 */
bool pattern_match(const char *pattern, const char *s, bool icase);
/*
 * The places in `pattern` from one of which on it must match what follows `prefix`, for all of
 * that to match. Returns how many they are; more than `max`: they are not all there. Pure.
 */
size_t pattern_rests(const char *pattern, const char *prefix, const char **rests, size_t max);
/*
 * The letters that any name must have which `pattern` matches, and those that a name has: most
 * names that it does not match are told by them alone. A bit may stand for several letters. Pure.
 */
uint64_t pattern_needs(const char *pattern);
uint64_t pattern_letters(const char *name, size_t len);
/* Whether the pattern matches nothing without a slash. Pure. */
bool pattern_crosses(const char *pattern);

#endif
