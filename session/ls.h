#ifndef SESSION_LS_H
#define SESSION_LS_H

#include "config/settings.h"
#include "config/strbuf.h"
#include "session/date.h"
#include "vfs/list.h"

#include <sys/stat.h>

/* What LIST, NLST and STAT are asked for with the letters of ls(1). */
struct ls_options {
	bool long_format;            /* -l; LIST's own way, unless -1 or -C */
	bool all, almost_all;        /* -a, -A: names that begin with a dot */
	bool escape;                 /* -B: control characters as \ooo */
	bool directory;              /* -d: a directory itself, not what it holds */
	bool classify;               /* -F */
	bool human;                  /* -h */
	bool follow;                 /* -L: what links point to */
	bool numeric;                /* -n: numbers for owner and group */
	bool recursive, reverse;     /* -R, -r */
	bool by_time, by_size, unsorted;   /* -t, -S, -U */
	bool windows;                /* ListStyle Windows, which no letter is for */
	char time;                   /* 'm'odification, 'c'hange or 'a'ccess: -c, -u */
};

/* Begin with what holds without any option. */
void ls_init(struct ls_options *o, bool long_format);
/* Switch the letters of a word on, or off; unknown ones are passed over. Pure. */
void ls_letters(struct ls_options *o, const char *letters, size_t n, bool on);
/*
 * Read the words at the front of `arg` that begin with '-' ("--" ends them) into `o`, unless
 * that is NULL. Returns where the pathname begins ("": none). Pure.
 */
const char *ls_words(struct ls_options *o, const char *arg);
/* How the directory is to be read and sorted. */
enum list_order ls_order(const struct ls_options *o);

/* One line of the long format. */
struct ls_line {
	const struct stat *st;
	mode_t mode;                 /* as shown: with DirFakeMode, when set */
	const char *owner, *group;
	const char *name;
	const char *target;          /* of a symbolic link, else NULL */
};
/* Append a line (no CR LF). Pure. */
void ls_format(struct strbuf *b, const struct ls_options *o, struct dates *d,
    const struct ls_line *line);
/* What -F puts behind a name: one of "/@|=*", or "". */
const char *ls_mark(mode_t mode);
/* The mode shown under DirFakeMode: directories get x where there is r. */
mode_t ls_fake_mode(mode_t mode, mode_t fake);

#endif
