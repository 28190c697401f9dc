#ifndef AUTH_AUTHLINE_H
#define AUTH_AUTHLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A line of AuthUserFile, its fields in place. */
struct authfile_user {
	const char *name, *hash, *home, *shell;
	uint32_t uid, gid;
};
/* A line of AuthGroupFile; `members` as written: names with commas between. */
struct authfile_group {
	const char *name, *members;
	uint32_t gid;
};

/* Take a line (without its LF) apart in place. False when it is none of its kind. Pure. */
bool authfile_user_line(char *line, struct authfile_user *out);
bool authfile_group_line(char *line, struct authfile_group *out);
/* Whether `name` is one of `members`. Pure. */
bool authfile_is_member(const char *members, const char *name);
/*
 * The next line of a text, in place, without its LF: comments and empty lines are passed
 * over, `*number` counts all. NULL behind the last. `text` must be writable at `text[n]`. Pure.
 */
char *authfile_next_line(char **at, char *end, unsigned *number);

#endif
