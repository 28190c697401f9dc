/* Peers by address, network, name or pattern, and the classes that are made of them. */
#include "config/peer.h"

#include "config/bounds.h"
#include "config/pattern.h"
#include "config/strbuf.h"
#include "config/value.h"

#include <string.h>
#include <strings.h>

static const char digits[] = "0123456789";

static const char *parse_network(const char *text, struct peer_item *out)
{
	const char *slash = strchr(text, '/');
	char address[64];
	uintmax_t bits;

	if ((size_t)(slash - text) >= sizeof address)
		return "no address before the /";
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	/* a mapped address would be compared as IPv4, and its bits mean something else */
	if (!addr_parse(&out->addr, address) ||
	    (out->addr.family == AF_INET && strchr(address, ':') != NULL))
		return "no address before the /";
	if (!parse_uint(slash + 1, 10, 0, out->addr.family == AF_INET ? 32 : 128, &bits))
		return "behind the / the number of bits is expected";
	out->form = PEER_NETWORK;
	out->bits = (unsigned)bits;
	return NULL;
}

static const char *parse_name(const char *text, struct peer_item *out)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	if (text[strspn(text, letters)] != '\0')
		return "neither an address nor a name";
	if (text[strspn(text, "0123456789.")] == '\0')
		return "no address (the beginning of one ends in a dot)";
	out->form = text[0] == '.' ? PEER_DOMAIN : PEER_NAME;
	return text[0] == '.' && text[1] == '\0' ? "no name behind the dot" : NULL;
}

const char *peer_parse(const char *text, struct peer_item *out)
{
	size_t n;

	*out = (struct peer_item){ .negated = *text == '!' };
	text += out->negated;
	n = strlen(text);
	out->text = text;
	if (n == 0 || n >= NAME_SIZE)
		return n == 0 ? "nothing is named" : "too long";
	if (strcasecmp(text, "all") == 0 || strcasecmp(text, "none") == 0) {
		out->form = strcasecmp(text, "all") == 0 ? PEER_ALL : PEER_NONE;
		return out->negated ? "cannot be negated" : NULL;
	}
	if (strchr(text, '/') != NULL)
		return parse_network(text, out);
	if (addr_parse(&out->addr, text)) {
		out->form = PEER_ADDRESS;
		return NULL;
	}
	if (strpbrk(text, "*?[") != NULL) {
		out->form = strchr(text, ':') != NULL ||
		    text[strspn(text, "0123456789.*?[]!^-")] == '\0' ? PEER_ADDRESS_PATTERN :
		    PEER_NAME_PATTERN;
		return NULL;
	}
	if (strspn(text, digits) > 0 && text[n - 1] == '.' &&
	    text[strspn(text, "0123456789.")] == '\0') {
		out->form = PEER_PREFIX;
		return NULL;
	}
	return parse_name(text, out);
}

bool peer_asks_name(enum peer_form form)
{
	return form == PEER_NAME || form == PEER_DOMAIN || form == PEER_NAME_PATTERN;
}

static bool in_network(const struct peer_item *item, const struct addr *a)
{
	const unsigned char *net, *own;
	unsigned whole = item->bits / 8, rest = item->bits % 8;

	if (a->family != item->addr.family)
		return false;
	net = a->family == AF_INET ? (const unsigned char *)&item->addr.v4 : item->addr.v6.s6_addr;
	own = a->family == AF_INET ? (const unsigned char *)&a->v4 : a->v6.s6_addr;
	return memcmp(net, own, whole) == 0 &&
	    (rest == 0 || ((net[whole] ^ own[whole]) & (0xff << (8 - rest))) == 0);
}

static bool text_matches(const struct peer_item *item, const struct addr *a)
{
	STRBUF(text, 64);

	addr_text(a, &text);
	return item->form == PEER_PREFIX ? strncmp(text.buf, item->text, strlen(item->text)) == 0 :
	    pattern_match(item->text, text.buf, true);
}

static bool name_matches(const struct peer_item *item, const char *name)
{
	size_t n, len = strlen(item->text);

	if (name == NULL)
		return false;
	if (item->form == PEER_NAME_PATTERN)
		return pattern_match(item->text, name, true);
	n = strlen(name);
	if (item->form == PEER_DOMAIN)
		return n > len && strcasecmp(name + n - len, item->text) == 0;
	return strcasecmp(name, item->text) == 0;
}

static bool hits(const struct peer_item *item, struct subject *who)
{
	switch (item->form) {
	case PEER_ALL:
		return true;
	case PEER_NONE:
		return false;
	case PEER_ADDRESS:
		return addr_same_host(&item->addr, &who->peer);
	case PEER_NETWORK:
		return in_network(item, &who->peer);
	case PEER_PREFIX:
	case PEER_ADDRESS_PATTERN:
		return text_matches(item, &who->peer);
	default:
		return name_matches(item, subject_name(who));
	}
}

bool peer_matches(const struct peer_item *item, struct subject *who)
{
	return hits(item, who) != item->negated;
}

bool peer_list_holds(const struct peer_item *list, struct subject *who)
{
	bool plain = false, hit = false;

	for (; list != NULL; list = list->next) {
		if (list->negated && !peer_matches(list, who))
			return false;
		plain = plain || !list->negated;
		hit = hit || (!list->negated && peer_matches(list, who));
	}
	return hit || !plain;
}

bool class_holds(const struct class *c, struct subject *who)
{
	for (const struct peer_item *i = c->items; i != NULL; i = i->next) {
		if (peer_matches(i, who) != c->all)
			return !c->all;
	}
	/* without a From nobody belongs to it */
	return c->all && c->items != NULL;
}
