/* `user a,b`, `group a`, `class a` behind a directive: for whom its line is. */
#include "config/whom.h"

#include "config/expr.h"
#include "config/read.h"
#include "config/special.h"

#include <strings.h>

int whom_read(struct reader *r, const struct directive *d, size_t n, char **words, bool all_groups,
    struct whom *out)
{
	static const struct { const char *name; enum whom_kind kind; } kinds[] = {
		{ "user", WHOM_USER }, { "group", WHOM_GROUP }, { "class", WHOM_CLASS },
	};

	out->kind = WHOM_ALL;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcasecmp(words[0], kinds[i].name) == 0)
			out->kind = kinds[i].kind;
	}
	if (out->kind == WHOM_ALL || n == 1)
		return tell_error(r, d->name, "%s: user, group or class with names is expected",
		    words[0]);
	return expr_read(r, d, n - 1, words + 1, out->kind == WHOM_GROUP && all_groups, &out->expr);
}

bool whom_holds(const struct whom *w, struct subject *who)
{
	const char *const *names;
	const char *one;
	size_t n;

	switch (w->kind) {
	case WHOM_ALL:
		return true;
	case WHOM_USER:
		return who->user != NULL && expr_holds(&w->expr, &who->user, 1);
	case WHOM_GROUP:
		if (who->user == NULL)
			return false;
		names = subject_groups(who, &n);
		return expr_holds(&w->expr, names, n);
	case WHOM_CLASS:
		one = subject_class(who);
		return expr_holds(&w->expr, &one, one != NULL);
	}
	return false;
}
