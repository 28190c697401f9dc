#ifndef AUTH_ROWTEXT_H
#define AUTH_ROWTEXT_H

#include "auth/rows.h"

/*
 * The sessions as text. Names, arguments and paths came from clients: each form escapes them its
 * own way, so that none is a second line, a terminal's command or the end of a string.
 */
enum row_form { ROWS_TABLE, ROWS_LINES, ROWS_JSON, ROWS_PROMETHEUS, ROW_FORMS };

/*
 * For people: a line each, under its server's name, and sums. `detail`: more of each. `width` > 0:
 * lines are cut to that many characters.
 */
void rows_table(struct strbuf *out, const struct rows *r, bool detail, unsigned width);
/* A line each with its fields between tabs, for scripts. */
void rows_lines(struct strbuf *out, const struct rows *r);
/* One document (RFC 8259). */
void rows_json(struct strbuf *out, const struct rows *r);
/* Gauges for each server, in Prometheus' text format. */
void rows_prometheus(struct strbuf *out, const struct rows *r);

/* Bytes that any of them may need for these sessions. */
size_t rows_text_size(const struct rows *r);

#endif
