#ifndef AUTH_CREATEHOME_H
#define AUTH_CREATEHOME_H

#include "auth/helper.h"
#include "config/settings.h"

/*
 * CreateHome: make the home of a user who was let in and has none, and fill it. What is there
 * already, by whatever way, is left alone. What fails is told in the log, and nowhere else: without
 * a home there is no login, with a jail there may be.
 *
 * Root goes down from "/" without following a link, through directories that are its own and that
 * nobody else may write to (or that are sticky), so that nobody can lead it elsewhere. From the
 * first directory that is the user's, all is done by a child that has become him; with NoRootPrivs,
 * and without privilege, from the beginning. The home appears with its owner and mode, or not at
 * all.
 */
void createhome(const struct monitor *m, const struct create_home *how,
    const struct helper_user *user, const char *home);

#endif
