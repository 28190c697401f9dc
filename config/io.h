#ifndef CONFIG_IO_H
#define CONFIG_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: no jump of the system's clock moves a deadline. */
int64_t clock_ms(void);
/* Write all `n` bytes to a blocking descriptor. Returns 0 or -errno. */
int write_all(int fd, const void *bytes, size_t n);
/*
 * Read the rest of a regular file into `mem`, at most `cap` bytes.
 * Returns the count, -EFBIG when there is more, or -errno.
 */
long read_file(int fd, void *mem, size_t cap);
/* Make a descriptor non-blocking or blocking. Returns 0 or -errno. */
int set_nonblocking(int fd, bool on);

#endif
