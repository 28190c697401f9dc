/*
 * What ftpwho shows of any record: no control character, no line or string that a name has ended.
 */
#include "auth/rowtext.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *to, size_t n, const uint8_t **data, size_t *size)
{
	size_t k = n < *size ? n : *size;

	memset(to, 0, n);
	memcpy(to, *data, k);
	*data += k;
	*size -= k;
}

static void end(char *text, size_t size)
{
	text[size - 1] = '\0';
}

static void check(const struct strbuf *out, bool tabs)
{
	if (out->full)
		abort();
	for (size_t i = 0; i < out->len; i++) {
		unsigned char c = (unsigned char)out->buf[i];

		if ((c < ' ' && c != '\n' && !(tabs && c == '\t')) || c == 0x7f)
			abort();
	}
}

static unsigned lines(const struct strbuf *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < out->len; i++)
		n += out->buf[i] == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct row row;
	static struct group group;
	static struct rows rows = { .row = &row, .n = 1, .group = &group, .ngroups = 1 };
	static char mem[16 << 10];
	struct live *l = &row.live;
	struct strbuf out;

	take(l, sizeof *l, &data, &size);
	take(&row.slot, sizeof row.slot, &data, &size);
	take(&rows.now, sizeof rows.now, &data, &size);
	take(group.name, sizeof group.name, &data, &size);
	rows.now &= INT64_MAX;
	row.known = (l->flags & 2) != 0;
	if (!row.known)
		memset(l, 0, sizeof *l);
	row.group = &group;
	l->doing %= DOINGS;
	l->login &= INT64_MAX;
	l->began &= INT64_MAX;
	l->heard &= INT64_MAX;
	end(l->server, sizeof l->server);
	end(l->peer_name, sizeof l->peer_name);
	end(l->class, sizeof l->class);
	end(l->account, sizeof l->account);
	end(l->typed, sizeof l->typed);
	end(l->verb, sizeof l->verb);
	end(l->path, sizeof l->path);
	end(group.name, sizeof group.name);
	group.sessions = 1;

	strbuf_init(&out, mem, sizeof mem);
	rows_table(&out, &rows, true, 0);
	check(&out, false);
	if (lines(&out) != (row.known && l->login != 0 ? 5U : 4U))
		abort();
	strbuf_reset(&out);
	rows_table(&out, &rows, false, 20);
	check(&out, false);
	strbuf_reset(&out);
	rows_lines(&out, &rows);
	check(&out, true);
	if (lines(&out) != 1)
		abort();
	strbuf_reset(&out);
	rows_json(&out, &rows);
	check(&out, false);
	strbuf_reset(&out);
	rows_prometheus(&out, &rows);
	check(&out, false);
	return 0;
}
