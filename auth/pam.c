/* PAM: loaded when it is asked, its conversation carried to the client and back. */
#include "auth/backend.h"

#ifdef WITH_PAM

#include "config/log.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What we use of Linux-PAM's interface; its numbers are fixed (pam(3)). */
struct pam_handle;
struct pam_message {
	int msg_style;
	const char *msg;
};
struct pam_response {
	char *resp;
	int resp_retcode;
};
struct pam_conv {
	int (*conv)(int n, const struct pam_message **msg, struct pam_response **resp, void *arg);
	void *appdata_ptr;
};
enum {
	PAM_SUCCESS = 0, PAM_PERM_DENIED = 6, PAM_AUTH_ERR = 7, PAM_USER_UNKNOWN = 10,
	    PAM_MAXTRIES = 11,
	PAM_NEW_AUTHTOK_REQD = 12, PAM_ACCT_EXPIRED = 13, PAM_CRED_EXPIRED = 16,
	PAM_CONV_ERR = 19, PAM_AUTHTOK_EXPIRED = 27,
	PAM_USER = 2, PAM_TTY = 3, PAM_RHOST = 4, PAM_FAIL_DELAY = 10,
	PAM_PROMPT_ECHO_OFF = 1, PAM_PROMPT_ECHO_ON = 2, PAM_ERROR_MSG = 3, PAM_TEXT_INFO = 4,
	PAM_DISALLOW_NULL_AUTHTOK = 1, PAM_ESTABLISH_CRED = 2, PAM_DELETE_CRED = 4,
	PAM_SILENT = 0x8000,
};

struct calls {
	int (*start)(const char *, const char *, const struct pam_conv *, struct pam_handle **);
	int (*end)(struct pam_handle *, int);
	int (*set_item)(struct pam_handle *, int, const void *);
	int (*get_item)(const struct pam_handle *, int, const void **);
	int (*authenticate)(struct pam_handle *, int);
	int (*acct_mgmt)(struct pam_handle *, int);
	int (*setcred)(struct pam_handle *, int);
	int (*open_session)(struct pam_handle *, int);
	int (*close_session)(struct pam_handle *, int);
	const char *(*strerror)(struct pam_handle *, int);
};

static const struct { const char *name; size_t at; } symbols[] = {
	{ "pam_start", offsetof(struct calls, start) },
	{ "pam_end", offsetof(struct calls, end) },
	{ "pam_set_item", offsetof(struct calls, set_item) },
	{ "pam_get_item", offsetof(struct calls, get_item) },
	{ "pam_authenticate", offsetof(struct calls, authenticate) },
	{ "pam_acct_mgmt", offsetof(struct calls, acct_mgmt) },
	{ "pam_setcred", offsetof(struct calls, setcred) },
	{ "pam_open_session", offsetof(struct calls, open_session) },
	{ "pam_close_session", offsetof(struct calls, close_session) },
	{ "pam_strerror", offsetof(struct calls, strerror) },
};

enum { PROMPTS_MAX = 10, MESSAGES_MAX = 32 };

struct pam {
	void *library;
	struct calls call;
	struct pam_handle *handle;        /* NULL between attempts */
	struct pam_conv conv;
	const char *service;
	struct attempt *attempt;     /* whose conversation it is; NULL: nobody is there to answer */
	int last;                    /* the last result, for pam_end */
	unsigned prompts;            /* made in this attempt */
	bool used_secret;            /* the usual prompt was answered */
	bool credentials, session;
	bool missing_told;           /* that the service has no file */
	char said_bytes[PROMPT_SIZE];
	struct strbuf said;          /* messages without a question, for the next prompt */
};

/* Texts that ask for nothing but the password: the usual 331 says the same. */
static bool plain_prompt(const char *text)
{
	static const char *const plain[] = { "password", "unix password", "login password" };
	size_t n = strlen(text);

	while (n > 0 && strchr(": \t", text[n - 1]) != NULL)
		n--;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strlen(plain[i]) == n && strncasecmp(text, plain[i], n) == 0)
			return true;
	return false;
}

/* A module's words become part of one reply line. */
static void say(struct strbuf *b, const char *text)
{
	if (b->len > 0)
		strbuf_addc(b, ' ');
	for (; *text != '\0'; text++)
		strbuf_addc(b, (unsigned char)*text < ' ' || *text == 127 ? ' ' : *text);
}

/* One question of a module: the answer in memory that PAM frees, or NULL. */
static char *answer(struct pam *p, bool hidden, const char *text)
{
	struct attempt *a = p->attempt;
	char secret[SECRET_SIZE] = "", *copy = NULL;
	bool usual = hidden && !p->used_secret && plain_prompt(text);

	if (a == NULL || ++p->prompts > PROMPTS_MAX)
		return NULL;
	if (usual && p->said.len == 0) {
		p->used_secret = true;
		if (attempt_secret(a))
			memcpy(secret, a->secret, sizeof secret);
	} else {
		say(&p->said, text);
		if (attempt_ask(a, p->said.buf, secret, sizeof secret) && usual) {
			/* the usual question with a message before it */
			p->used_secret = a->asked = true;
			memcpy(a->secret, secret, sizeof secret);
		}
	}
	strbuf_reset(&p->said);
	if (!a->gone && !attempt_too_long(a, secret) && (copy = calloc(1, sizeof secret)) != NULL)
		memcpy(copy, secret, strlen(secret));
	explicit_bzero(secret, sizeof secret);
	return copy;
}

static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *arg)
{
	struct pam *p = arg;
	struct pam_response *r;
	int i;

	if (n <= 0 || n > MESSAGES_MAX || (r = calloc((size_t)n, sizeof *r)) == NULL)
		return PAM_CONV_ERR;
	for (i = 0; i < n; i++) {
		int style = msg[i]->msg_style;
		const char *text = msg[i]->msg != NULL ? msg[i]->msg : "";

		if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG)
			say(&p->said, text);
		else if ((style != PAM_PROMPT_ECHO_OFF && style != PAM_PROMPT_ECHO_ON) ||
		    (r[i].resp = answer(p, style == PAM_PROMPT_ECHO_OFF, text)) == NULL)
			break;
	}
	if (i == n) {
		*resp = r;
		return PAM_SUCCESS;
	}
	while (i-- > 0) {
		if (r[i].resp != NULL)
			explicit_bzero(r[i].resp, strlen(r[i].resp));
		free(r[i].resp);
	}
	free(r);
	return PAM_CONV_ERR;
}

/* The monitor delays every refusal alike; a module's own delay would tell which names exist. */
static void no_delay(int result, unsigned microseconds, void *arg)
{
	(void)result;
	(void)microseconds;
	(void)arg;
}

static struct pam *load(struct login *l, const char **why)
{
	struct pam *p = l->pam;

	if (p == NULL && (p = l->pam = calloc(1, sizeof *p)) == NULL)
		fatal("pam: out of memory");
	if (p->library == NULL)
		p->library = dlopen("libpam.so.0", RTLD_NOW | RTLD_LOCAL);
	if (p->library == NULL) {
		*why = dlerror();
		return NULL;
	}
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *f = dlsym(p->library, symbols[i].name);

		if (f == NULL) {
			*why = symbols[i].name;
			return NULL;
		}
		memcpy((char *)&p->call + symbols[i].at, &f, sizeof f);
	}
	return p;
}

static const char services[] = "/etc/pam.d";

/* A service's file: the administrator's counts before the distribution's. */
static FILE *open_service(const char *service)
{
	const char *const places[] = { services, "/usr/lib/pam.d" };
	STRBUF(path, PATHNAME_SIZE);
	FILE *f = NULL;

	for (size_t i = 0; i < sizeof places / sizeof *places && f == NULL; i++) {
		strbuf_reset(&path);
		strbuf_addf(&path, "%s/%s", places[i], service);
		f = fopen(path.buf, "re");
	}
	return f;
}

static void check_service(struct pam *p, const char *service)
{
	FILE *f;

	if (p->missing_told || access(services, F_OK) < 0)
		return; /* without the directory there is one file for all, pam.conf(5) */
	p->missing_told = true;
	if ((f = open_service(service)) != NULL)
		(void)fclose(f);
	else
		log_write(LOG_NOTICE, "PAM service %s has no file; \"other\" decides", service);
}

/* Whether a service may have session rules: what another file brings along may be one. */
static bool has_session_rules(const char *service)
{
	static const char *const words[] = { "session", "-session", "@include" };
	FILE *f = open_service(service);
	char line[TEXT_SIZE];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		const char *word = line + strspn(line, " \t");

		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			found = found || strncasecmp(word, words[i], strlen(words[i])) == 0;
	}
	if (f != NULL)
		(void)fclose(f);
	return found;
}

static int start(struct pam *p, struct attempt *a, const char *service)
{
	const struct monitor *m = a->m;
	STRBUF(tty, 32);
	int result;

	p->attempt = a;
	p->service = service;
	p->prompts = 0;
	p->used_secret = p->credentials = p->session = false;
	strbuf_init(&p->said, p->said_bytes, sizeof p->said_bytes);
	p->conv = (struct pam_conv){ converse, p };
	result = p->call.start(service, a->name, &p->conv, &p->handle);
	if (result == PAM_SUCCESS)
		result = p->call.set_item(p->handle, PAM_RHOST, m->peer_name);
	if (result == PAM_SUCCESS && !SETTING(m->server, D_AUTH_PAM_OPTIONS, auth_pam_no_tty)) {
		strbuf_addf(&tty, "ftpd%ld", (long)getpid());
		result = p->call.set_item(p->handle, PAM_TTY, tty.buf);
	}
	if (result == PAM_SUCCESS) {
		void (*delay)(int, unsigned, void *) = no_delay;
		void *item;

		memcpy(&item, &delay, sizeof item);
		(void)p->call.set_item(p->handle, PAM_FAIL_DELAY, item); /* not every PAM has it */
	}
	return result;
}

static enum login_reason reason_of(int result)
{
	switch (result) {
	case PAM_AUTH_ERR:
	case PAM_MAXTRIES:
	case PAM_USER_UNKNOWN:
		return REASON_BAD_PASSWORD;
	case PAM_NEW_AUTHTOK_REQD:   /* a new password can't be given by FTP */
	case PAM_ACCT_EXPIRED:
	case PAM_CRED_EXPIRED:
	case PAM_AUTHTOK_EXPIRED:
		return REASON_EXPIRED;
	default:
		return REASON_PAM;
	}
}

/* A stack may map a name to another one; whoever that is was not asked for. */
static bool same_user(const struct pam *p, const char *name)
{
	const void *user = NULL;

	return p->call.get_item(p->handle, PAM_USER, &user) == PAM_SUCCESS && user != NULL &&
	    strcmp(user, name) == 0;
}

static enum backend_answer run(struct attempt *a, bool authenticate)
{
	const char *service = SETTING(a->m->server, D_AUTH_PAM_CONFIG, auth_pam_config), *why = "";
	bool empty = SETTING(a->base, D_ALLOW_EMPTY_PASSWORDS, allow_empty_passwords);
	int flags = empty ? 0 : PAM_DISALLOW_NULL_AUTHTOK;
	struct pam *p = load(a->m->login, &why);

	if (p == NULL) {
		log_write(LOG_ERR, "PAM cannot be used: %s; is the package libpam0g installed?",
		    why);
		return attempt_refused(a, REASON_PAM, "the library is missing");
	}
	check_service(p, service);
	p->last = start(p, a, service);
	if (p->last == PAM_SUCCESS && authenticate)
		p->last = p->call.authenticate(p->handle, flags);
	if (p->last == PAM_SUCCESS && !a->gone)
		p->last = p->call.acct_mgmt(p->handle, flags);
	if (p->last == PAM_SUCCESS && !a->gone && same_user(p, a->name)) {
		p->attempt = NULL;
		return BACKEND_ACCEPTED;
	}
	strbuf_addf(&a->trail, "PAM service %s: ", service);
	if (a->reason != REASON_LONG_PASSWORD)
		a->reason = p->last == PAM_SUCCESS ? REASON_PAM : reason_of(p->last);
	strbuf_add(&a->trail, p->last == PAM_SUCCESS ? "the modules changed the user's name" :
	    p->call.strerror(p->handle, p->last));
	pam_close(a->m->login, false);
	/*
	 * never BACKEND_UNKNOWN: which names a stack knows is more than it tells, and a `*` is
	 * final
	 */
	return a->gone ? BACKEND_GONE : BACKEND_REFUSED;
}

enum backend_answer pam_verify(struct attempt *a)
{
	return run(a, true);
}

enum backend_answer pam_account(struct attempt *a)
{
	return run(a, false);
}

int pam_open(struct login *l, struct strbuf *why)
{
	struct pam *p = l->pam;

	if (p == NULL || p->handle == NULL)
		return 0;
	p->last = p->call.setcred(p->handle, PAM_SILENT | PAM_ESTABLISH_CRED);
	p->credentials = p->last == PAM_SUCCESS;
	if (p->credentials)
		p->last = p->call.open_session(p->handle, PAM_SILENT);
	p->session = p->credentials && p->last == PAM_SUCCESS;
	if (p->session)
		return 0;
	/* Linux-PAM says so where there is no rule to ask, which is no refusal of anybody's */
	if (p->credentials && p->last == PAM_PERM_DENIED && access(services, F_OK) == 0 &&
	    !has_session_rules(p->service) && !has_session_rules("other")) {
		log_debug(1, "PAM service %s has no session rules", p->service);
		return 0;
	}
	strbuf_addf(why, "PAM service %s opens no session: %s", p->service,
	    p->call.strerror(p->handle, p->last));
	pam_close(l, false);
	return -EACCES;
}

void pam_close(struct login *l, bool unload)
{
	struct pam *p = l != NULL ? l->pam : NULL;

	if (p == NULL)
		return;
	p->attempt = NULL;
	if (p->session)
		p->last = p->call.close_session(p->handle, PAM_SILENT);
	if (p->credentials)
		(void)p->call.setcred(p->handle, PAM_SILENT | PAM_DELETE_CRED);
	if (p->handle != NULL)
		(void)p->call.end(p->handle, p->last);
	p->handle = NULL;
	p->session = p->credentials = false;
	if (unload && p->library != NULL) {
		(void)dlclose(p->library);
		p->library = NULL;
	}
}

#else

enum backend_answer pam_account(struct attempt *a)
{
	(void)a;
	return BACKEND_ACCEPTED;
}

int pam_open(struct login *l, struct strbuf *why)
{
	(void)l;
	(void)why;
	return 0;
}

void pam_close(struct login *l, bool unload)
{
	(void)l;
	(void)unload;
}

#endif
