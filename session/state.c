/* What the session does now, told to the monitor when it lasts. */
#include "session/state.h"

#include "config/memory.h"
#include "session/command.h"

#include <string.h>

enum { TELL_EVERY = 1000 };      /* ms between two words, and before the first of a state */

/* Never inlined: its room on the stack is given back with what lies below a frame that waits. */
__attribute__((noinline)) static void tell(struct session *s, enum doing doing, const char *verb,
    const char *what, int64_t began, int64_t now)
{
	struct session_state st = {
		.doing = doing, .milliseconds = now > began ? (uint64_t)(now - began) : 0,
		.bytes_in = s->bytes_in, .bytes_out = s->bytes_out,
		.files_in = s->files_in, .files_out = s->files_out,
	};
	size_t n = strlen(what);

	if (doing != DOING_IDLE && doing != DOING_COMMAND) {
		st.bytes = s->data.bytes;
		st.size = s->data.size;
		st.offset = s->data.offset;
	}
	memcpy(st.verb, verb, strnlen(verb, sizeof st.verb - 1));
	if (n >= sizeof st.what)     /* the end of a name tells more than where it lies */
		what += n - (sizeof st.what - 1);
	memcpy(st.what, what, strlen(what));
	s->state_sent = now;
	s->state_idle = doing == DOING_IDLE ? s->last_input : 0;
	priv_state(s, &st);
}

static enum doing doing_of(const char *verb)
{
	if (strcmp(verb, "RETR") == 0)
		return DOING_RETRIEVE;
	return strcmp(verb, "STOR") == 0 || strcmp(verb, "APPE") == 0 || strcmp(verb, "STOU") == 0 ?
	    DOING_STORE : DOING_LISTING;
}

void state_begin(struct session *s)
{
	s->state_idle = s->last_input;
}

void state_command(struct session *s, const struct command *c, const char *arg, int64_t now)
{
	if (s->id.wants_state && now - s->state_sent >= TELL_EVERY && s->data.verb == NULL)
		tell(s, DOING_COMMAND, c->verb, arg, now, now);
}

static int64_t look_at_transfer(struct session *s, int64_t now)
{
	int64_t due = (s->state_sent > s->data.began ? s->state_sent : s->data.began) + TELL_EVERY;

	if (now < due)
		return due;
	tell(s, doing_of(s->data.verb), s->data.verb, s->data.path, s->data.began, now);
	return now + TELL_EVERY;
}

int64_t state_look(struct session *s, int64_t now, bool transfer)
{
	/* what needed no waiting has moved last_input no further than its command */
	int64_t since = s->last_transfer > s->last_input ? s->last_transfer : s->last_input;

	if (!s->id.wants_state || s->ending)
		return 0;
	if (transfer)
		return s->data.verb != NULL ? look_at_transfer(s, now) : 0;
	if (s->state_idle == s->last_input)
		return 0;
	if (now < since + TELL_EVERY)
		return since + TELL_EVERY;
	tell(s, DOING_IDLE, "", "", since, now);
	memory_forget(&s->msg, sizeof s->msg);
	memory_rest();
	return 0;
}
