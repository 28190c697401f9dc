#ifndef VERDICT_H
#define VERDICT_H

#include "auth/query.h"
#include "config/addr.h"
#include "config/bounds.h"

#include <stddef.h>

struct command;
struct config;
struct context;

enum { VERDICT_ALLOWED = 0, VERDICT_REFUSED = 1, VERDICT_MISTAKE = 2 };   /* exit statuses */
enum { QUERY_SIZE = 3 * PATHNAME_SIZE };

/* A query as it came in, and the text that it points into. */
struct asked {
	struct query q;
	const struct command *command;
	char text[QUERY_SIZE];
};

/* What the queries are answered from, and how the answers look. */
struct verdict_how {
	struct config *config;       /* with its lines kept */
	struct context *server;      /* the one that is asked */
	struct addr local;
	bool json, origins;
};

/*
 * Answer queries of one session (the same user and peer) and print the verdicts; without a command,
 * print the settings that the session would have. This process becomes the user, and must end then.
 * Returns the exit status.
 */
int verdict_answer(const struct verdict_how *how, const struct asked *list, size_t n);

#endif
