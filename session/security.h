#ifndef SESSION_SECURITY_H
#define SESSION_SECURITY_H

#include <stdbool.h>

struct command;
struct context;
struct session;

/*
 * RFC 2228 and RFC 4217: AUTH, PBSZ, PROT and CCC, and what TLSRequired asks of everything else.
 * Where TLS is not to be had, TLSRequired asks for it all the same: nothing falls back to clear
 * text.
 */

/*
 * Whether TLS can be had here at all: TLSEngine, and Protocols with ftps. Else its commands are
 * 502.
 */
bool security_offered(const struct session *s);
/* Whether FEAT and HELP may show the command: CCC where it would be refused they don't. */
bool security_shown(const struct session *s, const struct command *c);
/*
 * The gate before the command's own: TLSRequired of the server, or of the <Anonymous> after login.
 * False: the control connection is in clear where that must not be, and 550 was sent.
 */
bool security_gate(struct session *s, const struct command *c);
/*
 * The gate behind a path: what the section that rules over it asks of the control connection, and,
 * of a command that moves data, of the data connection. False: 550 or 522 was sent.
 */
bool security_check(struct session *s, const struct command *c, const struct context *where);
/* The same without a word, for what a listing meets: `path` is canonical. */
bool security_allows(const struct session *s, const struct command *c, const char *path);
/*
 * Whether a data connection as PROT has it may carry what is in `where`. Returns 0 or one of
 * data_refuse's errnos: -DATA_IN_CLEAR, -DATA_PROTECTED.
 */
int security_data(const struct session *s, const struct context *where);

#endif
