#ifndef CONFIG_ASIDE_H
#define CONFIG_ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Make a file of `n` bytes with `mode` at `path`, whole or not there: written aside in the same
 * directory and renamed over what was there; `lasting`: it is on the disk before that. Returns 0 or
 * -errno.
 */
int write_aside(const char *path, mode_t mode, bool lasting, const void *bytes, size_t n);

#endif
