#ifndef CONFIG_PEER_H
#define CONFIG_PEER_H

#include "config/settings.h"
#include "config/subject.h"

/* The forms in which Allow, Deny and From name peers (directives.md, 8). */
enum peer_form {
	PEER_ALL, PEER_NONE,
	PEER_ADDRESS,                /* 10.1.1.7 */
	PEER_NETWORK,                /* 10.1.0.0/16 */
	PEER_PREFIX,                 /* "10.1." */
	PEER_ADDRESS_PATTERN,        /* 10.1.1.[4-9] */
	PEER_NAME,                   /* host.example.org */
	PEER_DOMAIN,                 /* .example.org: what is below it */
	PEER_NAME_PATTERN,           /* *.ex?mple.org */
};

struct peer_item {
	const struct peer_item *next;
	enum peer_form form;
	bool negated;
	const char *text;            /* without the "!" */
	struct addr addr;            /* PEER_ADDRESS, PEER_NETWORK: its first */
	unsigned bits;               /* … and how many of them count */
	struct origin where;
};

/*
 * Read one item into `out`, whose `text` will be `text` or a part of it. Returns NULL, or why it is
 * none. Pure.
 */
const char *peer_parse(const char *text, struct peer_item *out);
/* Whether a name of the peer has to be known for an item of this form. */
bool peer_asks_name(enum peer_form form);
/* Whether one item matches, its negation taken into account. */
bool peer_matches(const struct peer_item *item, struct subject *who);
/*
 * Whether a list (Allow, Deny) holds: no negated item is hit, and a plain one is, if there is one
 * (directives.md, 8, the list rule).
 */
bool peer_list_holds(const struct peer_item *list, struct subject *who);

/* <Class>: a named set of peers. */
struct class {
	struct class *next;          /* the next in the file */
	const char *name;
	bool all;                    /* Satisfy all: every item must hold; else one */
	const struct peer_item *items;
	struct origin where;
};

bool class_holds(const struct class *c, struct subject *who);

#endif
