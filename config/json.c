/* Text as JSON strings. */
#include "config/json.h"

/* The length of the UTF-8 character at `s`, or 0: it is none (RFC 3629, 4). */
static unsigned utf8_length(const unsigned char *s)
{
	unsigned n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 &&
	    s[0] < 0xf0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	for (unsigned i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void json_string(struct strbuf *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	strbuf_addc(out, '"');
	while (*s != '\0') {
		unsigned n = utf8_length(s);

		if (*s == '"' || *s == '\\') {
			strbuf_addc(out, '\\');
			strbuf_addc(out, (char)*s);
			n = 1;
		} else if (n == 0 || *s < ' ' || *s == 0x7f) {
			strbuf_addf(out, "\\u%04x", *s);
			n = 1;
		} else if (*s == 0xc2 && s[1] < 0xa0) {
			strbuf_addf(out, "\\u%04x", s[1]); /* to a terminal U+009B is what ESC [
			                                      is */
		} else {
			strbuf_addn(out, (const char *)s, n);
		}
		s += n;
	}
	strbuf_addc(out, '"');
}

bool json_holds(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned n;

	while (*s != '\0' && (n = utf8_length(s)) > 0)
		s += n;
	return *s == '\0';
}
