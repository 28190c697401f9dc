#ifndef CONFIG_SOCKET_H
#define CONFIG_SOCKET_H

#include "config/context.h"
#include "config/subject.h"

/*
 * SocketOptions and TCPNoDelay of `server` for a control connection that stands. What it has
 * already is left alone; what can't be had is no reason not to serve.
 */
void socket_tune_control(int fd, const struct context *server);
/* The same for a data connection or a listener for one, before it connects or listens. */
void socket_tune_data(int fd, const struct context *base);

/*
 * AllowForeignAddress of `base`: whether data may go to, or come from, another host than the
 * client's, this one. The names that `classes` may hold count for nothing: nobody looks them up.
 */
bool foreign_allowed(const struct context *base, const struct class *classes, const struct addr *a);

#endif
