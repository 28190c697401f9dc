/* Active mode: the socket from port L-1 to a target that is allowed. */
#include "auth/active.h"

#include "auth/monitor.h"
#include "config/config.h"
#include "config/context.h"
#include "config/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_MIN = 1024 };        /* below lie services that a bounce would aim at */

bool active_allowed(const struct addr *peer, const struct addr *target, bool foreign)
{
	if (target->family == 0 || target->port < PORT_MIN || addr_is_nobody(target))
		return false;
	if (addr_same_host(peer, target))
		return true;
	/* this host's own services are nobody else's target, whatever a directive says */
	return foreign && !addr_is_loopback(target);
}

/* Where the connection comes from: our end of the control connection, one port below. */
static int bind_source(int fd, const struct monitor *m, int family)
{
	const int on = 1;
	struct addr source = m->local;
	struct sockaddr_storage ss;
	socklen_t size;

	if (source.family != family)
		source = (struct addr){ .family = family };   /* a foreign target */
	source.port = m->privileged && m->local.port > 1 ? (in_port_t)(m->local.port - 1) : 0;
	size = addr_to(&source, false, &ss);
	/* many sessions share port L-1, each with a peer of its own */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (struct sockaddr *)&ss, size) < 0)
		return -errno;
	return 0;
}

int active_connect(const struct monitor *m, const struct context *base, const struct addr *target)
{
	bool foreign = foreign_allowed(base, config_classes(m->config), target);
	struct addr to = *target;
	struct sockaddr_storage ss;
	socklen_t size;
	int fd, err;

	if (!active_allowed(&m->peer, &to, foreign))
		return -EPERM;
	if (addr_same_host(&m->peer, &to))
		to.scope = m->peer.scope;       /* EPRT has no way to say it */
	fd = socket(to.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	socket_tune_data(fd, base);
	size = addr_to(&to, false, &ss);
	err = bind_source(fd, m, to.family);
	if (err == 0 && connect(fd, (struct sockaddr *)&ss, size) < 0 && errno != EINPROGRESS)
		err = -errno;
	if (err < 0) {
		(void)close(fd);
		return err;
	}
	return fd;
}
