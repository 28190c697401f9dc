/* What -C asks: who does what, from where. */
#include "auth/query.h"

#include "config/value.h"

#include <stddef.h>
#include <string.h>

/* The value at *at, unquoted in place; *at moves to the comma behind it, or the end. */
static char *take_value(char **at, struct strbuf *why)
{
	char *value = *at, *out = value;

	if (*value != '"') {
		*at += strcspn(value, ",");
		return value;
	}
	for (++*at; **at != '\0' && **at != '"'; ++*at) {
		if ((*at)[0] == '\\' && (*at)[1] != '\0')
			++*at;
		*out++ = **at;
	}
	if (**at != '"' || ((*at)[1] != ',' && (*at)[1] != '\0')) {
		strbuf_add(why, "a quote is not closed before a comma or the end");
		return NULL;
	}
	++*at;
	*out = '\0';
	return value;
}

static bool take_port(struct query *q, const char *value, struct strbuf *why)
{
	uintmax_t port;

	if (!parse_uint(value, 10, 1, 65535, &port)) {
		strbuf_addf(why, "port=%s: a number from 1 to 65535 is expected", value);
		return false;
	}
	q->port = (unsigned)port;
	return true;
}

static bool take_pair(struct query *q, const char *key, const char *value, struct strbuf *why)
{
	const struct { const char *key; const char **field; } keys[] = {
		{ "user", &q->user }, { "addr", &q->addr }, { "name", &q->name },
		{ "host", &q->host },
		{ "laddr", &q->laddr }, { "groups", &q->groups }, { "cmd", &q->cmd },
		{ "path", &q->path },
	};

	if (strcmp(key, "port") == 0)
		return take_port(q, value, why);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		*keys[i].field = value;
		return true;
	}
	strbuf_addf(why,
	    "%s: unknown; there are user, addr, name, host, laddr, port, groups, cmd, path", key);
	return false;
}

bool query_read(struct query *q, char *text, struct strbuf *why)
{
	*q = (struct query){ .port = 0 };
	while (*text != '\0') {
		char *key = text, *value, *end;
		bool more;

		text += strcspn(text, "=,");
		if (*text != '=') {
			strbuf_addf(why, "%.*s: key=value is expected", (int)(text - key), key);
			return false;
		}
		*text++ = '\0';
		end = text;
		value = take_value(&end, why);
		if (value == NULL)
			return false;
		more = *end == ',';
		*end = '\0';
		text = end + more;
		if (!take_pair(q, key, value, why))
			return false;
	}
	return true;
}
