#ifndef CONFIG_WHOM_H
#define CONFIG_WHOM_H

#include "config/settings.h"
#include "config/subject.h"

/* Whether a line is for who asks. Before login none is that names a user or a group. */
bool whom_holds(const struct whom *w, struct subject *who);

#endif
