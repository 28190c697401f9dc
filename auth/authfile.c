/* AuthUserFile and AuthGroupFile: accounts of one's own, in the form of passwd(5) and group(5). */
#include "auth/authfile.h"

#include "auth/backend.h"
#include "auth/password.h"
#include "config/io.h"
#include "config/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file's bytes, in memory of their own that goes back whole: they are hashes. */
struct text {
	char *bytes, *end;
	size_t mapped;
};

static void text_free(struct text *t)
{
	(void)munmap(t->bytes, t->mapped);
}

/* Why the file must not be believed, or NULL: whoever may write it makes accounts. */
static const char *exposed(const char *path, const struct stat *st)
{
	STRBUF(dir, PATHNAME_SIZE);
	const char *slash = strrchr(path, '/');
	struct stat parent;

	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (st->st_mode & (S_IROTH | S_IWOTH))
		return "is readable or writable by the world (chmod o-rw)";
	strbuf_addn(&dir, path, slash == path || slash == NULL ? 1 : (size_t)(slash - path));
	if (dir.full || stat(dir.buf, &parent) < 0)
		return "is in a directory that cannot be examined";
	return parent.st_mode & S_IWOTH ? "is in a world-writable directory" : NULL;
}

/*
 * Read the file. `tell`: log why it can't be; the questions that follow upon one another need it
 * once, and a session must not fill the log with them.
 */
static bool text_read(const char *directive, const struct auth_file *f, bool insecure, bool tell,
    struct text *t)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *wrong = NULL;
	struct stat st;
	long n;

	if (fd < 0 || fstat(fd, &st) < 0)
		wrong = strerror(errno);
	else if (!insecure)
		wrong = exposed(f->path, &st);
	if (wrong == NULL && st.st_size > CONFIG_SIZE)
		wrong = strerror(EFBIG);
	if (wrong == NULL) {
		t->mapped = (size_t)st.st_size + 4096; /* room for a NUL, and for a line added just
		                                          now */
		t->bytes = mmap(NULL, t->mapped, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (t->bytes == MAP_FAILED) {
			wrong = strerror(ENOMEM);
		} else if ((n = read_file(fd, t->bytes, t->mapped - 1)) < 0) {
			wrong = strerror((int)-n);
			text_free(t);
		} else {
			t->end = t->bytes + n;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	if (wrong != NULL && tell)
		log_write(LOG_WARNING, "%s %s: %s; it is not used", directive, f->path, wrong);
	return wrong == NULL;
}

static bool passes(const struct filter *filter, bool negated, const char *text)
{
	return filter->regex == NULL || (regexec(filter->regex, text, 0, NULL, 0) == 0) != negated;
}

static bool id_passes(const struct auth_file *f, uint32_t id)
{
	return !f->has_id || (id >= f->id_min && id <= f->id_max);
}

/* Which file a question is about; its path is NULL when it isn't configured. */
static const struct auth_file *configured(const struct context *server, bool group)
{
	return group ? &SETTING(server, D_AUTH_GROUP_FILE, auth_group_file) :
	    &SETTING(server, D_AUTH_USER_FILE, auth_user_file);
}

/* A file that is being read line by line. */
struct reading {
	const struct auth_file *file;
	bool group, tell;
	struct text text;
	char *at;
	unsigned number;
};

static void bad_line(const struct reading *r, int level)
{
	if (r->tell)
		log_write(level, "%s:%u: not a line of %s", r->file->path, r->number,
		    r->group ? "group(5): name:x:gid:member,member" :
		    "passwd(5): name:hash:uid:gid:gecos:home:shell");
}

/* SyntaxCheck: one bad line spoils the file. Works on a copy, since lines are cut in place. */
static bool sound(struct reading *r)
{
	size_t n = (size_t)(r->text.end - r->text.bytes);
	char *copy = mmap(NULL, n + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	    *line;
	bool good = true;

	if (copy == MAP_FAILED)
		return false;
	memcpy(copy, r->text.bytes, n);
	r->at = copy;
	while (good && (line = authfile_next_line(&r->at, copy + n, &r->number)) != NULL)
		good = r->group ? authfile_group_line(line, &(struct authfile_group){ 0 }) :
		    authfile_user_line(line, &(struct authfile_user){ 0 });
	(void)munmap(copy, n + 1);
	if (!good)
		bad_line(r, LOG_ERR);
	return good;
}

static bool reading_start(struct reading *r, const struct context *server, bool group, bool tell)
{
	const struct settings *options = settings_for(server, D_AUTH_FILE_OPTIONS);

	*r = (struct reading){ .file = configured(server, group), .group = group, .tell = tell };
	if (r->file->path == NULL || !text_read(group ? "AuthGroupFile" : "AuthUserFile", r->file,
	    options->auth_file_insecure_perms, tell, &r->text))
		return false;
	if (options->auth_file_syntax_check && !sound(r)) {
		text_free(&r->text);
		return false;
	}
	r->at = r->text.bytes;
	r->number = 0;
	return true;
}

static bool next_user(struct reading *r, struct authfile_user *u)
{
	char *line;

	while ((line = authfile_next_line(&r->at, r->text.end, &r->number)) != NULL) {
		if (!authfile_user_line(line, u))
			bad_line(r, LOG_WARNING);
		else if (id_passes(r->file, u->uid) &&
		    passes(&r->file->home, r->file->home_not, u->home) &&
		    passes(&r->file->name, r->file->name_not, u->name))
			return true;
	}
	return false;
}

static bool next_group(struct reading *r, struct authfile_group *g)
{
	char *line;

	while ((line = authfile_next_line(&r->at, r->text.end, &r->number)) != NULL) {
		if (!authfile_group_line(line, g))
			bad_line(r, LOG_WARNING);
		else if (id_passes(r->file, g->gid) &&
		    passes(&r->file->name, r->file->name_not, g->name))
			return true;
	}
	return false;
}

enum backend_answer file_verify(struct attempt *a)
{
	struct authfile_user u, first = { 0 };
	struct reading r;
	bool known = false, right;

	if (configured(a->m->server, false)->path == NULL)
		return BACKEND_UNKNOWN;
	if (!attempt_secret(a))
		return BACKEND_GONE;
	if (attempt_too_long(a, a->secret))
		return BACKEND_REFUSED;
	if (!reading_start(&r, a->m->server, false, false))
		return attempt_refused(a, REASON_UNKNOWN_USER, "the file cannot be used");
	while (!known && next_user(&r, &u)) {
		known = strcmp(u.name, a->name) == 0;
		if (first.hash == NULL)
			first = u;
	}
	if (!known) {
		attempt_owe(a, first.hash); /* a name that is not there costs what its neighbours
		                               cost */
		text_free(&r.text);
		strbuf_add(&a->trail, "no such user");
		return BACKEND_UNKNOWN;
	}
	right = password_matches(u.hash, a->secret);
	if (u.hash[0] == '\0')
		right = a->secret[0] == '\0';
	text_free(&r.text);
	return right ? BACKEND_ACCEPTED : attempt_refused(a, REASON_BAD_PASSWORD, "wrong password");
}

bool file_account(const struct monitor *m, const char *name, struct account *out)
{
	struct authfile_user u;
	struct reading r;
	bool found = false;

	if (!reading_start(&r, m->server, false, !m->logged_in))
		return false;
	while (!found && next_user(&r, &u))
		found = strcmp(u.name, name) == 0;
	if (found) {
		out->uid = u.uid;
		out->gid = u.gid;
		found = account_texts(out, u.name, u.home, u.shell);
	}
	text_free(&r.text);
	return found;
}

/* The file's memberships and the account's own group; nothing is inherited from anybody. */
void file_groups(const struct monitor *m, const struct account *acc, struct group_set *out)
{
	struct authfile_group g;
	struct reading r;
	bool own_named = false;

	group_add(m, out, acc->gid, NULL);
	if (reading_start(&r, m->server, true, true)) {
		while (next_group(&r, &g)) {
			if (g.gid != acc->gid) {
				if (authfile_is_member(g.members, acc->name))
					group_add(m, out, g.gid, g.name);
			} else {
				group_name_add(m, out, g.name);
				own_named = true;
			}
		}
		text_free(&r.text);
	}
	if (!own_named)
		unix_group_name(m, acc->gid, out);
}

bool file_group(const struct monitor *m, const char *name, uint32_t *gid)
{
	struct authfile_group g;
	struct reading r;
	bool found = false;

	if (!reading_start(&r, m->server, true, !m->logged_in))
		return false;
	while (!found && next_group(&r, &g))
		found = strcmp(g.name, name) == 0;
	if (found)
		*gid = g.gid;
	text_free(&r.text);
	return found;
}

bool authfile_name(const struct context *server, bool group, uint32_t id, char *out, size_t size)
{
	struct authfile_group g;
	struct authfile_user u;
	struct reading r;
	bool found = false;

	if (!reading_start(&r, server, group, false))
		return false;
	while (!found && (group ? next_group(&r, &g) : next_user(&r, &u)))
		found = id == (group ? g.gid : u.uid);
	if (found) {
		struct strbuf name;

		strbuf_init(&name, out, size);
		strbuf_add(&name, group ? g.name : u.name);
		found = !name.full;
	}
	text_free(&r.text);
	return found;
}
