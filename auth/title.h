#ifndef AUTH_TITLE_H
#define AUTH_TITLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TITLE_WORDS = 24, TITLE_TEXT = 400 };

/* The memory that ps(1) reads a command line from, and what was in it. */
struct title {
	char *room;                  /* NULL: there is none to be had */
	size_t size;
	char *words[TITLE_WORDS + 1];
	char text[TITLE_TEXT];
};

/*
 * Take the words of the command line out of the memory that ps shows, and keep them in `t`, which
 * must live as long as they are read. Returns where they are now: `argv` itself when they are too
 * long to be kept, and then there will be no title.
 */
char **title_take(struct title *t, int argc, char **argv);
/*
 * What ps shows of this process: "in.ftpd: " and the two texts, user and peer or whatever, with
 * " - " between them, ": " and the third; NULL ones are left out. What is no printable ASCII is
 * shown as "?": a terminal reads it. Does nothing where there is no room.
 */
void title_set(const struct title *t, const char *who, const char *peer, const char *what);

#endif
