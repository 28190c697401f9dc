/* <IfVersion>: the version that a configuration was written for. */
#include "config/version.h"

#include "config/bounds.h"
#include "config/read.h"
#include "config/special.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { PARTS = 3, PART_MAX = 100000 };

/* What stands behind the numbers: "rc" and a number before the release, a letter behind it. */
enum { RELEASE = 0, CANDIDATE = -PART_MAX };

static const char *take_number(const char *p, int *out)
{
	int v = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > PART_MAX)
			return NULL;
		v = v * 10 + (*p - '0');
	}
	*out = v;
	return p;
}

static bool parse(const char *p, int parts[PARTS + 1])
{
	memset(parts, 0, (PARTS + 1) * sizeof *parts);
	for (int i = 0; i < PARTS; i++) {
		p = take_number(p, &parts[i]);
		if (p == NULL)
			return false;
		if (*p != '.')
			break;
		if (i < PARTS - 1)
			p++;
	}
	if (strncasecmp(p, "rc", 2) == 0) {
		p = take_number(p + 2, &parts[PARTS]);
		if (p == NULL)
			return false;
		parts[PARTS] += CANDIDATE;
	} else if (*p >= 'a' && *p <= 'z') {
		parts[PARTS] = RELEASE + 1 + (*p++ - 'a');
	}
	return *p == '\0';
}

bool version_compare(const char *a, const char *b, int *order)
{
	int x[PARTS + 1], y[PARTS + 1];

	if (!parse(a, x) || !parse(b, y))
		return false;
	*order = 0;
	for (int i = 0; i <= PARTS && *order == 0; i++)
		*order = x[i] - y[i];
	return true;
}

static int match(struct reader *r, const struct directive *d, char *text, bool *holds)
{
	size_t n = strlen(text);
	struct filter f;

	if (*text == '/' && n > 1 && text[n - 1] == '/') {
		text[n - 1] = '\0';
		text++;
	}
	if (filter_compile(r, d, text, false, &f) != 0)
		return -EINVAL;
	*holds = regexec(f.regex, COMPATIBLE, 0, NULL, 0) == 0;
	return 0;
}

static int compare(struct reader *r, const struct directive *d, const char *op, const char *version,
    bool *holds)
{
	int order;

	if (!version_compare(COMPATIBLE, version, &order))
		return tell_error(r, d->name, "%s: no version, as 1.3.8 is one", version);
	*holds = *op == '>' ? order > 0 : *op == '<' ? order < 0 : order == 0;
	if ((*op == '>' || *op == '<') && op[1] == '=')
		*holds = *holds || order == 0;
	return 0;
}

/* Take the operator from the front of `*text`; "" where none is written. */
static const char *take_operator(char **text)
{
	static const char *const operators[] = { "==", ">=", "<=", "=", ">", "<", "~" };

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		size_t n = strlen(operators[i]);

		if (strncmp(*text, operators[i], n) == 0) {
			*text += n;
			return operators[i];
		}
	}
	return "";
}

int open_version(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	const char *op;
	bool negated, holds = false;
	char *text;
	int rc;

	if (!words_fit(r, d, nwords, 1, 2))
		return -EINVAL;
	text = words[1];
	negated = *text == '!';
	text += negated;
	op = take_operator(&text);
	/* the operator may stand apart; then there is nothing behind it in its word */
	if (nwords == 3 ? *text != '\0' : *text == '\0')
		return tell_error(r, d->name, "[!][=|==|>|>=|<|<=|~] and a version is expected");
	if (nwords == 3)
		text = words[2];
	rc = *op == '~' || (*op == '=' && *text == '/') ? match(r, d, text, &holds) :
	    compare(r, d, op, text, &holds);
	if (rc == 0)
		section_open(r, d->name, holds != negated ? r->mode : READ_SKIP);
	return rc;
}
