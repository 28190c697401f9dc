/* tcp wrappers: libwrap, asked about two tables in a disposable child. */
#include "auth/hosts.h"

#include "auth/helper.h"
#include "auth/monitor.h"
#include "auth/resolve.h"
#include "auth/tls.h"
#include "config/context.h"
#include "config/io.h"
#include "config/log.h"
#include "config/strbuf.h"
#include "config/value.h"
#include "config/wrap.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char hosts_allow[] = "/etc/hosts.allow", hosts_deny[] = "/etc/hosts.deny";

#ifdef WITH_WRAP

#include <dlfcn.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { HAVE_LIBWRAP = 1 };

/*
 * libwrap's `severity` option writes here, and most builds of it expect the program to have them:
 * the one pair of globals that a library asks for. Used in the child alone.
 */
__attribute__((visibility("default"))) extern int allow_severity, deny_severity;
int allow_severity = LOG_INFO, deny_severity = LOG_WARNING;

/* What we use of libwrap's interface (hosts_access(3)). */
enum { RQ_FILE = 1, RQ_DAEMON = 2, RQ_CLIENT_NAME = 4, RQ_CLIENT_ADDR = 5, RQ_SERVER_ADDR = 8 };
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
enum { HOSTS_ALLOWED, HOSTS_DENIED, HOSTS_TWIST, HOSTS_NO_LIBRARY, HOSTS_UNREADABLE,
	HOSTS_WRITABLE };

static const char *const outcomes[] = {
	[HOSTS_DENIED] = "denied",
	[HOSTS_TWIST] = "denied: the rule's `twist` runs no program here",
	[HOSTS_NO_LIBRARY] = "denied: libwrap.so.0 cannot be loaded (package libwrap0)",
	[HOSTS_UNREADABLE] = "denied: the file cannot be read by the user who looks into it",
	[HOSTS_WRITABLE] = "denied: a file is writable by everybody",
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

enum { NAMES_MAX = 16 };         /* of a peer, for CheckAllNames */

/* Whom the tables are asked about: one name of ours and one of the peer's at a time. */
struct asking {
	struct calls call;
	int client;
	char address[NAME_SIZE];     /* "": the library asks the connection, */
	char local[NAME_SIZE];       /* for our end of it, too */
	bool twist;
	const char *const *services;         /* NULL behind the last */
	const char *peers[NAMES_MAX + 1];    /* NULL alone: libwrap finds the name if it wants
	                                        one */
	size_t npeers;
	char names[NAMES_MAX][NAME_SIZE];
};

struct pair {
	const char *service, *peer;
};

/* One look at two tables. With `dry`, options are read and not run. */
static bool look(struct asking *a, const struct pair *p, const char *allow, const char *deny,
    bool dry)
{
	/* the library's own struct, of some 900 bytes, is none of our business but for its room */
	union { max_align_t align; char bytes[8192]; } room;
	struct request_info *request = (struct request_info *)(void *)room.bytes;
	bool allowed;

	memset(&room, 0, sizeof room);
	a->call.request_init(request, RQ_DAEMON, p->service, RQ_FILE, a->client, 0);
	if (a->address[0] == '\0')
		a->call.sock_host(request);
	else
		a->call.request_set(request, RQ_CLIENT_ADDR, a->address, RQ_CLIENT_NAME, "unknown",
		    RQ_SERVER_ADDR, a->local, 0);
	if (p->peer != NULL)
		a->call.request_set(request, RQ_CLIENT_NAME, p->peer, 0);
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

/* Whether a line of the allow table, of either verdict, is for these names. */
static bool allow_table_says(struct asking *a, const struct pair *p, const char *allow,
    const char *deny)
{
	static const char none[] = "/dev/null";

	if (!look(a, p, allow, none, true) || !look(a, p, none, allow, true))
		return true;
	/* an explicit `allow` option: nothing else keeps the deny table from denying */
	return look(a, p, allow, deny, true) && !look(a, p, none, deny, true);
}

/* A line may use any of the names: the first pair of them that a table speaks of is the one. */
static struct pair right_pair(struct asking *a, const char *allow, const char *deny)
{
	struct pair first = { a->services[0], a->peers[0] };

	if (a->services[1] == NULL && a->npeers == 1)
		return first;
	for (int table = 0; table < 2; table++) {
		for (size_t i = 0; i < a->npeers; i++) {
			for (const char *const *service = a->services; *service != NULL;
			    service++) {
				struct pair p = { *service, a->peers[i] };

				if (table == 0 ? allow_table_says(a, &p, allow, deny) :
				    !look(a, &p, allow, deny, true))
					return p;
			}
		}
	}
	return first;
}

static void add_peer(struct asking *a, const char *name, const struct addr *peer)
{
	if (a->npeers == NAMES_MAX || !resolve_confirmed(name, peer))
		return;
	memcpy(a->names[a->npeers], name, strlen(name) + 1);
	a->peers[a->npeers] = a->names[a->npeers];
	a->npeers++;
}

/* Every name that leads back to the peer. */
static void find_peers(struct asking *a, const struct addr *peer)
{
	const struct hostent *h = peer->family == AF_INET ?
	    gethostbyaddr(&peer->v4, sizeof peer->v4, AF_INET) :
	    gethostbyaddr(&peer->v6, sizeof peer->v6, AF_INET6);
	char found[NAMES_MAX][NAME_SIZE];
	size_t n = 0;

	/* copied: what confirms a name may use the same memory */
	for (size_t i = 0; h != NULL && n < NAMES_MAX && (i == 0 || h->h_aliases[i - 1] != NULL);
	    i++) {
		const char *name = i == 0 ? h->h_name : h->h_aliases[i - 1];

		if (name != NULL && strlen(name) < NAME_SIZE)
			memcpy(found[n++], name, strlen(name) + 1);
	}
	for (size_t i = 0; i < n; i++)
		add_peer(a, found[i], peer);
}

/* The library skips a table that it can't open: for a deny table that would be a welcome. */
static int table_fit(const char *path, bool ours)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? HOSTS_ALLOWED : HOSTS_UNREADABLE;
	if (access(path, R_OK) < 0 || S_ISDIR(st.st_mode))
		return HOSTS_UNREADABLE;
	return ours && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH) != 0 ? HOSTS_WRITABLE :
	    HOSTS_ALLOWED;
}

/* The name of a table for libwrap: builtin:all is a file of one line. */
static const char *table_name(const char *path, char *room, size_t size)
{
	static const char line[] = "ALL: ALL\n";
	struct strbuf name;
	int fd;

	if (strcmp(path, wrap_everybody) != 0)
		return path;
	strbuf_init(&name, room, size);
	fd = memfd_create(wrap_everybody, MFD_CLOEXEC);
	strbuf_addf(&name, "/proc/self/fd/%d", fd);
	return fd >= 0 && write_all(fd, line, sizeof line - 1) == 0 && access(room, R_OK) == 0 ?
	    room : NULL;
}

static int ask(void *arg, int keep, int out)
{
	const struct rlimit none = { 0, 0 };
	const struct hosts_question *q = arg;
	struct asking a = { .client = keep, .services = q->names };
	char room[2][64];
	const char *allow = table_name(q->allow, room[0], sizeof room[0]);
	const char *deny = table_name(q->deny, room[1], sizeof room[1]);
	struct pair p;
	bool allowed;
	int fit;

	if (allow == NULL || deny == NULL)
		return HOSTS_UNREADABLE;
	if ((fit = table_fit(allow, q->ours && allow == q->allow)) != HOSTS_ALLOWED ||
	    (fit = table_fit(deny, q->ours && deny == q->deny)) != HOSTS_ALLOWED)
		return fit;
	if (!load(&a.call))
		return HOSTS_NO_LIBRARY;
	if (q->address != NULL) {
		struct strbuf text;

		strbuf_init(&text, a.address, sizeof a.address);
		addr_text(q->address, &text);
		strbuf_init(&text, a.local, sizeof a.local);
		addr_text(q->local, &text);
		a.peers[0] = q->name;
	} else if (q->all_names != NULL) {
		find_peers(&a, q->all_names);
	}
	a.npeers += a.npeers == 0;
	if (q->no_options)
		(void)setrlimit(RLIMIT_NPROC, &none);
	allow_severity = q->allow_level;
	deny_severity = q->deny_level;
	(void)fcntl(keep, F_SETFD, FD_CLOEXEC); /* what `spawn` runs has no business with the
	                                           client */
	openlog("in.ftpd", LOG_PID, LOG_AUTHPRIV); /* the library tells of faulty lines itself */
	p = right_pair(&a, allow, deny);
	allowed = look(&a, &p, allow, deny, q->no_options);
	if (!allowed && !a.twist)
		(void)look(&a, &p, allow, deny, true); /* was it for a twist? */
	if (a.twist)
		return HOSTS_TWIST;
	if (dprintf(out, "%d", LOG_PRI(allowed ? allow_severity : deny_severity)) < 0)
		return HOSTS_DENIED;
	return allowed ? HOSTS_ALLOWED : HOSTS_DENIED;
}

void hosts_ask(const struct monitor *m, const struct helper_user *user, struct hosts_question *q,
    struct hosts_answer *out)
{
	struct helper h;
	struct strbuf why;
	char level[16] = "";
	uintmax_t v;
	int status = helper_start(&h, m, user, tls_client(m), ask, q);

	if (status == 0)
		status = helper_wait(&h, level, sizeof level);
	out->allowed = status == HOSTS_ALLOWED;
	out->level = out->allowed ? q->allow_level : q->deny_level;
	if (parse_uint(level, 10, 0, LOG_DEBUG, &v))
		out->level = (int)v;
	strbuf_init(&why, out->why, sizeof out->why);
	strbuf_addf(&why, "%.*s, %.*s: ", NAME_SIZE, q->allow, NAME_SIZE, q->deny);
	if (status >= 0 && (size_t)status < sizeof outcomes / sizeof *outcomes)
		strbuf_add(&why, outcomes[status] != NULL ? outcomes[status] : "allowed");
	else
		strbuf_addf(&why, "denied: the check failed (%s)", status < 0 ? strerror(-status) :
		    "killed");
}

#else

enum { HAVE_LIBWRAP = 0 };

void hosts_ask(const struct monitor *m, const struct helper_user *user, struct hosts_question *q,
    struct hosts_answer *out)
{
	struct strbuf why;

	(void)m;
	(void)user;
	out->allowed = false;
	out->level = q->deny_level;
	strbuf_init(&why, out->why, sizeof out->why);
	strbuf_addf(&why, "%.*s, %.*s: denied: this program was built without libwrap", NAME_SIZE,
	    q->allow, NAME_SIZE, q->deny);
}

#endif

/*
 * Whether a table has a line that is neither empty nor a comment; one that can't be read may have.
 */
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

void hosts_check_connect(struct monitor *m, struct hosts_answer *out)
{
	bool preview = m->client < 0;
	struct hosts_question q = {
		.allow = hosts_allow, .deny = hosts_deny,
		.names = { m->program, SETTING(m->server, D_TCP_SERVICE_NAME, tcp_service_name) },
		.no_options = preview, .address = preview ? &m->peer : NULL, .local = &m->local,
		.allow_level = LOG_INFO, .deny_level = LOG_NOTICE,
	};

	*out = (struct hosts_answer){ .allowed = true };
	/*
	 * a build without libwrap leaves the system's files alone, as other programs without it do
	 */
	if (!HAVE_LIBWRAP || (!holds_rule(hosts_allow) && !holds_rule(hosts_deny)))
		return;
	if (preview)
		q.name = subject_name(&m->who);
	hosts_ask(m, NULL, &q, out);
}
