#ifndef EXPLAIN_H
#define EXPLAIN_H

struct options;

/*
 * in.ftpd -T: print what is in effect in a server, or, for each query, whether somebody may do
 * something, and why. Each query is answered in a child, which goes the way of a live session:
 * it becomes the user and asks the same functions. Returns the exit status: 0, 1 where a query was
 * answered with a refusal (not with -C -), 2 for a query that cannot be understood.
 */
int explain_run(const struct options *o);

#endif
