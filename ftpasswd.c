/* Accounts of AuthUserFile and AuthGroupFile, made and changed: the command line. */
#include "config/bounds.h"
#include "config/io.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/value.h"
#include "auth/entry.h"
#include "auth/newpass.h"
#include "auth/replace.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DONE = 0, REFUSED = 1, USAGE = 2 };
enum { USERS = 1, GROUPS = 2, HASH = 4 };       /* what a command line may be about */
enum { MEMBERS_SIZE = 65536, ROOM = MEMBERS_SIZE + 4 * PATHNAME_SIZE };

struct request {
	struct entry_change change;
	unsigned about;                     /* what all options so far go with */
	bool has_action, fields_given;
	bool from_stdin, no_password, allow_root, world_readable;
	const char *method;
	struct strbuf join, leave;
};

enum kind { IS_ABOUT, IS_ACTION, IS_FIELD, IS_FILE, IS_METHOD, IS_STDIN, IS_NO_PASSWORD, IS_ROOT,
	IS_JOIN, IS_LEAVE };

static const struct word {
	const char *name;
	enum kind kind;
	unsigned about;
	int which;              /* an action or a field */
	const char *value;      /* what follows it; NULL for nothing */
	const char *help;
} words[] = {
	{ "passwd",          IS_ABOUT,       USERS,          0,              NULL,
	  "an account; a new one, unless an option says else" },
	{ "group",           IS_ABOUT,       GROUPS,         0,              NULL,
	  "a group, likewise" },
	{ "hash",            IS_ABOUT,       HASH,           0,              NULL,
	  "print the hash of a password, for UserPassword" },
	{ "change",          IS_ACTION,      USERS | GROUPS, ENTRY_CHANGE,   NULL,
	  "change the fields that are given" },
	{ "change-password", IS_ACTION,      USERS,          ENTRY_PASSWORD, NULL,
	  "give a new password" },
	{ "lock",            IS_ACTION,      USERS,          ENTRY_LOCK,     NULL,
	  "let no password fit" },
	{ "unlock",          IS_ACTION,      USERS,          ENTRY_UNLOCK,   NULL,
	  "let the old password fit again" },
	{ "delete-user",     IS_ACTION,      USERS,          ENTRY_DELETE,   NULL,
	  "remove the account" },
	{ "delete-group",    IS_ACTION,      GROUPS,         ENTRY_DELETE,   NULL,
	  "remove the group" },
	{ "file",            IS_FILE,        USERS | GROUPS, 0,              "FILE",
	  "the file, " SYSCONFDIR "/ftp.passwd or " SYSCONFDIR "/ftp.group" },
	{ "name",            IS_FIELD,       USERS | GROUPS, ENTRY_NAME,     "NAME",
	  "of the account or group" },
	{ "uid",             IS_FIELD,       USERS,          ENTRY_UID,      "NUMBER",
	  "user id" },
	{ "gid",             IS_FIELD,       USERS | GROUPS, ENTRY_GID,      "NUMBER",
	  "group id; of a new account: the uid" },
	{ "home",            IS_FIELD,       USERS,          ENTRY_HOME,     "DIRECTORY",
	  "home directory" },
	{ "shell",           IS_FIELD,       USERS,          ENTRY_SHELL,    "FILE",
	  "shell; of a new account: /bin/sh" },
	{ "gecos",           IS_FIELD,       USERS,          ENTRY_GECOS,    "TEXT",
	  "full name, or any remark" },
	{ "member",          IS_JOIN,        GROUPS,         0,              "NAME[,NAME...]",
	  "who comes into the group; may be repeated" },
	{ "delete-member",   IS_LEAVE,       GROUPS,         0,              "NAME[,NAME...]",
	  "who goes; may be repeated" },
	{ "method",          IS_METHOD,      USERS | HASH,   0,              "METHOD",
	  "how passwords are hashed" },
	{ "stdin",           IS_STDIN,       USERS | HASH,   0,              NULL,
	  "read the password from a line of standard input" },
	{ "no-password",     IS_NO_PASSWORD, USERS,          0,              NULL,
	  "give none: nobody logs in by one" },
	{ "allow-uid-0",     IS_ROOT,        USERS,          0,              NULL,
	  "let --uid be root's" },
};

static void say(const char *what, const char *text)
{
	STRBUF(line, 9 * PATHNAME_SIZE);        /* four bytes for each of a text's 8 KiB, at
	                                           worst */

	strbuf_add(&line, "ftpasswd: ");
	strbuf_add(&line, what);
	strbuf_addescaped(&line, text, strlen(text));
	strbuf_addc(&line, '\n');
	(void)write_all(STDERR_FILENO, line.buf, line.len);
}

static void note(const char *text)
{
	say("note: ", text);
}

static int usage_error(const char *before, const char *option, const char *after)
{
	STRBUF(text, TEXT_SIZE);

	strbuf_addf(&text, "%s%.200s%s: ftpasswd --help tells what there is", before, option,
	    after);
	say("", text.buf);
	return USAGE;
}

static int help(void)
{
	STRBUF(text, 2 * PATHNAME_SIZE);

	strbuf_add(&text,
	    "ftpasswd --passwd --name NAME --uid NUMBER --home DIRECTORY [option ...]\n"
	    "ftpasswd --group --name NAME --gid NUMBER [option ...]\n"
	    "ftpasswd --hash\n\n");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const struct word *w = &words[i];
		size_t at = text.len;

		strbuf_addf(&text, "  --%s%s%s", w->name, w->value != NULL ? " " : "",
		    w->value != NULL ? w->value : "");
		while (text.len < at + 34)
			strbuf_addc(&text, ' ');
		strbuf_addf(&text, "%s\n", w->help);
	}
	strbuf_add(&text, "\nMethods: ");
	method_names(&text);
	strbuf_addc(&text, '\n');
	return write_all(STDOUT_FILENO, text.buf, text.len) < 0 ? REFUSED : DONE;
}

/* -- what the command line says -- */

static bool set_once(const char **to, const char *value)
{
	bool first = *to == NULL;

	*to = value;
	return first;
}

/* False when the option was there already. */
static bool take(struct request *r, const struct word *w, const char *value)
{
	struct strbuf *list = w->kind == IS_JOIN ? &r->join : &r->leave;

	r->fields_given |= (w->kind == IS_FIELD && w->which != ENTRY_NAME) || w->kind == IS_JOIN ||
	    w->kind == IS_LEAVE;
	switch (w->kind) {
	case IS_ABOUT:
		break;
	case IS_ACTION:
		if (r->has_action)
			return false;
		r->has_action = true;
		r->change.action = (enum entry_action)w->which;
		break;
	case IS_FIELD:
		return set_once(&r->change.fields[w->which], value);
	case IS_FILE:
		return set_once(&r->change.path, value);
	case IS_METHOD:
		return set_once(&r->method, value);
	case IS_STDIN:
		r->from_stdin = true;
		break;
	case IS_NO_PASSWORD:
		r->no_password = true;
		break;
	case IS_ROOT:
		r->allow_root = true;
		break;
	case IS_JOIN:
	case IS_LEAVE:
		if (list->len > 0 || value[0] == '\0')     /* an empty name is found, and refused */
			strbuf_addc(list, ',');
		strbuf_add(list, value);
		break;
	}
	return true;
}

static const struct word *find_word(const char *text)
{
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i].name) == n && memcmp(words[i].name, text, n) == 0)
			return &words[i];
	}
	return NULL;
}

static int read_words(struct request *r, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = strchr(argv[i], '=');
		const struct word *w;

		if (strncmp(argv[i], "--", 2) != 0)     /* not shown: it may be a password */
			return usage_error("what is no option has no meaning here", "", "");
		w = find_word(argv[i] + 2);
		if (w == NULL) {
			argv[i][strcspn(argv[i], "=")] = '\0';
			return usage_error("there is no such option as ", argv[i], "");
		}
		if (w->value == NULL && value != NULL)
			return usage_error("--", w->name, " takes no value");
		if (w->value != NULL && value == NULL && i + 1 == argc)
			return usage_error("--", w->name, " needs a value");
		if (w->value != NULL)
			value = value != NULL ? value + 1 : argv[++i];
		if ((r->about & w->about) == 0)
			return usage_error("--", w->name, " does not go with the other options");
		r->about &= w->about;
		if (!take(r, w, value))
			return usage_error("--", w->name,
			    " is one too many: once, and one action, is enough");
	}
	if (r->about != USERS && r->about != GROUPS && r->about != HASH)
		return usage_error("--passwd, --group or --hash is missing", "", "");
	r->change.group = r->about == GROUPS;
	return DONE;
}

/* Which options an action needs, and which it has no use for. */
static int check_words(const struct request *r)
{
	const struct entry_change *c = &r->change;
	bool password = r->about == HASH || (!c->group && (c->action == ENTRY_ADD ||
	    c->action == ENTRY_PASSWORD));

	if (!password && (r->from_stdin || r->no_password || r->method != NULL))
		return usage_error("an option is about a password, and this changes none", "", "");
	if (r->no_password && (r->from_stdin || r->method != NULL))
		return usage_error("--no-password", "", " does not go with --stdin and --method");
	if (r->about == HASH)
		return DONE;
	if (c->fields[ENTRY_NAME] == NULL)
		return usage_error("--name", "", " is missing");
	if (c->action == ENTRY_ADD && ((c->group ? c->fields[ENTRY_GID] == NULL :
	    c->fields[ENTRY_UID] == NULL || c->fields[ENTRY_HOME] == NULL) || r->leave.len > 0))
		return usage_error("a new entry needs ", c->group ?
		    "--gid, and nobody to leave it" : "--uid and --home", "");
	if (c->action == ENTRY_CHANGE && !r->fields_given)
		return usage_error("--change", "", " needs a field to change");
	if (c->action != ENTRY_ADD && c->action != ENTRY_CHANGE && r->fields_given)
		return usage_error("fields are changed by --change, and by nothing besides", "",
		    "");
	return DONE;
}

/* -- whether the values can stand in the file -- */

static bool refuse(struct strbuf *why, const char *option, const char *reason)
{
	strbuf_addf(why, "--%s: %s", option, reason);
	return false;
}

static bool is_plain(const char *text, const char *besides)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f || *text == ':' ||
		    strchr(besides, *text) != NULL)
			return false;
	}
	return true;
}

static bool check_name(const char *option, const char *name, struct strbuf *why)
{
	if (name[0] == '\0' || strlen(name) >= USER_SIZE)
		return refuse(why, option, "a name has 1 to 255 bytes");
	if (name[0] == '#')
		return refuse(why, option, "what begins with # would be a comment");
	if (!is_plain(name, ","))
		return refuse(why, option,
		    "no colon, comma or control character can stand in a name");
	return true;
}

static bool check_members(const char *option, const struct strbuf *list, struct strbuf *why)
{
	STRBUF(name, USER_SIZE + 1);

	if (list->full)
		return refuse(why, option, "these are too many for one time");
	for (const char *at = list->buf; list->len > 0;) {
		size_t n = strcspn(at, ",");

		strbuf_reset(&name);
		strbuf_addn(&name, at, n < USER_SIZE ? n : USER_SIZE);
		if (!check_name(option, name.buf, why))
			return false;
		if (at[n] == '\0')
			break;
		at += n + 1;
	}
	return true;
}

static bool check_id(const struct request *r, enum entry_field field, const char *option,
    struct strbuf *why)
{
	const char *text = r->change.fields[field];
	uintmax_t id;

	if (text == NULL)
		return true;
	if (!parse_uint(text, 10, 0, UINT32_MAX - 1, &id) || strlen(text) > 10)
		return refuse(why, option, "an id is a number from 0 to 4294967294");
	if (field == ENTRY_UID && id == 0 && !r->allow_root)
		return refuse(why, option, "0 is root: say --allow-uid-0 if that is meant");
	return true;
}

static bool check_path(const char *text, const char *option, struct strbuf *why)
{
	if (text == NULL)
		return true;
	if (text[0] != '/' || strlen(text) >= PATHNAME_SIZE)
		return refuse(why, option, "it must begin with / and have at most 4095 bytes");
	return is_plain(text, "") ||
	    refuse(why, option, "no colon or control character can stand in it");
}

static bool check_values(const struct request *r, struct strbuf *why)
{
	const char *const *f = r->change.fields;

	if (method_find(r->method) == NULL) {
		strbuf_addf(why, "--method: choose one of ");
		method_names(why);
		return false;
	}
	if (strlen(r->change.path) >= PATHNAME_SIZE)
		return refuse(why, "file", "the name is too long");
	if (f[ENTRY_GECOS] != NULL && (!is_plain(f[ENTRY_GECOS], "") ||
	    strlen(f[ENTRY_GECOS]) >= TEXT_SIZE))
		return refuse(why, "gecos",
		    "at most 1023 bytes, no colon and no control character");
	return (r->about == HASH || check_name("name", f[ENTRY_NAME], why)) &&
	    check_id(r, ENTRY_UID, "uid", why) && check_id(r, ENTRY_GID, "gid", why) &&
	    check_path(f[ENTRY_HOME], "home", why) && check_path(f[ENTRY_SHELL], "shell", why) &&
	    check_members("member", &r->join, why) &&
	    check_members("delete-member", &r->leave, why);
}

/* -- what is done -- */

/* Defaults of what the command line left out. */
static void complete(struct request *r)
{
	struct entry_change *c = &r->change;
	const char **f = c->fields;

	if (c->path == NULL)
		c->path = c->group ? SYSCONFDIR "/ftp.group" : SYSCONFDIR "/ftp.passwd";
	c->join = r->join.buf;
	c->leave = r->leave.buf;
	if (r->no_password)
		f[ENTRY_HASH] = "*";
	if (c->action != ENTRY_ADD)
		return;
	if (f[ENTRY_GID] == NULL)
		f[ENTRY_GID] = f[ENTRY_UID];
	if (f[ENTRY_SHELL] == NULL)
		f[ENTRY_SHELL] = "/bin/sh";     /* in /etc/shells, for RequireValidShell; never
		                                   run */
	if (f[ENTRY_GECOS] == NULL)
		f[ENTRY_GECOS] = "";
	f[ENTRY_HASH] = c->group ? "x" : "*";
}

/*
 * Change the file; or, a rehearsal, see whether it can be, before anybody is asked for a password.
 */
static bool change_file(const struct entry_change *c, bool rehearsal, struct strbuf *why)
{
	struct entry_change change = *c;
	struct replace r;
	bool done = false;
	char *text;
	size_t size, n;

	change.note = rehearsal ? NULL : note;
	if (replace_begin(&r, c->path, !rehearsal, why) &&
	    replace_read(&r, &text, &size, &n, why)) {
		char *mem = memory_map(size + ROOM);
		struct strbuf out;

		strbuf_init(&out, mem, size + ROOM);
		if (r.old < 0 && c->action != ENTRY_ADD)
			strbuf_addf(why, "%s: there is no such file: --file names another",
			    c->path);
		else
			done = entry_edit(&change, text, n, &out, why) &&
			    (rehearsal || replace_commit(&r, out.buf, out.len, why));
		if (done && !rehearsal && r.old >= 0 && (r.was.st_mode & S_IROTH))
			note("the file is readable by the world, and the server does not use it: "
			    "chmod o-r");
		memory_unmap(mem, size + ROOM);
		memory_unmap(text, size);
	}
	replace_end(&r);
	return done;
}

static bool run(struct request *r, struct strbuf *why)
{
	struct entry_change *c = &r->change;
	bool hash_only = r->about == HASH;
	STRBUF(hash, PATHNAME_SIZE);

	if (!hash_only && (c->group || r->no_password || (c->action != ENTRY_ADD &&
	    c->action != ENTRY_PASSWORD)))
		return change_file(c, false, why);
	if (!hash_only && !change_file(c, true, why))
		return false;
	if (!newpass_hash(method_find(r->method), r->from_stdin, c->fields[ENTRY_NAME], &hash, why))
		return false;
	if (!hash_only) {
		c->fields[ENTRY_HASH] = hash.buf;
		return change_file(c, false, why);
	}
	strbuf_addc(&hash, '\n');
	if (write_all(STDOUT_FILENO, hash.buf, hash.len) == 0)
		return true;
	strbuf_add(why, "standard output cannot be written");
	return false;
}

/* A file that took the place of a closed descriptor would get our messages. */
static bool hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	STRBUF(why, 2 * PATHNAME_SIZE);
	struct request r = { .about = USERS | GROUPS | HASH };
	int status;

	if (!hold_standard_descriptors())
		return REFUSED;
	log_to_stderr();
	(void)umask(077);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);       /* no core with a password in it */
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return help();
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return write_all(STDOUT_FILENO, "ftpasswd " VERSION "\n",
		    sizeof "ftpasswd " VERSION) < 0 ? REFUSED : DONE;
	strbuf_init(&r.join, memory_map(MEMBERS_SIZE), MEMBERS_SIZE);
	strbuf_init(&r.leave, memory_map(MEMBERS_SIZE), MEMBERS_SIZE);
	status = read_words(&r, argc, argv);
	if (status == DONE)
		status = check_words(&r);
	if (status != DONE)
		return status;
	complete(&r);
	if (check_values(&r, &why) && run(&r, &why))
		return DONE;
	say("", why.buf);
	return REFUSED;
}
