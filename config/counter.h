#ifndef CONFIG_COUNTER_H
#define CONFIG_COUNTER_H

#include "config/context.h"
#include "config/subject.h"

struct config;
struct strbuf;

/*
 * MaxClientsPerClass: the line for the subject's class, the server's own before <Global>'s; or
 * NULL.
 */
const struct client_limit *counter_class(const struct context *server, struct subject *who);
/* Whether there is a line of it: else no class need be known. */
bool counter_classes(const struct context *server);
/* Whether anything of this server limits by counting. */
bool counter_needed(const struct context *server);
/*
 * Which server this is, for those who count: the same for every process that serves it, as long as
 * its configuration file's name, and its block's names, port and aliases stay.
 */
uint64_t config_server_id(const struct config *c, const struct context *server);

/* Append what the one too many is told: `text`, in which %m stands for the limit. */
void counter_message(struct strbuf *out, const char *text, unsigned max);

#endif
