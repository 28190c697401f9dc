/* The letters of ls(1), and the long format. */
#include "session/ls.h"

#include "session/lines.h"

#include <stddef.h>
#include <string.h>

static const struct {
	char letter;
	size_t offset;               /* of its bool in struct ls_options */
} letters_of[] = {
	{ 'A', offsetof(struct ls_options, almost_all) },
	{ 'a', offsetof(struct ls_options, all) },
	{ 'B', offsetof(struct ls_options, escape) },
	{ 'd', offsetof(struct ls_options, directory) },
	{ 'F', offsetof(struct ls_options, classify) },
	{ 'h', offsetof(struct ls_options, human) },
	{ 'L', offsetof(struct ls_options, follow) },
	{ 'l', offsetof(struct ls_options, long_format) },
	{ 'n', offsetof(struct ls_options, numeric) },
	{ 'R', offsetof(struct ls_options, recursive) },
	{ 'r', offsetof(struct ls_options, reverse) },
	{ 'S', offsetof(struct ls_options, by_size) },
	{ 't', offsetof(struct ls_options, by_time) },
	{ 'U', offsetof(struct ls_options, unsorted) },
};

void ls_init(struct ls_options *o, bool long_format)
{
	*o = (struct ls_options){ .long_format = long_format, .time = 'm' };
}

static void letter(struct ls_options *o, char c, bool on)
{
	/* columns are for terminals: names alone, one a line, as ls gives them to a pipe */
	if (c == '1' || c == 'C')
		o->long_format = !on;
	else if (c == 'c' || c == 'u')
		o->time = !on ? 'm' : c == 'c' ? 'c' : 'a';
	for (size_t i = 0; i < sizeof letters_of / sizeof letters_of[0]; i++)
		if (letters_of[i].letter == c)
			*(bool *)((char *)o + letters_of[i].offset) = on;
	if (c == 'n' && on)
		o->long_format = true;
}

void ls_letters(struct ls_options *o, const char *letters, size_t n, bool on)
{
	for (size_t i = 0; i < n; i++)
		letter(o, letters[i], on);
}

const char *ls_words(struct ls_options *o, const char *arg)
{
	for (;;) {
		size_t n;

		arg += strspn(arg, " ");
		n = strcspn(arg, " ");
		if (arg[0] != '-' || n < 2)
			return arg;
		if (n == 2 && arg[1] == '-')
			return arg + 2 + strspn(arg + 2, " ");
		if (o != NULL && arg[1] != '-') /* --words are some other ls's */
			ls_letters(o, arg + 1, n - 1, true);
		arg += n;
	}
}

enum list_order ls_order(const struct ls_options *o)
{
	if (o->unsorted)
		return LIST_AS_READ;
	if (o->by_size)
		return LIST_BY_SIZE;
	if (o->by_time)
		return o->time == 'c' ? LIST_BY_CTIME :
		    o->time == 'a' ? LIST_BY_ATIME : LIST_BY_TIME;
	return LIST_BY_NAME;
}

static void add_mode(struct strbuf *b, mode_t mode)
{
	static const char kinds[] = "?pc?d?b?-?l?s???";   /* by the file type's bits */
	char text[] = "----------";

	text[0] = kinds[(mode & S_IFMT) >> 12];

	for (unsigned i = 0; i < 9; i++)
		if (mode & 0400U >> i)
			text[1 + i] = "rwx"[i % 3];
	if (mode & S_ISUID)
		text[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & 0010 ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & 0001 ? 't' : 'T';
	strbuf_addn(b, text, sizeof text - 1);
}

/* Left-adjusted in eight columns, as every client's parser has seen it. */
static void add_owner(struct strbuf *b, const char *name)
{
	size_t n = strlen(name);

	strbuf_addn(b, name, n);
	strbuf_addn(b, "         ", n < 8 ? 9 - n : 1);
}

/* 4096 is "4.0K", as ls -h has it: rounded up, a decimal below ten. */
static void add_human(struct strbuf *b, uint64_t size)
{
	static const char units[] = "BKMGTPE";
	unsigned unit = 0;
	uint64_t whole = size, rest = 0;
	STRBUF(text, 32);

	while (whole >= 1024 && unit < sizeof units - 2) {
		/* never lose what rounds up */
		rest = whole % 1024 + (rest != 0 && whole % 1024 == 0);
		whole /= 1024;
		unit++;
	}
	if (unit == 0) {
		strbuf_addu(&text, whole);
	} else {
		uint64_t tenths = whole * 10 + (rest * 10 + 1023) / 1024;

		if (tenths < 100) {
			strbuf_addu(&text, tenths / 10);
			strbuf_addc(&text, '.');
			strbuf_addu(&text, tenths % 10);
		} else {
			strbuf_addu(&text, (tenths + 9) / 10);
		}
		strbuf_addc(&text, units[unit]);
	}
	strbuf_addn(b, "        ", text.len < 8 ? 8 - text.len : 0);
	strbuf_addn(b, text.buf, text.len);
}

/* "11-21-24  09:18AM       <DIR>          name": no mode, owner or link. */
static void format_windows(struct strbuf *b, const struct ls_options *o, struct dates *d,
    const struct ls_line *line, int64_t t)
{
	strbuf_addn(b, date_windows(d, t), 17);
	if (S_ISDIR(line->st->st_mode)) {
		strbuf_add(b, "       <DIR>          ");
	} else {
		strbuf_addpad(b, (uint64_t)line->st->st_size, 21, ' ');
		strbuf_addc(b, ' ');
	}
	lines_name(b, line->name, true, o->escape);
}

void ls_format(struct strbuf *b, const struct ls_options *o, struct dates *d,
    const struct ls_line *line)
{
	const struct stat *st = line->st;
	int64_t t = o->time == 'c' ? st->st_ctime : o->time == 'a' ? st->st_atime : st->st_mtime;

	if (o->windows) {
		format_windows(b, o, d, line, t);
		return;
	}
	add_mode(b, line->mode);
	strbuf_addpad(b, st->st_nlink, 4, ' ');
	strbuf_addc(b, ' ');
	add_owner(b, line->owner);
	add_owner(b, line->group);
	if (o->human)
		add_human(b, (uint64_t)st->st_size);
	else
		strbuf_addpad(b, (uint64_t)st->st_size, 8, ' ');
	strbuf_addc(b, ' ');
	strbuf_addn(b, date_list(d, t), 12);
	strbuf_addc(b, ' ');
	lines_name(b, line->name, true, o->escape);
	if (line->target != NULL) {
		strbuf_add(b, " -> ");
		lines_name(b, line->target, true, o->escape);
	} else if (o->classify) {
		strbuf_add(b, ls_mark(st->st_mode));
	}
}

const char *ls_mark(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "/";
	case S_IFLNK:
		return "@";
	case S_IFIFO:
		return "|";
	case S_IFSOCK:
		return "=";
	default:
		return S_ISREG(mode) && (mode & 0111) ? "*" : "";
	}
}

mode_t ls_fake_mode(mode_t mode, mode_t fake)
{
	if (S_ISDIR(mode))
		fake |= (fake & 0444) >> 2;
	return (mode & S_IFMT) | (fake & 07777);
}
