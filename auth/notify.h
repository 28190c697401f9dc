#ifndef AUTH_NOTIFY_H
#define AUTH_NOTIFY_H

#include <stdbool.h>
#include <time.h>

struct context;
struct monitor;
struct strbuf;
struct transfer_record;

/* Whether uploads somewhere in `base` and its sections are to be told of (UploadNotify). */
bool notify_wanted(const struct context *base);
/*
 * Tell the socket that UploadNotify names for the upload's path. Nothing is waited for; what fails
 * is logged once a session. False: a path that no session has, canonical it is not.
 */
bool notify_upload(struct monitor *m, const struct transfer_record *t);
/* The line: a JSON object and a newline. `path` is a host path. */
void notify_line(struct strbuf *out, const struct timespec *now, const char *user, const char *peer,
    const char *path, const struct transfer_record *t);

#endif
