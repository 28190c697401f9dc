/* One directive: whether it may stand here, and the value that it sets. */
#include "config/read.h"

#include "config/special.h"
#include "config/strbuf.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>

static void add_contexts(struct strbuf *out, unsigned contexts)
{
	static const struct { unsigned bit; const char *name; } names[] = {
		{ IN_SERVER, "the main server" }, { IN_VHOST, "<VirtualHost>" },
		{ IN_GLOBAL, "<Global>" },
		{ IN_ANON, "<Anonymous>" }, { IN_DIR, "<Directory>" }, { IN_LIMIT, "<Limit>" },
		{ IN_CLASS, "<Class>" }, { IN_FTPACCESS, ".ftpaccess" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!(contexts & names[i].bit))
			continue;
		strbuf_add(out, out->len > 0 ? ", " : "");
		strbuf_add(out, names[i].name);
	}
}

static int wrong_context(struct reader *r, const struct directive *d)
{
	STRBUF(here, TEXT_SIZE);
	STRBUF(there, TEXT_SIZE);

	add_contexts(&here, r->in);
	add_contexts(&there, d->contexts);
	return tell_error(r, d->name, "not allowed in %s; its place is %s", here.buf, there.buf);
}

/*
 * Whether this value counts: in one context the first does (2.1), but with several <Global> the
 * last of them does (1.1).
 */
static bool counts(struct reader *r, const struct directive *d)
{
	const struct origin *where = &r->scope->own->where[d->id];
	STRBUF(place, TEXT_SIZE);

	if (d->id == D_NONE || d->many || r->limit != NULL || where->line == 0)
		return true;
	if (r->scope->kind == CTX_GLOBAL && !r->set_in_global[d->id])
		return true;
	add_place(r, *where, &place);
	tell_warning(r, d->name, "is set already (%s), and the first counts", place.buf);
	return false;
}

static int set_number(struct reader *r, const struct directive *d, const char *word)
{
	char *field = (char *)r->own + d->offset;
	uintmax_t v = 0;
	bool good;

	if (d->type == V_SECONDS)
		good = parse_seconds(word, d->max, &v);
	else if (d->type == V_BYTES)
		good = parse_bytes(word, d->max, &v);
	else
		good = parse_uint(word, d->type == V_OCTAL ? 8 : 10, d->min, d->max, &v);
	if (!good || v < d->min) {
		if (d->type == V_OCTAL)
			return tell_error(r, d->name, "%s: not an octal number from 0%o to 0%o",
			    word, d->min, d->max);
		return tell_error(r, d->name, "%s: not a %s from %u to %u", word,
		    d->type == V_SECONDS ? "time" : d->type == V_BYTES ? "size" : "number", d->min,
		    d->max);
	}
	*(unsigned *)(void *)field = (unsigned)v;
	return 0;
}

static int set_word(struct reader *r, const struct directive *d, const char *word)
{
	char *field = (char *)r->own + d->offset;
	bool v;

	switch (d->type) {
	case V_BOOL:
		if (!parse_bool(word, &v))
			return tell_error(r, d->name, "%s: on or off is expected", word);
		*(bool *)(void *)field = v;
		return 0;
	case V_PATH:
		if (*word != '/')
			return tell_error(r, d->name, "%s: the path must be absolute", word);
		/* fall through */
	case V_TEXT:
		if (strlen(word) >= PATHNAME_SIZE)
			return tell_error(r, d->name, "is too long");
		*(const char **)(void *)field = config_strdup(r->c, word);
		return 0;
	default:
		return set_number(r, d, word);
	}
}

static int one_word(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	if (nwords == 2)
		return set_word(r, d, words[1]);
	return tell_error(r, d->name, nwords < 2 ? "needs a value" :
	    "takes one value (put one with blanks in quotes)");
}

int reader_call(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
#define AS_POINTER(name) [DO_##name] = name,
	static int (*const readers[])(struct reader *, const struct directive *, size_t,
	    char **) = {
		[DO_NOTHING] = NULL, READERS(AS_POINTER)
	};

	return readers[d->reader](r, d, nwords, words);
}

static void set_value(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	int rc;

	if (!counts(r, d))
		return;
	r->own = r->limit == NULL && d->id != D_NONE ? context_own(r->c, r->scope) : NULL;
	rc = d->type == V_SPECIAL ? reader_call(r, d, nwords, words) :
	    one_word(r, d, nwords, words);
	if (rc != 0 || d->id == D_NONE || r->limit != NULL)
		return;
	if (r->own->where[d->id].line == 0 || !d->many)
		r->own->where[d->id] = r->here;
	r->set_in_global[d->id] = true;
}

void directive_apply(struct reader *r, const struct directive *d, size_t nwords, char **words)
{
	bool wrong = !(d->contexts & r->in) && r->in != 0;

	switch (d->type) {
	case V_NO_EFFECT:
		if (r->stranger != NULL)
			(void)tell_error(r, words[0], "not allowed in .ftpaccess");
		else
			tell_note(r, words[0], "has no effect: %s", directive_text(d));
		break;
	case V_REPLACED:
		if (d->reader != DO_NOTHING)
			(void)reader_call(r, d, nwords, words);
		else
			(void)tell_error(r, words[0], "%s", directive_text(d));
		break;
	case V_LATER:
		(void)tell_error(r, words[0][0] == '<' ? d->name : words[0],
		    "is not implemented yet");
		break;
	default:
		if (wrong)
			(void)wrong_context(r, d);
		else if (d->tls && !module_present("mod_tls.c"))
			(void)tell_error(r, d->name,
			    "this program was built without TLS (make TLS=no)");
		else if (d->type == V_SECTION)
			(void)reader_call(r, d, nwords, words);
		else
			set_value(r, d, nwords, words);
	}
}

void directive_unknown(struct reader *r, const char *name)
{
	const char *near = r->errors < CONFIG_ERRORS ? directive_suggest(name) : NULL;

	if (near != NULL)
		(void)tell_error(r, name, "unknown directive; did you mean %s?", near);
	else
		(void)tell_error(r, name, "unknown directive");
}
