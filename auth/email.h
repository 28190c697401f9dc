#ifndef AUTH_EMAIL_H
#define AUTH_EMAIL_H

#include "config/settings.h"
#include "config/strbuf.h"

struct monitor;

/* AnonCheckEmail: whether what an anonymous user gave for a password could be an address. */

/*
 * The shape alone: EMAIL_AT wants one @ between two parts that are not empty; EMAIL_SYNTAX and
 * EMAIL_DOMAIN a mailbox as RFC 5321, 4.1.2 has it, without quoted strings and address literals.
 * Pure.
 */
bool email_shaped(const char *text, enum email_check check);
/*
 * What the `n` bytes of a name server's answer to the question for MX say. NO_ANSWER: they hold
 * none. Pure.
 */
enum mail_domain { TAKES_MAIL, NO_MAIL, NO_ANSWER };
enum mail_domain email_mx(const unsigned char *answer, size_t n);
/*
 * The shape and, for EMAIL_DOMAIN, whether the domain takes mail: it has an MX record that is not
 * the null one (RFC 7505), or an address. Asked by a disposable child, 3 s at most; no answer is a
 * no. False: `why` is for the log.
 */
bool email_accepted(const struct monitor *m, const char *text, enum email_check check,
    struct strbuf *why);

#endif
