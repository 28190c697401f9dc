#ifndef CONFIG_RULE_H
#define CONFIG_RULE_H

#include "config/context.h"

struct reader;

/* Append a line to the <Limit> that is being read; what it goes by is left to the caller. */
struct limit_rule *rule_add(struct reader *r, enum rule_kind kind, bool allow);

#endif
