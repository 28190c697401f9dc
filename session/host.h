#ifndef SESSION_HOST_H
#define SESSION_HOST_H

#include "config/addr.h"
#include "config/bounds.h"

enum host_kind {
	HOST_MALFORMED,
	HOST_NAME,                   /* `name`: without the dot that may end it */
	HOST_ADDRESS,                /* `a`: an IPv4 address, or an IPv6 address in brackets */
};

/*
 * The argument of HOST (RFC 7151, 3.1): a host's name (labels of letters, digits, "-" and "_",
 * 63 bytes each, 253 together) or a literal address. Pure.
 */
enum host_kind host_parse(const char *arg, char name[HOST_SIZE], struct addr *a);

#endif
