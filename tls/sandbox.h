#ifndef TLS_SANDBOX_H
#define TLS_SANDBOX_H

#ifdef WITH_TLS

/* Load what sandbox_enter needs, while files can be opened. Returns NULL, or what is missing. */
const char *sandbox_load(void);
/*
 * From here on this process may read, write and wait on the descriptors that it has and is given,
 * and have memory: every other system call kills it. Returns NULL, or what failed.
 */
const char *sandbox_enter(void);

#endif
#endif
