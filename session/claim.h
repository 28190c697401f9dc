#ifndef SESSION_CLAIM_H
#define SESSION_CLAIM_H

#include <stdbool.h>

struct context;
struct session;

/*
 * MaxTransfersPerHost and MaxTransfersPerUser (directives.md, 20.6): before a transfer command
 * (TRANSFER_…) touches its file, have it counted, where anybody of this server may count it. False:
 * the 451 was sent. Twice for one command is once.
 */
bool claim_transfer(struct session *s, const struct context *c, unsigned command);
/* It begins: until here replies are kept back, and what refuses it leaves behind claim_over. */
void claim_begun(struct session *s);
/* It counts no more: before its reply, so that who has read that finds the place free. */
void claim_over(struct session *s);

#endif
