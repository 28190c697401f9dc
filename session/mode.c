/* File modes as people write them. */
#include "session/mode.h"

#include "config/value.h"

#include <stdint.h>
#include <string.h>

/* One letter of what is given: its bits for user, group and others alike. -1: no such letter. */
static int permission(char letter, mode_t mode, bool dir)
{
	switch (letter) {
	case 'r':
		return 0444;
	case 'w':
		return 0222;
	case 'x':
		return 0111;
	case 'X':
		return dir || (mode & 0111) ? 0111 : 0;
	case 's':
	case 't':
		return 0;
	default:
		return -1;
	}
}

/* One clause, "[ugoa...]op[rwxXst...]", applied to `mode`. Returns what follows it, or NULL. */
static const char *clause(const char *p, bool dir, mode_t *mode)
{
	mode_t who = 0, bits = 0;
	int more;
	char op;

	for (; *p != '\0' && strchr("ugoa", *p) != NULL; p++)
		who |= *p == 'u' ? 0700 : *p == 'g' ? 0070 : *p == 'o' ? 0007 : 0777;
	if (who == 0)
		who = 0777;
	op = *p;
	if (op != '+' && op != '-' && op != '=')
		return NULL;
	for (p++; (more = permission(*p, *mode, dir)) >= 0; p++)
		bits |= (mode_t)more;
	if (op == '+')
		*mode |= bits & who;
	else if (op == '-')
		*mode &= ~(bits & who);
	else
		*mode = (*mode & ~who) | (bits & who);
	return p;
}

bool mode_parse(const char *text, mode_t old, bool dir, mode_t *mode)
{
	mode_t m = old & 0777;
	uintmax_t octal;

	if (parse_uint(text, 8, 0, 07777, &octal)) {
		*mode = (mode_t)octal & 0777;
		return true;
	}
	do {
		text = clause(text, dir, &m);
		if (text == NULL)
			return false;
	} while (*text++ == ',');
	if (text[-1] != '\0')
		return false;
	*mode = m;
	return true;
}
