#ifndef CONFIG_TLS_H
#define CONFIG_TLS_H

#include <stdbool.h>
#include <sys/stat.h>

struct context;
struct reader;
struct strbuf;

/*
 * Whether the file of a private key is its owner's alone, who must be root or `invoker` (whoever
 * starts this program): -t judges by it, and so does a connection. False with `why`: "mode 0644:
 * others can read the key; chmod 600".
 */
bool tls_key_safe(const struct stat *st, uid_t invoker, struct strbuf *why);

enum { TLS_ENTRY_SIZE = 24 };    /* of a name that counts, with its NUL */

/*
 * Whether a name in a directory is one that OpenSSL's rehash makes: 1a2b3c4d.0, or 1a2b3c4d.r0 of a
 * revocation list (`crl`). No other file there counts.
 */
bool tls_is_hashed(const char *name, bool crl);

/*
 * For -t: what one server's TLS directives lead to, and their files; what <Global> holds in vain.
 */
void tls_check_server(struct reader *r, const struct context *server);
void tls_check_global(struct reader *r);
/* The same of the body of an <IfUser> or its like: what is asked for before a user is known. */
void tls_check_late(struct reader *r, const struct context *body);

#endif
