/* A file that is whole or not there. */
#include "config/aside.h"

#include "config/bounds.h"
#include "config/io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int write_aside(const char *path, mode_t mode, bool lasting, const void *bytes, size_t n)
{
	char aside[PATHNAME_SIZE];
	int fd, err, length = snprintf(aside, sizeof aside, "%s.XXXXXX", path);

	if (length < 0 || (size_t)length >= sizeof aside)
		return -ENAMETOOLONG;
	fd = mkstemp(aside);
	if (fd < 0)
		return -errno;
	err = write_all(fd, bytes, n);
	if (err == 0 && (fchmod(fd, mode) < 0 || (lasting && fsync(fd) < 0)))
		err = -errno;
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && rename(aside, path) < 0)
		err = -errno;
	if (err < 0)
		(void)unlink(aside);
	return err;
}
