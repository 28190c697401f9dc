/* MaxTransfersPerHost, MaxTransfersPerUser: a transfer's place among those that are counted. */
#include "session/claim.h"

#include "config/counter.h"
#include "config/log.h"
#include "config/transfer.h"
#include "session/session.h"

#include <errno.h>

static const struct { enum directive_id id; const char *name, *text; } kinds[CLAIM_KINDS] = {
	[CLAIM_HOST] = { D_MAX_TRANSFERS_PER_HOST, "MaxTransfersPerHost",
	    "Sorry, the maximum number of data transfers (%m) from your host are currently being "
	    "used." },
	[CLAIM_USER] = { D_MAX_TRANSFERS_PER_USER, "MaxTransfersPerUser",
	    "Sorry, the maximum number of data transfers (%m) from this user are currently being "
	    "used." },
};

/* The limits of lines for the command. False: there are none. */
static bool collect(const struct context *c, struct claim *claim)
{
	bool any = false;

	for (enum claim_kind k = 0; k < CLAIM_KINDS; k++) {
		const struct context *at;
		const struct transfer_rule *rule = transfer_limit(c, kinds[k].id, claim->command,
		    &at);

		claim->max[k] = rule != NULL ? rule->max : 0;
		any = any || rule != NULL;
	}
	return any;
}

/* Tell of the limit that is reached, an enum claim_kind. */
static void refuse(struct session *s, const struct context *c, const struct claim *claim,
    uint32_t which)
{
	enum claim_kind k = which < CLAIM_KINDS ? which : CLAIM_HOST;
	const struct context *at = NULL;
	const struct transfer_rule *rule = transfer_limit(c, kinds[k].id, claim->command, &at);
	STRBUF(text, TEXT_SIZE);
	STRBUF(where, PATHNAME_SIZE);

	counter_message(&text, rule != NULL && rule->message != NULL ? rule->message :
	    kinds[k].text, claim->max[k]);
	if (rule != NULL && at->kind != CTX_FTPACCESS)
		config_where(s->start.config, rule->where, &where);
	log_write(LOG_NOTICE, "Transfer refused (%s %u)%s%s", kinds[k].name,
	    (unsigned)claim->max[k], where.len > 0 ? " at " : "", where.buf);
	reply(s, 451, "%s", text.buf);
}

bool claim_transfer(struct session *s, const struct context *c, unsigned command)
{
	struct claim claim = { .command = command };
	uint32_t which;
	int err;

	if (s->data.claimed || (!collect(c, &claim) &&
	    (transfers_counted(s->start.config) & command) == 0))
		return true;
	err = priv_claim(s, &claim, &which);
	if (err == 0) {
		s->data.claimed = s->data.claim_held = true;
		reply_hold(s);
	} else if (err == -EUSERS) {
		refuse(s, c, &claim, which);
	} else {
		reply(s, 451, "Transfers cannot be counted now, try again later.");
	}
	return err == 0;
}

void claim_begun(struct session *s)
{
	if (!s->data.claim_held)
		return;
	s->data.claim_held = false;
	reply_release(s);
}

void claim_over(struct session *s)
{
	if (s->data.claimed)
		priv_claim_over(s);
	s->data.claimed = false;
	claim_begun(s);
}
