/* Any bytes as a LogFormat, and as the record of a command that a session sends. */
#include "auth/extlog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 64 };

static void write_one(const struct log_format *f, struct extlog_event *e,
    const struct command_record *r)
{
	static char text[EXTLOG_LINE];
	struct strbuf out;

	e->record = r;
	strbuf_init(&out, text, sizeof text);
	extlog_line(&out, f, e);
	for (size_t i = 0; i < out.len; i++) {
		if ((unsigned char)text[i] < ' ' && (text[i] != '\n' || i != out.len - 1))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command_texts texts;
	static struct msg m;
	const struct log_step json = { .what = LOG_JSON };
	const struct log_format as_json = { .steps = &json, .n = 1 };
	struct log_step steps[STEPS];
	struct log_format f = { .steps = steps };
	struct extlog_event e = { .peer = "192.0.2.7", .server = "s", .user = "u", .jail = "/j" };
	struct command_record r;
	char *text = malloc(size + 1);
	const char *bad = NULL;
	size_t bad_len = 0, n = size < 64 ? size : 64;

	memcpy(text, data, n);
	text[n] = '\0';
	f.n = logformat_parse(text, steps, STEPS, &bad, &bad_len);
	if (f.n > STEPS || (bad != NULL && (f.n != 0 || bad < text ||
	    bad + bad_len > text + strlen(text))))
		abort();
	if (msg_parse(&m, data, size)) {
		msg_get_command(&m, &r, &texts);
		if (msg_done(&m)) {
			write_one(&as_json, &e, &r);
			write_one(&f, &e, &r);
		}
	}
	r = (struct command_record){ .verb = "X", .argument = text, .text = text, .path = text,
	    .from = text };
	write_one(&as_json, &e, &r);
	write_one(&f, &e, &r);
	free(text);
	return 0;
}
