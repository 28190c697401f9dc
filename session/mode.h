#ifndef SESSION_MODE_H
#define SESSION_MODE_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Read the mode of SITE CHMOD: octal, at most 7777, or symbolic as chmod(1)'s
 * ("u=rw,go-w", "+x"; no letter before the sign: all three). `old` is the mode it begins at,
 * `dir` what X asks. Special bits can be written and are left out. Pure. False: neither form.
 */
bool mode_parse(const char *text, mode_t old, bool dir, mode_t *mode);

#endif
