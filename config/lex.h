#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The bytes of a file, cut into logical lines and those into words (directives.md, 1).
 * Pure: no file is opened, nothing is kept between lines but the place.
 */
struct lex {
	const char *bytes;
	size_t len, pos;
	unsigned line;               /* of the physical line at pos, from 1 */
	const char *(*env)(const char *name);   /* for %{env:NAME}; NULL result: undefined */
};

enum { WORDS_MAX = 4096 };

/* Where the words of one line are put; a line whose words do not fit `cap` bytes is an error. */
struct words {
	size_t n;
	char *text;
	size_t cap;
	unsigned line;               /* where the logical line begins */
	bool section;                /* <…>: the closing ">" is taken off */
	bool unbalanced;             /* a quote ran to the end of the line */
	unsigned comment_line;       /* of a comment that takes in the next line by a backslash, or
	                                0 */
	const char *error;           /* why the line cannot be used, or NULL */
	char *word[WORDS_MAX];       /* NUL-terminated, in `text` */
};

void lex_start(struct lex *l, const char *bytes, size_t len);
/* Pass over blank lines and what indents the next one: its first byte, or -1 at the end. */
int lex_peek(struct lex *l);
/* Pass over the rest of the logical line, unread. */
void lex_skip(struct lex *l);
/*
 * At the "<" of a section: pass over it whole, its end included, if nothing in it could matter to
 * one who does not read it: no Include or Define, no conditional section, nothing that takes a
 * second look. False: nothing was passed over.
 */
bool lex_skip_section(struct lex *l);
/* Read the next line that is neither blank nor a comment. False at the end. */
bool lex_line(struct lex *l, struct words *w);

#endif
