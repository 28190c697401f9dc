/* ftpwho: who is there, and what they do (ftpwho(8)). */
#include "auth/rowtext.h"
#include "config/aside.h"
#include "config/io.h"
#include "config/value.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };
enum { INTERVAL_MAX = 86400, WIDTH_MAX = 4096 };

static const char usage[] =
    "usage: ftpwho [-v] [-c file | -f scoreboard] [-i seconds] [-o table | lines | json | "
    "prometheus]\n              [-S server] [-w file]\n";

static const char *const forms[ROW_FORMS] = {
	[ROWS_TABLE] = "table", [ROWS_LINES] = "lines", [ROWS_JSON] = "json",
	[ROWS_PROMETHEUS] = "prometheus",
};

struct who {
	const char *config, *scoreboard, *server, *file;
	enum row_form form;
	bool detail;
	uintmax_t every;             /* seconds; 0: once */
	struct rows rows;
	bool screen;                 /* the terminal shows nothing else meanwhile */
	bool keys;                   /* and its keys are ours */
	struct termios was;
};

/* Set by signals, looked at after each wait. */
static volatile sig_atomic_t ended, stopped;

static void on_end(int sig)
{
	ended = sig;
}

static void on_stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static bool complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "ftpwho: %s: %s\n", what, why);
	return false;
}

static bool parse_form(const char *text, enum row_form *out)
{
	for (*out = 0; *out < ROW_FORMS; ++*out)
		if (strcmp(forms[*out], text) == 0)
			return true;
	return complain(text, "table, lines, json or prometheus is expected");
}

static bool read_words(int argc, char **argv, struct who *w)
{
	int option;

	while ((option = getopt(argc, argv, "+c:f:i:o:S:vw:")) != -1) {
		if (option == 'c')
			w->config = optarg;
		else if (option == 'f')
			w->scoreboard = optarg;
		else if (option == 'S')
			w->server = optarg;
		else if (option == 'v')
			w->detail = true;
		else if (option == 'w')
			w->file = optarg;
		else if (option == 'i' && !parse_uint(optarg, 10, 1, INTERVAL_MAX, &w->every))
			return complain(optarg, "a number of seconds is expected");
		else if (option == '?' || (option == 'o' && !parse_form(optarg, &w->form)))
			return false;
	}
	if (w->scoreboard != NULL && (w->scoreboard[0] != '/' ||
	    strlen(w->scoreboard) >= sizeof w->rows.scoreboard - sizeof ".who"))
		return complain(w->scoreboard, "the absolute path of a file is expected");
	return optind == argc;
}

/* The terminal's size; 0: what is written there is not cut. */
static unsigned width_of_terminal(unsigned *lines)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { .ws_col = 0 };
	uintmax_t v;

	*lines = 0;
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		*lines = size.ws_row;
	if (columns != NULL && parse_uint(columns, 10, 1, WIDTH_MAX, &v))
		return (unsigned)v;
	return size.ws_col > 0 ? size.ws_col : 80;
}

static void add_form(struct strbuf *out, const struct who *w, unsigned width)
{
	switch (w->form) {
	case ROWS_LINES:
		rows_lines(out, &w->rows);
		break;
	case ROWS_JSON:
		rows_json(out, &w->rows);
		break;
	case ROWS_PROMETHEUS:
		rows_prometheus(out, &w->rows);
		break;
	default:
		rows_table(out, &w->rows, w->detail, width);
	}
}

/* A frame: each line over the one that was there, what does not fit being told. */
static int draw(const struct who *w, const struct strbuf *text, unsigned lines)
{
	static const char to_end[] = "\033[K\n";
	char *p = text->buf, *end;
	unsigned shown = 0, left = 0;
	int err = write_all(STDOUT_FILENO, "\033[H", 3);

	for (; err == 0 && (end = strchr(p, '\n')) != NULL; p = end + 1) {
		if (lines > 0 && shown + 2 >= lines) {
			left++;
			continue;
		}
		shown++;
		err = write_all(STDOUT_FILENO, p, (size_t)(end - p));
		if (err == 0)
			err = write_all(STDOUT_FILENO, to_end, sizeof to_end - 1);
	}
	if (err == 0) {
		STRBUF(last, TEXT_SIZE);

		if (left > 0)
			strbuf_addf(&last, "%u lines more; ", left);
		strbuf_add(&last, w->keys ? "q: quit" : "");
		strbuf_add(&last, "\033[K\033[J");
		err = write_all(STDOUT_FILENO, last.buf, last.len);
	}
	return err;
}

static bool failed(struct strbuf *why, const char *what, int err)
{
	strbuf_addf(why, "%s: %s", what, strerror(err));
	return false;
}

static bool show(struct who *w, char *mem, size_t size, struct strbuf *why)
{
	struct strbuf out;
	unsigned lines, width = width_of_terminal(&lines);
	int err;

	strbuf_init(&out, mem, size);
	add_form(&out, w, w->screen || w->every > 0 ? width : 0);
	if (out.full)
		return failed(why, "output", EOVERFLOW);
	if (w->file != NULL)
		/* names are nobody else's business */
		err = write_aside(w->file, w->form == ROWS_PROMETHEUS ? 0644 : 0600, false, out.buf,
		    out.len);
	else
		err = w->screen ? draw(w, &out, lines) : write_all(STDOUT_FILENO, out.buf, out.len);
	return err == 0 || failed(why, w->file != NULL ? w->file : "output", -err);
}

static bool look(struct who *w, struct strbuf *why)
{
	size_t size;
	bool good;
	char *mem;

	if (!rows_read(&w->rows, w->server, why))
		return false;
	size = rows_text_size(&w->rows);
	mem = malloc(size);
	if (mem == NULL)
		return failed(why, "output", ENOMEM);
	good = show(w, mem, size, why);
	free(mem);
	return good;
}

/*
 * Take the terminal: a screen of its own, no cursor, no line that wraps, and its keys one by one.
 */
static void take_screen(struct who *w)
{
	static const char take[] = "\033[?1049h\033[?25l\033[?7l";
	struct termios keys;

	if (!w->screen)
		return;
	w->keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &w->was) == 0;
	if (w->keys) {
		keys = w->was;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
	}
	(void)write_all(STDOUT_FILENO, take, sizeof take - 1);
}

static void give_back_screen(struct who *w)
{
	static const char give[] = "\033[?7h\033[?25h\033[?1049l";

	if (!w->screen)
		return;
	(void)write_all(STDOUT_FILENO, give, sizeof give - 1);
	if (w->keys)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &w->was);
	w->keys = false;
}

static void catch_signals(sigset_t *waiting)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct sigaction act = { .sa_handler = on_end };
	sigset_t block;

	(void)sigemptyset(&block);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		(void)sigaction(ends[i], &act, NULL);
		(void)sigaddset(&block, ends[i]);
	}
	act.sa_handler = on_stop;
	(void)sigaction(SIGTSTP, &act, NULL);
	(void)sigaddset(&block, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &block, waiting);       /* they come while it waits */
}

/* ^Z: the terminal is the shell's again until it goes on. */
static void stop(struct who *w)
{
	stopped = 0;
	give_back_screen(w);
	(void)raise(SIGSTOP);
	take_screen(w);
}

static bool quit_was_said(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q';
}

/* Wait for the next look. False: it is over. */
static bool wait_for_next(struct who *w, const sigset_t *waiting)
{
	int64_t until = clock_ms() + (int64_t)w->every * 1000, now;

	while (!ended && (now = clock_ms()) < until) {
		struct pollfd p = { .fd = w->keys ? STDIN_FILENO : -1, .events = POLLIN };
		struct timespec left = { (until - now) / 1000, (until - now) % 1000 * 1000000 };

		if (ppoll(&p, 1, &left, waiting) > 0 && quit_was_said())
			return false;
		if (stopped) {
			stop(w);
			return true;
		}
	}
	return !ended;
}

static bool look_again_and_again(struct who *w, struct strbuf *why)
{
	sigset_t waiting;
	bool good;

	w->screen = w->file == NULL && w->form == ROWS_TABLE && isatty(STDOUT_FILENO);
	catch_signals(&waiting);
	take_screen(w);
	do
		good = look(w, why);
	while (good && wait_for_next(w, &waiting));
	give_back_screen(w);
	return good;
}

int main(int argc, char **argv)
{
	static struct who w = { .config = SYSCONFDIR "/in.ftpd.conf" };
	STRBUF(why, PATHNAME_SIZE + TEXT_SIZE);

	if (!read_words(argc, argv, &w)) {
		(void)fputs(usage, stderr);
		return USAGE;
	}
	if (w.scoreboard != NULL)
		memcpy(w.rows.scoreboard, w.scoreboard, strlen(w.scoreboard) + 1);
	else if (!rows_configure(&w.rows, "ftpwho", w.config))
		return FAILED;
	if (w.rows.scoreboard[0] == '\0') {
		(void)complain(w.config, "ScoreboardFile is none: nobody counts");
		return FAILED;
	}
	if (w.every > 0 ? look_again_and_again(&w, &why) : look(&w, &why))
		return DONE;
	(void)fprintf(stderr, "ftpwho: %s\n", why.buf);      /* the screen is given back by now */
	return FAILED;
}
