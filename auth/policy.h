#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "config/context.h"

/*
 * The lists that a system keeps about its users: ftpusers(5) and shells(5) (directives.md,
 * 18.5, 18.6).
 */

/*
 * Whether a line of `text` is `word`: blanks before and after it and lines that begin with `#` do
 * not count. Pure.
 */
bool policy_listed(const char *text, size_t n, const char *word);

/* UseFtpUsers: whether /etc/ftpusers names the account. One that can't be read names everybody. */
bool policy_ftpuser(const struct context *base, const char *account);
/* RequireValidShell: whether the shell ("" is /bin/sh) may log in. Without /etc/shells all may. */
bool policy_shell_valid(const struct context *base, const char *shell);

#endif
