/* ftpcount: how many are there (ftpcount(8)). */
#include "auth/rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char usage[] = "usage: ftpcount [-c file | -f scoreboard] [-S server]\n";

static void print(const char *name, unsigned sessions, unsigned users, unsigned anonymous,
    unsigned unnamed)
{
	(void)printf("%s: %u session%s, %u of users, %u anonymous, %u not logged in\n", name,
	    sessions, sessions == 1 ? "" : "s", users, anonymous, unnamed);
}

/* A server's name is the administrator's; a terminal is not his to command with it. */
static void print_group(const struct group *g)
{
	STRBUF(name, 8 * sizeof g->name);

	if (g->name[0] != '\0')
		strbuf_addescaped(&name, g->name, strlen(g->name));
	else
		strbuf_addf(&name, "server %08x", (unsigned)(g->id >> 32));
	print(name.buf, g->sessions, g->users, g->anonymous, g->unnamed);
}

static void print_all(const struct rows *r)
{
	unsigned users = 0, anonymous = 0, unnamed = 0;

	for (size_t i = 0; i < r->ngroups; i++) {
		const struct group *g = &r->group[i];

		if (g->sessions > 0)
			print_group(g);
		users += g->users;
		anonymous += g->anonymous;
		unnamed += g->unnamed;
	}
	print("total", (unsigned)r->n, users, anonymous, unnamed);
}

int main(int argc, char **argv)
{
	static struct rows rows;
	STRBUF(why, PATHNAME_SIZE + TEXT_SIZE);
	const char *config = SYSCONFDIR "/in.ftpd.conf", *server = NULL, *file = NULL;
	int option;

	while ((option = getopt(argc, argv, "+c:f:S:")) != -1) {
		if (option == 'c')
			config = optarg;
		else if (option == 'f')
			file = optarg;
		else if (option == 'S')
			server = optarg;
		else
			break;
	}
	if (option != -1 || optind != argc || (file != NULL && (file[0] != '/' ||
	    strlen(file) >= sizeof rows.scoreboard - sizeof ".who"))) {
		(void)fputs(usage, stderr);
		return USAGE;
	}
	if (file != NULL)
		memcpy(rows.scoreboard, file, strlen(file) + 1);
	else if (!rows_configure(&rows, "ftpcount", config))
		return FAILED;
	if (rows.scoreboard[0] == '\0') {
		(void)fprintf(stderr, "ftpcount: %s: ScoreboardFile is none: nobody counts\n",
		    config);
		return FAILED;
	}
	if (!rows_read(&rows, server, &why)) {
		(void)fprintf(stderr, "ftpcount: %s\n", why.buf);
		return FAILED;
	}
	print_all(&rows);
	return fflush(stdout) == 0 ? DONE : FAILED;
}
