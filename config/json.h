#ifndef CONFIG_JSON_H
#define CONFIG_JSON_H

#include "config/strbuf.h"

/*
 * Append `s` as a JSON string with its quotes (RFC 8259, 7). A byte that is part of no valid UTF-8
 * becomes U+00XX, so that any pathname gives valid JSON.
 */
void json_string(struct strbuf *out, const char *s);
/* Whether a JSON string says exactly what `s` is: it is UTF-8. */
bool json_holds(const char *s);

#endif
