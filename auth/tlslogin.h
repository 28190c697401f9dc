#ifndef AUTH_TLSLOGIN_H
#define AUTH_TLSLOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account;
struct monitor;

enum { TLSLOGIN_SIZE = 65536 };      /* of ~/.tlslogin */

/*
 * The next certificate of a PEM text that goes from `*at` to `end`, which moves on: its DER form in
 * `der`. Returns the size, 0 when there is no further one. What is cut off, larger than `size`, or
 * no base64 is passed over. Pure.
 */
size_t tlslogin_next(const char **at, const char *end, unsigned char *der, size_t size);
/*
 * AllowDotLogin: whether ~/.tlslogin of an account (never uid 0) holds the very certificate that
 * the client has shown. A child looks that is the user himself; a file that another one may have
 * written is not believed.
 */
bool tlslogin_allows(const struct monitor *m, const struct account *acc, uint32_t gid);

#endif
