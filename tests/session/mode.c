/* The modes of SITE CHMOD. */
#include "session/mode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void modes(void **state)
{
	static const struct { const char *text; mode_t old; bool dir; int mode; } table[] = {
		{ "644", 0, false, 0644 }, { "0", 0777, false, 0 }, { "7777", 0, false, 0777 },
		{ "6755", 0, false, 0755 }, { "10000", 0, false, -1 }, { "8", 0, false, -1 },
		{ "-1", 0, false, -1 }, { "", 0, false, -1 }, { "0x1ff", 0, false, -1 },
		{ "u+x", 0644, false, 0744 }, { "+x", 0644, false, 0755 },
		{ "a-w", 0666, false, 0444 }, { "go=", 0777, false, 0700 },
		{ "u=rw,go=r", 0, false, 0644 }, { "u+s", 0755, false, 0755 },
		{ "+t", 0755, false, 0755 }, { "a+X", 0644, false, 0644 },
		{ "a+X", 0644, true, 0755 }, { "a+X", 0744, false, 0755 },
		{ "u+q", 0, false, -1 }, { "u", 0, false, -1 }, { "u+r,", 0, false, -1 },
		{ ",", 0, false, -1 }, { "u+r g+r", 0, false, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		mode_t mode = 07777;
		bool good = mode_parse(table[i].text, table[i].old, table[i].dir, &mode);

		if (good != (table[i].mode >= 0) || (good && (int)mode != table[i].mode))
			fail_msg("%s: %o", table[i].text, (unsigned)mode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(modes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
