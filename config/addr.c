/* Internet addresses: taken from the kernel, compared, written. */
#include "config/addr.h"

#include "config/strbuf.h"

#include <arpa/inet.h>
#include <string.h>

/* An IPv4-mapped address says nothing that the IPv4 address does not. */
static void unmap(struct addr *a)
{
	if (a->family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6))
		return;
	memcpy(&a->v4, a->v6.s6_addr + 12, sizeof a->v4);
	memset(&a->v6, 0, sizeof a->v6);
	a->family = AF_INET;
	a->scope = 0;
}

bool addr_from(struct addr *a, const struct sockaddr_storage *ss)
{
	memset(a, 0, sizeof *a);
	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

		a->family = AF_INET;
		a->port = ntohs(in->sin_port);
		a->v4 = in->sin_addr;
	} else if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		a->family = AF_INET6;
		a->port = ntohs(in6->sin6_port);
		a->v6 = in6->sin6_addr;
		a->scope = in6->sin6_scope_id;
		unmap(a);
	}
	return a->family != 0;
}

socklen_t addr_to(const struct addr *a, bool mapped, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof *ss);
	if (a->family == AF_INET && !mapped) {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		in->sin_addr = a->v4;
		return sizeof *in;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(a->port);
	in6->sin6_scope_id = a->scope;
	in6->sin6_addr = a->v6;
	if (a->family == AF_INET) {
		memset(in6->sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(in6->sin6_addr.s6_addr + 12, &a->v4, sizeof a->v4);
	}
	return sizeof *in6;
}

bool addr_parse(struct addr *a, const char *text)
{
	memset(a, 0, sizeof *a);
	if (inet_pton(AF_INET, text, &a->v4) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a->v6) == 1)
		a->family = AF_INET6;
	unmap(a);
	return a->family != 0;
}

void addr_text(const struct addr *a, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];
	const unsigned char *quad = (const unsigned char *)&a->v4;

	if (a->family == AF_INET) {
		/* by hand: inet_ntop(3) goes through printf, and this is on the way to the 220 */
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				strbuf_addc(out, '.');
			strbuf_addu(out, quad[i]);
		}
	} else if (a->family == 0 || inet_ntop(AF_INET6, &a->v6, text, sizeof text) == NULL) {
		strbuf_add(out, "unknown");
	} else {
		strbuf_add(out, text);
	}
}

bool addr_same_host(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4.s_addr == b->v4.s_addr;
	return a->family == AF_INET6 && memcmp(&a->v6, &b->v6, sizeof a->v6) == 0;
}

bool addr_is_any(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->v4.s_addr == htonl(INADDR_ANY);
	return a->family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6);
}

bool addr_is_loopback(const struct addr *a)
{
	if (a->family == AF_INET)
		return ntohl(a->v4.s_addr) >> 24 == 127;
	return a->family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6);
}

bool addr_is_nobody(const struct addr *a)
{
	if (addr_is_any(a))
		return true;
	if (a->family == AF_INET)
		return ntohl(a->v4.s_addr) >> 28 >= 0xe || ntohl(a->v4.s_addr) >> 24 == 0;
	return a->family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&a->v6);
}

bool addr_is_private(const struct addr *a)
{
	if (a->family == AF_INET) {
		uint32_t v = ntohl(a->v4.s_addr);

		return v >> 24 == 10 || v >> 20 == 0xac1 || v >> 16 == 0xc0a8 ||
		    v >> 16 == 0xa9fe ||
		    v >> 24 == 127;
	}
	return a->family == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(&a->v6) ||
	    (a->v6.s6_addr[0] & 0xfe) == 0xfc || IN6_IS_ADDR_LOOPBACK(&a->v6));
}
