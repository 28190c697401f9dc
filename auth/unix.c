/* The system's accounts: passwd, shadow and group of whatever NSS is told to ask. */
#include "auth/backend.h"

#include "auth/authfile.h"
#include "auth/password.h"
#include "config/io.h"
#include "config/log.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Days since 1970, as shadow(5) counts. */
static long today(void)
{
	return (long)(time(NULL) / (24 * 60 * 60));
}

/* Why the account may not be used today, or NULL (shadow(5); -1 is an empty field). */
static const char *expired(const struct spwd *sp)
{
	long day = today();

	if (sp->sp_expire >= 0 && day >= sp->sp_expire)
		return "the account has expired";
	if (sp->sp_lstchg == 0)
		return "the password must be changed first";
	if (sp->sp_lstchg > 0 && sp->sp_max >= 0 && day > sp->sp_lstchg + sp->sp_max) {
		if (sp->sp_inact >= 0 && day > sp->sp_lstchg + sp->sp_max + sp->sp_inact)
			return "the password has expired, and the account with it";
		return "the password has expired";
	}
	return NULL;
}

/* What stands where a hash should, and lets nobody in: no password, locked, or kept elsewhere. */
static const char *no_hash(const char *hash)
{
	if (hash[0] == '\0')
		return "the account has no password";
	if (hash[0] == '!' || hash[0] == '*')
		return "the account is locked";
	if (strcmp(hash, "x") == 0)
		return "there is no shadow line";
	return NULL;
}

enum backend_answer unix_verify(struct attempt *a)
{
	const struct passwd *pw;
	const struct spwd *sp;
	const char *hash, *why;
	bool right, out_of_reach;

	if (!attempt_secret(a))
		return BACKEND_GONE;
	if (attempt_too_long(a, a->secret))
		return BACKEND_REFUSED;
	pw = getpwnam(a->name);
	if (pw == NULL) {
		attempt_owe(a, NULL);
		strbuf_add(&a->trail, "no such user");
		return BACKEND_UNKNOWN;
	}
	sp = getspnam(a->name);
	out_of_reach = sp == NULL && !a->m->privileged && strcmp(pw->pw_passwd, "x") == 0;
	hash = sp != NULL ? sp->sp_pwdp : pw->pw_passwd;
	right = password_matches(hash, a->secret);
	if (out_of_reach)
		return attempt_refused(a, REASON_NEEDS_ROOT, "the shadow file cannot be read");
	if ((why = no_hash(hash)) != NULL)
		return attempt_refused(a, REASON_LOCKED, why);
	if (!right)
		return attempt_refused(a, REASON_BAD_PASSWORD, "wrong password");
	if (sp != NULL && (why = expired(sp)) != NULL)
		return attempt_refused(a, REASON_EXPIRED, why);
	return BACKEND_ACCEPTED;
}

bool unix_account(const struct monitor *m, const char *name, struct account *out)
{
	const struct passwd *pw = getpwnam(name);

	(void)m;
	/* a directory service that ignores case must not give an account a second name */
	if (pw == NULL || strcmp(pw->pw_name, name) != 0)
		return false;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return account_texts(out, pw->pw_name, pw->pw_dir, pw->pw_shell);
}

void unix_group_name(const struct monitor *m, uint32_t gid, struct group_set *out)
{
	const struct group *gr = out->names != NULL ? getgrgid(gid) : NULL;

	if (gr != NULL)
		group_name_add(m, out, gr->gr_name);
}

void unix_groups(const struct monitor *m, const struct account *acc, struct group_set *out)
{
	int n = GROUPS_MAX_SENT;

	_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "ids are sent as 32 bits");
	if (getgrouplist(acc->name, acc->gid, out->ids, &n) < 0) {
		out->beyond = n > GROUPS_MAX_SENT ? (size_t)n - GROUPS_MAX_SENT : 0;
		n = GROUPS_MAX_SENT;
	}
	out->n = (size_t)n;
	for (size_t i = 0; out->names != NULL && i < out->n; i++)
		unix_group_name(m, out->ids[i], out);
}

bool unix_group(const struct monitor *m, const char *name, uint32_t *gid)
{
	const struct group *gr = getgrnam(name);

	(void)m;
	if (gr == NULL)
		return false;
	*gid = gr->gr_gid;
	return true;
}

/* A small file of the system's, whole. Returns its length, or -1 when there is none to be had. */
static long slurp(const char *path, char *mem, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	long n = fd < 0 ? -1 : read_file(fd, mem, size - 1);

	if (fd >= 0)
		(void)close(fd);
	return n;
}

/*
 * Whether nsswitch.conf(5) leaves the groups of a local account to /etc/group. systemd's service
 * counts as nobody unless somebody gave it a list of its own: it knows users that it made itself.
 */
static bool groups_are_local(void)
{
	static const char *const lists[] = { "/etc/userdb", "/run/userdb", "/run/host/userdb" };
	char text[4096], *at = text;
	long n = slurp("/etc/nsswitch.conf", text, sizeof text);
	bool said = false;
	char *line;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (access(lists[i], F_OK) == 0)
			return false;
	for (unsigned number = 0; n > 0 && (line = authfile_next_line(&at, text + n, &number)) != NULL;) {
		char *save, *word = strtok_r(line, " \t:", &save);

		if (word != NULL && strcmp(word, "initgroups") == 0)
			return false;
		if (word == NULL || strcmp(word, "group") != 0)
			continue;
		said = true;
		while ((word = strtok_r(NULL, " \t", &save)) != NULL)
			if (strcmp(word, "files") != 0 && strcmp(word, "systemd") != 0)
				return false;
	}
	return said;
}

void unix_groups_of_service(const struct monitor *m, const struct account *acc, struct group_set *out)
{
	enum { SIZE = 65536 };
	char *text = malloc(SIZE), *at = text, *line;
	long n = text != NULL && out->names == NULL && groups_are_local() ?
	    slurp("/etc/group", text, SIZE) : -1;
	struct authfile_group g;

	if (n < 0) {
		/* getgrouplist(3) asks every service: 0.4 ms and a library more, for the same answer */
		unix_groups(m, acc, out);
	} else {
		group_add(m, out, acc->gid, NULL);
		for (unsigned number = 0; (line = authfile_next_line(&at, text + n, &number)) != NULL;)
			if (authfile_group_line(line, &g) && g.gid != acc->gid &&
			    authfile_is_member(g.members, acc->name))
				group_add(m, out, g.gid, g.name);
	}
	free(text);
}
