#ifndef CONFIG_FACT_H
#define CONFIG_FACT_H

#include <stddef.h>
#include <stdint.h>

/* The facts of MLST and MLSD (RFC 3659, 7.5) in the order they are sent: token, name, bit. */
#define FACTS(X) \
	X(TYPE, type, "type", 1) \
	X(SIZE, size, "size", 2) \
	X(MODIFY, modify, "modify", 4) \
	X(PERM, perm, "perm", 8) \
	X(UNIQUE, unique, "unique", 16) \
	X(UNIX_MODE, mode, "UNIX.mode", 32) \
	X(UNIX_OWNER, owner, "UNIX.owner", 64) \
	X(UNIX_GROUP, group, "UNIX.group", 128) \
	X(UNIX_OWNERNAME, ownername, "UNIX.ownername", 256) \
	X(UNIX_GROUPNAME, groupname, "UNIX.groupname", 512)

#define FACT_BIT(token, short, name, bit) FACT_##token = bit,
enum {
	FACTS(FACT_BIT)
	FACTS_NAMES = FACT_UNIX_OWNERNAME | FACT_UNIX_GROUPNAME,
	FACTS_DEFAULT = FACT_TYPE | FACT_SIZE | FACT_MODIFY | FACT_PERM | FACT_UNIQUE |
	    FACT_UNIX_MODE | FACT_UNIX_OWNER | FACT_UNIX_GROUP | FACTS_NAMES,
};
#undef FACT_BIT

/* The bit of the fact whose name is these `n` bytes, in any case; 0: there is none. Pure. */
uint32_t fact_find(const char *name, size_t n);

#endif
