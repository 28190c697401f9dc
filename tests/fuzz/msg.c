/* The boundary's messages: whatever a captured session sends, the takers stay within bounds. */
#include "auth/msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t groups[GROUPS_MAX_SENT];
	static struct identity id = { .groups = groups };
	static struct handover handover;
	static struct transfer_record transfer;
	static struct closing closing;
	static struct session_state state;
	static struct claim claim;
	static struct ratio_request ratio;
	static struct ratio_answer counts;
	static struct quota_told quota;
	static struct quota_use use;
	static struct tls_settings settings;
	static struct tls_peer peer;
	static struct msg m;
	char text[8];

	for (int i = 0; i < 13 && msg_parse(&m, data, size); i++) {
		if (i == 0)
			msg_get_identity(&m, &id);
		else if (i == 1)
			msg_get_handover(&m, &handover);
		else if (i == 2)
			msg_get_transfer(&m, &transfer);
		else if (i == 3)
			msg_get_closing(&m, &closing);
		else if (i == 4)
			msg_get_tls_settings(&m, &settings);
		else if (i == 5)
			msg_get_tls_peer(&m, &peer);
		else if (i == 6)
			msg_get_state(&m, &state);
		else if (i == 7)
			msg_get_ratio(&m, &ratio);
		else if (i == 8)
			msg_get_ratio_answer(&m, &counts);
		else if (i == 9)
			msg_get_quota(&m, &quota);
		else if (i == 10)
			msg_get_quota_use(&m, &use);
		else if (i == 11)
			msg_get_claim(&m, &claim);
		else
			while (!m.bad && !msg_done(&m)) {
				msg_get_str(&m, text, sizeof text);
				(void)msg_get_bool(&m);
			}
		if (msg_done(&m) != (!m.bad && m.pos == m.len) || m.pos > m.len)
			abort();
		if (id.ngroups > GROUPS_MAX_SENT || handover.pending > LINE_LIMIT ||
		    (claim.command & (claim.command - 1)) != 0 || claim.command > 8 ||
		    ratio.what >= RATIO_WHATS || ratio.bytes > RATIO_COUNT_MAX ||
		    counts.counts.bytes_up > RATIO_COUNT_MAX || counts.verdict >= RATIO_VERDICTS ||
		    peer.nnames > TLS_NAMES_MAX || peer.certificate_size > CERTIFICATE_SIZE)
			abort();
	}
	return 0;
}
