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
	static struct tls_settings settings;
	static struct tls_peer peer;
	static struct msg m;
	char text[8];

	for (int i = 0; i < 7 && msg_parse(&m, data, size); i++) {
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
		else
			while (!m.bad && !msg_done(&m)) {
				msg_get_str(&m, text, sizeof text);
				(void)msg_get_bool(&m);
			}
		if (msg_done(&m) != (!m.bad && m.pos == m.len) || m.pos > m.len)
			abort();
		if (id.ngroups > GROUPS_MAX_SENT || handover.pending > LINE_LIMIT ||
		    peer.nnames > TLS_NAMES_MAX || peer.certificate_size > CERTIFICATE_SIZE)
			abort();
	}
	return 0;
}
