#ifndef AUTH_RATIOLINE_H
#define AUTH_RATIOLINE_H

#include "config/bounds.h"
#include "config/ratio.h"
#include "config/strbuf.h"

/*
 * RatioFile: a line for each key,
 * 	SERVER KIND NAME FILES-UP BYTES-UP FILES-DOWN BYTES-DOWN
 * with single blanks between; SERVER is config_server_id in 16 hexadecimal digits, KIND user or
 * anonymous, NAME the account or e-mail address, in which every byte but printable ASCII, the
 * blank, `%` and `#` is %XX. A line that begins with # is a comment, and stays.
 */
enum {
	RATIO_ADDRESS = 128,         /* bytes of an address that count; longer ones share their
	                                beginning */
	RATIO_USER = USER_SIZE - 1,  /* an account's counts as a whole */
	RATIO_KEY = 16 + 1 + 9 + 1 + 3 * RATIO_USER + 1,
	RATIO_LINE = RATIO_KEY + 4 * 21,
	RATIO_STRANGERS = 10000,     /* e-mail addresses of one file; all further ones are counted
	                                as "*" */
};

struct ratio_line {
	bool comment;
	bool anonymous;
	size_t key;                  /* bytes of the line that are its key: SERVER KIND NAME */
	struct ratio_counts counts;
};

/* Append a key. */
void ratio_key(struct strbuf *out, uint64_t server, bool anonymous, const char *name);
/* Take one line of `n` bytes, without its LF, apart. False: it is none. Pure. */
bool ratio_line_parse(const char *line, size_t n, struct ratio_line *out);
/* Append a line, and its LF. */
void ratio_line_add(struct strbuf *out, const char *key, const struct ratio_counts *counts);

/* Where a key's line lies in a whole file. */
struct ratio_place {
	size_t at, n;                /* n 0: it has none yet, and is to come at the end */
	struct ratio_counts counts;
	size_t strangers;            /* e-mail addresses, of all servers: the file stays below its
	                                bound */
};
/*
 * Find a key's line in a file of `n` bytes. Returns 0, or the number of the first line that is
 * damaged: no line, one without its end, or a second one of this key. Pure.
 */
size_t ratio_find(const char *bytes, size_t n, const char *key, struct ratio_place *out);

#endif
