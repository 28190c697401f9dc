#ifndef CONFIG_LITERAL_H
#define CONFIG_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Expressions that are plain texts and nothing more, bound to the beginning or the end of a name
 * or to neither: `^\.`, `\.(bak|old)$`, `^core$|~$`. Most that hide files are, and regexec takes
 * longer for one name than the rest of its line in a listing.
 */
enum { LITERALS_MAX = 16, LITERAL_SIZE = 32 };
struct literal {
	size_t n;
	struct literal_text {
		bool begins, ends;           /* the name begins with it, ends with it */
		unsigned char len;
		char text[LITERAL_SIZE];
	} text[LITERALS_MAX];                /* one of them must be there */
};

/*
 * Take a POSIX extended expression apart. False: it is more than texts (or more than there is room
 * for), and regexec has to be asked. Pure.
 */
bool literal_parse(struct literal *l, const char *expression);
/* What regexec would say of these `len` bytes. Pure. */
bool literal_match(const struct literal *l, const char *s, size_t len);

#endif
