#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>

/*
 * Whether a shell pattern matches all of `s`: `*` (slashes too, directives.md, 3.5), `?`, `[…]`
 * with ranges and `!` or `^`, `\` quotes. Bytes, no locale; `icase`: ASCII letters in any case.
 * Runs in at most strlen(pattern) times strlen(s) steps. Pure.
 */
bool pattern_match(const char *pattern, const char *s, bool icase);

#endif
