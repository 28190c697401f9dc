#ifndef SESSION_README_H
#define SESSION_README_H

struct session;

/*
 * DisplayReadme: name the files of the current directory that it is about, with their age, as
 * continuation lines of `code`. Files that the session may not list are not named.
 */
void readme_show(struct session *s, unsigned code);

#endif
