/* Text buffers: bounded appending with a sticky overflow mark. */
#include "config/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strbuf_init(struct strbuf *b, char *mem, size_t cap)
{
	b->buf = mem;
	b->cap = cap;
	strbuf_reset(b);
}

void strbuf_reset(struct strbuf *b)
{
	strbuf_cut(b, 0);
}

void strbuf_cut(struct strbuf *b, size_t len)
{
	b->len = len;
	b->buf[len] = '\0';
	b->full = false;
}

void strbuf_addn(struct strbuf *b, const char *s, size_t n)
{
	if (b->full || n >= b->cap - b->len) {
		b->full = true;
		return;
	}
	memcpy(b->buf + b->len, s, n);
	b->len += n;
	b->buf[b->len] = '\0';
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_addn(b, &c, 1);
}

void strbuf_add(struct strbuf *b, const char *s)
{
	strbuf_addn(b, s, strlen(s));
}

void strbuf_addpad(struct strbuf *b, uintmax_t value, unsigned width, char fill)
{
	char digits[64];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (sizeof digits - at < width && at > 0)
		digits[--at] = fill;
	strbuf_addn(b, digits + at, sizeof digits - at);
}

void strbuf_addu(struct strbuf *b, uintmax_t value)
{
	strbuf_addpad(b, value, 0, ' ');
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->len;
	va_list ap;
	int n;

	if (b->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->buf + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		b->buf[b->len] = '\0';
		b->full = true;
		return;
	}
	b->len += (size_t)n;
}

/* Length of the UTF-8 sequence at `s` that is printable beyond ASCII, or 0. */
static size_t utf8_printable(const unsigned char *s, size_t n)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t point;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	point = s[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3fU);
	}
	if ((len == 3 && point < 0x800) || (len == 4 && point < 0x10000) || point > 0x10ffff)
		return 0;
	if (point < 0xa0 || (point >= 0xd800 && point <= 0xdfff))
		return 0; /* C1 controls drive terminals, surrogates are no characters */
	if (point == 0x2028 || point == 0x2029)
		return 0; /* line and paragraph separator */
	return len;
}

void strbuf_addescaped(struct strbuf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *u = (const unsigned char *)s;

	for (size_t i = 0; i < n;) {
		size_t len = u[i] >= 0x80 ? utf8_printable(u + i, n - i) : 0;

		if (len == 0 && u[i] >= 0x20 && u[i] < 0x7f && u[i] != '\\')
			len = 1;
		if (len > 0) {
			strbuf_addn(b, s + i, len);
			i += len;
			continue;
		}
		strbuf_addn(b, (char[]){ '\\', 'x', hex[u[i] >> 4], hex[u[i] & 15] }, 4);
		i++;
	}
}
