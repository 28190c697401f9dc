/* The directives of TLS that have words of their own. */
#include "config/special.h"

#include "config/read.h"
#include "config/tls.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define LEN(a) (sizeof(a) / sizeof *(a))

enum { EVERY_PROTOCOL = TLS_1_0 | TLS_1_1 | TLS_1_2 | TLS_1_3 };

/* TLSRequired on|off|ctrl|[!]data|auth|auth+[!]data, and the longer forms of 1.3.8. */
int read_tls_required(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	enum { CTRL = TLS_NEED_CTRL | TLS_NEED_AUTH };
	static const struct { char name[12]; unsigned bits; } forms[] = {
		{ "ctrl", CTRL }, { "control", CTRL }, { "data", TLS_NEED_DATA },
		{ "!data", TLS_NO_DATA },
		{ "both", CTRL | TLS_NEED_DATA }, { "ctrl+data", CTRL | TLS_NEED_DATA },
		{ "ctrl+!data", CTRL | TLS_NO_DATA }, { "auth", TLS_NEED_AUTH },
		{ "auth+data", TLS_NEED_AUTH | TLS_NEED_DATA },
		{ "auth+!data", TLS_NEED_AUTH | TLS_NO_DATA },
	};
	bool on;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (parse_bool(words[1], &on)) {
		r->own->tls_required = on ? CTRL | TLS_NEED_DATA : 0;
		return 0;
	}
	for (size_t i = 0; i < LEN(forms); i++) {
		if (strcasecmp(words[1], forms[i].name) == 0) {
			r->own->tls_required = forms[i].bits;
			return 0;
		}
	}
	return tell_error(r, d->name,
	    "%s: on, off, ctrl, auth, data, !data, auth+data or auth+!data is expected", words[1]);
}

/* Every option of 1.3.8: what it does here, or why it does nothing. */
static const struct option {
	char name[28];
	unsigned bit;                /* 0: it has no effect; */
	enum config_severity severity;       /* a warning where it would have demanded more */
	const char *why;
} options[] = {
	{ "AllowClientRenegotiation", 0, CONFIG_NOTE, "a client that renegotiates is refused" },
	{ "AllowClientRenegotiations", 0, CONFIG_NOTE, "a client that renegotiates is refused" },
	{ "AllowDotLogin", TLS_DOT_LOGIN, CONFIG_NOTE, NULL },
	{ "AllowPerUser", TLS_PER_USER, CONFIG_NOTE, NULL },
	{ "AllowWeakDH", 0, CONFIG_NOTE, "parameters below 2048 bits are refused" },
	{ "AllowWeakSecurity", 0, CONFIG_NOTE, "what is weak is refused" },
	{ "CommonNameRequired", 0, CONFIG_WARNING,
	    "no name of the client's machine is looked for in its certificate; TLSVerifyClient and "
	    "TLSUserName say who it must be" },
	{ "dNSNameRequired", 0, CONFIG_WARNING,
	    "no name of the client's machine is looked for in its certificate; TLSVerifyClient and "
	    "TLSUserName say who it must be" },
	{ "EnableDiags", 0, CONFIG_NOTE, "DebugLevel tells more about a handshake" },
	{ "ExportCertData", 0, CONFIG_NOTE, "no certificate is put into the environment" },
	{ "IgnoreSNI", TLS_IGNORE_SNI, CONFIG_NOTE, NULL },
	{ "iPAddressRequired", 0, CONFIG_WARNING, "no address of the client is looked for in its "
	    "certificate; TLSVerifyClient and TLSUserName say who it must be" },
	{ "NoAutoECDH", 0, CONFIG_NOTE, "TLSECDHCurve says which curves there are" },
	{ "NoCertRequest", 0, CONFIG_NOTE,
	    "a client's certificate is asked for with TLSVerifyClient alone" },
	{ "NoEmptyFragments", 0, CONFIG_NOTE, "it is about protocols before TLS 1.1" },
	{ "NoSessionReuseRequired", TLS_NO_REUSE_REQUIRED, CONFIG_NOTE, NULL },
	{ "StdEnvVars", TLS_STD_ENV, CONFIG_NOTE, NULL },
	{ "UseImplicitSSL", TLS_IMPLICIT, CONFIG_NOTE, NULL },
};

static int no_option(struct reader *r, const struct directive *d, const char *word)
{
	unsigned best = strlen(word) < 9 ? 3 : 5;    /* the distance that is too far */
	const char *near = NULL;

	for (size_t i = 0; i < LEN(options); i++) {
		unsigned distance = word_distance(word, options[i].name);

		if (distance < best) {
			best = distance;
			near = options[i].name;
		}
	}
	if (near != NULL)
		return tell_error(r, d->name, "%s: no such option; did you mean %s?", word, near);
	return tell_error(r, d->name, "%s: no such option", word);
}

/* Lines of one context add up, as in 1.3.8. */
int read_tls_options(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	unsigned bits = 0;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		size_t k = 0;

		while (k < LEN(options) && strcasecmp(words[i], options[k].name) != 0)
			k++;
		if (k == LEN(options))
			return no_option(r, d, words[i]);
		bits |= options[k].bit;
		if (options[k].bit == 0)
			(void)tell_at(r, options[k].severity, r->here, d->name,
			    "%s has no effect: %s", options[k].name, options[k].why);
	}
	r->own->tls_options |= bits;
	return 0;
}

/* The protocols that a word means; 0: none. */
static unsigned protocol_of(const char *word)
{
	static const struct { char name[8]; unsigned bits; } names[] = {
		{ "ALL", EVERY_PROTOCOL }, { "SSLv23", EVERY_PROTOCOL }, { "TLSv1", TLS_1_0 },
		{ "TLSv1.1", TLS_1_1 }, { "TLSv1.2", TLS_1_2 }, { "TLSv1.3", TLS_1_3 },
	};

	for (size_t i = 0; i < LEN(names); i++) {
		if (strcasecmp(word, names[i].name) == 0)
			return names[i].bits;
	}
	return 0;
}

/* `TLSv1.2 TLSv1.3`, or `ALL -TLSv1`; words with a sign alone begin with the default. */
int read_tls_protocol(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	unsigned bits = 0;

	if (!words_fit(r, d, nwords, 1, WORDS_MAX))
		return -EINVAL;
	if (words[1][0] == '+' || words[1][0] == '-')
		bits = settings_default.tls_protocol;
	for (size_t i = 1; i < nwords; i++) {
		bool minus = words[i][0] == '-';
		const char *word = words[i] + (minus || words[i][0] == '+');
		unsigned named = protocol_of(word);

		if (strcasecmp(word, "SSLv3") == 0 || strcasecmp(word, "SSLv2") == 0) {
			if (!minus)
				return tell_error(r, d->name,
				    "%s: is broken (RFC 7568, 6176) and never spoken; leave it out",
				    word);
		} else if (named == 0) {
			return tell_error(r, d->name,
			    "%s: TLSv1.3, TLSv1.2, TLSv1.1, TLSv1, or ALL is expected, with + or - "
			    "before it", words[i]);
		}
		if (strcasecmp(word, "SSLv23") == 0)
			tell_note(r, d->name, "SSLv23: the same as ALL, every TLS and no SSL");
		bits = minus ? bits & ~named : bits | named;
	}
	if (bits == 0)
		return tell_error(r, d->name, "no protocol is left");
	if (bits & (TLS_1_0 | TLS_1_1))
		tell_note(r, d->name,
		    "%s%s%s: obsolete (RFC 8996), and offered as this line says so",
		    bits & TLS_1_0 ? "TLSv1" : "", (bits & (TLS_1_0 | TLS_1_1)) ==
		    (TLS_1_0 | TLS_1_1) ? " and " : "", bits & TLS_1_1 ? "TLSv1.1" : "");
	r->own->tls_protocol = bits;
	return 0;
}

/* [protocol] list: TLSv1.3 has suites of its own, and what is older shares one list. */
int read_tls_cipher_suite(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool suites = nwords == 3 && strcasecmp(words[1], "TLSv1.3") == 0;
	const char *list;
	const char **field = suites ? &r->own->tls_cipher_suite.suites :
	    &r->own->tls_cipher_suite.list;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	if (nwords == 3 && !suites && (strncasecmp(words[1], "TLSv1", 5) != 0 ||
	    protocol_of(words[1]) == 0))
		return tell_error(r, d->name,
		    "%s: TLSv1.3 or an older protocol is expected before the list", words[1]);
	list = words[nwords - 1];
	if (list[0] == '\0')
		return tell_error(r, d->name, "the list is empty");
	if (strlen(list) >= TEXT_SIZE)
		return tell_error(r, d->name, "is too long");
	/* a later <Global> takes the place of an earlier one's */
	if (r->scope->kind == CTX_GLOBAL && !r->set_in_global[d->id])
		r->own->tls_cipher_suite.list = r->own->tls_cipher_suite.suites = NULL;
	if (*field != NULL) {
		tell_warning(r, d->name, "the list %s is set already, and the first counts",
		    suites ? "for TLSv1.3" : "up to TLSv1.2");
		return 0;
	}
	*field = config_strdup(r->c, list);
	*(suites ? &r->own->tls_cipher_suite.suites_where : &r->own->tls_cipher_suite.list_where) =
	    r->here;
	return 0;
}

/* auto, or names of groups with colons between them. */
int read_tls_curve(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	static const char known[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:";

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "auto") == 0) {
		r->own->tls_ecdh_curve = NULL;
		return 0;
	}
	if (words[1][0] == '\0' || strlen(words[1]) >= NAME_SIZE ||
	    words[1][strspn(words[1], known)] != '\0')
		return tell_error(r, d->name,
		    "%s: auto, or names of curves with : between them, is expected", words[1]);
	r->own->tls_ecdh_curve = config_strdup(r->c, words[1]);
	return 0;
}

int read_tls_verify_client(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool on;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (parse_bool(words[1], &on))
		r->own->tls_verify_client = on ? TLS_VERIFY_ON : TLS_VERIFY_OFF;
	else if (strcasecmp(words[1], "optional") == 0)
		r->own->tls_verify_client = TLS_VERIFY_OPTIONAL;
	else
		return tell_error(r, d->name, "%s: on, off or optional is expected", words[1]);
	return 0;
}

/* Revoked certificates are in the CRL files, wherever those are named: there is nothing to set. */
int read_tls_verify_order(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	for (size_t i = 1; i < nwords; i++) {
		if (strcasecmp(words[i], "ocsp") == 0)
			tell_note(r, d->name,
			    "ocsp has no effect: no responder is asked; TLSCARevocationFile and "
			    "TLSCARevocationPath name what is revoked");
		else if (strcasecmp(words[i], "crl") != 0)
			return tell_error(r, d->name, "%s: crl is expected", words[i]);
	}
	return 0;
}

/* 1.2.840.113549.1.9.1 and its like: two numbers or more, of which the first is 0, 1 or 2. */
static bool is_oid(const char *text)
{
	size_t arcs = 0;

	if (strlen(text) >= NAME_SIZE || text[0] < '0' || text[0] > '2' || text[1] != '.')
		return false;
	for (;; text++) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0)
			return false;
		arcs++;
		text += digits;
		if (*text != '.')
			return *text == '\0' && arcs >= 2;
	}
}

int read_tls_user_name(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool on = true;

	if (!words_fit(r, d, nwords, 1, 1))
		return -EINVAL;
	if (strcasecmp(words[1], "CommonName") == 0)
		r->own->tls_user_name = "CommonName";
	else if (strcasecmp(words[1], "EmailSubjAltName") == 0)
		r->own->tls_user_name = "EmailSubjAltName";
	else if (is_oid(words[1]))
		r->own->tls_user_name = config_strdup(r->c, words[1]);
	else if (parse_bool(words[1], &on) && !on)
		r->own->tls_user_name = NULL;
	else
		return tell_error(r, d->name,
		    "%s: CommonName, EmailSubjAltName, the number of an extension (like "
		    "1.3.6.1.4.1.99999.1), or off is expected", words[1]);
	return 0;
}
