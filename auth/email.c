/* An e-mail address for a password: its shape, and whether its domain takes mail. */
#include "auth/email.h"

#include "auth/helper.h"
#include "auth/monitor.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

/* RFC 5321, 4.5.3.1; a label: RFC 1035, 2.3.4 */
enum { LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, ANSWER_SIZE = 4096 };

static bool one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Dot-string: atoms with one dot between each two. */
static bool good_local(const char *s, size_t n)
{
	if (n == 0 || n > LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? s[i - 1] == '.' : !is_alnum(s[i]) &&
		    !one_of(s[i], "!#$%&'*+-/=?^_`{|}~"))
			return false;
	}
	return true;
}

static bool good_domain(const char *s)
{
	size_t n = strlen(s), label = 0;

	if (n == 0 || n > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (s[i] == '.' || s[i] == '\0') {
			if (label == 0 || label > LABEL_MAX || s[i - 1] == '-' ||
			    s[i - label] == '-')
				return false;
			label = 0;
		} else if (is_alnum(s[i]) || s[i] == '-') {
			label++;
		} else {
			return false;
		}
	}
	return true;
}

bool email_shaped(const char *text, enum email_check check)
{
	const char *at = strchr(text, '@');

	if (check == EMAIL_ANY)
		return true;
	if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return false;
	return check == EMAIL_AT || (good_local(text, (size_t)(at - text)) && good_domain(at + 1));
}

static unsigned number(const unsigned char *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

/* RFC 1035, 4.1: a header, questions, and records of a name, type, class, time, length and data. */
enum mail_domain email_mx(const unsigned char *answer, size_t n)
{
	enum { HEADER = 12, RECORD = 10, TYPE_MX = 15 };
	const unsigned char *at = answer + HEADER, *end = answer + n;
	enum mail_domain result = NO_ANSWER;

	if (n < HEADER)
		return NO_ANSWER;
	for (unsigned i = 0; i < number(answer + 4); i++) {
		int k = dn_skipname(at, end);

		if (k < 0 || end - at < k + 4)
			return NO_ANSWER;
		at += k + 4;
	}
	for (unsigned i = 0; i < number(answer + 6); i++) {
		int k = dn_skipname(at, end);
		unsigned len;

		if (k < 0 || end - at < k + RECORD)
			return result;
		at += k + RECORD;
		len = number(at - 2);
		if ((size_t)(end - at) < len)
			return result;
		/*
		 * a preference, then a name: a single zero is the root's, who takes no mail (RFC
		 * 7505)
		 */
		if (number(at - RECORD) == TYPE_MX && len > 3)
			return TAKES_MAIL;
		if (number(at - RECORD) == TYPE_MX && len == 3 && at[2] == 0)
			result = NO_MAIL;
		at += len;
	}
	return result;
}

/* The child: everything that a stranger's name server says is read here. */
static int ask_domain(void *arg, int keep, int out)
{
	const char *domain = arg;
	unsigned char answer[ANSWER_SIZE];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all;
	enum mail_domain mx;
	int n, err;

	(void)keep;
	(void)out;
	if (res_init() != 0)
		return NO_ANSWER;
	/* the name as it is: with a search list every word would be a host of ours */
	_res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
	_res.retrans = 1;
	_res.retry = 1;
	n = res_query(domain, ns_c_in, ns_t_mx, answer, sizeof answer);
	mx = n > 0 ? email_mx(answer, n < ANSWER_SIZE ? (size_t)n : ANSWER_SIZE) : NO_ANSWER;
	if (mx != NO_ANSWER)
		return mx;
	/* without MX the address itself takes the mail (RFC 5321, 5.1) */
	err = getaddrinfo(domain, NULL, &hints, &all);
	return err == 0 ? TAKES_MAIL : err == EAI_AGAIN || err == EAI_SYSTEM ? NO_ANSWER : NO_MAIL;
}

bool email_accepted(const struct monitor *m, const char *text, enum email_check check,
    struct strbuf *why)
{
	const char *domain = strchr(text, '@');
	struct helper h;
	char nothing[1];
	int answer;

	if (!email_shaped(text, check)) {
		strbuf_addf(why, "AnonCheckEmail: \"%s\" is no address", text);
		return false;
	}
	if (check != EMAIL_DOMAIN || domain == NULL)
		return true;
	answer = helper_start(&h, m, NULL, -1, ask_domain, (void *)(uintptr_t)(domain + 1));
	if (answer == 0)
		answer = helper_wait(&h, nothing, sizeof nothing);
	if (answer == TAKES_MAIL)
		return true;
	strbuf_addf(why, "AnonCheckEmail: \"%s\": %s", text,
	    answer == NO_MAIL ? "its domain takes no mail" : "nothing is known about its domain");
	return false;
}
