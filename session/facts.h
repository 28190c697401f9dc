#ifndef SESSION_FACTS_H
#define SESSION_FACTS_H

#include <stdint.h>

struct strbuf;

/* The facts of MLST and MLSD (RFC 3659, 7.5), a bit each; the table in facts.c has their names. */
enum {
	FACT_TYPE = 1, FACT_SIZE = 2, FACT_MODIFY = 4, FACT_PERM = 8, FACT_UNIQUE = 16,
	FACT_UNIX_MODE = 32, FACT_UNIX_OWNER = 64, FACT_UNIX_GROUP = 128,
	FACT_UNIX_OWNERNAME = 256, FACT_UNIX_GROUPNAME = 512,
	FACTS_DEFAULT = FACT_TYPE | FACT_SIZE | FACT_MODIFY | FACT_PERM | FACT_UNIQUE | FACT_UNIX_MODE |
	    FACT_UNIX_OWNER | FACT_UNIX_GROUP,
};

/* The list behind "MLST " in FEAT: each fact, "*" on those in `facts`, ";" behind each. */
void facts_feat(uint32_t facts, struct strbuf *out);
/* OPTS MLST: the facts named in `arg` ("type;size;"), unknown ones left out. Pure. */
uint32_t facts_parse(const char *arg);

#endif
