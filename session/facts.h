#ifndef SESSION_FACTS_H
#define SESSION_FACTS_H

#include "config/fact.h"

#include <stdint.h>

struct session;
struct strbuf;

/*
 * The list behind "MLST " in FEAT: each fact that is not in `out_of_it`, "*" on those in `facts`,
 * ";" behind each.
 */
void facts_feat(uint32_t facts, uint32_t out_of_it, struct strbuf *out);
/* The facts that are never told here: those of names, with FactsOptions NoNames. */
uint32_t facts_left_out(const struct session *s);
/* OPTS MLST: the facts named in `arg` ("type;size;"), unknown ones left out. Pure. */
uint32_t facts_parse(const char *arg);

#endif
