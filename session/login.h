#ifndef SESSION_LOGIN_H
#define SESSION_LOGIN_H

struct session;

/* The first words: DisplayConnect, and the 220 that ServerIdent and DeferWelcome ask for. */
void login_greet(struct session *s);
/* The second session's first words: DisplayLogin, and the 230 (AccessGrantMsg). */
void login_welcome(struct session *s);

#endif
