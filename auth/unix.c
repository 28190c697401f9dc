/* The system's accounts: passwd, shadow and group of whatever NSS is told to ask. */
#include "auth/backend.h"

#include "auth/authfile.h"
#include "auth/password.h"
#include "config/io.h"
#include "config/memory.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
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

enum backend_answer unix_open(struct attempt *a)
{
	const struct spwd *sp = getspnam(a->name);
	const char *why = sp != NULL ? expired(sp) : NULL;

	return why != NULL ? attempt_refused(a, REASON_EXPIRED, why) : BACKEND_ACCEPTED;
}

enum { LOCAL_SIZE = 65536 };     /* of passwd and group; where they are larger, NSS is asked */

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
 * The services that nsswitch.conf(5), `n` bytes in `text`, has for a database; NULL: no line. Cuts
 * it up.
 */
static char *services_of(char *text, long n, const char *database)
{
	char *at = text, *line, *save;

	for (unsigned number = 0; n > 0 && (line = authfile_next_line(&at, text + n, &number)) !=
	    NULL;) {
		char *word = strtok_r(line, " \t:", &save);

		if (word != NULL && strcmp(word, database) == 0)
			return save;
	}
	return NULL;
}

/*
 * Whether /etc/passwd or /etc/group is asked before any other service, so that what stands there
 * is the answer. Asking NSS for it costs a heap and 50 KiB in every session that begins later.
 */
static bool files_come_first(const char *database)
{
	char text[4096], *save, *services, *word;
	long n = slurp("/etc/nsswitch.conf", text, sizeof text);

	services = services_of(text, n, database);
	word = services != NULL ? strtok_r(services, " \t", &save) : NULL;
	return word != NULL && strcmp(word, "files") == 0;
}

/*
 * Whether nsswitch.conf(5) leaves the groups of a local account to /etc/group. systemd's service
 * counts as nobody unless somebody gave it a list of its own: it knows users that it made itself.
 */
static bool groups_are_local(void)
{
	static const char *const lists[] = { "/etc/userdb", "/run/userdb", "/run/host/userdb" };
	char text[4096], copy[4096], *save, *services, *word;
	long n = slurp("/etc/nsswitch.conf", text, sizeof text);

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (access(lists[i], F_OK) == 0)
			return false;
	if (n > 0)
		memcpy(copy, text, (size_t)n);
	if (services_of(copy, n, "initgroups") != NULL)
		return false;
	services = services_of(text, n, "group");
	word = services != NULL ? strtok_r(services, " \t", &save) : NULL;
	if (word == NULL)
		return false;
	for (; word != NULL; word = strtok_r(NULL, " \t", &save))
		if (strcmp(word, "files") != 0 && strcmp(word, "systemd") != 0)
			return false;
	return true;
}

/* The account's line in /etc/passwd, where that decides. */
static bool local_account(const char *name, struct account *out)
{
	char *text, *at, *line;
	struct authfile_user u;
	bool found = false;
	long n;

	if (!files_come_first("passwd"))
		return false;
	at = text = memory_map(LOCAL_SIZE);
	n = slurp("/etc/passwd", text, LOCAL_SIZE);
	for (unsigned number = 0; !found && n > 0 &&
	    (line = authfile_next_line(&at, text + n, &number)) != NULL;) {
		found = authfile_user_line(line, &u) && strcmp(u.name, name) == 0;
		if (found) {
			out->uid = u.uid;
			out->gid = u.gid;
			found = account_texts(out, u.name, u.home, u.shell);
		}
	}
	memory_unmap(text, LOCAL_SIZE);
	return found;
}

static bool local_group(const char *name, uint32_t *gid)
{
	char *text, *at, *line;
	struct authfile_group g;
	bool found = false;
	long n;

	if (!files_come_first("group"))
		return false;
	at = text = memory_map(LOCAL_SIZE);
	n = slurp("/etc/group", text, LOCAL_SIZE);
	for (unsigned number = 0; !found && n > 0 &&
	    (line = authfile_next_line(&at, text + n, &number)) != NULL;) {
		found = authfile_group_line(line, &g) && strcmp(g.name, name) == 0;
		if (found)
			*gid = g.gid;
	}
	memory_unmap(text, LOCAL_SIZE);
	return found;
}

bool unix_account(const struct monitor *m, const char *name, struct account *out)
{
	const struct passwd *pw;

	(void)m;
	if (local_account(name, out))
		return true;
	pw = getpwnam(name);
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
	const struct group *gr;

	(void)m;
	if (local_group(name, gid))
		return true;
	gr = getgrnam(name);
	if (gr == NULL)
		return false;
	*gid = gr->gr_gid;
	return true;
}

void unix_groups_of_service(const struct monitor *m, const struct account *acc,
    struct group_set *out)
{
	char *text = memory_map(LOCAL_SIZE), *at = text, *line;
	long n = out->names == NULL && groups_are_local() ? slurp("/etc/group", text, LOCAL_SIZE) :
	    -1;
	struct authfile_group g;

	if (n < 0) {
		/*
		 * getgrouplist(3) asks every service: 0.4 ms and a library more, for the same
		 * answer
		 */
		unix_groups(m, acc, out);
	} else {
		group_add(m, out, acc->gid, NULL);
		for (unsigned number = 0; (line = authfile_next_line(&at, text + n, &number)) !=
		    NULL;)
			if (authfile_group_line(line, &g) && g.gid != acc->gid &&
			    authfile_is_member(g.members, acc->name))
				group_add(m, out, g.gid, g.name);
	}
	memory_unmap(text, LOCAL_SIZE);
}
