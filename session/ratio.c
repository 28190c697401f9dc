/* Ratios: what a session may fetch for what it has stored, and what it is told of that. */
#include "session/ratio.h"

#include "config/log.h"
#include "session/command.h"

#include <string.h>

static const char unusable[] = "The counters of ratios cannot be used now.";

static bool is_on(const struct context *c)
{
	return SETTING(c, D_RATIOS, ratios);
}

static const struct ratio_rule *rule_of(struct session *s, const struct context *c)
{
	return ratio_for(c, &s->who, s->ratio.email);
}

void ratio_begin(struct session *s, const struct identity *id)
{
	if (id->anonymous != 0 && id->email[0] != '\0' && ratio_asks_email(s->start.config))
		s->ratio.email = config_strdup(s->start.config, id->email);
}

static struct ratio_counts *counts_of(struct session *s, const struct context *c)
{
	return ratio_file_for(c) != NULL ? &s->ratio.kept : &s->ratio.own;
}

/* Ask the monitor, where it keeps them. False: it cannot. */
static bool ask(struct session *s, const struct ratio_file *file, enum ratio_what what,
    const struct ratio_rule *rule, bool one, uint64_t bytes, enum ratio_verdict *verdict)
{
	const struct ratio_request q = {
		.what = what, .number = file->number, .rule = rule != NULL ? rule->number : 0,
		.file = one,
		.bytes = bytes,
	};
	struct ratio_answer a;

	priv_ratio(s, &q, &a);
	if (a.err != 0)
		return false;
	s->ratio.kept = a.counts;
	*verdict = a.verdict;
	return true;
}

/* The counters as they are now. */
static bool look(struct session *s, const struct context *c)
{
	const struct ratio_file *file = ratio_file_for(c);
	enum ratio_verdict verdict;

	return file == NULL || ask(s, file, RATIO_SHOW, NULL, false, 0, &verdict);
}

static void add_files(struct strbuf *b, int64_t n)
{
	strbuf_addf(b, "%lld %s", (long long)n, n == 1 ? "file" : "files");
}

static void add_bytes(struct strbuf *b, int64_t n)
{
	static const char *const units[] = { "KB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t v = n < 0 ? -(uint64_t)n : (uint64_t)n, unit = 1024;
	size_t i = 0;

	if (n < 0)
		strbuf_addc(b, '-');
	if (v < unit) {
		strbuf_addu(b, v);
		strbuf_add(b, " B");
		return;
	}
	for (; i < 5 && v / unit >= 1024; i++)
		unit *= 1024;
	strbuf_addu(b, v / unit);
	strbuf_addc(b, '.');
	strbuf_addu(b, v % unit / (unit / 1024) * 10 / 1024);
	strbuf_addc(b, ' ');
	strbuf_add(b, units[i]);
}

/* Uploads to downloads. */
static void add_factor(struct strbuf *b, int32_t ratio)
{
	strbuf_addf(b, ratio < 0 ? "%d:1" : "1:%d", ratio < 0 ? -(int)ratio : (int)ratio);
}

static int64_t files_left(const struct ratio_rule *rule, const struct ratio_counts *n)
{
	return ratio_left(rule->files, rule->file_credit, n->files_up, n->files_down);
}

static int64_t bytes_left(const struct ratio_rule *rule, const struct ratio_counts *n)
{
	return ratio_left(rule->bytes, rule->byte_credit, n->bytes_up, n->bytes_down);
}

static bool is_leech(const struct ratio_rule *rule)
{
	return rule == NULL || (rule->files == 0 && rule->bytes == 0);
}

static void add_credit(struct strbuf *b, const struct context *c, const struct ratio_rule *rule,
    const struct ratio_counts *n)
{
	const char *text = ratio_text(c, D_LEECH_RATIO_MSG);

	if (is_leech(rule)) {
		strbuf_add(b, text != NULL ? text : "No ratio: everything may be fetched.");
		return;
	}
	strbuf_add(b, "Credit:");
	if (rule->files != 0) {
		strbuf_addc(b, ' ');
		add_files(b, files_left(rule, n));
		strbuf_add(b, " (");
		add_factor(b, rule->files);
		strbuf_addc(b, ')');
	}
	if (rule->bytes != 0) {
		strbuf_add(b, rule->files != 0 ? ", " : " ");
		add_bytes(b, bytes_left(rule, n));
		strbuf_add(b, " (");
		add_factor(b, rule->bytes);
		strbuf_addc(b, ')');
	}
}

static void add_status(struct strbuf *b, const struct context *c, const struct ratio_rule *rule,
    const struct ratio_counts *n)
{
	strbuf_add(b, "Down: ");
	add_files(b, (int64_t)n->files_down);
	strbuf_add(b, " (");
	add_bytes(b, (int64_t)n->bytes_down);
	strbuf_add(b, ")  Up: ");
	add_files(b, (int64_t)n->files_up);
	strbuf_add(b, " (");
	add_bytes(b, (int64_t)n->bytes_up);
	strbuf_add(b, ")  ");
	add_credit(b, c, rule, n);
}

/* FAQ 4.12c: -1/82k +0/0k = 4/17k (5 5 5 100k) */
static void write_log(const char *what, const char *path, const struct ratio_rule *rule,
    const struct ratio_counts *n)
{
	STRBUF(left, TEXT_SIZE);

	if (!is_leech(rule))
		strbuf_addf(&left, " = %lld/%lldk (%d %lld %d %lldk)",
		    (long long)(rule->files != 0 ? files_left(rule, n) : 0),
		    (long long)(rule->bytes != 0 ? bytes_left(rule, n) / 1024 : 0),
		    (int)rule->files, (long long)rule->file_credit, (int)rule->bytes,
		    (long long)(rule->byte_credit / 1024));
	log_write(LOG_INFO, "ratio: %s %s: -%llu/%lluk +%llu/%lluk%s", what, path,
	    (unsigned long long)n->files_down, (unsigned long long)(n->bytes_down / 1024),
	    (unsigned long long)n->files_up, (unsigned long long)(n->bytes_up / 1024), left.buf);
}

/* Why not: the administrator's text, and the figures. */
static void refuse(struct session *s, const struct context *c, const char *arg,
    const struct ratio_rule *rule, enum ratio_verdict verdict)
{
	bool files = verdict == RATIO_FILES;
	const char *text = ratio_text(c, files ? D_FILE_RATIO_ERR_MSG : D_BYTE_RATIO_ERR_MSG);
	const struct ratio_counts *n = counts_of(s, c);
	STRBUF(figures, TEXT_SIZE);

	if (text == NULL)
		text = files ? "No credit for another file is left: please upload some." :
		    "Not enough credit is left for this file: please upload some.";
	add_factor(&figures, files ? rule->files : rule->bytes);
	strbuf_add(&figures, ", down: ");
	if (files) {
		add_files(&figures, (int64_t)n->files_down);
		strbuf_add(&figures, ", up: ");
		add_files(&figures, (int64_t)n->files_up);
	} else {
		add_bytes(&figures, (int64_t)n->bytes_down);
		strbuf_add(&figures, ", up: ");
		add_bytes(&figures, (int64_t)n->bytes_up);
		strbuf_add(&figures, ", left: ");
		add_bytes(&figures, bytes_left(rule, n));
	}
	write_log("RETR refused in", s->cwd, rule, n);
	reply_begin(s, 550, "%s", text);
	reply(s, 550, "%.*s%s: ratio of %s %s.", CUT(arg), files ? "files" : "bytes", figures.buf);
}

bool ratio_allows(struct session *s, const struct context *c, const char *arg, uint64_t bytes)
{
	const struct ratio_rule *rule;
	const struct ratio_file *file;
	enum ratio_verdict verdict;

	if (!is_on(c))
		return true;
	rule = rule_of(s, c);
	file = ratio_file_for(c);
	if (file == NULL) {
		verdict = ratio_take(&s->ratio.own, rule, bytes);
	} else if (!ask(s, file, RATIO_TAKE, rule, false, bytes, &verdict)) {
		reply(s, 451, "%s", unusable);
		return false;
	}
	if (verdict != RATIO_GOOD) {
		refuse(s, c, arg, rule, verdict);
		return false;
	}
	s->ratio.taken = true;
	s->ratio.bytes = bytes;
	return true;
}

void ratio_sent(struct session *s, const struct context *c, bool complete, uint64_t bytes)
{
	const struct ratio_file *file;
	enum ratio_verdict verdict;
	bool none = !complete && bytes == 0;
	uint64_t unsent;

	if (!is_on(c) || !s->ratio.taken)
		return;
	s->ratio.taken = false;
	unsent = bytes < s->ratio.bytes ? s->ratio.bytes - bytes : 0;
	if (unsent == 0 && !none)
		return;
	file = ratio_file_for(c);
	if (file == NULL)
		ratio_give_back(&s->ratio.own, none, unsent);
	else
		(void)ask(s, file, RATIO_GIVE_BACK, NULL, none, unsent, &verdict);
}

static void count(struct session *s, const struct context *c, enum ratio_what what, bool one,
    uint64_t bytes)
{
	const struct ratio_file *file = ratio_file_for(c);
	enum ratio_verdict verdict;

	if (!one && bytes == 0)
		return;
	if (file != NULL)
		(void)ask(s, file, what, NULL, one, bytes, &verdict);
	else if (what == RATIO_STORED)
		ratio_stored(&s->ratio.own, one, bytes);
	else
		ratio_removed(&s->ratio.own, one, bytes);
}

void ratio_changed(struct session *s, const struct context *c, bool complete,
    const struct ratio_change *change)
{
	uint64_t before = change->before, after = change->after;

	if (!is_on(c))
		return;
	if (after > before || (change->exists && !change->existed)) {
		if (complete)
			count(s, c, RATIO_STORED, !change->existed, after > before ?
			    after - before : 0);
	} else {
		count(s, c, RATIO_REMOVED, change->existed && !change->exists, before - after);
	}
}

bool ratio_binds(struct session *s, const struct context *from, const struct context *to)
{
	return is_on(from) && !is_leech(rule_of(s, from)) &&
	    (!is_on(to) || is_leech(rule_of(s, to)) ||
	    ratio_file_for(from) != ratio_file_for(to));
}

static void add_line(struct session *s, unsigned code, const struct context *c, bool known)
{
	STRBUF(text, 2 * TEXT_SIZE);

	if (known)
		add_status(&text, c, rule_of(s, c), counts_of(s, c));
	else
		strbuf_add(&text, unusable);
	reply_begin(s, code, "%s", text.buf);
}

void ratio_login(struct session *s, unsigned code)
{
	const struct context *c = access_context(&s->access, s->cwd);

	if (!is_on(c))
		return;
	if (SETTING(c, D_SAVE_RATIOS, save_ratios) && ratio_file_for(c) == NULL)
		log_write(LOG_ERR,
		    "SaveRatios: no RatioFile says where; what is counted ends with the session");
	add_line(s, code, c, look(s, c));
}

void ratio_transfer(struct session *s, const struct context *c)
{
	if (is_on(c))
		add_line(s, 226, c, true);
}

void ratio_chdir(struct session *s, const struct context *c)
{
	const char *text;

	if (!is_on(c))
		return;
	text = ratio_text(c, D_CWD_RATIO_MSG);
	if (text != NULL)
		reply_begin(s, 250, "%s", text);
	if (look(s, c))
		write_log("CWD", s->cwd, rule_of(s, c), counts_of(s, c));
}

void cmd_site_ratio(struct session *s, const struct command *cmd, const char *arg)
{
	const struct context *c = access_context(&s->access, s->cwd);
	STRBUF(text, 2 * TEXT_SIZE);

	(void)cmd;
	(void)arg;
	if (!is_on(c)) {
		reply(s, 214, "Ratios are off here.");
	} else if (!look(s, c)) {
		reply(s, 451, "%s", unusable);
	} else {
		const struct ratio_rule *rule = rule_of(s, c);
		const struct ratio_counts *n = counts_of(s, c);

		reply_hold(s);
		reply_begin(s, 214, "Ratio:");
		reply_line(s, " Down: %llu files, %llu bytes", (unsigned long long)n->files_down,
		    (unsigned long long)n->bytes_down);
		reply_line(s, " Up: %llu files, %llu bytes", (unsigned long long)n->files_up,
		    (unsigned long long)n->bytes_up);
		if (rule != NULL && rule->files != 0)
			reply_line(s, " Files left: %lld", (long long)files_left(rule, n));
		if (rule != NULL && rule->bytes != 0)
			reply_line(s, " Bytes left: %lld", (long long)bytes_left(rule, n));
		add_credit(&text, c, rule, n);
		reply(s, 214, "%s", text.buf);
		reply_release(s);
	}
}
