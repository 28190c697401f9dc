/* Numbers and words as people write them: whole and in range, or refused. */
#include "config/value.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LEN(a) (sizeof(a) / sizeof *(a))

bool parse_uint(const char *s, int base, uintmax_t min, uintmax_t max, uintmax_t *out)
{
	uintmax_t v = 0, b = (uintmax_t)base;

	if (*s == '\0')
		return false;
	for (; *s; s++) {
		uintmax_t digit = (uintmax_t)(unsigned char)*s - '0';

		if (digit >= b || v > (max - (digit > max ? max : digit)) / b)
			return false;
		v = v * b + digit;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool parse_bool(const char *s, bool *out)
{
	static const char *const words[] = { "off", "on", "false", "true", "no", "yes", "0", "1" };

	for (size_t i = 0; i < LEN(words); i++) {
		if (strcasecmp(s, words[i]) == 0) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}

/* The number at the start of `s` with the factor that its unit stands for. */
static bool parse_unit(const char *s, const char *const *units, const uintmax_t *factors,
    size_t n, uintmax_t max, uintmax_t *out)
{
	size_t digits = strspn(s, "0123456789");
	char number[24];
	uintmax_t v;

	if (digits == 0 || digits >= sizeof number)
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(s + digits, units[i]) != 0)
			continue;
		if (!parse_uint(number, 10, 0, max / factors[i], &v))
			return false;
		*out = v * factors[i];
		return true;
	}
	return false;
}

static bool parse_clock(const char *s, uintmax_t max, uintmax_t *out)
{
	uintmax_t part[3];
	char number[16];

	for (int i = 0; i < 3; i++) {
		size_t digits = strspn(s, "0123456789");

		if (digits == 0 || digits >= sizeof number || s[digits] != (i < 2 ? ':' : '\0'))
			return false;
		memcpy(number, s, digits);
		number[digits] = '\0';
		if (!parse_uint(number, 10, 0, i == 0 ? 1000000 : 59, &part[i]))
			return false;
		s += digits + 1;
	}
	if (part[0] * 3600 + part[1] * 60 + part[2] > max)
		return false;
	*out = part[0] * 3600 + part[1] * 60 + part[2];
	return true;
}

bool parse_seconds(const char *s, uintmax_t max, uintmax_t *out)
{
	static const char *const units[] = { "", "s", "sec", "m", "min", "h", "hr" };
	static const uintmax_t factors[] = { 1, 1, 1, 60, 60, 3600, 3600 };

	if (strchr(s, ':') != NULL)
		return parse_clock(s, max, out);
	return parse_unit(s, units, factors, LEN(units), max, out);
}

bool parse_bytes(const char *s, uintmax_t max, uintmax_t *out)
{
	static const char *const units[] = { "", "b", "k", "kb", "m", "mb", "g", "gb" };
	static const uintmax_t factors[] = { 1, 1, 1 << 10, 1 << 10, 1 << 20, 1 << 20, 1 << 30,
	    1 << 30 };

	return parse_unit(s, units, factors, LEN(units), max, out);
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

unsigned word_distance(const char *a, const char *b)
{
	enum { MOST = 48 };
	unsigned char row[3][MOST + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MOST || lb > MOST)
		return MOST;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned char *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];

		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= lb; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);
			unsigned best = up[j - 1] + !same;

			if (up[j] + 1U < best)
				best = up[j] + 1U;
			if (now[j - 1] + 1U < best)
				best = now[j - 1] + 1U;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && upup[j - 2] + 1U < best)
				best = upup[j - 2] + 1U;
			now[j] = (unsigned char)best;
		}
	}
	return row[la % 3][lb];
}
