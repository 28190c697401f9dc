#ifndef CONFIG_INSTEAD_H
#define CONFIG_INSTEAD_H

/*
 * Why names in the table of directives have no effect, or what to write instead of them. A row has
 * the number of its text, since it holds no pointer (directive.h).
 */
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
#undef AS_NUMBER

#endif
