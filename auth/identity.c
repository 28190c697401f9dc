/* Whom the server itself runs as before login: User and Group. */
#include "auth/identity.h"

#include "auth/authfile.h"
#include "config/context.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { BEGINNING = 4096 };       /* of passwd and group, where the system's own accounts are */

/* Read the whole lines that a file begins with into `text`, BEGINNING bytes. Returns their end. */
static char *read_beginning(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, BEGINNING) : 0;

	if (fd >= 0)
		(void)close(fd);
	while (n > 0 && text[n - 1] != '\n')
		n--;    /* a number cut short is another number */
	return text + (n > 0 ? n : 0);
}

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
	char text[BEGINNING], *at = text, *end = read_beginning("/etc/passwd", text), *line;
	struct authfile_user u;
	const struct passwd *pw;
	unsigned number = 0;

	while ((line = authfile_next_line(&at, end, &number)) != NULL)
		if (authfile_user_line(line, &u) && strcmp(u.name, name) == 0) {
			*uid = u.uid;
			*gid = u.gid;
			return true;
		}
	pw = getpwnam(name);
	if (pw == NULL)
		return false;
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return true;
}

static bool find_group(const char *name, gid_t *gid)
{
	char text[BEGINNING], *at = text, *end = read_beginning("/etc/group", text), *line;
	struct authfile_group g;
	const struct group *gr;
	unsigned number = 0;

	while ((line = authfile_next_line(&at, end, &number)) != NULL)
		if (authfile_group_line(line, &g) && strcmp(g.name, name) == 0) {
			*gid = g.gid;
			return true;
		}
	gr = getgrnam(name);
	if (gr == NULL)
		return false;
	*gid = gr->gr_gid;
	return true;
}

int identity_of_server(const struct context *server, uid_t *uid, gid_t *gid, struct strbuf *why)
{
	const char *user = SETTING(server, D_USER, user);
	const char *group = SETTING(server, D_GROUP, group);

	if (user == NULL || !find_user(user, uid, gid)) {
		strbuf_addf(why, "User %s: no such user", user != NULL ? user : "");
		return -ENOENT;
	}
	if (group != NULL && !find_group(group, gid)) {
		strbuf_addf(why, "Group %s: no such group", group);
		return -ENOENT;
	}
	return 0;
}
