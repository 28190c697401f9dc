#ifndef TLS_PROCESS_H
#define TLS_PROCESS_H

struct tls_start;

/*
 * Load OpenSSL, in the process that is to be the TLS process, before it gives up the file system.
 * Returns NULL, or what is missing: a text that stays.
 */
const char *tls_library(void);
/*
 * Be the TLS process (auth/msg.h, enum tls_message): load what the monitor hands over, shake hands,
 * and carry bytes between the client and the session until either ends. `missing` is what
 * tls_library returned. Never returns; the monitor's end of file ends it at once.
 */
_Noreturn void tls_process(const struct tls_start *start, const char *missing);

#endif
