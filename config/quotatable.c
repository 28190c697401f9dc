/* The records of quota tables: bytes to figures and back. */
#include "config/quota.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { LIMIT_HARD = 1, LIMIT_SOFT = 2 };

static const struct { enum quota_kind kind; const char *name; } kinds[] = {
	{ QUOTA_USER, "User" }, { QUOTA_GROUP, "Group" }, { QUOTA_CLASS, "Class" },
	{ QUOTA_ALL, "All" },
};

static const struct { unsigned shift; const char *words[3]; } units[] = {
	{ 0, { "bytes", "b", "byte" } }, { 10, { "Kb", "K", "kilo" } },
	{ 20, { "Mb", "M", "mega" } },
	{ 30, { "Gb", "G", "giga" } },
};

#define LEN(a) (sizeof(a) / sizeof *(a))

size_t quota_record_size(enum quota_table_type type)
{
	return type == QUOTA_LIMITS ? QUOTA_LIMIT_SIZE : QUOTA_TALLY_SIZE;
}

uint32_t quota_magic(enum quota_table_type type)
{
	return type == QUOTA_LIMITS ? 0x7626 : 0x7644;
}

const char *quota_kind_name(enum quota_kind kind)
{
	for (size_t i = 0; i < LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	return "?";
}

bool quota_parse_kind(const char *word, enum quota_kind *out)
{
	for (size_t i = 0; i < LEN(kinds); i++) {
		if (strcasecmp(word, kinds[i].name) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

bool quota_parse_units(const char *word, unsigned *shift)
{
	for (size_t i = 0; i < LEN(units); i++) {
		for (size_t j = 0; j < LEN(units[i].words); j++) {
			if (strcasecmp(word, units[i].words[j]) == 0) {
				*shift = units[i].shift;
				return true;
			}
		}
	}
	return false;
}

const char *quota_units(unsigned shift)
{
	return units[shift / 10].words[0];
}

void quota_amount(struct strbuf *out, uint64_t bytes, unsigned shift)
{
	uint64_t one = (uint64_t)1 << shift, hundredths =
	    ((bytes & (one - 1)) * 100 + one / 2) >> shift;

	strbuf_addu(out, (bytes >> shift) + hundredths / 100);
	strbuf_addc(out, '.');
	strbuf_addpad(out, hundredths % 100, 2, '0');
}

static const char *take_bytes(const unsigned char **p, bool limit, uint64_t *out)
{
	double v;

	memcpy(&v, *p, sizeof v);
	*p += sizeof v;
	*out = 0;
	if (!isfinite(v))
		return "a number of bytes that is none";
	if (v < 0 && !limit)
		return "a negative number of bytes";
	if (v <= 0)
		return NULL;
	/* a limit below one byte is one, or it would be none */
	*out = v >= (double)QUOTA_MOST ? QUOTA_MOST : v < 1 && limit ? 1 : (uint64_t)v;
	return NULL;
}

static uint32_t take_u32(const unsigned char **p)
{
	uint32_t v;

	memcpy(&v, *p, sizeof v);
	*p += sizeof v;
	return v;
}

static const char *take_limit_head(const unsigned char **p, struct quota_record *out)
{
	unsigned per_session = *(*p)++;
	uint32_t type = take_u32(p);

	out->per_session = per_session == 1;
	out->hard = type == LIMIT_HARD;
	if (per_session > 1)
		return "per session is neither 0 nor 1";
	return type == LIMIT_HARD || type == LIMIT_SOFT ? NULL :
	    "a limit that is neither hard nor soft";
}

const char *quota_parse(enum quota_table_type type, const unsigned char *bytes,
    struct quota_record *out)
{
	const unsigned char *p = bytes + QUOTA_NAME_SIZE;
	const char *bad = NULL;
	uint32_t kind;

	memset(out, 0, sizeof *out);
	if (memchr(bytes, '\0', QUOTA_NAME_SIZE) == NULL)
		return "a name without an end";
	/* what stands behind the NUL is nobody's business */
	memcpy(out->name, bytes, strlen((const char *)bytes));
	kind = take_u32(&p);
	if (kind != QUOTA_ALL && kind != QUOTA_USER && kind != QUOTA_GROUP && kind != QUOTA_CLASS)
		return "a kind that is none";
	out->kind = (enum quota_kind)kind;
	if (type == QUOTA_LIMITS)
		bad = take_limit_head(&p, out);
	for (unsigned i = QUOTA_BYTES_IN; i <= QUOTA_BYTES_XFER && bad == NULL; i++)
		bad = take_bytes(&p, type == QUOTA_LIMITS, &out->n[i]);
	for (unsigned i = QUOTA_FILES_IN; i < QUOTA_WHATS && bad == NULL; i++)
		out->n[i] = take_u32(&p);
	return bad;
}

static void put(unsigned char **p, const void *bytes, size_t n)
{
	memcpy(*p, bytes, n);
	*p += n;
}

static void put_u32(unsigned char **p, uint64_t v)
{
	uint32_t u = v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;

	put(p, &u, sizeof u);
}

void quota_format(enum quota_table_type type, const struct quota_record *r, unsigned char *bytes)
{
	unsigned char *p = bytes;
	size_t n = strnlen(r->name, QUOTA_NAME_SIZE - 1);

	memset(bytes, 0, quota_record_size(type));
	memcpy(p, r->name, n);
	p += QUOTA_NAME_SIZE;
	put_u32(&p, r->kind);
	if (type == QUOTA_LIMITS) {
		*p++ = r->per_session;
		put_u32(&p, r->hard ? LIMIT_HARD : LIMIT_SOFT);
	}
	for (unsigned i = QUOTA_BYTES_IN; i <= QUOTA_BYTES_XFER; i++) {
		uint64_t v = r->n[i] < QUOTA_MOST ? r->n[i] : QUOTA_MOST;
		double d = v == 0 && type == QUOTA_LIMITS ? -1 : (double)v;

		put(&p, &d, sizeof d);
	}
	for (unsigned i = QUOTA_FILES_IN; i < QUOTA_WHATS; i++)
		put_u32(&p, r->n[i]);
}

static uint64_t most_of(enum quota_what what)
{
	return what <= QUOTA_BYTES_XFER ? QUOTA_MOST : UINT32_MAX;
}

void quota_change(struct quota_record *tally, enum quota_what what, uint64_t more, uint64_t less)
{
	uint64_t most = most_of(what), now = tally->n[what] < most ? tally->n[what] : most;

	now = more < UINT64_MAX - now ? now + more : UINT64_MAX;
	now = now > less ? now - less : 0;
	tally->n[what] = now < most ? now : most;
}

enum quota_what quota_used_up(const struct quota_record *limit, const struct quota_record *tally,
    enum quota_op op)
{
	static const unsigned asked[QUOTA_OPS] = {
		[QUOTA_STORE] = 1 << QUOTA_BYTES_IN | 1 << QUOTA_BYTES_XFER | 1 << QUOTA_FILES_IN |
		    1 << QUOTA_FILES_XFER,
		[QUOTA_APPEND] = 1 << QUOTA_BYTES_IN | 1 << QUOTA_BYTES_XFER |
		    1 << QUOTA_FILES_XFER,
		[QUOTA_RETRIEVE] = 1 << QUOTA_BYTES_OUT | 1 << QUOTA_BYTES_XFER |
		    1 << QUOTA_FILES_OUT | 1 << QUOTA_FILES_XFER,
		[QUOTA_MKDIR] = 1 << QUOTA_BYTES_IN | 1 << QUOTA_FILES_IN,
	};

	for (unsigned i = 0; i < QUOTA_WHATS; i++) {
		if ((asked[op] & 1U << i) != 0 && limit->n[i] > 0 && tally->n[i] >= limit->n[i])
			return (enum quota_what)i;
	}
	return QUOTA_WHATS;
}

const char *quota_what_name(enum quota_what what)
{
	static const char *const names[] = {
		"uploaded bytes", "downloaded bytes", "transferred bytes",
		"uploaded files", "downloaded files", "transferred files",
	};

	return what < QUOTA_WHATS ? names[what] : "nothing";
}
