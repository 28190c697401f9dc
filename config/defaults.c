/* The built-in value of every directive. */
#include "config/settings.h"

#include "config/bounds.h"
#include "config/fact.h"

#include <syslog.h>

const struct settings settings_unset;

const struct settings settings_default = {
	.server_name = "FTP server",
	.ident = IDENT_DEFAULT,
	.port = 21,
	.user = "nobody",
	.use_reverse_dns = true,
	.socket_options = { .keepalive = true },
	.tcp_no_delay = true,
	.protocols = { .ftp = true, .ftps = true },
	.use_ipv6 = true,
	.command_buffer_size = LINE_DEFAULT,
	.syslog_facility = -1,
	.syslog_level = LOG_NOTICE,
#ifdef WITH_PAM
	.auth_order = {
		.n = 3,
		.step = {
			{ AUTH_SOURCE_PAM, false }, { AUTH_SOURCE_FILE, false },
			{ AUTH_SOURCE_UNIX, false },
		},
	},
	.auth_pam = true,
#else
	.auth_order = { .n = 2, .step = { { AUTH_SOURCE_FILE, false },
	{ AUTH_SOURCE_UNIX, false } } },
#endif
	.auth_pam_config = "ftp",
	.times_gmt = true,
	.timeout_idle = 600,
	.timeout_linger = 10,
	.timeout_login = 300,
	.timeout_no_transfer = 300,
	.timeout_stalled = 3600,
	.umask = { 022, 022 },
	.rlimit_chroot = true,
	.allow_override = true,
	.allow_chroot_symlinks = true,
	.allow_empty_passwords = true,
	.require_valid_shell = true,
	.use_ftp_users = true,
	.wtmp_log = true,
	.create_home = { .mode = 0700, .parents_mode = 0711, .gid = { .users = true } },
	.delay_engine = true,
	.max_login_attempts = 3,
	.max_password_size = SECRET_SIZE - 1,
	.allow_retrieve_restart = true,
	.use_sendfile = true,
	.hidden_stores = { .on = false, .prefix = ".in.", .suffix = "." },
	.store_unique_prefix = "ftp",
	.quota_show_quotas = true,
	.dir_fake_user = { false, "ftp" },
	.dir_fake_group = { false, "ftp" },
	.list_options = { .on = "", .off = "" },
	.show_symlinks = true,
	.facts_advertise = true,
	.facts_default = FACTS_DEFAULT,
	.use_globbing = true,
	.shut_msg_file = "none",
	.scoreboard_file = "/run/in.ftpd/slots",
	.transfer_log = "/var/log/xferlog",
	.log_options = LOG_HOSTNAME | LOG_TIMESTAMP | LOG_VIRTUALHOST,
	.tls_protocol = TLS_1_2 | TLS_1_3,
	.tls_server_cipher_preference = true,
	.tls_next_protocol = true,
	.tls_verify_depth = 9,
	.tls_timeout_handshake = 300,
	.tcp_access_syslog_levels = { LOG_INFO, LOG_WARNING },
};
