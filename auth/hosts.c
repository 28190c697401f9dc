/* tcp wrappers: hosts.allow, hosts.deny and TCPAccessFiles, asked in a disposable child. */
#include "auth/hosts.h"

#include "auth/helper.h"
#include "config/io.h"
#include "config/log.h"
#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char hosts_allow[] = "/etc/hosts.allow", hosts_deny[] = "/etc/hosts.deny";

/* What is asked: two tables, and the daemon names that a line may call us by. */
struct question {
	const char *allow, *deny;
	const char *names[3];        /* NULL behind the last */
	bool no_options;             /* a user's own tables: whatever they say, nothing is run */
	int allow_level, deny_level;
};

#ifdef WITH_WRAP

#include <dlfcn.h>

enum { HAVE_LIBWRAP = 1 };

/*
 * libwrap's `severity` option writes here, and most builds of it expect the program to have them: the
 * one pair of globals that a library asks for. Used in the child alone.
 */
__attribute__((visibility("default"))) extern int allow_severity, deny_severity;
int allow_severity = LOG_INFO, deny_severity = LOG_WARNING;

/* What we use of libwrap's interface (hosts_access(3)). */
enum { RQ_FILE = 1, RQ_DAEMON = 2 };
struct request_info;

struct calls {
	struct request_info *(*request_init)(struct request_info *, ...);
	struct request_info *(*request_set)(struct request_info *, ...);
	void (*sock_host)(struct request_info *);
	int (*hosts_access)(struct request_info *);
	const char **allow_table, **deny_table;
	int *resident, *dry_run;
};

static const struct { const char *name; size_t at; } symbols[] = {
	{ "request_init", offsetof(struct calls, request_init) },
	{ "request_set", offsetof(struct calls, request_set) },
	{ "sock_host", offsetof(struct calls, sock_host) },
	{ "hosts_access", offsetof(struct calls, hosts_access) },
	{ "hosts_allow_table", offsetof(struct calls, allow_table) },
	{ "hosts_deny_table", offsetof(struct calls, deny_table) },
	{ "resident", offsetof(struct calls, resident) },
	{ "dry_run", offsetof(struct calls, dry_run) },
};

/* The child's exit statuses. */
enum { HOSTS_ALLOWED, HOSTS_DENIED, HOSTS_TWIST, HOSTS_NO_LIBRARY, HOSTS_UNREADABLE };

static const char *const outcomes[] = {
	[HOSTS_DENIED] = "denied",
	[HOSTS_TWIST] = "denied: the rule's `twist` runs no program here",
	[HOSTS_NO_LIBRARY] = "denied: libwrap.so.0 cannot be loaded (package libwrap0)",
	[HOSTS_UNREADABLE] = "denied: the file cannot be read by the user who looks into it",
};

static bool load(struct calls *call)
{
	void *library = dlopen("libwrap.so.0", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *f = library != NULL ? dlsym(library, symbols[i].name) : NULL;

		if (f == NULL)
			return false;
		memcpy((char *)call + symbols[i].at, &f, sizeof f);
	}
	return true;
}

struct asking {
	struct calls call;
	int client;
	bool twist;
};

/* One look at two tables under one name. With `dry`, options are read and not run. */
static bool look(struct asking *a, const char *name, const char *allow, const char *deny, bool dry)
{
	/* the library's own struct, of some 900 bytes, is none of our business but for its room */
	union { max_align_t align; char bytes[8192]; } room;
	struct request_info *request = (struct request_info *)(void *)room.bytes;
	bool allowed;

	memset(&room, 0, sizeof room);
	a->call.request_init(request, RQ_DAEMON, name, RQ_FILE, a->client, 0);
	a->call.sock_host(request);
	a->call.request_set(request, RQ_FILE, -1, 0); /* `banners` would write to the client */
	*a->call.allow_table = allow;
	*a->call.deny_table = deny;
	*a->call.resident = 1;   /* `twist` is an error to a resident process */
	*a->call.dry_run = dry;
	allowed = a->call.hosts_access(request) != 0;
	if (dry && *a->call.dry_run == 0)
		a->twist = true; /* what the library does to tell of one */
	return allowed;
}

/* Whether a line of the allow table, of either verdict, is for this name. */
static bool allow_table_says(struct asking *a, const struct question *q, const char *name)
{
	static const char none[] = "/dev/null";

	if (!look(a, name, q->allow, none, true) || !look(a, name, none, q->allow, true))
		return true;
	/* an explicit `allow` option: nothing else keeps the deny table from denying */
	return look(a, name, q->allow, q->deny, true) && !look(a, name, none, q->deny, true);
}

/* A line may use any of our names: the first of them that a table speaks of is the one. */
static const char *right_name(struct asking *a, const struct question *q)
{
	const char *const *name;

	if (q->names[1] == NULL)
		return q->names[0];
	for (name = q->names; *name != NULL; name++)
		if (allow_table_says(a, q, *name))
			return *name;
	for (name = q->names; *name != NULL; name++)
		if (!look(a, *name, q->allow, q->deny, true))
			return *name;
	return q->names[0];
}

/* The library skips a table that it can't open: for a deny table that would be a welcome. */
static bool readable(const char *path)
{
	return access(path, R_OK) == 0 || errno == ENOENT;
}

static int ask(void *arg, int keep, int out)
{
	const struct rlimit none = { 0, 0 };
	struct question *q = arg;
	struct asking a = { .client = keep };
	const char *name;
	bool allowed;

	if (!readable(q->allow) || !readable(q->deny))
		return HOSTS_UNREADABLE;
	if (!load(&a.call))
		return HOSTS_NO_LIBRARY;
	if (q->no_options)
		(void)setrlimit(RLIMIT_NPROC, &none);
	allow_severity = q->allow_level;
	deny_severity = q->deny_level;
	(void)fcntl(keep, F_SETFD, FD_CLOEXEC); /* what `spawn` runs has no business with the client */
	openlog("in.ftpd", LOG_PID, LOG_AUTHPRIV); /* the library tells of faulty lines itself */
	name = right_name(&a, q);
	allowed = look(&a, name, q->allow, q->deny, q->no_options);
	if (!allowed && !a.twist)
		(void)look(&a, name, q->allow, q->deny, true); /* was it for a twist? */
	if (a.twist)
		return HOSTS_TWIST;
	if (dprintf(out, "%d", LOG_PRI(allowed ? allow_severity : deny_severity)) < 0)
		return HOSTS_DENIED;
	return allowed ? HOSTS_ALLOWED : HOSTS_DENIED;
}

static void run(const struct monitor *m, const struct helper_user *user, struct question *q,
    struct hosts_answer *out)
{
	struct helper h;
	struct strbuf why;
	char level[16] = "";
	uintmax_t v;
	int status = helper_start(&h, m, user, m->client, ask, q);

	if (status == 0)
		status = helper_wait(&h, level, sizeof level);
	out->allowed = status == HOSTS_ALLOWED;
	out->level = out->allowed ? q->allow_level : q->deny_level;
	if (parse_uint(level, 10, 0, LOG_DEBUG, &v))
		out->level = (int)v;
	strbuf_init(&why, out->why, sizeof out->why);
	strbuf_addf(&why, "%s, %s: ", q->allow, q->deny);
	if (status >= 0 && (size_t)status < sizeof outcomes / sizeof *outcomes)
		strbuf_add(&why, outcomes[status] != NULL ? outcomes[status] : "allowed");
	else
		strbuf_addf(&why, "denied: the check failed (%s)", status < 0 ? strerror(-status) : "killed");
}

#else

enum { HAVE_LIBWRAP = 0 };

static void run(const struct monitor *m, const struct helper_user *user, struct question *q,
    struct hosts_answer *out)
{
	struct strbuf why;

	(void)m;
	(void)user;
	out->level = q->deny_level;
	strbuf_init(&why, out->why, sizeof out->why);
	strbuf_addf(&why, "%s, %s: denied: this program was built without libwrap", q->allow, q->deny);
}

#endif

/* Whether a table has a line that is neither empty nor a comment; one that can't be read may have. */
static bool holds_rule(const char *path)
{
	char text[4096];
	bool line_start = true, comment = false, rule = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return errno != ENOENT;
	while (!rule && (n = read(fd, text, sizeof text)) != 0) {
		if (n < 0) {
			rule = errno != EINTR;
			continue;
		}
		for (ssize_t i = 0; i < n && !rule; i++) {
			if (line_start)
				comment = text[i] == '#';
			line_start = text[i] == '\n';
			rule = !comment && !isspace((unsigned char)text[i]);
		}
	}
	(void)close(fd);
	return rule;
}

void hosts_check_connect(const struct monitor *m, struct hosts_answer *out)
{
	struct question q = {
		.allow = hosts_allow, .deny = hosts_deny,
		.names = { m->program, SETTING(m->server, D_TCP_SERVICE_NAME, tcp_service_name) },
		.allow_level = LOG_INFO, .deny_level = LOG_NOTICE,
	};

	*out = (struct hosts_answer){ .allowed = true };
	/* a build without libwrap leaves the system's files alone, as other programs without it do */
	if (HAVE_LIBWRAP && (holds_rule(hosts_allow) || holds_rule(hosts_deny)))
		run(m, NULL, &q, out);
}

/* `~/` is the home of whoever logs in. */
static bool in_home(const char *path)
{
	return path[0] == '~' && path[1] == '/';
}

static const char *table(const char *path, const struct account *acc, struct strbuf *room)
{
	if (!in_home(path))
		return path;
	strbuf_add(room, acc->home);
	strbuf_add(room, path + 1);
	return room->buf;
}

void hosts_check_login(const struct monitor *m, const struct context *base, const struct account *acc,
    const struct group_set *groups, struct hosts_answer *out)
{
	const struct settings *files = settings_for(base, D_TCP_ACCESS_FILES);
	const struct settings *levels = settings_for(base, D_TCP_ACCESS_SYSLOG_LEVELS);
	const char *name = SETTING(m->server, D_TCP_SERVICE_NAME, tcp_service_name);
	const char *allow = files->tcp_access_files.allow, *deny = files->tcp_access_files.deny;
	struct helper_user user = { acc->uid, acc->gid, groups->ids, groups->n };
	STRBUF(allow_path, PATHNAME_SIZE);
	STRBUF(deny_path, PATHNAME_SIZE);
	struct question q = {
		.names = { m->program, name != NULL ? name : "proftpd" },
		.allow_level = levels->tcp_access_syslog_levels.allow,
		.deny_level = levels->tcp_access_syslog_levels.deny,
	};

	*out = (struct hosts_answer){ .allowed = true };
	if (allow == NULL || deny == NULL)
		return;
	/* what a user writes must decide about him alone, and run nothing outside his jail */
	q.no_options = in_home(allow) || in_home(deny);
	q.allow = table(allow, acc, &allow_path);
	q.deny = table(deny, acc, &deny_path);
	if (allow_path.full || deny_path.full) {
		*out = (struct hosts_answer){ .level = q.deny_level, .why = "the files' names are too long" };
		return;
	}
	run(m, q.no_options && acc->uid != 0 ? &user : NULL, &q, out);
	if (out->allowed)
		log_write(out->level, "tcp wrappers: %s", out->why);
}
