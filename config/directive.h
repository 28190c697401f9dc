#ifndef CONFIG_DIRECTIVE_H
#define CONFIG_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

/* The contexts a directive may stand in (directives.md, part 1: S V G A D L). */
enum {
	IN_SERVER = 1, IN_VHOST = 2, IN_GLOBAL = 4, IN_ANON = 8, IN_DIR = 16, IN_LIMIT = 32,
	IN_CLASS = 64,
	IN_FTPACCESS = 128,          /* a .ftpaccess file */
	IN_SVG = IN_SERVER | IN_VHOST | IN_GLOBAL,
	IN_SVGA = IN_SVG | IN_ANON,
	IN_SVGAD = IN_SVGA | IN_DIR,
	IN_SVGADF = IN_SVGAD | IN_FTPACCESS,
	IN_ANY = IN_SVGADF | IN_LIMIT,
};

/*
 * One name for each directive that has a value in struct settings. The table in
 * directive.c has a row for each (a test looks), and rows for the names
 * that are accepted without effect, answered with their replacement, or not yet there.
 */
enum directive_id {
	D_NONE,                      /* a row without a value in struct settings */
	D_ACCESS_DENY_MSG, D_ACCESS_GRANT_MSG, D_ALLOW_ALL, D_ALLOW_CHROOT_SYMLINKS,
	D_ALLOW_EMPTY_PASSWORDS, D_ALLOW_FILTER, D_ALLOW_FOREIGN_ADDRESS, D_ALLOW_LOG_SYMLINKS,
	D_ALLOW_OVERRIDE, D_ALLOW_OVERWRITE, D_ALLOW_RETRIEVE_RESTART, D_ALLOW_STORE_RESTART,
	D_ANON_CHECK_EMAIL, D_ANON_REJECT_PASSWORDS,
	D_ANON_RATIO, D_ANON_REQUIRE_PASSWORD, D_ANONYMOUS_GROUP, D_ANON_ALLOW_ROBOTS,
	D_AUTH_ALIAS_ONLY, D_AUTH_FILE_OPTIONS,
	D_AUTH_GROUP_FILE, D_AUTH_LOG,
	D_AUTH_ORDER, D_AUTH_PAM, D_AUTH_PAM_AUTHORITATIVE, D_AUTH_PAM_CONFIG, D_AUTH_PAM_OPTIONS,
	D_AUTH_UNIX_OPTIONS,
	D_AUTH_USER_FILE, D_AUTH_USING_ALIAS, D_BYTE_RATIO_ERR_MSG, D_CD_PATH,
	D_COMMAND_BUFFER_SIZE, D_CREATE_HOME, D_CWD_RATIO_MSG,
	D_DEBUG_LEVEL,
	D_DEFAULT_ADDRESS, D_DEFAULT_CHDIR,
	D_DEFAULT_ROOT, D_DEFAULT_SERVER, D_DEFAULT_TRANSFER_MODE, D_DEFER_WELCOME, D_DELAY_ENGINE,
	D_DELAY_ON_EVENT,
	D_DELETE_ABORTED_STORES, D_DENY_ALL, D_DENY_FILTER, D_DIR_FAKE_GROUP, D_DIR_FAKE_MODE,
	D_DIR_FAKE_USER, D_DISPLAY_CHDIR, D_DISPLAY_CONNECT, D_DISPLAY_FILE_TRANSFER,
	D_DISPLAY_LOGIN, D_DISPLAY_QUIT, D_DISPLAY_README, D_EXTENDED_LOG, D_FACTS_ADVERTISE,
	D_FACTS_DEFAULT, D_FACTS_OPTIONS, D_FILE_RATIO_ERR_MSG, D_GROUP, D_GROUP_OWNER,
	D_GROUP_RATIO, D_HIDDEN_STORES, D_HIDE_FILES, D_HIDE_GROUP, D_HIDE_NO_ACCESS, D_HIDE_USER,
	D_HOST_RATIO, D_IDENT_LOOKUPS, D_LEECH_RATIO_MSG, D_LIST_OPTIONS, D_LIST_STYLE,
	D_LOG_FORMAT, D_LOG_OPTIONS, D_MASQUERADE_ADDRESS, D_MAX_COMMAND_RATE,
	D_MAX_CLIENTS, D_MAX_CLIENTS_PER_CLASS, D_MAX_CLIENTS_PER_HOST,
	D_MAX_CLIENTS_PER_USER, D_MAX_CONNECTION_RATE, D_MAX_CONNECTIONS_PER_HOST,
	D_MAX_HOSTS_PER_USER, D_MAX_LOGIN_ATTEMPTS, D_MAX_PASSWORD_SIZE, D_MAX_RETRIEVE_FILE_SIZE,
	D_MAX_STORE_FILE_SIZE, D_MAX_TRANSFERS_PER_HOST, D_MAX_TRANSFERS_PER_USER, D_PASSIVE_PORTS,
	D_PATH_ALLOW_FILTER, D_PATH_DENY_FILTER, D_PORT, D_PROCESS_TITLES, D_PROTOCOLS,
	D_QUOTA_DEFAULT, D_QUOTA_DIRECTORY_TALLY, D_QUOTA_DISPLAY_UNITS, D_QUOTA_ENGINE,
	D_QUOTA_EXCLUDE_FILTER, D_QUOTA_LIMIT_TABLE, D_QUOTA_LOCK, D_QUOTA_LOG, D_QUOTA_OPTIONS,
	D_QUOTA_SHOW_QUOTAS, D_QUOTA_TALLY_TABLE, D_RATIO_FILE, D_RATIOS,
	D_REQUIRE_VALID_SHELL, D_RLIMIT_CHROOT, D_RLIMIT_CPU, D_RLIMIT_MEMORY, D_RLIMIT_OPEN_FILES,
	D_ROOT_LOGIN, D_SAVE_RATIOS, D_SCOREBOARD_FILE, D_SCOREBOARD_MUTEX, D_SCOREBOARD_OPTIONS,
	D_SERVER_ADMIN, D_SERVER_IDENT, D_SERVER_LOG, D_SERVER_NAME, D_SERVICE_HOURS, D_SET_ENV,
	D_SHOW_SYMLINKS, D_SHUT_MSG_FILE,
	D_SOCKET_OPTIONS,
	D_STORE_MOVE_TO, D_STORE_UNIQUE_PREFIX, D_SYSLOG_FACILITY, D_SYSLOG_LEVEL, D_SYSTEM_LOG,
	D_TCP_ACCESS_FILES, D_TCP_ACCESS_SYSLOG_LEVELS, D_TCP_GROUP_ACCESS_FILES, D_TCP_NO_DELAY,
	D_TCP_SERVICE_NAME, D_TCP_USER_ACCESS_FILES, D_TIMEOUT_IDLE, D_TIMEOUT_LINGER,
	D_TIMEOUT_LOGIN, D_TIMEOUT_NO_TRANSFER, D_TIMEOUT_SESSION, D_TIMEOUT_STALLED, D_TIMES_GMT,
	D_TLS_CA_CERTIFICATE_FILE, D_TLS_CA_CERTIFICATE_PATH, D_TLS_CA_REVOCATION_FILE,
	D_TLS_CA_REVOCATION_PATH, D_TLS_CERTIFICATE_CHAIN_FILE, D_TLS_CIPHER_SUITE,
	D_TLS_DH_PARAM_FILE, D_TLS_EC_CERTIFICATE_FILE, D_TLS_EC_CERTIFICATE_KEY_FILE,
	D_TLS_ECDH_CURVE, D_TLS_ENGINE, D_TLS_LOG, D_TLS_MASQUERADE_ADDRESS, D_TLS_NEXT_PROTOCOL,
	D_TLS_OPTIONS, D_TLS_PROTOCOL, D_TLS_REQUIRED, D_TLS_RSA_CERTIFICATE_FILE,
	D_TLS_RSA_CERTIFICATE_KEY_FILE, D_TLS_SERVER_CIPHER_PREFERENCE, D_TLS_TIMEOUT_HANDSHAKE,
	D_TLS_USER_NAME, D_TLS_VERIFY_CLIENT, D_TLS_VERIFY_DEPTH, D_TRANSFER_LOG,
	D_TRANSFER_OPTIONS, D_TRANSFER_RATE, D_TRANSFER_RATE_TOTAL, D_UMASK, D_UPLOAD_NOTIFY,
	D_USE_FTP_USERS, D_USE_GLOBBING, D_USE_IPV6, D_USE_LASTLOG, D_USE_REVERSE_DNS,
	D_USE_SENDFILE, D_USER, D_USER_ALIAS, D_USER_DIR_ROOT, D_USER_OWNER, D_USER_PASSWORD,
	D_USER_RATIO, D_WRAP_ALLOW_MSG,
	D_WRAP_DENY_MSG, D_WRAP_ENGINE, D_WRAP_GROUP_TABLES, D_WRAP_LOG, D_WRAP_OPTIONS,
	D_WRAP_SERVICE_NAME, D_WRAP_TABLES, D_WRAP_USER_TABLES, D_WTMP_LOG,
	DIRECTIVES
};

/* How the words behind a directive's name are read. */
enum value_type {
	V_BOOL, V_UINT, V_OCTAL, V_SECONDS, V_BYTES, V_TEXT, V_PATH,   /* one word each */
	V_SPECIAL,                   /* the row's own function reads them */
	V_SECTION,                   /* `<Name …>`, opened by the row's own function */
	V_NO_EFFECT,                 /* accepted; `text` says for -t why it does nothing here */
	V_REPLACED,                  /* an error; `text` names what to write instead */
	V_LATER,                     /* an error: not implemented yet */
};

/*
 * A row holds no pointer: the loader would have to relocate each of them in every process
 * that is spawned, and copy the table's pages for it.
 */
struct directive {
	char name[28];
	enum value_type type;
	enum directive_id id;
	unsigned contexts;           /* IN_… */
	unsigned offset;             /* of its field in struct settings */
	unsigned min, max;           /* V_UINT, V_OCTAL, V_SECONDS, V_BYTES: the range */
	unsigned char reader;        /* V_SPECIAL, V_SECTION: who reads the words (special.h) */
	unsigned char text;          /* V_NO_EFFECT, V_REPLACED: directive_text's */
	bool many;                   /* a context may hold more than one, or the reader decides */
	bool tls;                    /* an error in a program that was built without TLS */
};

/* Why a directive has no effect, or what to write instead; NULL for the other types. */
const char *directive_text(const struct directive *d);
/* The row of `name` in any case, or of its family ("Exec*"), or NULL. */
const struct directive *directive_find(const char *name);
/* The known name nearest to a misspelt one (at most 3 edits away), or NULL. */
const char *directive_suggest(const char *name);
/* Walk the table: row `i`, NULL behind the last. Rows are in the manual's order. */
const struct directive *directive_at(size_t i);
/* The names for <IfModule>: whether `mod_x.c` is a part that this binary has. */
bool module_present(const char *name);
/* Walk the parts' names for -l, NULL behind the last. */
const char *module_at(size_t i);

#endif
