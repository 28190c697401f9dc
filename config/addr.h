#ifndef CONFIG_ADDR_H
#define CONFIG_ADDR_H

#include <stdbool.h>
#include <netinet/in.h>

struct strbuf;

/*
 * An address with a port, never v4-mapped: a mapped peer is an IPv4 peer
 * everywhere (rules, replies, logs). family 0: no address.
 */
struct addr {
	int family;                  /* AF_INET, AF_INET6 or 0 */
	in_port_t port;              /* host order */
	struct in_addr v4;
	struct in6_addr v6;
	uint32_t scope;              /* IPv6 scope id */
};

/* Take an address from the kernel. False when it is neither IPv4 nor IPv6. */
bool addr_from(struct addr *a, const struct sockaddr_storage *ss);
/*
 * Give `a` to the kernel; `mapped` makes an IPv4 address usable on an IPv6 socket. Returns the
 * length.
 */
socklen_t addr_to(const struct addr *a, bool mapped, struct sockaddr_storage *ss);
/* Read a literal address (IPv6 without brackets); port becomes 0. */
bool addr_parse(struct addr *a, const char *text);
/* Append the address without its port: dotted quad, or RFC 5952 text. */
void addr_text(const struct addr *a, struct strbuf *out);
/* The same host, whatever the ports. */
bool addr_same_host(const struct addr *a, const struct addr *b);
/* 0.0.0.0 or ::. */
bool addr_is_any(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
/* An address that is nobody's peer: any, multicast, broadcast. */
bool addr_is_nobody(const struct addr *a);
/* RFC 1918, RFC 4193, link-local: not reached from outside. */
bool addr_is_private(const struct addr *a);

#endif
