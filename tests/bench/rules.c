/*
 * What the rules cost: microseconds for one question about a path, and for one entry of a listing.
 * Nothing is asserted; `make bench` prints.
 */
#include "config/config.h"
#include "config/hide.h"
#include "vfs/access.h"
#include "vfs/hide.h"
#include "vfs/view.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { QUESTIONS = 200000, NAMES = 100000 };

static const struct limit_verb retr = { .name = "RETR", .group = LIMIT_READ };
static const struct limit_verb list = { .name = "LIST", .group = LIMIT_DIRS };
static const char deep[] = "/srv/www/site/htdocs/docs/2024/reports/annual.pdf";

static struct subject who = { .user = "alice", .uid = 1000, .gid = 1000 };
static struct root root;
static char conf[] = "/tmp/in.ftpd-bench-XXXXXX";

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void tell(void *arg, enum config_severity severity, const char *line)
{
	(void)arg;
	if (severity == CONFIG_ERROR)
		(void)fprintf(stderr, "%s\n", line);
}

static struct access rules_of(const char *text)
{
	const struct context_names names = { .user = "alice", .home = "/home/alice" };
	struct config *config;
	FILE *f = fopen(conf, "w");

	if (f == NULL || fputs(text, f) < 0 || fchmod(fileno(f), 0600) < 0 || fclose(f) != 0)
		exit(1);
	config = config_read(&(struct config_source){ .path = conf, .invoker = geteuid(),
	    .tell = tell });
	if (config == NULL)
		exit(1);
	context_resolve(config, config_server(config), &names);
	return (struct access){ .base = config_server(config), .root = &root, .who = &who,
		.config = config };
}

/* 50 sections: a chain down to the path, its siblings, and others far away. */
static void sections(struct strbuf *b, const char *before, const char *behind)
{
	static const char *const chain[] = { "/srv", "/srv/www", "/srv/www/site",
	    "/srv/www/site/htdocs",
		"/srv/www/site/htdocs/docs", "/srv/www/site/htdocs/docs/2024",
		"/srv/www/site/htdocs/docs/2024/reports" };

	for (size_t i = 0; i < 7; i++)
		strbuf_addf(b, "<Directory %s>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n",
		    chain[i]);
	for (int i = 0; i < 43; i++) {
		strbuf_addf(b, "<Directory /srv/www/%s%d%s", before, i, behind);
		strbuf_addf(b, ">\n<Limit READ>\nOrder deny,allow\nDenyUser mallory,!alice\nAllow "
		    "from 10.0.0.0/8\n</Limit>\n</Directory>\n");
	}
	strbuf_add(b, "<Limit READ DIRS>\nAllowUser bob\nAllowUser alice\nDenyAll\n</Limit>\n");
}

static void questions(const char *what, const char *before, const char *behind,
    const char *more)
{
	STRBUF(text, 65536);
	struct access a;
	bool allowed = true;
	double began;

	sections(&text, before, behind);
	strbuf_add(&text, more);
	a = rules_of(text.buf);
	began = now();
	for (int i = 0; i < QUESTIONS; i++)
		allowed = allowed && access_check(&a, &retr, deep, false).allowed;
	(void)printf("%-58s %8.3f us\n", what, (now() - began) / QUESTIONS);
	if (!allowed)
		(void)printf("    (denied)\n");
}

/* An invented directory of 100,000 files, asked as list_directory asks. */
static void entries(const char *what, const char *before, const char *behind,
    const char *more)
{
	static struct view v;
	struct stat st = { .st_mode = S_IFREG | 0644, .st_uid = 1000, .st_gid = 1000 };
	struct list_entry e = { .type = DT_REG, .st = &st };
	STRBUF(text, 65536);
	STRBUF(dir, PATHNAME_SIZE);
	struct access a;
	unsigned shown = 0;
	double began;

	if (before != NULL)
		sections(&text, before, behind);
	strbuf_add(&text, more);
	a = rules_of(text.buf);
	strbuf_add(&dir, "/srv/www");
	view_begin(&v, &a, &list, &dir, -1);
	began = now();
	for (int i = 0; i < NAMES; i++) {
		char name[] = "file000000.dat";

		for (int k = 9, n = i; n > 0; n /= 10)
			name[k--] = (char)('0' + n % 10);
		e.name = name;
		shown += view_keeps(&v, name, DT_REG) && (!v.stats || view_shows(&v, &e));
	}
	(void)printf("%-58s %8.3f us (%u shown)\n", what, (now() - began) / NAMES, shown);
}

int main(void)
{
	int fd = mkstemp(conf);

	if (fd < 0 || close(fd) < 0 || root_init(&root, open("/", O_PATH | O_DIRECTORY), "") != 0)
		return 1;
	(void)printf("one question about a path 8 deep, under 50 <Directory>:\n");
	questions("  plain paths", "dir", "", "");
	questions("  wildcards that match elsewhere", "dir", "*/x", "");
	questions("  wildcards that try every name", "*/secret", "", "");
	questions("  wildcards, and IgnoreHidden with HideFiles", "*/secret", "",
	    "<Directory /srv/www/s*>\nHideFiles ^\\.\n<Limit READ>\nIgnoreHidden on\n</Limit>\n"
	    "</Directory>\n");
	(void)printf("one entry of a listing, under 50 <Directory>:\n");
	entries("  no rules", NULL, NULL, "");
	entries("  paths of other entries", "dir", "", "");
	entries("  wildcards with letters that the names lack", "*secret", "*", "");
	entries("  wildcards that begin like the names", "file", "x*", "");
	entries("  wildcards that end like the names", "*", ".dat", "");
	entries("  HideFiles ^\\.|\\.bak$", NULL, NULL,
	    "<Directory /srv>\nHideFiles ^\\.|\\.bak$\n</Directory>\n");
	entries("  HideFiles ^[._]|[0-9]x$", NULL, NULL,
	    "<Directory /srv>\nHideFiles ^[._]|[0-9]x$\n</Directory>\n");
	entries("  HideUser ~, HideGroup !~", NULL, NULL,
	    "<Directory /srv>\nHideUser !~\nHideGroup !~\n</Directory>\n");
	entries("  all of it", "*secret", "*",
	    "<Directory /srv/x>\nHideFiles ^\\.|\\.bak$\nHideUser !~\n</Directory>\n"
	    "<Directory /srv/w*>\nHideFiles ^\\.|\\.bak$\nHideUser !~\n</Directory>\n");
	(void)unlink(conf);
	return 0;
}
