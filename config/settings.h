#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config/directive.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where a directive or section stands: a file (index into struct config's files) and a line. */
struct origin {
	uint32_t file : 10, line : 22;
};

/*
 * A user, group or class expression: `!a,b` with its connective, or a regular expression that is
 * tried on every name (directives.md, 9).
 */
struct expr {
	const regex_t *regex;        /* NULL: the items */
	bool all;                    /* AND: every item must hold; else one suffices */
	size_t n;
	const struct expr_item {
		bool negated;
		const char *name;
	} *items;
};

/* `path [group-expression]`, in file order: DefaultRoot, DefaultChdir. */
struct path_rule {
	const struct path_rule *next;
	const char *path;
	struct expr groups;          /* an empty one: everybody */
	struct origin where;
};

/* UserAlias alias real. */
struct user_alias {
	const struct user_alias *next;
	const char *alias, *real;    /* alias "*": any name */
	struct origin where;
};

/*
 * UserPassword user hash. `hash` points into memory that only the monitor
 * has (config_secret): a session must never follow it.
 */
struct user_password {
	const struct user_password *next;
	const char *user, *hash;
	struct origin where;
};

/* SetEnv name value; a NULL value: UnsetEnv. In file order. */
struct env_rule {
	const struct env_rule *next;
	const char *name, *value;
	struct origin where;
};

/* AllowFilter and its like: a compiled POSIX extended regular expression and its text. */
struct filter {
	const regex_t *regex;
	const char *text;
};

/* AuthUserFile, AuthGroupFile: path [id a-b] [home [!]re] [name [!]re]. */
struct auth_file {
	const char *path;
	bool has_id;
	uint32_t id_min, id_max;
	struct filter home, name;    /* regex NULL: no such filter */
	bool home_not, name_not;     /* `!re`: lines that match are skipped */
};

enum auth_source { AUTH_SOURCE_PAM, AUTH_SOURCE_FILE, AUTH_SOURCE_UNIX };

/* AuthOrder, or the default order. */
struct auth_order {
	size_t n;
	struct { enum auth_source source; bool authoritative; } step[3];
	bool written;                /* the administrator wrote it out */
};

enum ident { IDENT_DEFAULT, IDENT_OFF, IDENT_TEXT };

/* ListOptions: letters switched on and cancelled (`+x`), and its own words. */
struct list_options {
	const char *on, *off;
	bool strict, list_only, nlst_only, no_error_if_absent, sorted_nlst;
	unsigned maxfiles, maxdirs, maxdepth;   /* 0: none given */
};

/* HiddenStores: the temporary's name is prefix name suffix; "%P" is the session's pid. */
struct hidden_stores {
	bool on;
	const char *prefix, *suffix;
};

/*
 * The value of every directive in one context. A field holds something only
 * where `where` says so; settings_for finds the context that does. Names
 * follow the directives. Text and lists live in the configuration's arena.
 */
struct settings {
	struct origin where[DIRECTIVES];    /* line 0: not set here */

	/* identity, selection, process */
	const char *server_name, *server_admin, *ident_text;
	enum ident ident;
	bool default_server;
	const char *const *default_address; /* NULL-terminated words */
	unsigned port;
	const char *user, *group;
	const char *masquerade_address;
	struct { unsigned min, max; } passive_ports;
	bool allow_foreign_address, use_reverse_dns, use_ipv6, defer_welcome;
	unsigned command_buffer_size;
	unsigned debug_level;
	int syslog_facility, syslog_level;
	const struct env_rule *env;
	struct auth_order auth_order;
	bool times_gmt;
	unsigned timeout_idle, timeout_linger, timeout_login, timeout_no_transfer, timeout_stalled;

	/* access */
	bool allow_all, deny_all;           /* directly in a section, outside any <Limit> */
	struct filter allow_filter, deny_filter, path_allow_filter, path_deny_filter;
	struct { mode_t file, dir; } umask;
	const char *display_connect, *display_login, *display_quit, *display_file_transfer;
	struct { const char *name; bool once; } display_chdir;
	bool rlimit_chroot;

	/* login */
	const char *access_deny_msg, *access_grant_msg;
	bool allow_chroot_symlinks, allow_empty_passwords, anon_require_password, auth_alias_only;
	bool require_valid_shell, root_login, use_ftp_users, wtmp_log;
	struct { struct filter re; bool negated; } anon_reject_passwords;
	const struct path_rule *default_root, *default_chdir;
	unsigned max_login_attempts;        /* 0: none, but never more than LOGIN_ATTEMPTS_MAX */
	unsigned max_password_size;
	const struct user_alias *user_alias;
	const struct user_password *user_password;
	struct auth_file auth_user_file, auth_group_file;
	bool auth_file_insecure_perms, auth_file_syntax_check;
	bool auth_pam, auth_pam_no_tty;
	const char *auth_pam_config;

	/* transfers */
	bool allow_overwrite, allow_retrieve_restart, allow_store_restart;
	bool default_transfer_binary, delete_aborted_stores, use_sendfile, ignore_ascii;
	struct hidden_stores hidden_stores;
	const char *store_unique_prefix;

	/* listings */
	struct { bool on; const char *name; } dir_fake_user, dir_fake_group;
	mode_t dir_fake_mode;
	struct list_options list_options;
	bool show_symlinks, use_globbing;

	/* logs */
	const char *transfer_log, *system_log;   /* "none": off */

	/* tcp wrappers */
	struct { const char *allow, *deny; } tcp_access_files;
	const char *tcp_service_name;
	struct { int allow, deny; } tcp_access_syslog_levels;
};

/* What holds where nobody set anything (directives.md, part 1; DESIGN.md where it differs). */
extern const struct settings settings_default;
/* Nothing is set: what a context holds until something is. */
extern const struct settings settings_unset;

#endif
