/* MLST's facts: which are offered and which are chosen. */
#include "session/facts.h"

#include "config/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void feat_marks_what_is_on(void **state)
{
	STRBUF(b, 256);

	(void)state;
	facts_feat(FACT_TYPE | FACT_SIZE, 0, &b);
	assert_string_equal(b.buf, "type*;size*;modify;perm;unique;UNIX.mode;UNIX.owner;UNIX.group;"
	    "UNIX.ownername;UNIX.groupname;");
	strbuf_reset(&b);
	facts_feat(FACT_TYPE | FACT_UNIX_OWNERNAME, FACTS_NAMES, &b);
	assert_string_equal(b.buf,
	    "type*;size;modify;perm;unique;UNIX.mode;UNIX.owner;UNIX.group;");
}

static void opts_chooses(void **state)
{
	(void)state;
	assert_int_equal(facts_parse("type;size;"), FACT_TYPE | FACT_SIZE);
	assert_int_equal(facts_parse("Type;SIZE;unix.MODE;"),
	    FACT_TYPE | FACT_SIZE | FACT_UNIX_MODE);
	assert_int_equal(facts_parse("type;nonsense;perm"), FACT_TYPE | FACT_PERM);
	/* not its longer neighbour */
	assert_int_equal(facts_parse("UNIX.owner;"), FACT_UNIX_OWNER);
	assert_int_equal(facts_parse("typ;types;UNIX.;;;"), 0);
	assert_int_equal(facts_parse(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feat_marks_what_is_on), cmocka_unit_test(opts_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
