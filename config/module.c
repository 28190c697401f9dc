/* The parts of this binary, under the names that <IfModule> and AuthOrder know them by. */
#include "config/directive.h"

#include <strings.h>

static const char *const modules[] = {
	"mod_core.c", "mod_xfer.c", "mod_auth.c", "mod_auth_unix.c", "mod_auth_file.c",
#ifdef WITH_PAM
	"mod_auth_pam.c",
#endif
#ifdef WITH_TLS
	"mod_tls.c",
#endif
	"mod_ls.c", "mod_log.c", "mod_site.c", "mod_facts.c",
#ifdef WITH_WRAP
	"mod_wrap.c", "mod_wrap2.c", "mod_wrap2_file.c",
#endif
	"mod_rlimit.c", "mod_cap.c", "mod_delay.c", "mod_ident.c", "mod_ifsession.c",
	"mod_ifversion.c", "mod_ratio.c", "mod_readme.c", "mod_quotatab.c", "mod_quotatab_file.c",
};

const char *module_at(size_t i)
{
	return i < sizeof modules / sizeof *modules ? modules[i] : NULL;
}

bool module_present(const char *name)
{
	for (size_t i = 0; module_at(i) != NULL; i++) {
		if (strcasecmp(module_at(i), name) == 0)
			return true;
	}
	return false;
}
