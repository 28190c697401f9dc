/* DisplayReadme: which files a user should read, and how old they are. */
#include "session/readme.h"

#include "session/command.h"
#include "session/date.h"
#include "vfs/glob.h"
#include "vfs/hide.h"
#include "vfs/path.h"

#include <string.h>
#include <time.h>

enum { README_MOST = 20, DAY = 86400 };

struct readme {
	struct session *s;
	const struct command *list;
	unsigned code, shown;
	time_t now;
};

/* "README changed on 2024-11-21 09:18 UTC, 3 days ago" */
static void show(struct readme *r, const char *path, const struct stat *st)
{
	struct session *s = r->s;
	size_t n = strlen(s->cwd);
	const char *name = n == 1 ? path + 1 : path_within(path, s->cwd) ? path + n + 1 : path;
	int64_t days = st->st_mtime < r->now ? (r->now - st->st_mtime) / DAY : 0;
	STRBUF(text, TEXT_SIZE);
	struct dates dates;
	const char *d;

	date_init(&dates, false, r->now);
	d = date_fact(&dates, st->st_mtime);
	strbuf_addf(&text, "Please read %.*s%s: changed on %.4s-%.2s-%.2s %.2s:%.2s UTC, ",
	    CUT(name), d, d + 4, d + 6, d + 8, d + 10);
	strbuf_addu(&text, (uintmax_t)days);
	strbuf_add(&text, days == 1 ? " day ago" : " days ago");
	if (s->reply.open == 0)
		reply_begin(s, r->code, "%s", text.buf);
	else
		reply_line(s, " %s", text.buf);
	r->shown++;
}

static int look(void *arg, const char *path)
{
	struct readme *r = arg;
	struct session *s = r->s;
	STRBUF(own, PATHNAME_SIZE);
	STRBUF(real, PATHNAME_SIZE);
	struct hidden why;
	struct stat st;

	if (root_resolve(&s->root, path, RESOLVE_LINK, &own, NULL) == 0 &&
	    root_resolve(&s->root, path, RESOLVE_EXISTING, &real, &st) == 0 &&
	    S_ISREG(st.st_mode) &&
	    access_check(&s->access, &r->list->limit, real.buf, false).allowed &&
	    !hide_path(&s->access, own.buf, &why))
		show(r, path, &st);
	return r->shown >= README_MOST;
}

void readme_show(struct session *s, unsigned code)
{
	const char *pattern = SETTING(s->base, D_DISPLAY_README, display_readme);
	struct readme r = { .s = s, .code = code };
	STRBUF(path, PATHNAME_SIZE);

	if (pattern == NULL || path_clean(&path, s->cwd, s->home, pattern, strlen(pattern)) < 0)
		return;
	r.list = command_find("LIST", 4);
	r.now = time(NULL);
	if (glob_magic(pattern))
		(void)glob_walk(&s->root, path.buf, NULL, look, &r);  /* too many to read are
		                                                         none */
	else
		(void)look(&r, path.buf);
}
