#ifndef TLS_CHECK_H
#define TLS_CHECK_H

#include "config/config.h"

/*
 * For -t, in the administrator's own process: load what each server with TLSEngine on would serve
 * with, by the functions that a connection loads it by, and tell what would be refused, and what
 * soon will be: `file:line: Directive: reason`. Nothing is loaded where no server speaks TLS.
 */
void tls_check(struct config *c,
    void (*tell)(void *arg, enum config_severity severity, const char *line), void *arg);

#endif
