/* The records beside the slots: what each session does, in words. */
#include "auth/live.h"

#include "auth/statefile.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	RECORD = 1024,
	MODE = 0600,                 /* names of files and of peers are nobody else's business */
	AGAIN = 16,                  /* looks at a record that is just being written */
};

_Static_assert(sizeof(struct live) == RECORD, "one record a kilobyte");

void live_text(char *to, size_t size, const char *text)
{
	size_t n = text != NULL ? strnlen(text, size - 1) : 0;

	memcpy(to, text != NULL ? text : "", n);
	to[n] = '\0';
}

void live_tail(char *to, size_t size, const char *text)
{
	static const char dots[] = "...";
	size_t n = strlen(text), room = size - sizeof dots;

	if (n < size) {
		memcpy(to, text, n + 1);
		return;
	}
	text += n - room;
	while ((*text & 0xc0) == 0x80)       /* not in the middle of a character */
		text++;
	memcpy(to, dots, sizeof dots - 1);
	memcpy(to + sizeof dots - 1, text, strlen(text) + 1);
}

void live_address(uint8_t out[16], const struct addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (a->family == AF_INET6) {
		memcpy(out, &a->v6, 16);
		return;
	}
	memcpy(out, mapped, sizeof mapped);
	memcpy(out + sizeof mapped, &a->v4, sizeof a->v4);
}

void live_address_back(struct addr *a, const uint8_t in[16])
{
	*a = (struct addr){ .family = AF_INET6 };
	memcpy(&a->v6, in, 16);
	if (!IN6_IS_ADDR_V4MAPPED(&a->v6))
		return;
	a->family = AF_INET;
	memcpy(&a->v4, in + 12, sizeof a->v4);
}

static uint64_t check_of(const struct live *l)
{
	uint64_t words[RECORD / sizeof(uint64_t)], h = 0x9ddfea08eb382d69U;

	memcpy(words, l, sizeof words);
	for (size_t i = 1; i < sizeof words / sizeof *words; i++)
		h = (h ^ words[i] ^ (h >> 29)) * 0x9e3779b97f4a7c15U;
	return h;
}

static void path_of(struct strbuf *out, const char *scoreboard)
{
	strbuf_add(out, scoreboard);
	strbuf_add(out, ".who");
}

int live_write(const struct slots *s, struct live *l, struct strbuf *why)
{
	STRBUF(path, PATHNAME_SIZE);
	struct stat st;
	int fd, dir, err = 0;
	ssize_t n;

	l->since = s->mine.since;
	l->owner = s->mine.owner;
	l->check = check_of(l);
	path_of(&path, s->path);
	dir = statefile_directory(path.buf, why);
	if (dir < 0)
		return dir;
	fd = statefile_open(dir, path.buf, MODE, &st, why);
	(void)close(dir);
	if (fd < 0)
		return fd;
	n = pwrite(fd, l, sizeof *l, (off_t)s->number * RECORD);
	if (n != sizeof *l) {
		err = n < 0 ? -errno : -ENOSPC;
		strbuf_addf(why, "%s: %s", path.buf, strerror(-err));
	}
	(void)close(fd);
	return err;
}

int live_open(const char *scoreboard, struct strbuf *why)
{
	STRBUF(path, PATHNAME_SIZE);
	struct stat st;

	path_of(&path, scoreboard);
	return statefile_read(path.buf, &st, why);
}

static bool ends(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

bool live_read(int fd, unsigned number, const struct slot *slot, struct live *l)
{
	for (unsigned i = 0; i < AGAIN; i++) {
		if (pread(fd, l, sizeof *l, (off_t)number * RECORD) != sizeof *l)
			return false;
		if (l->owner != slot->owner || l->since != slot->since)
			return false;
		if (l->check == check_of(l))
			return l->doing < DOINGS && ends(l->server, sizeof l->server) &&
			    ends(l->peer_name, sizeof l->peer_name) &&
			    ends(l->class, sizeof l->class) &&
			    ends(l->account, sizeof l->account) &&
			    ends(l->typed, sizeof l->typed) &&
			    ends(l->verb, sizeof l->verb) && ends(l->path, sizeof l->path);
	}
	return false;
}
