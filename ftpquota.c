/* ftpquota: make, show and change the tables of quotas (config/quota.h). */
#include "config/bounds.h"
#include "config/io.h"
#include "config/quota.h"
#include "config/value.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };
enum action { NOTHING, CREATE, ADD, UPDATE, DELETE, SHOW };

static const char usage[] =
    "usage: ftpquota --type=limit|tally --create-table | --show-records | --add-record |\n"
    "                --update-record | --delete-record  [--table-path=file]\n"
    "                [--name=name] [--quota-type=user|group|class|all] [--units=B|Kb|Mb|Gb]\n"
    "                [--limit-type=hard|soft] [--per-session]\n"
    "                [--bytes-upload=n] [--bytes-download=n] [--bytes-xfer=n]\n"
    "                [--files-upload=n] [--files-download=n] [--files-xfer=n] [--verbose]\n";

struct job {
	enum action action;
	bool has_type, has_kind, has_units, twice, verbose, help;
	enum quota_table_type type;
	const char *path, *limit_type, *words[QUOTA_WHATS], *kind, *units, *table_type;
	unsigned shift;
	struct quota_record record;
};

/* Options of one value each, and of none, behind the short ones. */
enum { OPT_ACTION = 256, OPT_FIGURE = 300, OPT_TYPE = 320, OPT_PATH, OPT_UNITS, OPT_VERBOSE,
    OPT_HELP };

static const struct option options[] = {
	{ "create-table", no_argument, NULL, OPT_ACTION + CREATE },
	{ "add-record", no_argument, NULL, OPT_ACTION + ADD },
	{ "update-record", no_argument, NULL, OPT_ACTION + UPDATE },
	{ "delete-record", no_argument, NULL, OPT_ACTION + DELETE },
	{ "show-records", no_argument, NULL, OPT_ACTION + SHOW },
	{ "Bu", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_IN },
	{ "bytes-upload", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_IN },
	{ "Bd", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_OUT },
	{ "bytes-download", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_OUT },
	{ "Bx", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_XFER },
	{ "bytes-xfer", required_argument, NULL, OPT_FIGURE + QUOTA_BYTES_XFER },
	{ "Fu", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_IN },
	{ "files-upload", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_IN },
	{ "Fd", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_OUT },
	{ "files-download", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_OUT },
	{ "Fx", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_XFER },
	{ "files-xfer", required_argument, NULL, OPT_FIGURE + QUOTA_FILES_XFER },
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "table-path", required_argument, NULL, OPT_PATH },
	{ "limit-type", required_argument, NULL, 'L' },
	{ "name", required_argument, NULL, 'N' },
	{ "per-session", no_argument, NULL, 'P' },
	{ "quota-type", required_argument, NULL, 'Q' },
	{ "units", required_argument, NULL, OPT_UNITS },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "ftpquota: %s: %s\n", what, why);
	return false;
}

/* A table's file, or what is wrong with it. */
static int failed(const struct strbuf *why)
{
	(void)fprintf(stderr, "ftpquota: %s\n", why->buf);
	return FAILED;
}

/* "12", "1.5": as many units. False: no such number, or too many bytes. */
static bool parse_amount(const char *text, unsigned shift, uint64_t *out)
{
	size_t n = strcspn(text, "."), digits;
	uint64_t millionths = 0;
	char whole[32];
	uintmax_t v;

	if (n >= sizeof whole)
		return false;
	memcpy(whole, text, n);
	whole[n] = '\0';
	digits = text[n] == '.' ? strlen(text + n + 1) : 0;
	if (!parse_uint(whole, 10, 0, QUOTA_MOST >> shift, &v) || digits > 6 ||
	    (text[n] == '.' && (digits == 0 || strspn(text + n + 1, "0123456789") != digits)))
		return false;
	for (size_t i = 0; i < 6; i++)
		millionths = millionths * 10 + (i < digits ? (uint64_t)(text[n + 1 + i] - '0') : 0);
	*out = ((uint64_t)v << shift) + ((millionths << shift) / 1000000);
	return *out <= QUOTA_MOST;
}

static bool parse_figure(struct job *j, enum quota_what what)
{
	const char *text = j->words[what];
	uintmax_t v;

	if (text == NULL)
		return true;
	if (*text == '-' && j->type == QUOTA_LIMITS &&
	    parse_amount(text + 1, 0, &j->record.n[what])) {
		j->record.n[what] = 0;       /* no limit */
		return true;
	}
	if (what <= QUOTA_BYTES_XFER)
		return parse_amount(text, j->shift, &j->record.n[what]) || complain(text,
		    "not a number of bytes (to 9007199254740992, in the --units)");
	if (!parse_uint(text, 10, 0, UINT32_MAX, &v))
		return complain(text, "not a number of files (to 4294967295)");
	j->record.n[what] = v;
	return true;
}

static bool take_option(struct job *j, int option)
{
	if (option > OPT_ACTION && option <= OPT_ACTION + SHOW) {
		j->twice = j->action != NOTHING;
		j->action = (enum action)(option - OPT_ACTION);
		return true;
	}
	if (option >= OPT_FIGURE && option < OPT_FIGURE + QUOTA_WHATS) {
		j->words[option - OPT_FIGURE] = optarg;
		return true;
	}
	switch (option) {
	case 'L': j->limit_type = optarg; break;
	case 'P': j->record.per_session = true; break;
	case 'Q': j->kind = optarg; break;
	case OPT_TYPE: j->table_type = optarg; break;
	case OPT_PATH: j->path = optarg; break;
	case OPT_UNITS: j->units = optarg; break;
	case OPT_VERBOSE: j->verbose = true; break;
	case OPT_HELP: j->help = true; break;
	case 'N':
		if (strlen(optarg) >= QUOTA_NAME_SIZE)
			return complain(optarg, "a name has 80 bytes at most");
		memcpy(j->record.name, optarg, strlen(optarg) + 1);
		break;
	default:
		return false;
	}
	return true;
}

/* The words behind options, which depend on each other. */
static bool settle(struct job *j)
{
	if (j->action == NOTHING || j->twice)
		return complain("what to do",
		    "one of --create-table, --show-records, --add-record, --update-record and "
		    "--delete-record is expected");
	if (j->table_type == NULL ||
	    (strcmp(j->table_type, "limit") != 0 && strcmp(j->table_type, "tally") != 0))
		return complain("--type", "limit or tally is expected");
	j->type = strcmp(j->table_type, "limit") == 0 ? QUOTA_LIMITS : QUOTA_TALLIES;
	if (j->path == NULL)
		j->path = j->type == QUOTA_LIMITS ? "./ftpquota.limittab" : "./ftpquota.tallytab";
	if (j->units != NULL && !quota_parse_units(j->units, &j->shift))
		return complain(j->units, "B, Kb, Mb or Gb is expected");
	j->has_kind = j->kind != NULL;
	if (j->has_kind && !quota_parse_kind(j->kind, &j->record.kind))
		return complain(j->kind, "user, group, class or all is expected");
	if (j->has_kind && j->record.kind == QUOTA_ALL)
		j->record.name[0] = '\0';
	if (j->limit_type != NULL && strcasecmp(j->limit_type, "hard") != 0 &&
	    strcasecmp(j->limit_type, "soft") != 0)
		return complain(j->limit_type, "hard or soft is expected");
	j->record.hard = j->limit_type == NULL || strcasecmp(j->limit_type, "hard") == 0;
	for (unsigned i = 0; i < QUOTA_WHATS; i++) {
		if (!parse_figure(j, (enum quota_what)i))
			return false;
	}
	if (j->action != ADD && j->action != UPDATE && j->action != DELETE)
		return true;
	return (j->has_kind && (j->record.kind == QUOTA_ALL || j->record.name[0] != '\0')) ||
	    complain("--quota-type, --name", "whose record it is must be told");
}

/* Whole, or not there; and never instead of another one. */
static int create(const struct job *j)
{
	uint32_t magic = quota_magic(j->type);
	char aside[PATHNAME_SIZE];
	int n = snprintf(aside, sizeof aside, "%s.XXXXXX", j->path), fd, err = 0;

	if (n < 0 || (size_t)n >= sizeof aside)
		return complain(j->path, strerror(ENAMETOOLONG)), FAILED;
	fd = mkstemp(aside);         /* 0600: who may read a table can lock it */
	if (fd < 0)
		return complain(j->path, strerror(errno)), FAILED;
	err = write_all(fd, &magic, sizeof magic);
	if (err == 0 && fsync(fd) < 0)
		err = -errno;
	if (close(fd) < 0 && err == 0)
		err = -errno;
	if (err == 0 && link(aside, j->path) < 0)
		err = -errno;
	(void)unlink(aside);
	if (err < 0)
		return complain(j->path, strerror(-err)), FAILED;
	return DONE;
}

static void show_figure(const struct job *j, const struct quota_record *r, enum quota_what what)
{
	static const char *const done[] = { "Uploaded", "Downloaded", "Transferred" };
	STRBUF(text, NAME_SIZE);

	if (r->n[what] == 0 && j->type == QUOTA_LIMITS)
		strbuf_add(&text, "unlimited");
	else if (what <= QUOTA_BYTES_XFER)
		quota_amount(&text, r->n[what], j->shift);
	else
		strbuf_addu(&text, r->n[what]);
	(void)printf("    %s %s:\t%s\n", done[what % 3],
	    what <= QUOTA_BYTES_XFER ? quota_units(j->shift) : "files", text.buf);
}

static void show_record(const struct job *j, const struct quota_record *r)
{
	STRBUF(name, 4 * QUOTA_NAME_SIZE);

	strbuf_addescaped(&name, r->name, strlen(r->name));
	(void)printf("-------------------------------------------\n  Name: %s\n  Quota Type: %s\n",
	    name.buf, quota_kind_name(r->kind));
	if (j->type == QUOTA_LIMITS)
		(void)printf("  Per Session: %s\n  Limit Type: %s\n", r->per_session ? "True" :
		    "False", r->hard ? "Hard" : "Soft");
	for (unsigned i = 0; i < QUOTA_WHATS; i++)
		show_figure(j, r, (enum quota_what)i);
}

static bool is_asked_for(const struct job *j, const struct quota_record *r)
{
	return (!j->has_kind || j->record.kind == r->kind) &&
	    (j->record.name[0] == '\0' || strcmp(j->record.name, r->name) == 0);
}

static int show(const struct job *j, struct quota_table *t, struct strbuf *why)
{
	struct quota_record r;
	off_t at = QUOTA_HEADER;
	unsigned long shown = 0;
	int got = quota_lock(t->fd, 0, 0, false);

	if (got < 0)
		return complain(t->path, "somebody holds its lock"), FAILED;
	for (; (got = quota_read(t, at, &r, why)) > 0; at += (off_t)quota_record_size(t->type)) {
		if (!is_asked_for(j, &r))
			continue;
		show_record(j, &r);
		shown++;
	}
	if (got < 0)
		return failed(why);
	if (shown == 0 && (j->has_kind || j->record.name[0] != '\0'))
		return complain(t->path, "there is no such record"), FAILED;
	return fflush(stdout) == 0 ? DONE : FAILED;
}

/*
 * The last record takes the place of the one that goes: never a moment without any of the others.
 */
static int delete(struct quota_table *t, off_t at, struct strbuf *why)
{
	size_t size = quota_record_size(t->type);
	struct quota_record last;
	struct stat st;
	off_t end;

	if (fstat(t->fd, &st) < 0)
		return complain(t->path, strerror(errno)), FAILED;
	t->size = st.st_size;
	end = t->size - (off_t)size;
	if (at != end && (quota_read(t, end, &last, why) <= 0 ||
	    quota_write(t, at, &last, why) < 0))
		return failed(why);
	if (ftruncate(t->fd, end) < 0)
		return complain(t->path, strerror(errno)), FAILED;
	return DONE;
}

/* ADD, UPDATE, DELETE: nobody else reads or writes the table meanwhile. */
static int change(const struct job *j, struct quota_table *t, struct strbuf *why)
{
	struct quota_record old;
	struct stat st;
	off_t at = 0;
	int got = quota_lock(t->fd, 0, 0, true);

	if (got < 0)
		return complain(t->path, "somebody holds its lock"), FAILED;
	got = quota_find(t, j->record.kind, j->record.name, &at, &old, why);
	if (got < 0)
		return failed(why);
	if ((got == 0) != (j->action == ADD))
		return complain(t->path, got == 0 ? "there is no such record" :
		    "there is a record of that name"), FAILED;
	if (j->action == DELETE)
		return delete(t, at, why);
	if (fstat(t->fd, &st) == 0)
		t->size = st.st_size;
	if (quota_write(t, at, &j->record, why) < 0)
		return failed(why);
	return DONE;
}

static int run(const struct job *j)
{
	STRBUF(why, 2 * TEXT_SIZE);
	struct quota_table t;
	int done;

	if (j->action == CREATE)
		return create(j);
	/* a write lock needs a descriptor to write with */
	if (quota_open(&t, j->type, j->path, j->action != SHOW, &why) < 0)
		return failed(&why);
	done = j->action == SHOW ? show(j, &t, &why) : change(j, &t, &why);
	quota_close(&t);
	return done;
}

int main(int argc, char **argv)
{
	static const char *const done[] = {
		[CREATE] = "made", [ADD] = "a record added", [UPDATE] = "a record changed",
		[DELETE] = "a record removed", [SHOW] = "shown",
	};
	struct job j = { .record = { .kind = QUOTA_ALL } };
	int option, status;

	while ((option = getopt_long_only(argc, argv, "L:N:PQ:", options, NULL)) != -1) {
		if (!take_option(&j, option)) {
			(void)fputs(usage, stderr);
			return USAGE;
		}
	}
	if (j.help) {
		(void)fputs(usage, stdout);
		return DONE;
	}
	if (optind < argc)
		(void)complain(argv[optind], "nothing but options is expected");
	if (optind < argc || !settle(&j)) {
		(void)fputs(usage, stderr);
		return USAGE;
	}
	status = run(&j);
	if (status == DONE && j.verbose && j.action != SHOW)
		(void)fprintf(stderr, "ftpquota: %s: %s\n", j.path, done[j.action]);
	return status;
}
