#ifndef TLS_TLS_H
#define TLS_TLS_H

#ifdef WITH_TLS

#include "tls/control.h"
#include "tls/data.h"
#include "tls/load.h"

/* The TLS process: everything it knows. */
struct tls {
	struct openssl o;
	struct tls_start start;
	struct control control;
	struct data_connection data;
	struct loaded first;         /* of the server that the address chose */
	struct loaded named;         /* of the one that SNI did; or nothing */
	const struct loaded *served; /* one of them */
	bool shaking;                /* on the control connection */
	bool failed;                 /* a file before could not be loaded: `why` */
	bool refused_name;           /* the monitor's answer to TLS_NAME */
	char why[TEXT_SIZE];
	X509 *client;                /* its verified certificate, or NULL */
	struct tls_peer peer;
	struct msg msg;
};

/* A wire over `fd` that goes by what is served; `gather` as wire_open's. Returns 0 or -errno. */
int tls_wire(struct tls *t, struct wire *w, int fd, size_t gather);
/* Send what was put into t->msg to the session, or to the monitor; a lost one is the end. */
void tls_tell_session(struct tls *t);
void tls_tell_monitor(struct tls *t);

#endif
#endif
