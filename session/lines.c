/* The lines of a listing: collected in memory of their own, sent in large pieces. */
#include "session/lines.h"

#include "session/session.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int lines_open(struct lines *l, struct session *s, bool control)
{
	/* mapped, so that an idle session does not keep it */
	void *mem = mmap(NULL, LINES_PIECE + LINES_ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return -errno;
	*l = (struct lines){ .s = s, .control = control, .r = { .end = COPY_DONE } };
	strbuf_init(&l->text, mem, LINES_PIECE + LINES_ROOM);
	return 0;
}

static bool flush(struct lines *l)
{
	bool ok = l->r.end == COPY_DONE &&
	    copy_send_bytes(l->s, l->text.buf, l->text.len, &l->r);

	l->r.bytes += l->text.len;
	l->s->data.bytes = l->r.bytes;
	strbuf_reset(&l->text);
	return ok;
}

bool lines_next(struct lines *l)
{
	if (l->control) {
		reply_line(l->s, "%s", l->text.buf);
		strbuf_reset(&l->text);
		return !l->s->reply.broken;
	}
	strbuf_addn(&l->text, "\r\n", 2);
	return l->text.len < LINES_PIECE || (flush(l) && copy_look(l->s, &l->r));
}

void lines_close(struct lines *l)
{
	if (!l->control)
		(void)flush(l);
	(void)munmap(l->text.buf, LINES_PIECE + LINES_ROOM);
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

void lines_name(struct strbuf *out, const char *name, bool plain, bool escape)
{
	size_t n = 0;
	bool clean = true;

	for (; name[n] != '\0'; n++)
		clean &= !is_control((unsigned char)name[n]);
	if (clean) {
		strbuf_addn(out, name, n);
		return;
	}
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (is_control(c) && escape)
			strbuf_addn(out, (char[]){ '\\', (char)('0' + (c >> 6)),
			    (char)('0' + (c >> 3 & 7)), (char)('0' + (c & 7)) }, 4);
		else
			strbuf_addc(out, c == '\r' || c == '\n' || (plain && is_control(c)) ?
			    '?' : *name);
	}
}
