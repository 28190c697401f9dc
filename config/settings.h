#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config/directive.h"
#include "config/hours.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct extended_log;
struct ratio_settings;
struct log_format;
struct transfer_rule;

/* So many in so many seconds; count 0: any number. */
struct count_rate {
	unsigned count, seconds;
};

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

/* For whom a line holds that ends in `user a,b`, `group a` or `class a`. */
struct whom {
	enum whom_kind { WHOM_ALL, WHOM_USER, WHOM_GROUP, WHOM_CLASS } kind;
	struct expr expr;
};

/* MaxRetrieveFileSize, MaxStoreFileSize, TimeoutSession, in file order (cap.h). */
struct cap {
	const struct cap *next;
	uint64_t most;               /* bytes or seconds; CAP_NONE: as many as they are */
	struct whom whom;
	const struct context *context;       /* where it was read */
	struct origin where;
};
#define CAP_NONE UINT64_MAX

/* HideFiles, in file order: the first that is for the session decides, and it alone. */
struct hide_files {
	const struct hide_files *next;
	bool none;                   /* nothing is hidden */
	bool negated;                /* `!re`: names that do not match are */
	const regex_t *regex;
	const struct literal *plain; /* the same without regexec, or NULL */
	struct whom whom;
	struct origin where;
};

/*
 * HideUser, HideGroup, in file order: each hides. Their ids are found when the first entry is met.
 */
struct hide_owner {
	struct hide_owner *next;
	const char *name;
	bool group, own;             /* own: `~`, the session's */
	bool negated;                /* everybody else's entries */
	const struct context *context;   /* where it was read */
	struct origin where;
	struct hide_owner *older;    /* all of the configuration, each with its number, by which */
	uint32_t number;             /* a session names it to its monitor */
	bool asked, known;           /* config/hide.c's own */
	uint32_t id;
};

/* MaxClients and its like: n|none ["message"]. */
struct client_limit {
	unsigned max;                /* 0: none */
	const char *message;         /* %m in it is the limit; NULL: the usual one */
};

/* MaxClientsPerClass, in file order. */
struct class_limit {
	const struct class_limit *next;
	const char *class;
	struct client_limit limit;
	struct origin where;
};

/* AuthUserFile, AuthGroupFile: path [id a-b] [home [!]re] [name [!]re]. */
struct auth_file {
	const char *path;
	bool has_id;
	uint32_t id_min, id_max;
	struct filter home, name;    /* regex NULL: no such filter */
	bool home_not, name_not;     /* `!re`: lines that match are skipped */
};

/* Two tables of tcp wrappers: files (`~/` the user's, %U his name), or wrap_everybody (wrap.h). */
struct wrap_tables {
	const char *allow, *deny;
	struct origin where;
};

/* TCPUserAccessFiles, WrapGroupTables and their like, in file order. */
struct wrap_rule {
	const struct wrap_rule *next;
	struct expr who;
	struct wrap_tables tables;
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
	bool strict, list_only, nlst_only, no_error_if_absent, sorted_nlst, adjusted;
	unsigned maxfiles, maxdirs, maxdepth;   /* 0: none given */
};

/* SocketOptions; a 0: as the kernel has it. */
struct socket_options {
	unsigned maxseg, rcvbuf, sndbuf;
	bool keepalive;
	unsigned idle, count, interval;      /* of keepalive: seconds, probes, seconds */
};

/* RLimitCPU and its like; UINT64_MAX: max. */
struct resource_limit {
	bool set;
	uint64_t soft, hard;
};

/* CDPath, in file order. */
struct cd_path {
	const struct cd_path *next;
	const char *path;            /* inside the session's root */
	struct origin where;
};

/* HiddenStores: the temporary's name is prefix name suffix; "%P" is the session's pid. */
struct hidden_stores {
	bool on;
	const char *prefix, *suffix;
};

/* CreateHome. An id is a number, or with `users` the user's own. */
struct home_owner {
	bool users;
	uint32_t id;
};
struct create_home {
	bool on, as_user;            /* as_user: NoRootPrivs */
	mode_t mode, parents_mode;
	struct home_owner gid, parents_uid, parents_gid;
	const char *skeleton;        /* or NULL */
};

/* AnonCheckEmail: what an anonymous user's password must look like. */
enum email_check { EMAIL_ANY, EMAIL_AT, EMAIL_SYNTAX, EMAIL_DOMAIN };

/* DelayOnEvent. */
enum delay_event { DELAY_USER, DELAY_PASS, DELAY_FAILED, DELAY_EVENTS };
struct delay {
	bool set;
	unsigned ms;
};

/* LogOptions: what begins a line of a log file. */
enum { LOG_HOSTNAME = 1, LOG_TIMESTAMP = 2, LOG_VIRTUALHOST = 4 };

/* TLSRequired: what must be protected, and what must not. */
enum { TLS_NEED_CTRL = 1, TLS_NEED_AUTH = 2, TLS_NEED_DATA = 4, TLS_NO_DATA = 8 };
/* TLSProtocol. */
enum { TLS_1_0 = 1, TLS_1_1 = 2, TLS_1_2 = 4, TLS_1_3 = 8 };
/* TLSOptions. */
enum {
	TLS_NO_REUSE_REQUIRED = 1, TLS_IMPLICIT = 2, TLS_PER_USER = 4, TLS_DOT_LOGIN = 8,
	TLS_STD_ENV = 16, TLS_IGNORE_SNI = 32,
};
/* TLSVerifyClient. */
enum tls_verify { TLS_VERIFY_OFF, TLS_VERIFY_OPTIONAL, TLS_VERIFY_ON };

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
	const char *foreign_class;   /* AllowForeignAddress with the name of a class; or NULL */
	struct socket_options socket_options;
	bool tcp_no_delay, terse_titles;
	struct { bool ftp, ftps; } protocols;
	struct resource_limit rlimit_cpu, rlimit_memory, rlimit_open_files;
	const struct cd_path *cd_path;
	bool allow_foreign_address, use_reverse_dns, use_ipv6, defer_welcome;
	unsigned command_buffer_size;
	unsigned debug_level;
	int syslog_facility, syslog_level;
	const struct env_rule *env;
	struct auth_order auth_order;
	bool times_gmt;
	unsigned timeout_idle, timeout_linger, timeout_login, timeout_no_transfer, timeout_stalled;
	const struct cap *timeout_session;
	struct count_rate max_command_rate, max_connection_rate;

	/* access */
	bool allow_all, deny_all;           /* directly in a section, outside any <Limit> */
	struct filter allow_filter, deny_filter, path_allow_filter, path_deny_filter;
	const struct hide_files *hide_files;
	struct hide_owner *hide_user, *hide_group;
	bool hide_no_access;
	struct { mode_t file, dir; } umask;
	const char *display_connect, *display_login, *display_quit, *display_file_transfer;
	struct { const char *name; bool once; } display_chdir;
	bool rlimit_chroot, allow_override;
	const char *user_owner, *group_owner;        /* names; group_owner "~": the session's own */

	/* login */
	const char *access_deny_msg, *access_grant_msg;
	bool anon_allow_robots;
	bool allow_chroot_symlinks, allow_empty_passwords, anon_require_password, auth_alias_only;
	bool require_valid_shell, root_login, use_ftp_users, wtmp_log;
	struct { struct filter re; bool negated; } anon_reject_passwords;
	const struct path_rule *default_root, *default_chdir;
	struct create_home create_home;
	struct expr anonymous_group;        /* empty: none */
	enum email_check anon_check_email;
	bool auth_using_alias, user_dir_root, magic_token_chroot, use_lastlog, ident_lookups;
	bool delay_engine;
	struct delay delay_on_event[DELAY_EVENTS];
	unsigned max_login_attempts;        /* 0: none, but never more than LOGIN_ATTEMPTS_MAX */
	unsigned max_password_size;
	const struct user_alias *user_alias;
	const struct user_password *user_password;
	struct auth_file auth_user_file, auth_group_file;
	bool auth_file_insecure_perms, auth_file_syntax_check;
	bool auth_pam, auth_pam_no_tty;
	const char *auth_pam_config;

	/* counters */
	struct client_limit max_clients, max_clients_per_host, max_clients_per_user;
	struct client_limit max_hosts_per_user, max_connections_per_host;
	const struct class_limit *max_clients_per_class;
	const char *scoreboard_file; /* NULL: nobody counts */
	const char *scoreboard_mutex;        /* NULL: ScoreboardFile with .lck behind it */
	bool scoreboard_allow_missing;

	/* transfers */
	bool allow_overwrite, allow_retrieve_restart, allow_store_restart;
	bool default_transfer_binary, delete_aborted_stores, use_sendfile, ignore_ascii;
	struct hidden_stores hidden_stores;
	const struct cap *max_retrieve_file_size, *max_store_file_size;
	const char *store_unique_prefix;
	const struct transfer_rule *transfer_rate, *transfer_rate_total;     /* config/transfer.h */
	const struct transfer_rule *max_transfers_per_host, *max_transfers_per_user;
	const char *store_move_to, *upload_notify;   /* "none": off */
	bool ratios, save_ratios;
	struct ratio_settings *ratio;        /* config/ratio.h; NULL: nothing of it is set */

	/* quotas (quota.h) */
	bool quota_engine, quota_directory_tally, quota_scan_on_login, quota_show_quotas;
	unsigned char quota_display_units;   /* bytes are shifted by */
	/* log "none": off */
	const char *quota_limit_table, *quota_tally_table, *quota_lock, *quota_log;
	const struct quota_record *quota_default;
	struct filter quota_exclude_filter;

	/* listings */
	struct { bool on; const char *name; } dir_fake_user, dir_fake_group;
	mode_t dir_fake_mode;
	struct list_options list_options;
	bool show_symlinks, use_globbing;
	bool facts_advertise, list_windows;
	uint32_t facts_default;              /* FACT_… of config/fact.h */
	struct { bool use_slink, adjusted, no_names; } facts_options;
	const char *display_readme;

	struct hours service_hours;
	const char *shut_msg_file;   /* or "none" */

	/* logs */
	const char *transfer_log, *system_log;   /* "none": off */
	const char *server_log, *auth_log;       /* the same */
	const struct log_format *log_format;
	const struct extended_log *extended_log;
	unsigned log_options;        /* LOG_… */
	bool allow_log_symlinks;

	/* TLS */
	bool tls_engine;
	unsigned tls_required;       /* TLS_NEED_…, TLS_NO_DATA */
	unsigned tls_options, tls_protocol;
	const char *tls_rsa_certificate_file, *tls_rsa_certificate_key_file;
	const char *tls_ec_certificate_file, *tls_ec_certificate_key_file;
	const char *tls_certificate_chain_file, *tls_dh_param_file;
	const char *tls_ca_certificate_file, *tls_ca_certificate_path;
	const char *tls_ca_revocation_file, *tls_ca_revocation_path;
	struct {
		const char *list, *suites;          /* up to TLS 1.2, of 1.3; NULL: ours */
		struct origin list_where, suites_where;
	} tls_cipher_suite;
	const char *tls_ecdh_curve;          /* NULL: auto */
	bool tls_server_cipher_preference, tls_next_protocol;
	enum tls_verify tls_verify_client;
	unsigned tls_verify_depth, tls_timeout_handshake;
	const char *tls_user_name;           /* CommonName, EmailSubjAltName or an OID; NULL: off */
	const char *tls_masquerade_address, *tls_log;

	/* tcp wrappers */
	struct wrap_tables tcp_access_files, wrap_tables;
	const struct wrap_rule *tcp_user_files, *tcp_group_files, *wrap_user_tables,
	    *wrap_group_tables;
	const char *tcp_service_name, *wrap_service_name, *wrap_allow_msg, *wrap_deny_msg,
	    *wrap_log;
	bool wrap_engine, wrap_on_connect, wrap_all_names;
	struct { int allow, deny; } tcp_access_syslog_levels;
};

/* What holds where nobody set anything (directives.md, part 1; DESIGN.md where it differs). */
extern const struct settings settings_default;
/* Nothing is set: what a context holds until something is. */
extern const struct settings settings_unset;

#endif
