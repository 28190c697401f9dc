#ifndef AUTH_REFUSAL_H
#define AUTH_REFUSAL_H

/*
 * The only reply that the root side sends itself: `code text` to a client that no session
 * serves, or none any more. Never blocks; what cannot be sent at once is lost.
 */
void refuse_client(int client, unsigned code, const char *text);

#endif
