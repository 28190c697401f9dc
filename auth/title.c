/* ProcessTitles: what ps(1) shows, written over the memory of the command line. */
#include "auth/title.h"

#include "config/strbuf.h"

#include <string.h>
#include <unistd.h>

/* Where the kernel's block of words ends: the command line, and the environment right behind it. */
static const char *block_end(int argc, char **argv)
{
	const char *end = argv[0];

	for (int i = 0; i < argc; i++) {
		if (argv[i] != end)
			return NULL;
		end += strlen(end) + 1;
	}
	for (char **e = environ; e != NULL && *e == end; e++)
		end += strlen(end) + 1;
	return end;
}

char **title_take(struct title *t, int argc, char **argv)
{
	const char *end = argc > 0 && argc <= TITLE_WORDS ? block_end(argc, argv) : NULL;
	char *to = t->text;

	t->room = NULL;
	if (end == NULL)
		return argv;
	for (int i = 0; i < argc; i++) {
		size_t n = strlen(argv[i]) + 1;

		if (n > sizeof t->text - (size_t)(to - t->text))
			return argv;
		t->words[i] = memcpy(to, argv[i], n);
		to += n;
	}
	t->words[argc] = NULL;
	t->room = argv[0];
	t->size = (size_t)(end - argv[0]);
	return t->words;
}

static void add(struct strbuf *out, const char *before, const char *text)
{
	if (text == NULL)
		return;
	strbuf_add(out, before);
	for (; *text != '\0' && !out->full; text++)
		strbuf_addc(out, *text >= ' ' && *text <= '~' ? *text : '?');
}

void title_set(const struct title *t, const char *who, const char *peer, const char *what)
{
	struct strbuf out;

	if (t == NULL || t->room == NULL)
		return;
	memset(t->room, 0, t->size);
	strbuf_init(&out, t->room, t->size);
	strbuf_add(&out, "in.ftpd");
	add(&out, ": ", who);
	add(&out, who != NULL ? " - " : ": ", peer);
	add(&out, ": ", what);
}
