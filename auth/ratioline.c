/* The lines of a RatioFile. */
#include "auth/ratioline.h"

#include "config/value.h"

#include <string.h>

static const char anonymous_word[] = "anonymous", user_word[] = "user";
static const char upper_hex[] = "0123456789ABCDEF", lower_hex[] = "0123456789abcdef";

enum { SERVER_DIGITS = 16, FIELDS = 7, NUMBER_SIZE = 24 };

/* What stands for itself in a name. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '%' && c != '#';
}

void ratio_key(struct strbuf *out, uint64_t server, bool anonymous, const char *name)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		strbuf_addc(out, lower_hex[server >> shift & 15]);
	strbuf_addc(out, ' ');
	strbuf_add(out, anonymous ? anonymous_word : user_word);
	strbuf_addc(out, ' ');
	for (size_t i = 0; name[i] != '\0' && i < (anonymous ? RATIO_ADDRESS : RATIO_USER); i++) {
		unsigned char c = (unsigned char)name[i];

		if (is_plain(c)) {
			strbuf_addc(out, (char)c);
			continue;
		}
		strbuf_addc(out, '%');
		strbuf_addc(out, upper_hex[c >> 4]);
		strbuf_addc(out, upper_hex[c & 15]);
	}
}

/* Whether it is a name as ratio_key writes it: each has one spelling. */
static bool name_good(const char *p, size_t n, size_t most)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++, bytes++) {
		const char *high, *low;

		if (is_plain((unsigned char)p[i]))
			continue;
		if (p[i] != '%' || n - i < 3 || p[i + 1] == '\0' || p[i + 2] == '\0')
			return false;
		high = strchr(upper_hex, p[i + 1]);
		low = strchr(upper_hex, p[i + 2]);
		if (high == NULL || low == NULL)
			return false;
		if (high - upper_hex == 0 && low - upper_hex == 0)
			return false;
		if (is_plain((unsigned char)((high - upper_hex) * 16 + (low - upper_hex))))
			return false;
		i += 2;
	}
	return bytes > 0 && bytes <= most;
}

static bool number(const char *p, size_t n, uint64_t *out)
{
	char text[NUMBER_SIZE];
	uintmax_t v;

	if (n == 0 || n >= sizeof text || (n > 1 && *p == '0'))
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (!parse_uint(text, 10, 0, RATIO_COUNT_MAX, &v))
		return false;
	*out = v;
	return true;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(p, word, n) == 0;
}

bool ratio_line_parse(const char *line, size_t n, struct ratio_line *out)
{
	size_t at[FIELDS], len[FIELDS], i = 0;

	*out = (struct ratio_line){ .comment = n > 0 && *line == '#' };
	if (out->comment)
		return memchr(line, '\0', n) == NULL;
	for (size_t from = 0; from <= n; from += len[i++] + 1) {
		const char *blank = from < n ? memchr(line + from, ' ', n - from) : NULL;

		if (i == FIELDS)
			return false;
		at[i] = from;
		len[i] = blank != NULL ? (size_t)(blank - line) - from : n - from;
	}
	if (i != FIELDS || len[0] != SERVER_DIGITS)
		return false;
	for (size_t d = 0; d < SERVER_DIGITS; d++) {
		if (line[d] == '\0' || strchr(lower_hex, line[d]) == NULL)
			return false;
	}
	out->anonymous = is_word(line + at[1], len[1], anonymous_word);
	out->key = at[2] + len[2];
	return (out->anonymous || is_word(line + at[1], len[1], user_word)) &&
	    name_good(line + at[2], len[2], out->anonymous ? RATIO_ADDRESS : RATIO_USER) &&
	    number(line + at[3], len[3], &out->counts.files_up) &&
	    number(line + at[4], len[4], &out->counts.bytes_up) &&
	    number(line + at[5], len[5], &out->counts.files_down) &&
	    number(line + at[6], len[6], &out->counts.bytes_down);
}

void ratio_line_add(struct strbuf *out, const char *key, const struct ratio_counts *counts)
{
	const uint64_t numbers[] = {
		counts->files_up, counts->bytes_up, counts->files_down, counts->bytes_down,
	};

	strbuf_add(out, key);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		strbuf_addc(out, ' ');
		strbuf_addu(out, numbers[i]);
	}
	strbuf_addc(out, '\n');
}

size_t ratio_find(const char *bytes, size_t n, const char *key, struct ratio_place *out)
{
	size_t len = strlen(key), number_of = 1;

	*out = (struct ratio_place){ .at = n };
	for (size_t at = 0; at < n; number_of++) {
		const char *line = bytes + at, *end = memchr(line, '\n', n - at);
		struct ratio_line l;

		if (end == NULL || !ratio_line_parse(line, (size_t)(end - line), &l))
			return number_of;
		at += (size_t)(end - line) + 1;
		if (l.comment)
			continue;
		out->strangers += l.anonymous;
		if (l.key != len || memcmp(line, key, len) != 0)
			continue;
		if (out->n != 0)
			return number_of;
		out->at = (size_t)(line - bytes);
		out->n = (size_t)(end - line) + 1;
		out->counts = l.counts;
	}
	return 0;
}
