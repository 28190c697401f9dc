#ifndef SESSION_ASCII_H
#define SESSION_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/*
 * TYPE A (RFC 959, 3.1.1.1), also across block borders; `cr` carries the state and begins
 * false. Pure. Each returns the number of bytes in `out`.
 */

/* A file's bytes to the network's: LF becomes CR LF, CR LF stays. `out` holds 2 * n bytes. */
size_t ascii_out(char *out, const char *in, size_t n, bool *cr);
/* The network's to a file's: CR LF becomes LF, a lone CR stays. `out` holds n + 1 bytes. */
size_t ascii_in(char *out, const char *in, size_t n, bool *cr);
/* What the end of the data still owes the file (a CR held back): 0 or 1 byte. */
size_t ascii_in_end(char *out, bool *cr);

#endif
