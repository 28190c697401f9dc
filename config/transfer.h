#ifndef CONFIG_TRANSFER_H
#define CONFIG_TRANSFER_H

#include "config/context.h"
#include "config/subject.h"

struct config;

/* The transfer commands that a line names. */
enum {
	TRANSFER_RETR = 1, TRANSFER_STOR = 2, TRANSFER_APPE = 4, TRANSFER_STOU = 8,
	TRANSFER_COMMANDS = 15,
};

/* TransferRate, TransferRateTotal, MaxTransfersPerHost, MaxTransfersPerUser, in file order. */
struct transfer_rule {
	const struct transfer_rule *next;
	unsigned commands;           /* TRANSFER_… */
	uint64_t rate;               /* thousandths of a byte a second; 0: as fast as it goes */
	uint64_t free;               /* bytes that come before it counts */
	unsigned max;                /* transfers at a time */
	const char *message;         /* %m in it is `max`; NULL: the usual one */
	struct whom whom;
	struct origin where;
};

/* The bit of "RETR", "STOR", "APPE" or "STOU"; 0: it is another command. */
unsigned transfer_command(const char *verb);
/*
 * The TransferRate that holds for `command` and who asks: of the innermost context that has a line
 * for both, the one that names him as a user, else his group, else his class, else everybody; the
 * first of several. NULL: none does, or one that says 0.
 */
const struct transfer_rule *transfer_rate(const struct context *c, unsigned command,
    struct subject *who);
/*
 * Whether a context's TransferRates are for everybody and every command, so that outer ones never
 * count.
 */
bool transfer_rate_closes(const struct settings *own);
/*
 * Walk the lines of a list that name `command`, a context's own before those outside; NULL at the
 * end.
 */
struct transfer_walk {
	const struct context *context;
	const struct transfer_rule *rule;
	enum directive_id id;
	unsigned command;
};
void transfer_walk(struct transfer_walk *w, const struct context *c, enum directive_id id,
    unsigned command);
const struct transfer_rule *transfer_next(struct transfer_walk *w);
/*
 * The line of a list that allows the fewest transfers by `command`: of several the innermost, and
 * `at` the context that it stands in. NULL: none names it.
 */
const struct transfer_rule *transfer_limit(const struct context *c, enum directive_id id,
    unsigned command, const struct context **at);
/* The commands whose transfers somebody may count, so that each is to be told of; of NULL none. */
unsigned transfers_counted(const struct config *c);

#endif
