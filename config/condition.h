#ifndef CONFIG_CONDITION_H
#define CONFIG_CONDITION_H

#include "config/context.h"
#include "config/subject.h"

/*
 * <IfClass>, <IfUser>, <IfGroup>, <IfAuthenticated>: bodies that become part of their server once
 * it is known that they hold (directives.md, 2.6). A value in a body takes the place of the
 * server's, and of two bodies the later one's counts; sections are asked before the server's, the
 * first of the first body first (as 1.3.8 does it).
 */
enum { CONDITIONS_MAX = 1024 };
struct config;

/* One bit for each condition of a server. */
struct condition_set {
	unsigned char bits[CONDITIONS_MAX / 8];
};

/* While the configuration is read: take <Global>'s over, and number them all. */
void conditions_number(struct config *c, struct context *server);
/* At connect: merge the bodies of the classes that the peer belongs to. */
void conditions_at_connect(struct config *c, struct context *server, struct subject *who);
/*
 * After login: which of the others hold for the user (`who` has one). Nothing is merged, for a
 * refusal may follow. True when there are any.
 */
bool conditions_at_login(const struct context *server, struct subject *who,
    struct condition_set *out);
/* Merge those. */
void conditions_merge(struct config *c, struct context *server, const struct condition_set *set);

#endif
