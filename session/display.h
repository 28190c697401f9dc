#ifndef SESSION_DISPLAY_H
#define SESSION_DISPLAY_H

#include "config/strbuf.h"

struct session;

/*
 * Send a Display file's lines as continuation lines of `code` (`code-text`), variables
 * expanded (directives.md, 16), control characters removed. Bounded by DISPLAY_SIZE.
 * display_fd reads an open descriptor (and leaves it open). Nothing is sent, and false
 * returned, where there is no such file. `ends`: its last line ends the reply.
 */
bool display_fd(struct session *s, unsigned code, int fd, bool ends);
/* The same for a path inside the session's root, read with the user's rights, no link followed. */
bool display_path(struct session *s, unsigned code, const char *path, bool ends);
/* Append `text` with %u replaced by the name as typed (AccessGrantMsg and its like). */
void display_user(struct strbuf *out, const char *text, const char *user);
/* Append the address that clients are to know us by: MasqueradeAddress, or the local one (%L). */
void display_address(const struct session *s, struct strbuf *out);

#endif
