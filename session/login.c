/* Greeting, USER and PASS, the welcome and QUIT: what a session says at its two ends. */
#include "session/login.h"

#include "config/log.h"
#include "session/command.h"
#include "session/display.h"
#include "session/readme.h"
#include "vfs/path.h"

#include <string.h>
#include <unistd.h>

/* ServerIdent's text with its variables (directives.md, 16): %L %V %v %{version}. */
static void ident_text(const struct session *s, const char *text, struct strbuf *out)
{
	static const char version[] = "%{version}";
	char host[NAME_SIZE];

	for (; *text != '\0'; text++) {
		if (strncmp(text, version, sizeof version - 1) == 0) {
			strbuf_add(out, VERSION);
			text += sizeof version - 2;
		} else if (text[0] == '%' && text[1] == 'L') {
			display_address(s, out);
			text++;
		} else if (text[0] == '%' && text[1] == 'V') {
			if (gethostname(host, sizeof host) == 0) /* never looked up */
				strbuf_addn(out, host, strnlen(host, sizeof host));
			text++;
		} else if (text[0] == '%' && text[1] == 'v') {
			strbuf_add(out, SETTING(s->base, D_SERVER_NAME, server_name));
			text++;
		} else {
			strbuf_addc(out, *text);
		}
	}
}

void login_greet(struct session *s)
{
	const struct settings *ident = settings_for(s->base, D_SERVER_IDENT);
	STRBUF(text, TEXT_SIZE * 2);

	if (SETTING(s->base, D_DEFER_WELCOME, defer_welcome))
		strbuf_add(&text, "FTP server ready");
	else if (ident->ident == IDENT_TEXT)
		ident_text(s, ident->ident_text, &text);
	else if (ident->ident == IDENT_OFF)
		ident_text(s, "%L FTP server ready", &text);
	else
		ident_text(s, "%v ready on %L", &text);
	reply_hold(s);
	if (s->start.display_connect >= 0)
		(void)display_fd(s, 220, s->start.display_connect, false);
	reply(s, 220, "%s", text.buf);
	reply_release(s);
}

/* A Display file: absolute names were opened before the jail, others lie in the start directory. */
static bool display(struct session *s, unsigned code, const char *name, int fd, bool ends)
{
	STRBUF(path, PATHNAME_SIZE);

	if (name == NULL)
		return false;
	if (name[0] == '/')
		return fd >= 0 && display_fd(s, code, fd, ends);
	return s->logged_in && path_clean(&path, s->home, NULL, name, strlen(name)) == 0 &&
	    display_path(s, code, path.buf, ends);
}

void login_welcome(struct session *s)
{
	const char *text = SETTING(s->base, D_ACCESS_GRANT_MSG, access_grant_msg);
	const char *wrap = SETTING(s->base, D_WRAP_ALLOW_MSG, wrap_allow_msg);
	unsigned code = s->id.by_certificate ? 232 : 230;    /* RFC 2228: no password was needed */
	STRBUF(grant, TEXT_SIZE * 2);
	STRBUF(allowed, TEXT_SIZE * 2);

	if (SETTING(s->base, D_QUOTA_ENGINE, quota_engine))
		quota_scan(s);       /* before figures are shown */
	if (text == NULL)
		text = s->id.guest ? "Guest access granted." : "User %u logged in.";
	display_user(&grant, text, s->id.typed);
	reply_hold(s);
	(void)display(s, code, SETTING(s->base, D_DISPLAY_LOGIN, display_login),
	    s->start.display_login, false);
	readme_show(s, code);
	ratio_login(s, code);
	if (s->id.wrapped && wrap != NULL) {
		display_user(&allowed, wrap, s->id.typed);
		reply_begin(s, code, "%s", allowed.buf);
	}
	reply(s, code, "%s", grant.buf);
	reply_release(s);
	record_login(s, code, grant.buf);
}

/* Ask for what the back end wants: the same words for every name, known or not. */
static void prompt(struct session *s, const struct priv_login *l)
{
	s->user_given = true;
	s->may_be_empty = l->may_be_empty;
	if (l->text[0] != '\0')
		reply(s, 331, "%s", l->text);
	else if (l->anonymous)
		reply(s, 331, "Guests are welcome; please give your e-mail address as password.");
	else
		reply(s, 331, "Password required for %.*s%s.", CUT(s->user));
}

static void refuse(struct session *s, const struct priv_login *l)
{
	const char *text = SETTING(s->base, D_ACCESS_DENY_MSG, access_deny_msg);
	STRBUF(deny, TEXT_SIZE * 2);

	s->user_given = false;
	if (l->text[0] != '\0')
		text = l->text;
	else if (text == NULL)
		text = "Login failed.";
	display_user(&deny, text, s->user);
	reply(s, 530, "%s", deny.buf);
	if (l->final)
		session_end(s, "Login failed", NULL);
}

static void login_step(struct session *s, enum priv_answer answer, const struct priv_login *l)
{
	switch (answer) {
	case PRIV_PROMPT:
		prompt(s, l);
		break;
	case PRIV_GRANTED:
		priv_handover(s);
		_exit(0); /* the second session sends the 230 */
	default:
		refuse(s, l);
		break;
	}
}

void cmd_user(struct session *s, const struct command *c, const char *arg)
{
	struct strbuf user;
	struct priv_login l;

	(void)c;
	if (s->logged_in) {
		if (strcmp(arg, s->id.typed) == 0)
			reply(s, 230, "Already logged in.");
		else
			reply(s, 503, "Already logged in as somebody else.");
		return;
	}
	s->user_given = false;
	if (s->start.secured && !SETTING(s->base, D_PROTOCOLS, protocols.ftps)) {
		log_auth(LOG_NOTICE, "USER %.200s: refused, Protocols does not have ftps", arg);
		reply(s, 530, "Logging in under TLS is not possible here.");
		return;
	}
	if (!s->start.secured && !SETTING(s->base, D_PROTOCOLS, protocols.ftp)) {
		/* before it is asked for: nobody's password is to be sent in the clear */
		log_auth(LOG_NOTICE, "USER %.200s: refused, Protocols does not have ftp", arg);
		reply(s, 530, "Logging in without TLS is not possible here.");
		return;
	}
	strbuf_init(&user, s->user, sizeof s->user);
	strbuf_add(&user, arg);
	if (user.full) {
		reply(s, 530, "User name too long.");
		return;
	}
	s->named = true;
	login_step(s, priv_user(s, s->user, &l), &l);
}

/*
 * A password that nobody may have is not worth a hash, and counts like any wrong one. It is
 * counted here, since the monitor takes no answer of that size.
 */
static void too_long(struct session *s)
{
	unsigned most = SETTING(s->base, D_MAX_LOGIN_ATTEMPTS, max_login_attempts);
	struct priv_login l = { .text = "" };

	if (most == 0 || most > LOGIN_ATTEMPTS_MAX)
		most = LOGIN_ATTEMPTS_MAX;
	log_auth(LOG_NOTICE, "USER %s: password longer than MaxPasswordSize", s->user);
	l.final = ++s->too_long >= most;
	refuse(s, &l);
}

void cmd_pass(struct session *s, const struct command *c, const char *arg)
{
	size_t n = strlen(arg), max = SETTING(s->base, D_MAX_PASSWORD_SIZE, max_password_size);
	struct priv_login l;

	(void)c;
	if (s->logged_in)
		reply(s, 503, "Already logged in.");
	else if (!s->user_given)
		reply(s, 503, "Give USER first.");
	else if (n == 0 && !s->may_be_empty)
		reply(s, 501, "An empty password is not accepted.");
	else if (n > max || n >= SECRET_SIZE)
		too_long(s);
	else
		login_step(s, priv_secret(s, arg, &l), &l);
}

void cmd_quit(struct session *s, const struct command *c, const char *arg)
{
	(void)c;
	(void)arg;
	reply_hold(s);
	/* the file stands for the text (directives.md, 1.3) */
	if (!display(s, 221, SETTING(s->base, D_DISPLAY_QUIT, display_quit), s->start.display_quit,
	    true))
		reply(s, 221, "Bye.");
	reply_release(s);
	session_end(s, "QUIT", NULL);
}
