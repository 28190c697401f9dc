#ifndef CONFIG_SPECIAL_H
#define CONFIG_SPECIAL_H

#include "config/directive.h"
#include "config/settings.h"

struct reader;

/*
 * The functions that rows of the table name by number, for directives that are more than one word
 * and for sections. All are called with the words of the line, the name first, and return 0 or
 * -EINVAL, having told the reader why.
 */
#define READERS(X) \
	X(read_quota_default) X(read_quota_filter) X(read_quota_options) X(read_quota_table) \
	X(read_quota_units) \
	X(open_anonymous) X(open_class) X(open_condition) X(open_directory) X(open_global) \
	X(open_if) X(open_limit) X(open_version) X(open_virtualhost) X(read_all) X(read_allow) \
	X(read_allow_foreign) X(read_anon_reject) X(read_auth_file) X(read_auth_file_options) \
	X(read_auth_order) X(read_auth_pam) X(read_default_address) X(read_define) \
	X(read_dir_fake) X(read_display_chdir) X(read_env) X(read_expr_rule) X(read_filter) \
	X(read_from) X(read_hidden_stores) X(read_hide_files) X(read_hide_owner) \
	X(read_extended_log) X(read_log_format) X(read_log_options) X(read_ignore_hidden) \
	X(read_include) X(read_include_options) X(read_list_options) X(read_load_module) \
	X(read_log) X(read_auth_log) X(read_order) X(read_satisfy) X(read_login_attempts) \
	X(read_not_offered) X(read_old_rate) X(read_pam_authoritative) X(read_pam_config) \
	X(read_pam_options) X(read_passive_ports) X(read_path_rule) X(read_server_alias) \
	X(read_server_ident) X(read_server_type) X(read_service_hours) X(read_syslog_facility) \
	X(read_syslog_level) X(read_tcp_files) X(read_tcp_levels) X(read_transfer_mode) \
	X(read_transfer_options) X(read_umask) X(read_unique_prefix) X(read_cd_path) \
	X(read_facts_default) X(read_facts_options) X(read_list_style) X(read_process_titles) \
	X(read_protocols) X(read_rlimit) X(read_socket_options) X(read_use_sendfile) \
	X(read_user_alias) X(read_user_password) X(read_anon_check_email) X(read_anonymous_group) \
	X(read_auth_unix_options) X(read_create_home) X(read_delay_on_event) X(read_wrap_engine) \
	X(read_wrap_log) X(read_wrap_options) X(read_wrap_rule) X(read_wrap_tables) \
	X(read_wrap_text) X(read_wtmp_log) X(read_file_size) X(read_timeout_session) \
	X(read_count_rate) X(read_transfer_limit) X(read_transfer_rate) X(read_tls_cipher_suite) \
	X(read_tls_curve) X(read_tls_options) X(read_tls_protocol) X(read_tls_required) \
	X(read_tls_user_name) X(read_tls_verify_client) X(read_tls_verify_order) \
	X(read_client_limit) X(read_class_limit) X(read_scoreboard_file) \
	X(read_scoreboard_options) X(read_ratio) X(read_ratio_text) X(read_ratio_file) \
	X(read_store_move_to) X(read_upload_notify)

#define AS_NUMBER(name) DO_##name,
enum { DO_NOTHING, READERS(AS_NUMBER) };
#undef AS_NUMBER

#define AS_PROTOTYPE(name) \
	int name(struct reader *r, const struct directive *d, size_t nwords, char **words);
READERS(AS_PROTOTYPE)
#undef AS_PROTOTYPE

/* The level of syslog that `word` names, or tell that it is none. */
int syslog_level(struct reader *r, const struct directive *d, const char *word, int *out);
/* Compile `text` into `f` (POSIX extended; `icase`: the NC flag), or tell why not. */
int filter_compile(struct reader *r, const struct directive *d, const char *text, bool icase,
    struct filter *f);
/*
 * Read an expression, `[AND|OR] a,!b c` or `regex R`; `all`: what the connective is unless it is
 * written. No words make one that is empty.
 */
int expr_read(struct reader *r, const struct directive *d, size_t n, char **words, bool all,
    struct expr *out);
/*
 * Read `user a,b`, `group a` or `class a` (no words: everybody); `all_groups`: of several groups
 * every one is asked for, unless OR is written.
 */
int whom_read(struct reader *r, const struct directive *d, size_t n, char **words, bool all_groups,
    struct whom *out);
/* Whether the word behind an expression is "[NC]" (any case): [nocase], NC; else it is told. */
bool filter_flag(struct reader *r, const struct directive *d, const char *word);
/* False, and told, unless there are at least `min` and at most `max` words behind the name. */
bool words_fit(struct reader *r, const struct directive *d, size_t nwords, size_t min, size_t max);

#endif
