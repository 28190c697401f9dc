/* THE table of directives: every name, where it may stand, and what becomes of its words. */
#include "config/directive.h"

#include "config/bounds.h"
#include "config/settings.h"
#include "config/special.h"
#include "config/value.h"

#include <string.h>
#include <strings.h>

enum { TIME_MAX = 365 * 24 * 3600 };

/* Why names have no effect, or what to write instead of them. */
#define TEXTS(X) \
	X(after_login, "conditions on a user hold after login alone") \
	X(no_loading, "no code is loaded at run time") \
	X(inetd_limits, "inetd limits how many connections there are (xinetd: instances)") \
	X(inetd_listens, "it belongs to a daemon that listens; here inetd does") \
	X(posix_regex, "expressions are libc's POSIX extended ones") \
	X(no_cache, "nothing of the file system is cached") \
	X(name_service, "names always come from the name service") \
	X(no_rewrite, "there is no mod_rewrite") \
	X(root_dropped, "root is given up for good at login; the monitor provides port 20") \
	X(no_controls, "there is no control socket") \
	X(no_medians, "every refusal takes the same time, so no times are kept") \
	X(no_capability, "no capability survives login") \
	X(one_session, "a process serves one session and shares no cache") \
	X(no_tls_cache, \
	  "a process serves one session and shares no cache; that clients need not resume a " \
	  "session is said by TLSOptions NoSessionReuseRequired") \
	X(pam_prompts, "the prompts of PAM are always passed on") \
	X(one_form, "replies have the one form of RFC 959") \
	X(classes_on, "classes are always on") \
	X(nothing, "there is nothing here that it would change") \
	X(limit_chmod, "write <Limit SITE_CHMOD> with DenyAll instead") \
	X(transfer_rate, "write TransferRate instead") \
	X(chdir_on, "write DisplayChdir with the file and on instead") \
	X(max_clients, "give MaxClients a message instead") \
	X(list_options, "write ListOptions instead") \
	X(user_file, "use AuthUserFile or UserPassword instead") \
	X(encoding, "write UseEncoding instead") \
	X(class_section, "write <Class> with From instead, and MaxClientsPerClass") \
	X(addresses, "name the address in <VirtualHost> or DefaultAddress instead") \
	X(user_hashes, "put the hashes into the AuthUserFile instead") \
	X(nss_groups, "groups come from the name service") \
	X(ratio_beside, "the new file is written beside RatioFile, and takes its place") \
	X(tcp_files, "write TCPAccessFiles instead") \
	X(quota_tables, "write QuotaEngine and its tables instead") \
	X(ldap, \
	  "no LDAP is spoken here; PAM and the name service (pam_ldap, nss_ldap) work without it") \
	X(radius, "no RADIUS is spoken here; pam_radius works without it") \
	X(pam_otp, \
	  "use a PAM module for one-time passwords; its challenge is shown in the 331 reply") \
	X(no_programs, \
	  "no program is run, by design; ExtendedLog, TransferLog and PAM tell what happens") \
	X(out_of_scope, "mod_rewrite is out of scope") \
	X(firewall, "use tcp wrappers or the firewall instead") \
	X(rate_total, "use TransferRateTotal instead") \
	X(no_daemon, "there is no daemon to control; leave it inside <IfModule>") \
	X(no_service, "it needs another service; leave it inside <IfModule>") \
	X(no_ssh, "this is no SSH server; leave it inside <IfModule>") \
	X(plain_key, \
	  "put the key into an unencrypted file with mode 0600; no program is asked for it") \
	X(no_dsa, "DSA is obsolete; use an RSA or EC certificate")

#define AS_NUMBER(name, text) TEXT_##name,
enum { TEXT_NONE, TEXTS(AS_NUMBER) };

#define F(field) .offset = offsetof(struct settings, field)
/* Names that mean the same wherever they stand; a name that ends in * is a family. */
#define NO_EFFECT(name, why) { name, V_NO_EFFECT, D_NONE, 0, .text = TEXT_##why }
#define REPLACED(name, why) { name, V_REPLACED, D_NONE, 0, .text = TEXT_##why }
#define LATER(name) { name, V_LATER, D_NONE, 0, .text = TEXT_NONE }

/* Sorted by name, in any case: directive_find halves it. */
static const struct directive directives[] = {
	{ "<Anonymous>", V_SECTION, D_NONE, IN_SVG, .reader = DO_open_anonymous },
	{ "<Class>", V_SECTION, D_NONE, IN_SERVER | IN_GLOBAL, .reader = DO_open_class },
	{ "<Directory>", V_SECTION, D_NONE, IN_SVGA, .reader = DO_open_directory },
	{ "<Global>", V_SECTION, D_NONE, IN_SERVER | IN_VHOST, .reader = DO_open_global },
	{ "<IfAuthenticated>", V_SECTION, D_NONE, IN_SVG, .reader = DO_open_condition },
	{ "<IfClass>", V_SECTION, D_NONE, IN_SVG, .reader = DO_open_condition },
	{ "<IfDefine>", V_SECTION, D_NONE, IN_ANY, .reader = DO_open_if },
	{ "<IfGroup>", V_SECTION, D_NONE, IN_SVG, .reader = DO_open_condition },
	{ "<IfModule>", V_SECTION, D_NONE, IN_ANY, .reader = DO_open_if },
	{ "<IfUser>", V_SECTION, D_NONE, IN_SVG, .reader = DO_open_condition },
	{ "<IfVersion>", V_SECTION, D_NONE, IN_ANY, .reader = DO_open_version },
	{ "<Limit>", V_SECTION, D_NONE, IN_SVGADF, .reader = DO_open_limit },
	{ "<VirtualHost>", V_SECTION, D_NONE, IN_SERVER, .reader = DO_open_virtualhost },
	{ "AccessDenyMsg", V_TEXT, D_ACCESS_DENY_MSG, IN_SVGA, F(access_deny_msg) },
	{ "AccessGrantMsg", V_TEXT, D_ACCESS_GRANT_MSG, IN_SVGA, F(access_grant_msg) },
	REPLACED("AdminControls*", no_daemon),
	{ "Allow", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_allow },
	{ "AllowAll", V_SPECIAL, D_ALLOW_ALL, IN_ANON | IN_DIR | IN_LIMIT | IN_FTPACCESS,
	.reader = DO_read_all },
	REPLACED("AllowChmod", limit_chmod),
	{ "AllowChrootSymlinks", V_BOOL, D_ALLOW_CHROOT_SYMLINKS, IN_SVG,
	    F(allow_chroot_symlinks) },
	{ "AllowClass", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	{ "AllowEmptyPasswords", V_BOOL, D_ALLOW_EMPTY_PASSWORDS, IN_SVGA,
	    F(allow_empty_passwords) },
	{ "AllowFilter", V_SPECIAL, D_ALLOW_FILTER, IN_ANY, F(allow_filter),
	.reader = DO_read_filter },
	{ "AllowForeignAddress", V_SPECIAL, D_ALLOW_FOREIGN_ADDRESS, IN_SVGA,
	.reader = DO_read_allow_foreign },
	{ "AllowGroup", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	{ "AllowLogSymlinks", V_BOOL, D_ALLOW_LOG_SYMLINKS, IN_SVG, F(allow_log_symlinks) },
	{ "AllowOverride", V_BOOL, D_ALLOW_OVERRIDE, IN_SVGAD, F(allow_override) },
	{ "AllowOverwrite", V_BOOL, D_ALLOW_OVERWRITE, IN_SVGADF, F(allow_overwrite) },
	{ "AllowRetrieveRestart", V_BOOL, D_ALLOW_RETRIEVE_RESTART, IN_SVGADF,
	    F(allow_retrieve_restart) },
	{ "AllowStoreRestart", V_BOOL, D_ALLOW_STORE_RESTART, IN_SVGADF, F(allow_store_restart) },
	{ "AllowUser", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	{ "AnonAllowRobots", V_BOOL, D_ANON_ALLOW_ROBOTS, IN_ANON, F(anon_allow_robots) },
	{ "AnonCheckEmail", V_SPECIAL, D_ANON_CHECK_EMAIL, IN_ANON,
	.reader = DO_read_anon_check_email },
	{ "AnonRatio", V_SPECIAL, D_ANON_RATIO, IN_SVGAD, .reader = DO_read_ratio, .many = true },
	{ "AnonRejectPasswords", V_SPECIAL, D_ANON_REJECT_PASSWORDS, IN_ANON,
	.reader = DO_read_anon_reject },
	{ "AnonRequirePassword", V_BOOL, D_ANON_REQUIRE_PASSWORD, IN_ANON,
	    F(anon_require_password) },
	{ "AnonymousGroup", V_SPECIAL, D_ANONYMOUS_GROUP, IN_SVG,
	.reader = DO_read_anonymous_group },
	{ "AuthAliasOnly", V_BOOL, D_AUTH_ALIAS_ONLY, IN_SVGA, F(auth_alias_only) },
	{ "AuthFileOptions", V_SPECIAL, D_AUTH_FILE_OPTIONS, IN_SVG,
	.reader = DO_read_auth_file_options },
	{ "AuthGroupFile", V_SPECIAL, D_AUTH_GROUP_FILE, IN_SVG, F(auth_group_file),
	.reader = DO_read_auth_file },
	{ "AuthLog", V_SPECIAL, D_AUTH_LOG, IN_SVG, F(auth_log), .reader = DO_read_auth_log },
	{ "AuthOrder", V_SPECIAL, D_AUTH_ORDER, IN_SVG,
	.reader = DO_read_auth_order, .many = true },
	REPLACED("AuthOTP*", pam_otp),
	{ "AuthPAM", V_SPECIAL, D_AUTH_PAM, IN_SVG, .reader = DO_read_auth_pam },
	{ "AuthPAMAuthoritative", V_SPECIAL, D_AUTH_PAM_AUTHORITATIVE, IN_SVG,
	.reader = DO_read_pam_authoritative },
	{ "AuthPAMConfig", V_SPECIAL, D_AUTH_PAM_CONFIG, IN_SVG, .reader = DO_read_pam_config },
	{ "AuthPAMOptions", V_SPECIAL, D_AUTH_PAM_OPTIONS, IN_SVG, .reader = DO_read_pam_options },
	REPLACED("AuthShadowFile", user_hashes),
	{ "AuthUnixOptions", V_SPECIAL, D_AUTH_UNIX_OPTIONS, IN_SVG,
	.reader = DO_read_auth_unix_options },
	{ "AuthUserFile", V_SPECIAL, D_AUTH_USER_FILE, IN_SVG, F(auth_user_file),
	.reader = DO_read_auth_file },
	{ "AuthUsingAlias", V_BOOL, D_AUTH_USING_ALIAS, IN_ANON, F(auth_using_alias) },
	REPLACED("Ban*", firewall),
	REPLACED("Bandwidth", transfer_rate),
	REPLACED("Bind", addresses),
	{ "ByteRatioErrMsg", V_SPECIAL, D_BYTE_RATIO_ERR_MSG, IN_SVGAD,
	.reader = DO_read_ratio_text },
	NO_EFFECT("CapabilitiesEngine", no_capability),
	NO_EFFECT("CapabilitiesRootRevoke", no_capability),
	NO_EFFECT("CapabilitiesSet", no_capability),
	{ "CDPath", V_SPECIAL, D_CD_PATH, IN_SVGA, .reader = DO_read_cd_path, .many = true },
	REPLACED("Class", class_section),
	NO_EFFECT("Classes", classes_on),
	{ "CommandBufferSize", V_BYTES, D_COMMAND_BUFFER_SIZE, IN_SVG,
	    F(command_buffer_size), LINE_MIN, LINE_LIMIT },
	REPLACED("Controls*", no_daemon),
	{ "CopyEngine", V_SPECIAL, D_NONE, IN_SVGAD, .reader = DO_read_not_offered },
	{ "CreateHome", V_SPECIAL, D_CREATE_HOME, IN_SVG, .reader = DO_read_create_home },
	REPLACED("CtrlsAdmin*", no_daemon),
	{ "CwdRatioMsg", V_SPECIAL, D_CWD_RATIO_MSG, IN_SVGAD, .reader = DO_read_ratio_text },
	{ "DebugLevel", V_UINT, D_DEBUG_LEVEL, IN_SVG, F(debug_level), 0, 10 },
	{ "DefaultAddress", V_SPECIAL, D_DEFAULT_ADDRESS, IN_SERVER,
	.reader = DO_read_default_address },
	{ "DefaultChdir", V_SPECIAL, D_DEFAULT_CHDIR, IN_SVGA, F(default_chdir),
	.reader = DO_read_path_rule, .many = true },
	REPLACED("DefaultQuota", quota_tables),
	{ "DefaultRoot", V_SPECIAL, D_DEFAULT_ROOT, IN_SVG, F(default_root),
	.reader = DO_read_path_rule, .many = true },
	{ "DefaultServer", V_BOOL, D_DEFAULT_SERVER, IN_SERVER | IN_VHOST, F(default_server) },
	{ "DefaultTransferMode", V_SPECIAL, D_DEFAULT_TRANSFER_MODE, IN_SVG,
	.reader = DO_read_transfer_mode },
	{ "DeferWelcome", V_BOOL, D_DEFER_WELCOME, IN_SVG, F(defer_welcome) },
	{ "Define", V_SPECIAL, D_NONE, IN_ANY, .reader = DO_read_define },
	LATER("DeflateEngine"),
	LATER("DeflateLog"),
	NO_EFFECT("DelayControlsACLs", no_controls),
	{ "DelayEngine", V_BOOL, D_DELAY_ENGINE, IN_SVG, F(delay_engine) },
	{ "DelayOnEvent", V_SPECIAL, D_DELAY_ON_EVENT, IN_SVG,
	.reader = DO_read_delay_on_event, .many = true },
	NO_EFFECT("DelayTable", no_medians),
	{ "DeleteAbortedStores", V_BOOL, D_DELETE_ABORTED_STORES, IN_SVGADF,
	    F(delete_aborted_stores) },
	{ "Deny", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_allow },
	{ "DenyAll", V_SPECIAL, D_DENY_ALL, IN_ANON | IN_DIR | IN_LIMIT | IN_FTPACCESS,
	.reader = DO_read_all },
	{ "DenyClass", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	{ "DenyFilter", V_SPECIAL, D_DENY_FILTER, IN_ANY, F(deny_filter),
	.reader = DO_read_filter },
	{ "DenyGroup", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	{ "DenyUser", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_expr_rule },
	LATER("DigestAlgorithms"),
	NO_EFFECT("DigestCache", one_session),
	LATER("DigestDefaultAlgorithm"),
	LATER("DigestEnable"),
	LATER("DigestEngine"),
	LATER("DigestMaxSize"),
	NO_EFFECT("DigestOptions", one_session),
	{ "DirFakeGroup", V_SPECIAL, D_DIR_FAKE_GROUP, IN_SVGADF, .reader = DO_read_dir_fake },
	{ "DirFakeMode", V_OCTAL, D_DIR_FAKE_MODE, IN_SVGADF, F(dir_fake_mode), 0, 07777 },
	{ "DirFakeUser", V_SPECIAL, D_DIR_FAKE_USER, IN_SVGADF, .reader = DO_read_dir_fake },
	{ "DisplayChdir", V_SPECIAL, D_DISPLAY_CHDIR, IN_SVGAD, .reader = DO_read_display_chdir },
	{ "DisplayConnect", V_PATH, D_DISPLAY_CONNECT, IN_SVG, F(display_connect) },
	{ "DisplayFileTransfer", V_TEXT, D_DISPLAY_FILE_TRANSFER, IN_SVG,
	    F(display_file_transfer) },
	REPLACED("DisplayFirstChdir", chdir_on),
	REPLACED("DisplayGoAway", max_clients),
	{ "DisplayLogin", V_TEXT, D_DISPLAY_LOGIN, IN_SVGA, F(display_login) },
	{ "DisplayQuit", V_TEXT, D_DISPLAY_QUIT, IN_SVGA, F(display_quit) },
	{ "DisplayReadme", V_TEXT, D_DISPLAY_README, IN_SVGA, F(display_readme) },
	REPLACED("DNSBL*", firewall),
	REPLACED("Exec*", no_programs),
	{ "ExtendedLog", V_SPECIAL, D_EXTENDED_LOG, IN_SVGA, F(extended_log),
	.reader = DO_read_extended_log, .many = true },
	NO_EFFECT("FACLEngine", nothing),
	{ "FactsAdvertise", V_BOOL, D_FACTS_ADVERTISE, IN_SVG, F(facts_advertise) },
	{ "FactsDefault", V_SPECIAL, D_FACTS_DEFAULT, IN_SVG, .reader = DO_read_facts_default },
	{ "FactsOptions", V_SPECIAL, D_FACTS_OPTIONS, IN_SVG, .reader = DO_read_facts_options },
	{ "FileRatioErrMsg", V_SPECIAL, D_FILE_RATIO_ERR_MSG, IN_SVGAD,
	.reader = DO_read_ratio_text },
	NO_EFFECT("ForensicLog*", nothing),
	{ "From", V_SPECIAL, D_NONE, IN_CLASS, .reader = DO_read_from },
	NO_EFFECT("FSCachePolicy", no_cache),
	NO_EFFECT("FSOptions", no_cache),
	REPLACED("GeoIP*", firewall),
	{ "Group", V_TEXT, D_GROUP, IN_SVGA, F(group) },
	{ "GroupOwner", V_TEXT, D_GROUP_OWNER, IN_ANON | IN_DIR | IN_FTPACCESS, F(group_owner) },
	REPLACED("GroupPassword", user_file),
	{ "GroupRatio", V_SPECIAL, D_GROUP_RATIO, IN_SVGAD, .reader = DO_read_ratio, .many = true },
	{ "HiddenStores", V_SPECIAL, D_HIDDEN_STORES, IN_SVGAD, .reader = DO_read_hidden_stores },
	{ "HideFiles", V_SPECIAL, D_HIDE_FILES, IN_DIR | IN_FTPACCESS, .reader = DO_read_hide_files,
	.many = true },
	{ "HideGroup", V_SPECIAL, D_HIDE_GROUP, IN_ANON | IN_DIR, .reader = DO_read_hide_owner,
	.many = true },
	{ "HideNoAccess", V_BOOL, D_HIDE_NO_ACCESS, IN_ANON | IN_DIR, F(hide_no_access) },
	{ "HideUser", V_SPECIAL, D_HIDE_USER, IN_ANON | IN_DIR, .reader = DO_read_hide_owner,
	.many = true },
	{ "HostRatio", V_SPECIAL, D_HOST_RATIO, IN_SVGAD, .reader = DO_read_ratio, .many = true },
	{ "IdentLookups", V_BOOL, D_IDENT_LOOKUPS, IN_SVG, F(ident_lookups) },
	NO_EFFECT("IfSessionOptions", after_login),
	{ "IgnoreHidden", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_ignore_hidden },
	{ "Include", V_SPECIAL, D_NONE, IN_SVGAD | IN_LIMIT, .reader = DO_read_include },
	{ "IncludeOptions", V_SPECIAL, D_NONE, IN_SERVER, .reader = DO_read_include_options },
	LATER("LangDefault"),
	LATER("LangEngine"),
	LATER("LangOptions"),
	LATER("LangPath"),
	REPLACED("LDAP*", ldap),
	{ "LeechRatioMsg", V_SPECIAL, D_LEECH_RATIO_MSG, IN_SVGAD, .reader = DO_read_ratio_text },
	{ "ListOptions", V_SPECIAL, D_LIST_OPTIONS, IN_SVGADF, .reader = DO_read_list_options },
	{ "ListStyle", V_SPECIAL, D_LIST_STYLE, IN_SVGA, .reader = DO_read_list_style },
	NO_EFFECT("LoadFile", no_loading),
	{ "LoadModule", V_SPECIAL, D_NONE, IN_SERVER, .reader = DO_read_load_module },
	{ "LogFormat", V_SPECIAL, D_LOG_FORMAT, IN_SERVER | IN_GLOBAL, F(log_format),
	.reader = DO_read_log_format, .many = true },
	NO_EFFECT("LoginPasswordPrompt", pam_prompts),
	{ "LogOptions", V_SPECIAL, D_LOG_OPTIONS, IN_SVG, F(log_options),
	.reader = DO_read_log_options },
	REPLACED("LsDefaultOptions", list_options),
	{ "MasqueradeAddress", V_TEXT, D_MASQUERADE_ADDRESS, IN_SVG, F(masquerade_address) },
	{ "MaxClients", V_SPECIAL, D_MAX_CLIENTS, IN_SVGA, F(max_clients),
	.reader = DO_read_client_limit },
	{ "MaxClientsPerClass", V_SPECIAL, D_MAX_CLIENTS_PER_CLASS, IN_SVG,
	.reader = DO_read_class_limit, .many = true },
	{ "MaxClientsPerHost", V_SPECIAL, D_MAX_CLIENTS_PER_HOST, IN_SVGA, F(max_clients_per_host),
	.reader = DO_read_client_limit },
	{ "MaxClientsPerUser", V_SPECIAL, D_MAX_CLIENTS_PER_USER, IN_SVGA, F(max_clients_per_user),
	.reader = DO_read_client_limit },
	{ "MaxCommandRate", V_SPECIAL, D_MAX_COMMAND_RATE, IN_SVG, .reader = DO_read_count_rate },
	{ "MaxConnectionRate", V_SPECIAL, D_MAX_CONNECTION_RATE, IN_SERVER,
	.reader = DO_read_count_rate },
	{ "MaxConnectionsPerHost", V_SPECIAL, D_MAX_CONNECTIONS_PER_HOST, IN_SVG,
	    F(max_connections_per_host), .reader = DO_read_client_limit },
	{ "MaxHostsPerUser", V_SPECIAL, D_MAX_HOSTS_PER_USER, IN_SVGA, F(max_hosts_per_user),
	.reader = DO_read_client_limit },
	NO_EFFECT("MaxInstances", inetd_limits),
	{ "MaxLoginAttempts", V_SPECIAL, D_MAX_LOGIN_ATTEMPTS, IN_SVG,
	.reader = DO_read_login_attempts },
	{ "MaxPasswordSize", V_BYTES, D_MAX_PASSWORD_SIZE, IN_SVG,
	    F(max_password_size), 1, SECRET_SIZE - 1 },
	{ "MaxRetrieveFileSize", V_SPECIAL, D_MAX_RETRIEVE_FILE_SIZE, IN_SVGADF,
	.reader = DO_read_file_size, .many = true },
	{ "MaxStoreFileSize", V_SPECIAL, D_MAX_STORE_FILE_SIZE, IN_SVGADF,
	.reader = DO_read_file_size, .many = true },
	{ "MaxTransfersPerHost", V_SPECIAL, D_MAX_TRANSFERS_PER_HOST, IN_SVGADF,
	.reader = DO_read_transfer_limit, .many = true },
	{ "MaxTransfersPerUser", V_SPECIAL, D_MAX_TRANSFERS_PER_USER, IN_SVGADF,
	.reader = DO_read_transfer_limit, .many = true },
	REPLACED("Memcache*", no_service),
	NO_EFFECT("ModuleControlsACLs", no_loading),
	NO_EFFECT("ModuleOrder", no_loading),
	NO_EFFECT("ModulePath", no_loading),
	NO_EFFECT("MultilineRFC2228", one_form),
	REPLACED("OPIE*", pam_otp),
	{ "Order", V_SPECIAL, D_NONE, IN_LIMIT, .reader = DO_read_order },
	{ "PassivePorts", V_SPECIAL, D_PASSIVE_PORTS, IN_SVG, .reader = DO_read_passive_ports },
	{ "PathAllowFilter", V_SPECIAL, D_PATH_ALLOW_FILTER, IN_SVGADF, F(path_allow_filter),
	.reader = DO_read_filter },
	{ "PathDenyFilter", V_SPECIAL, D_PATH_DENY_FILTER, IN_SVGADF, F(path_deny_filter),
	.reader = DO_read_filter },
	NO_EFFECT("PersistentPasswd", name_service),
	NO_EFFECT("PidFile", inetd_listens),
	LATER("PolicySocket"),
	{ "Port", V_UINT, D_PORT, IN_SVG, F(port), 0, 65535 },
	{ "ProcessTitles", V_SPECIAL, D_PROCESS_TITLES, IN_SERVER,
	.reader = DO_read_process_titles },
	{ "Protocols", V_SPECIAL, D_PROTOCOLS, IN_SVG, .reader = DO_read_protocols },
	LATER("ProxyProtocolEngine"),
	LATER("ProxyProtocolIgnore"),
	LATER("ProxyProtocolOptions"),
	LATER("ProxyProtocolTimeout"),
	LATER("ProxyProtocolTrust"),
	LATER("ProxyProtocolVersion"),
	NO_EFFECT("QoSOptions", nothing),
	REPLACED("QuotaBlockSize", quota_tables),
	REPLACED("QuotaCalc", quota_tables),
	{ "QuotaDefault", V_SPECIAL, D_QUOTA_DEFAULT, IN_SVG, .reader = DO_read_quota_default },
	{ "QuotaDirectoryTally", V_BOOL, D_QUOTA_DIRECTORY_TALLY, IN_SVG,
	    F(quota_directory_tally) },
	{ "QuotaDisplayUnits", V_SPECIAL, D_QUOTA_DISPLAY_UNITS, IN_SVG,
	.reader = DO_read_quota_units },
	{ "QuotaEngine", V_BOOL, D_QUOTA_ENGINE, IN_SVG, F(quota_engine) },
	{ "QuotaExcludeFilter", V_SPECIAL, D_QUOTA_EXCLUDE_FILTER, IN_SVG,
	.reader = DO_read_quota_filter },
	REPLACED("QuotaExempt", quota_tables),
	{ "QuotaLimitTable", V_SPECIAL, D_QUOTA_LIMIT_TABLE, IN_SVG, F(quota_limit_table),
	.reader = DO_read_quota_table },
	{ "QuotaLock", V_PATH, D_QUOTA_LOCK, IN_SVG, F(quota_lock) },
	{ "QuotaLog", V_SPECIAL, D_QUOTA_LOG, IN_SVG, F(quota_log), .reader = DO_read_log },
	{ "QuotaOptions", V_SPECIAL, D_QUOTA_OPTIONS, IN_SVG, .reader = DO_read_quota_options },
	REPLACED("Quotas", quota_tables),
	{ "QuotaShowQuotas", V_BOOL, D_QUOTA_SHOW_QUOTAS, IN_SVG, F(quota_show_quotas) },
	{ "QuotaTallyTable", V_SPECIAL, D_QUOTA_TALLY_TABLE, IN_SVG, F(quota_tally_table),
	.reader = DO_read_quota_table },
	REPLACED("Radius*", radius),
	{ "RateReadBPS", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RateReadFreeBytes", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RateReadHardBPS", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RateWriteBPS", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RateWriteFreeBytes", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RateWriteHardBPS", V_REPLACED, D_NONE, 0, .reader = DO_read_old_rate },
	{ "RatioFile", V_SPECIAL, D_RATIO_FILE, IN_SVGAD, .reader = DO_read_ratio_file },
	{ "Ratios", V_BOOL, D_RATIOS, IN_SVGAD, F(ratios) },
	NO_EFFECT("RatioTempFile", ratio_beside),
	REPLACED("Redis*", no_service),
	NO_EFFECT("RegexOptions", posix_regex),
	{ "RequireValidShell", V_BOOL, D_REQUIRE_VALID_SHELL, IN_SVGA, F(require_valid_shell) },
	REPLACED("Rewrite*", out_of_scope),
	NO_EFFECT("RewriteHome", no_rewrite),
	{ "RLimitChroot", V_BOOL, D_RLIMIT_CHROOT, IN_SVG, F(rlimit_chroot) },
	{ "RLimitCPU", V_SPECIAL, D_RLIMIT_CPU, IN_SERVER, .reader = DO_read_rlimit, .many = true },
	{ "RLimitMemory", V_SPECIAL, D_RLIMIT_MEMORY, IN_SERVER, .reader = DO_read_rlimit,
	.many = true },
	{ "RLimitOpenFiles", V_SPECIAL, D_RLIMIT_OPEN_FILES, IN_SERVER, .reader = DO_read_rlimit,
	.many = true },
	{ "RootLogin", V_BOOL, D_ROOT_LOGIN, IN_SVGA, F(root_login) },
	NO_EFFECT("RootRevoke", root_dropped),
	{ "Satisfy", V_SPECIAL, D_NONE, IN_CLASS, .reader = DO_read_satisfy },
	{ "SaveRatios", V_BOOL, D_SAVE_RATIOS, IN_SVGAD, F(save_ratios) },
	{ "ScoreboardFile", V_SPECIAL, D_SCOREBOARD_FILE, IN_SERVER,
	.reader = DO_read_scoreboard_file },
	{ "ScoreboardMutex", V_SPECIAL, D_SCOREBOARD_MUTEX, IN_SERVER,
	.reader = DO_read_scoreboard_file },
	{ "ScoreboardOptions", V_SPECIAL, D_SCOREBOARD_OPTIONS, IN_SVG,
	.reader = DO_read_scoreboard_options },
	NO_EFFECT("ScoreboardScrub", inetd_listens),
	{ "ServerAdmin", V_TEXT, D_SERVER_ADMIN, IN_SERVER | IN_VHOST, F(server_admin) },
	{ "ServerAlias", V_SPECIAL, D_NONE, IN_SVG, .reader = DO_read_server_alias },
	{ "ServerIdent", V_SPECIAL, D_SERVER_IDENT, IN_SVG, .reader = DO_read_server_ident },
	{ "ServerLog", V_SPECIAL, D_SERVER_LOG, IN_SVG, F(server_log), .reader = DO_read_log },
	{ "ServerName", V_TEXT, D_SERVER_NAME, IN_SERVER | IN_VHOST, F(server_name) },
	{ "ServerType", V_SPECIAL, D_NONE, IN_SERVER, .reader = DO_read_server_type },
	{ "ServiceHours", V_SPECIAL, D_SERVICE_HOURS, IN_SVGA, .reader = DO_read_service_hours },
	{ "SetEnv", V_SPECIAL, D_SET_ENV, IN_SVG, .reader = DO_read_env, .many = true },
	REPLACED("SFTP*", no_ssh),
	REPLACED("Shaper*", rate_total),
	{ "ShowSymlinks", V_BOOL, D_SHOW_SYMLINKS, IN_SVGA, F(show_symlinks) },
	{ "ShutMsgFile", V_SPECIAL, D_SHUT_MSG_FILE, IN_SVG, F(shut_msg_file),
	.reader = DO_read_log },
	{ "SiteMiscEngine", V_SPECIAL, D_NONE, IN_SVGAD, .reader = DO_read_not_offered },
	REPLACED("Snmp*", no_service),
	NO_EFFECT("SocketBindTight", inetd_listens),
	{ "SocketOptions", V_SPECIAL, D_SOCKET_OPTIONS, IN_SERVER | IN_VHOST,
	.reader = DO_read_socket_options },
	LATER("SQLAuthenticate"),
	LATER("SQLAuthTypes"),
	LATER("SQLBackend"),
	LATER("SQLConnectInfo"),
	LATER("SQLDefaultGID"),
	LATER("SQLDefaultHomedir"),
	LATER("SQLDefaultUID"),
	LATER("SQLEngine"),
	LATER("SQLGroupInfo"),
	LATER("SQLGroupPrimaryKey"),
	LATER("SQLGroupWhereClause"),
	LATER("SQLKeepAlive"),
	LATER("SQLLog"),
	LATER("SQLLogFile"),
	LATER("SQLLogOnEvent"),
	LATER("SQLMinID"),
	LATER("SQLMinUserGID"),
	LATER("SQLMinUserUID"),
	LATER("SQLNamedConnectInfo"),
	LATER("SQLNamedQuery"),
	LATER("SQLNegativeCache"),
	LATER("SQLOptions"),
	LATER("SQLPasswordArgon2"),
	LATER("SQLPasswordCost"),
	LATER("SQLPasswordEncoding"),
	LATER("SQLPasswordEngine"),
	LATER("SQLPasswordOptions"),
	LATER("SQLPasswordPBKDF2"),
	LATER("SQLPasswordRounds"),
	LATER("SQLPasswordSaltEncoding"),
	LATER("SQLPasswordSaltFile"),
	LATER("SQLPasswordScrypt"),
	LATER("SQLPasswordUserSalt"),
	LATER("SQLRatios"),
	LATER("SQLRatioStats"),
	LATER("SQLShowInfo"),
	LATER("SQLUserInfo"),
	LATER("SQLUserPrimaryKey"),
	LATER("SQLUserWhereClause"),
	{ "StoreMoveTo", V_SPECIAL, D_STORE_MOVE_TO, IN_ANON | IN_DIR, F(store_move_to),
	.reader = DO_read_store_move_to },
	{ "StoreUniquePrefix", V_SPECIAL, D_STORE_UNIQUE_PREFIX, IN_SVGADF,
	.reader = DO_read_unique_prefix },
	{ "SyslogFacility", V_SPECIAL, D_SYSLOG_FACILITY, IN_SERVER,
	.reader = DO_read_syslog_facility },
	{ "SyslogLevel", V_SPECIAL, D_SYSLOG_LEVEL, IN_SVG, .reader = DO_read_syslog_level },
	NO_EFFECT("SystemdEngine", nothing),
	{ "SystemLog", V_SPECIAL, D_SYSTEM_LOG, IN_SERVER | IN_GLOBAL, F(system_log),
	.reader = DO_read_log },
	{ "TCPAccessFiles", V_SPECIAL, D_TCP_ACCESS_FILES, IN_SVGA, .reader = DO_read_tcp_files },
	{ "TCPAccessSyslogLevels", V_SPECIAL, D_TCP_ACCESS_SYSLOG_LEVELS, IN_SVGA,
	.reader = DO_read_tcp_levels },
	NO_EFFECT("TCPBackLog", inetd_listens),
	{ "TCPGroupAccessFiles", V_SPECIAL, D_TCP_GROUP_ACCESS_FILES, IN_SVG, F(tcp_group_files),
	.reader = DO_read_wrap_rule, .many = true },
	{ "TCPNoDelay", V_BOOL, D_TCP_NO_DELAY, IN_SVG, F(tcp_no_delay) },
	{ "TCPServiceName", V_SPECIAL, D_TCP_SERVICE_NAME, IN_SVG, F(tcp_service_name),
	.reader = DO_read_wrap_text },
	{ "TCPUserAccessFiles", V_SPECIAL, D_TCP_USER_ACCESS_FILES, IN_SVG, F(tcp_user_files),
	.reader = DO_read_wrap_rule, .many = true },
	{ "TimeoutIdle", V_SECONDS, D_TIMEOUT_IDLE, IN_SVGA, F(timeout_idle), 0, TIME_MAX },
	{ "TimeoutLinger", V_SECONDS, D_TIMEOUT_LINGER, IN_SVG, F(timeout_linger), 0, TIME_MAX },
	{ "TimeoutLogin", V_SECONDS, D_TIMEOUT_LOGIN, IN_SVG, F(timeout_login), 0, TIME_MAX },
	{ "TimeoutNoTransfer", V_SECONDS, D_TIMEOUT_NO_TRANSFER, IN_SVGA,
	    F(timeout_no_transfer), 0, TIME_MAX },
	{ "TimeoutSession", V_SPECIAL, D_TIMEOUT_SESSION, IN_SVGA,
	.reader = DO_read_timeout_session, .many = true },
	{ "TimeoutStalled", V_SECONDS, D_TIMEOUT_STALLED, IN_SVGA,
	    F(timeout_stalled), 0, TIME_MAX },
	{ "TimesGMT", V_BOOL, D_TIMES_GMT, IN_SVGA, F(times_gmt) },
	{ "TLSCACertificateFile", V_PATH, D_TLS_CA_CERTIFICATE_FILE, IN_SVG,
	    F(tls_ca_certificate_file), .tls = true },
	{ "TLSCACertificatePath", V_PATH, D_TLS_CA_CERTIFICATE_PATH, IN_SVG,
	    F(tls_ca_certificate_path), .tls = true },
	{ "TLSCARevocationFile", V_PATH, D_TLS_CA_REVOCATION_FILE, IN_SVG,
	    F(tls_ca_revocation_file), .tls = true },
	{ "TLSCARevocationPath", V_PATH, D_TLS_CA_REVOCATION_PATH, IN_SVG,
	    F(tls_ca_revocation_path), .tls = true },
	{ "TLSCertificateChainFile", V_PATH, D_TLS_CERTIFICATE_CHAIN_FILE, IN_SVG,
	    F(tls_certificate_chain_file), .tls = true },
	{ "TLSCipherSuite", V_SPECIAL, D_TLS_CIPHER_SUITE, IN_SVG,
	.reader = DO_read_tls_cipher_suite, .many = true, .tls = true },
	NO_EFFECT("TLSControlsACLs", one_session),
	NO_EFFECT("TLSCryptoDevice", one_session),
	{ "TLSDHParamFile", V_PATH, D_TLS_DH_PARAM_FILE, IN_SVG,
	    F(tls_dh_param_file), .tls = true },
	REPLACED("TLSDSACertificateFile", no_dsa),
	REPLACED("TLSDSACertificateKeyFile", no_dsa),
	{ "TLSECCertificateFile", V_PATH, D_TLS_EC_CERTIFICATE_FILE, IN_SVG,
	    F(tls_ec_certificate_file), .tls = true },
	{ "TLSECCertificateKeyFile", V_PATH, D_TLS_EC_CERTIFICATE_KEY_FILE, IN_SVG,
	    F(tls_ec_certificate_key_file), .tls = true },
	{ "TLSECDHCurve", V_SPECIAL, D_TLS_ECDH_CURVE, IN_SVG,
	.reader = DO_read_tls_curve, .tls = true },
	{ "TLSEngine", V_BOOL, D_TLS_ENGINE, IN_SVG, F(tls_engine), .tls = true },
	{ "TLSLog", V_SPECIAL, D_TLS_LOG, IN_SVG, F(tls_log), .reader = DO_read_log, .tls = true },
	{ "TLSMasqueradeAddress", V_TEXT, D_TLS_MASQUERADE_ADDRESS, IN_SVG,
	    F(tls_masquerade_address), .tls = true },
	{ "TLSNextProtocol", V_BOOL, D_TLS_NEXT_PROTOCOL, IN_SVG,
	    F(tls_next_protocol), .tls = true },
	{ "TLSOptions", V_SPECIAL, D_TLS_OPTIONS, IN_SVG,
	.reader = DO_read_tls_options, .many = true, .tls = true },
	REPLACED("TLSPassPhraseProvider", plain_key),
	REPLACED("TLSPKCS12File", plain_key),
	NO_EFFECT("TLSPreSharedKey", one_session),
	{ "TLSProtocol", V_SPECIAL, D_TLS_PROTOCOL, IN_SVG,
	.reader = DO_read_tls_protocol, .tls = true },
	NO_EFFECT("TLSRandomSeed", one_session),
	NO_EFFECT("TLSRenegotiate", one_session),
	{ "TLSRequired", V_SPECIAL, D_TLS_REQUIRED, IN_SVGADF,
	.reader = DO_read_tls_required, .tls = true },
	{ "TLSRSACertificateFile", V_PATH, D_TLS_RSA_CERTIFICATE_FILE, IN_SVG,
	    F(tls_rsa_certificate_file), .tls = true },
	{ "TLSRSACertificateKeyFile", V_PATH, D_TLS_RSA_CERTIFICATE_KEY_FILE, IN_SVG,
	    F(tls_rsa_certificate_key_file), .tls = true },
	{ "TLSServerCipherPreference", V_BOOL, D_TLS_SERVER_CIPHER_PREFERENCE, IN_SVG,
	    F(tls_server_cipher_preference), .tls = true },
	NO_EFFECT("TLSServerInfoFile", one_session),
	NO_EFFECT("TLSSessionCache", no_tls_cache),
	NO_EFFECT("TLSSessionTicketKeys", one_session),
	NO_EFFECT("TLSSessionTickets", one_session),
	NO_EFFECT("TLSStapling", one_session),
	NO_EFFECT("TLSStaplingCache", one_session),
	NO_EFFECT("TLSStaplingOptions", one_session),
	NO_EFFECT("TLSStaplingResponder", one_session),
	NO_EFFECT("TLSStaplingTimeout", one_session),
	{ "TLSTimeoutHandshake", V_SECONDS, D_TLS_TIMEOUT_HANDSHAKE, IN_SVG,
	    F(tls_timeout_handshake), 0, TIME_MAX, .tls = true },
	{ "TLSUserName", V_SPECIAL, D_TLS_USER_NAME, IN_SVG,
	.reader = DO_read_tls_user_name, .tls = true },
	{ "TLSVerifyClient", V_SPECIAL, D_TLS_VERIFY_CLIENT, IN_SVG,
	.reader = DO_read_tls_verify_client, .tls = true },
	{ "TLSVerifyDepth", V_UINT, D_TLS_VERIFY_DEPTH, IN_SVG,
	    F(tls_verify_depth), 0, 100, .tls = true },
	{ "TLSVerifyOrder", V_SPECIAL, D_NONE, IN_SVG, .reader = DO_read_tls_verify_order,
	.tls = true },
	NO_EFFECT("TLSVerifyServer", one_session),
	LATER("Trace"),
	LATER("TraceLog"),
	LATER("TraceOptions"),
	{ "TransferLog", V_SPECIAL, D_TRANSFER_LOG, IN_SVGA, F(transfer_log),
	.reader = DO_read_log },
	{ "TransferOptions", V_SPECIAL, D_TRANSFER_OPTIONS, IN_SVG,
	.reader = DO_read_transfer_options },
	{ "TransferRate", V_SPECIAL, D_TRANSFER_RATE, IN_SVGADF, .reader = DO_read_transfer_rate,
	.many = true },
	{ "TransferRateTotal", V_SPECIAL, D_TRANSFER_RATE_TOTAL, IN_SVG,
	.reader = DO_read_transfer_rate, .many = true },
	{ "Umask", V_SPECIAL, D_UMASK, IN_SVGADF, .reader = DO_read_umask },
	NO_EFFECT("UniqueIDEngine", nothing),
	{ "UnsetEnv", V_SPECIAL, D_SET_ENV, IN_SVG, .reader = DO_read_env, .many = true },
	{ "UploadNotify", V_SPECIAL, D_UPLOAD_NOTIFY, IN_SVGAD, F(upload_notify),
	.reader = DO_read_upload_notify },
	LATER("UseEncoding"),
	{ "UseFtpUsers", V_BOOL, D_USE_FTP_USERS, IN_SVGA, F(use_ftp_users) },
	{ "UseGlobbing", V_BOOL, D_USE_GLOBBING, IN_SVGA, F(use_globbing) },
	REPLACED("UseHostsAllowFile", tcp_files),
	REPLACED("UseHostsDenyFile", tcp_files),
	{ "UseIPv6", V_BOOL, D_USE_IPV6, IN_SERVER, F(use_ipv6) },
	{ "UseLastlog", V_BOOL, D_USE_LASTLOG, IN_SVG, F(use_lastlog) },
	{ "User", V_TEXT, D_USER, IN_SVGA, F(user) },
	{ "UserAlias", V_SPECIAL, D_USER_ALIAS, IN_SVGA,
	.reader = DO_read_user_alias, .many = true },
	{ "UserDirRoot", V_BOOL, D_USER_DIR_ROOT, IN_ANON, F(user_dir_root) },
	{ "UseReverseDNS", V_BOOL, D_USE_REVERSE_DNS, IN_SERVER, F(use_reverse_dns) },
	{ "UserOwner", V_TEXT, D_USER_OWNER, IN_ANON | IN_DIR, F(user_owner) },
	{ "UserPassword", V_SPECIAL, D_USER_PASSWORD, IN_SVGA,
	.reader = DO_read_user_password, .many = true },
	{ "UserRatio", V_SPECIAL, D_USER_RATIO, IN_SVGAD, .reader = DO_read_ratio, .many = true },
	REPLACED("UserSuppGroups", nss_groups),
	{ "UseSendfile", V_SPECIAL, D_USE_SENDFILE, IN_SVGADF, .reader = DO_read_use_sendfile },
	REPLACED("UseUTF8", encoding),
	{ "WrapAllowMsg", V_SPECIAL, D_WRAP_ALLOW_MSG, IN_SVGA, F(wrap_allow_msg),
	.reader = DO_read_wrap_text },
	{ "WrapDenyMsg", V_SPECIAL, D_WRAP_DENY_MSG, IN_SVGA, F(wrap_deny_msg),
	.reader = DO_read_wrap_text },
	{ "WrapEngine", V_SPECIAL, D_WRAP_ENGINE, IN_SVG, .reader = DO_read_wrap_engine },
	{ "WrapGroupTables", V_SPECIAL, D_WRAP_GROUP_TABLES, IN_SVGA, F(wrap_group_tables),
	.reader = DO_read_wrap_rule, .many = true },
	{ "WrapLog", V_SPECIAL, D_WRAP_LOG, IN_SVG, F(wrap_log), .reader = DO_read_wrap_log },
	{ "WrapOptions", V_SPECIAL, D_WRAP_OPTIONS, IN_SVG, .reader = DO_read_wrap_options },
	{ "WrapServiceName", V_SPECIAL, D_WRAP_SERVICE_NAME, IN_SVG, F(wrap_service_name),
	.reader = DO_read_wrap_text },
	{ "WrapTables", V_SPECIAL, D_WRAP_TABLES, IN_SVGA, .reader = DO_read_wrap_tables },
	{ "WrapUserTables", V_SPECIAL, D_WRAP_USER_TABLES, IN_SVGA, F(wrap_user_tables),
	.reader = DO_read_wrap_rule, .many = true },
	{ "WtmpLog", V_SPECIAL, D_WTMP_LOG, IN_SVGA, .reader = DO_read_wtmp_log },
};

enum { NDIRECTIVES = sizeof directives / sizeof *directives };

_Static_assert(sizeof(mode_t) == sizeof(unsigned), "V_OCTAL is stored as an unsigned");

static const struct directive *family_find(const char *name)
{
	for (size_t i = 0; i < NDIRECTIVES; i++) {
		size_t n = strlen(directives[i].name) - 1;

		if (directives[i].name[n] == '*' && strncasecmp(directives[i].name, name, n) == 0)
			return &directives[i];
	}
	return NULL;
}

/* As strcasecmp, but most names differ in the first letters: no call is worth it. */
static int compare(const char *a, const char *b)
{
	for (;; a++, b++) {
		int x = *a >= 'A' && *a <= 'Z' ? *a + ('a' - 'A') : *a;
		int y = *b >= 'A' && *b <= 'Z' ? *b + ('a' - 'A') : *b;

		if (x != y || x == '\0')
			return x - y;
	}
}

const struct directive *directive_find(const char *name)
{
	size_t low = 0, high = NDIRECTIVES;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(name, directives[middle].name);

		if (order == 0)
			return &directives[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return family_find(name);
}

const char *directive_suggest(const char *name)
{
	size_t n = strlen(name);
	unsigned best = n < 5 ? 2 : n < 9 ? 3 : 4;   /* a short name is near to too many */
	const char *near = NULL;

	for (size_t i = 0; i < NDIRECTIVES; i++) {
		size_t len = strlen(directives[i].name);
		unsigned d;

		if (len + best <= n || n + best <= len)
			continue;            /* the difference in length alone is too much */
		d = word_distance(name, directives[i].name);
		if (d < best && strchr(directives[i].name, '*') == NULL) {
			best = d;
			near = directives[i].name;
		}
	}
	return near;
}

const struct directive *directive_at(size_t i)
{
	return i < NDIRECTIVES ? &directives[i] : NULL;
}

const char *directive_text(const struct directive *d)
{
#define AS_TEXT(name, text) [TEXT_##name] = text,
	static const char *const texts[] = { [TEXT_NONE] = NULL, TEXTS(AS_TEXT) };

	return texts[d->text];
}
